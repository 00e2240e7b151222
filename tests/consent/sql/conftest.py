"""Databases for the tests: files of SQLite, and databases of a PostgreSQL that we start."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve

from residency.consent import ConsentRecord, Expression, PartyRole
from residency.consent.sql import SqlStore, create_ledger, open_store
from tests.servers.postgres import PostgresServer, PostgresUnavailableError, running

RECORD = ConsentRecord(
    record_id="consent-1",
    account="acme",
    controller="XMedius Solutions Inc.",
    privacy_notice="xmedius/2020-11-01",
    solutions=frozenset(("xm-fax",)),
    categories=frozenset(("*",)),
    purposes=frozenset(("*",)),
    source_zone="EU",
    destination_zones=frozenset(("country:GB",)),
    event_time=datetime(2021, 3, 2, 9, 30, tzinfo=UTC),
    expression=Expression.EXPLICIT,
    party_name="Erika Mustermann",
    party_role=PartyRole.ADMINISTRATOR,
    method="web form",
)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL; where none can be had the tests are skipped, but never in CI."""
    try:
        # Only the machine's own failure needs fsync, and no test here can cause that.
        with running("fsync=off") as started:
            yield started
    except PostgresUnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for files of SQLite, in memory where the machine has such a place."""
    fast = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(dir=fast if os.access(fast, os.W_OK) else None))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def sqlite_url(folder: Path) -> str:
    """The URL of a new ledger in SQLite."""
    url = f"sqlite:///{folder / 'consents.db'}"
    create_ledger(url)
    return url


@pytest.fixture
def postgres_url(server: PostgresServer) -> str:
    """The URL of a new ledger in PostgreSQL."""
    url = server.url(server.create_database())
    create_ledger(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a new ledger, once of each kind."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(kind))


@pytest.fixture
def open_at() -> Iterator[Callable[..., SqlStore]]:
    """What opens stores, which are closed in the end."""
    opened: list[SqlStore] = []

    def open_one(url: str, *, max_staleness: float = 1.0, timeout: float = 5.0) -> SqlStore:
        opened.append(open_store(url, max_staleness=max_staleness, timeout=timeout))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


def record(number: int, account: str = "acme") -> ConsentRecord:
    """Return a record like :data:`RECORD` with another id."""
    return evolve(RECORD, record_id=f"consent-{number}", account=account)
