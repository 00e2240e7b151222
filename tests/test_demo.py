"""The demonstration: what it promises is what happens."""

import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.package import REPOSITORY

DEMO = REPOSITORY / "examples" / "demo.py"


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DEMO), "--output", str(folder)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_the_demonstration_keeps_its_promises(tmp_path: Path) -> None:
    """Files lie in the folder of their zone, and the copy that was permitted is gone again."""
    folder = tmp_path / "out"
    ran = _run(folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    verdicts = [line.partition(":")[0] for line in ran.stdout.splitlines() if ".json to " in line]
    assert verdicts == ["BLOCKED", "PERMITTED", "BLOCKED", "BLOCKED"]
    assert "§5(transfer)" in ran.stdout
    for zone in ("US", "EU", "CA"):
        files = list((folder / zone).iterdir())
        assert files
        for file in files:
            assert zone in json.loads(file.read_text(encoding="utf-8"))["zones"]


@pytest.mark.untraced
def test_the_demonstration_can_be_repeated(tmp_path: Path) -> None:
    """A second run replaces the first and says the same; of its output only consent has a time."""
    assert _run(tmp_path / "out").stdout == _run(tmp_path / "out").stdout


def test_no_folder_but_its_own_is_emptied(tmp_path: Path) -> None:
    """A folder that the demonstration did not make is left alone, and the run fails."""
    (tmp_path / "precious").touch()
    ran = _run(tmp_path)
    assert ran.returncode == 1
    assert "name another folder" in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def _copy_nothing(_source: Path, _target: Path) -> None:
    pass


def test_a_broken_promise_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a permitted copy does not arrive, the demonstration says so and does not exit with 0."""
    monkeypatch.setattr(shutil, "copyfile", _copy_nothing)
    monkeypatch.setattr(sys, "argv", [str(DEMO), "--output", str(tmp_path / "out")])
    with pytest.raises(SystemExit, match="broken promise"):
        runpy.run_path(str(DEMO), run_name="__main__")
