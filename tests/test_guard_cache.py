"""What a guard keeps of a ledger, and when it asks again."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

from residency import (
    Agreement,
    ConsentRecord,
    Context,
    Designation,
    Guard,
    Reason,
    open_ledger,
)
from residency.consent import Ledger, MemoryStore
from residency.errors import ErrorKind, InputError
from tests.ledgers import (
    HOUR,
    NOON,
    ROUTER,
    CountingStore,
    ObservedStore,
    SharedStore,
    consent,
    german,
    unreachable,
)

ACME = german()


def _reason(guard: Guard, to: str = "zone:US", context: Context | None = None) -> Reason:
    return guard.decide(ACME, "xm-fax", to=to, context=context).reason


def test_an_answer_is_read_once() -> None:
    """Both a consent and its absence are answered again without reading the ledger."""
    store = ObservedStore()
    guard = Guard(ROUTER, Ledger(store))
    Ledger(store).give(consent())
    reads = store.reads
    for _ in range(3):
        assert _reason(guard, "zone:US") is Reason.CONSENT
        assert _reason(guard, "zone:CA") is Reason.CONSENT_OUT_OF_SCOPE
    assert store.reads == reads + 2


def test_answers_differ_by_context() -> None:
    """An answer for one category and purpose is not given for another."""
    store = ObservedStore()
    guard = Guard(ROUTER, Ledger(store))
    Ledger(store).give(consent(categories=frozenset({"fax-data"}), purposes=frozenset({"support"})))
    covered = Context(category="fax-data", purpose="support")
    other = Context(category="system-logs", purpose="support")
    for _ in range(2):
        assert _reason(guard, context=covered) is Reason.CONSENT
        assert _reason(guard, context=other) is Reason.CONSENT_OUT_OF_SCOPE
        assert _reason(guard) is Reason.CONSENT_OUT_OF_SCOPE
    assert guard.cache_statistics.size == 3


@pytest.mark.parametrize(
    ("context", "record"),
    [
        (Context(category="fax-data"), consent(categories=frozenset({"fax-data"}))),
        (Context(purpose="support"), consent(purposes=frozenset({"support"}))),
    ],
    ids=["category", "purpose"],
)
def test_an_answer_for_a_part_is_none_for_the_whole(
    context: Context, record: ConsentRecord
) -> None:
    """§5: a consent for one category, or one purpose, covers no request that names none."""
    ledger = open_ledger("memory:")
    ledger.give(record)
    guard = Guard(ROUTER, ledger)
    for _ in range(2):
        assert _reason(guard, context=context) is Reason.CONSENT
        assert _reason(guard) is Reason.CONSENT_OUT_OF_SCOPE


def test_answers_differ_by_source() -> None:
    """An answer for data in its designated zone is not given for data that lies elsewhere."""
    ledger = open_ledger("memory:")
    ledger.give(consent(to="country:GB"))
    guard = Guard(ROUTER, ledger)
    for _ in range(2):
        assert _reason(guard, "country:GB") is Reason.CONSENT
        elsewhere = _reason(guard, "country:GB", Context(source="zone:US"))
        assert elsewhere is Reason.CONSENT_OUT_OF_SCOPE


def test_answers_differ_by_moment() -> None:
    """An answer for one moment is not given for another at which a record is over."""
    ledger = open_ledger("memory:")
    ledger.give(consent(valid_from=NOON, valid_until=NOON + HOUR))
    guard = Guard(ROUTER, ledger)
    for _ in range(2):
        assert _reason(guard, context=Context(at=NOON)) is Reason.CONSENT
        assert _reason(guard) is Reason.CONSENT_EXPIRED
        before = _reason(guard, context=Context(at=NOON - HOUR))
        assert before is Reason.CONSENT_NOT_YET_VALID


def test_what_could_not_be_found_again_is_not_kept() -> None:
    """Places that are not written in canonical form take no room in the cache."""
    guard = Guard(ROUTER, open_ledger("memory:"))
    decision = guard.decide(ACME, "xm-fax", to=["country:United States"])
    assert decision.reason is Reason.NO_CONSENT
    assert guard.cache_statistics.size == 0


def test_a_store_that_tells_of_no_changes_is_read_each_time() -> None:
    """Where a change could go unnoticed, nothing is kept."""
    store = CountingStore()
    guard = Guard(ROUTER, Ledger(store))
    for _ in range(3):
        assert _reason(guard) is Reason.NO_CONSENT
    assert store.reads == 3
    assert guard.cache_statistics.bound == 0


def test_a_change_in_this_process_counts_at_once() -> None:
    """After each call that changes something, whichever ledger made it, the new answer is given."""
    store = MemoryStore()
    guard, ledger = Guard(ROUTER, Ledger(store)), Ledger(store)
    assert _reason(guard) is Reason.NO_CONSENT
    ledger.give(consent())
    assert _reason(guard) is Reason.CONSENT
    ledger.withdraw("r")
    assert _reason(guard) is Reason.CONSENT_WITHDRAWN


def test_a_repeated_change_is_told_too() -> None:
    """Whoever is told that a withdrawal is held already may rely on it as if it were new."""
    store, told = MemoryStore(), list[str | None]()
    ledger = Ledger(store)
    ledger.give(consent())
    ledger.withdraw("r")
    assert ledger.subscribe(told.append)
    assert not ledger.withdraw("r")
    assert told == ["acme"]


def test_a_consent_ends_on_time_by_the_system_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept permit is not used once its record has expired."""
    now = datetime.now(UTC)
    ledger = open_ledger("memory:")
    ledger.give(consent(valid_until=now + HOUR))
    guard = Guard(ROUTER, ledger)
    assert _reason(guard) is Reason.CONSENT
    later = now + 2 * HOUR
    monkeypatch.setattr("residency.guard.time", later.timestamp)
    monkeypatch.setattr(guard, "_clock", lambda: later)
    assert _reason(guard) is Reason.CONSENT_EXPIRED


