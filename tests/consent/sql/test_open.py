"""What a URL may name, and what opening one does."""

import subprocess
import sys
import traceback

import pytest

from residency import open_ledger
from residency.consent.sql import open_store
from residency.errors import ErrorKind, InputError, LedgerError


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "memory",
        "mysql://user:secret@host/db",
        "mongodb://user:secret@host/db",
        "secret@host",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=memory",
        "sqlite:///a.db?password=secret",
        "sqlite://host/a.db",
        "sqlite://:secret@/a.db",
        "sqlite+pysqlcipher://:secret@/a.db",
        "postgresql+asyncpg://user:secret@host/db",
        "mysql://host/db?password=secret",
        "postgresql://user:secret@host:port/db",
        "sqlite:nonsense",
    ],
)
def test_unknown_ledgers_are_refused(url: str) -> None:
    """A URL that names no ledger is refused when it is opened, without showing a password."""
    with pytest.raises(LedgerError) as caught:
        open_ledger(url)
    assert caught.value.kind == ErrorKind.UNKNOWN_LEDGER
    shown = (*caught.value.args, caught.value.value, *caught.value.suggestions)
    assert "secret" not in str(shown)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:secret@127.0.0.1:1/db",
        "postgresql://user:secret@127.0.0.1:1/db?nonsense=secret",
        "postgresql://user:secret@[nonsense/db",
    ],
)
def test_a_password_is_in_no_message(
    url: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong with a database is told without its password, at every level of logging."""
    caplog.set_level(0)
    ledger = open_ledger(url, timeout=2)
    with pytest.raises(LedgerError) as caught:
        ledger.events("acme")
    shown = "".join(traceback.format_exception(caught.value, chain=True))
    assert "secret" not in f"{shown}{ledger!r}{caught.value.value}{caplog.text}{capfd.readouterr()}"
    ledger.close()


def test_opening_needs_no_database() -> None:
    """A ledger whose database is down can be opened: the worker starts, and denies."""
    ledger = open_ledger("postgresql://nobody@127.0.0.1:1/none", timeout=2)
    with pytest.raises(LedgerError) as caught:
        ledger.events("acme")
    assert caught.value.kind == ErrorKind.UNAVAILABLE
    ledger.close()


def test_a_ledger_in_memory_can_be_closed() -> None:
    """Closing works for every ledger, also for one that holds nothing open."""
    ledger = open_ledger("memory:")
    ledger.close()
    assert ledger.events("acme") == ()


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 10**9, "1", None])
def test_durations_are_checked(seconds: float) -> None:
    """A bound or timeout that is no sensible number of seconds is refused."""
    for name in ("max_staleness", "timeout"):
        with pytest.raises(InputError, match=name):
            open_store("sqlite:///a.db", **{name: seconds})


_WITHOUT_PSYCOPG = """
import sys
sys.modules["psycopg"] = None
from residency import open_ledger
try:
    open_ledger("postgresql://nobody@127.0.0.1/none")
except ImportError as error:
    print(type(error).__name__, error)
"""


def test_postgresql_without_its_driver_names_the_extra() -> None:
    """Where SQLAlchemy is there and psycopg is not, PostgreSQL is refused with what to install."""
    ran = subprocess.run([sys.executable, "-c", _WITHOUT_PSYCOPG], capture_output=True, check=True)
    assert ran.stdout.startswith(b"MissingExtraError")
    assert b"residency[postgres]" in ran.stdout
