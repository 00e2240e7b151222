"""The consent record: who agreed to which transfer, of what, for which purpose, until when.

Field names follow ISO/IEC TS 27560:2023 and the W3C Data Privacy Vocabulary (DPV 2) as far as they
have a term. A record is evidence: it is never edited, and what happens to it later is told by the
events of :mod:`residency.consent.event`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from attrs import Factory, field, frozen

from residency.checks import require_moment, require_text, require_texts
from residency.errors import ConsentError, ErrorKind, quote
from residency.geography import normalise
from residency.value import Value

__all__ = ["ANY", "ConsentRecord", "Expression", "PartyRole"]

ANY = "*"
"""In a record's categories or purposes: the customer agreed to every one, in so many words."""

_SCHEMA_VERSION = "1"
_LONGEST_REFERENCE = 2_048
_SHA256_DIGITS = 64


class Expression(StrEnum):
    """How the consent was expressed, in the terms of DPV. Only ``EXPLICIT`` permits anything."""

    EXPLICIT = "ExplicitlyExpressedConsent"
    EXPRESSED = "ExpressedConsent"
    IMPLIED = "ImpliedConsent"


class PartyRole(StrEnum):
    """In which role the party agreed.

    An administrator's agreement is the customer's consent under the policy. It is not a data
    subject's consent under Article 49(1)(a) GDPR.
    """

    ADMINISTRATOR = "administrator"
    AUTHORISED_REPRESENTATIVE = "authorised-representative"
    DATA_SUBJECT = "data-subject"


def _event_time(record: ConsentRecord) -> datetime:
    return record.event_time


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class ConsentRecord(Value):
    """An explicit consent to transfer data out of a designated zone (semantics §3).

    Scope is exact: it covers these solutions, categories and purposes, from this source to these
    destinations, and nothing else.

    Args:
        record_id: the record's id.
        account: the account that consents (the PII principal's account).
        controller: who relies on the consent.
        privacy_notice: the version of the notice that was shown.
        solutions: the solution ids covered.
        categories: the data categories covered, or ``{"*"}`` for all.
        purposes: the purposes covered, or ``{"*"}`` for all.
        source_zone: the zone that the data leaves, ``EU`` or ``zone:EU``; a place outside every
            zone is named ``country:GB``.
        destination_zones: the zones or places it may go to (storage locations), named alike.
        event_time: when the consent was given.
        valid_from: the first moment it is valid; ``event_time`` if left out.
        valid_until: the first moment it no longer is; None for until withdrawn.
        expression: how it was expressed.
        party_name: who agreed.
        party_role: in which role.
        method: how it was collected, such as ``web form``.
        recipient: who receives the data, if named.
        evidence_reference: where the evidence is kept.
        evidence_sha256: the evidence's SHA-256, 64 lower-case hexadecimal digits.
        language: the language of the notice, such as ``fr-CA``.
        jurisdiction: the jurisdiction that applies.
        withdrawal_method: how the customer can withdraw.
        schema_version: the version of this structure.

    Raises:
        ConsentError: a field is missing, malformed or contradicts another.
        CountryError: a place names no country.
        InputError: a time is naive or not a ``datetime``.
    """

    record_id: str
    account: str
    controller: str
    privacy_notice: str
    solutions: frozenset[str]
    categories: frozenset[str]
    purposes: frozenset[str]
    source_zone: str
    destination_zones: frozenset[str]
    event_time: datetime
    valid_from: datetime = field(default=Factory(_event_time, takes_self=True))
    valid_until: datetime | None = None
    expression: Expression
    party_name: str
    party_role: PartyRole
    method: str
    recipient: str | None = None
    evidence_reference: str | None = None
    evidence_sha256: str | None = None
    language: str | None = None
    jurisdiction: str | None = None
    withdrawal_method: str | None = None
    schema_version: str = _SCHEMA_VERSION

    def __attrs_post_init__(self) -> None:
        for name in _TEXTS:
            text = require_text(getattr(self, name), name, error=ConsentError)
            object.__setattr__(self, name, text)
        for name in _OPTIONAL_TEXTS:
            if getattr(self, name) is not None:
                text = require_text(
                    getattr(self, name), name, error=ConsentError, longest=_LONGEST_REFERENCE
                )
                object.__setattr__(self, name, text)
        for name in _TEXT_SETS:
            texts = require_texts(getattr(self, name), name, error=ConsentError)
            object.__setattr__(self, name, texts)
        places = frozenset(map(_place, self.destination_zones))
        object.__setattr__(self, "source_zone", _place(self.source_zone))
        object.__setattr__(self, "destination_zones", places)
        for name in ("event_time", "valid_from"):
            object.__setattr__(self, name, require_moment(getattr(self, name), name))
        if self.valid_until is not None:
            until = require_moment(self.valid_until, "valid_until")
            object.__setattr__(self, "valid_until", until)
            if until <= self.valid_from:
                message = "valid_until is not after valid_from: the record would never be valid"
                raise ConsentError(message, kind=ErrorKind.CONFLICT, value=until)
        _check_terms(self)

    @property
    def scope(self) -> tuple[object, ...]:
        """What the record covers, whatever its time: the part that a renewal may not change."""
        return (
            self.account,
            self.controller,
            self.solutions,
            self.categories,
            self.purposes,
            self.source_zone,
            self.destination_zones,
            self.recipient,
        )


_TEXTS = (
    "record_id",
    "account",
    "controller",
    "privacy_notice",
    "source_zone",
    "party_name",
    "method",
    "schema_version",
)
_OPTIONAL_TEXTS = (
    "recipient",
    "evidence_reference",
    "evidence_sha256",
    "language",
    "jurisdiction",
    "withdrawal_method",
)
_TEXT_SETS = ("solutions", "categories", "purposes", "destination_zones")


@lru_cache(maxsize=4_096)  # a ledger names few places, and reads them with every record
def _place(text: str) -> str:
    """Return the one spelling of a place that decisions compare: a bare zone id, or a label."""
    scheme, _, name = text.partition(":")
    if scheme == "zone":
        return require_text(name, "a zone", error=ConsentError)
    if scheme == "country":
        return f"country:{normalise(name)}"
    return text


def _check_terms(record: ConsentRecord) -> None:
    _require_term(record.expression, Expression, "expression")
    _require_term(record.party_role, PartyRole, "party_role")
    if record.schema_version != _SCHEMA_VERSION:
        message = f"schema_version {quote(record.schema_version)} is unknown: use {_SCHEMA_VERSION}"
        raise ConsentError(message, kind=ErrorKind.MALFORMED, value=record.schema_version)
    digest = record.evidence_sha256
    if digest is not None and not (
        len(digest) == _SHA256_DIGITS and set(digest) <= set("0123456789abcdef")
    ):
        message = "evidence_sha256 is not 64 lower-case hexadecimal digits: give the SHA-256"
        raise ConsentError(message, kind=ErrorKind.MALFORMED, value=digest)


def _require_term(value: object, terms: type[StrEnum], name: str) -> None:
    # A bare text that equals a term is refused too: a record says which vocabulary it speaks.
    if not isinstance(value, terms):
        known: Iterable[str] = (f"{terms.__name__}.{term.name}" for term in terms)
        message = f"{name} is {quote(value)}: use one of {', '.join(known)}"
        raise ConsentError(message, kind=ErrorKind.TYPE, value=value)
