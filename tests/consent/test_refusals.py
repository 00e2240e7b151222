"""Each refusal about consents has its kind, and keeps the value that was refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from residency.consent import ConsentEvent, EventKind, Ledger, MemoryStore, open_ledger
from residency.consent.codec import (
    LONGEST_JSON,
    event_from_json,
    event_to_json,
    record_from_json,
    record_to_json,
    to_text,
)
from residency.errors import ConsentError, ErrorKind, InputError, LedgerError
from tests.refusals import refused, told
from tests.samples import DAY, NOON, consent, event, given, noon


def _written(**changes: object) -> dict[str, object]:
    return {**record_to_json(consent()), **changes}


def _without(key: str) -> dict[str, object]:
    return {name: value for name, value in record_to_json(consent()).items() if name != key}


_NOTHING: dict[str, object] = {}


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ([1], ErrorKind.TYPE, [1]),
        (_written(zone="EU", colour="red"), ErrorKind.MALFORMED, "colour"),
        (_without("party_name"), ErrorKind.MALFORMED, "party_name"),
        (_written(pii_controllers=["one", "two"]), ErrorKind.MALFORMED, ("one", "two")),
        (_written(pii_controllers=[]), ErrorKind.MALFORMED, ()),
        (_written(pii_controllers="one"), ErrorKind.MALFORMED, ()),
        (_written(recipient_third_parties=["a", "b"]), ErrorKind.MALFORMED, ("a", "b")),
        (_written(pii_information=["*"]), ErrorKind.TYPE, "*"),
        (_written(pii_information=[]), ErrorKind.TYPE, None),
        (_written(pii_information=[{"x": 1}]), ErrorKind.MALFORMED, "x"),
        (_written(pii_information=[_NOTHING]), ErrorKind.MALFORMED, "pii_type"),
        (_written(event_time="yesterday"), ErrorKind.INVALID_DATE, "yesterday"),
        (_written(event_time=7), ErrorKind.INVALID_DATE, 7),
        (_written(event_type="Implied"), ErrorKind.MALFORMED, "Implied"),
        (_written(party_role="nobody"), ErrorKind.MALFORMED, "nobody"),
    ],
)
def test_what_is_read_is_refused_with_the_part_that_is_wrong(
    written: object, kind: ErrorKind, value: object
) -> None:
    """A record that cannot be read is refused with the field, or the value, that is to blame."""
    assert told(lambda: record_from_json(written)) == (ConsentError, kind, value)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (_written(pii_controllers=[]), "pii_controllers"),
        (_written(recipient_third_parties=[]), "recipient_third_parties"),
        (_written(pii_information=["*"]), "pii_information is a "),
    ],
)
def test_the_message_names_the_field(written: object, says: str) -> None:
    """Who has to mend a record is told which field, by the name it has there."""
    assert str(refused(lambda: record_from_json(written))).startswith(says)


def test_what_is_too_long_is_refused_and_what_just_fits_is_not() -> None:
    """An object of exactly as many bytes as a ledger takes is taken."""
    around = len('{"":""}')
    assert len(to_text({"": "x" * (LONGEST_JSON - around)})) == LONGEST_JSON
    assert told(lambda: to_text({"": "x" * (LONGEST_JSON - around + 1)})) == (
        ConsentError,
        ErrorKind.TOO_LARGE,
        None,
    )


def test_an_object_is_written_one_way() -> None:
    """On one line, sorted, without blanks or escapes; and what is no number is refused."""
    assert to_text({"b": ["é", 1], "a": None}) == '{"a":null,"b":["é",1]}'
    with pytest.raises(ValueError, match="JSON"):
        to_text({"a": float("nan")})


def test_memory_takes_no_more_than_a_database_does() -> None:
    """A consent that is too long for a ledger is refused by every store."""
    many = {f"{number:03}".ljust(256, "\u6771") for number in range(256)}
    large = consent(categories=many, purposes=many)
    assert told(lambda: MemoryStore().append(given(large)))[1] == ErrorKind.TOO_LARGE


def test_an_event_that_ends_a_record_says_why() -> None:
    """A reason is written and read back, and is left out where there is none."""
    end = ConsentEvent(
        event_id="e-1",
        kind=EventKind.REVOKED,
        record_id="r-1",
        account="acme",
        event_time=NOON,
        reason="by letter",
    )
    assert event_to_json(end) == {
        "event_id": "e-1",
        "event_state": "revoked",
        "record_id": "r-1",
        "pii_principal_id": "acme",
        "event_time": "2023-05-01T12:00:00+00:00",
        "reason": "by letter",
    }
    assert event_from_json(event_to_json(end)) == end
    assert set(event_to_json(given(consent()))) == {
        "event_id",
        "event_state",
        "record_id",
        "pii_principal_id",
        "event_time",
        "consent_record",
    }


def _event(**changes: Any) -> Callable[[], ConsentEvent]:
    fields: dict[str, Any] = {
        "event_id": "e-1",
        "kind": EventKind.GIVEN,
        "record_id": "r-1",
        "account": "acme",
        "event_time": NOON,
        "record": consent(),
    }
    return lambda: ConsentEvent(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "error", "kind", "value"),
    [
        ({"event_id": "x" * 513}, ConsentError, ErrorKind.TOO_LONG, "x" * 513),
        ({"record_id": "x" * 257}, ConsentError, ErrorKind.TOO_LONG, "x" * 257),
        ({"account": "x" * 257}, ConsentError, ErrorKind.TOO_LONG, "x" * 257),
        ({"reason": "x" * 2049}, ConsentError, ErrorKind.TOO_LONG, "x" * 2049),
        ({"reason": ""}, ConsentError, ErrorKind.EMPTY, ""),
        ({"event_time": "noon"}, InputError, ErrorKind.TYPE, "noon"),
        ({"kind": "given"}, ConsentError, ErrorKind.TYPE, "given"),
        ({"record": None}, ConsentError, ErrorKind.MALFORMED, None),
        ({"kind": EventKind.REVOKED}, ConsentError, ErrorKind.MALFORMED, consent()),
        ({"record_id": "r-2"}, ConsentError, ErrorKind.CONFLICT, consent()),
        ({"account": "another"}, ConsentError, ErrorKind.CONFLICT, consent()),
    ],
)
def test_an_event_is_refused_with_what_is_wrong(
    changes: dict[str, Any], error: type[InputError], kind: ErrorKind, value: object
) -> None:
    """An event tells which of its parts is refused."""
    assert told(_event(**changes)) == (error, kind, value)
    if kind not in {ErrorKind.MALFORMED, ErrorKind.CONFLICT}:
        assert str(refused(_event(**changes))).startswith(f"{next(iter(changes))} ")


def test_texts_of_an_event_may_be_as_long_as_is_said() -> None:
    """512 characters for its id, 2,048 for a reason, 256 for what a record has too."""
    made = _event(event_id="x" * 512, reason="y" * 2048)()
    assert (len(made.event_id), len(made.reason or "")) == (512, 2048)


@pytest.mark.parametrize(
    ("field", "value", "error", "kind"),
    [
        ("record_id", "", ConsentError, ErrorKind.EMPTY),
        ("schema_version", "", ConsentError, ErrorKind.EMPTY),
        ("schema_version", "2", ConsentError, ErrorKind.MALFORMED),
        ("language", 7, ConsentError, ErrorKind.TYPE),
        ("evidence_reference", "x" * 2049, ConsentError, ErrorKind.TOO_LONG),
        ("evidence_sha256", "A" * 64, ConsentError, ErrorKind.MALFORMED),
        ("evidence_sha256", "X" * 64, ConsentError, ErrorKind.MALFORMED),
        ("evidence_sha256", "a" * 63, ConsentError, ErrorKind.MALFORMED),
        ("expression", "ExplicitlyExpressedConsent", ConsentError, ErrorKind.TYPE),
        ("party_role", "administrator", ConsentError, ErrorKind.TYPE),
        ("purposes", "billing", ConsentError, ErrorKind.TYPE),
        ("event_time", "noon", InputError, ErrorKind.TYPE),
        ("valid_from", 7, InputError, ErrorKind.TYPE),
        ("valid_until", "noon", InputError, ErrorKind.TYPE),
        ("valid_until", NOON - DAY, ConsentError, ErrorKind.CONFLICT),
    ],
)
def test_a_record_is_refused_with_what_is_wrong(
    field: str, value: object, error: type[InputError], kind: ErrorKind
) -> None:
    """A record tells which of its values is refused."""
    assert told(lambda: consent(**{field: value})) == (error, kind, value)
    assert str(refused(lambda: consent(**{field: value}))).startswith(f"{field} ")


def test_a_zone_is_refused_as_a_consent_is() -> None:
    """A place that is a zone with an empty name is a consent's error."""
    call = lambda: consent(destination_zones={"zone:"})  # noqa: E731 - it is what is refused
    assert told(call) == (ConsentError, ErrorKind.EMPTY, "")


