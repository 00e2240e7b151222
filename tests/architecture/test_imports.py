"""What `import residency` costs and needs."""

import json
import os
import subprocess
import sys

import pytest

import residency
from tests.architecture.package import MODULES

_THIRD_PARTY = {"attr", "attrs", "cachetools"}
_SLOW = {"asyncio", "importlib.metadata", "importlib.resources", "pycountry", "unittest"}

_NEW_MODULES = """
import json, sys
before = set(sys.modules)
import residency
if sys.argv[1] == "all":
    from residency import *
print(json.dumps(sorted(set(sys.modules) - before)))
"""

_OTHERS = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps([name for name in sys.modules if name.partition(".")[0] != "residency"]))
"""

# Forked from a process that knows all others' modules, for to import those each time takes long.
_EACH_FIRST = """
import contextlib, importlib, json, os, sys
for name in json.load(sys.stdin):
    with contextlib.suppress(Exception):  # some are only made, and found nowhere
        importlib.import_module(name)
for name in sys.argv[1:]:
    child = os.fork()
    if not child:
        importlib.import_module(name)
        sys.stdout.flush()
        os._exit(0)  # to take apart what all the others made takes long
    _, status = os.waitpid(child, 0)
    if status:
        sys.exit(f"`import {name}` failed")
"""


def _untraced() -> dict[str, str]:
    # Without coverage in the child: it imports much itself, which would then not count as new.
    return {key: value for key, value in os.environ.items() if "COV" not in key}


def _imported(names: str = "all") -> set[str]:
    command = [sys.executable, "-W", "error", "-c", _NEW_MODULES, names]
    return set(json.loads(subprocess.check_output(command, env=_untraced(), text=True)))


def test_the_core_imports_nothing_optional() -> None:
    """All public names together import nothing but the standard library, attrs and cachetools."""
    packages = {name.partition(".")[0] for name in _imported()}
    assert packages - sys.stdlib_module_names - {"residency"} <= _THIRD_PARTY


def test_the_core_imports_nothing_slow() -> None:
    """All public names together leave alone the modules that would multiply their import time."""
    assert _imported() & _SLOW == set()


def test_a_name_that_is_not_used_is_not_imported() -> None:
    """`import residency` by itself imports no other module of the package, and no dependency."""
    packages = {name.partition(".")[0] for name in _imported("none")}
    assert packages - sys.stdlib_module_names == {"residency"}
    assert {name for name in _imported("none") if name.startswith("residency.")} == set()


def test_the_public_names_are_listed() -> None:
    """`dir()` lists every public name, whether it was used yet or not."""
    assert set(residency.__all__) <= set(dir(residency))


def test_a_name_that_does_not_exist_is_no_attribute() -> None:
    """What is not public is an AttributeError that names it, as of any module."""
    unknown = "guardian"
    with pytest.raises(AttributeError, match="no attribute 'guardian'"):
        getattr(residency, unknown)


def test_each_module_can_be_imported_first() -> None:
    """Every module can be the first of the package that a program imports, and says nothing.

    Those of others are there already, so that a submodule of theirs which is used and not imported
    shows elsewhere: pyright knows it as no attribute.
    """
    command = [sys.executable, "-c", _OTHERS, *MODULES]
    others = subprocess.check_output(command, env=_untraced(), text=True)
    command = [sys.executable, "-W", "error", "-c", _EACH_FIRST, *MODULES]
    ran = subprocess.run(
        command, input=others, capture_output=True, text=True, check=False, env=_untraced()
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
