"""Accounts, consents and stores to start a test from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from residency import Account, ConsentRecord
from residency.consent import ConsentEvent, EventKind, Expression, PartyRole

NOON = datetime(2023, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def noon() -> datetime:
    """Tell the time of a clock that stands still."""
    return NOON


def german(account: str = "acme") -> Account:
    """Return an account that the xmedius policy designates for zone EU, by §5(ii)."""
    return Account(account, "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))


def consent(**changes: Any) -> ConsentRecord:
    """Return a consent of `acme` to bring all its xm-fax data from EU to US, valid at noon."""
    fields: dict[str, Any] = {
        "record_id": "r-1",
        "account": "acme",
        "controller": "XMedius Solutions Inc.",
        "privacy_notice": "2020-11-01",
        "solutions": frozenset({"xm-fax"}),
        "categories": frozenset({"*"}),
        "purposes": frozenset({"*"}),
        "source_zone": "EU",
        "destination_zones": frozenset({"US"}),
        "event_time": NOON - DAY,
        "expression": Expression.EXPLICIT,
        "party_name": "Jo Doe",
        "party_role": PartyRole.ADMINISTRATOR,
        "method": "web form",
    }
    return ConsentRecord(**fields | changes)


def event(kind: EventKind, record: ConsentRecord, event_id: str | None = None) -> ConsentEvent:
    """Return an event in the life of a record."""
    carries = kind in {EventKind.GIVEN, EventKind.RENEWED}
    return ConsentEvent(
        event_id=event_id or f"{kind}:{record.record_id}",
        kind=kind,
        record_id=record.record_id,
        account=record.account,
        event_time=NOON,
        record=record if carries else None,
    )


def given(record: ConsentRecord) -> ConsentEvent:
    """Return the event of a consent being given."""
    return event(EventKind.GIVEN, record)


class Store:
    """A store that answers every read with what a function returns, or as it raises."""

    def __init__(self, answer: Callable[[], Any]) -> None:
        self.reads = 0
        self._answer = answer

    def append(self, event: ConsentEvent) -> bool:
        """Refuse: nothing is written to this store."""
        raise NotImplementedError(event)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Count the read and answer it."""
        del account
        self.reads += 1
        answer: tuple[ConsentEvent, ...] = self._answer()
        return answer

    def account_of(self, record_id: str) -> str | None:
        """Refuse: nothing is written to this store."""
        raise NotImplementedError(record_id)
