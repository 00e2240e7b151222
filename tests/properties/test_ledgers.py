"""What the ledger does to a decision: semantics §5, the rows finality and fail closed."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from residency import Context, Decision, Guard, Reason, ResidencyError, TransferBlocked, open_ledger
from residency.consent import ConsentEvent, EventKind, Ledger
from residency.errors import ConsentError, LedgerError
from tests.properties.worlds import XMEDIUS, guard_of, router_of
from tests.samples import NOON, Store, consent, event, german, noon
from tests.samples import given as given_event

_AT_NOON = Context(at=NOON)
_ROUTER = router_of(XMEDIUS)


def _decide(guard: Guard) -> Decision:
    """Ask whether `acme` may bring its fax data from zone EU to zone US at noon."""
    return guard.decide(german(), "xm-fax", to="zone:US", context=_AT_NOON)


async def _decide_async(guard: Guard) -> Decision:
    return await guard.decide_async(german(), "xm-fax", to="zone:US", context=_AT_NOON)


class TestFinality:
    """§3: after a withdrawal returned, nothing is permitted on that record, in any thread."""

    def test_no_thread_sees_a_permit_after_the_withdrawal(self) -> None:
        """No call that begins after `withdraw` returned permits, in whatever thread it runs."""
        with ThreadPoolExecutor(max_workers=4) as pool:
            for _ in range(40):
                ledger = open_ledger("memory:")
                guard = Guard(_ROUTER, ledger)
                ledger.give(consent())
                returned = threading.Event()
                started = threading.Barrier(4)
                found = [pool.submit(_watch, guard, returned, started) for _ in range(3)]
                started.wait()
                ledger.withdraw("r-1")
                returned.set()
                for watched in found:
                    before, after = watched.result()
                    assert after == {Reason.CONSENT_WITHDRAWN}
                    assert before <= {Reason.CONSENT, Reason.CONSENT_WITHDRAWN}

    def test_no_thread_sees_half_a_history(self) -> None:
        """While many threads write, none loses an event, and each sees whole histories."""
        ledger = open_ledger("memory:")
        guard = Guard(_ROUTER, ledger)

        def live(number: int) -> tuple[Reason, Reason]:
            purpose = f"p-{number}"
            account = german(f"acme-{number % 3}")
            mine = consent(record_id=purpose, account=account.id, purposes={purpose})
            context = Context(at=NOON, purpose=purpose)
            ledger.give(mine)
            given = guard.decide(account, "xm-fax", to="zone:US", context=context)
            ledger.withdraw(purpose)
            taken = guard.decide(account, "xm-fax", to="zone:US", context=context)
            return given.reason, taken.reason

        with ThreadPoolExecutor(max_workers=4) as pool:
            for reasons in pool.map(live, range(200)):
                assert reasons == (Reason.CONSENT, Reason.CONSENT_WITHDRAWN)
        assert sum(len(ledger.events(f"acme-{number}")) for number in range(3)) == 400


def _watch(
    guard: Guard, returned: threading.Event, started: threading.Barrier
) -> tuple[set[Reason], set[Reason]]:
    """Decide over and over; return the reasons of calls begun before and after the withdrawal."""
    before: set[Reason] = set()
    after: set[Reason] = set()
    started.wait()
    while len(after) == 0:
        for _ in range(20):
            seen = after if returned.is_set() else before
            seen.add(_decide(guard).reason)
    return before, after


class _OddError(Exception):
    """An error that no library raises, whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError


def _builtin_failures() -> list[Exception]:
    """Return one of each built-in exception that needs no argument."""
    failures: list[Exception] = []
    for name, kind in sorted(vars(builtins).items()):
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__name__ == name:
            with contextlib.suppress(TypeError):
                failures.append(kind())
    return failures


_FAILURES = [
    *_builtin_failures(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ExceptionGroup("several", [ValueError("one")]),
    LedgerError("the ledger cannot be read", kind="UNREADABLE"),
    ConsentError("malformed", kind="MALFORMED"),
    ResidencyError("odd", kind="ODD"),
    TransferBlocked(_decide(guard_of(XMEDIUS))),
    _OddError(),
]


def _broken_event() -> ConsentEvent:
    """Return an event that some faulty reader made without the constructor's checks."""
    return ConsentEvent.__new__(ConsentEvent)


def _with_record(**changes: Any) -> tuple[ConsentEvent]:
    """Return the giving of a record into which a faulty reader put something else."""
    record = consent()
    for name, value in changes.items():
        object.__setattr__(record, name, value)
    return (given_event(record),)


def _fails_half_way() -> Iterator[ConsentEvent]:
    yield given_event(consent())
    raise OSError(5, "input/output error")


def _without_record() -> tuple[ConsentEvent]:
    held = given_event(consent())
    object.__setattr__(held, "record", None)
    return (held,)


_GARBAGE: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "a number": lambda: 7,
    "a text": lambda: "given",
    "bytes": lambda: b"given",
    "a class": lambda: ConsentEvent,
    "a record": lambda: (consent(),),
    "a dict of events": lambda: {"given": given_event(consent())},
    "a permit beside garbage": lambda: (given_event(consent()), None),
    "a permit beside a text": lambda: (given_event(consent()), "withdrawn:r-1"),
    "a permit beside a broken event": lambda: (given_event(consent()), _broken_event()),
    "a broken event": lambda: (_broken_event(),),
    "events that fail half way": _fails_half_way,
    "a naive beginning": lambda: _with_record(valid_from=NOON.replace(tzinfo=None)),
    "no beginning": lambda: _with_record(valid_from=None),
    "a textual end": lambda: _with_record(valid_until="2999-01-01"),
    "no scope": lambda: _with_record(destination_zones=None),
    "an unknown expression": lambda: _with_record(expression="ExplicitlyExpressedConsent!"),
    "no record": _without_record,
}


