"""Exemptions: what may leave its zone without consent, if the request says so by name."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from residency import (
    Account,
    Agreement,
    Context,
    Decision,
    Designation,
    Guard,
    Reason,
    Router,
    TransferBlocked,
    explain,
    load_policy,
    open_ledger,
)
from residency.consent import ConsentEvent, ConsentRecord, Expression, Ledger, PartyRole
from residency.errors import CountryError, ErrorKind, InputError
from residency.exemption import Invocation
from residency.policy import Policy, read_policy
from tests.policy.documents import BUNDLED

_TEXT = BUNDLED.read_text(encoding="utf-8")
_CLOUD = 'countries = ["US", "IE", "CA"]'
POLICY = load_policy("xmedius")
# The bundled document names kinds of providers, and no record of their safeguards.
ON_RECORD = read_policy(_TEXT.replace(_CLOUD, f'{_CLOUD}\nsafeguards = "agreement 12"').encode())
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ACME = Account("acme", "Germany", setup_date=date(2021, 3, 1))
_FULL = {
    "personnel": "FR",
    "provider": "public-cloud",
    "reference": "order 99",
    "safeguards": "record 7",
    "handling": True,
}


def _decide(
    invocation: Invocation | None,
    *,
    to: str | tuple[str, ...] = "country:US",
    purpose: str | None = "support",
    policy: Policy = ON_RECORD,
    solution: str = "xm-sendsecure",
    source: str | None = None,
) -> Decision:
    context = Context(purpose=purpose, source=source, at=NOW, exemption=invocation)
    return Guard(Router(policy)).decide(ACME, solution, to=to, context=context)


def _permits(invocation: Invocation | None, **changes: Any) -> bool:
    return _decide(invocation, **changes).permitted


_VALID: Mapping[str, Invocation] = {
    "PERSONNEL": Invocation("PERSONNEL", personnel="FR"),
    "PROCESSOR": Invocation("PROCESSOR", provider="public-cloud", handling=True),
    "LEGAL_OBLIGATION": Invocation("LEGAL_OBLIGATION", reference="order 99"),
    "CORPORATE_SUCCESSOR": Invocation("CORPORATE_SUCCESSOR", safeguards="record 7"),
}
_CLAUSES = {
    "PERSONNEL": ("§5(ii)", "§5(transfer)", "§5(personnel)"),
    "PROCESSOR": ("§5(ii)", "§5(transfer)", "§4(providers)", "§5(providers)"),
    "LEGAL_OBLIGATION": ("§5(ii)", "§5(transfer)", "§4(authority)"),
    "CORPORATE_SUCCESSOR": ("§5(ii)", "§5(transfer)", "§4(successor)"),
}

each_exemption = pytest.mark.parametrize("name", _VALID)


class TestInvocation:
    """An exemption counts if it is invoked by its name and its conditions are met."""

    @each_exemption
    def test_it_permits_by_its_clauses(self, name: str) -> None:
        """The decision names the exemption, what was shown for it, and the clauses it rests on."""
        decision = _decide(_VALID[name])
        assert (decision.permitted, decision.reason) == (True, Reason.EXEMPTION)
        assert decision.clauses == _CLAUSES[name]
        assert (decision.exemption, decision.unmet) == (_VALID[name], None)
        assert decision.consent_ids == ()

    @each_exemption
    def test_it_is_never_inferred(self, name: str) -> None:
        """The same transfer without the invocation is denied, whatever would have been shown."""
        assert _decide(_VALID[name]).permitted
        assert _decide(None).reason is Reason.NO_CONSENT

    @each_exemption
    def test_one_exemption_is_not_another(self, name: str) -> None:
        """What is shown for one exemption permits nothing under the name of another."""
        for other in _VALID.keys() - {name}:
            assert not _permits(evolve(_VALID[name], exemption=other))

    @each_exemption
    def test_a_strict_guard_has_none(self, name: str) -> None:
        """Where exemptions are switched off, every one of them is refused."""
        strict = Guard(Router(ON_RECORD), exemptions=False)
        context = Context(purpose="support", at=NOW, exemption=_VALID[name])
        decision = strict.decide(ACME, "xm-sendsecure", to="country:US", context=context)
        assert decision.reason is Reason.EXEMPTION_NOT_MET
        assert decision.unmet == "exemptions are switched off here"
        with pytest.raises(TransferBlocked):
            strict.enforce(ACME, "xm-sendsecure", to="country:US", context=context)

    def test_an_unknown_exemption_is_denied(self) -> None:
        """A name that the policy does not declare permits nothing, however it is spelled."""
        for name in ("personnel", "PERSONNEL ", "EMERGENCY"):
            decision = _decide(Invocation(name, **_FULL))  # type: ignore[arg-type]  # of several types
            assert decision.reason is Reason.EXEMPTION_NOT_MET
            assert decision.clauses == ("§5(ii)", "§5(transfer)")
            assert "declares no exemption" in (decision.unmet or "")

    def test_within_the_zone_it_is_not_needed(self) -> None:
        """Rule 1 comes first: at home, an invocation is neither needed nor recorded."""
        decision = _decide(Invocation("NONSENSE"), to="country:IE")
        assert (decision.reason, decision.exemption) == (Reason.WITHIN_ZONE, None)

    def test_an_unknown_destination_is_not_exempt(self) -> None:
        """A place that is not known stays denied: nothing can be shown for it."""
        decision = _decide(_VALID["LEGAL_OBLIGATION"], to="aws:atlantis-1")
        assert decision.reason is Reason.UNKNOWN_DESTINATION

    def test_an_invocation_changes_no_later_call(self) -> None:
        """What an invocation permitted is denied to the next call, which invokes nothing."""
        guard = Guard(Router(ON_RECORD))
        context = Context(exemption=_VALID["LEGAL_OBLIGATION"])
        assert guard.decide(ACME, "xm-sendsecure", to="country:US", context=context).permitted
        assert not guard.decide(ACME, "xm-sendsecure", to="country:US").permitted
        assert guard.decide(ACME, "xm-sendsecure", to="country:US", context=context).permitted

    async def test_async_decides_alike(self) -> None:
        """The async twin knows exemptions too."""
        guard = Guard(Router(ON_RECORD), open_ledger("memory:"))
        context = Context(exemption=_VALID["LEGAL_OBLIGATION"])
        asked = await guard.decide_async(ACME, "xm-sendsecure", to="country:US", context=context)
        assert asked.reason is Reason.EXEMPTION


class TestOrder:
    """Rule 2 comes before rule 3."""

    def _guard(self, ledger: Ledger) -> Guard:
        ledger.give(
            ConsentRecord(
                record_id="r1",
                account="acme",
                controller="XMedius",
                privacy_notice="2020-11-01",
                solutions=frozenset({"xm-sendsecure"}),
                categories=frozenset({"*"}),
                purposes=frozenset({"*"}),
                source_zone="EU",
                destination_zones=frozenset({"US"}),
                event_time=NOW - timedelta(days=1),
                expression=Expression.EXPLICIT,
                party_name="A. Admin",
                party_role=PartyRole.ADMINISTRATOR,
                method="web form",
            )
        )
        return Guard(Router(ON_RECORD), ledger)

    def test_consent_is_preferred(self) -> None:
        """Where a consent covers the transfer, it rests on the consent and not on the exemption."""
        context = Context(at=NOW, exemption=_VALID["LEGAL_OBLIGATION"])
        decision = self._guard(open_ledger("memory:")).decide(
            ACME, "xm-sendsecure", to="country:US", context=context
        )
        assert (decision.reason, decision.consent_id) == (Reason.CONSENT, "r1")
        assert (decision.exemption, decision.obligations) == (None, ())

    def test_an_exemption_needs_no_consent(self) -> None:
        """A withdrawal takes back the consent; what an exemption permits rests on no consent."""
        ledger = open_ledger("memory:")
        guard = self._guard(ledger)
        ledger.withdraw("r1", at=NOW)
        for exemption, reason in (
            (None, Reason.CONSENT_WITHDRAWN),
            (_VALID["LEGAL_OBLIGATION"], Reason.EXEMPTION),
        ):
            context = Context(at=NOW, exemption=exemption)
            decision = guard.decide(ACME, "xm-sendsecure", to="country:US", context=context)
            assert (decision.reason, decision.consent_ids) == (reason, ())

    def test_a_ledger_that_fails_denies(self) -> None:
        """A ledger that cannot be read denies: the decision could not be made by all its rules."""
        guard = Guard(Router(ON_RECORD), Ledger(_Failing()))
        context = Context(at=NOW, exemption=_VALID["LEGAL_OBLIGATION"])
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
            _VALID["LEGAL_OBLIGATION"],
            valid_from=None if start is None else NOW + start * step,
            valid_until=None if end is None else NOW + end * step,
        )
        decision = _decide(invocation)
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


class TestPersonnel:
    """§5(personnel): staff in the USA, Canada and Europe, for four purposes."""

    @pytest.mark.parametrize("purpose", ["provisioning", "billing", "support", "troubleshooting"])
    def test_its_purposes(self, purpose: str) -> None:
        """Provisioning, billing, support and troubleshooting are what it is for."""
        assert _permits(_VALID["PERSONNEL"], purpose=purpose)

    @pytest.mark.parametrize("purpose", [None, "improvement", "contact", "Support"])
    def test_no_other_purpose(self, purpose: str | None) -> None:
        """Any other purpose, or none, is denied."""
        assert not _permits(_VALID["PERSONNEL"], purpose=purpose)

    @pytest.mark.parametrize("country", ["US", "PR", "CA", "FR", "Germany", "SE", ("US", "FR")])
    def test_where_staff_may_be(self, country: str | tuple[str, ...]) -> None:
        """Staff in the USA, Canada or the European Union may work on data there."""
        assert _permits(Invocation("PERSONNEL", personnel=country))

    @pytest.mark.parametrize("country", ["GB", "CH", "NO", "IN", ("US", "IN"), ()])
    def test_where_staff_may_not_be(self, country: str | tuple[str, ...]) -> None:
        """Staff elsewhere, in Europe outside the Union too, or nobody knows where, may not."""
        decision = _decide(Invocation("PERSONNEL", personnel=country))
        assert decision.unmet == "the personnel must be shown to be in US, CA, EUROPE"

    @pytest.mark.parametrize(
        ("at", "permitted"),
        [
            (datetime(2020, 1, 31, 23, 59, 59, tzinfo=UTC), True),
            (datetime(2020, 2, 1, tzinfo=UTC), False),
        ],
    )
    def test_membership_is_that_of_the_day(self, at: datetime, permitted: bool) -> None:  # noqa: FBT001 - a column of the table
        """British staff could until the last day of membership, and not on the day after."""
        account = Account("acme", "Germany", setup_date=date(2019, 3, 1))
        context = Context(
            purpose="support", at=at, exemption=Invocation("PERSONNEL", personnel="GB")
        )
        decision = Guard(Router(POLICY)).decide(account, "xm-fax", to="zone:US", context=context)
        assert decision.permitted is permitted

    @pytest.mark.parametrize(
        ("to", "permitted"),
        [
            ("country:CA", True),
            ("zone:US", True),
            ("aws:us-east-1", True),
            (("country:US", "country:CA", "country:FR"), True),
            ("country:GB", False),
            ("aws:eu-west-2", False),
            (("country:US", "country:IN"), False),
        ],
    )
    def test_where_data_may_go(self, to: str | tuple[str, ...], permitted: bool) -> None:  # noqa: FBT001 - a column of the table
        """Data stays in the USA, Canada and the European Union, all of it."""
        assert _permits(_VALID["PERSONNEL"], to=to) is permitted

    @pytest.mark.parametrize(
        ("source", "permitted"), [("country:CA", True), ("zone:CA", True), ("country:CH", False)]
    )
    def test_where_data_may_come_from(self, source: str, permitted: bool) -> None:  # noqa: FBT001 - a column of the table
        """Data that lies elsewhere already is not the staff's to work on."""
        assert _permits(_VALID["PERSONNEL"], source=source) is permitted

    def test_data_of_an_unknown_zone(self) -> None:
        """Data designated for a zone that the policy does not know is nowhere that counts."""
        placement = Router(POLICY).place(ACME, "xm-fax")
        pinned = Designation("acme", ACME.setup_date, evolve(placement, zones=("APAC",)))
        context = Context(purpose="support", at=NOW, exemption=_VALID["PERSONNEL"])
        decision = Guard(Router(POLICY)).decide(pinned, to="country:US", context=context)
        assert decision.unmet == "the data must be in US, CA, EUROPE, before and afterwards"

    def test_no_longer_chain_ends_elsewhere(self) -> None:
        """Wherever the exemption brought data, from there it may go nowhere else than before."""
        for via in ("country:US", "country:CA"):
            for to in ("country:GB", "country:IN", "zone:US", "country:CA"):
                chained = _permits(_VALID["PERSONNEL"], to=to, source=via)
                assert chained <= _permits(_VALID["PERSONNEL"], to=to)


