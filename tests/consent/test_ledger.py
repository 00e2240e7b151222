"""The ledger's words: each idempotent, each refusal typed, nothing half done."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread, get_ident
from typing import Any

import pytest

from residency import open_ledger
from residency.consent import EventKind, Ledger, MemoryStore
from residency.errors import ConsentError, ErrorKind, InputError, LedgerError
from tests.samples import DAY, NOON, Store, consent, event, given, noon


def _ledger() -> Ledger:
    return Ledger(MemoryStore(), clock=noon)


def _kinds(ledger: Ledger, account: str = "acme") -> list[EventKind]:
    return [each.kind for each in ledger.events(account)]


def test_giving_again_changes_nothing() -> None:
    """A consent given twice is held once, and the second call says so."""
    ledger = _ledger()
    assert (ledger.give(consent()), ledger.give(consent())) == (True, False)
    assert _kinds(ledger) == [EventKind.GIVEN]


def test_a_record_id_is_given_once() -> None:
    """Another consent under the same id is refused, even as an event of its own."""
    ledger = _ledger()
    ledger.give(consent())
    for event_id in (None, "another"):
        with pytest.raises(ConsentError) as refused:
            ledger.give(consent(destination_zones={"CA"}), event_id=event_id)
        assert refused.value.kind is ErrorKind.CONFLICT
    assert _kinds(ledger) == [EventKind.GIVEN]


def test_a_record_id_belongs_to_one_account() -> None:
    """An id that another account's record has is refused."""
    ledger = _ledger()
    ledger.give(consent())
    with pytest.raises(ConsentError) as refused:
        ledger.give(consent(account="another"), event_id="another")
    assert refused.value.kind is ErrorKind.CONFLICT
    assert ledger.events("another") == ()


def test_an_event_id_names_one_event() -> None:
    """An event id that is held with other contents is refused, and nothing is written."""
    store = MemoryStore()
    assert store.append(given(consent()))
    with pytest.raises(ConsentError) as refused:
        store.append(event(EventKind.GIVEN, consent(record_id="r-2"), "given:r-1"))
    assert refused.value.kind is ErrorKind.CONFLICT
    assert store.account_of("r-2") is None


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (Ledger.withdraw, EventKind.WITHDRAWN),
        (Ledger.revoke, EventKind.REVOKED),
        (Ledger.invalidate, EventKind.INVALIDATED),
    ],
)
def test_an_end_is_recorded_once_with_time_and_reason(
    end: Callable[..., bool], kind: EventKind
) -> None:
    """Each way to end a record is idempotent, and keeps when and why it was first told."""
    ledger = _ledger()
    ledger.give(consent())
    assert end(ledger, "r-1", at=NOON + DAY, reason="by letter")
    assert not end(ledger, "r-1", at=NOON + 2 * DAY, reason="again")
    last = ledger.events("acme")[-1]
    assert (last.kind, last.event_time, last.reason) == (kind, NOON + DAY, "by letter")
    assert end(ledger, "r-1", event_id="of-its-own")
    assert ledger.events("acme")[-1].event_time == NOON


def test_a_record_nobody_gave_cannot_end() -> None:
    """Ending an unknown record is an error, so that a mistyped id does not pass for done."""
    with pytest.raises(ConsentError) as refused:
        _ledger().withdraw("r-1")
    assert refused.value.kind is ErrorKind.UNKNOWN_RECORD


def test_a_renewal_keeps_the_scope() -> None:
    """A renewal is of a record that was given, in its scope; a retry changes nothing."""
    ledger = _ledger()
    again = consent(valid_from=NOON + DAY, valid_until=NOON + 2 * DAY)
    with pytest.raises(ConsentError) as unknown:
        ledger.renew(again)
    ledger.give(consent())
    assert (ledger.renew(again), ledger.renew(again)) == (True, False)
    assert ledger.renew(consent(valid_until=NOON + 9 * DAY))
    with pytest.raises(ConsentError) as wider:
        ledger.renew(consent(categories={"backups"}))
    assert unknown.value.kind is ErrorKind.UNKNOWN_RECORD
    assert wider.value.kind is ErrorKind.CONFLICT
    assert _kinds(ledger) == [EventKind.GIVEN, EventKind.RENEWED, EventKind.RENEWED]


@pytest.mark.parametrize("word", ["give", "renew"])
def test_only_records_are_given(word: str) -> None:
    """What is no record is refused before anything is read or written."""
    with pytest.raises(ConsentError) as refused:
        getattr(_ledger(), word)("r-1")
    assert refused.value.kind is ErrorKind.TYPE


