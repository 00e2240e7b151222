"""The policy's four exemptions, one by one: what each is for, where, and what must be shown."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from residency import Account, Context, Designation, Guard, Router, explain
from residency.exemption import Invocation
from tests.exemption.claims import ACME, NOW, POLICY, VALID, decide, permits


class TestPersonnel:
    """§5(personnel): staff in the USA, Canada and Europe, for four purposes."""

    @pytest.mark.parametrize("purpose", ["provisioning", "billing", "support", "troubleshooting"])
    def test_its_purposes(self, purpose: str) -> None:
        """Provisioning, billing, support and troubleshooting are what it is for."""
        assert permits(VALID["PERSONNEL"], purpose=purpose)

    @pytest.mark.parametrize("purpose", [None, "improvement", "contact", "Support"])
    def test_no_other_purpose(self, purpose: str | None) -> None:
        """Any other purpose, or none, is denied."""
        assert not permits(VALID["PERSONNEL"], purpose=purpose)

    @pytest.mark.parametrize("country", ["US", "PR", "CA", "FR", "Germany", "SE", ("US", "FR")])
    def test_where_staff_may_be(self, country: str | tuple[str, ...]) -> None:
        """Staff in the USA, Canada or the European Union may work on data there."""
        assert permits(Invocation("PERSONNEL", personnel=country))

    @pytest.mark.parametrize("country", ["GB", "CH", "NO", "IN", ("US", "IN"), ()])
    def test_where_staff_may_not_be(self, country: str | tuple[str, ...]) -> None:
        """Staff elsewhere, in Europe outside the Union too, or nobody knows where, may not."""
        decision = decide(Invocation("PERSONNEL", personnel=country))
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
        assert permits(VALID["PERSONNEL"], to=to) is permitted

    @pytest.mark.parametrize(
        ("source", "permitted"), [("country:CA", True), ("zone:CA", True), ("country:CH", False)]
    )
    def test_where_data_may_come_from(self, source: str, permitted: bool) -> None:  # noqa: FBT001 - a column of the table
        """Data that lies elsewhere already is not the staff's to work on."""
        assert permits(VALID["PERSONNEL"], source=source) is permitted

    def test_data_of_an_unknown_zone(self) -> None:
        """Data designated for a zone that the policy does not know is nowhere that counts."""
        placement = Router(POLICY).place(ACME, "xm-fax")
        pinned = Designation("acme", ACME.setup_date, evolve(placement, zones=("APAC",)))
        context = Context(purpose="support", at=NOW, exemption=VALID["PERSONNEL"])
        decision = Guard(Router(POLICY)).decide(pinned, to="country:US", context=context)
        assert decision.unmet == "the data must be in US, CA, EUROPE, before and afterwards"

    def test_no_longer_chain_ends_elsewhere(self) -> None:
        """Wherever the exemption brought data, from there it may go nowhere else than before."""
        for via in ("country:US", "country:CA"):
            for to in ("country:GB", "country:IN", "zone:US", "country:CA"):
                chained = permits(VALID["PERSONNEL"], to=to, source=via)
                assert chained <= permits(VALID["PERSONNEL"], to=to)


class TestProcessor:
    """§4(providers): a provider with recorded safeguards handles data."""

    def test_the_bundled_policy_records_no_safeguards(self) -> None:
        """The policy names kinds of providers, and the safeguards of none: nothing rests on one."""
        for provider in POLICY.providers:
            invocation = Invocation("PROCESSOR", provider=provider, handling=True)
            decision = decide(invocation, policy=POLICY)
            assert decision.unmet == f"the safeguards of provider {provider} are not on record"

    def test_storage_does_not_move(self) -> None:
        """A write, a copy or a replication cannot rest on it: a provider handles data."""
        decision = decide(evolve(VALID["PROCESSOR"], handling=False))
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
        decision = decide(Invocation("PROCESSOR", provider=provider, handling=True))
        assert decision.unmet == unmet

    def test_for_its_solutions(self) -> None:
        """A provider handles the data of the solutions it works for."""
        assert permits(VALID["PROCESSOR"], solution="xm-cloud-portal")
        decision = decide(VALID["PROCESSOR"], solution="xm-fax")
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
        assert permits(VALID["PROCESSOR"], to=to) is permitted


class TestLegalObligation:
    """§4(authority): a public authority demands data."""

    def test_the_order_is_named(self) -> None:
        """Without the reference of the order nothing rests on it."""
        decision = decide(Invocation("LEGAL_OBLIGATION"))
        assert decision.unmet == "the reference of the document it rests on must be given"
        assert decision.obligations == ()

    def test_the_duty_to_tell_the_customer(self) -> None:
        """The decision carries the duty to try to notify, and `explain` spells it out."""
        decision = decide(VALID["LEGAL_OBLIGATION"])
        [duty] = decision.obligations
        assert duty == "try to notify the customer beforehand, unless the law forbids it"
        assert f"You must: {duty}." in explain(decision)


class TestCorporateSuccessor:
    """§4(successor): a merger, a reorganisation or a change of control."""

    def test_safeguards_are_named(self) -> None:
        """Without the record of the successor's safeguards nothing rests on it."""
        decision = decide(Invocation("CORPORATE_SUCCESSOR"))
        assert decision.unmet == "the record of the recipient's safeguards must be named"