class TestProcessor:
    """§4(providers): a provider with recorded safeguards handles data."""

    def test_the_bundled_policy_records_no_safeguards(self) -> None:
        """The policy names kinds of providers, and the safeguards of none: nothing rests on one."""
        for provider in POLICY.providers:
            invocation = Invocation("PROCESSOR", provider=provider, handling=True)
            decision = _decide(invocation, policy=POLICY)
            assert decision.unmet == f"the safeguards of provider {provider} are not on record"

    def test_storage_does_not_move(self) -> None:
        """A write, a copy or a replication cannot rest on it: a provider handles data."""
        decision = _decide(evolve(_VALID["PROCESSOR"], handling=False))
        assert decision.unmet == "it lets data be handled, and does not let its storage move"

    @pytest.mark.parametrize(
        ("provider", "unmet"),
        [
            (None, "the provider must be named"),
            ("nobody", "the policy has no provider `nobody`"),
            ("sms-voice", "the safeguards of provider sms-voice are not on record"),
        ],
    )
    def test_the_provider_is_in_the_register(self, provider: str | None, unmet: str) -> None:
        """Only a provider whom the document registers, with safeguards, handles data."""
        decision = _decide(Invocation("PROCESSOR", provider=provider, handling=True))
        assert decision.unmet == unmet

    def test_for_its_solutions(self) -> None:
        """A provider handles the data of the solutions it works for."""
        assert _permits(_VALID["PROCESSOR"], solution="xm-cloud-portal")
        decision = _decide(_VALID["PROCESSOR"], solution="xm-fax")
        assert decision.unmet == "provider public-cloud does not work for xm-fax"

    @pytest.mark.parametrize(
        ("to", "permitted"),
        [
            ("country:US", True),
            (("country:US", "country:CA", "country:DE"), True),
            ("country:GB", False),
            ("zone:US", False),
            (("country:US", "country:GB"), False),
        ],
    )
    def test_in_its_countries(self, to: str | tuple[str, ...], permitted: bool) -> None:  # noqa: FBT001 - a column of the table
        """It handles data where it is registered to work; a zone as a whole is no such country."""
        assert _permits(_VALID["PROCESSOR"], to=to) is permitted