def test_a_reference_may_be_longer_than_a_name() -> None:
    """2,048 characters, so that a URL with a signature fits."""
    kept = consent(evidence_reference="x" * 2048, evidence_sha256="0123456789abcdef" * 4)
    assert len(kept.evidence_reference or "") == 2048


def _ledger() -> Ledger:
    ledger = Ledger(MemoryStore(), clock=noon)
    ledger.give(consent())
    return ledger


_OTHER = consent(destination_zones={"CA"})
_STRANGE = consent(account="another")
_AGAIN = event(EventKind.GIVEN, _STRANGE, "e-2")


@pytest.mark.parametrize(
    ("word", "given_to", "kind", "value"),
    [
        ("give", "r-1", ErrorKind.TYPE, "r-1"),
        ("give", _OTHER, ErrorKind.CONFLICT, _OTHER),
        ("renew", "r-1", ErrorKind.TYPE, "r-1"),
        ("renew", _OTHER, ErrorKind.CONFLICT, _OTHER),
        ("renew", _STRANGE, ErrorKind.UNKNOWN_RECORD, "r-1"),
        ("append", "given", ErrorKind.TYPE, "given"),
        ("append", given(_STRANGE), ErrorKind.CONFLICT, given(_STRANGE)),
        ("append", _AGAIN, ErrorKind.CONFLICT, _AGAIN),
        ("withdraw", "r-9", ErrorKind.UNKNOWN_RECORD, "r-9"),
        ("withdraw", "", ErrorKind.EMPTY, ""),
        ("history", "r-9", ErrorKind.UNKNOWN_RECORD, "r-9"),
        ("history", 7, ErrorKind.TYPE, 7),
    ],
    ids=repr,
)
def test_a_ledger_refuses_with_what_it_was_asked(
    word: str, given_to: object, kind: ErrorKind, value: object
) -> None:
    """Each word of a ledger tells the record, or the id, that it does not take."""
    ledger = _ledger()
    assert told(lambda: getattr(ledger, word)(given_to)) == (ConsentError, kind, value)
    assert [each.event_id for each in ledger.events("acme")] == ["given:r-1"]


