"""The table of decisions that need no ledger: what is kept in it, and how much."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve

from residency import Account, Designation, Guard, Reason, Router, load_policy
from residency.account import shared_key
from residency.destination import locate
from residency.geography import Interval, Memberships, Territory
from residency.table import Row, Table, TableStatistics
from residency.transfer import decide_by_zone
from tests.ledgers import ROUTER, german

ACME = german()
TODAY = date(2024, 5, 1)


def _rows(guard: Guard) -> dict[str, dict[str | None, Row]]:
    """Return what stands in a guard's table."""
    return guard._table.rows  # pyright: ignore[reportPrivateUsage] - to see what is kept


def _alike(guard: Guard) -> dict[tuple[object, ...], Row]:
    """Return the rows that subjects who are decided alike share."""
    return guard._table._alike  # pyright: ignore[reportPrivateUsage] - as above


def _kept(guard: Guard) -> set[object]:
    """Return the destinations that stand in a guard's table."""
    return {to for row in _rows(guard).values() for places in row.values() for to in places}


def _copy(text: str) -> str:
    """Return an equal text that is another object."""
    return "".join(list(text))


class _Text(str):
    """A text that claims to equal every other."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("zone:EU")


_CANONICAL: list[Any] = ["zone:EU", "aws:eu-west-2", ("aws:eu-west-1", "country:FR")]
_OTHER: list[Any] = [
    "country:France",
    ("country:FR", "aws:eu-west-1"),
    ["zone:EU"],
    "nowhere",
    _Text("zone:US"),
    (_Text("zone:US"),),
]


@pytest.mark.parametrize("to", _CANONICAL)
def test_canonical_places_are_kept(to: Any) -> None:
    """Places are kept under a plain, canonical text, or a tuple of such in order."""
    guard = Guard(ROUTER)
    guard.decide(ACME, "xm-fax", to=to)
    assert _kept(guard) == {to}


@pytest.mark.parametrize("to", _OTHER)
def test_other_spellings_are_not_kept(to: Any) -> None:
    """Of each place only one spelling is kept, because there is no end of the others."""
    guard = Guard(ROUTER)
    guard.decide(ACME, "xm-fax", to=to)
    assert _kept(guard) == set()


def test_accounts_alike_share_a_row() -> None:
    """A thousand accounts of one kind add nothing to the table."""
    guard = Guard(ROUTER)
    for number in range(1_000):
        guard.decide(german(f"account {number}"), "xm-fax", to="zone:EU")
    assert len(_rows(guard)) == 1


def test_accounts_alike_share_their_key() -> None:
    """Equal keys are one object, so that a million accounts hold few."""
    assert german("one").key is german("two").key
    designations = [Designation.of(each, ROUTER.place(each, "xm-fax")) for each in (ACME, german())]
    assert designations[0].key is designations[1].key


def test_the_number_of_shared_keys_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once there are too many keys, new ones are not shared, and old ones still are."""
    old, new = shared_key("a key"), "another key"
    monkeypatch.setattr("residency.account._MOST_KEYS", 0)
    assert shared_key(_copy(old)) is old
    assert shared_key(new) is new
    assert shared_key(_copy(new)) is not new


def test_accounts_without_end_are_not_kept() -> None:
    """Entities that the policy does not know, and agreements, leave no trace in the table."""
    guard = Guard(ROUTER)
    for number in range(10):
        account = Account("acme", "Germany", f"entity {number}", setup_date=date(2021, 3, 1))
        guard.decide(account, "xm-fax", to="zone:EU")
        assert guard.place(account, "xm-fax").zones == ("EU",)
        assert not ROUTER.keeps(account, "xm-fax")
    assert not _rows(guard)


def test_the_number_of_designations_is_bounded() -> None:
    """Designations come from outside: once there are too many, new ones are decided anew."""
    guard = Guard(ROUTER, table_size=3)
    placement = ROUTER.place(ACME, "xm-fax")
    for number in range(10):
        other = Designation.of(ACME, evolve(placement, clause=f"§{number}"))
        assert guard.decide(other, to="zone:EU").clauses == (f"§{number}",)
        assert guard.decide(other, to="zone:EU").reason is Reason.WITHIN_ZONE
    assert len(_rows(guard)) == 3
    assert len(_alike(guard)) == 3


def test_designations_of_any_length_are_not_kept() -> None:
    """What comes from outside may be long: it is decided, and nothing of it stays."""
    guard = Guard(ROUTER)
    long = evolve(ROUTER.place(ACME, "xm-fax"), hosting=tuple(f"place {n}" for n in range(40)))
    pinned = Designation.of(ACME, long)
    assert guard.decide(pinned, to="zone:EU").reason is Reason.WITHIN_ZONE
    assert not _rows(guard)
    assert Designation.of(ACME, long).key is not pinned.key