class TestLegalObligation:
    """§4(authority): a public authority demands data."""

    def test_the_order_is_named(self) -> None:
        """Without the reference of the order nothing rests on it."""
        decision = _decide(Invocation("LEGAL_OBLIGATION"))
        assert decision.unmet == "the reference of the document it rests on must be given"
        assert decision.obligations == ()

    def test_the_duty_to_tell_the_customer(self) -> None:
        """The decision carries the duty to try to notify, and `explain` spells it out."""
        decision = _decide(_VALID["LEGAL_OBLIGATION"])
        [duty] = decision.obligations
        assert duty == "try to notify the customer beforehand, unless the law forbids it"
        assert f"You must: {duty}." in explain(decision)


class TestCorporateSuccessor:
    """§4(successor): a merger, a reorganisation or a change of control."""

    def test_safeguards_are_named(self) -> None:
        """Without the record of the successor's safeguards nothing rests on it."""
        decision = _decide(Invocation("CORPORATE_SUCCESSOR"))
        assert decision.unmet == "the record of the recipient's safeguards must be named"


class TestExplanation:
    """`explain` says what was invoked and shown, and what is missing."""

    def test_a_permit(self) -> None:
        """A permit tells the exemption and all that was shown for it."""
        until = datetime(2025, 1, 1, tzinfo=UTC)
        shown = evolve(_VALID["PERSONNEL"], reference="ticket 4", valid_until=until)
        lines = explain(_decide(shown)).splitlines()
        assert (
            "PERSONNEL, personnel in FR, reference ticket 4, until 2025-01-01T00:00:00+00:00."
            in lines
        )
        assert "§5(personnel)" in lines[-1]

    def test_a_denial(self) -> None:
        """A denial tells which condition is not met, and that a consent would do."""
        text = explain(_decide(_VALID["PERSONNEL"], purpose="contact"))
        assert "PERSONNEL, personnel in FR: its purpose must be one of provisioning, " in text
        assert "What would permit it: an explicit consent of the customer" in text


