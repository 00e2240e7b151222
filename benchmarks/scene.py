"""What every benchmark starts from: the floor, accounts, consents and guards."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from residency import Account, ConsentRecord, Decision, Guard, Router, load_policy, open_ledger
from residency.consent import ConsentEvent, EventKind, Expression, Ledger, PartyRole
from residency.consent.sql import create_ledger

ROUTER = Router(load_policy("xmedius"))
SETUP = date(2021, 3, 1)
# Long ago, so that a record made now covers the whole run.
GIVEN = datetime(2022, 1, 1, tzinfo=UTC)
VALID_DAYS = 36_500
ENTITY = "XMedius Europe SAS"


class Floor:
    """The yardstick: a slotted object's method that returns one look-up of a pair in a dict."""

    __slots__ = ("table",)

    def __init__(self, table: dict[tuple[str, str], object]) -> None:
        self.table = table

    def get(self, first: str, second: str) -> object:
        """Return what stands in the table."""
        return self.table[first, second]


def account(number: int, country: str = "Germany") -> Account:
    """Return the account with a number."""
    return Account(f"account-{number}", country, ENTITY, setup_date=SETUP)


def given(account_id: str) -> ConsentEvent:
    """Return the event by which an account consented to all its fax data going from EU to US."""
    record = ConsentRecord(
        record_id=f"consent-{account_id}",
        account=account_id,
        controller="XMedius Solutions Inc.",
        privacy_notice="2020-11-01",
        solutions=frozenset({"xm-fax"}),
        categories=frozenset({"*"}),
        purposes=frozenset({"*"}),
        source_zone="EU",
        destination_zones=frozenset({"US"}),
        event_time=GIVEN,
        valid_until=GIVEN + timedelta(days=VALID_DAYS),
        expression=Expression.EXPLICIT,
        party_name="Jo Doe",
        party_role=PartyRole.ADMINISTRATOR,
        method="web form",
    )
    return ConsentEvent(
        event_id=f"given-{account_id}",
        kind=EventKind.GIVEN,
        record_id=record.record_id,
        account=account_id,
        event_time=GIVEN,
        record=record,
    )


# A real database file, which goes when the process does; a process lasts less than an hour.
_FOLDER = tempfile.TemporaryDirectory(prefix="residency-bench-")


def shared_ledger() -> Ledger:
    """Return a ledger in SQLite, which other processes may change too."""
    url = f"sqlite:///{_FOLDER.name}/{uuid4().hex}.db"
    create_ledger(url)
    return open_ledger(url, max_staleness=3_600)


def guards(consenting: Account) -> tuple[Guard, Guard]:
    """Return a guard over a ledger of this process, and one over a ledger that others share."""
    ledgers = open_ledger("memory:"), shared_ledger()
    for ledger in ledgers:
        ledger.append(given(consenting.id))
    private, shared = (Guard(ROUTER, ledger) for ledger in ledgers)
    return private, shared


def warm(guard: Guard, subject: Account) -> list[Decision]:
    """Make a guard's first decisions of each kind, so that the next ones are warm."""
    return [guard.decide(subject, "xm-fax", to=to) for to in ("zone:EU", "zone:US") for _ in "ab"]
