"""Freshness: until when a worker may rely on what it has read, though others write."""

import gc
import os
import shutil
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from attrs import evolve

from residency.consent import Ledger, Validity
from residency.consent.sql import SqlStore, create_ledger, open_store
from residency.errors import LedgerError
from tests.consent.sql.cached import CachedReader
from tests.consent.sql.conftest import RECORD, record
from tests.consent.sql.rows import change
from tests.servers.postgres import PostgresServer
from tests.servers.proxy import proxied

_PATIENCE = 20.0
"""How long to wait, on a machine that may be busy, for what takes a moment."""


def _eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = monotonic() + _PATIENCE
    while not condition():
        assert monotonic() < deadline, f"not within {_PATIENCE} s: {what}"
        sleep(0.005)


def test_nothing_is_fresh_before_somebody_looked(
    url: str, open_at: Callable[..., SqlStore]
) -> None:
    """A store that has just been opened claims nothing."""
    assert open_at(url).fresh_until < monotonic()


def test_a_look_is_good_for_the_bound(url: str, open_at: Callable[..., SqlStore]) -> None:
    """After a look, answers may be kept for the bound, counted from before the look."""
    store = open_at(url, max_staleness=100.0)
    before = monotonic()
    store.refresh()
    assert before + 100 <= store.fresh_until <= monotonic() + 100


def test_a_bound_of_nothing_means_to_look_each_time(
    url: str, open_at: Callable[..., SqlStore]
) -> None:
    """With a bound of 0, nothing is ever fresh, and each look finds what has changed by then."""
    store, other = open_at(url, max_staleness=0), Ledger(open_at(url))
    reader = CachedReader(store)
    for number in range(5):
        other.give(record(number))
        assert reader.validities()[f"consent-{number}"] is Validity.VALID
        assert store.fresh_until <= monotonic()


_WITH_A_CLOCK_TO_SET = """
import sys, time
real, offset = time.time, 0.0
time.time = lambda: real() + offset
time.time_ns = lambda: int(time.time() * 1e9)
from datetime import date
from residency import Account, Guard, Router, load_policy, open_ledger
ledger = open_ledger(sys.argv[1], max_staleness=float(sys.argv[2]))
guard = Guard(Router(load_policy("xmedius")), ledger)
acme = Account("acme", "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
for line in sys.stdin:
    offset = float(line)
    print(guard.decide(acme, "xm-fax", to="aws:eu-west-2").reason, flush=True)
"""


