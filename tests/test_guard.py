"""The guard as its users call it: what it takes, what it raises, and what it carries."""

from __future__ import annotations

import asyncio
import copy
import pickle
from datetime import date
from typing import Any

import pytest

from residency import (
    Account,
    Agreement,
    Context,
    Designation,
    Guard,
    Reason,
    Router,
    TransferBlocked,
    load_policy,
)
from residency.consent import Ledger, MemoryStore
from residency.destination import Location
from residency.errors import (
    CategoryError,
    DestinationError,
    ErrorKind,
    InputError,
    SolutionError,
)
from tests.samples import DAY, NOON, consent, german, noon

ROUTER = Router(load_policy("xmedius"))
ACME = german()


def _guard() -> tuple[Guard, Ledger]:
    ledger = Ledger(MemoryStore(), clock=noon)
    return Guard(ROUTER, ledger, clock=noon), ledger


def test_enforce_returns_the_permit_or_raises_the_denial() -> None:
    """§5(transfer): what is permitted is returned; what is denied is raised, and carried."""
    guard, _ = _guard()
    assert guard.enforce(ACME, "xm-fax", to="aws:eu-west-1").reason is Reason.WITHIN_ZONE
    with pytest.raises(TransferBlocked) as blocked:
        guard.enforce(ACME, "xm-fax", to="aws:eu-west-2")
    decision = blocked.value.decision
    assert decision == guard.decide(ACME, "xm-fax", to="aws:eu-west-2")
    assert blocked.value.kind == decision.reason == "NO_CONSENT"
    assert (blocked.value.value, blocked.value.suggestions) == (decision, ())
    assert decision.clauses == ("§5(ii)", "§5(transfer)")
    for part in ("xm-fax", "EU", "aws:eu-west-2", "NO_CONSENT", "§5(transfer)"):
        assert part in blocked.value.message
    assert "\n" not in blocked.value.message


def test_a_blocked_transfer_survives_pickling() -> None:
    """A denial raised in a worker process reaches its parent with the decision."""
    guard, _ = _guard()
    with pytest.raises(TransferBlocked) as blocked:
        guard.enforce(ACME, "xm-fax", to="zone:US")
    for again in (pickle.loads(pickle.dumps(blocked.value)), copy.copy(blocked.value)):
        assert again.decision == blocked.value.decision
        assert str(again) == str(blocked.value)


def test_the_async_twins_agree() -> None:
    """decide_async and enforce_async answer, and raise, as their twins do."""
    guard, ledger = _guard()
    ledger.give(consent())

    async def ask() -> None:
        for to in ("zone:EU", "zone:US", "zone:CA", "mars"):
            decision = guard.decide(ACME, "xm-fax", to=to)
            assert await guard.decide_async(ACME, "xm-fax", to=to) == decision
            if decision.permitted:
                assert await guard.enforce_async(ACME, "xm-fax", to=to) == decision
            else:
                with pytest.raises(TransferBlocked) as blocked:
                    await guard.enforce_async(ACME, "xm-fax", to=to)
                assert blocked.value.decision == decision

    asyncio.run(ask())


def test_a_designation_stands_for_account_and_solution() -> None:
    """A designation needs no solution, takes its own, and refuses another."""
    guard, ledger = _guard()
    ledger.give(consent())
    designation = guard.designate(ACME, "xm-fax")
    assert guard.place(designation) == guard.place(designation, "xm-fax") == designation.placement
    for to in ("zone:EU", "zone:US", "zone:CA"):
        plain = guard.decide(ACME, "xm-fax", to=to)
        assert guard.decide(designation, to=to) == plain
        assert guard.decide(designation, "xm-fax", to=to) == plain
    with pytest.raises(SolutionError) as refused:
        guard.place(designation, "billing")
    assert refused.value.kind is ErrorKind.CONFLICT


def test_an_account_names_its_solution() -> None:
    """An account has several solutions, so that one must be named."""
    guard, _ = _guard()
    with pytest.raises(SolutionError):
        guard.place(ACME)
    with pytest.raises(SolutionError):
        guard.decide(ACME, to="zone:EU")


