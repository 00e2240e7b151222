"""`residency data-map`: what is held for an account."""

import csv
import io
import json
from pathlib import Path

from residency.cli.data_map import COLUMNS
from residency.policy import load_policy
from tests.cli.running import POLICY, run_here
from tests.policy.documents import FOUR_ZONES

GERMAN = ("data-map", "Germany", "--setup-date", "2021-03-01")


def _csv(*arguments: str) -> list[dict[str, str]]:
    ran = run_here(*arguments, "--format", "csv")
    assert (ran.code, ran.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ran.out)))


def test_every_category_is_a_row() -> None:
    """The map has a row for each data category of each solution, with the documented columns."""
    rows = _csv(*GERMAN)
    declared = [
        (solution.id, category.id)
        for solution in load_policy("xmedius").solutions.values()
        for category in solution.categories
    ]
    assert [(row["solution"], row["category"]) for row in rows] == declared
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["policy"].startswith(POLICY)


def test_a_row() -> None:
    """License servers keep data in both zones (§3.5), for which no limit is stated."""
    [row] = [row for row in _csv(*GERMAN) if row["solution"] == "license-servers"]
    del row["policy"]
    assert list(row.values()) == [
        "license-servers",
        "licensing-data",
        "US+CA",
        "US CA",
        "own-servers",
        "not stated",
        "§3.5",
        "§3.5",
    ]


def test_json_says_the_same() -> None:
    """The JSON array has the rows of the CSV, with lists for the hosting countries."""
    ran = run_here(*GERMAN, "--format", "json")
    read = [{**row, "hosting": " ".join(row["hosting"])} for row in json.loads(ran.out)]
    assert read == _csv(*GERMAN)


def test_text_is_aligned() -> None:
    """For people the columns are aligned, without the policy's long name."""
    ran = run_here(*GERMAN, "--solution", "xm-fax")
    head, *lines = ran.out.splitlines()
    assert head.split() == list(COLUMNS[:-1])
    assert len(lines) == 3
    assert all(line.index("colocation") == head.index("hosting_kind") for line in lines)


def test_chosen_solutions(tmp_path: Path) -> None:
    """Only the solutions named are mapped, into a file if one is named."""
    sink = tmp_path / "map.csv"
    chosen = ("--solution", "billing", "--format", "csv", "--output", str(sink))
    assert run_here(*GERMAN, *chosen).out == ""
    assert sink.read_text(encoding="utf-8").count("\nbilling,") == 2


def test_a_solution_without_categories() -> None:
    """A solution that declares no category still stands in the map."""
    document = ("--policy", str(FOUR_ZONES), "--solution", "status-page")
    [row] = _csv("data-map", "Sweden", "--setup-date", "2021-03-01", *document)
    assert (row["category"], row["retention"], row["retention_clause"]) == ("", "", "")
    assert "status-page" in run_here("data-map", "Sweden", *document).out


def test_nothing_is_written_of_a_map_that_is_not_whole(tmp_path: Path) -> None:
    """Where the entity decides and is missing, there is no map, and one line says why."""
    sink = tmp_path / "map.csv"
    ran = run_here("data-map", "Switzerland", "--output", str(sink))
    assert (ran.code, ran.out, sink.exists()) == (2, "", False)
    assert "the order entity decides and is missing" in ran.err
    entity = ("--entity", "XMedius Europe SAS", "--solution", "xm-fax")
    assert {row["zone"] for row in _csv("data-map", "Switzerland", *entity)} == {"EU"}
