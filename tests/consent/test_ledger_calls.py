"""What a ledger passes on to its store, in this thread and in another, and within which call."""

from __future__ import annotations

import asyncio
from threading import get_ident
from time import monotonic
from typing import Any

import pytest

from residency.consent import ConsentEvent, EventKind, Ledger, MemoryStore
from residency.consent.call import OneCall, call_began
from residency.errors import ErrorKind, LedgerError
from tests.ledgers import SharedStore
from tests.refusals import told
from tests.samples import DAY, NOON, Store, consent, given, noon

_LONGER = consent(valid_until=NOON + DAY)


class _Asked:
    """A store that only blocks, and notes what it is asked, by whom, and since when."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []
        self.threads: set[int] = set()
        self.began: set[float] = set()
        self._kept = MemoryStore()

    def _note(self, word: str, what: object) -> None:
        self.asked.append((word, what))
        self.threads.add(get_ident())
        self.began.add(call_began())

    def append(self, event: ConsentEvent) -> bool:
        """Note the event, and keep it."""
        self._note("append", event)
        return self._kept.append(event)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Note the account, and return what is kept."""
        self._note("events", account)
        return self._kept.events(account)

    def account_of(self, record_id: str) -> str | None:
        """Note the record, and return whose it is."""
        self._note("account_of", record_id)
        return self._kept.account_of(record_id)


@pytest.mark.parametrize("twin", [False, True], ids=["blocking", "async"])
@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("withdraw", EventKind.WITHDRAWN),
        ("revoke", EventKind.REVOKED),
        ("invalidate", EventKind.INVALIDATED),
    ],
)
def test_an_end_is_told_as_it_was_given(word: str, kind: EventKind, *, twin: bool) -> None:
    """§3: who ends a record, when, why and under which event id is what the ledger holds."""
    store = _Asked()
    ledger = Ledger(store, clock=noon)
    ledger.give(consent())
    store.threads.clear()
    for options in ({}, {"at": NOON + DAY, "reason": "by letter", "event_id": "e-1"}):
        if twin:
            assert asyncio.run(getattr(ledger, f"{word}_async")("r-1", **options))
        else:
            assert getattr(ledger, word)("r-1", **options)
    assert (get_ident() in store.threads) is not twin
    told_so = {
        (each.event_id, each.kind, each.account, each.event_time, each.reason)
        for each in ledger.events("acme")
        if each.kind is not EventKind.GIVEN
    }
    assert told_so == {
        (f"{kind}:r-1", kind, "acme", NOON, None),
        ("e-1", kind, "acme", NOON + DAY, "by letter"),
    }


@pytest.mark.parametrize("twin", [False, True], ids=["blocking", "async"])
def test_a_consent_is_told_as_it_was_given(*, twin: bool) -> None:
    """§3: a consent, or its renewal, is held whole, under the event id that it was given under."""
    ledger = Ledger(_Asked(), clock=noon)
    for word, record in (("give", consent()), ("renew", _LONGER)):
        for event_id in (None, f"{word}-1"):
            if twin:
                call = getattr(ledger, f"{word}_async")(record, event_id=event_id)
                assert asyncio.run(call)
            else:
                assert getattr(ledger, word)(record, event_id=event_id)
    held = {
        (each.event_id, each.kind, each.record_id, each.account, each.event_time, each.record)
        for each in ledger.events("acme")
    }
    span = f"{_LONGER.valid_from.isoformat()}/{_LONGER.valid_until}"
    assert held == {
        (name, kind, "r-1", "acme", NOON - DAY, record)
        for name, kind, record in (
            ("given:r-1", EventKind.GIVEN, consent()),
            ("give-1", EventKind.GIVEN, consent()),
            (f"renewed:{span}/r-1", EventKind.RENEWED, _LONGER),
            ("renew-1", EventKind.RENEWED, _LONGER),
        )
    }


def test_the_history_of_a_record_is_its_events_alone() -> None:
    """Of an account's events those that speak of the record; each other record has its own."""
    ledger = Ledger(MemoryStore(), clock=noon)
    ledger.give(consent())
    ledger.give(consent(record_id="r-2"))
    ledger.give(consent(record_id="r-3", account="another"))
    ledger.withdraw("r-2")
    kinds = {
        record: [(each.kind, each.account) for each in ledger.history(record)]
        for record in ("r-1", "r-2", "r-3")
    }
    assert kinds == {
        "r-1": [(EventKind.GIVEN, "acme")],
        "r-2": [(EventKind.GIVEN, "acme"), (EventKind.WITHDRAWN, "acme")],
        "r-3": [(EventKind.GIVEN, "another")],
    }