def test_a_context_narrows_what_covers() -> None:
    """§3: a consent for one category and purpose covers a request that names them, and no other."""
    guard, ledger = _guard()
    ledger.give(consent(categories={"fax-data"}, purposes={"support"}))

    def reason(**context: Any) -> Reason:
        return guard.decide(ACME, "xm-fax", to="zone:US", context=Context(**context)).reason

    assert reason(category="fax-data", purpose="support") is Reason.CONSENT
    assert reason(category="backups", purpose="support") is Reason.CONSENT_OUT_OF_SCOPE
    assert reason(category="fax-data", purpose="billing") is Reason.CONSENT_OUT_OF_SCOPE
    assert reason(category="fax-data") is Reason.CONSENT_OUT_OF_SCOPE
    assert reason(purpose="support") is Reason.CONSENT_OUT_OF_SCOPE
    assert reason() is Reason.CONSENT_OUT_OF_SCOPE


def test_a_context_may_name_its_moment() -> None:
    """§3: the moment of a request is a parameter; without one it is the present."""
    guard, ledger = _guard()
    ledger.give(consent(valid_until=NOON + DAY))
    late = Context(at=NOON + DAY)
    assert guard.decide(ACME, "xm-fax", to="zone:US").reason is Reason.CONSENT
    expired = guard.decide(ACME, "xm-fax", to="zone:US", context=late)
    assert expired.reason is Reason.CONSENT_EXPIRED
    before_2020 = Context(at=NOON.replace(year=2020, month=1, day=31))
    assert guard.decide(ACME, "xm-fax", to="country:GB", context=before_2020).permitted


@pytest.mark.parametrize(
    ("context", "error"),
    [
        ({"category": "postcards"}, CategoryError),
        ({"source": "mars"}, DestinationError),
        ({"source": 7}, DestinationError),
    ],
)
def test_a_context_that_names_what_is_not_known_is_an_error(
    context: dict[str, Any], error: type[InputError]
) -> None:
    """An unknown category or source is an error, also for a write inside the zone."""
    guard, _ = _guard()
    for to in ("zone:EU", "zone:US"):
        with pytest.raises(error):
            guard.decide(ACME, "xm-fax", to=to, context=Context(**context))


@pytest.mark.parametrize(
    "context",
    [
        {"category": ""},
        {"purpose": "a\nb"},
        {"purpose": 7},
        {"at": NOON.replace(tzinfo=None)},
        {"at": "now"},
    ],
)
def test_a_malformed_context_cannot_be_made(context: dict[str, Any]) -> None:
    """A context with a malformed text or a naive moment is refused when it is made."""
    with pytest.raises(InputError):
        Context(**context)


def test_a_transfer_to_several_zones_needs_each_covered() -> None:
    """§3: each direction is covered by a record; the permit names all that it rests on."""
    guard, ledger = _guard()
    both = ("zone:CA", "zone:US")
    ledger.give(consent())
    assert guard.decide(ACME, "xm-fax", to=both).reason is Reason.CONSENT_OUT_OF_SCOPE
    ledger.give(consent(record_id="r-0", destination_zones={"CA"}))
    permit = guard.decide(ACME, "xm-fax", to=both)
    assert (permit.reason, permit.consent_ids, permit.consent_id) == (
        Reason.CONSENT,
        ("r-0", "r-1"),
        "r-0",
    )
    ledger.withdraw("r-0")
    assert guard.decide(ACME, "xm-fax", to=both).reason is Reason.CONSENT_WITHDRAWN


