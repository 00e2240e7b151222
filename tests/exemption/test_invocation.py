"""Exemptions: what may leave its zone without consent, if the request says so by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from residency import Context, Guard, Reason, Router, TransferBlocked, explain, open_ledger
from residency.consent import ConsentEvent, Ledger
from residency.exemption import Invocation
from tests.exemption.claims import ACME, NOW, ON_RECORD, VALID, decide, permits
from tests.samples import consent

_FULL = {
    "personnel": "FR",
    "provider": "public-cloud",
    "reference": "order 99",
    "safeguards": "record 7",
    "handling": True,
}
_CLAUSES = {
    "PERSONNEL": ("§5(ii)", "§5(transfer)", "§5(personnel)"),
    "PROCESSOR": ("§5(ii)", "§5(transfer)", "§4(providers)", "§5(providers)"),
    "LEGAL_OBLIGATION": ("§5(ii)", "§5(transfer)", "§4(authority)"),
    "CORPORATE_SUCCESSOR": ("§5(ii)", "§5(transfer)", "§4(successor)"),
}


each_exemption = pytest.mark.parametrize("name", VALID)


class TestInvocation:
    """An exemption counts if it is invoked by its name and its conditions are met."""

    @each_exemption
    def test_it_permits_by_its_clauses(self, name: str) -> None:
        """The decision names the exemption, what was shown for it, and the clauses it rests on."""
        decision = decide(VALID[name])
        assert (decision.permitted, decision.reason) == (True, Reason.EXEMPTION)
        assert decision.clauses == _CLAUSES[name]
        assert (decision.exemption, decision.unmet) == (VALID[name], None)
        assert decision.consent_ids == ()

    @each_exemption
    def test_it_is_never_inferred(self, name: str) -> None:
        """The same transfer without the invocation is denied, whatever would have been shown."""
        assert decide(VALID[name]).permitted
        assert decide(None).reason is Reason.NO_CONSENT

    @each_exemption
    def test_one_exemption_is_not_another(self, name: str) -> None:
        """What is shown for one exemption permits nothing under the name of another."""
        for other in VALID.keys() - {name}:
            assert not permits(evolve(VALID[name], exemption=other))

    @each_exemption
    def test_a_strict_guard_has_none(self, name: str) -> None:
        """Where exemptions are switched off, every one of them is refused."""
        strict = Guard(Router(ON_RECORD), exemptions=False)
        context = Context(purpose="support", at=NOW, exemption=VALID[name])
        decision = strict.decide(ACME, "xm-sendsecure", to="country:US", context=context)
        assert decision.reason is Reason.EXEMPTION_NOT_MET
        assert decision.unmet == "exemptions are switched off here"
        with pytest.raises(TransferBlocked):
            strict.enforce(ACME, "xm-sendsecure", to="country:US", context=context)

    def test_an_unknown_exemption_is_denied(self) -> None:
        """A name that the policy does not declare permits nothing, however it is spelled."""
        for name in ("personnel", "PERSONNEL ", "EMERGENCY"):
            decision = decide(Invocation(name, **_FULL))  # type: ignore[arg-type]  # of several types
            assert decision.reason is Reason.EXEMPTION_NOT_MET
            assert decision.clauses == ("§5(ii)", "§5(transfer)")
            assert "declares no exemption" in (decision.unmet or "")

    def test_within_the_zone_it_is_not_needed(self) -> None:
        """Rule 1 comes first: at home, an invocation is neither needed nor recorded."""
        decision = decide(Invocation("NONSENSE"), to="country:IE")
        assert (decision.reason, decision.exemption) == (Reason.WITHIN_ZONE, None)

    def test_an_unknown_destination_is_not_exempt(self) -> None:
        """A place that is not known stays denied: nothing can be shown for it."""
        decision = decide(VALID["LEGAL_OBLIGATION"], to="aws:atlantis-1")
        assert decision.reason is Reason.UNKNOWN_DESTINATION

    def test_an_invocation_changes_no_later_call(self) -> None:
        """What an invocation permitted is denied to the next call, which invokes nothing."""
        guard = Guard(Router(ON_RECORD))
        context = Context(exemption=VALID["LEGAL_OBLIGATION"])
        assert guard.decide(ACME, "xm-sendsecure", to="country:US", context=context).permitted
        assert not guard.decide(ACME, "xm-sendsecure", to="country:US").permitted
        assert guard.decide(ACME, "xm-sendsecure", to="country:US", context=context).permitted

    async def test_async_decides_alike(self) -> None:
        """The async twin knows exemptions too."""
        guard = Guard(Router(ON_RECORD), open_ledger("memory:"))
        context = Context(exemption=VALID["LEGAL_OBLIGATION"])
        asked = await guard.decide_async(ACME, "xm-sendsecure", to="country:US", context=context)
        assert asked.reason is Reason.EXEMPTION


class TestOrder:
    """Rule 2 comes before rule 3."""

    def _guard(self, ledger: Ledger) -> Guard:
        given = NOW - timedelta(days=1)
        ledger.give(consent(solutions=frozenset({"xm-sendsecure"}), event_time=given))
        return Guard(Router(ON_RECORD), ledger)

    def test_consent_is_preferred(self) -> None:
        """Where a consent covers the transfer, it rests on the consent and not on the exemption."""
        context = Context(at=NOW, exemption=VALID["LEGAL_OBLIGATION"])
        decision = self._guard(open_ledger("memory:")).decide(
            ACME, "xm-sendsecure", to="country:US", context=context
        )
        assert (decision.reason, decision.consent_id) == (Reason.CONSENT, "r-1")
        assert (decision.exemption, decision.obligations) == (None, ())

    def test_an_exemption_needs_no_consent(self) -> None:
        """A withdrawal takes back the consent; what an exemption permits rests on no consent."""
        ledger = open_ledger("memory:")
        guard = self._guard(ledger)
        ledger.withdraw("r-1", at=NOW)
        for exemption, reason in (
            (None, Reason.CONSENT_WITHDRAWN),
            (VALID["LEGAL_OBLIGATION"], Reason.EXEMPTION),
        ):
            context = Context(at=NOW, exemption=exemption)
            decision = guard.decide(ACME, "xm-sendsecure", to="country:US", context=context)
            assert (decision.reason, decision.consent_ids) == (reason, ())

    def test_a_ledger_that_fails_denies(self) -> None:
        """A ledger that cannot be read denies: the decision could not be made by all its rules."""
        guard = Guard(Router(ON_RECORD), Ledger(_Failing()))
        context = Context(at=NOW, exemption=VALID["LEGAL_OBLIGATION"])
        decision = guard.decide(ACME, "xm-sendsecure", to="country:US", context=context)
        assert decision.reason is Reason.LEDGER_UNAVAILABLE


class _Failing:
    def append(self, event: ConsentEvent) -> bool:
        raise OSError(event)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        raise OSError(account)

    def account_of(self, record_id: str) -> str | None:
        raise OSError(record_id)


class TestExpiry:
    """An exemption is valid in a half-open period, by the predicate that serves consents."""

    @pytest.mark.parametrize(
        ("start", "end", "unmet"),
        [
            (0, 1, None),
            (-1, 0, "it is expired"),
            (1, 2, "it is not yet valid"),
            (None, 1, None),
            (None, 0, "it is expired"),
            (0, None, None),
            (1, None, "it is not yet valid"),
        ],
    )
    def test_both_ends(self, start: int | None, end: int | None, unmet: str | None) -> None:
        """The first moment counts and the last one does not."""
        step = timedelta(microseconds=1)
        invocation = evolve(
            VALID["LEGAL_OBLIGATION"],
            valid_from=None if start is None else NOW + start * step,
            valid_until=None if end is None else NOW + end * step,
        )
        decision = decide(invocation)
        assert decision.unmet == unmet
        assert decision.permitted is (unmet is None)

    @given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
    def test_as_a_consent(self, start: datetime, end: datetime) -> None:
        """A consent and an exemption of one period are valid at the same moments."""
        if start >= end:
            start, end = end, start + timedelta(microseconds=1)
        invocation = Invocation("X", valid_from=start, valid_until=end)
        expected = "valid" if start <= NOW < end else "expired" if end <= NOW else "not-yet-valid"
        assert invocation.validity(NOW).value == expected


class TestExplanation:
    """`explain` says what was invoked and shown, and what is missing."""

    def test_a_permit(self) -> None:
        """A permit tells the exemption and all that was shown for it."""
        until = datetime(2025, 1, 1, tzinfo=UTC)
        shown = evolve(VALID["PERSONNEL"], reference="ticket 4", valid_until=until)
        lines = explain(decide(shown)).splitlines()
        assert (
            "PERSONNEL, personnel in FR, reference ticket 4, until 2025-01-01T00:00:00+00:00."
            in lines
        )
        assert "§5(personnel)" in lines[-1]

    def test_a_denial(self) -> None:
        """A denial tells which condition is not met, and that a consent would do."""
        text = explain(decide(VALID["PERSONNEL"], purpose="contact"))
        assert "PERSONNEL, personnel in FR: its purpose must be one of provisioning, " in text
        assert "What would permit it: an explicit consent of the customer" in text
