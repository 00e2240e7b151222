"""The table of the policy's clauses is complete, and what it links to is there."""

import re
from itertools import pairwise
from typing import NamedTuple

import pytest

from residency import load_policy
from tests.architecture.package import REPOSITORY

PAGE = REPOSITORY / "docs" / "reference" / "policy-coverage.md"

_ROW = re.compile(r"^\| `(§[^`]+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_SECTIONS = range(1, 8)


class Row(NamedTuple):
    """A clause, what it is about, what carries it, and what tests it or why nothing can."""

    clause: str
    says: str
    code: str
    tests: str


ROWS = [Row(*found) for found in _ROW.findall(PAGE.read_text(encoding="utf-8"))]

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.clause)


def test_each_clause_of_the_document_has_a_row() -> None:
    """Whatever the bundled document cites stands in the table, once."""
    listed = [row.clause for row in ROWS]
    assert sorted(listed) == sorted(set(listed))
    assert set(load_policy("xmedius").clauses) <= set(listed)


def test_each_section_has_rows_in_order() -> None:
    """Sections 1 to 7 of the policy are all there, one after the other."""
    sections = [int(row.clause[1]) for row in ROWS]
    assert set(sections) == set(_SECTIONS)
    assert all(first <= second for first, second in pairwise(sections))


@each_row
def test_a_clause_is_carried_or_explained(row: Row) -> None:
    """A clause has code and tests, or says in words why no code can carry it."""
    if row.code == "no code":
        assert _LINK.findall(row.tests) == []
        assert len(row.tests.split()) > 1
    else:
        assert _LINK.findall(row.code)
        assert any(target.startswith("../../tests/") for _, target in _LINK.findall(row.tests))


@each_row
def test_what_carries_a_clause_is_there(row: Row) -> None:
    """Each link leads to a file: to code of the package, to a test, to a shipped property."""
    for name, target in _LINK.findall(row.code):
        assert target == f"../../src/residency/{name}"
        assert (PAGE.parent / target).is_file()
    for name, target in _LINK.findall(row.tests):
        package = "src/residency" if name.startswith("testing/properties/") else "tests"
        assert target == f"../../{package}/{name}"
        assert (PAGE.parent / target).is_file()


@each_row
def test_a_clause_without_code_is_none_of_the_document(row: Row) -> None:
    """What the document cites is carried by something: only other clauses may have no code."""
    assert (row.code == "no code") <= (row.clause not in load_policy("xmedius").clauses)


def test_a_clause_that_is_missing_is_noticed() -> None:
    """The pattern reads the table: the checks do not pass because they see nothing."""
    assert len(ROWS) > len(load_policy("xmedius").clauses)
