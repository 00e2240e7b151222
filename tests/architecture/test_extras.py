"""What happens where an optional dependency is not installed."""

import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.architecture.package import MODULES

_EXTRAS = sorted(set(importlib.metadata.metadata("residency").get_all("Provides-Extra", [])))

# Runs with the modules named first made unimportable; tries every module of the package.
_TRY_MODULES = """
import importlib, importlib.abc, json, sys

absent, names = json.loads(sys.argv[1]), json.loads(sys.argv[2])

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
refused = {}
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        refused[name] = [type(error).__name__, str(error)]
print(json.dumps(refused))
"""

_RUN_PROGRAM = """
import sys
for name in sys.argv.pop(1).split(","):
    sys.modules[name] = None
import runpy
runpy.run_module("residency", run_name="__main__", alter_sys=True)
"""


def _distributions(extra: str) -> Iterator[str]:
    for requirement in importlib.metadata.requires("residency") or []:
        name, _, marker = requirement.partition(";")
        if re.search(rf"extra == ['\"]{re.escape(extra)}['\"]", marker):
            distribution = _normalised(re.split(r"[\[<>=!~ ]", name.strip())[0])
            if distribution != "residency":
                yield distribution


def _normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _import_names(extra: str) -> list[str]:
    """Return the top-level modules that the distributions of an extra install."""
    wanted = set(_distributions(extra))
    installed = importlib.metadata.packages_distributions()
    return sorted(
        {name for name, owners in installed.items() if wanted & set(map(_normalised, owners))}
        - {"_pytest", "py"}  # pytest's own; harmless, and this test needs not remove them
    )


def test_there_is_an_extra_for_each_need() -> None:
    """The extras are those that the documentation names."""
    assert _EXTRAS == [
        "all",
        "cli",
        "fastapi",
        "fsspec",
        "postgres",
        "receipts",
        "retention",
        "s3",
        "sql",
        "testing",
    ]


@pytest.mark.parametrize("extra", [extra for extra in _EXTRAS if extra != "all"])
def test_a_missing_extra_is_named(extra: str) -> None:
    """Without an extra, each module imports, or refuses with the extra to install.

    Modules inside `residency.cli` are reached through the program alone, whose refusal the next
    test checks.
    """
    absent = _import_names(extra)
    assert absent, f"nothing that the extra `{extra}` brings is installed"
    names = [name for name in MODULES if not name.startswith("residency.cli.")]
    command = [sys.executable, "-c", _TRY_MODULES, json.dumps(absent), json.dumps(names)]
    refused = json.loads(subprocess.check_output(command, text=True))
    unhelpful = {
        name: (kind, message)
        for name, (kind, message) in refused.items()
        if kind != "MissingExtraError" or f"residency[{extra}]" not in message
    }
    assert unhelpful == {}


def test_the_program_names_its_extra() -> None:
    """Without the extra `cli`, `residency` says in one line what to install, and stops."""
    absent = ",".join(_import_names("cli"))
    command = [sys.executable, "-c", _RUN_PROGRAM, absent, "--version"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    (line,) = ran.stderr.splitlines()
    assert "residency[cli]" in line
