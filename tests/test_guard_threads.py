"""Guards shared by threads (semantics §5, finality)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, current_thread

import pytest

from residency import Guard, Reason
from residency.consent import ConsentEvent, Ledger, MemoryStore
from tests.ledgers import ROUTER, ObservedStore, consent, german

ACME = german()
_ROUNDS = 40
_READERS = 4


@pytest.fixture(autouse=True)
def eager_switching() -> Iterator[None]:
    """Let threads take turns often, so that they meet in the middle of things."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("cache_size", [1, 65_536])
def test_no_call_that_begins_after_a_withdrawal_is_permitted(cache_size: int) -> None:
    """While some threads ask, a withdrawal returns; no call begun after that relies on it."""
    ledger = Ledger(MemoryStore())
    guard = Guard(ROUTER, ledger, cache_size=cache_size)

    def ask(withdrawn: Event, done: Event) -> list[bool]:
        permitted_after = list[bool]()
        while not done.is_set():
            began_after = withdrawn.is_set()
            decision = guard.decide(ACME, "xm-fax", to="zone:US")
            guard.decide(ACME, "xm-fax", to="zone:CA")
            if began_after:
                permitted_after.append(decision.permitted)
                done.set()
        return permitted_after

    with ThreadPoolExecutor(_READERS) as pool:
        for number in range(_ROUNDS):
            ledger.give(consent(f"r-{number}"))
            assert guard.decide(ACME, "xm-fax", to="zone:US").permitted
            withdrawn, done = Event(), Event()
            readers = [pool.submit(ask, withdrawn, done) for _ in range(_READERS)]
            ledger.withdraw(f"r-{number}")
            withdrawn.set()
            assert not any(permitted for reader in readers for permitted in reader.result())


class _SlowStore(ObservedStore):
    """A store whose answers take their time on the way back."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = False
        self.has_read, self.may_return = Event(), Event()

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Read, and wait before returning what was read."""
        events = super().events(account)
        if self.slow:
            self.slow = False
            self.has_read.set()
            self.may_return.wait()
        return events


def test_an_answer_that_a_withdrawal_overtook_is_not_kept() -> None:
    """A call may return what it read before a withdrawal; no later call does."""
    store = _SlowStore()
    ledger = Ledger(store)
    ledger.give(consent())
    guard = Guard(ROUTER, ledger)
    store.slow = True
    with ThreadPoolExecutor(1) as pool:
        overtaken = pool.submit(guard.decide, ACME, "xm-fax", to="zone:US")
        store.has_read.wait()
        Ledger(store.held).withdraw("r")
        store.may_return.set()
        assert overtaken.result().permitted
    assert guard.decide(ACME, "xm-fax", to="zone:US").reason is Reason.CONSENT_WITHDRAWN


def test_a_withdrawal_that_another_thread_is_making_is_final_too() -> None:
    """Whoever finds that a record is withdrawn already need not wait for who withdrew it."""
    ledger = Ledger(MemoryStore())
    ledger.give(consent())
    stuck, go_on = Event(), Event()

    def hold_up(account: str | None) -> None:
        del account
        if current_thread().name.startswith("first"):
            stuck.set()
            go_on.wait()

    ledger.subscribe(hold_up)
    guard = Guard(ROUTER, ledger)
    assert guard.decide(ACME, "xm-fax", to="zone:US").permitted
    with ThreadPoolExecutor(1, thread_name_prefix="first") as pool:
        first = pool.submit(ledger.withdraw, "r")
        stuck.wait()
        assert not ledger.withdraw("r")
        assert guard.decide(ACME, "xm-fax", to="zone:US").reason is Reason.CONSENT_WITHDRAWN
        go_on.set()
        assert first.result()
