"""The pytest plugin, as a person runs it: in an empty folder, on any policy and implementation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from residency.errors import ErrorKind, InputError
from residency.testing.target import load_factory
from tests.architecture.package import REPOSITORY
from tests.policy import documents

_PROPERTIES = ["--pyargs", "residency.testing.properties"]

# A target that answers as ours does, but for one thing.
_ADAPTER = """
from residency.testing.engine import memory

class Careless:
    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        return getattr(self._target, name)

    def append(self, event):
        pass

def careless(document):
    return Careless(memory(document))

def late(document):
    from residency.errors import InputError
    raise InputError("the service is closed", kind="CLOSED")

nothing = None
"""


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Other plugins may warn of what our own configuration would tell them.
    command = [sys.executable, "-P", "-m", "pytest", "-p", "no:asyncio", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-q", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def test_pytest_starts_without_the_library(tmp_path: Path) -> None:
    """Where no property is asked for, the plugin imports nothing of the library.

    Coverage of the library begins after plugins are imported: nothing may be imported before.
    """
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    assert 'pytest_residency' in sys.modules\n"
        "    assert not any(name.partition('.')[0] == 'residency' for name in sys.modules)\n",
        encoding="utf-8",
    )
    ran = _pytest(tmp_path)
    assert ran.returncode == 0, ran.stdout


def test_every_property_is_collected_in_an_empty_folder(tmp_path: Path) -> None:
    """`pytest --pyargs residency.testing.properties` finds them all, wherever it is run."""
    ran = _pytest(tmp_path, *_PROPERTIES, "--collect-only")
    assert ran.returncode == 0, ran.stdout
    for name in ("TestTotal", "TestExactScope", "TestFinality", "TestPinned", "TestHomeIsFree"):
        assert f"::{name}::" in ran.stdout


@pytest.mark.parametrize("options", [[], ["--residency-policy", "four-zones.toml"]])
def test_ours_has_the_properties(tmp_path: Path, options: list[str]) -> None:
    """By default it is this library on the bundled policy; another policy is an option away."""
    shutil.copy(documents.FOUR_ZONES, tmp_path)
    ran = _pytest(tmp_path, *_PROPERTIES, *options, "-k", "no_default or lies_nowhere")
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in ran.stdout


@pytest.mark.untraced
def test_an_implementation_of_this_folder_is_found_out(tmp_path: Path) -> None:
    """A module beside the caller is a target, and one that loses every consent is caught."""
    (tmp_path / "adapter.py").write_text(_ADAPTER, encoding="utf-8")
    target = ["--residency-target", "adapter:careless"]
    ran = _pytest(tmp_path, *_PROPERTIES, *target, "-k", "no_default or next_decision")
    assert ran.returncode == 1, ran.stdout
    assert "FAILED" in ran.stdout
    assert "1 failed, 2 passed" in ran.stdout


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--residency-policy", "atlantis"], "no bundled policy is named"),
        (["--residency-policy", "missing.toml"], "cannot be read"),
        (["--residency-target", "nothing.here:factory"], "is no target"),
        (["--residency-target", "adapter"], "is no target"),
        (["--residency-target", "adapter:nothing"], "cannot be called"),
        (["--residency-target", "adapter:late"], "the service is closed"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path: Path, options: list[str], said: str) -> None:
    """An option that selects nothing ends the run at once, with one line that says why."""
    (tmp_path / "adapter.py").write_text(_ADAPTER, encoding="utf-8")
    ran = _pytest(tmp_path, *_PROPERTIES, *options)
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    lines = ran.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("ERROR: ")
    assert said in lines[0]


@pytest.mark.untraced
@pytest.mark.parametrize(("wrong", "found"), [(None, "3 passed"), ("DEFAULT", "1 failed")])
def test_another_implementation_over_a_pipe(tmp_path: Path, wrong: str | None, found: str) -> None:
    """The example adapter checks a program that is not ours, which speaks JSON Lines.

    One that answers anything but `MISSING_ENTITY` where the entity is missing is caught.
    """
    for program in (REPOSITORY / "examples").glob("plain_*.py"):
        text = program.read_text(encoding="utf-8")
        changed = text.replace("MISSING_ENTITY", wrong or "MISSING_ENTITY")
        (tmp_path / program.name).write_text(changed, encoding="utf-8")
    target = ["--residency-target", "plain_target:spawned"]
    ran = _pytest(tmp_path, *_PROPERTIES, *target, "-k", "no_default or lies_nowhere")
    assert ran.returncode == (0 if wrong is None else 1), ran.stdout
    assert found in ran.stdout


@pytest.mark.parametrize("name", ["", ":", "residency", "residency:nothing", ".:a"])
def test_what_names_no_factory_is_refused(name: str) -> None:
    """A text that names nothing that can be called is an error that says how to write one."""
    with pytest.raises(InputError, match=r"package\.module:factory"):
        load_factory(name)


def test_what_cannot_be_called_is_no_factory() -> None:
    """A name of something else than a function is an error of its own kind."""
    with pytest.raises(InputError, match="cannot be called") as raised:
        load_factory("residency:__all__")
    assert raised.value.kind == ErrorKind.TYPE
