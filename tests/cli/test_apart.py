"""What a run writes is none of the files that it reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from residency.consent.sql import create_ledger
from tests.architecture.package import REPOSITORY
from tests.cli.running import run_here

_POLICY = (REPOSITORY / "examples" / "four-zones.toml").read_bytes()
_DECISION = b'{"id": "acme", "permitted": true, "consent": "consent-1"}\n'
_LOCATIONS = b"""
[[providers]]
id = "acme"
name = "Acme's own buildings"
source = "leases of 2024"

[[providers.regions]]
id = "laval-1"
name = "Laval, hall 1"
countries = ["CA"]
"""

# Each command with a file that it reads, FILE, as its output.
_COMMANDS = {
    "consent impact other --input FILE --output FILE": _DECISION,
    "table --policy FILE --output FILE": _POLICY,
    "regions --policy FILE --output FILE": _POLICY,
    "data-map Germany --policy FILE --output FILE": _POLICY,
    "data-map Germany --designations FILE --output FILE": b"",
    "policy diff FILE xmedius --output FILE": _POLICY,
    "policy diff xmedius FILE --output FILE": _POLICY,
    "vectors FILE --output FILE": _POLICY,
    "verify FILE --stage typed --jobs 1 --evidence FILE": _POLICY,
    "place --policy FILE --output FILE": _POLICY,
    "regions --locations FILE --output FILE": _LOCATIONS,
}


@pytest.mark.parametrize("command", _COMMANDS)
def test_no_output_replaces_what_is_read(command: str, tmp_path: Path) -> None:
    """An output that is a file which the run reads is a misuse, and the file stays as it is."""
    path = tmp_path / "file.jsonl"
    path.write_bytes(_COMMANDS[command])
    ran = run_here(*command.replace("FILE", str(path)).split(" "))
    assert (ran.code, ran.out) == (2, "")
    assert "are one file" in ran.err
    assert path.read_bytes() == _COMMANDS[command]


def test_the_name_of_a_policy_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An output may have the name of a bundled policy: none is read from there."""
    monkeypatch.chdir(tmp_path)
    assert run_here("table", "--policy", "xmedius", "--output", "xmedius").code == 0


@pytest.mark.parametrize("query", ["", "?"])
@pytest.mark.parametrize("command", ["consent export", "ledger heads", "decide"])
def test_no_output_replaces_the_ledger(command: str, query: str, tmp_path: Path) -> None:
    """An output that is the file of the ledger is a misuse, and the ledger is still there."""
    path = tmp_path / "ledger.jsonl"
    url = f"sqlite:///{path}{query}"
    create_ledger(url)
    ran = run_here(*command.split(" "), "--ledger", url, "--output", str(path))
    assert ran.code == 2
    assert "--output and --ledger are one file" in ran.err
    assert run_here("ledger", "status", "--ledger", url).code == 0


def test_no_output_replaces_what_a_shell_leads_in(tmp_path: Path) -> None:
    """What is read from standard input may be a file too, and is not replaced by a part of it."""
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(_DECISION)
    command = [sys.executable, "-m", "residency", "consent", "impact", "other"]
    with path.open("rb") as file:
        ran = subprocess.run(
            [*command, "--output", str(path)],
            stdin=file,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    assert ran.returncode == 2
    assert "--output and --input are one file" in ran.stderr
    assert path.read_bytes() == _DECISION
