"""The conformance suite that we ship, against each ledger that we ship."""

from collections.abc import Callable

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from residency.consent import ConsentEvent, EventStore, MemoryStore
from residency.consent.sql import SqlStore
from residency.errors import ConsentError, ErrorKind
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


@pytest.mark.untraced
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
        run_state_machine_as_test(
            machine, settings=settings(print_blob=False, phases=(Phase.generate,))
        )


class _Lax:
    """A store that takes whatever comes, and tells nobody."""

    def __init__(self, error: ConsentError | None = None) -> None:
        self.held: list[ConsentEvent] = []
        self._error = error

    def append(self, event: ConsentEvent) -> bool:
        """Add the event, or refuse one whose id is held in a way of its own."""
        known = [held for held in self.held if held.event_id == event.event_id]
        if known and self._error is not None:
            raise self._error
        if not known:
            self.held.append(event)
        return not known

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return the account's events."""
        return tuple(event for event in self.held if event.account == account)

    def account_of(self, record_id: str) -> str | None:
        """Return the account of a record."""
        return next((event.account for event in self.held if event.record_id == record_id), None)


class _SuiteOfLax(LedgerConformance):
    error: ConsentError | None = None

    def make_store(self) -> EventStore:
        return _Lax(self.error)


def test_a_store_that_takes_contradictions_fails_the_suite() -> None:
    """A store that does not refuse what contradicts it, or not as it must, does not conform."""
    suite = _SuiteOfLax()
    with pytest.raises(AssertionError, match="was taken"):
        suite.test_an_event_id_has_one_meaning()
    suite.error = ConsentError("no", kind=ErrorKind.MALFORMED)
    with pytest.raises(AssertionError, match="MALFORMED"):
        suite.test_an_event_id_has_one_meaning()


def test_a_store_need_not_be_observable() -> None:
    """A store without subscribers conforms, as nothing read from it is kept."""
    _SuiteOfLax().test_subscribers_are_told_before_an_append_returns()


def test_a_suite_needs_its_store() -> None:
    """A suite that does not say which store to check fails: it does not pass without one."""
    with pytest.raises(NotImplementedError):
        LedgerConformance().test_an_event_is_added_once()
