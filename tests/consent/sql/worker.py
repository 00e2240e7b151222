"""A worker that goes on asking whatever becomes of its database, and must be told in time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from time import monotonic, sleep
from typing import TypeVar

import pytest

from residency import Account, Guard, Reason, Router, load_policy
from residency.consent import Ledger
from residency.consent.sql import SqlStore
from residency.errors import LedgerError
from tests.consent.sql.conftest import RECORD

_T = TypeVar("_T")

TIMEOUT = 1.0
_IN_TIME = 1.5 * TIMEOUT
"""Less than twice the timeout: a call that waits for it two times over is late."""
_AT_ONCE = 0.2
_TRIES = 5

_ROUTER = Router(load_policy("xmedius"))
_ACME = Account("acme", "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))


def _prompt(call: Callable[[], _T], most: float) -> _T:
    """Return what a call answers, which it must do in time.

    A machine that is busy may delay one call, or two. What waits too long by itself does so always.
    """
    taken: list[float] = []
    for _ in range(_TRIES):
        began = monotonic()
        answer = call()
        taken.append(monotonic() - began)
        if taken[-1] < most:
            return answer
    message = f"never within {most} s: {taken}"
    raise AssertionError(message)


def _all_at_once(call: Callable[[], _T], count: int) -> set[_T]:
    """Return what a call answers in each of many threads."""
    with ThreadPoolExecutor(count) as threads:
        return {each.result() for each in [threads.submit(call) for _ in range(count)]}


class Worker:
    """A worker that asks before each write; its guard looks, and reads, each time."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.ledger = Ledger(store)
        self._guard = Guard(_ROUTER, self.ledger, cache_size=0)

    def abroad(self) -> Reason:
        """Ask whether a write to London is permitted; in time, and whatever happens."""
        return _prompt(self._ask, _IN_TIME)

    def _ask(self) -> Reason:
        return self._guard.decide(_ACME, "xm-fax", to="aws:eu-west-2").reason

    def all_abroad(self, count: int) -> set[Reason]:
        """Let many threads ask that at the same time; all must have their answer in time."""
        return _prompt(lambda: _all_at_once(self._ask, count), _IN_TIME)

    def all_abroad_async(self, count: int) -> set[Reason]:
        """Let many tasks of one event loop ask it."""

        async def ask_all() -> set[Reason]:
            asked = (
                self._guard.decide_async(_ACME, "xm-fax", to="aws:eu-west-2") for _ in range(count)
            )
            return {decision.reason for decision in await asyncio.gather(*asked)}

        return _prompt(lambda: asyncio.run(ask_all()), _IN_TIME)

    def at_home(self) -> Reason:
        """Ask for a write inside the zone, which must not wait for anything."""
        return _prompt(
            lambda: self._guard.decide(_ACME, "xm-fax", to="aws:eu-west-3").reason, _AT_ONCE
        )

    def refuses_to_write(self) -> object:
        """Try to withdraw, which must fail in time; return the kind of the failure."""
        return _prompt(self._try_to_write, _IN_TIME)

    def _try_to_write(self) -> object:
        with pytest.raises(LedgerError) as caught:
            self.ledger.withdraw("consent-1")
        return caught.value.kind

    def all_refuse_to_write(self, count: int) -> set[object]:
        """Let many threads try that at the same time; all must have failed in time."""
        return _prompt(lambda: _all_at_once(self._try_to_write, count), _IN_TIME)

    def recovers(self) -> Reason:
        """Ask until the ledger is back, as a worker would that is not restarted."""
        deadline = monotonic() + 20
        while (reason := self.abroad()) is Reason.LEDGER_UNAVAILABLE:
            assert monotonic() < deadline
            sleep(0.05)
        return reason


def working(store: SqlStore) -> Worker:
    """Return a worker that may write to London, by a consent in the store."""
    worker = Worker(store)
    worker.ledger.give(RECORD)
    assert worker.abroad() is Reason.CONSENT
    return worker


def denied(worker: Worker) -> None:
    """Check that nothing leaves the zone for want of a ledger, and that all in it goes on."""
    assert worker.abroad() is Reason.LEDGER_UNAVAILABLE
    assert worker.at_home() is Reason.WITHIN_ZONE