def test_data_that_lies_elsewhere_needs_consent_for_both_ways() -> None:
    """No laundering: from the USA to Canada, consent for EU to CA and for US to CA is needed."""
    guard, ledger = _guard()
    elsewhere = Context(source="zone:US")

    def reason(to: str) -> Reason:
        return guard.decide(ACME, "xm-fax", to=to, context=elsewhere).reason

    ledger.give(consent(record_id="us-ca", source_zone="US", destination_zones={"CA"}))
    assert reason("zone:CA") is Reason.CONSENT_OUT_OF_SCOPE
    ledger.give(consent(record_id="eu-ca", destination_zones={"CA"}))
    assert reason("zone:CA") is Reason.CONSENT
    assert reason("zone:EU") is Reason.WITHIN_ZONE
    assert reason("zone:US") is Reason.CONSENT_OUT_OF_SCOPE
    ledger.give(consent(record_id="eu-us"))
    assert reason("aws:us-east-1") is Reason.CONSENT


def test_declared_hosting_can_be_asked_for() -> None:
    """A document with enforce_hosting blocks a country of the zone that is no declared hosting."""
    policy = load_policy("examples/four-zones.toml")
    solution = next(each for each in policy.solutions.values() if each.placed_by_country)
    guard = Guard(Router(policy))
    account = Account("acme", "Germany", "halcyon-gmbh", setup_date=date(2024, 5, 1))
    (declared,) = (f"country:{code}" for code in solution.storage["EU"][:1])
    assert guard.decide(account, solution.id, to=declared).reason is Reason.WITHIN_ZONE
    other = guard.decide(account, solution.id, to="country:MT")
    assert (other.permitted, other.reason) == (False, Reason.UNDECLARED_HOSTING)
    assert solution.clause in other.clauses
    unstated = guard.decide(account, solution.id, to="zone:EU")
    assert unstated.reason is Reason.UNDECLARED_HOSTING  # no country is shown, so none is declared


def test_a_designation_of_a_solution_that_is_gone_is_still_decided() -> None:
    """A designation outlives its solution: hosting is its own, and no clause is made up."""
    policy = load_policy("examples/four-zones.toml")
    placement = Guard(ROUTER).place(ACME, "xm-fax")
    designation = Designation("acme", ACME.setup_date, placement)
    decision = Guard(Router(policy)).decide(designation, to="country:MT")
    assert (decision.reason, decision.clauses) == (Reason.UNDECLARED_HOSTING, ("§5(ii)",))


def test_an_account_with_an_agreement_is_guarded_by_it() -> None:
    """§5(agreement): the zone agreed upon is home, and the zone of the country is not."""
    guard, _ = _guard()
    agreement = Agreement("xm-fax", "CA", "MSA-7", date(2021, 2, 1))
    account = Account(
        "acme", "Germany", "xmedius-europe", setup_date=ACME.setup_date, agreements=(agreement,)
    )
    for _ in range(2):
        assert guard.decide(account, "xm-fax", to="zone:CA").reason is Reason.WITHIN_ZONE
        assert guard.decide(account, "xm-fax", to="zone:EU").reason is Reason.NO_CONSENT
        assert guard.decide(ACME, "xm-fax", to="zone:EU").reason is Reason.WITHIN_ZONE
    assert guard.router is ROUTER


@pytest.mark.parametrize(
    "clock", [lambda: None, lambda: NOON.replace(tzinfo=None)], ids=["none", "naive"]
)
def test_a_clock_that_tells_no_moment_decides_nothing(clock: Any) -> None:
    """A clock that answers with anything but an aware moment is an error, not a permit."""
    guard = Guard(ROUTER, clock=clock)
    with pytest.raises(InputError):
        guard.decide(ACME, "xm-fax", to="zone:EU")


def test_an_unknown_place_among_others_is_shown_with_them() -> None:
    """A destination that is not known is denied, and shown as it was given, place by place."""
    guard, _ = _guard()
    decision = guard.decide(ACME, "xm-fax", to=["zone:EU", "country:ZZ"])
    assert decision.reason is Reason.UNKNOWN_DESTINATION
    assert decision.destination == tuple(
        Location(label, frozenset(), None) for label in ("`zone:EU`", "`country:ZZ`")
    )


def test_a_size_is_a_number() -> None:
    """A flag is no size of a cache."""
    with pytest.raises(InputError):
        Guard(ROUTER, cache_size=True)