def test_all_that_one_word_asks_of_a_store_is_one_call() -> None:
    """A write reads first: both count the store's timeout from the same moment."""
    for word, argument in (
        ("give", consent()),
        ("renew", _LONGER),
        ("withdraw", "r-1"),
        ("history", "r-1"),
    ):
        store = _Asked()
        ledger = Ledger(store, clock=noon)
        ledger.give(consent())
        store.began.clear()
        store.asked.clear()
        getattr(ledger, word)(argument)
        assert len(store.asked) == 2
        assert len(store.began) == 1


def test_a_call_begins_where_its_outermost_block_does() -> None:
    """Inside a block a call began when the block did, and outside it begins now."""
    before = monotonic()
    assert before <= call_began() <= monotonic()
    with OneCall():
        began = call_began()
        assert before <= began <= monotonic()
        with OneCall():
            assert call_began() == began
        assert call_began() == began
        assert asyncio.run(asyncio.to_thread(call_began)) == began
    after = monotonic()
    assert began <= after <= call_began()


@pytest.mark.parametrize("twin", [False, True], ids=["blocking", "async"])
def test_a_store_is_looked_at_when_it_is_time_to(
    monkeypatch: pytest.MonkeyPatch, *, twin: bool
) -> None:
    """§3, finality: what is kept is used while it is fresh, or once the store has looked again."""

    class Shared(MemoryStore):  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues] - final for others than a test
        fresh_until = monotonic() + 3_600
        looked = 0
        fails = False

        def refresh(self) -> None:
            self.looked += 1
            if self.fails:
                raise LedgerError("away", kind=ErrorKind.UNAVAILABLE)

    store = Shared()
    ledger = Ledger(store)

    def refreshed() -> bool:
        return asyncio.run(ledger.refresh_async()) if twin else ledger.refresh()

    assert (refreshed(), store.looked) == (True, 0)
    store.fresh_until = monotonic() - 1
    assert (refreshed(), store.looked) == (True, 1)
    monkeypatch.setattr("residency.consent.ledger.monotonic", lambda: store.fresh_until)
    assert (refreshed(), store.looked) == (True, 2)
    store.fails = True
    assert (refreshed(), store.looked) == (False, 3)
    assert Ledger(_Asked()).freshness is None
    assert Ledger(_Asked()).refresh()
    assert asyncio.run(Ledger(_Asked()).refresh_async())


@pytest.mark.parametrize(("twin", "asked", "looks"), [(False, 1, 2), (True, 2, 1)])
def test_the_bound_is_read_before_the_clock(
    monkeypatch: pytest.MonkeyPatch, *, twin: bool, asked: int, looks: int
) -> None:
    """§3, finality: no time of before is held against a bound that was moved on meanwhile."""
    store = SharedStore(MemoryStore(), max_staleness=3_600)
    store.fresh_until = monotonic() - 1
    ledger, read = Ledger(store), [monotonic()]

    def stopped() -> float:
        read.append(monotonic())
        if len(read) > 2:
            return read[-1]
        store.refresh()  # as another thread does, after this one has read the clock
        return read[0]

    monkeypatch.setattr("residency.consent.ledger.monotonic", stopped)
    assert asyncio.run(ledger.refresh_async()) if twin else ledger.refresh()
    assert (len(read) - 1, store.looks) == (asked, looks)


def test_what_a_store_may_do_besides_is_asked_of_it() -> None:
    """A store that tells nobody of changes, or holds nothing open, need not say so."""
    store = _Asked()
    ledger = Ledger(store)
    assert not ledger.subscribe(print)
    ledger.close()
    assert Ledger(MemoryStore()).subscribe(print)

    closed: list[bool] = []

    class Open(_Asked):
        def close(self) -> None:
            closed.append(True)

    Ledger(Open()).close()
    assert closed == [True]


def test_reading_elsewhere_asks_for_the_same_account() -> None:
    """The async reading of a store that only blocks asks it for the account that was named."""
    store = _Asked()
    ledger = Ledger(store, clock=noon)
    ledger.append(given(consent()))
    assert asyncio.run(ledger.events_async("acme")) == (given(consent()),)
    assert store.asked[-1] == ("events", "acme")
    assert told(lambda: asyncio.run(ledger.events_async("")))[1:] == (ErrorKind.EMPTY, "")


def test_a_store_that_does_not_block_is_asked_in_the_loop() -> None:
    """A store with an async reading of its own is read by that, and by no other thread."""

    class Awaited(_Asked):
        async def events_async(self, account: str) -> tuple[ConsentEvent, ...]:
            self._note("events_async", account)
            return ()

    store = Awaited()
    assert asyncio.run(Ledger(store).events_async("acme")) == ()
    assert store.asked == [("events_async", "acme")]


def test_a_store_that_stops_half_way_says_so() -> None:
    """A StopIteration is told as a ledger that cannot be read."""

    def stop() -> Any:
        raise StopIteration

    ledger = Ledger(Store(stop))
    assert told(lambda: asyncio.run(ledger.events_async("acme"))) == (
        LedgerError,
        ErrorKind.UNREADABLE,
        None,
    )