@contextmanager
def _worker_with_a_clock(url: str, bound: float) -> Generator[Callable[[float], str]]:
    """Run a worker whose wall clock is the caller's to set, each time that it is asked."""
    command = [sys.executable, "-c", _WITH_A_CLOCK_TO_SET, url, str(bound)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        into, out = worker.stdin, worker.stdout
        assert into
        assert out

        def ask(offset: float) -> str:
            into.write(f"{offset}\n".encode())
            into.flush()
            return out.readline().decode().strip()

        yield ask


def test_setting_the_clock_changes_nothing(url: str, open_at: Callable[..., SqlStore]) -> None:
    """A worker whose wall clock is set back or forward permits nothing after the bound."""
    bound = 0.3
    ledger = Ledger(open_at(url))
    with _worker_with_a_clock(url, bound) as ask:
        for number, offset in enumerate((-86_400, 86_400, 0, 86_400, -86_400)):
            ledger.give(record(number))
            _eventually(lambda: ask(0) == "CONSENT", "the consent is seen")
            ledger.withdraw(f"consent-{number}")
            ask(offset)  # what it says within the bound is its own affair
            sleep(bound)
            assert ask(offset) == "CONSENT_WITHDRAWN"


def test_another_process_is_noticed_by_the_next_look(
    url: str, open_at: Callable[..., SqlStore]
) -> None:
    """What another store wrote is told to the subscribers before the bound is moved on."""
    store, other = open_at(url, max_staleness=60), Ledger(open_at(url))
    other.give(RECORD)
    reader = CachedReader(store)
    assert reader.validities()["consent-1"] is Validity.VALID
    other.withdraw("consent-1")
    store.refresh()
    assert reader.validities()["consent-1"] is Validity.WITHDRAWN


def test_nothing_is_forgotten_without_need(
    sqlite_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """Where nobody wrote, looking again tells nobody anything."""
    store = open_at(sqlite_url)
    reader = CachedReader(store)
    store.refresh()
    told = list(reader.told)
    for _ in range(5):
        store.refresh()
    assert reader.told == told


def test_ones_own_writes_are_told_before_they_return(
    url: str, open_at: Callable[..., SqlStore]
) -> None:
    """The subscribers hear of a withdrawal before it returns, however fresh all else is."""
    store = open_at(url, max_staleness=60)
    reader, ledger = CachedReader(store), Ledger(store)
    ledger.give(RECORD)
    assert reader.validities()["consent-1"] is Validity.VALID
    ledger.withdraw("consent-1")
    assert reader.validities()["consent-1"] is Validity.WITHDRAWN
    reader.told.clear()
    assert ledger.withdraw("consent-1") is False
    assert "acme" in reader.told


def test_a_write_that_fails_is_told_too(sqlite_url: str, open_at: Callable[..., SqlStore]) -> None:
    """Where a write fails, it may have been done all the same: what is kept is forgotten."""
    store = open_at(sqlite_url, timeout=0.2)
    ledger, reader = Ledger(store), CachedReader(store)
    ledger.give(RECORD)
    change(
        sqlite_url,
        "CREATE TRIGGER refuse BEFORE INSERT ON residency_event"
        " BEGIN SELECT RAISE(FAIL, 'refused'); END",
    )
    reader.told.clear()
    with pytest.raises(LedgerError):
        ledger.withdraw("consent-1")
    assert reader.told == ["acme"]


# --- SQLite --------------------------------------------------------------------------------------


def test_another_file_in_its_place_is_another_ledger(
    folder: Path, sqlite_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """Where a backup is moved to the ledger's path, open stores read the backup from then on."""
    store = open_at(sqlite_url, max_staleness=60)
    reader = CachedReader(store)
    Ledger(store).give(RECORD)
    assert reader.validities()["consent-1"] is Validity.VALID
    backup = f"sqlite:///{folder / 'backup.db'}"
    create_ledger(backup)
    for suffix in ("-wal", "-shm"):
        (folder / f"consents.db{suffix}").unlink(missing_ok=True)
    (folder / "backup.db").replace(folder / "consents.db")
    store.refresh()
    assert reader.validities() == {}
    assert store.events("acme") == ()


def test_a_file_that_is_gone_is_not_fresh(
    folder: Path, sqlite_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """Where the file is gone, looking fails and the bound stays; when it is back, all is well."""
    store = open_at(sqlite_url)
    store.refresh()
    until = store.fresh_until
    shutil.move(folder / "consents.db", folder / "elsewhere.db")
    with pytest.raises(LedgerError):
        store.refresh()
    assert store.fresh_until == until
    shutil.move(folder / "elsewhere.db", folder / "consents.db")
    store.refresh()
    assert store.fresh_until > until


# --- PostgreSQL ----------------------------------------------------------------------------------


def test_the_listener_tells_without_being_asked(
    postgres_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """A notification reaches the subscribers at once, and names the account alone."""
    store, other = open_at(postgres_url, max_staleness=30), Ledger(open_at(postgres_url))
    reader = CachedReader(store)
    store.refresh()
    _eventually(lambda: reader.told.count(None) >= 2, "the listener has begun")
    begun = store.fresh_until
    _eventually(lambda: store.fresh_until > begun, "it has asked for the position")
    reader.told.clear()
    other.give(RECORD)
    other.give(record(2, "zenith"))
    _eventually(lambda: reader.told == ["acme", "zenith"], "both accounts are told")


def test_the_heartbeat_keeps_what_is_known_fresh(
    postgres_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """While the listener is well, nobody has to look: the bound moves on by itself."""
    store = open_at(postgres_url, max_staleness=0.5)
    store.refresh()
    first = store.fresh_until
    _eventually(lambda: store.fresh_until > first + 1.0, "the bound has moved on")


@pytest.mark.parametrize("end", ["position = position + 1", "hash = 'another'"])
def test_a_lost_notification_is_found_by_the_heartbeat(
    postgres_url: str, open_at: Callable[..., SqlStore], end: str
) -> None:
    """An event that nobody was told of is noticed: one more, or another in the place of the last.

    The latter is so where a standby takes over that lacked the last event, and is written to.
    """
    store = open_at(postgres_url, max_staleness=0.5)
    reader = CachedReader(store)
    store.refresh()
    _eventually(lambda: reader.told.count(None) >= 2, "the listener has begun")
    reader.told.clear()
    change(postgres_url, f"UPDATE residency_ledger SET {end}")
    _eventually(lambda: None in reader.told, "the change is told")


def test_a_cut_listener_comes_back(
    server: PostgresServer, open_at: Callable[..., SqlStore]
) -> None:
    """When the listener's connection breaks, it connects again, listens, and has all forgotten."""
    name = server.create_database()
    create_ledger(server.url(name))
    with proxied(server.port) as proxy:
        store = open_at(server.url(name, port=proxy.port), max_staleness=0.5)
        other = Ledger(open_at(server.url(name)))
        other.give(RECORD)
        reader = CachedReader(store)
        assert reader.validities()["consent-1"] is Validity.VALID
        for _ in range(3):
            _eventually(lambda: store.fresh_until > monotonic(), "it is fresh")
            reader.told.clear()
            proxy.cut()
            _eventually(lambda: None in reader.told, "all is forgotten")
            _eventually(lambda: store.fresh_until > monotonic(), "it is fresh again")
        other.withdraw("consent-1")
        _eventually(lambda: "acme" in reader.told or None in reader.told, "the withdrawal is told")
        store.close()


def test_a_partitioned_listener_is_not_relied_on(
    server: PostgresServer, open_at: Callable[..., SqlStore]
) -> None:
    """Where nothing gets through, what is kept expires within the bound, and looking fails in time.

    Once the way is free again, the same store recovers, and knows what it missed.
    """
    name = server.create_database()
    create_ledger(server.url(name))
    with proxied(server.port) as proxy:
        store = open_at(server.url(name, port=proxy.port), max_staleness=0.5, timeout=1.0)
        other = Ledger(open_at(server.url(name)))
        other.give(RECORD)
        reader = CachedReader(store)
        assert reader.validities()["consent-1"] is Validity.VALID
        proxy.partition()
        other.withdraw("consent-1")
        withdrawn = monotonic()
        permitted_last = withdrawn
        while monotonic() < withdrawn + 2.0:
            began = monotonic()
            try:
                validity = reader.validities()["consent-1"]
            except LedgerError:
                validity = Validity.UNVERIFIABLE
            if validity is Validity.VALID:
                permitted_last = began
        assert permitted_last - withdrawn <= 0.5
        proxy.heal()

        def sees_it() -> bool:
            try:
                return reader.validities()["consent-1"] is Validity.WITHDRAWN
            except LedgerError:
                return False

        _eventually(sees_it, "the withdrawal is seen")
        store.close()


def test_a_listener_in_front_of_newer_tables_is_lost(
    postgres_url: str, open_at: Callable[..., SqlStore]
) -> None:
    """Where the tables become newer than the library, nothing stays fresh."""
    store = open_at(postgres_url, max_staleness=0.5)
    store.refresh()
    change(postgres_url, "UPDATE residency_ledger SET version = 99")
    _eventually(lambda: store.fresh_until < monotonic(), "the bound has passed")
    with pytest.raises(LedgerError, match="99"):
        store.refresh()


def test_closing_stops_the_listener(postgres_url: str, open_at: Callable[..., SqlStore]) -> None:
    """After closing, no thread of the store is left, and none starts again."""
    store = open_at(postgres_url)
    store.refresh()
    store.refresh()

    def listeners() -> int:
        return [thread.name for thread in threading.enumerate()].count("residency-listener")

    before = listeners()
    store.close()
    assert listeners() == before - 1


def _registered(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Return the list to which is added what is to happen in the child of a fork."""
    in_child: list[Callable[[], None]] = []

    def register(*, after_in_child: Callable[[], None]) -> None:
        in_child.append(after_in_child)

    monkeypatch.setattr(os, "register_at_fork", register)
    return in_child


def test_a_child_forgets_all_that_it_inherited(
    sqlite_url: str, open_at: Callable[..., SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the child of a fork a store claims nothing to be fresh, and opens what it needs anew."""
    in_child = _registered(monkeypatch)
    store = open_at(sqlite_url, max_staleness=60)
    ledger, reader = Ledger(store), CachedReader(store)
    ledger.give(RECORD)
    reader.validities()
    reader.told.clear()
    in_child[0]()
    assert store.fresh_until < monotonic()
    assert reader.validities()["consent-1"] is Validity.VALID
    assert None in reader.told  # what was kept before the fork was not relied on after it
    assert ledger.withdraw("consent-1") is True


def test_a_store_that_is_gone_is_left_alone(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fork after a store was dropped does nothing, and kept nothing of it alive."""
    in_child = _registered(monkeypatch)
    store = open_store(sqlite_url)
    alive = weakref.ref(store)
    store.close()
    del store
    gc.collect()
    assert alive() is None
    in_child[0]()


# --- fork ----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_worker_shares_nothing(url: str, open_at: Callable[..., SqlStore]) -> None:
    """A worker forked from a process with an open store reads, writes and looks by itself."""
    store = open_at(url, max_staleness=60)
    ledger, reader = Ledger(store), CachedReader(store)
    ledger.give(RECORD)
    assert reader.validities()["consent-1"] is Validity.VALID
    child = os.fork()
    if child == 0:
        code = 1
        try:
            stale = store.fresh_until < monotonic()
            seen = reader.validities()["consent-1"] is Validity.VALID
            code = 0 if stale and seen and ledger.withdraw("consent-1") else 2
            code = code or (0 if store.fresh_until > monotonic() else 3)
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.refresh()
    assert reader.validities()["consent-1"] is Validity.WITHDRAWN
    assert ledger.give(evolve(RECORD, record_id="consent-2")) is True
