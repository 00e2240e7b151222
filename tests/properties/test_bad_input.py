"""Bad input: every bad value, in every field of every public call.

Each gets a typed error with a kind and one short line, or a denial. There is no other exception,
and no permit.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency import (
    Account,
    Agreement,
    Context,
    Decision,
    Designation,
    Guard,
    ResidencyError,
    Router,
    TransferBlocked,
    explain,
    load_policy,
    open_ledger,
)
from residency.consent import ConsentEvent, Ledger, MemoryStore
from residency.destination import locate
from residency.geography import normalise
from residency.policy import read_policy
from residency.policy.lookup import find_category, find_solution
from tests.properties.bad_values import BAD_TEXT, NOT_TEXT, ODD_TEXT
from tests.properties.worlds import XMEDIUS, router_of
from tests.samples import DAY, NOON, consent, german
from tests.samples import given as given_event

_LONGEST_MESSAGE = 400
_ROUTER = router_of(XMEDIUS)
_DAY = date(2021, 3, 1)
_AT_NOON = Context(at=NOON)


def _guard() -> Guard:
    """Return a guard whose ledger lets `acme` bring all its fax data from EU to US."""
    ledger = open_ledger("memory:")
    ledger.give(consent())
    return Guard(_ROUTER, ledger)


def _outcome(call: Callable[[Any], object], bad: Any) -> object:
    """Return what a call makes of a bad value; a refusal must be fit for a log."""
    try:
        return call(bad)
    except ResidencyError as error:
        _require_fit(error)
        return error


def _require_fit(error: ResidencyError) -> None:
    message = str(error)
    assert message == error.message
    assert 0 < len(message) < _LONGEST_MESSAGE
    assert len(message.splitlines()) == 1
    assert message.isprintable()
    assert isinstance(error.kind, str)
    assert error.kind
    assert all(type(suggestion) is str for suggestion in error.suggestions)


def _check(call: Callable[[Any], object], *groups: Mapping[str, Callable[[], Any]]) -> None:
    """Check that a call refuses each bad value, or denies what it asks for."""
    for group in groups:
        for name, make in group.items():
            outcome = _outcome(call, make())
            if not isinstance(outcome, ResidencyError):
                assert isinstance(outcome, Decision), f"{name} was taken"
                assert not outcome.permitted, f"{name} was permitted"


def _brazilian(**changes: Any) -> Account:
    fields: dict[str, Any] = {
        "id": "acme",
        "setup_country": "Brazil",
        "order_entity": "xmedius-europe",
        "setup_date": _DAY,
    }
    return Account(**fields | changes)


def _to_us(account: Any) -> Decision:
    return _guard().decide(account, "xm-fax", to="zone:US", context=_AT_NOON)


def _to_us_by(ledger: Ledger) -> Decision:
    return Guard(_ROUTER, ledger).decide(german(), "xm-fax", to="zone:US", context=_AT_NOON)


def _with_consent(**changes: Any) -> Decision:
    """Decide a transfer that the consent in the ledger covers, but for what is changed about it."""
    fields: dict[str, Any] = {
        "categories": frozenset({"fax-data"}),
        "purposes": frozenset({"support"}),
        "valid_until": NOON + DAY,
    }
    ledger = open_ledger("memory:")
    ledger.give(consent(**fields | changes))
    context = Context(category="fax-data", purpose="support", at=NOON)
    return Guard(_ROUTER, ledger).decide(german(), "xm-fax", to="zone:US", context=context)


def _in_context(**changes: Any) -> Decision:
    """Decide a transfer that a narrow consent covers, but for what is changed about the request."""
    fields: dict[str, Any] = {"category": "fax-data", "purpose": "support", "at": NOON}
    ledger = open_ledger("memory:")
    ledger.give(consent(categories={"fax-data"}, purposes={"support"}))
    context = Context(**fields | changes)
    return Guard(_ROUTER, ledger).decide(german(), "xm-fax", to="zone:US", context=context)


def _pinned() -> Designation:
    return _guard().designate(german(), "xm-fax")


def _decide_pinned(designation: Any, solution: Any = None) -> Decision:
    return _guard().decide(designation, solution, to="zone:US", context=_AT_NOON)


def _ledger() -> Ledger:
    ledger = open_ledger("memory:")
    ledger.give(consent())
    return ledger


_ASKED: dict[str, Any] = {"subject": german(), "solution": "xm-fax"}


def _enforce(**asked: Any) -> Decision:
    """Return the denial that `enforce` raises, or what it returns."""
    try:
        return _guard().enforce(**_ASKED | asked)
    except TransferBlocked as blocked:
        return blocked.decision


async def _enforce_async(**asked: Any) -> Decision:
    try:
        return await _guard().enforce_async(**_ASKED | asked)
    except TransferBlocked as blocked:
        return blocked.decision


class TestTheHelpersPermit:
    """Were a good value refused, the tests below would pass for nothing."""

    def test_good_values_are_permitted(self) -> None:
        """Every question below is permitted as long as no bad value stands in it."""
        assert _to_us(_brazilian()).permitted
        assert _with_consent().permitted
        assert _in_context().permitted
        assert _decide_pinned(_pinned()).permitted
        assert _enforce(to="zone:EU").permitted
        assert asyncio.run(_enforce_async(to="zone:EU")).permitted


def _clocked(clock: Any) -> object:
    ledger = Ledger(MemoryStore(), clock=clock)
    ledger.give(consent())
    return ledger.withdraw("r-1")


def _event(**changes: Any) -> Decision:
    """Decide by a ledger that holds one event, which would permit but for what is changed."""
    good = given_event(consent())
    fields: dict[str, Any] = {
        "event_id": good.event_id,
        "kind": good.kind,
        "record_id": good.record_id,
        "account": good.account,
        "event_time": good.event_time,
        "record": good.record,
    }
    store = MemoryStore()
    store.append(ConsentEvent(**fields | changes))
    return Guard(_ROUTER, Ledger(store)).decide(german(), "xm-fax", to="zone:US", context=_AT_NOON)


# Each call takes one bad value in one field and goes on to a decision where it can.

_EVERY_VALUE: dict[str, Callable[[Any], object]] = {
    "normalise": normalise,
    "locate": lambda bad: locate(bad, _ROUTER.policy, _DAY),
    "Account(id)": lambda bad: _to_us(_brazilian(id=bad)),
    "Account(setup_country)": lambda bad: _to_us(_brazilian(setup_country=bad)),
    "Account(order_entity)": lambda bad: _to_us(_brazilian(order_entity=bad)),
    "Account(setup_date)": lambda bad: _to_us(_brazilian(setup_date=bad)),
    "Account(agreements)": lambda bad: _to_us(_brazilian(agreements=bad)),
    "Account(agreements, one)": lambda bad: _to_us(_brazilian(agreements=(bad,))),
    "Agreement(zone)": lambda bad: _to_us(
        _brazilian(agreements=(Agreement("xm-fax", bad, "C-1", _DAY),))
    ),
    "Agreement(date)": lambda bad: Agreement("xm-fax", "EU", "C-1", bad),
    "Router": Router,
    "Router.place(account)": lambda bad: _ROUTER.place(bad, "xm-fax"),
    "Router.place(solution)": lambda bad: _ROUTER.place(german(), bad),
    "find_solution": lambda bad: find_solution(_ROUTER.policy, bad),
    "find_category": lambda bad: find_category(_ROUTER.policy.solutions["xm-fax"], bad),
    "Guard(router)": Guard,
    "Guard(ledger)": lambda bad: Guard(_ROUTER, bad).decide(german(), "xm-fax", to="zone:US"),
    "Guard(clock)": lambda bad: Guard(_ROUTER, clock=bad).decide(german(), "xm-fax", to="zone:EU"),
    "Guard(clock, its answer)": lambda bad: Guard(_ROUTER, clock=lambda: bad).decide(
        german(), "xm-fax", to="zone:EU"
    ),
    "Guard.place(subject)": lambda bad: _guard().place(bad, "xm-fax"),
    "Guard.place(solution)": lambda bad: _guard().place(german(), bad),
    "Guard.place(solution of a designation)": lambda bad: _guard().place(_pinned(), bad),
    "Guard.designate(account)": lambda bad: _guard().designate(bad, "xm-fax"),
    "Guard.designate(solution)": lambda bad: _guard().designate(german(), bad),
    "Guard.decide(subject)": _to_us,
    "Guard.decide(subject, alone)": _decide_pinned,
    "Guard.decide(solution)": lambda bad: _guard().decide(german(), bad, to="zone:EU"),
    "Guard.decide(solution of a designation)": lambda bad: _decide_pinned(_pinned(), bad),
    "Guard.decide(to)": lambda bad: _guard().decide(german(), "xm-fax", to=bad),
    "Guard.decide(to, one)": lambda bad: _guard().decide(german(), "xm-fax", to=["zone:EU", bad]),
    "Guard.decide(context)": lambda bad: _guard().decide(
        german(), "xm-fax", to="zone:EU", context=bad
    ),
    "Guard.enforce(subject)": lambda bad: _enforce(subject=bad, to="zone:EU"),
    "Guard.enforce(solution)": lambda bad: _enforce(solution=bad, to="zone:EU"),
    "Guard.enforce(to)": lambda bad: _enforce(to=bad),
    "Guard.enforce(context)": lambda bad: _enforce(to="zone:EU", context=bad),
    "Guard.enforce_async(subject)": lambda bad: asyncio.run(
        _enforce_async(subject=bad, to="zone:EU")
    ),
    "Guard.enforce_async(solution)": lambda bad: asyncio.run(
        _enforce_async(solution=bad, to="zone:EU")
    ),
    "Guard.enforce_async(to)": lambda bad: asyncio.run(_enforce_async(to=bad)),
    "Guard.enforce_async(context)": lambda bad: asyncio.run(
        _enforce_async(to="zone:EU", context=bad)
    ),
    "Context(category)": lambda bad: _in_context(category=bad),
    "Context(purpose)": lambda bad: _in_context(purpose=bad),
    "Context(source)": lambda bad: _in_context(source=bad),
    "Context(source, one)": lambda bad: _in_context(source=["zone:EU", bad]),
    "Context(at)": lambda bad: _in_context(at=bad),
    "Designation(account)": lambda bad: _decide_pinned(Designation(bad, _DAY, _pinned().placement)),
    "Designation(setup_date)": lambda bad: Designation("acme", bad, _pinned().placement),
    "Designation(placement)": lambda bad: Designation("acme", _DAY, bad),
    "Designation.of(account)": lambda bad: Designation.of(bad, _pinned().placement),
    "Designation.of(placement)": lambda bad: Designation.of(german(), bad),
    "Designation.from_json": Designation.from_json,
    "explain": explain,
    "load_policy": load_policy,
    "load_policy(memberships)": lambda bad: load_policy("xmedius", memberships=bad),
    "open_ledger": open_ledger,
    "Ledger(clock)": _clocked,
    "Ledger.give": lambda bad: _ledger().give(bad),
    "Ledger.renew": lambda bad: _ledger().renew(bad),
    "Ledger.withdraw": lambda bad: _ledger().withdraw(bad),
    "Ledger.withdraw(at)": lambda bad: _ledger().withdraw("r-1", at=bad),
    "Ledger.revoke": lambda bad: _ledger().revoke(bad),
    "Ledger.invalidate": lambda bad: _ledger().invalidate(bad),
    "MemoryStore.append": MemoryStore().append,
    "ConsentRecord(account)": lambda bad: _with_consent(account=bad),
    "ConsentRecord(solutions)": lambda bad: _with_consent(solutions=bad),
    "ConsentRecord(solutions, one)": lambda bad: _with_consent(solutions=(bad,)),
    "ConsentRecord(categories)": lambda bad: _with_consent(categories=bad),
    "ConsentRecord(purposes)": lambda bad: _with_consent(purposes=bad),
    "ConsentRecord(source_zone)": lambda bad: _with_consent(source_zone=bad),
    "ConsentRecord(destination_zones)": lambda bad: _with_consent(destination_zones=bad),
    "ConsentRecord(destination_zones, one)": lambda bad: _with_consent(destination_zones=(bad,)),
    "ConsentRecord(event_time)": lambda bad: _with_consent(event_time=bad),
    "ConsentRecord(valid_from)": lambda bad: _with_consent(valid_from=bad),
    "ConsentRecord(valid_until)": lambda bad: _with_consent(valid_until=bad),
    "ConsentRecord(expression)": lambda bad: _with_consent(expression=bad),
    "ConsentRecord(party_role)": lambda bad: _with_consent(party_role=bad),
    "ConsentRecord(schema_version)": lambda bad: _with_consent(schema_version=bad),
    "ConsentRecord(evidence_sha256)": lambda bad: _with_consent(evidence_sha256=bad),
    "ConsentEvent(kind)": lambda bad: _event(kind=bad),
    "ConsentEvent(record)": lambda bad: _event(record=bad),
    "ConsentEvent(record_id)": lambda bad: _event(record_id=bad),
    "ConsentEvent(account)": lambda bad: _event(account=bad),
    "ConsentEvent(event_time)": lambda bad: _event(event_time=bad),
}

# These fields hold names of the caller's own, so that an odd one may stand there.

_ANY_NAME: dict[str, Callable[[Any], object]] = {
    "Agreement(solution)": lambda bad: Agreement(bad, "EU", "C-1", _DAY),
    "Agreement(reference)": lambda bad: Agreement("xm-fax", "EU", bad, _DAY),
    "ConsentRecord(record_id)": lambda bad: _with_consent(record_id=bad),
    "ConsentRecord(controller)": lambda bad: _with_consent(controller=bad),
    "ConsentRecord(privacy_notice)": lambda bad: _with_consent(privacy_notice=bad),
    "ConsentRecord(party_name)": lambda bad: _with_consent(party_name=bad),
    "ConsentRecord(method)": lambda bad: _with_consent(method=bad),
    "ConsentRecord(recipient)": lambda bad: _with_consent(recipient=bad),
    "ConsentRecord(evidence_reference)": lambda bad: _with_consent(evidence_reference=bad),
    "ConsentRecord(language)": lambda bad: _with_consent(language=bad),
    "ConsentRecord(jurisdiction)": lambda bad: _with_consent(jurisdiction=bad),
    "ConsentRecord(withdrawal_method)": lambda bad: _with_consent(withdrawal_method=bad),
    "ConsentEvent(event_id)": lambda bad: _event(event_id=bad),
    "ConsentEvent(reason)": lambda bad: _event(reason=bad),
    "Ledger.events": lambda bad: _ledger().events(bad),
    "Ledger.events_async": lambda bad: asyncio.run(_ledger().events_async(bad)),
    "Ledger.give(event_id)": lambda bad: _ledger().give(consent(record_id="r-2"), event_id=bad),
    "Ledger.withdraw(reason)": lambda bad: _ledger().withdraw("r-1", reason=bad),
    "Ledger.withdraw(event_id)": lambda bad: _ledger().withdraw("r-1", event_id=bad),
}


_BAD_JSON: list[Any] = [None, True, 0, 1.5, -(10**30), "", "a\nb", "\ud800", [], ["\0"], {}]


class TestBadInput:
    """§2: anything unknown, missing, malformed or failing denies, or raises a typed error."""

    @pytest.mark.parametrize("call", _EVERY_VALUE.values(), ids=_EVERY_VALUE)
    def test_what_names_nothing(self, call: Callable[[Any], object]) -> None:
        """A value that names nothing here is refused or denied, whatever it is."""
        _check(call, NOT_TEXT, BAD_TEXT, ODD_TEXT)

    @pytest.mark.parametrize("call", _ANY_NAME.values(), ids=_ANY_NAME)
    def test_what_is_no_name(self, call: Callable[[Any], object]) -> None:
        """A value that is not fit to be anyone's name is refused; an odd name is no failure."""
        _check(call, NOT_TEXT, BAD_TEXT)
        for make in ODD_TEXT.values():
            _outcome(call, make())

    def test_what_is_no_store(self) -> None:
        """A store without the calls of one is refused; one that answers rubbish permits nothing."""
        honest = {name: make for name, make in NOT_TEXT.items() if not name.startswith("claims")}
        _check(lambda bad: _to_us_by(Ledger(bad)), honest, BAD_TEXT, ODD_TEXT)

    @pytest.mark.parametrize("call", [*_EVERY_VALUE, *_ANY_NAME])
    @given(text=st.text())
    def test_any_text(self, call: str, text: str) -> None:
        """Any text at all has an outcome, and a refusal of it is fit for a log."""
        _outcome({**_EVERY_VALUE, **_ANY_NAME}[call], text)

    @pytest.mark.parametrize("field", json.loads(_pinned().to_json()))
    def test_a_stored_designation_is_read_with_care(self, field: str) -> None:
        """Stored JSON in which one field is of another type, or missing, is refused."""
        stored = json.loads(_pinned().to_json())
        for bad in _BAD_JSON:
            if field == "agreement" and bad is None:
                continue
            inside: Any = {**stored[field], "more": bad} if field == "policy" else [bad]
            for changed in (bad, inside, [stored[field], bad]):
                text = json.dumps(stored | {field: changed})
                assert isinstance(_outcome(Designation.from_json, text), ResidencyError)
        del stored[field]
        outcome = _outcome(Designation.from_json, json.dumps(stored))
        assert isinstance(outcome, ResidencyError)
        assert outcome.kind == "MALFORMED"

    @given(data=st.binary() | st.text().map(str.encode))
    def test_any_bytes_as_a_policy(self, data: bytes) -> None:
        """Bytes that are no policy document are refused."""
        assert isinstance(_outcome(read_policy, data), ResidencyError)

    def test_many_places(self) -> None:
        """A denial that names hundreds of places is still one short line, with all in its value."""
        texts = [f"country:{code}" for code in ("GB", "BR", "JP", "IN", "AU", "NZ", "CH", "NO")]
        with pytest.raises(TransferBlocked) as blocked:
            _guard().enforce(german(), "xm-fax", to=texts * 30)
        assert len(str(blocked.value)) < _LONGEST_MESSAGE
        assert str(blocked.value).endswith("CONSENT_OUT_OF_SCOPE by §5(ii) §5(transfer)")
        assert len(blocked.value.decision.destination) == len(texts)