def test_only_events_are_appended() -> None:
    """The store itself refuses what is no event."""
    with pytest.raises(ConsentError):
        MemoryStore().append("given")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - the refusal is what is tested


def test_events_are_read_without_blocking_too() -> None:
    """The async reading returns what the other does, also of a store that only blocks."""
    ledger = _ledger()
    ledger.give(consent())
    assert asyncio.run(ledger.events_async("acme")) == ledger.events("acme")
    blocking = Ledger(Store(lambda: (given(consent()),)))
    assert asyncio.run(blocking.events_async("acme")) == (given(consent()),)


def test_a_ledger_stays_in_its_process() -> None:
    """A ledger that is sent to another process is refused in a sentence that says what to send."""
    with pytest.raises(TypeError, match="pass its URL"):
        pickle.dumps(_ledger())


def test_writing_does_not_block_the_event_loop() -> None:
    """Each call that writes has a twin that does the same from another thread than the loop's."""
    where: list[int] = []

    def clock() -> datetime:
        where.append(get_ident())
        return NOON

    ledger = Ledger(MemoryStore(), clock=clock)

    async def write() -> list[bool]:
        longer = consent(valid_until=NOON + timedelta(days=99))
        return [
            await ledger.give_async(consent()),
            await ledger.give_async(consent()),
            await ledger.renew_async(longer, event_id="renewal"),
            await ledger.withdraw_async("r-1", reason="by letter"),
            await ledger.revoke_async("r-1", at=NOON, event_id="end"),
            await ledger.invalidate_async("r-1"),
        ]

    assert asyncio.run(write()) == [True, False, True, True, True, True]
    held = {event.kind: event for event in ledger.events("acme")}
    assert set(held) == set(EventKind)
    assert held[EventKind.WITHDRAWN].reason == "by letter"
    assert held[EventKind.REVOKED].event_id == "end"
    assert held[EventKind.RENEWED].event_id == "renewal"
    assert where
    assert get_ident() not in where


def test_a_store_that_stops_half_way_is_an_error() -> None:
    """A store that fails by StopIteration fails in a task as well, and does not hang it."""

    def stop() -> Any:
        raise StopIteration

    with pytest.raises(LedgerError):
        asyncio.run(Ledger(Store(stop)).events_async("acme"))


def test_eight_threads_lose_nothing() -> None:
    """Records given by several threads at once are all there, each once."""
    ledger = _ledger()

    def give(first: int) -> None:
        for number in range(first, first + 50):
            ledger.give(consent(record_id=f"r-{number}"))

    threads = [Thread(target=give, args=(25 * each,)) for each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = [each.record_id for each in ledger.events("acme")]
    assert sorted(held) == sorted(f"r-{number}" for number in range(225))


def test_a_withdrawal_reaches_everybody_whoever_fails() -> None:
    """Finality: a subscriber that fails keeps a change from nobody else, and is heard of."""
    told: list[str | None] = []
    ledger = _ledger()

    def fail(account: str | None) -> None:
        raise ZeroDivisionError(account)

    assert ledger.subscribe(fail)
    assert ledger.subscribe(told.append)
    with pytest.raises(ZeroDivisionError):
        ledger.give(consent())
    assert told == ["acme"]
    with pytest.raises(InputError):
        ledger.subscribe(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - the refusal is what is tested


@pytest.mark.parametrize("url", ["", "memory", "MEMORY:", "sqlit:///x", "redis://localhost"])
def test_an_unknown_url_opens_nothing(url: str) -> None:
    """A ledger that is not known is an error, not an empty ledger."""
    with pytest.raises(LedgerError) as refused:
        open_ledger(url)
    assert refused.value.kind is ErrorKind.UNKNOWN_LEDGER


def test_each_memory_ledger_is_its_own() -> None:
    """Two ledgers in memory share nothing, and use the system's clock."""
    first, second = open_ledger("memory:"), open_ledger("memory:")
    first.give(consent(event_time=NOON - timedelta(days=9)))
    assert second.events("acme") == ()
    assert first.withdraw("r-1")
    assert first.events("acme")[-1].event_time > NOON


@pytest.mark.parametrize(
    "store", [None, "memory:", 7, noon], ids=["none", "text", "int", "function"]
)
def test_a_ledger_needs_a_store(store: Any) -> None:
    """What cannot keep events is refused when the ledger is made, not when it is needed."""
    with pytest.raises(InputError):
        Ledger(store)