def test_a_ledger_is_made_of_what_it_needs() -> None:
    """What a ledger cannot be made of, or asked, is refused with its value."""
    make: Any = Ledger
    listen: Any = _ledger().subscribe
    read: Any = open_ledger
    assert told(lambda: make(noon)) == (InputError, ErrorKind.TYPE, noon)
    assert told(lambda: make(MemoryStore(), clock=7)) == (InputError, ErrorKind.TYPE, 7)
    assert told(lambda: listen(7)) == (InputError, ErrorKind.TYPE, 7)
    assert told(lambda: _ledger().events("")) == (InputError, ErrorKind.EMPTY, "")
    assert told(lambda: read(7)) == (InputError, ErrorKind.TYPE, 7)
    assert told(lambda: read("redis://x")) == (LedgerError, ErrorKind.UNKNOWN_LEDGER, None)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost", "`redis://localhost`"),
        ("redis://me:secret@localhost", "this URL"),
        ("redis://localhost?password=secret", "this URL"),
    ],
)
def test_a_url_that_may_hold_a_password_is_not_shown(url: str, shown: str) -> None:
    """What stands in a refusal stands in a log."""
    error = refused(lambda: open_ledger(url))
    assert f"known by {shown}:" in str(error)
    assert "secret" not in repr((str(error), error.value))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///x.db",
        "postgresql://h/d",
        "postgresql://me:secret@h:1/d",
        "postgresql+psycopg://h:1/d",
    ],
)
def test_a_database_is_opened_with_what_was_said(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The URL, the bound on staleness and the timeout reach the store as they were given."""
    from residency.consent import sql

    asked: list[tuple[str, float, float]] = []

    def opened(url: str, *, max_staleness: float, timeout: float) -> MemoryStore:
        asked.append((url, max_staleness, timeout))
        return MemoryStore()

    monkeypatch.setattr(sql, "open_store", opened)
    open_ledger(url, max_staleness=0.25, timeout=2.5)
    open_ledger(url)
    assert asked == [(url, 0.25, 2.5), (url, 1.0, 5.0)]


def test_a_moment_keeps_its_zone_and_a_record_its_end() -> None:
    """What is read back is the same moment, with and without an end."""
    ending = consent(valid_from=NOON, valid_until=datetime(2024, 1, 1, tzinfo=UTC))
    assert record_from_json(record_to_json(ending)) == ending
    assert record_from_json(_without("valid_from")).valid_from == NOON - DAY
