"""What every benchmark starts from: the floor, accounts, consents and guards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import monotonic

from residency import Account, ConsentRecord, Decision, Guard, Router, load_policy
from residency.consent import ConsentEvent, EventKind, Expression, Ledger, MemoryStore, PartyRole

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


class SharedStore:
    """A store that says of itself, as a database would, for how long what was read is fresh."""

    def __init__(self) -> None:
        held = MemoryStore()
        self.append, self.events = held.append, held.events
        self.account_of, self.subscribe = held.account_of, held.subscribe
        self.fresh_until = monotonic() + 86_400

    def refresh(self) -> None:
        """Stay as fresh as at the start."""
        self.fresh_until = monotonic() + 86_400


def guards(consenting: Account) -> tuple[Guard, Guard]:
    """Return a guard over a ledger of this process, and one over a ledger that others share."""
    stores = MemoryStore(), SharedStore()
    for store in stores:
        store.append(given(consenting.id))
    private, shared = (Guard(ROUTER, Ledger(store)) for store in stores)
    return private, shared


def warm(guard: Guard, subject: Account) -> list[Decision]:
    """Make a guard's first decisions of each kind, so that the next ones are warm."""
    return [guard.decide(subject, "xm-fax", to=to) for to in ("zone:EU", "zone:US") for _ in "ab"]
