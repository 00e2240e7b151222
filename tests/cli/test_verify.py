"""`residency verify` and `residency vectors`."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from residency.cli import progress
from residency.cli.verify import STAGE_NAMES
from residency.geography import GEOGRAPHY_REVISION, normalise
from residency.testing.enumeration import STAGES
from tests.cli.running import run_here
from tests.policy.documents import BUNDLED, FOUR_ZONES

_QUICK = ("--stage", "typed", "--jobs", "1")


def _evidence(path: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return held


def test_it_says_what_was_compared() -> None:
    """Standard output has the policy, each stage's counts, and how many agreed in what time."""
    ran = run_here("verify", *_QUICK)
    assert ran.code == 0
    policy, stage, total = ran.out.splitlines()
    assert policy.startswith("xmedius/2020-11-01/sha256:")
    name, compared, _, agreed, _ = stage.split()
    assert (name, compared) == ("typed", agreed)
    assert total.startswith(f"{compared} decisions compared, {agreed} agreed, in ")


def test_its_progress_is_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar tells how many of the parts are done; standard output is what it is without one."""
    quiet = run_here("verify", *_QUICK)
    for name in ("UNTIL_SHOWN", "BETWEEN_REDRAWS", "BETWEEN_LINES"):
        monkeypatch.setattr(progress, f"_SECONDS_{name}", 0)
    ran = run_here("verify", *_QUICK)
    assert ran.out.rpartition(" in ")[0] == quiet.out.rpartition(" in ")[0]
    assert "50%|" in ran.err
    assert "16.0/16.0" in ran.err


@pytest.mark.untraced
def test_two_runs_write_the_same_evidence(tmp_path: Path) -> None:
    """The evidence is the same to the byte, whoever runs it and on however many processors."""
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    run_here("verify", *_QUICK, "--evidence", str(first))
    run_here("verify", "--stage", "typed", "--jobs", "2", "--evidence", str(second))
    assert first.read_bytes() == second.read_bytes()


def test_the_evidence_names_what_it_is_about(tmp_path: Path) -> None:
    """It holds the revisions of policy and data, the versions, and counts and digest by stage."""
    path = tmp_path / "evidence.json"
    run_here("verify", str(FOUR_ZONES), *_QUICK, "--evidence", str(path))
    held = _evidence(path)
    assert held["policy"]["id"] == "halcyon"
    assert held["policy"]["document_sha256"] == sha256(FOUR_ZONES.read_bytes()).hexdigest()
    assert held["data"]["geography"] == GEOGRAPHY_REVISION
    assert set(held["versions"]) == {"residency", "python", "unicode"}
    assert held["compared"] == held["agreed"] == held["stages"]["typed"]["compared"]
    assert len(held["stages"]["typed"]["sha256"]) == 64
    assert held["differences"] == []


def test_evidence_on_standard_output_stands_alone() -> None:
    """With `--evidence -` standard output is the evidence, and the summary is on standard error."""
    ran = run_here("verify", *_QUICK, "--evidence", "-")
    assert json.loads(ran.out)["agreed"] == json.loads(ran.out)["compared"]
    assert "decisions compared" in ran.err


def _wrong(text: str) -> str:
    return "US" if text in {"Georgia", "GE"} else "DE"


@pytest.mark.parametrize(("wrong", "more"), [(None, False), (_wrong, True)])
def test_a_disagreement_is_told(wrong: Any, more: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a test's column
    """Where answers differ, the exit code is 1 and the first of them are listed, in full."""
    path = tmp_path / "evidence.json"

    def engine(text: str) -> str:
        return "US" if text == "Georgia" else normalise(text)

    with patch("residency.testing.enumeration.sides.normalise", wrong or engine):
        ran = run_here("verify", *_QUICK, "--evidence", str(path))
    assert ran.code == 1
    held = _evidence(path)
    assert held["agreed"] < held["compared"]
    assert ("more" in ran.out.splitlines()[-1]) is more
    if not more:
        assert ran.out.splitlines()[-3:] == [
            "Differs (typed): typed=Georgia",
            "  the engine says    US",
            "  the reference says GE",
        ]
        assert held["differences"] == [
            {"stage": "typed", "input": "typed=Georgia", "found": "US", "expected": "GE"}
        ]
    else:
        assert len(held["differences"]) == 10


def test_a_fault_of_the_engine_is_a_disagreement() -> None:
    """An exception that is no refusal is found and told, and does not end the comparison."""
    with patch("residency.testing.enumeration.sides.normalise", side_effect=ZeroDivisionError):
        ran = run_here("verify", *_QUICK, "--evidence", "-")
    assert ran.code == 1
    assert json.loads(ran.out)["differences"][0]["found"] == "fault ZeroDivisionError"


@pytest.fixture
def without_fiji(tmp_path: Path) -> Path:
    """Return the four-zone example with one country less in one zone."""
    path = tmp_path / "other.toml"
    text = FOUR_ZONES.read_text(encoding="utf-8")
    path.write_text(text.replace('"FJ", ', ""), encoding="utf-8")
    return path


def test_two_policies_are_compared(without_fiji: Path) -> None:
    """Every input that the other policy decides otherwise is a line: here, all about one country.

    The reference says the same of both.
    """
    ran = run_here(
        "verify",
        str(FOUR_ZONES),
        "--against",
        str(without_fiji),
        "--stage",
        "places",
        "--jobs",
        "1",
    )
    assert ran.code == 1
    places = {line["input"] for line in map(dict, ran.records)}
    assert places == {line for line in places if str(line).startswith("place=country:FJ on=")}
    assert len(places) == 22
    assert set(ran.records[0]) == {"stage", "input", "before", "after"}
    assert ran.records[0]["before"] == "country:FJ in FJ zone APAC"
    assert ran.records[0]["after"] == "country:FJ in FJ zone none"


def test_a_policy_is_as_itself() -> None:
    """Compared with itself a policy has no difference, and the exit code is 0."""
    ran = run_here("verify", "--against", "xmedius", *_QUICK)
    assert (ran.code, ran.out) == (0, "")


def test_evidence_is_of_the_reference_alone() -> None:
    """Evidence says that engine and reference agree, so there is none of two policies."""
    ran = run_here("verify", "--against", "xmedius", "--evidence", "-")
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("command", ["verify", "vectors"])
def test_a_faulty_document_is_refused(command: str, tmp_path: Path) -> None:
    """A document that the reader refuses is refused here too, before anything is compared."""
    path = tmp_path / "faulty.toml"
    path.write_text(BUNDLED.read_text(encoding="utf-8").replace('zone = "EU"', 'zone = "X"'))
    ran = run_here(command, str(path))
    assert (ran.code, ran.out) == (2, "")
    assert "rules[" in ran.err


def test_vectors_are_written(tmp_path: Path) -> None:
    """The set is written to a file, or to standard output; both are the same."""
    path = tmp_path / "vectors.json"
    assert run_here("vectors", str(FOUR_ZONES), "--output", str(path)).code == 0
    assert run_here("vectors", str(FOUR_ZONES)).out == path.read_text(encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["policy"]["id"] == "halcyon"


def test_each_stage_can_be_chosen() -> None:
    """Every stage is a value of `--stage`; there is no other."""
    assert run_here("verify", "--stage", "moods").code == 2
    assert list(STAGES) == list(STAGE_NAMES)


def test_no_other_command_reads_the_reference() -> None:
    """The data of the reference evaluator is read by the commands that ask it, and by no other."""
    program = (
        "import sys, residency.cli.application\n"
        "sys.exit(any(name.startswith('residency.testing') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
