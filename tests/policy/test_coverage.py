"""A document that gives a territory two zones, two rules or none on any date is refused."""

from datetime import date

import pytest

from residency.errors import PolicyError
from residency.geography import MEMBERSHIPS, TERRITORIES, Interval, Memberships, Territory
from residency.policy import Policy, load_policy, read_policy
from tests.policy.documents import BUNDLED, FOUR_ZONES, refusal

_TEXT = FOUR_ZONES.read_text(encoding="utf-8")

# Every territory that the rules of the four-zone document name, the EU's members of any date apart.
_NAMED = {
    *("GB", "GG", "JE", "IM", "US"),
    *("AU", "FJ", "HK", "ID", "IN", "JP", "KR", "MY", "NZ", "PG", "PH", "SG", "TH", "TW", "VN"),
}


def _altered(*changes: tuple[str, str]) -> bytes:
    text = _TEXT
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text.encode()


class TestTwoZones:
    def test_a_territory_in_two_zones_is_named(self) -> None:
        """Codes that two zones share are all named, with both zones."""
        changed = _altered(('codes = ["US"]', 'codes = ["US", "JP", "AU"]'))
        error = refusal(changed)
        assert error.key_path == "zones[3].territory"
        assert error.value == ("AU", "JP")
        assert "AU, JP: claimed by zone `US` too" in error.message

    def test_a_dated_overlap_counts(self) -> None:
        """A former member in another zone is an overlap, for it was in both until it left."""
        error = refusal(_altered(('except = ["GB"]\n', "")))
        assert error.key_path == "zones[1].territory"
        assert error.value == ("GB",)
        assert "2014-01-01" in error.message, "the last change while it was a member"

    def test_a_future_overlap_counts(self) -> None:
        """A member to be, of another zone now, is an overlap from the day of its accession."""
        joining = {
            **MEMBERSHIPS.unions["EU"],
            Territory("JP"): (Interval(date(2031, 5, 1), None, "an invented treaty"),),
        }
        with pytest.raises(PolicyError) as caught:
            read_policy(_TEXT.encode(), memberships=Memberships({"EU": joining}))
        assert caught.value.key_path == "zones[3].territory"
        assert caught.value.value == ("JP",)
        assert "2031-05-01" in caught.value.message

    def test_the_first_day_of_all_counts(self) -> None:
        """An overlap that ends with the first dated change is an overlap."""
        members = {Territory("JP"): (Interval(date.min, date(1960, 1, 1), "an invented treaty"),)}
        with pytest.raises(PolicyError) as caught:
            read_policy(_TEXT.encode(), memberships=Memberships({"EU": members}))
        assert caught.value.value == ("JP",)


class TestTwoRules:
    def test_a_territory_under_two_rules_is_named(self) -> None:
        """Two rules for one territory set are two rules for each of its territories."""
        changed = _altered(('within = "APAC"', 'within = "UK"'))
        error = refusal(changed)
        assert error.key_path == "rules[3].within"
        assert error.value == ("GB", "GG", "IM", "JE")
        assert "claimed by rule `Art.2(b)` too" in error.message

    def test_two_rules_of_one_clause_are_two(self) -> None:
        """Rules that cite the same clause still must not overlap."""
        changed = _altered(
            ('clause = "Art.2(d)"\nwithin = "APAC"', 'clause = "Art.2(b)"\nwithin = "UK"')
        )
        assert refusal(changed).key_path == "rules[3].within"


