"""The bundled document holds the facts of the policy of 2020-11-01, no more and no fewer."""

from datetime import date

import pytest

from residency.geography import TERRITORIES, Territory
from residency.policy import Evidence, Policy, RetentionLimit, RetentionUnit, load_policy
from tests.policy.documents import BUNDLED

_MEMBER_STATES = {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
}
_OUTERMOST_REGIONS = {"GF", "GP", "MQ", "RE", "YT", "MF"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The bundled document."""
    return load_policy("xmedius/2020-11-01")


class TestHead:
    def test_it_is_the_policy_of_its_name_and_date(self, policy: Policy) -> None:
        """The document is XMedius's, effective 2020-11-01, as its file name says."""
        assert policy.reference.id == "xmedius" == BUNDLED.parent.name
        assert policy.reference.effective == date(2020, 11, 1)
        assert BUNDLED.stem == "2020-11-01"

    def test_who_is_responsible_and_where_it_was_published(self, policy: Policy) -> None:
        """The controller and the address are those of the policy."""
        assert policy.controller.startswith("XMedius Solutions Inc.")
        assert policy.source == "https://www.xmedius.com/en/website-privacy-policy/"
        assert policy.title == "XMedius Website Privacy Policy"

    def test_a_riskier_policy_is_announced_a_month_ahead(self, policy: Policy) -> None:
        """§1: a change with significant privacy risk needs 30 days' notice."""
        assert policy.notice_days == 30
        assert "§1" in policy.notice_clause

    def test_any_country_of_the_zone_will_do(self, policy: Policy) -> None:
        """Semantics §1: a write to another country of the right zone is permitted by default."""
        assert policy.enforce_hosting is False

    def test_the_solution_meant_where_none_is_named(self, policy: Policy) -> None:
        """A batch that names no solution asks for XM Fax."""
        assert policy.default_solution == "xm-fax"

    def test_each_question_has_its_clause(self, policy: Policy) -> None:
        """§5 decides placement, agreements and transfers, each under its own clause id."""
        assert policy.agreement_clause == "§5(agreement)"
        assert policy.transfer_clause == "§5(transfer)"
        assert policy.placement_clause == "§5(placement)"


class TestPlacement:
    def test_zones(self, policy: Policy) -> None:
        """There are three zones, in the order of §5 (i) to (iii)."""
        assert list(policy.zones) == ["US", "EU", "CA"]

    def test_entities(self, policy: Policy) -> None:
        """Orders are processed by two entities (§5 iv)."""
        assert {entity.id: entity.name for entity in policy.entities.values()} == {
            "xmedius-solutions": "XMedius Solutions Inc.",
            "xmedius-europe": "XMedius Europe SAS",
        }

    def test_rules(self, policy: Policy) -> None:
        """§5 (i) to (iii) choose by country, (iv) by the entity, everywhere else."""
        assert [
            (rule.clause, rule.within, rule.zone, dict(rule.zone_by_entity))
            for rule in policy.rules
        ] == [
            ("§5(i)", "US", "US", {}),
            ("§5(ii)", "EU", "EU", {}),
            ("§5(iii)", "CA", "CA", {}),
            ("§5(iv)", None, None, {"xmedius-solutions": "US", "xmedius-europe": "EU"}),
        ]

    @pytest.mark.parametrize(
        ("day", "code", "clause"),
        [
            (date(2021, 1, 1), "US", "§5(i)"),
            (date(2021, 1, 1), "PR", "§5(i)"),
            (date(2021, 1, 1), "UM", "§5(i)"),
            (date(2021, 1, 1), "DE", "§5(ii)"),
            (date(2021, 1, 1), "RE", "§5(ii)"),
            (date(2021, 1, 1), "CY", "§5(ii)"),
            (date(2021, 1, 1), "CA", "§5(iii)"),
            (date(2021, 1, 1), "CH", "§5(iv)"),
            (date(2021, 1, 1), "GL", "§5(iv)"),
            (date(2021, 1, 1), "XK", "§5(iv)"),
            (date(2020, 1, 31), "GB", "§5(ii)"),
            (date(2020, 2, 1), "GB", "§5(iv)"),
            (date(2020, 1, 31), "GI", "§5(ii)"),
            (date(2020, 2, 1), "GI", "§5(iv)"),
            (date(2013, 6, 30), "HR", "§5(iv)"),
            (date(2013, 7, 1), "HR", "§5(ii)"),
            (date(2011, 12, 31), "BL", "§5(ii)"),
            (date(2012, 1, 1), "BL", "§5(iv)"),
        ],
    )
    def test_who_falls_under_which_clause(
        self, policy: Policy, day: date, code: str, clause: str
    ) -> None:
        """Semantics §1: each territory has the clause of its table, on each side of a change."""
        assert policy.rule_for(Territory(code), day).clause == clause

    def test_the_us_ground(self, policy: Policy) -> None:
        """Semantics §1: the USA's ground is the country and its six outlying territories."""
        ground = {code for code in TERRITORIES if policy.zone_of(code, date(2021, 1, 1)) == "US"}
        assert ground == {"US", "PR", "GU", "VI", "AS", "MP", "UM"}

    def test_the_eu_ground(self, policy: Policy) -> None:
        """Semantics §1: the EU's ground in 2021 is 27 members and seven special territories."""
        ground = {code for code in TERRITORIES if policy.zone_of(code, date(2021, 1, 1)) == "EU"}
        assert ground == _MEMBER_STATES | _OUTERMOST_REGIONS | {"AX"}


# Solution: the clause, whether the country chooses, the kind of hosting, zone -> countries.
_SOLUTIONS = {
    "xm-fax": ("§3.1", True, "colocation", {"US": ("US",), "EU": ("FR",), "CA": ("CA",)}),
    "xm-sendsecure": (
        "§3.2",
        True,
        "public-cloud",
        {"US": ("US",), "EU": ("IE",), "CA": ("CA",)},
    ),
    "xm-cloud-portal": (
        "§3.2",
        True,
        "public-cloud",
        {"US": ("US",), "EU": ("IE",), "CA": ("CA",)},
    ),
    "xm-connect": ("§3.3", False, "private-cloud", {"US": ("US",)}),
    "help-desk": ("§3.4", False, "saas", {"US": ("US",)}),
    "billing": ("§3.4", False, "saas", {"US": ("US",)}),
    "license-servers": ("§3.5", False, "own-servers", {"US": ("US",), "CA": ("CA",)}),
}


class TestSolutions:
    def test_solutions_and_their_hosting(self, policy: Policy) -> None:
        """§3.1 to §3.5: each solution is hosted where and how the policy says."""
        assert {
            found.id: (found.clause, found.placed_by_country, found.hosting, dict(found.storage))
            for found in policy.solutions.values()
        } == _SOLUTIONS

    def test_the_order_of_solutions_and_zones(self, policy: Policy) -> None:
        """Solutions stand in the order of §3, and the zones of each in the order of the zones."""
        assert list(policy.solutions) == list(_SOLUTIONS)
        order = list(policy.zones)
        for found in policy.solutions.values():
            assert list(found.storage) == sorted(found.storage, key=order.index)


def _days(amount: int) -> RetentionLimit:
    return RetentionLimit(amount, RetentionUnit.DAYS, "account-termination")


_YEAR = RetentionLimit(1, RetentionUnit.YEARS, "creation")


# Semantics §4: solution, data, kept at most, clause; "not stated" is no limit.
_RETENTION = {
    ("xm-fax", "fax-data"): ((_days(90),), "§3.1"),
    ("xm-fax", "system-logs"): ((_YEAR,), "§3.1"),
    ("xm-fax", "backups"): ((_YEAR,), "§3.1"),
    ("xm-sendsecure", "account-management"): ((_days(90),), "§3.2"),
    ("xm-sendsecure", "application-data"): ((_days(90),), "§3.2"),
    ("xm-sendsecure", "system-logs"): ((_YEAR,), "§3.2"),
    ("xm-sendsecure", "backups"): ((_YEAR,), "§3.2"),
    ("xm-cloud-portal", "account-management"): ((_days(90),), "§3.2"),
    ("xm-cloud-portal", "application-data"): ((_days(90),), "§3.2"),
    ("xm-cloud-portal", "system-logs"): ((_YEAR,), "§3.2"),
    ("xm-cloud-portal", "backups"): ((_YEAR,), "§3.2"),
    ("xm-connect", "voice-messages"): ((_days(60),), "§3.3"),
    ("xm-connect", "account-management"): ((_days(60),), "§3.3"),
    ("xm-connect", "application-data"): ((_days(60),), "§3.3"),
    ("xm-connect", "system-logs"): ((), "§3.3"),
    ("help-desk", "support-tickets"): (
        (
            _days(90),
            RetentionLimit(2, RetentionUnit.YEARS, "maintenance-contract-end"),
        ),
        "§3.4",
    ),
    ("billing", "billing-data"): (
        (RetentionLimit(7, RetentionUnit.YEARS, "account-termination"),),
        "§3.4",
    ),
    ("billing", "card-data"): ((), "§3.4"),
    ("license-servers", "licensing-data"): ((), "§3.5"),
}


class TestRetention:
    def test_each_category_has_the_retention_of_its_clause(self, policy: Policy) -> None:
        """Semantics §4: each category is kept as long as the policy says, or nothing is stated."""
        assert {
            (solution.id, data.id): (data.retention, data.clause)
            for solution in policy.solutions.values()
            for data in solution.categories
        } == _RETENTION


class TestExemptions:
    def test_there_are_four(self, policy: Policy) -> None:
        """Semantics §2 rule 3 knows four exemptions."""
        assert set(policy.exemptions) == {
            "PERSONNEL",
            "PROCESSOR",
            "LEGAL_OBLIGATION",
            "CORPORATE_SUCCESSOR",
        }

    def test_personnel(self, policy: Policy) -> None:
        """§5: staff in the USA, Canada and Europe may work on data there, for four purposes."""
        found = policy.exemptions["PERSONNEL"]
        assert found.clauses == ("§5(personnel)",)
        assert set(found.purposes) == {"provisioning", "billing", "support", "troubleshooting"}
        lies_in = {
            code
            for code in ("US", "PR", "CA", "DE", "FR", "CH", "GB", "NO", "IN", "MX")
            if any(
                policy.contains(name, Territory(code), date(2021, 1, 1))
                for name in found.territories
            )
        }
        assert lies_in == {"US", "PR", "CA", "DE", "FR"}

    def test_europe_can_be_widened_without_moving_accounts(self, policy: Policy) -> None:
        """Semantics §2: what Europe means for staff is a set of its own, and no zone's ground."""
        widened = set(policy.exemptions["PERSONNEL"].territories) - {"US", "CA"}
        assert widened.isdisjoint(zone.territory for zone in policy.zones.values())
        assert widened.isdisjoint(rule.within for rule in policy.rules)

    def test_processor(self, policy: Policy) -> None:
        """§4, §5: a provider needs recorded safeguards, and does not move storage."""
        found = policy.exemptions["PROCESSOR"]
        assert found.clauses == ("§4(providers)", "§5(providers)")
        assert found.requires == (Evidence.PROVIDER,)
        assert found.handling_only is True

    def test_legal_obligation(self, policy: Policy) -> None:
        """§4: an authority's demand needs its reference, and an attempt to notify the customer."""
        found = policy.exemptions["LEGAL_OBLIGATION"]
        assert found.clauses == ("§4(authority)",)
        assert found.requires == (Evidence.REFERENCE,)
        (obligation,) = found.obligations
        assert "notify the customer" in obligation

    def test_corporate_successor(self, policy: Policy) -> None:
        """§4: a successor needs safeguards."""
        found = policy.exemptions["CORPORATE_SUCCESSOR"]
        assert found.clauses == ("§4(successor)",)
        assert found.requires == (Evidence.SAFEGUARDS,)


class TestThirdParties:
    def test_no_provider_has_recorded_safeguards(self, policy: Policy) -> None:
        """The policy names kinds of providers and records the safeguards of none of them."""
        assert set(policy.providers) == {
            "telecommunication",
            "sms-voice",
            "public-cloud",
            "hosted-applications",
        }
        assert {provider.safeguards for provider in policy.providers.values()} == {None}

    def test_what_providers_work_for(self, policy: Policy) -> None:
        """§3.1 names telephone networks, §3.2 messages and clouds, §3.4 hosted applications."""
        assert {
            provider.id: (provider.clause, provider.solutions, provider.countries)
            for provider in policy.providers.values()
        } == {
            "telecommunication": ("§3.1", ("xm-fax",), frozenset()),
            "sms-voice": ("§3.2", ("xm-sendsecure",), frozenset()),
            "public-cloud": ("§3.2", ("xm-sendsecure", "xm-cloud-portal"), {"US", "IE", "CA"}),
            "hosted-applications": ("§3.4", ("help-desk", "billing"), {"US"}),
        }

    def test_integrations(self, policy: Policy) -> None:
        """§1 names seven services that customers may connect."""
        assert len(policy.integrations) == 7
        names = " ".join(found.name for found in policy.integrations.values())
        for maker in (
            "Google Cloud Print",
            "Xerox",
            "HP",
            "reCAPTCHA",
            "Speech API",
            "Microsoft",
            "VoiceBase",
        ):
            assert maker in names


class TestPeople:
    def test_rights(self, policy: Policy) -> None:
        """§7 (i) to (v) give five rights."""
        assert {right.id: right.clause for right in policy.rights.values()} == {
            "access": "§7(i)",
            "rectification": "§7(ii)",
            "erasure": "§7(iii)",
            "objection": "§7(iv)",
            "portability": "§7(v)",
        }

    def test_contact(self, policy: Policy) -> None:
        """§7 names a privacy officer."""
        assert policy.contact is not None
        assert policy.contact.role == "privacy officer"
        assert policy.contact.email == "privacy@xmedius.com"
        assert policy.contact.phone == "+1.519.888.7111"
        assert policy.contact.fax == "+1.519.888.0677"

    def test_purposes(self, policy: Policy) -> None:
        """§2 and §5 state what data is used for."""
        assert {purpose.clause for purpose in policy.purposes.values()} == {
            "§2(delivery)",
            "§2(problems)",
            "§2(improvement)",
            "§2(contact)",
            "§2(usage)",
            "§2(billing)",
            "§5(personnel)",
        }
