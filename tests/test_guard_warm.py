"""What a warm call is spared, by each of the four ways to ask, and what it is not spared."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest

from residency import (
    Context,
    Decision,
    Guard,
    Reason,
    Router,
    TransferBlocked,
    open_ledger,
)
from residency import guard as guard_module
from residency.consent import Ledger, MemoryStore
from residency.consent.cache import AnswerCache
from residency.destination import locate
from residency.table import Table
from tests.ledgers import (
    HOUR,
    NOON,
    ROUTER,
    ObservedStore,
    SharedStore,
    consent,
    german,
    unreachable,
)

ACME = german()
WAYS = ["decide", "decide_async", "enforce", "enforce_async"]

each_way = pytest.mark.parametrize("way", WAYS)
each_twin = pytest.mark.parametrize("way", ["decide", "decide_async"])


def _ask(guard: Guard, way: str, to: str, context: Context | None = None) -> Decision:
    """Ask a guard in one of its ways; a denial is returned as well."""
    try:
        asked: Any = getattr(guard, way)(ACME, "xm-fax", to=to, context=context)
        answer: Decision = asyncio.run(asked) if way.endswith("_async") else asked
    except TransferBlocked as blocked:
        return blocked.decision
    return answer


def _clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Have the system's clock, as a guard reads it, note what it told."""
    told: list[datetime] = []

    def now() -> datetime:
        told.append(datetime.now(UTC))
        return told[-1]

    monkeypatch.setattr("residency.guard._now", now)
    return told


