"""The pytest plugin, as a person runs it: in an empty folder, on any policy and implementation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

import pytest_residency
from residency import load_policy
from residency.errors import ErrorKind, InputError
from residency.testing.selection import world_of
from residency.testing.target import load_factory
from tests.architecture.package import REPOSITORY
from tests.policy import documents
from tests.properties.small import SMALL

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

def astray(document):
    raise ValueError("no\\nroute")

def none(document):
    return None

def endless(document):
    target = Careless(memory(document))
    target.close = lambda: astray(document)
    return target

class Half:
    def close(self):
        pass

def half(document):
    return Half()

nothing = None
"""

# What the folder holds beside it.
_FILES = {
    "adapter.py": _ADAPTER.encode(),
    "syntax.py": b"def (",
    "leaving.py": b"raise SystemExit('bye')",
    "skipping.py": b"import pytest; pytest.skip('not today', allow_module_level=True)",
    "latin.toml": b"schema = 1\n# \xff\n",
}


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
    ("option", "said"),
    [
        ("policy=", "no bundled policy is named ``"),
        ("policy=atlantis", "no bundled policy is named `atlantis`"),
        ("policy=missing.toml", "cannot be read"),
        ("policy=latin.toml", "line 2: not UTF-8"),
        ("target=", "`` is no target"),
        ("target=nothing.here:factory", "is no target"),
        ("target=adapter", "is no target"),
        ("target=adapter:nothing", "cannot be called"),
        ("target=adapter:late", "the service is closed"),
        ("target=adapter:astray", "ValueError: no route"),
        ("target=adapter:endless", "ValueError: no route"),
        ("target=adapter:none", "makes a `NoneType`, without `place`"),
        ("target=adapter:half", "makes a `Half`, without `place`"),
        ("target=syntax:factory", "SyntaxError: invalid syntax"),
        ("target=leaving:factory", "SystemExit: bye"),
        ("target=skipping:factory", "Skipped: not today"),
    ],
)
def test_a_wrong_option_is_one_line(tmp_path: Path, option: str, said: str) -> None:
    """An option that selects nothing ends the run at once, with one line that says why.

    An empty one, as an unset variable leaves it, is wrong too: it never means the default.
    """
    for name, content in _FILES.items():
        (tmp_path / name).write_bytes(content)
    _expect_refusal(_pytest(tmp_path, *_PROPERTIES, f"--residency-{option}"), option, said)


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("command", "said"),
    [(["no-such-program"], "FileNotFoundError"), ([sys.executable, "-c", ""], "BrokenPipeError")],
)
def test_a_program_that_does_not_run_is_one_line(
    tmp_path: Path, command: list[str], said: str
) -> None:
    """The example adapter of a program that is missing, or ends at once, is a wrong option."""
    (tmp_path / "adapter.py").write_text(
        f"import plain_target\nplain_target.COMMAND = {command}\nspawned = plain_target.spawned\n",
        encoding="utf-8",
    )
    shutil.copy(REPOSITORY / "examples" / "plain_target.py", tmp_path)
    option = "target=adapter:spawned"
    _expect_refusal(_pytest(tmp_path, *_PROPERTIES, f"--residency-{option}"), option, said)


def _expect_refusal(ran: subprocess.CompletedProcess[str], option: str, said: str) -> None:
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR, ran.stdout
    [line] = ran.stderr.strip().splitlines()
    assert line.startswith(f"ERROR: --residency-{option}: ")
    assert said in line


def test_a_refusal_keeps_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a target raised is the cause of the usage error, for whoever debugs an adapter."""
    (tmp_path / "wayward.py").write_text(_ADAPTER, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path])
    options = {"residency_policy": "xmedius", "residency_target": "wayward:astray"}
    config = SimpleNamespace(
        getoption=options.get, invocation_params=SimpleNamespace(dir=str(tmp_path))
    )
    with pytest.raises(pytest.UsageError) as raised:
        pytest_residency.pytest_configure(cast("pytest.Config", config))
    assert isinstance(raised.value.__cause__, ValueError)
    assert str(raised.value.__cause__) == "no\nroute"


@pytest.mark.parametrize("more", [[], ["-n1"]])
def test_a_run_says_what_it_checked(tmp_path: Path, more: list[str]) -> None:
    """Also where little is said, a verdict names the implementation and the policy's revision.

    They are those of the tests that ran, in whatever process, and in JUnit XML too. The revision
    is that of the file, which a byte order mark is a part of.
    """
    policy = tmp_path / "marked.toml"
    policy.write_bytes(b"\xef\xbb\xbf" + documents.FOUR_ZONES.read_bytes())
    options = ["--residency-policy=marked.toml", "-k", "no_default_entity", *more]
    ran = _pytest(tmp_path, *_PROPERTIES, *options, "--junit-xml=report.xml", "-W", "error")
    assert ran.returncode == 0, ran.stdout
    reference = load_policy(policy).reference
    line = f"checked residency.testing.engine:memory on {reference}"
    assert ran.stdout.splitlines().count(line) == 1
    report = (tmp_path / "report.xml").read_text(encoding="utf-8")
    assert f'name="residency-policy" value="{reference}"' in report
    assert 'name="residency-target" value="residency.testing.engine:memory"' in report


def test_a_run_of_other_tests_says_nothing(tmp_path: Path) -> None:
    """Where no property ran, nothing claims that one was checked, whatever a test says of itself.

    What others keep among the properties of a test need not be pairs.
    """
    (tmp_path / "test_it.py").write_text(
        "def test_it(request):\n"
        "    request.node.user_properties += [{'a': 1}, 'residency-target', ('b', 2)]\n",
        encoding="utf-8",
    )
    ran = _pytest(tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "checked" not in ran.stdout


def test_what_was_skipped_was_not_checked(tmp_path: Path) -> None:
    """A run in which every property had nothing to ask claims nothing."""
    policy = tmp_path / "small.toml"
    policy.write_text(SMALL["nowhere-to-go"], encoding="utf-8")
    ran = _pytest(tmp_path, *_PROPERTIES, f"--residency-policy={policy}", "-k", "test_another_time")
    assert "1 skipped" in ran.stdout
    assert "checked" not in ran.stdout


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


def test_what_is_no_target_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a refused target started is given back, if it can be."""
    closed: list[str] = []
    half = SimpleNamespace(close=lambda: closed.append("closed"))

    def made(document: str) -> object:
        del document
        return half

    monkeypatch.setattr("residency.testing.engine.memory", made)
    with pytest.raises(InputError, match="without `place`"):
        world_of("xmedius", "residency.testing.engine:memory")
    assert closed == ["closed"]


def test_what_lacks_a_call_is_no_target() -> None:
    """Something that a factory makes, and that cannot be asked everything, is an error at once."""
    with pytest.raises(InputError, match=r"makes a `str`, without `place`, .*`close`: ") as raised:
        world_of("xmedius", "builtins:str")
    assert raised.value.kind == ErrorKind.TYPE
