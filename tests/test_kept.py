"""What a router and a table keep, to the last one that has room, and what that spares."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from attrs import evolve

from residency import Account, Designation, Guard, Reason, Router
from residency.account import LONGEST_KEY, shared_key
from residency.destination import locate
from residency.table import Row, Table
from residency.transfer import decide_by_zone
from tests.ledgers import ROUTER, german

ACME = german()
PAIR = ("country:DE", "country:FR")


def _rows(guard: Guard) -> dict[str, dict[str | None, Row]]:
    return guard._table.rows  # pyright: ignore[reportPrivateUsage] - to see what is kept


def _pinned(clause: str = "§5(ii)") -> Designation:
    return Designation.of(ACME, evolve(ROUTER.place(ACME, "xm-fax"), clause=clause))


def test_the_longest_key_is_shared() -> None:
    """Keys of up to 256 characters are one object; longer ones are left alone."""
    longest = "k" * LONGEST_KEY
    assert shared_key(longest) is shared_key("".join(list(longest)))
    longer = longest + "k"
    assert shared_key(longer) is not shared_key("".join(list(longer)))


def test_the_longest_key_is_kept() -> None:
    """A designation whose key has 256 characters is found again, and one of 257 is not."""
    room = LONGEST_KEY - len(_pinned("§").key) + 1
    for characters, kept in ((room, True), (room + 1, False)):
        guard, pinned = Guard(ROUTER), _pinned("§" * characters)
        assert (len(pinned.key) <= LONGEST_KEY) is kept
        guard.decide(pinned, to="zone:EU")
        assert (pinned.key in _rows(guard)) is kept


def test_a_warm_designation_is_spared_what_an_account_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was designated is permitted at home at once, and recalled without being decided."""
    guard, pinned = Guard(ROUTER), _pinned()
    permit = guard.enforce(pinned, to="zone:EU")
    monkeypatch.setattr(Guard, "_decide_by_zone", None)
    assert asyncio.run(guard.decide_async(pinned, to="zone:EU")) is permit
    monkeypatch.setattr(Guard, "decide", None)
    assert guard.enforce(pinned, to="zone:EU") is permit


def test_a_router_places_an_account_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The placement of a known account is found by its key and the solution."""
    router = Router(ROUTER.policy)
    placement = router.place(ACME, "xm-fax")
    monkeypatch.setattr(Router, "_place", None)
    assert router.place(german("other"), "xm-fax") is placement


def test_accounts_that_are_placed_alike_share_a_placement(monkeypatch: pytest.MonkeyPatch) -> None:
    """A placement is made once, whatever else there is about an account."""
    router = Router(ROUTER.policy)
    placement = router.place(ACME, "xm-fax")
    monkeypatch.setattr("residency.placement.Placement", None)
    unknown = evolve(ACME, order_entity="Nobody & Sons", setup_date=date(2010, 1, 1))
    assert router.place(unknown, "xm-fax") is placement


def test_a_place_is_kept_from_the_day_on_which_its_ground_came_to_rest() -> None:
    """The day of the last change counts, and the day before it does not."""
    policy = ROUTER.policy
    last = policy.memberships.boundaries[-1]
    british: Any = locate("country:GB", policy, last)
    placement = ROUTER.place(ACME, "xm-fax")
    cell = decide_by_zone(policy, placement, british) or evolve(
        Guard(ROUTER).decide(ACME, "xm-fax", to="country:GB")
    )
    table = Table(ROUTER, 0)
    before = date.fromordinal(last.toordinal() - 1)
    assert table.keep(ACME, "xm-fax", "country:GB", cell, placement, on=before) is None
    assert table.keep(ACME, "xm-fax", "country:GB", cell, placement, on=last) is cell


def test_what_accounts_alike_ask_takes_room_once() -> None:
    """A set of places that one account asked about is kept for all that are decided alike."""
    guard = Guard(ROUTER, table_size=2)
    french = Account("other", "France", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
    for account in (ACME, french):
        assert guard.decide(account, "xm-fax", to=PAIR).reason is Reason.WITHIN_ZONE
        assert PAIR in _rows(guard)[account.key]["xm-fax"]


def test_a_designation_takes_room_beside_its_places() -> None:
    """A designation that asks about two places needs room for three."""
    for size, kept in ((2, False), (3, True)):
        guard, pinned = Guard(ROUTER, table_size=size), _pinned()
        guard.decide(pinned, to=PAIR)
        assert (pinned.key in _rows(guard)) is kept


def test_a_place_is_located_in_all_eras_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since when a place stands on its ground is known for every account after the first."""
    guard = Guard(ROUTER)
    guard.decide(ACME, "xm-fax", to="zone:EU")
    monkeypatch.setattr("residency.table.locate", None)
    french = Account("other", "France", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
    guard.decide(french, "xm-fax", to="zone:EU")
    assert french.key in _rows(guard)