def test_the_number_of_sets_of_places_is_bounded() -> None:
    """There are too many sets of places to keep them all; single places are always kept."""
    guard = Guard(ROUTER, table_size=5)  # a set of places counts for each of them
    pairs = [("country:DE", f"country:{code}") for code in ("FR", "GR", "IT", "NL")]
    for _ in range(2):
        for pair in pairs:
            assert guard.decide(ACME, "xm-fax", to=pair).reason is Reason.WITHIN_ZONE
    guard.decide(ACME, "xm-fax", to="zone:EU")
    assert _kept(guard) == {*pairs[:2], "zone:EU"}
    other = Designation.of(ACME, evolve(ROUTER.place(ACME, "xm-fax"), clause="§7"))
    guard.decide(other, to="zone:EU")
    assert other.key not in _rows(guard)  # designations and sets of places share the bound


def test_a_table_of_none_keeps_what_is_finite_alone() -> None:
    """With a size of 0, what comes from outside is decided anew; accounts are found as ever."""
    guard = Guard(ROUTER, table_size=0)
    designation = guard.designate(ACME, "xm-fax")
    for _ in range(2):
        assert guard.decide(designation, to="zone:EU").reason is Reason.WITHIN_ZONE
    assert not _rows(guard)
    first = guard.decide(ACME, "xm-fax", to="zone:EU")
    assert guard.decide(ACME, "xm-fax", to="zone:EU") is first


def test_the_statistics_tell_how_much_is_kept() -> None:
    """Accounts decided alike are known apart and share their decisions; the rest is counted too."""
    guard = Guard(ROUTER, table_size=7)
    assert guard.table_statistics == TableStatistics(subjects=0, decisions=0, bound=7)
    for account in (ACME, german("other"), evolve(ACME, order_entity="XMedius Solutions Inc.")):
        for to in ("zone:EU", "zone:US", "country:France"):
            guard.decide(account, "xm-fax", to=to)
    assert guard.table_statistics == TableStatistics(subjects=2, decisions=2, bound=7)
    guard.decide(guard.designate(ACME, "xm-fax"), to=("country:DE", "country:FR"))
    assert guard.table_statistics == TableStatistics(subjects=3, decisions=3, bound=7)


def test_the_cell_that_was_first_stays() -> None:
    """Threads that decide the same at once end up with one cell."""
    guard, table = Guard(ROUTER), Table(ROUTER, 0)
    first = guard.decide(ACME, "xm-fax", to="zone:EU")
    second = evolve(first)
    placement = ROUTER.place(ACME, "xm-fax")
    assert table.keep(ACME, "xm-fax", "zone:EU", first, placement, on=TODAY) is first
    assert table.keep(ACME, "xm-fax", "zone:EU", second, placement, on=TODAY) is first


def test_ground_that_will_change_hands_is_not_kept() -> None:
    """A place whose membership changes on a day to come is decided anew at every call."""
    unions = {"EU": {Territory("FR"): (Interval(date(1958, 1, 1), date(9999, 1, 1), "a law"),)}}
    memberships = Memberships(unions)
    document = load_policy("xmedius")
    router = Router(evolve(document, memberships=memberships))
    french = Account("acme", "France", setup_date=date(2021, 3, 1))
    designation = Designation.of(french, router.place(french, "xm-fax"))
    guard = Guard(router)
    assert guard.decide(designation, to="country:FR").reason is Reason.WITHIN_ZONE
    assert guard.decide(designation, to="country:US").reason is Reason.NO_CONSENT
    assert _kept(guard) == {"country:US"}


def test_placements_are_kept() -> None:
    """A placement asked for again is the same object, whatever entity it does not depend on."""
    guard = Guard(ROUTER)
    placement = guard.place(ACME, "xm-fax")
    assert guard.place(german("other"), "xm-fax") is placement
    assert guard.place(evolve(ACME, order_entity="XMedius Solutions Inc."), "xm-fax") is placement


def test_placements_by_another_clause_are_not_shared() -> None:
    """Where the entity decides, accounts that differ in it alone are placed apart."""
    swiss = Account("acme", "Switzerland", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
    other = evolve(swiss, order_entity="XMedius Solutions Inc.")
    placed = [ROUTER.place(each, "xm-fax").zones for each in (swiss, other, swiss)]
    assert placed == [("EU",), ("US",), ("EU",)]


def test_a_cell_counts_from_the_last_change_of_membership_on() -> None:
    """A cell does not tell of which day it is, so it is found on days that are all alike only."""
    router = Router(load_policy("xmedius"))
    table = Table(router, 0)
    account = Account("acme", "Germany", setup_date=date(2021, 3, 1))
    placement = router.place(account, "xm-fax")
    changes = router.policy.memberships.boundaries
    last = changes[-1]
    cell = decide_by_zone(router.policy, placement, locate("zone:EU", router.policy, last))
    assert cell is not None
    assert table.keep(account, "xm-fax", "zone:EU", cell, placement, on=last) is cell
    before = {last - timedelta(days=1), changes[-2], changes[1], changes[0], date(1950, 1, 1)}
    assert {table.find(account, "xm-fax", "zone:EU", day) for day in before} == {None}
    for day in (last, last + timedelta(days=1), date(2050, 1, 1)):
        assert table.find(account, "xm-fax", "zone:EU", day) is cell
