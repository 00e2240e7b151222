"""The tables: made by an explicit call, versioned, upgraded in steps."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
import sqlalchemy
from sqlalchemy import Connection

from residency.consent import Ledger
from residency.consent.sql import (
    Head,
    SqlStore,
    create_ledger,
    ledger_head,
    ledger_status,
    schema,
    upgrade_ledger,
    verify_ledger,
)
from residency.consent.sql.chain import GENESIS
from residency.consent.sql.database import open_database
from residency.errors import ErrorKind, LedgerError
from tests.consent.sql.conftest import RECORD
from tests.consent.sql.rows import change
from tests.servers.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, folder: Path) -> str:
    """The URL of a database without tables, once of each kind."""
    if request.param == "sqlite":
        sqlite3.connect(folder / "empty.db").close()
        return f"sqlite:///{folder / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("server")
    return server.url(server.create_database())


def _kind(call: Callable[[], object]) -> object:
    with pytest.raises(LedgerError) as caught:
        call()
    return caught.value.kind


def test_making_the_tables_is_told_once(empty: str) -> None:
    """The tables are made by the first call, and left alone by the second."""
    assert ledger_status(empty).version == 0
    assert (create_ledger(empty), create_ledger(empty)) == (True, False)
    status = ledger_status(empty)
    assert (status.version, status.known) == (schema.SCHEMA_VERSION, schema.SCHEMA_VERSION)
    assert status.head == Head(0, GENESIS)


def test_tables_are_made_once_by_several(empty: str) -> None:
    """Where several processes make the tables at once, one makes them, and none fails."""
    made: list[bool] = []
    threads = [threading.Thread(target=lambda: made.append(create_ledger(empty))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, False, False, True]


def test_nothing_works_before_the_tables_are_made(
    empty: str, open_at: Callable[..., SqlStore]
) -> None:
    """Without tables each call fails with the command that makes them; none makes them."""
    ledger = Ledger(open_at(empty))
    calls: list[Callable[[], object]] = [
        lambda: ledger.give(RECORD),
        lambda: ledger.withdraw("consent-1"),
        lambda: ledger.events("acme"),
        lambda: open_at(empty).refresh(),
    ]
    if empty.startswith("sqlite"):
        calls.pop()  # its freshness needs no table
    for call in calls:
        with pytest.raises(LedgerError, match="residency ledger init") as caught:
            call()
        assert caught.value.kind == ErrorKind.NO_TABLES
    for refused in (upgrade_ledger, ledger_head, verify_ledger):
        assert _kind(lambda refused=refused: refused(empty)) == ErrorKind.NO_TABLES  # type: ignore[misc]  # one of three


def test_a_file_is_not_made_by_looking(folder: Path, open_at: Callable[..., SqlStore]) -> None:
    """A path without a file is refused, and no empty file appears there."""
    url = f"sqlite:///{folder / 'absent.db'}"
    for call in (lambda: open_at(url).events("acme"), lambda: ledger_status(url)):
        assert _kind(call) == ErrorKind.NO_TABLES
    assert not (folder / "absent.db").exists()


def test_newer_tables_are_refused(url: str, open_at: Callable[..., SqlStore]) -> None:
    """Tables of a version that the library does not know are neither read, written nor changed."""
    store = open_at(url)
    assert store.events("acme") == ()
    change(url, "UPDATE residency_ledger SET version = 99")
    ledger = Ledger(open_at(url))
    calls: list[Callable[[], object]] = [
        lambda: ledger.give(RECORD),
        lambda: ledger.events("acme"),
        lambda: Ledger(store).give(RECORD),
        lambda: create_ledger(url),
        lambda: upgrade_ledger(url),
        lambda: ledger_head(url),
        lambda: verify_ledger(url),
    ]
    for call in calls:
        assert _kind(call) == ErrorKind.NEWER_SCHEMA
    assert ledger_status(url).version == 99
    assert ledger_status(url).head is None


def test_older_tables_are_upgraded(
    url: str, open_at: Callable[..., SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older tables are refused until upgraded, which takes each missing step once."""
    Ledger(open_at(url)).give(RECORD)
    steps: list[int] = []

    def second(connection: Connection) -> None:
        connection.execute(sqlalchemy.text("CREATE TABLE residency_second (id integer)"))
        steps.append(2)

    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, second])
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 2)
    assert _kind(lambda: open_at(url).events("acme")) == ErrorKind.OLDER_SCHEMA
    assert _kind(lambda: create_ledger(url)) == ErrorKind.OLDER_SCHEMA
    assert [upgrade_ledger(url), upgrade_ledger(url)] == [1, 2]
    assert steps == [2]
    assert len(open_at(url).events("acme")) == 1


def test_a_step_that_fails_changes_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade that fails half-way leaves the tables at the version that they had."""

    def fails(connection: Connection) -> None:
        connection.execute(sqlalchemy.text("CREATE TABLE residency_second (id integer)"))
        connection.execute(sqlalchemy.text("CREATE TABLE residency_event (id integer)"))

    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, fails])
    assert _kind(lambda: upgrade_ledger(url)) == ErrorKind.UNAVAILABLE
    assert ledger_status(url).version == 1
    change(url, "CREATE TABLE residency_second (id integer)")


def test_the_file_is_as_durable_as_promised(sqlite_url: str) -> None:
    """The file is in WAL mode, and each of our connections writes with `synchronous=FULL`."""
    database = open_database(sqlite_url, timeout=5)
    database.deadline.at = monotonic() + 5
    with database.connection() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        full = 2
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == full
    database.close()


def test_postgresql_commits_are_on_the_disk(server: PostgresServer) -> None:
    """A database whose own default is to acknowledge before writing does not decide that for us."""
    name = server.create_database()
    change(server.url(name), f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = open_database(server.url(name), timeout=5)
    database.deadline.at = monotonic() + 5
    with database.connection() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
    database.close()
