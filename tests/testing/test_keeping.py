"""Retention and data maps in the enumeration: what is asked, and what would be noticed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from unittest.mock import patch

import pytest
from attrs import evolve

from residency import Account, Designation, Router, load_policy
from residency.policy import Policy
from residency.retention import DataMapRow, Due, Retention, data_map, due, retention
from residency.testing import read_document
from residency.testing.enumeration import (
    Bench,
    Customer,
    DataMapCase,
    EngineSide,
    ReferenceSide,
    RetentionCase,
    Side,
    Task,
    World,
    parts_of,
)
from residency.testing.enumeration.keeping import retention_cases
from tests.policy.documents import BUNDLED, FOUR_ZONES

_DATA = BUNDLED.read_bytes()
_WORLD = World(read_document(_DATA))
_SIDES: tuple[Side, Side] = (
    EngineSide(Router(load_policy("xmedius"))),
    ReferenceSide(_WORLD.document),
)
_GERMAN = Customer("DE", date(2021, 3, 1), None)
_END, _OTHER, _MADE = "account-termination", "maintenance-contract-end", "creation"
_EITHER = f"90 days after {_END} or 2 years after {_OTHER}"

each_side = pytest.mark.parametrize("side", _SIDES, ids=["engine", "reference"])


@each_side
@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (
            RetentionCase("xm-fax", "fax-data", ((_END, date(2024, 1, 1)),)),
            "90 days after account-termination by §3.1: DUE 2024-03-31 to 2024-03-31",
        ),
        (
            RetentionCase("xm-fax", "backups", ((_MADE, date(2024, 2, 29)),)),
            "1 year after creation by §3.1: DUE 2025-02-28 to 2025-02-28",
        ),
        (
            RetentionCase(
                "help-desk", "support-tickets", ((_END, date(2024, 1, 1)), (_OTHER, None))
            ),
            f"{_EITHER}, as applicable by §3.4: DUE 2024-03-31 to 2024-03-31",
        ),
        (
            RetentionCase("billing", "billing-data", ((_END, None),)),
            "7 years after account-termination by §3.4: NOT_STARTED",
        ),
        (
            RetentionCase("billing", "billing-data", ((_OTHER, date(2024, 1, 1)),)),
            "7 years after account-termination by §3.4: UNKNOWN_EVENT_DATE",
        ),
        (
            RetentionCase("billing", "card-data", ((_END, date(2024, 1, 1)),)),
            "not stated by §3.4: NOT_STATED",
        ),
        (RetentionCase("xm-fax", "gossip"), "refused UNKNOWN_CATEGORY"),
        (RetentionCase("xm-print", "fax-data"), "refused UNKNOWN_SOLUTION"),
        (RetentionCase("xm-fax", "fax-data", ((_END, date.max),)), "refused INVALID_DATE"),
        (RetentionCase("xm-fax", "backups", ((_MADE, date.max),)), "refused INVALID_DATE"),
    ],
)
def test_what_is_stated_is_said(side: Side, case: RetentionCase, answer: str) -> None:
    """§4: each side says the limits of the policy in words, and "not stated" where it has none."""
    assert side.answer(case) == answer


@each_side
def test_a_data_map_has_a_row_for_each_category(side: Side) -> None:
    """§4, §7: for an account each solution, category, zone, hosting country and retention."""
    rows = side.answer(DataMapCase(_GERMAN)).split("; ")
    assert len(rows) == sum(map(len, _WORLD.domain.data.values()))
    assert rows[0] == (
        "xm-fax fax-data EU in FR by §5(ii) colocation"
        " kept 90 days after account-termination by §3.1"
    )
    agreed = side.answer(DataMapCase(_GERMAN._replace(agreement="CA"), agreed="xm-fax"))
    assert agreed.startswith("xm-fax fax-data CA in CA by §5(agreement) ")
    moved = _GERMAN._replace(territory="US")
    pinned = side.answer(DataMapCase(moved, pinned=(_GERMAN, "xm-fax"))).split("; ")
    assert pinned[0] == rows[0]
    assert side.answer(DataMapCase(moved)).startswith("xm-fax fax-data US in US by §5(i) ")


def test_every_category_is_asked_about_in_every_way() -> None:
    """Each category, and one that is none, is asked about with each event in each of its states."""
    for solution in (*_WORLD.domain.solutions, "no-such-solution"):
        cases = list(retention_cases(_WORLD.domain, solution))
        wanted = (*_WORLD.domain.data.get(solution, ()), "no-such-category")
        assert {case.category for case in cases} == set(wanted)
        states = {
            tuple(
                "unknown" if event not in known else "never" if known[event] is None else "day"
                for event in (_END, _OTHER, _MADE)
            )
            for known in (dict(case.events) for case in cases)
        }
        assert len(states) == 27


def _differences(stage: str) -> int:
    bench = Bench(Task(_DATA, stages=(stage,), keep=None))
    return sum(len(bench.compare(part).differences) for part in parts_of(bench.world, (stage,)))


def _longer(policy: Policy, solution: str, category: str) -> Retention:
    """Say of one category, for which nothing is stated, that it is kept for seven years."""
    found = retention(policy, solution, category)
    if category != "card-data":
        return found
    return evolve(found, limits=retention(policy, "billing", "billing-data").limits)


def _later(policy: Policy, solution: str, category: str, events: Mapping[str, date | None]) -> Due:
    """Let what ends on a leap day end on 1 March."""
    found = due(policy, solution, category, events)
    late = {date(2025, 2, 28): date(2025, 3, 1)}
    return evolve(found, ends=tuple((limit, late.get(day, day)) for limit, day in found.ends))


def _fewer(
    router: Router, account: Account, *, designations: tuple[Designation, ...]
) -> tuple[DataMapRow, ...]:
    """Leave out what no limit is stated for."""
    rows = data_map(router, account, designations=designations)
    return tuple(row for row in rows if row.retention is None or row.retention.stated)


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("stage", "name", "wrong"),
    [
        ("retention", "retention", _longer),
        ("retention", "due", _later),
        ("data-maps", "data_map", _fewer),
    ],
)
def test_a_mistake_is_noticed(stage: str, name: str, wrong: object) -> None:
    """An invented limit, a day too late and a row too few are differences of their stage."""
    with patch(f"residency.testing.enumeration.keeping.{name}", wrong):
        assert _differences(stage) > 0


def test_two_policies_that_keep_data_differently_are_told_apart() -> None:
    """Of two documents, each answer that differs is told; an event that one lacks is no error."""
    text = FOUR_ZONES.read_text(encoding="utf-8").replace("amount = 6,", "amount = 7,")
    other = text.replace("creation", "making")
    task = Task(FOUR_ZONES.read_bytes(), other.encode(), ("retention",), keep=None)
    bench = Bench(task)
    found = [
        each
        for part in parts_of(bench.world, task.stages)
        for each in bench.compare(part).differences
    ]
    before = [each.found for each in found]
    after = [each.expected for each in found]
    assert any(each.startswith("6 months after creation by ") for each in before)
    assert any(each.startswith("7 months after making by ") for each in after)
    assert [each for each in before + after if "UNKNOWN_" in each and "refused" in each] == []
