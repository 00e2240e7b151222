"""A conformance suite for ledgers, for whoever keeps consents in another database.

Subclass :class:`LedgerConformance` in a test module, return a store from ``make_store``, and pytest
runs every check against it. :func:`ledger_machine` makes a state machine of Hypothesis that drives
any number of stores at once, beside one in memory, and demands the same answers of all::

    class TestOurStore(LedgerConformance):
        def make_store(self):
            return OurStore("…")

    TestSameAnswers = ledger_machine({"ours": OurStore("…")}).TestCase

Every id is made anew for each check and each run, so that stores may be kept from one to the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final, cast
from uuid import uuid4

from attrs import evolve

from residency.consent import (
    ConsentEvent,
    ConsentRecord,
    EventKind,
    EventStore,
    Expression,
    Ledger,
    MemoryStore,
    PartyRole,
)
from residency.errors import ConsentError, ErrorKind, MissingExtraError, ResidencyError

try:
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
except ImportError as error:
    message = "the conformance suite needs Hypothesis: install `residency[testing]`"
    raise MissingExtraError(message, kind=ErrorKind.MISSING_EXTRA) from error

__all__ = ["LedgerConformance", "ledger_machine"]

_START: Final = datetime(2021, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
_THREADS = 8
_HOSTILE = (
    "'; DROP TABLE residency_event; --",
    '" OR "1"="1',
    "%s %(account)s :account ? $1 {0} \\0",
    "Zoë Müller — 東京 \U0001f4e0",
    "é" * 100,
    "null",
    "[]",
)


def _record(account: str, record_id: str) -> ConsentRecord:
    return ConsentRecord(
        record_id=record_id,
        account=account,
        controller="Example Ltd",
        privacy_notice="example/1",
        solutions=frozenset(("fax", "mail")),
        categories=frozenset(("*",)),
        purposes=frozenset(("*",)),
        source_zone="EU",
        destination_zones=frozenset(("US", "country:GB")),
        event_time=_START,
        expression=Expression.EXPLICIT,
        party_name="Jo Doe",
        party_role=PartyRole.ADMINISTRATOR,
        method="web form",
    )


def _given(record: ConsentRecord, event_id: str | None = None) -> ConsentEvent:
    return ConsentEvent(
        event_id=event_id or f"given:{record.record_id}",
        kind=EventKind.GIVEN,
        record_id=record.record_id,
        account=record.account,
        event_time=record.event_time,
        record=record,
    )


def _ended(record: ConsentRecord, kind: EventKind, event_id: str | None = None) -> ConsentEvent:
    return ConsentEvent(
        event_id=event_id or f"{kind}:{record.record_id}",
        kind=kind,
        record_id=record.record_id,
        account=record.account,
        event_time=_START + timedelta(days=1),
        reason="by letter",
    )


def _expect(condition: bool, problem: str) -> None:  # noqa: FBT001 - reads as an assertion does
    if not condition:
        raise AssertionError(problem)


def _conflict(store: EventStore, event: ConsentEvent) -> None:
    try:
        store.append(event)
    except ConsentError as error:
        _expect(error.kind == ErrorKind.CONFLICT, f"the kind is {error.kind}, not CONFLICT")
    else:
        _expect(condition=False, problem="what contradicts the ledger was taken")


class LedgerConformance:
    """Checks of one store; each docstring is a guarantee that every ledger gives."""

    def make_store(self) -> EventStore:
        """Return the store to check."""
        raise NotImplementedError

    def reopen(self, store: EventStore) -> EventStore:
        """Return another store on the same data; the same one if it dies with the process."""
        return store

    def _new(self) -> tuple[EventStore, ConsentRecord]:
        run = uuid4().hex
        return self.make_store(), _record(f"acme-{run}", f"consent-{run}")

    def test_an_event_is_added_once(self) -> None:
        """A repeated event changes nothing and says so, whatever its own time."""
        store, record = self._new()
        event = _given(record)
        _expect(store.append(event) is True, "a new event must be told by True")
        _expect(store.append(event) is False, "a repeated event must be told by False")
        later = evolve(event, event_time=_START + timedelta(hours=1))
        _expect(store.append(later) is False, "a retry has a time of its own")
        _expect(store.events(record.account) == (event,), "the event must be held once")

    def test_an_event_id_has_one_meaning(self) -> None:
        """Another event with an id that is held is refused (CONFLICT), and changes nothing."""
        store, record = self._new()
        event = _given(record)
        store.append(event)
        _conflict(store, _ended(record, EventKind.WITHDRAWN, event.event_id))
        _conflict(store, _given(evolve(record, party_name="Max Roe"), event.event_id))
        _expect(store.events(record.account) == (event,), "nothing must have changed")

    def test_a_record_has_one_account(self) -> None:
        """A record id that another account uses is refused (CONFLICT), and changes nothing."""
        store, record = self._new()
        store.append(_given(record))
        other = evolve(record, account=f"{record.account}-2")
        _conflict(store, _given(other, f"other:{record.record_id}"))
        _conflict(store, _ended(other, EventKind.WITHDRAWN, f"other:{record.record_id}"))
        _expect(store.events(other.account) == (), "the other account must have no events")
        _expect(store.account_of(record.record_id) == record.account, "the first account keeps it")

    def test_accounts_are_apart(self) -> None:
        """Events are found by their account, to the letter, and by no other."""
        store, record = self._new()
        store.append(_given(record))
        for other in (record.account.upper(), f"{record.account} ", record.account[:-1], "%", "_"):
            _expect(store.events(other) == (), "another account must have no events")
        _expect(store.account_of(record.record_id.upper()) is None, "an id is taken to the letter")
        _expect(store.account_of("nobody's") is None, "an unknown record has no account")

    def test_every_field_comes_back(self) -> None:
        """What is read equals what was appended: every field, to the microsecond, set or not."""
        store, record = self._new()
        full = evolve(
            record,
            record_id=f"{record.record_id}-full",
            valid_from=_START + timedelta(microseconds=1),
            valid_until=_START + timedelta(days=365),
            expression=Expression.IMPLIED,
            party_role=PartyRole.DATA_SUBJECT,
            recipient="Example Inc.",
            evidence_reference="https://example.com/evidence/1",
            evidence_sha256="0123456789abcdef" * 4,
            language="fr-CA",
            jurisdiction="CA-QC",
            withdrawal_method="by mail",
        )
        renewed = evolve(full, valid_until=None, event_time=_START + timedelta(days=300))
        events = [_given(record), _given(full)]
        events += [evolve(_given(renewed), event_id=uuid4().hex, kind=EventKind.RENEWED)]
        events += [_ended(record, kind) for kind in EventKind if kind not in _STATED]
        for event in events:
            store.append(event)
        _expect(set(store.events(record.account)) == set(events), "all events must come back")

    def test_hostile_text_is_text(self) -> None:
        """No text means anything but itself, whatever it looks like in some language."""
        store, record = self._new()
        for text in _HOSTILE:
            hostile = evolve(
                record,
                record_id=f"{text}{record.record_id}",
                account=f"{text}{record.account}",
                controller=text,
                privacy_notice=text,
                solutions=frozenset((text,)),
                categories=frozenset((text,)),
                purposes=frozenset((text,)),
                source_zone=text,
                destination_zones=frozenset((text,)),
                party_name=text,
                method=text,
                recipient=text,
                evidence_reference=text,
                language=text,
                jurisdiction=text,
                withdrawal_method=text,
            )
            given = _given(hostile, f"{text}given:{record.record_id}")
            ended = _ended(hostile, EventKind.WITHDRAWN, f"{text}ended:{record.record_id}")
            events = {evolve(given, reason=text), evolve(ended, reason=text)}
            added = sum(store.append(event) for event in (*events, *events))
            _expect(added == len(events), text)
            _expect(set(store.events(hostile.account)) == events, text)
            _expect(store.account_of(hostile.record_id) == hostile.account, text)

    def test_an_append_is_seen_at_once(self) -> None:
        """Once an append has returned, every thread reads the event."""
        store, record = self._new()
        with ThreadPoolExecutor(1) as elsewhere:
            _expect(elsewhere.submit(store.events, record.account).result() == (), "none yet")
            store.append(_given(record))
            found = elsewhere.submit(store.events, record.account).result()
        _expect(found == (_given(record),), "another thread must read it")

    def test_writers_do_not_lose_events(self) -> None:
        """Of several threads that append the same events, one adds each; none is lost."""
        store, record = self._new()
        records = [evolve(record, record_id=f"{record.record_id}-{n}") for n in range(10)]

        def give_all(_: int) -> int:
            return sum(store.append(_given(each)) for each in records)

        with ThreadPoolExecutor(_THREADS) as threads:
            added = sum(threads.map(give_all, range(_THREADS)))
        _expect(added == len(records), "each event must be told as new once")
        _expect(set(store.events(record.account)) == {_given(each) for each in records}, "all held")

    def test_the_event_loop_reads_the_same(self) -> None:
        """Read from an event loop, the events are the same."""
        store, record = self._new()
        store.append(_given(record))
        found = asyncio.run(Ledger(store).events_async(record.account))
        _expect(found == (_given(record),), "the event must be found")

    def test_events_outlive_the_store(self) -> None:
        """What was appended is there for the next that opens the ledger."""
        store, record = self._new()
        store.append(_given(record))
        again = self.reopen(store)
        _expect(again.events(record.account) == (_given(record),), "the event must be found")
        _expect(again.append(_given(record)) is False, "and known")

    def test_subscribers_are_told_before_an_append_returns(self) -> None:
        """A store that can be subscribed to tells the account before the append has returned."""
        store, record = self._new()
        subscribe = getattr(store, "subscribe", None)
        if subscribe is None:
            return
        told: list[str | None] = []
        cast("Callable[[Callable[[str | None], None]], None]", subscribe)(told.append)
        store.append(_given(record))
        _expect(record.account in told or None in told, "the account must have been told")


_STATED = frozenset((EventKind.GIVEN, EventKind.RENEWED))


class _SameAnswers(RuleBasedStateMachine):
    """One sequence of operations on several ledgers, of which each must answer the same."""

    stores: Mapping[str, EventStore] = {}

    def __init__(self) -> None:
        super().__init__()
        self._run = uuid4().hex
        every = {"memory": MemoryStore(), **self.stores}
        self._ledgers = {name: Ledger(store) for name, store in every.items()}
        self._stores = every

    def _all(self, call: Callable[[Ledger], object]) -> None:
        answers = {name: _answer(call, ledger) for name, ledger in self._ledgers.items()}
        _expect(len(set(answers.values())) == 1, f"the answers differ: {answers}")

    def _of(self, account: str, record: str, party: str) -> ConsentRecord:
        made = _record(f"{account}-{self._run}", f"{record}-{self._run}")
        return evolve(made, party_name=party)

    @rule(account=st.sampled_from("ab"), record=st.sampled_from("xyz"), party=st.sampled_from("JM"))
    def give(self, account: str, record: str, party: str) -> None:
        """Give a consent, perhaps again, perhaps with other contents or for another account."""
        made = self._of(account, record, party)
        self._all(lambda ledger: ledger.give(made))

    @rule(account=st.sampled_from("ab"), record=st.sampled_from("xyz"), days=st.integers(1, 3))
    def renew(self, account: str, record: str, days: int) -> None:
        """Renew a consent, whether or not it was given."""
        made = evolve(self._of(account, record, "J"), valid_until=_START + timedelta(days=days))
        self._all(lambda ledger: ledger.renew(made))

    @rule(
        record=st.sampled_from("xyz"),
        kind=st.sampled_from(("withdraw", "revoke", "invalidate")),
        event=st.sampled_from((None, "1", "2")),
        at=st.integers(0, 3),
    )
    def end(self, record: str, kind: str, event: str | None, at: int) -> None:
        """End a consent in one of three ways, with an id of its own or one that may be taken."""
        event_id = None if event is None else f"{event}-{self._run}"
        moment = _START + timedelta(days=at)
        self._all(
            lambda ledger: getattr(ledger, kind)(
                f"{record}-{self._run}", at=moment, event_id=event_id
            )
        )

    @invariant()
    def hold_the_same(self) -> None:
        """Every ledger holds the same events, each once, and knows whose each record is."""
        for account in "ab":
            name = f"{account}-{self._run}"
            held = {key: ledger.events(name) for key, ledger in self._ledgers.items()}
            _expect(len(set(map(frozenset, held.values()))) == 1, f"the events differ: {held}")
            _expect(len(set(map(len, held.values()))) == 1, f"an event is held twice: {held}")
        for record in "xyz":
            name = f"{record}-{self._run}"
            owners = {key: store.account_of(name) for key, store in self._stores.items()}
            _expect(len(set(owners.values())) == 1, f"the accounts differ: {owners}")


def _answer(call: Callable[[Ledger], object], ledger: Ledger) -> object:
    try:
        return call(ledger)
    except ResidencyError as error:
        return type(error).__name__, str(error.kind)


def ledger_machine(stores: Mapping[str, EventStore]) -> type[RuleBasedStateMachine]:
    """Return a state machine that demands of each store the answers that one in memory gives.

    Args:
        stores: the stores, by the name to call them in a failure.
    """
    return type("SameAnswers", (_SameAnswers,), {"stores": dict(stores)})
