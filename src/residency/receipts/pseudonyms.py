"""Pseudonyms: what identifies people in a receipt, replaced so that the verdict stays the same.

A decision compares some texts with one another (an account with an account, a recipient with a
recipient) and never looks inside them. So each is replaced by a keyed hash: equal texts stay equal,
different ones stay different, and without the key none can be told from another.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, cast, final

from residency.checks import require_instance
from residency.errors import ErrorKind, InputError
from residency.transfer import Reason

__all__ = ["MASKED", "Pseudonyms"]

_SHORTEST_KEY = 16
_DIGITS = 32

MASKED: Final = frozenset(
    (
        "evidence_reference",
        "evidence_sha256",
        "party_name",
        "pii_principal_id",
        "reason",
        "recipient_third_parties",
    )
)
"""The fields of an event and its record that are replaced, by their names in ISO/IEC TS 27560."""


@final
class Pseudonyms:
    """Replaces the account's id, and the texts in agreements, exemptions and events.

    So is a destination that is no known place: it was denied as what it is, free text, and so is
    its pseudonym. What the policy and the records have words for is kept, since it is compared
    with them: places, solutions, categories, purposes, exemptions and providers.

    Kept are the ids of consent records and events, which a decision orders and names: choose ids
    that say nothing of a person. An event's id that holds the account's id is replaced too.

    Args:
        key: a secret of at least 16 bytes, the same for all receipts that are to be told together.

    Raises:
        InputError: the key is not ``bytes`` (TYPE), or too short (MALFORMED).
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = require_instance(key, bytes, "the key")
        if len(key) < _SHORTEST_KEY:
            message = f"the key has {len(key)} bytes: use at least {_SHORTEST_KEY} random ones"
            raise InputError(message, kind=ErrorKind.MALFORMED)

    def of(self, text: str) -> str:
        """Return the pseudonym of a text: the same for the same text and key."""
        mac = hmac.new(self._key, text.encode("utf-8", "surrogatepass"), sha256)
        return f"hmac-{mac.hexdigest()[:_DIGITS]}"

    def mask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a receipt in which whatever identifies people is replaced."""
        request = body["request"]
        is_known = body["decision"]["reason"] != Reason.UNKNOWN_DESTINATION
        events = body["events"]
        return {
            **body,
            "subject": self._subject(body["subject"]),
            "request": {
                **request,
                "to": request["to"] if is_known else self._texts(request["to"]),
                "exemption": self._invocation(request["exemption"]),
            },
            "events": None if events is None else [self._event(each) for each in events],
            "masked": True,
        }

    def _texts(self, texts: str | list[str]) -> str | list[str]:
        return self.of(texts) if isinstance(texts, str) else [self.of(each) for each in texts]

    def _subject(self, subject: Mapping[str, Any]) -> dict[str, Any]:
        if "designation" in subject:
            held = json.loads(subject["designation"])
            agreement = held["agreement"]
            held["account"] = self.of(held["account"])
            held["agreement"] = None if agreement is None else self._agreement(agreement)
            return {"designation": json.dumps(held, ensure_ascii=False)}
        account = subject["account"]
        agreements = [self._agreement(each) for each in account["agreements"]]
        return {"account": {**account, "id": self.of(account["id"]), "agreements": agreements}}

    def _agreement(self, agreement: Mapping[str, Any]) -> dict[str, Any]:
        return {**agreement, "reference": self.of(agreement["reference"])}

    def _invocation(self, invocation: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if invocation is None:
            return None
        texts = {name: invocation[name] for name in ("reference", "safeguards")}
        return {**invocation, **{name: text and self.of(text) for name, text in texts.items()}}

    def _event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        masked = {name: self._field(name, value) for name, value in event.items()}
        if event["pii_principal_id"] in event["event_id"]:
            masked["event_id"] = self.of(event["event_id"])
        if "consent_record" in event:
            record = cast("Mapping[str, Any]", event["consent_record"])
            masked["consent_record"] = {
                name: self._field(name, value) for name, value in record.items()
            }
        return masked

    def _field(self, name: str, value: Any) -> Any:
        if name not in MASKED:
            return value
        if isinstance(value, list):
            return self._texts(cast("list[str]", value))
        # A digest of the evidence stays one by its form.
        return (
            self.of(value)
            if name != "evidence_sha256"
            else sha256(self.of(value).encode()).hexdigest()
        )
