"""The three commands of the how-to for auditors, in an empty folder without a network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.package import REPOSITORY
from tests.receipts.samples import requests, written

_GUIDE = (REPOSITORY / "docs" / "how-to" / "audit.md").read_text(encoding="utf-8")

# Each command is run as it stands, and less of it. Other tests run the properties whole, and parts
# of every stage of `residency verify`; `make verify` runs all of it.
_LESS = {
    "residency verify": "--stage typed --stage retention",
    "pytest": "-p no:asyncio -k 'no_default or lies_nowhere'",
    "residency replay": "",
}

_OFFLINE = """
import sys

def deny(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise OSError("there is no network")

sys.addaudithook(deny)
"""


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """Return an empty folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command where there is no network, and nothing at home."""
    aside = folder.parent / "aside"
    aside.mkdir(exist_ok=True)
    (aside / "sitecustomize.py").write_text(_OFFLINE, encoding="utf-8")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={**os.environ, "HOME": str(aside), "PATH": path, "PYTHONPATH": str(aside)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_there_is_no_network(empty: Path) -> None:
    """What would reach out fails, so that the commands below do not."""
    program = 'import socket; socket.create_connection(("127.0.0.1", 9))'
    assert "there is no network" in _run(f"python -c '{program}'", empty).stderr


@pytest.mark.untraced
def test_three_commands_leave_the_evidence(empty: Path) -> None:
    """Each ends well, offline, and in the folder there is the evidence of what was compared."""
    written(empty / "receipts.jsonl")
    block = re.search(r"```sh\n(.*?)```", _GUIDE, flags=re.DOTALL)
    assert block is not None
    commands = block[1].splitlines()
    assert len(commands) == len(_LESS)
    said: list[str] = []
    for command, (name, less) in zip(commands, _LESS.items(), strict=True):
        assert command.startswith(f"{name} ")
        ran = _run(f"{command} {less}", empty)
        assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
        said.append(ran.stdout)
    assert "3 passed" in said[1]
    assert f"{len(requests())} agree; " in said[2]
    evidence = json.loads((empty / "evidence.json").read_text(encoding="utf-8"))
    assert evidence["agreed"] == evidence["compared"] > 30_000