class TestNoRule:
    @pytest.fixture
    def error(self) -> PolicyError:
        """The refusal of the document without its rule for elsewhere."""
        start = _TEXT.index('[[rules]]\nclause = "Art.2(e)"')
        return refusal((_TEXT[:start] + _TEXT[_TEXT.index("[hosting]") :]).encode())

    def test_all_uncovered_territories_are_its_value(self, error: PolicyError) -> None:
        """The error holds every territory that is without a rule on some date, members included."""
        assert error.key_path == "rules"
        assert error.value == tuple(sorted(TERRITORIES.keys() - _NAMED))

    def test_the_message_lists_twenty_of_them(self, error: PolicyError) -> None:
        """The message names twenty territories and counts the others."""
        listed = error.message.split(": ")[1]
        assert listed.startswith("AD, AE, AF, ")
        assert listed.count(",") == 19
        assert listed.endswith(f" and {len(TERRITORIES) - len(_NAMED) - 20} more")

    def test_a_territory_uncovered_on_some_dates_only_counts(self) -> None:
        """A member is not covered by the union's rule before its accession."""
        every = sorted(TERRITORIES.keys() - _NAMED - {"HR"} - {"GB"})
        codes = ", ".join(f'"{code}"' for code in every)
        text = _altered(
            ('union = "EU"\n', f'union = "EU"\ncodes = [{codes}]\n'),
            ("elsewhere = true\nzone_by_entity", 'within = "NONE"\nzone_by_entity'),
            (
                "[territories.APAC]",
                '[territories.NONE]\nunion = "EU"\nexcept = ['
                + ", ".join(f'"{code}"' for code in sorted(MEMBERSHIPS.unions["EU"]))
                + ']\nsource = "nobody"\n\n[territories.APAC]',
            ),
        )
        error = refusal(text)
        assert error.key_path == "rules"
        assert error.value == ("HR",)
        assert "HR: claimed by no rule, for example on 2012-01-01: " in error.message

    @pytest.mark.parametrize(("count", "end"), [(20, ""), (21, " and 1 more")])
    def test_twenty_territories_are_listed(self, count: int, end: str) -> None:
        """Twenty that nothing covers are all named; of twenty-one, one is counted."""
        every = sorted(TERRITORIES.keys() - _NAMED - set(MEMBERSHIPS.unions["EU"]))
        codes = ", ".join(f'"{code}"' for code in every[count:])
        members = ", ".join(f'"{code}"' for code in sorted({*MEMBERSHIPS.unions["EU"]} - _NAMED))
        error = refusal(
            _altered(
                ("elsewhere = true\nzone_by_entity", 'within = "REST"\nzone_by_entity'),
                ('union = "EU"\n', f"codes = [{members}]\n"),
                ('except = ["GB"]\n', ""),
                (
                    "[territories.APAC]",
                    f'[territories.REST]\ncodes = [{codes}]\nsource = "x"\n\n[territories.APAC]',
                ),
            )
        )
        assert error.value == tuple(every[:count])
        assert f": {', '.join(every[:20])}{end}: claimed by no rule" in error.message

    def test_rules_that_cover_everything_need_no_elsewhere(self) -> None:
        """Where the other rules leave nothing over, no rule for elsewhere is needed."""
        codes = ", ".join(f'"{code}"' for code in sorted(TERRITORIES.keys() - _NAMED))
        policy = read_policy(
            _altered(
                ('union = "EU"\n', f"codes = [{codes}]\n"),
                ('except = ["GB"]\n', ""),
                ("elsewhere = true\nzone_by_entity", 'within = "NONE"\nzone_by_entity'),
                (
                    "[territories.APAC]",
                    '[territories.NONE]\nunion = "EU"\nexcept = ['
                    + ", ".join(f'"{code}"' for code in sorted(MEMBERSHIPS.unions["EU"]))
                    + ']\nsource = "nobody"\n\n[territories.APAC]',
                ),
            )
        )
        assert policy.rule_for(Territory("AQ"), date(2024, 1, 1)).clause == "Art.2(a)"


class TestStorage:
    def test_a_zone_that_only_an_entity_leads_to_needs_storage(self) -> None:
        """A solution placed by country has storage in the zones that entities lead to as well."""
        changed = _altered(
            ('within = "UK"\nzone = "UK"', 'within = "UK"\nzone = "EU"'),
            ('storage = { EU = ["DE"], UK = ["GB"], ', 'storage = { EU = ["DE"], '),
        )
        error = refusal(changed)
        assert error.key_path == "solutions[1].storage.UK"
        assert "`Art.2(e)` leads there" in error.message

    def test_hosting_is_judged_on_the_effective_date(self) -> None:
        """A hosting country that has left the zone by the effective date is refused, then named."""
        storage = ('storage = { EU = ["SE"] }', 'storage = { EU = ["SE", "GI"] }')
        error = refusal(_altered(storage))
        assert error.key_path == "solutions[2].storage.EU"
        assert error.value == ("GI",)
        read_policy(_altered(storage, ("effective = 2024-04-01", "effective = 2019-04-01")))

    def test_a_path_quotes_what_is_no_bare_key(self) -> None:
        """A zone id with a dot is quoted in the key path, as it is in TOML."""
        changed = _altered(
            ('id = "APAC"\n', 'id = "AP.AC"\n'),
            ('zone = "APAC"\n', 'zone = "AP.AC"\n'),
            ('APAC = ["SG", "AU"]', '"AP.AC" = ["SG", "NO"]'),
            ('APAC = ["JP"]', '"AP.AC" = ["JP"]'),
        )
        assert refusal(changed).key_path == 'solutions[0].storage."AP.AC"'


@pytest.mark.parametrize("document", [BUNDLED, FOUR_ZONES], ids=["bundled", "four zones"])
class TestTotal:
    @pytest.fixture
    def policy(self, document: object) -> Policy:
        """One of the documents that come with the library."""
        return load_policy(str(document))

    def test_every_territory_has_one_rule_and_at_most_one_zone(self, policy: Policy) -> None:
        """Total: on every date of a change and before, one rule and at most one zone for each."""
        for day in (date.min, *policy.memberships.boundaries, date.max):
            for code in TERRITORIES:
                rules = [
                    rule
                    for rule in policy.rules
                    if rule.within is not None and policy.contains(rule.within, code, day)
                ]
                assert len(rules) <= 1
                assert (policy.rule_for(code, day) in rules) or not rules
                zones = [
                    zone.id
                    for zone in policy.zones.values()
                    if policy.contains(zone.territory, code, day)
                ]
                assert len(zones) <= 1
                assert policy.zone_of(code, day) == next(iter(zones), None)