@each_way
@pytest.mark.parametrize(
    ("to", "reason", "hits"),
    [("zone:EU", Reason.WITHIN_ZONE, 0), ("zone:US", Reason.CONSENT, 1)],
)
def test_a_warm_call_reads_neither_clock_nor_ledger(
    way: str, to: str, reason: Reason, hits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second call and the third are answered from what the first one left."""
    told = _clock(monkeypatch)
    store = ObservedStore()
    Ledger(store).give(consent())
    guard = Guard(ROUTER, Ledger(store))
    first = _ask(guard, way, to)
    assert first.reason is reason
    assert told
    told.clear()
    reads = store.reads
    for call in (1, 2):
        assert _ask(guard, way, to) == first
        assert guard.cache_statistics.hits == hits * call
    assert (told, store.reads) == ([], reads)


@pytest.mark.parametrize("to", ["zone:EU", "zone:US"])
def test_a_warm_call_for_a_designation_reads_no_clock(
    to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A designation names its own solution, and is found again without one."""
    told = _clock(monkeypatch)
    guard = Guard(ROUTER, open_ledger("memory:"))
    pinned = guard.designate(ACME, "xm-fax")
    first = guard.decide(pinned, to=to)
    told.clear()
    assert guard.decide(pinned, to=to) == first
    assert told == []


@pytest.mark.parametrize("to", ["zone:EU", "zone:US", ("country:DE", "zone:EU")])
def test_by_a_clock_of_the_callers_a_place_is_located_once(
    to: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a clock is read anew at every call, but what it decides about a place is found again."""
    guard = Guard(ROUTER, open_ledger("memory:"), clock=lambda: NOON)
    pinned = guard.designate(ACME, "xm-fax")
    asked = [guard.decide(ACME, "xm-fax", to=to), guard.decide(pinned, to=to)]
    monkeypatch.setattr("residency.guard.locate", None)
    assert [guard.decide(ACME, "xm-fax", to=to), guard.decide(pinned, to=to)] == asked


def test_a_warm_placement_asks_no_router(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an account's data is stored is found again by its key and the solution."""
    guard = Guard(ROUTER)
    first = guard.place(ACME, "xm-fax")
    monkeypatch.setattr(type(ROUTER), "place", None)
    assert guard.place(german("another"), "xm-fax") is first


def test_a_cache_is_as_large_as_is_said() -> None:
    """65,536 answers by default, and none if none are asked for."""
    assert Guard(ROUTER).cache_statistics.bound == 65_536
    assert Guard(ROUTER, cache_size=0).cache_statistics.bound == 0


def test_as_much_is_kept_as_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default 256 answers are of one account, and 100,000 designations and sets are kept."""
    sizes: list[tuple[int, ...]] = []

    def cache(*bounds: int) -> AnswerCache[Decision]:
        sizes.append(bounds)
        return AnswerCache(*bounds)

    def table(router: Router, bound: int) -> Table:
        sizes.append((bound,))
        return Table(router, bound)

    monkeypatch.setattr("residency.guard.AnswerCache", cache)
    monkeypatch.setattr("residency.guard.Table", table)
    Guard(ROUTER)
    Guard(ROUTER, cache_size=3, answers_per_account=2, table_size=1)
    assert sizes == [(65_536, 256), (100_000,), (3, 2), (1,)]


def test_a_warm_permit_at_home_is_returned_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most writes end there, so they are spared the call of decide; what is denied is not."""
    way = "enforce"
    guard = Guard(ROUTER, open_ledger("memory:"))
    home = _ask(guard, way, "zone:EU")
    asked: list[str] = []

    def decide(*_: object, to: str, **__: object) -> Decision:
        asked.append(to)
        return home

    monkeypatch.setattr(Guard, "decide", decide)
    assert _ask(guard, way, "zone:EU") == home
    assert asked == []
    _ask(guard, way, "zone:EU", Context())
    _ask(guard, way, "zone:US")
    assert asked == ["zone:EU", "zone:US"]


@each_way
@pytest.mark.parametrize("clock", ["time", "monotonic"])
def test_an_answer_is_no_fresher_than_when_it_was_read(
    way: str, clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§3: a call that read a kept answer is not told by another one's look that it is fresh."""
    now = _monotonic(monkeypatch)
    guard, store, held = _shared()
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT
    Ledger(held).withdraw("r")
    now.append(now[-1] + 3_600)
    asked = _interrupt(monkeypatch, clock, store.refresh)
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT_WITHDRAWN
    assert asked == [clock]


@each_way
@pytest.mark.parametrize("clock", ["time", "monotonic"])
def test_a_call_that_was_stopped_does_not_rely_on_what_it_read_before(
    way: str, clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§3: where the bound passes while a call reads a clock, the call looks again."""
    now = _monotonic(monkeypatch)
    guard, _, held = _shared()
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT

    def an_hour() -> None:
        Ledger(held).withdraw("r")
        now.append(now[-1] + 3_600)

    asked = _interrupt(monkeypatch, clock, an_hour)
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT_WITHDRAWN
    assert asked == [clock]


@each_way
def test_a_call_holds_no_old_time_against_a_new_bound(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§3: a time that a call read before it was stopped is held against the bound of before."""
    now = _monotonic(monkeypatch)
    guard, store, held = _shared()
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT
    now.append(now[-1] + 3_600)

    def an_hour() -> None:
        store.refresh()  # another thread finds it fresh, and only then it is withdrawn
        Ledger(held).withdraw("r")
        now.append(now[-1] + 3_600)

    asked = _interrupt(monkeypatch, "monotonic", an_hour, told=now[-1])
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT_WITHDRAWN
    assert asked == ["monotonic"]


def _monotonic(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Have whoever asks for the monotonic clock be told the last of these times."""
    now = [monotonic()]
    for module in ("residency.guard", "residency.consent.ledger", "tests.ledgers"):
        monkeypatch.setattr(f"{module}.monotonic", lambda: now[-1])
    return now


def _shared() -> tuple[Guard, SharedStore, MemoryStore]:
    """Return a guard, its store, and what that store shows, with a consent in it."""
    held = MemoryStore()
    Ledger(held).give(consent())
    store = SharedStore(held, max_staleness=60)
    return Guard(ROUTER, Ledger(store)), store, held


def _interrupt(
    monkeypatch: pytest.MonkeyPatch,
    clock: str,
    meanwhile: Callable[[], None],
    *,
    told: float | None = None,
) -> list[str]:
    """Have something happen while the guard reads a clock for the first time.

    Args:
        monkeypatch: undoes it.
        clock: what it reads, ``time`` or ``monotonic``.
        meanwhile: what happens.
        told: what it reads; what the clock tells afterwards, if left out.

    Returns:
        The clock's name, once it was read.
    """
    real: Callable[[], float] = getattr(guard_module, clock)
    asked: list[str] = []

    def interrupted() -> float:
        monkeypatch.setattr(guard_module, clock, real)
        asked.append(clock)
        meanwhile()
        return real() if told is None else told

    monkeypatch.setattr(guard_module, clock, interrupted)
    return asked


@each_twin
@pytest.mark.parametrize("end", ["valid_from", "valid_until"])
def test_at_the_end_of_a_span_the_clock_is_asked(
    way: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timestamp may be rounded, so at the very moment of a change nothing kept is used."""
    told = _clock(monkeypatch)
    record = consent(valid_from=NOON, valid_until=datetime.now(UTC) + HOUR)
    ledger = open_ledger("memory:")
    ledger.give(record)
    guard = Guard(ROUTER, ledger)
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT
    at = getattr(record, end).timestamp()
    for moment, reads in ((at, 1), (at + (1 if end == "valid_from" else -1), 0)):
        told.clear()
        monkeypatch.setattr("residency.guard.time", lambda moment=moment: moment)
        _ask(guard, way, "zone:US")
        assert len(told) == reads


@each_twin
def test_what_was_fresh_until_now_is_looked_at_again(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§3, finality: until a moment is not at it; then the store looks for others' changes."""
    store = SharedStore(MemoryStore(), max_staleness=3_600)
    ledger = Ledger(store)
    ledger.give(consent())
    guard = Guard(ROUTER, ledger)
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT
    looks = store.looks
    for late, times in ((-1.0, 0), (0.0, 1)):
        now = store.fresh_until + late
        for module in ("residency.guard", "residency.consent.ledger"):
            monkeypatch.setattr(f"{module}.monotonic", lambda now=now: now)
        _ask(guard, way, "zone:US")
        assert store.looks == looks + times


@each_way
def test_an_answer_is_kept_for_a_call_with_a_context_too(way: str) -> None:
    """One read and one miss for the first call; a hit, and no read, for each call after it."""
    store = ObservedStore()
    kinds, purposes = frozenset({"fax-data"}), frozenset({"support"})
    Ledger(store).give(consent(valid_from=NOON, categories=kinds, purposes=purposes))
    guard = Guard(ROUTER, Ledger(store))
    reads = store.reads
    now = Context(at=NOON + HOUR, category="fax-data", purpose="support")
    for call in range(3):
        assert _ask(guard, way, "zone:US", now).reason is Reason.CONSENT
        found = guard.cache_statistics
        assert (found.hits, found.misses, found.size) == (call, 1, 1)
    assert store.reads == reads + 1


@each_twin
def test_what_cannot_be_looked_at_is_read(way: str) -> None:
    """§3: where freshness cannot be shown, what was kept permits nothing: the ledger is read."""
    store = SharedStore(MemoryStore(), max_staleness=3_600)
    Ledger(store).give(consent())
    guard = Guard(ROUTER, Ledger(store))
    assert _ask(guard, way, "zone:US").reason is Reason.CONSENT
    store.broken = unreachable()
    store.fresh_until = monotonic() - 1
    misses = guard.cache_statistics.misses
    _ask(guard, way, "zone:US")
    assert guard.cache_statistics.misses == misses + 1


@each_twin
def test_a_denial_for_want_of_a_ledger_says_where_to(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the ledger fails, the denial tells places, zone and clauses all the same."""
    store = ObservedStore()
    guard = Guard(ROUTER, Ledger(store))

    def fail(*_: object) -> tuple[()]:
        raise unreachable()

    monkeypatch.setattr(type(store), "events", fail)
    denial = _ask(guard, way, "zone:US")
    assert denial.reason is Reason.LEDGER_UNAVAILABLE
    assert denial.destination == locate("zone:US", ROUTER.policy, NOON.date())
    assert (denial.zones, denial.clauses) == (("EU",), ("§5(ii)", "§5(transfer)"))
