"""What `import residency` costs and needs."""

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.package import MODULES

_THIRD_PARTY = {"attr", "attrs", "cachetools"}
_SLOW = {"asyncio", "importlib.metadata", "importlib.resources", "pycountry", "unittest"}

_NEW_MODULES = """
import json, sys
before = set(sys.modules)
import residency
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def _imported() -> set[str]:
    # Without coverage in the child: it imports much itself, which would then not count as new.
    environment = {key: value for key, value in os.environ.items() if "COV" not in key}
    command = [sys.executable, "-W", "error", "-c", _NEW_MODULES]
    return set(json.loads(subprocess.check_output(command, env=environment, text=True)))


def test_the_core_imports_nothing_optional() -> None:
    """`import residency` imports nothing but the standard library, attrs and cachetools."""
    packages = {name.partition(".")[0] for name in _imported()}
    assert packages - sys.stdlib_module_names - {"residency"} <= _THIRD_PARTY


def test_the_core_imports_nothing_slow() -> None:
    """`import residency` leaves alone the modules that would multiply its import time."""
    assert _imported() & _SLOW == set()


@pytest.mark.parametrize("name", MODULES)
def test_each_module_can_be_imported_first(name: str) -> None:
    """Every module can be the first that a program imports, and says nothing."""
    command = [sys.executable, "-W", "error", "-c", f"import {name}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