def test_failures_are_not_kept() -> None:
    """A ledger that works again is believed again."""
    store = ObservedStore()
    guard = Guard(ROUTER, Ledger(store))

    def unreadable(account: str) -> tuple[object, ...]:
        return (object(), account)

    def unavailable(account: str) -> tuple[object, ...]:
        raise unreachable() from KeyError(account)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "events", unreadable)
        assert _reason(guard) is Reason.CONSENT_UNVERIFIABLE
        patch.setattr(store, "events", unavailable)
        assert _reason(guard) is Reason.LEDGER_UNAVAILABLE
        awaited = asyncio.run(guard.decide_async(ACME, "xm-fax", to="zone:US"))
        assert awaited.reason is Reason.LEDGER_UNAVAILABLE
    assert _reason(guard) is Reason.NO_CONSENT


@pytest.mark.parametrize("solution", ["xm-fax", "help-desk"])
def test_without_a_ledger_nothing_leaves(solution: str) -> None:
    """A guard without a ledger denies every crossing for want of consent."""
    decision = Guard(ROUTER).decide(ACME, solution, to="country:GB")
    assert decision.reason is Reason.NO_CONSENT


def test_designations_of_one_account_are_told_apart() -> None:
    """An account designated anew is judged by its new zone, at once."""
    guard = Guard(ROUTER, open_ledger("memory:"))
    european = Designation.of(ACME, ROUTER.place(ACME, "xm-fax"))
    american = Designation.of(ACME, ROUTER.place(ACME, "xm-connect"))
    for _ in range(2):
        assert guard.decide(european, to="zone:EU").reason is Reason.WITHIN_ZONE
        assert guard.decide(american, to="zone:EU").reason is Reason.NO_CONSENT
        assert guard.decide(american, to="zone:US").reason is Reason.WITHIN_ZONE
        assert guard.decide(european, to="zone:US").reason is Reason.NO_CONSENT


def test_accounts_with_and_without_an_agreement_are_told_apart() -> None:
    """An account with a written agreement is never answered as one that is otherwise alike."""
    guard = Guard(ROUTER)
    agreement = Agreement("xm-fax", "CA", "contract 7", date(2021, 3, 1))
    agreed = evolve(ACME, agreements=(agreement,))
    for _ in range(2):
        assert _reason(guard, "zone:CA") is Reason.NO_CONSENT
        assert guard.place(ACME, "xm-fax").zone == "EU"
        assert guard.decide(agreed, "xm-fax", to="zone:CA").reason is Reason.WITHIN_ZONE
        assert guard.place(agreed, "xm-fax").zone == "CA"


def test_a_clock_of_the_callers_is_asked_at_every_call() -> None:
    """Where a clock is given, neither a ground nor a consent of another moment is used."""
    clock = [NOON]
    ledger = open_ledger("memory:")
    ledger.give(consent(valid_from=NOON - HOUR, valid_until=NOON + HOUR))
    guard = Guard(ROUTER, ledger, clock=lambda: clock[0])
    expected = {
        NOON: (Reason.CONSENT, Reason.NO_CONSENT),
        NOON + HOUR: (Reason.CONSENT_EXPIRED, Reason.NO_CONSENT),
        NOON - 2 * HOUR: (Reason.CONSENT_NOT_YET_VALID, Reason.NO_CONSENT),
        # London was EU territory until the end of January 2020.
        datetime(2020, 1, 31, 23, tzinfo=UTC): (Reason.CONSENT_NOT_YET_VALID, Reason.WITHIN_ZONE),
    }
    other = german("other")
    for _ in range(2):
        for moment, reasons in expected.items():
            clock[0] = moment
            london = guard.decide(other, "xm-fax", to="country:GB").reason
            assert (_reason(guard), london) == reasons


