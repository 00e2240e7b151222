"""The conformance suite that we ship, against each ledger that we ship."""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from residency.consent import EventStore, MemoryStore
from residency.consent.sql import SqlStore
from residency.testing.ledgers import LedgerConformance, ledger_machine


class TestMemory(LedgerConformance):
    """The ledger in memory."""

    def make_store(self) -> EventStore:
        """Return an empty one."""
        return MemoryStore()


class TestSql(LedgerConformance):
    """The ledger in each database."""

    @pytest.fixture(autouse=True)
    def _open(self, url: str, open_at: Callable[..., SqlStore]) -> None:
        self._make: Callable[[], SqlStore] = lambda: open_at(url)

    def make_store(self) -> EventStore:
        """Return a store in a new database."""
        return self._make()

    def reopen(self, store: EventStore) -> EventStore:
        """Return another store in the same database."""
        del store
        return self._make()


def test_all_ledgers_give_the_same_answers(
    sqlite_url: str, postgres_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """Whatever is done, in whatever order, memory, SQLite and PostgreSQL answer alike."""
    stores = {"sqlite": open_at(sqlite_url), "postgresql": open_at(postgres_url)}
    machine = ledger_machine(stores)
    run_state_machine_as_test(machine, settings=settings(max_examples=50, stateful_step_count=30))


class _Forgetful:
    """A store with one fault: it loses the withdrawals."""

    def __init__(self) -> None:
        self._store = MemoryStore()

    def append(self, event: object) -> bool:
        """Pretend to append a withdrawal."""
        if getattr(event, "kind", None) == "withdrawn":
            return True
        return self._store.append(event)  # type: ignore[arg-type]  # as it came

    def events(self, account: str) -> tuple[object, ...]:
        """Return the events that are left."""
        return self._store.events(account)

    def account_of(self, record_id: str) -> str | None:
        """Return the account of a record."""
        return self._store.account_of(record_id)


def test_a_faulty_ledger_is_noticed() -> None:
    """The state machine fails a store that loses withdrawals: it does not pass whatever happens."""
    machine = ledger_machine({"forgetful": _Forgetful()})  # type: ignore[dict-item]  # its fault
    with pytest.raises(AssertionError, match="differ"):
        run_state_machine_as_test(machine, settings=settings(print_blob=False))
