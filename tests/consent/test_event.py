"""Events, and the one predicate of validity, at both sides of each moment."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from residency.consent import ConsentEvent, EventKind, Expression, Validity, histories
from residency.errors import ConsentError, ErrorKind, InputError
from tests.samples import DAY, INSTANT, NOON, consent, event, given


def _validity(*events: ConsentEvent, at: Any = NOON) -> Validity:
    (history,) = histories(events)
    return history.validity(at)


def test_validity_is_half_open() -> None:
    """§3: valid from the first moment on, and no longer at the last: [from, until)."""
    record = consent(valid_from=NOON, valid_until=NOON + DAY)
    moments = {
        NOON - INSTANT: Validity.NOT_YET_VALID,
        NOON: Validity.VALID,
        NOON + DAY - INSTANT: Validity.VALID,
        NOON + DAY: Validity.EXPIRED,
    }
    assert {at: _validity(given(record), at=at) for at in moments} == moments


def test_a_consent_without_an_end_goes_on() -> None:
    """§3: without a last moment a consent is valid until it is withdrawn."""
    assert _validity(given(consent()), at=NOON + 10_000 * DAY) is Validity.VALID


def test_a_renewal_adds_a_period() -> None:
    """§3: a renewal makes the record valid again for its own period, and no longer."""
    first = consent(valid_until=NOON)
    again = consent(valid_from=NOON + DAY, valid_until=NOON + 2 * DAY)
    events = (given(first), event(EventKind.RENEWED, again))
    assert _validity(*events, at=NOON - INSTANT) is Validity.VALID
    assert _validity(*events, at=NOON) is Validity.NOT_YET_VALID
    assert _validity(*events, at=NOON + DAY) is Validity.VALID
    assert _validity(*events, at=NOON + 2 * DAY) is Validity.EXPIRED


@pytest.mark.parametrize(
    ("kind", "validity"),
    [
        (EventKind.WITHDRAWN, Validity.WITHDRAWN),
        (EventKind.REVOKED, Validity.REVOKED),
        (EventKind.INVALIDATED, Validity.UNVERIFIABLE),
    ],
)
def test_an_end_is_final_whatever_the_order(kind: EventKind, validity: Validity) -> None:
    """§3: once ended a record stays so, renewed or not, in whatever order it is told."""
    record = consent()
    events = (given(record), event(kind, record), event(EventKind.RENEWED, record))
    for order in permutations(events):
        assert _validity(*order) is validity
        assert _validity(*order, *order, at=NOON + DAY) is validity


def test_precedence_of_ends() -> None:
    """§3: withdrawn before revoked before unverifiable before any time."""
    record = consent(valid_from=NOON + DAY)
    events = [given(record)]
    found: list[Validity] = [_validity(*events)]
    for kind in (EventKind.INVALIDATED, EventKind.REVOKED, EventKind.WITHDRAWN):
        events.append(event(kind, record))
        found.append(_validity(*events))
    assert found == [
        Validity.NOT_YET_VALID,
        Validity.UNVERIFIABLE,
        Validity.REVOKED,
        Validity.WITHDRAWN,
    ]


@pytest.mark.parametrize("expression", [Expression.EXPRESSED, Expression.IMPLIED])
def test_only_explicit_consent_counts(expression: Expression) -> None:
    """§3: a consent that was not explicitly expressed permits nothing."""
    assert _validity(given(consent(expression=expression))) is Validity.UNVERIFIABLE


def test_a_renewal_that_is_not_explicit_adds_nothing() -> None:
    """§3: a renewal counts only if it was explicitly expressed."""
    first = consent(valid_until=NOON)
    implied = consent(valid_until=NOON + DAY, expression=Expression.IMPLIED)
    events = (given(first), event(EventKind.RENEWED, implied))
    assert _validity(*events, at=NOON) is Validity.EXPIRED


def test_records_that_contradict_each_other_are_no_evidence() -> None:
    """§3: two records under one id, or a renewal of another scope, cannot be relied on."""
    first, other = consent(), consent(destination_zones={"CA"})
    longer = event(EventKind.GIVEN, consent(valid_until=NOON + DAY), "again")
    assert _validity(given(first), longer) is Validity.UNVERIFIABLE
    twice = (given(first), event(EventKind.GIVEN, other, "again"))
    wider = (given(first), event(EventKind.RENEWED, other))
    assert _validity(*twice) is _validity(*wider) is Validity.UNVERIFIABLE


def test_an_end_without_a_beginning_is_no_history() -> None:
    """A record of which only the end is known covers nothing."""
    assert histories([event(EventKind.WITHDRAWN, consent())]) == ()
    assert histories([event(EventKind.RENEWED, consent())]) == ()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"event_id": ""}, ErrorKind.EMPTY),
        ({"kind": "given"}, ErrorKind.TYPE),
        ({"record": None}, ErrorKind.MALFORMED),
        ({"kind": EventKind.WITHDRAWN}, ErrorKind.MALFORMED),
        ({"record_id": "r-2"}, ErrorKind.CONFLICT),
        ({"account": "another"}, ErrorKind.CONFLICT),
        ({"reason": "a\nb"}, ErrorKind.INVALID_CHAR),
        ({"event_time": NOON.replace(tzinfo=None)}, ErrorKind.NAIVE_TIME),
    ],
)
def test_an_event_that_contradicts_itself_is_refused(
    changes: dict[str, Any], kind: ErrorKind
) -> None:
    """An event and its record agree, and each field is fit to be stored."""
    fields: dict[str, Any] = {
        "event_id": "e-1",
        "kind": EventKind.GIVEN,
        "record_id": "r-1",
        "account": "acme",
        "event_time": NOON,
        "record": consent(),
        "reason": "asked for",
    }
    assert ConsentEvent(**fields).reason == "asked for"
    with pytest.raises(InputError) as refused:
        ConsentEvent(**fields | changes)
    assert refused.value.kind is kind


def test_a_retry_repeats_an_event_whatever_its_own_time() -> None:
    """An event sent again later tells the same; one with other contents does not."""
    record = consent()
    first = event(EventKind.WITHDRAWN, record)
    later = ConsentEvent(
        event_id=first.event_id,
        kind=first.kind,
        record_id=first.record_id,
        account=first.account,
        event_time=NOON + timedelta(hours=1),
    )
    assert later.repeats(first)
    assert not event(EventKind.REVOKED, record, first.event_id).repeats(first)
    with pytest.raises(ConsentError):
        event(EventKind.WITHDRAWN, record, " ")
