"""A receipt: everything that one decision rested on, so that it can be decided again.

It holds the request, the policy's revision, the moment, the consent events that the ledger held for
the account where the decision depended on them, and the answer. It is a plain object, to be written
as canonical JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any, Final, TypeAlias, cast

from residency.account import Account
from residency.checks import items_of, require_instance, require_moment
from residency.consent import ConsentEvent
from residency.consent.codec import event_to_json
from residency.designation import Designation
from residency.errors import quote
from residency.exemption import Invocation
from residency.receipts.pseudonyms import Pseudonyms
from residency.table import Subject
from residency.transfer import Context, Decision, Reason

__all__ = ["RECEIPT_FORMAT", "Body", "answer_of", "reads_ledger", "receipt_of"]

RECEIPT_FORMAT: Final = 1
"""The version of the form of a receipt."""

Body: TypeAlias = Mapping[str, Any]
"""What a receipt says, before it takes its place in a chain."""

_NO_CONTEXT = Context()
_MOST_PLACES = 257
_LONGEST_TEXT = 257

_WITHOUT_LEDGER = frozenset(
    (Reason.WITHIN_ZONE, Reason.UNKNOWN_DESTINATION, Reason.UNDECLARED_HOSTING)
)


def reads_ledger(decision: Decision) -> bool:
    """Say whether a decision depended on what the ledger holds."""
    return decision.reason not in _WITHOUT_LEDGER


def receipt_of(
    decision: Decision,
    subject: Subject,
    *,
    to: str | Iterable[str],
    at: datetime,
    context: Context | None = None,
    events: Iterable[ConsentEvent] | None = (),
    exemptions: bool = True,
    pseudonyms: Pseudonyms | None = None,
) -> Body:
    """Return the receipt of a decision.

    Args:
        decision: what a guard decided.
        subject: the account or designation that it was asked about.
        to: the destination, as it was asked.
        at: the moment of the decision; the context's own comes first.
        context: the context, as it was asked.
        events: the events that the ledger held for the account; None where it could not be read.
            They are left out where the decision did not depend on them, and told once each.
        exemptions: whether exemptions counted.
        pseudonyms: replace what identifies people; None to keep it.

    Raises:
        InputError: an argument is of another type, or the moment is naive.
    """
    require_instance(decision, Decision, "the decision")
    known = _NO_CONTEXT if context is None else require_instance(context, Context, "the context")
    body: dict[str, Any] = {
        "format": RECEIPT_FORMAT,
        "software": _software(),
        "policy": {
            "id": decision.policy.id,
            "effective": decision.policy.effective.isoformat(),
            "revision": decision.policy.revision,
        },
        "at": require_moment(known.at or at, "the moment of the decision").isoformat(),
        "subject": _subject(subject),
        "request": {
            "solution": decision.solution,
            "to": _texts(to),
            "source": None if known.source is None else _texts(known.source),
            "category": known.category,
            "purpose": known.purpose,
            "exemption": None if known.exemption is None else _invocation(known.exemption),
            "exemptions": require_instance(exemptions, bool, "exemptions"),
        },
        "events": None if events is None else _events(decision, events),
        "decision": answer_of(decision),
    }
    return body if pseudonyms is None else pseudonyms.mask(body)


@cache
def _software() -> str:
    return f"residency {version('residency')}"


def answer_of(decision: Decision) -> dict[str, Any]:
    """Return what was decided, as a receipt has it."""
    return {
        "permitted": decision.permitted,
        "reason": str(decision.reason),
        "clauses": list(decision.clauses),
        "zones": list(decision.zones),
        "consent_ids": list(decision.consent_ids),
        "obligations": list(decision.obligations),
    }


def _events(decision: Decision, events: Iterable[ConsentEvent]) -> list[dict[str, object]]:
    if not reads_ledger(decision):
        return []
    # What a ledger holds is a set; in one order, equal ledgers give equal receipts.
    held = {json.dumps(each, sort_keys=True): each for each in map(event_to_json, events)}
    return [held[text] for text in sorted(held)]


def _subject(subject: Subject) -> dict[str, Any]:
    if isinstance(subject, Designation):
        return {"designation": subject.to_json()}
    account = require_instance(subject, Account, "the account")
    entity = account.order_entity
    return {
        "account": {
            "id": account.id,
            "setup_country": _text(account.setup_country),
            "order_entity": None if entity is None else _text(entity),
            "setup_date": account.setup_date.isoformat(),
            "agreements": [
                {
                    "solution": each.solution,
                    "zone": each.zone,
                    "reference": each.reference,
                    "date": each.date.isoformat(),
                }
                for each in account.agreements
            ],
        }
    }


def _invocation(invocation: Invocation) -> dict[str, Any]:
    start, end = invocation.valid_from, invocation.valid_until
    return {
        "exemption": invocation.exemption,
        "personnel": list(invocation.personnel),
        "provider": invocation.provider,
        "reference": invocation.reference,
        "safeguards": invocation.safeguards,
        "handling": invocation.handling,
        "valid_from": start and start.isoformat(),
        "valid_until": end and end.isoformat(),
    }


def _texts(places: object) -> str | list[str]:
    """Return places as they were written, as far as that makes a difference.

    A destination may be anything at all, and is then denied; of what is no text, the type is kept.
    One place too many, or one character, is as far over the limit as a million.
    """
    items = items_of(places)
    if items is None:
        return _text(places)
    texts = [_text(each) for each in items[:_MOST_PLACES]]
    # A set has no order; a list is kept as it is.
    return sorted(texts) if issubclass(type(places), (set, frozenset)) else texts


def _text(given: object) -> str:
    """Return a text as the guard reads it, or quoted where JSON cannot hold it."""
    if not issubclass(type(given), str):
        return quote(given)
    # A subclass may redefine anything; as everywhere, its plain text is taken without asking it.
    plain = str.__str__(cast("str", given))
    if any("\ud800" <= sign <= "\udfff" for sign in plain):
        return quote(plain)
    return plain[:_LONGEST_TEXT]
