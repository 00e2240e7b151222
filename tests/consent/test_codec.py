"""Records and events as JSON: nothing is lost on the way, and nothing malformed gets in."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from residency.cli.consent.validation import SCHEMA_PATH, require_valid
from residency.consent import ConsentEvent, ConsentRecord, EventKind, Expression, PartyRole
from residency.consent.codec import (
    EVENT_KEYS,
    LONGEST_JSON,
    RECORD_KEYS,
    event_from_json,
    event_to_json,
    record_from_json,
    record_to_json,
    to_text,
)
from residency.errors import ConsentError, ErrorKind, InputError
from tests.consent.sql.conftest import RECORD

_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the time zone is given beside it
_TEXTS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40).filter(
    str.isprintable
)
_PLACES = st.sampled_from(("EU", "US", "country:GB", "aws:eu-west-2"))


@st.composite
def _records(draw: st.DrawFn) -> ConsentRecord:
    start = draw(_MOMENTS)
    return ConsentRecord(
        record_id=draw(_TEXTS),
        account=draw(_TEXTS),
        controller=draw(_TEXTS),
        privacy_notice=draw(_TEXTS),
        solutions=draw(st.frozensets(_TEXTS, min_size=1, max_size=3)),
        categories=draw(st.frozensets(_TEXTS, min_size=1, max_size=3)),
        purposes=draw(st.frozensets(_TEXTS, min_size=1, max_size=3)),
        source_zone=draw(_PLACES),
        destination_zones=draw(st.frozensets(_PLACES, min_size=1)),
        event_time=draw(_MOMENTS),
        valid_from=start,
        valid_until=draw(st.none() | st.just(start + timedelta(microseconds=1))),
        expression=draw(st.sampled_from(Expression)),
        party_name=draw(_TEXTS),
        party_role=draw(st.sampled_from(PartyRole)),
        method=draw(_TEXTS),
        recipient=draw(st.none() | _TEXTS),
        evidence_reference=draw(st.none() | _TEXTS),
        evidence_sha256=draw(st.none() | st.just("0a" * 32)),
        language=draw(st.none() | _TEXTS),
        jurisdiction=draw(st.none() | _TEXTS),
        withdrawal_method=draw(st.none() | _TEXTS),
    )


def _event(record: ConsentRecord, kind: EventKind = EventKind.GIVEN) -> ConsentEvent:
    stated = kind in {EventKind.GIVEN, EventKind.RENEWED}
    return ConsentEvent(
        event_id="e",
        kind=kind,
        record_id=record.record_id,
        account=record.account,
        event_time=record.event_time,
        record=record if stated else None,
        reason=None if stated else "by letter",
    )


@given(_records(), st.sampled_from(EventKind))
def test_what_is_written_is_read_back_and_valid(record: ConsentRecord, kind: EventKind) -> None:
    """Every record and event comes back equal by way of JSON, and is valid by the schema."""
    written = json.loads(to_text(record_to_json(record)))
    require_valid(written, "record")
    assert record_from_json(written) == record
    event = _event(record, kind)
    written = json.loads(to_text(event_to_json(event)))
    require_valid(written, "event")
    assert event_from_json(written) == event


def test_the_names_are_those_of_the_standard() -> None:
    """A record is written with the field names of ISO/IEC TS 27560, and ours where it has none."""
    full = evolve(
        RECORD,
        valid_until=datetime(2030, 1, 1, tzinfo=UTC),
        recipient="Example Inc.",
        language="de-DE",
        jurisdiction="DE",
        withdrawal_method="by mail",
        evidence_reference="s3://evidence",
        evidence_sha256="0" * 64,
    )
    standard = {
        "schema_version",
        "record_id",
        "pii_principal_id",
        "pii_controllers",
        "pii_information",
        "privacy_notice",
        "purposes",
        "services",
        "storage_locations",
        "collection_method",
        "recipient_third_parties",
        "language",
        "jurisdiction",
        "withdrawal_method",
        "event_time",
        "event_type",
        "party_name",
        "party_role",
    }
    ours = {
        "source_location",
        "valid_from",
        "valid_until",
        "evidence_reference",
        "evidence_sha256",
    }
    assert set(record_to_json(full)) == standard | ours == RECORD_KEYS


def test_the_schema_is_one() -> None:
    """What we ship is a valid JSON Schema, and allows exactly the fields that are read."""
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert set(schema["$defs"]["record"]["properties"]) == RECORD_KEYS
    assert set(schema["$defs"]["event"]["properties"]) == EVENT_KEYS


def _without(key: str) -> dict[str, object]:
    return {name: value for name, value in record_to_json(RECORD).items() if name != key}


_REQUIRED = sorted(set(record_to_json(RECORD)) - {"valid_from"})
_BROKEN: list[Mapping[str, object]] = [
    *({**record_to_json(RECORD), key: None} for key in _REQUIRED),
    *({**record_to_json(RECORD), key: ""} for key in _REQUIRED),
    *({**record_to_json(RECORD), key: 7} for key in _REQUIRED),
    {**record_to_json(RECORD), "pii_controllers": ["one", "two"]},
    {**record_to_json(RECORD), "pii_information": [{"type": "x"}]},
    {**record_to_json(RECORD), "pii_information": ["*"]},
    {**record_to_json(RECORD), "event_time": "yesterday"},
    {**record_to_json(RECORD), "event_time": "2021-03-01T12:00:00"},
    {**record_to_json(RECORD), "event_type": "Implied"},
    {**record_to_json(RECORD), "party_role": "nobody"},
    {**record_to_json(RECORD), "evidence_sha256": "0"},
    {**record_to_json(RECORD), "consent": "yes"},
    *(_without(key) for key in _REQUIRED),
]


@pytest.mark.parametrize("broken", _BROKEN, ids=str)
def test_what_is_malformed_is_refused_twice(broken: Mapping[str, object]) -> None:
    """Neither the schema nor the reader takes a field that is missing, unknown or malformed."""
    with pytest.raises(InputError):
        record_from_json(broken)
    with pytest.raises(InputError) as caught:
        require_valid(broken, "record")
    assert caught.value.kind == ErrorKind.MALFORMED


def test_valid_from_may_be_left_out() -> None:
    """A record from elsewhere that does not say when it begins, begins when it was given."""
    assert record_from_json(_without("valid_from")).valid_from == RECORD.event_time


@pytest.mark.parametrize("value", [None, [], "text", 7, [RECORD]])
def test_what_is_no_object_is_refused(value: object) -> None:
    """Only an object is a record or an event."""
    for read in (record_from_json, event_from_json):
        with pytest.raises(ConsentError) as caught:
            read(value)
        assert caught.value.kind == ErrorKind.TYPE


@pytest.mark.parametrize("kind", EventKind)
def test_an_event_and_its_record_belong_together(kind: EventKind) -> None:
    """An event that states a record carries it, and no other does, by the schema as well."""
    event = event_to_json(_event(RECORD, kind))
    if "consent_record" in event:
        del event["consent_record"]
    else:
        event["consent_record"] = record_to_json(RECORD)
    with pytest.raises(InputError):
        event_from_json(event)
    with pytest.raises(InputError):
        require_valid(event, "event")


def test_what_is_too_large_is_refused() -> None:
    """An object of more bytes than a ledger takes is refused, whatever its characters."""
    with pytest.raises(ConsentError) as caught:
        to_text({"reason": "東" * (LONGEST_JSON // 3)})
    assert caught.value.kind == ErrorKind.TOO_LARGE