def test_a_process_sees_what_others_changed_within_the_bound() -> None:
    """Where looking shows a change by another process, what was kept is dropped."""
    held = MemoryStore()
    store = SharedStore(held, max_staleness=0)
    guard = Guard(ROUTER, Ledger(store))
    assert _reason(guard) is Reason.NO_CONSENT
    Ledger(held).give(consent())
    assert _reason(guard) is Reason.CONSENT
    reads = store.reads
    assert _reason(guard) is Reason.CONSENT
    assert store.reads == reads
    Ledger(held).withdraw("r")
    assert _reason(guard) is Reason.CONSENT_WITHDRAWN


def test_within_the_bound_nobody_looks() -> None:
    """What was kept is used without looking while it is fresh, and not a moment longer."""
    held = MemoryStore()
    store = SharedStore(held, max_staleness=3_600)
    guard = Guard(ROUTER, Ledger(store))
    assert _reason(guard) is Reason.NO_CONSENT
    Ledger(held).give(consent())
    assert _reason(guard) is Reason.NO_CONSENT
    assert store.looks == 1
    store.fresh_until -= 3_600
    assert _reason(guard) is Reason.CONSENT
    assert store.looks == 2


async def test_the_async_calls_look_too() -> None:
    """The async calls see what other processes changed, without blocking the loop on a look."""
    held = MemoryStore()
    store = SharedStore(held, max_staleness=0)
    guard = Guard(ROUTER, Ledger(store))
    loops = list[bool]()

    def look() -> None:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        loops.append(True)
        SharedStore.refresh(store)

    store.refresh = look  # type: ignore[method-assign]  # the method is what is observed
    asked = [await guard.decide_async(ACME, "xm-fax", to="zone:US")]
    Ledger(held).give(consent())
    asked += [await guard.decide_async(ACME, "xm-fax", to="zone:US") for _ in range(2)]
    Ledger(held).withdraw("r")
    asked += [await guard.decide_async(ACME, "xm-fax", to="zone:US")]
    reasons = [decision.reason for decision in asked]
    assert reasons == [
        Reason.NO_CONSENT,
        Reason.CONSENT,
        Reason.CONSENT,
        Reason.CONSENT_WITHDRAWN,
    ]
    assert len(loops) == 4


def test_a_store_that_cannot_look_is_read_instead() -> None:
    """Where looking fails, nothing kept is used: the ledger is read, and its failure denies."""
    held = MemoryStore()
    store = SharedStore(held, max_staleness=0)
    guard = Guard(ROUTER, Ledger(store))
    Ledger(held).give(consent())
    assert _reason(guard) is Reason.CONSENT
    store.broken = unreachable()
    Ledger(held).withdraw("r")
    assert _reason(guard) is Reason.CONSENT_WITHDRAWN
    store.broken = RuntimeError("not an error of ledgers")
    assert _reason(guard) is Reason.LEDGER_UNAVAILABLE


def test_the_statistics_tell_what_the_ledger_was_spared() -> None:
    """Only calls that the ledger has a say in are counted."""
    guard = Guard(ROUTER, open_ledger("memory:"), cache_size=2)
    for to in ("zone:EU", "zone:US", "zone:US", "zone:CA", "country:GB", "zone:US"):
        _reason(guard, to)
    counted = guard.cache_statistics
    assert (counted.hits, counted.misses, counted.bound) == (1, 4, 2)
    assert counted.size <= 2
    assert counted.evictions == 4 - counted.size


@pytest.mark.parametrize(
    ("size", "kind"),
    [
        (-1, ErrorKind.MALFORMED),
        (None, ErrorKind.TYPE),
        ("many", ErrorKind.TYPE),
        (1.5, ErrorKind.TYPE),
        (True, ErrorKind.TYPE),
        (timedelta(1), ErrorKind.TYPE),
    ],
)
@pytest.mark.parametrize("what", ["cache_size", "answers_per_account", "table_size"])
def test_a_size_is_a_number_from_zero_on(what: str, size: object, kind: ErrorKind) -> None:
    """A size that is no number, or negative, is refused by its name, and leaves nothing behind."""
    store = SharedStore(MemoryStore(), max_staleness=60)
    with pytest.raises(InputError, match=f"^{what} is ") as refused:
        Guard(ROUTER, Ledger(store), **{what: size})  # type: ignore[arg-type]  # the wrong type is the test
    assert (refused.value.kind, refused.value.value) == (kind, size)
    assert store.callbacks == []


def test_the_answers_of_one_account_are_bounded_by_the_guard() -> None:
    """One account asks about many purposes, and keeps no more answers than it may."""
    guard = Guard(ROUTER, open_ledger("memory:"), answers_per_account=2)
    for to in ("zone:US", "zone:CA", "country:GB", "country:JP"):
        _reason(guard, to)
        assert guard.cache_statistics.size <= 2
    assert guard.cache_statistics.evictions >= 2
