"""`residency table`: the whole decision table."""

import csv
import io
import json
from pathlib import Path

import pytest

from residency.geography import TERRITORIES
from tests.cli.running import POLICY, Ran, run_here

HEADER = "territory,start,end,entity,solution,zone,hosting,clause,policy"
ENTITIES = {"xmedius-solutions", "xmedius-europe"}
SOLUTIONS = 7


@pytest.fixture(scope="module")
def table() -> Ran:
    """The table as CSV."""
    return run_here("table")


@pytest.fixture(scope="module")
def rows(table: Ran) -> list[dict[str, str]]:
    """The table's rows."""
    return list(csv.DictReader(io.StringIO(table.out)))


def test_the_columns_are_the_documented_ones(table: Ran) -> None:
    """The CSV has the columns of the contract, in its order."""
    assert table.out.splitlines()[0] == HEADER
    assert (table.code, table.err) == (0, "")


def test_the_table_is_whole(rows: list[dict[str, str]]) -> None:
    """On any day, each territory, entity and solution has exactly one row."""
    for day in ("1957-01-01", "2004-04-30", "2004-05-01", "2020-01-31", "2020-02-01", "2100-01-01"):
        held = [
            (row["territory"], row["entity"], row["solution"])
            for row in rows
            if row["start"] <= day and (not row["end"] or day < row["end"])
        ]
        assert len(held) == len(set(held)) == len(TERRITORIES) * len(ENTITIES) * SOLUTIONS


def test_a_dated_change_is_two_rows(rows: list[dict[str, str]]) -> None:
    """The United Kingdom is EU territory from 1973-01-01 until 2020-02-01, and then elsewhere."""
    found = [
        (row["start"], row["end"], row["zone"], row["hosting"], row["clause"])
        for row in rows
        if (row["territory"], row["entity"], row["solution"])
        == ("GB", "xmedius-solutions", "xm-fax")
    ]
    assert found == [
        ("", "1973-01-01", "US", "US", "§5(iv)"),
        ("1973-01-01", "2020-02-01", "EU", "FR", "§5(ii)"),
        ("2020-02-01", "", "US", "US", "§5(iv)"),
    ]


def test_several_hosting_countries_are_joined_by_a_blank(rows: list[dict[str, str]]) -> None:
    """License servers stand in the USA and in Canada (§3.5)."""
    (zone,) = {(r["zone"], r["hosting"]) for r in rows if r["solution"] == "license-servers"}
    assert zone == ("US+CA", "US CA")


def test_each_row_names_the_policy(rows: list[dict[str, str]]) -> None:
    """Each row carries the policy and revision, so that it stands on its own."""
    (policy,) = {row["policy"] for row in rows}
    assert policy.startswith(POLICY)


def test_json_says_the_same(rows: list[dict[str, str]]) -> None:
    """The JSON array has the rows of the CSV, with null for no day and lists for the hosting."""
    ran = run_here("table", "--format", "json")
    as_csv = [
        {
            **row,
            "start": row["start"] or "",
            "end": row["end"] or "",
            "hosting": " ".join(row["hosting"]),
        }
        for row in json.loads(ran.out)
    ]
    assert as_csv == rows
    assert json.loads(ran.out)[0]["start"] is None


def test_the_table_can_be_written_to_a_file(tmp_path: Path, table: Ran) -> None:
    """`--output FILE` writes what standard output would show."""
    ran = run_here("table", "--output", str(tmp_path / "table.csv"))
    assert (ran.code, ran.out) == (0, "")
    assert (tmp_path / "table.csv").read_bytes().decode() == table.out
