"""The two ways to start the program."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "program",
    [[sys.executable, "-m", "residency"], [str(Path(sys.executable).with_name("residency"))]],
    ids=["module", "script"],
)
def test_the_program_starts(program: list[str]) -> None:
    """`python -m residency` and `residency` are one program, of the installed version."""
    ran = subprocess.run([*program, "--version"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.rstrip().endswith(importlib.metadata.version("residency"))
