"""Transfers: what a request may say of itself, and what a denial says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from residency import (
    Context,
    Guard,
    Reason,
    Router,
    TransferBlocked,
    load_policy,
    open_ledger,
)
from residency.consent import Ledger
from residency.destination import locate
from residency.errors import CategoryError, ErrorKind
from residency.policy import read_policy
from tests.policy.documents import BUNDLED
from tests.samples import Store, consent, german, noon

ROUTER = Router(load_policy("xmedius"))
_IN_EU = {
    "country:FR": Reason.WITHIN_ZONE,
    "country:DE": Reason.UNDECLARED_HOSTING,
    "zone:EU": Reason.UNDECLARED_HOSTING,
}
ABROAD = [f"country:{code}" for code in ("US", "CA", "CH", "GB", "NO", "IS", "LI")]


@pytest.mark.parametrize(
    ("places", "named"),
    [
        (1, "country:CA"),
        (5, "country:CA, country:CH, country:GB, country:NO, country:US"),
        (6, "country:CA, country:CH, country:GB, country:IS, country:NO and 1 more"),
        (7, "country:CA, country:CH, country:GB, country:IS, country:LI and 2 more"),
    ],
)
def test_a_denial_names_five_places_and_counts_the_others(places: int, named: str) -> None:
    """The message says whose zone, which places, why and by which clauses, on one short line."""
    to = ["country:CA"] if places == 1 else ABROAD[:places]
    with pytest.raises(TransferBlocked) as blocked:
        Guard(ROUTER).enforce(german(), "xm-fax", to=to)
    assert str(blocked.value) == (
        f"xm-fax data designated for EU may not go to {named}: NO_CONSENT by §5(ii) §5(transfer)"
    )


@pytest.mark.parametrize(
    ("category", "kind"), [(7, ErrorKind.TYPE), ("", ErrorKind.EMPTY), ("a\0", "INVALID_CHAR")]
)
def test_a_malformed_category_is_a_category_error(category: Any, kind: str) -> None:
    """What cannot name a data category is refused as one, as a category that is not known is."""
    with pytest.raises(CategoryError) as refused:
        Context(category=category)
    assert refused.value.kind == kind


def test_a_denial_for_an_unreadable_event_says_where_the_data_would_have_gone() -> None:
    """Where an event cannot be read, the decision still tells the places, in order."""
    guard = Guard(ROUTER, Ledger(Store(lambda: (object(),))), clock=noon)
    decision = guard.decide(german(), "xm-fax", to=["zone:US", "country:CA"])
    assert decision.reason is Reason.CONSENT_UNVERIFIABLE
    assert decision.destination == locate(
        ("country:CA", "zone:US"), ROUTER.policy, date(2023, 5, 1)
    )


def test_data_that_lies_elsewhere_needs_a_consent_for_each_way() -> None:
    """§2, no laundering: EU data that lies in the US may go to CA by EU→CA and US→CA together."""
    ledger = open_ledger("memory:")
    guard = Guard(ROUTER, ledger, clock=noon)
    places = {"abroad": Context(source="zone:US"), "home": Context(source="zone:EU")}
    found: list[dict[str, Reason]] = []
    for source in ("EU", "US"):
        ledger.give(consent(record_id=source, source_zone=source, destination_zones={"CA"}))
        found.append(
            {
                where: guard.decide(german(), "xm-fax", to="zone:CA", context=context).reason
                for where, context in places.items()
            }
        )
    assert found == [
        {"abroad": Reason.CONSENT_OUT_OF_SCOPE, "home": Reason.CONSENT},
        {"abroad": Reason.CONSENT, "home": Reason.CONSENT},
    ]
    both = guard.decide(german(), "xm-fax", to="zone:CA", context=places["abroad"])
    assert both.consent_ids == ("EU", "US")
    assert both.clauses == ("§5(ii)", "§5(transfer)")


def test_a_declared_country_is_enough_where_it_is_asked_for() -> None:
    """§2: with enforce_hosting, all of the declared hosting countries may be written to."""
    text = BUNDLED.read_text(encoding="utf-8")
    strict = text.replace("enforce_hosting = false", "enforce_hosting = true").encode()
    guard = Guard(Router(read_policy(strict)))
    reasons = {to: guard.decide(german(), "xm-fax", to=to).reason for to in _IN_EU}
    assert reasons == _IN_EU
