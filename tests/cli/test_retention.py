"""`residency retention`: until when data may be kept."""

import json
from pathlib import Path

import pytest

from tests.cli.running import POLICY, Refusal, run_here

TICKETS = {"id": "a", "solution": "help-desk", "category": "support-tickets"}


def _one(**fields: object) -> tuple[int, dict[str, object]]:
    ran = run_here("retention", given=json.dumps(fields))
    (answer,) = ran.records
    return ran.code, answer


def test_the_latest_deletion_date() -> None:
    """§3.1: fax data is kept for 90 days after the account's termination at most."""
    fields = {"solution": "xm-fax", "category": "fax-data", "account-termination": "2024-01-01"}
    code, answer = _one(id="a", **fields)
    assert code == 0
    assert str(answer.pop("policy")).startswith(POLICY)
    assert answer == {
        "id": "a",
        "status": "DUE",
        "earliest": "2024-03-31",
        "latest": "2024-03-31",
        "retention": "90 days after account-termination",
        "unknown": [],
        "clause": "§3.1",
        "error": None,
    }


@pytest.mark.parametrize(
    ("terminated", "ended", "status", "earliest", "latest", "unknown"),
    [
        ("2024-01-01", "2024-01-01", "AS_APPLICABLE", "2024-03-31", "2026-01-01", []),
        ("2024-01-01", "none", "DUE", "2024-03-31", "2024-03-31", []),
        ("none", "none", "NOT_STARTED", None, None, []),
        ("2024-01-01", None, "UNKNOWN_EVENT_DATE", None, None, ["maintenance-contract-end"]),
    ],
)
def test_as_applicable(  # noqa: PLR0917 - one column each
    terminated: str,
    ended: str | None,
    status: str,
    earliest: str | None,
    latest: str | None,
    unknown: list[str],
) -> None:
    """§3.4: a day, `none` for what has not happened, and nothing for what is not known."""
    events = {"account-termination": terminated, "maintenance-contract-end": ended}
    code, answer = _one(**TICKETS, **events)
    assert code == 0
    assert (answer["status"], answer["unknown"]) == (status, unknown)
    assert (answer["earliest"], answer["latest"]) == (earliest, latest)


def test_silence_is_said() -> None:
    """Where the policy states nothing, that is the answer, and no failure."""
    code, answer = _one(id="a", solution="billing", category="card-data")
    assert (code, answer["status"], answer["retention"]) == (0, "NOT_STATED", "not stated")


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"solution": "fax"}, "UNKNOWN_SOLUTION"),
        ({"category": None}, "TYPE"),
        ({"id": 7}, "TYPE"),
        ({"account-termination": "soon"}, "INVALID_DATE"),
        ({"account-termination": "9999-12-31"}, "INVALID_DATE"),
    ],
)
def test_a_broken_record_is_refused(changed: dict[str, object], kind: str) -> None:
    """A record that cannot be answered is refused with its kind, and the exit code is 1."""
    code, answer = _one(**{**TICKETS, **changed})
    assert code == 1
    assert Refusal.of(answer).kind == kind


def test_a_file_of_them(tmp_path: Path) -> None:
    """CSV goes in and out, with a column for each event of the policy."""
    source, sink = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(
        "id,solution,category,account-termination,creation\n"
        "a,billing,billing-data,2020-02-29,\nb,xm-fax,backups,,2024-02-29\n",
        encoding="utf-8",
    )
    ran = run_here("retention", "--input", str(source), "--output", str(sink))
    assert (ran.code, ran.err) == (0, "")
    rows = [line.split(",")[:4] for line in sink.read_text(encoding="utf-8").splitlines()]
    assert rows == [
        ["id", "status", "earliest", "latest"],
        ["a", "DUE", "2027-02-28", "2027-02-28"],
        ["b", "DUE", "2025-02-28", "2025-02-28"],
    ]
