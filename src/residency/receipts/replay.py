"""Deciding a receipt again: offline, from what it holds and the policy document alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, cast, final

from residency.account import Account, Agreement
from residency.checks import require_text
from residency.consent import ConsentEvent, EventStore, Ledger
from residency.consent.codec import event_from_json
from residency.designation import Designation
from residency.errors import ErrorKind, LedgerError, ResidencyError
from residency.exemption import Invocation
from residency.guard import Guard
from residency.placement import Router
from residency.receipts.receipt import RECEIPT_FORMAT, Body, answer_of
from residency.table import Subject
from residency.transfer import Context

__all__ = ["Agreed", "RecordedEvents", "Replay", "replay"]


class Agreed(StrEnum):
    """What came of deciding a receipt again."""

    YES = "agrees"
    NO = "differs"
    ANOTHER_REVISION = "another-revision"
    """The policy or the data is of another revision: nothing can be said."""
    UNKNOWN_POLICY = "unknown-policy"
    """The policy that it names is not at hand."""
    UNREADABLE = "unreadable"
    """The receipt's inputs cannot be read, or its format is newer."""


class Replay(NamedTuple):
    """The answer to a receipt that is decided again.

    Args:
        agreed: whether it agrees.
        found: what is decided now; None if nothing is.
        error: the kind of the refusal, where there was one.
    """

    agreed: Agreed
    found: Mapping[str, Any] | None = None
    error: str | None = None


@final
class RecordedEvents:
    """A store that holds what a receipt says the ledger held; None: it could not be read."""

    __slots__ = ("_held",)

    def __init__(self, held: tuple[ConsentEvent, ...] | None) -> None:
        self._held = held

    def append(self, event: ConsentEvent) -> bool:
        """Refuse: what is recorded is never added to."""
        raise NotImplementedError(event)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return what was recorded."""
        del account
        if self._held is None:
            message = "the ledger could not be read when the decision was made"
            raise LedgerError(message, kind=ErrorKind.UNAVAILABLE)
        return self._held

    def account_of(self, record_id: str) -> str | None:
        """Refuse: nothing asks this of a store that takes no events."""
        raise NotImplementedError(record_id)


def replay(body: Body, router: Router) -> Replay:
    """Decide a receipt again.

    The engine is asked as it was then, over a ledger that holds what the receipt holds, with the
    receipt's moment. No clock is read, no ledger, and no network.

    Args:
        body: the receipt.
        router: the compiled policy, of the revision that the receipt names.
    """
    try:
        if body["format"] != RECEIPT_FORMAT:
            return Replay(Agreed.UNREADABLE)
        if body["policy"]["revision"] != router.policy.reference.revision:
            return Replay(Agreed.ANOTHER_REVISION)
        request, held = body["request"], body["events"]
        events = None if held is None else tuple(map(event_from_json, held))
        store: EventStore = RecordedEvents(events)
        guard = Guard(router, Ledger(store), exemptions=request["exemptions"])
        subject = _subject(body["subject"])
        decision = guard.decide(
            subject,
            None if isinstance(subject, Designation) else request["solution"],
            to=request["to"],
            context=_context(request, body["at"]),
        )
    except ResidencyError as error:
        return Replay(Agreed.UNREADABLE, error=str(error.kind))
    except (KeyError, TypeError, ValueError, AttributeError):
        return Replay(Agreed.UNREADABLE)
    found = answer_of(decision)
    return Replay(Agreed.YES if found == body.get("decision") else Agreed.NO, found)


def _context(request: Mapping[str, Any], at: object) -> Context:
    invoked = request["exemption"]
    return Context(
        category=request["category"],
        purpose=request["purpose"],
        source=request["source"],
        at=_moment(at),
        exemption=None if invoked is None else _invocation(invoked),
    )


def _invocation(stated: Mapping[str, Any]) -> Invocation:
    times = {name: stated[name] and _moment(stated[name]) for name in ("valid_from", "valid_until")}
    return Invocation(**{**stated, **times})


def _subject(stated: Mapping[str, Any]) -> Subject:
    if "designation" in stated:
        return Designation.from_json(stated["designation"])
    account = stated["account"]
    agreements = tuple(
        Agreement(**{**each, "date": _day(each["date"])}) for each in account["agreements"]
    )
    return Account(
        account["id"],
        account["setup_country"],
        account["order_entity"],
        setup_date=_day(account["setup_date"]),
        agreements=agreements,
    )


def _day(value: object) -> date:
    return date.fromisoformat(require_text(value, "a day"))


def _moment(value: object) -> datetime:
    return datetime.fromisoformat(require_text(cast("str", value), "a moment"))