class TestFailClosed:
    """§2: whatever the ledger does wrong, a transfer that needs it is denied, with a reason."""

    @pytest.mark.parametrize("failure", _FAILURES, ids=[type(each).__name__ for each in _FAILURES])
    def test_every_failure_denies(self, failure: Exception) -> None:
        """An exception of any kind is LEDGER_UNAVAILABLE, in both calls."""

        def fail() -> None:
            raise failure

        guard = Guard(_ROUTER, Ledger(Store(fail)))
        assert _reasons(guard) == {Reason.LEDGER_UNAVAILABLE}

    @pytest.mark.parametrize("answer", _GARBAGE.values(), ids=_GARBAGE)
    def test_garbage_denies(self, answer: Callable[[], Any]) -> None:
        """An answer that is no set of events, or holds one thing that is none, denies."""
        guard = Guard(_ROUTER, Ledger(Store(answer)))
        assert _reasons(guard) <= {
            Reason.LEDGER_UNAVAILABLE,
            Reason.CONSENT_UNVERIFIABLE,
            Reason.NO_CONSENT,
        }

    def test_other_accounts_events_count_for_nothing(self) -> None:
        """A ledger that hands over the wrong account's consents permits nothing."""
        theirs = given_event(consent(account="zenith"))
        guard = Guard(_ROUTER, Ledger(Store(lambda: (theirs,))))
        assert _reasons(guard) == {Reason.NO_CONSENT}

    def test_a_withdrawal_of_the_wrong_account_ends_nothing(self) -> None:
        """Events of another account under the same record id do not touch the record."""
        mine = given_event(consent())
        theirs = event(EventKind.WITHDRAWN, consent(account="zenith"))
        guard = Guard(_ROUTER, Ledger(Store(lambda: (mine, theirs))))
        assert _reasons(guard) == {Reason.CONSENT}

    def test_a_slow_ledger_never_permits_early(self) -> None:
        """A caller that gives up on a slow ledger has no permit; one that waits has the answer."""
        release = threading.Event()

        def wait() -> tuple[ConsentEvent, ...]:
            release.wait(timeout=30)
            return (given_event(consent()),)

        guard = Guard(_ROUTER, Ledger(Store(wait)))

        async def ask() -> Reason:
            asked = asyncio.create_task(_decide_async(guard))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(asked), 0.02)
            release.set()
            return (await asked).reason

        assert asyncio.run(ask()) is Reason.CONSENT

    @pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
    def test_what_stops_the_program_is_not_swallowed(self, stop: type[BaseException]) -> None:
        """An interrupt while the ledger is read goes on, and nothing is permitted."""

        def interrupt() -> None:
            raise stop

        guard = Guard(_ROUTER, Ledger(Store(interrupt)))
        with pytest.raises(stop):
            _decide(guard)

    def test_a_failing_clock_of_the_guard_permits_nothing(self) -> None:
        """A clock that tells no aware time makes every decision an error, inside the zone too."""
        ledger = Ledger(Store(lambda: (given_event(consent()),)))
        told: Any
        for told in (None, 0, "noon", NOON.replace(tzinfo=None), NOON.date()):
            guard = Guard(_ROUTER, ledger, clock=partial(_same, told))
            for to in ("zone:EU", "zone:US"):
                with pytest.raises(ResidencyError):
                    guard.decide(german(), "xm-fax", to=to)

    def test_home_stays_open(self) -> None:
        """While the ledger fails, writes inside the designated zone go on."""

        def fail() -> None:
            raise OSError(5, "input/output error")

        guard = Guard(_ROUTER, Ledger(Store(fail)), clock=noon)
        assert guard.decide(german(), "xm-fax", to="aws:eu-west-3").permitted


def _same(value: Any) -> Any:
    return value


def _reasons(guard: Guard) -> set[Reason]:
    """Return the reasons of both calls; neither may raise."""
    asked = _decide(guard)
    later = asyncio.run(_decide_async(guard))
    assert {asked.permitted, later.permitted} == {asked.reason is Reason.CONSENT}
    return {asked.reason, later.reason}