def _fields(changed: dict[str, Any]) -> dict[str, Any]:
    return {"exemption": "PERSONNEL", **changed}


class TestMalformed:
    """A malformed invocation is refused before anything is decided."""

    @pytest.mark.parametrize(
        ("fields", "error", "kind"),
        [
            ({"exemption": ""}, InputError, ErrorKind.EMPTY),
            ({"exemption": None}, InputError, ErrorKind.TYPE),
            ({"personnel": "Europe"}, CountryError, ErrorKind.NOT_A_COUNTRY),
            ({"personnel": ["US", ""]}, CountryError, ErrorKind.EMPTY),
            ({"personnel": ["US"] * 257}, InputError, ErrorKind.TOO_LARGE),
            ({"personnel": None}, CountryError, ErrorKind.TYPE),
            ({"provider": " "}, InputError, ErrorKind.EMPTY),
            ({"reference": 7}, InputError, ErrorKind.TYPE),
            ({"safeguards": "a\nb"}, InputError, ErrorKind.INVALID_CHAR),
            ({"handling": "yes"}, InputError, ErrorKind.TYPE),
            ({"valid_from": datetime(2024, 1, 1)}, InputError, ErrorKind.NAIVE_TIME),  # noqa: DTZ001 - that is refused
            ({"valid_until": "2024-01-01"}, InputError, ErrorKind.TYPE),
            ({"valid_from": NOW, "valid_until": NOW}, InputError, ErrorKind.CONFLICT),
        ],
    )
    def test_fields(self, fields: dict[str, Any], error: type[InputError], kind: ErrorKind) -> None:
        """Each field is checked when the invocation is made."""
        with pytest.raises(error) as caught:
            Invocation(**_fields(fields))
        assert caught.value.kind == kind

    def test_a_name_alone_is_no_invocation(self) -> None:
        """A context takes an invocation, and a guard a yes or no."""
        with pytest.raises(InputError):
            Context(exemption="PERSONNEL")  # type: ignore[arg-type]  # the wrong type is the test
        with pytest.raises(InputError):
            Guard(Router(POLICY), exemptions="off")  # type: ignore[arg-type]  # the wrong type is the test


class TestAgreements:
    """§5(agreement): a written agreement names the zone, and shows in the basis."""

    def test_the_basis(self) -> None:
        """A placement's basis is its clause, and the agreement with reference and date."""
        agreed = Agreement("xm-fax", "CA", "contract 17", date(2021, 2, 1))
        account = evolve(ACME, agreements=(agreed,))
        router = Router(POLICY)
        assert router.place(account, "xm-fax").basis == "§5(agreement): contract 17 of 2021-02-01"
        assert router.place(account, "xm-sendsecure").basis == "§5(ii)"
