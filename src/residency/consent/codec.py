"""Records and events as JSON, with the field names of ISO/IEC TS 27560:2023.

One object for a record and one for an event, for the databases, the command line and whatever
consent-management system is at the other end. What the standard has no field for (the zone that
data leaves, the bounds of validity as moments, the evidence) has a name of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar, cast

from residency.checks import items_of
from residency.consent.event import ConsentEvent, EventKind
from residency.consent.record import ConsentRecord, Expression, PartyRole
from residency.errors import ConsentError, ErrorKind, quote, quote_type

__all__ = [
    "EVENT_KEYS",
    "LONGEST_JSON",
    "RECORD_KEYS",
    "event_from_json",
    "event_to_json",
    "record_from_json",
    "record_to_json",
    "to_text",
]

LONGEST_JSON: Final = 262_144
"""The longest event, in bytes of JSON, that a ledger takes."""

_Term = TypeVar("_Term", bound=StrEnum)
_Object = Mapping[str, object]

_TEXTS = {
    "record_id": "record_id",
    "account": "pii_principal_id",
    "privacy_notice": "privacy_notice",
    "source_zone": "source_location",
    "party_name": "party_name",
    "method": "collection_method",
    "schema_version": "schema_version",
}
_OPTIONAL_TEXTS = {
    "evidence_reference": "evidence_reference",
    "evidence_sha256": "evidence_sha256",
    "language": "language",
    "jurisdiction": "jurisdiction",
    "withdrawal_method": "withdrawal_method",
}
_SETS = {
    "solutions": "services",
    "purposes": "purposes",
    "destination_zones": "storage_locations",
}
# One controller and at most one recipient: the standard allows several, a record of ours does not.
_SINGLE = {"controller": "pii_controllers"}
_OPTIONAL_SINGLE = {"recipient": "recipient_third_parties"}

RECORD_KEYS = frozenset(
    (
        *_TEXTS.values(),
        *_OPTIONAL_TEXTS.values(),
        *_SETS.values(),
        *_SINGLE.values(),
        *_OPTIONAL_SINGLE.values(),
        "event_time",
        "event_type",
        "party_role",
        "pii_information",
        "valid_from",
        "valid_until",
    )
)
EVENT_KEYS = frozenset(
    (
        "event_id",
        "event_state",
        "record_id",
        "pii_principal_id",
        "event_time",
        "reason",
        "consent_record",
    )
)


def record_to_json(record: ConsentRecord) -> dict[str, object]:
    """Return a record as an object that JSON can hold; fields without a value are left out."""
    written: dict[str, object] = {key: getattr(record, name) for name, key in _TEXTS.items()}
    for name, key in _SETS.items():
        written[key] = sorted(getattr(record, name))
    written["pii_information"] = [{"pii_type": each} for each in sorted(record.categories)]
    written["pii_controllers"] = [record.controller]
    if record.recipient is not None:
        written["recipient_third_parties"] = [record.recipient]
    for name, key in _OPTIONAL_TEXTS.items():
        if getattr(record, name) is not None:
            written[key] = getattr(record, name)
    written["party_role"] = str(record.party_role)
    written["event_type"] = str(record.expression)
    written["event_time"] = record.event_time.isoformat()
    written["valid_from"] = record.valid_from.isoformat()
    if record.valid_until is not None:
        written["valid_until"] = record.valid_until.isoformat()
    return written


def record_from_json(value: object) -> ConsentRecord:
    """Return the record that an object written by :func:`record_to_json` holds.

    Raises:
        ConsentError: it is no such object; a field is missing, unknown or malformed.
        InputError: a time has no time zone.
    """
    held = _object(value, "the record", RECORD_KEYS)
    fields: dict[str, object] = {name: _get(held, key) for name, key in _TEXTS.items()}
    for name, key in _OPTIONAL_TEXTS.items():
        fields[name] = held.get(key)
    for name, key in _SETS.items():
        fields[name] = _get(held, key)
    for name, key in _SINGLE.items():
        fields[name] = _single(_get(held, key), key)
    for name, key in _OPTIONAL_SINGLE.items():
        fields[name] = _single(held[key], key) if key in held else None
    moment = _moment(held, "event_time")
    until = held.get("valid_until")
    return cast("Callable[..., ConsentRecord]", ConsentRecord)(
        **fields,
        categories=_pii_types(_get(held, "pii_information")),
        party_role=_term(held, "party_role", PartyRole),
        expression=_term(held, "event_type", Expression),
        event_time=moment,
        valid_from=_moment(held, "valid_from") if "valid_from" in held else moment,
        valid_until=None if until is None else _moment(held, "valid_until"),
    )


def event_to_json(event: ConsentEvent) -> dict[str, object]:
    """Return an event as an object that JSON can hold, with its record inside if it has one."""
    written: dict[str, object] = {
        "event_id": event.event_id,
        "event_state": str(event.kind),
        "record_id": event.record_id,
        "pii_principal_id": event.account,
        "event_time": event.event_time.isoformat(),
    }
    if event.reason is not None:
        written["reason"] = event.reason
    if event.record is not None:
        written["consent_record"] = record_to_json(event.record)
    return written


def event_from_json(value: object) -> ConsentEvent:
    """Return the event that an object written by :func:`event_to_json` holds.

    Raises:
        ConsentError: it is no such object; a field is missing, unknown or malformed.
        InputError: a time has no time zone.
    """
    held = _object(value, "the event", EVENT_KEYS)
    record = held.get("consent_record")
    return ConsentEvent(
        event_id=cast("str", _get(held, "event_id")),
        kind=_term(held, "event_state", EventKind),
        record_id=cast("str", _get(held, "record_id")),
        account=cast("str", _get(held, "pii_principal_id")),
        event_time=_moment(held, "event_time"),
        record=None if record is None else record_from_json(record),
        reason=cast("str | None", held.get("reason")),
    )


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def to_text(value: _Object) -> str:
    """Return an object as JSON on one line, always the same for the same object.

    Raises:
        ConsentError: it is longer than :data:`LONGEST_JSON` (TOO_LARGE).
    """
    text = _ENCODER.encode(value)
    if len(text.encode()) > LONGEST_JSON:
        message = f"the consent takes more than {LONGEST_JSON} bytes: shorten its fields"
        raise ConsentError(message, kind=ErrorKind.TOO_LARGE)
    return text


def _object(value: object, name: str, known: frozenset[str]) -> _Object:
    if not isinstance(value, dict):
        message = f"{name} is a {quote_type(value)}: write one JSON object"
        raise ConsentError(message, kind=ErrorKind.TYPE, value=value)
    held = cast("_Object", value)
    if not held.keys() <= known:
        unknown = min(map(str, held.keys() - known))
        message = f"{name} has an unknown field {quote(unknown)}: remove it"
        raise ConsentError(message, kind=ErrorKind.MALFORMED, value=unknown)
    return held


def _get(held: _Object, key: str) -> object:
    try:
        return held[key]
    except KeyError:
        message = f"{quote(key)} is missing: add it"
        raise ConsentError(message, kind=ErrorKind.MALFORMED, value=key) from None


def _single(value: object, key: str) -> object:
    items: tuple[object, ...] = items_of(value) or ()
    if len(items) != 1:
        message = f"{key} does not name exactly one: write a list of one text"
        raise ConsentError(message, kind=ErrorKind.MALFORMED, value=items)
    return items[0]


def _pii_types(value: object) -> list[object]:
    items: tuple[object, ...] = items_of(value) or (None,)
    return [
        _get(_object(item, "pii_information", frozenset(("pii_type",))), "pii_type")
        for item in items
    ]


def _moment(held: _Object, key: str) -> datetime:
    value = _get(held, key)
    try:
        return datetime.fromisoformat(cast("str", value))
    except (TypeError, ValueError):
        message = f"{key} is {quote(value)}: write a moment such as 2021-03-01T12:00:00Z"
        raise ConsentError(message, kind=ErrorKind.INVALID_DATE, value=value) from None


def _term(held: _Object, key: str, terms: type[_Term]) -> _Term:
    value = _get(held, key)
    try:
        return terms(cast("str", value))
    except ValueError:
        message = f"{key} is {quote(value)}: use one of {', '.join(terms)}"
        raise ConsentError(message, kind=ErrorKind.MALFORMED, value=value) from None
