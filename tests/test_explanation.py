"""Decisions in words: the zone, the clause, and what would permit it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

from residency import Account, Decision, Guard, Reason, Router, explain, load_policy, open_ledger
from residency.errors import InputError
from tests.samples import consent

NOW = datetime(2023, 5, 1, 12, tzinfo=UTC)
LEDGER = open_ledger("memory:")
GUARD = Guard(Router(load_policy("xmedius")), LEDGER, clock=lambda: NOW)
ACME = Account("acme", "Germany", "xmedius-europe", setup_date=date(2021, 3, 1))


_PERMITS = {Reason.WITHIN_ZONE, Reason.CONSENT, Reason.EXEMPTION}


def _decision(reason: Reason) -> Decision:
    decision = GUARD.decide(ACME, "xm-fax", to="aws:eu-west-2")
    return evolve(decision, reason=reason, permitted=reason in _PERMITS)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_explained(reason: Reason) -> None:
    """Each reason names the zone, the place, its country, the clauses and the policy."""
    text = explain(_decision(reason))
    for part in ("zone EU", "aws:eu-west-2", "United Kingdom", "§5(ii)", "xmedius", reason):
        assert part in text
    assert ("may not be brought" in text) is (reason not in _PERMITS)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_denial_says_what_would_permit_it(reason: Reason) -> None:
    """A denial names a remedy; a permit has none to name."""
    denied = reason not in _PERMITS
    assert ("What would permit it" in explain(_decision(reason))) is denied


def test_a_permit_by_consent_names_the_record() -> None:
    """The explanation of a permit by consent names the record that it rests on."""
    LEDGER.give(consent(record_id="r-77", event_time=NOW - timedelta(days=1)))
    decision = GUARD.decide(ACME, "xm-fax", to="zone:US")
    assert decision.reason is Reason.CONSENT
    assert "record r-77" in explain(decision)


def test_a_zone_as_a_destination_stands_in_no_country() -> None:
    """For a zone as a whole no country is claimed."""
    assert "stands in" not in explain(GUARD.decide(ACME, "xm-fax", to="zone:CA"))


def test_a_place_inside_a_zone_is_said_to_be_there() -> None:
    """A place inside a zone is explained by its country and that zone."""
    text = explain(GUARD.decide(ACME, "xm-fax", to="country:FR"))
    assert "country:FR stands in France, in zone EU." in text


def test_obligations_are_spelled_out() -> None:
    """Each obligation of a decision stands on a line of its own."""
    decision = evolve(_decision(Reason.CONSENT), obligations=("notify the customer",))
    assert explain(decision).splitlines()[-1] == "You must: notify the customer."


def test_only_a_decision_can_be_explained() -> None:
    """Anything but a decision is refused with a typed error."""
    with pytest.raises(InputError):
        explain("a decision")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - the refusal is what is tested
