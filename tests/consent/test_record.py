"""A consent record is checked as a whole, and spells its places one way."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from residency.consent import Expression, PartyRole
from residency.errors import ConsentError, CountryError, ErrorKind, InputError
from tests.samples import NOON, consent


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("record_id", "", ErrorKind.EMPTY),
        ("account", None, ErrorKind.TYPE),
        ("party_name", "a\nb", ErrorKind.INVALID_CHAR),
        ("method", "x" * 257, ErrorKind.TOO_LONG),
        ("language", 7, ErrorKind.TYPE),
        ("evidence_reference", "x" * 2049, ErrorKind.TOO_LONG),
        ("solutions", "xm-fax", ErrorKind.TYPE),
        ("categories", frozenset[str](), ErrorKind.EMPTY),
        ("destination_zones", {"zone:"}, ErrorKind.EMPTY),
        ("source_zone", "zone: ", ErrorKind.EMPTY),
        ("event_time", NOON.replace(tzinfo=None), ErrorKind.NAIVE_TIME),
        ("valid_from", "2023-05-01", ErrorKind.TYPE),
        ("valid_until", NOON.date(), ErrorKind.TYPE),
        ("valid_until", NOON - timedelta(days=1), ErrorKind.CONFLICT),
        ("expression", "ExplicitlyExpressedConsent", ErrorKind.TYPE),
        ("party_role", "administrator", ErrorKind.TYPE),
        ("evidence_sha256", "abc", ErrorKind.MALFORMED),
        ("evidence_sha256", "G" * 64, ErrorKind.MALFORMED),
        ("schema_version", "2", ErrorKind.MALFORMED),
    ],
)
def test_a_field_of_no_use_is_refused(field: str, value: Any, kind: ErrorKind) -> None:
    """A record with one field missing, malformed or contradicting another is no record."""
    with pytest.raises(InputError) as refused:
        consent(**{field: value})
    assert refused.value.kind is kind


def test_a_place_that_is_no_country_is_refused() -> None:
    """A consent names a country as a country: what does not name one is refused."""
    with pytest.raises(CountryError):
        consent(destination_zones={"country:Atlantis"})


def test_places_are_spelled_one_way() -> None:
    """zone:EU is EU, country:UK is country:GB, and any other text is kept as it is."""
    record = consent(
        source_zone="zone:EU", destination_zones=["zone:US", "country:UK", "aws:ca-west-1"]
    )
    assert record.source_zone == "EU"
    assert record.destination_zones == {"US", "country:GB", "aws:ca-west-1"}


def test_validity_starts_with_the_event_where_nothing_else_is_said() -> None:
    """Without a first moment of its own, a consent is valid from when it was given."""
    record = consent()
    assert record.valid_from == record.event_time
    assert record.valid_until is None


def test_moments_are_kept_in_utc() -> None:
    """The same moment in another time zone makes an equal record."""
    tokyo = timezone(timedelta(hours=9))
    assert consent(event_time=NOON.astimezone(tokyo)) == consent(event_time=NOON)
    assert consent(valid_until=datetime(2024, 1, 1, 9, tzinfo=tokyo)).valid_until is not None


def test_optional_facts_are_kept() -> None:
    """What a record says beyond the necessary is part of it."""
    facts = {
        "recipient": "XMedius Solutions Inc.",
        "evidence_reference": "s3://evidence/1.pdf",
        "evidence_sha256": "0" * 64,
        "language": "fr-CA",
        "jurisdiction": "FR",
        "withdrawal_method": "write to the privacy officer",
        "expression": Expression.IMPLIED,
        "party_role": PartyRole.DATA_SUBJECT,
    }
    record = consent(**facts)
    assert {name: getattr(record, name) for name in facts} == facts
    assert record != consent()


def test_the_scope_leaves_time_and_evidence_out() -> None:
    """A renewal may change validity and evidence, and nothing of what is covered."""
    first = consent()
    later = consent(valid_until=NOON, evidence_sha256="0" * 64, method="letter")
    assert first.scope == later.scope
    for change in ({"categories": {"backups"}}, {"recipient": "somebody"}, {"account": "b"}):
        assert consent(**change).scope != first.scope
    with pytest.raises(ConsentError):
        consent(controller="")
