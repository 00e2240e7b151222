"""Where data is stored: semantics §5, the rows total, clause fidelity and entity irrelevant.

The domain is finite, so it is checked whole: every territory, entity and solution, on the day
before, of and after each dated change of membership.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency import Account, Agreement, Placement, ResidencyError
from residency.errors import AgreementError, CountryError, EntityError, SolutionError
from residency.geography import TERRITORIES
from residency.testing import Placed, Refused, place, territory_of
from tests.properties.worlds import (
    FOUR_ZONES,
    XMEDIUS,
    World,
    days_around_changes,
    every_world,
    placed,
)

# --- what the law and the two policies say, written out ------------------------------------------


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EU_SINCE = {
    **dict.fromkeys(_codes("BE DE FR IT LU NL GF GP MF MQ RE"), date(1958, 1, 1)),
    **dict.fromkeys(_codes("DK IE"), date(1973, 1, 1)),
    **dict.fromkeys(_codes("GR"), date(1981, 1, 1)),
    **dict.fromkeys(_codes("ES PT"), date(1986, 1, 1)),
    **dict.fromkeys(_codes("AT FI SE AX"), date(1995, 1, 1)),
    **dict.fromkeys(_codes("CY CZ EE HU LT LV MT PL SI SK"), date(2004, 5, 1)),
    **dict.fromkeys(_codes("BG RO"), date(2007, 1, 1)),
    **dict.fromkeys(_codes("HR"), date(2013, 7, 1)),
    **dict.fromkeys(_codes("YT"), date(2014, 1, 1)),
}
_EU_BETWEEN = {
    "GB": (date(1973, 1, 1), date(2020, 2, 1)),
    "GI": (date(1973, 1, 1), date(2020, 2, 1)),
    "BL": (date(1958, 1, 1), date(2012, 1, 1)),
}
_CHANGES = sorted({*_EU_SINCE.values(), *(day for span in _EU_BETWEEN.values() for day in span)})
_DAYS = [day + timedelta(step) for day in _CHANGES for step in (-1, 0, 1)]
_USA = _codes("US PR GU VI AS MP UM")

_BRITISH = _codes("GB GG JE IM")
_APAC = _codes("AU FJ HK ID IN JP KR MY NZ PG PH SG TH TW VN")


def _is_eu(territory: str, day: date) -> bool:
    if territory in _EU_BETWEEN:
        start, end = _EU_BETWEEN[territory]
        return start <= day < end
    return territory in _EU_SINCE and _EU_SINCE[territory] <= day


def _xmedius(territory: str, day: date, entity: str) -> tuple[str, str]:
    """Return the clause of section 5 that applies, and the zone that it names."""
    if territory in _USA:
        return "§5(i)", "US"
    if _is_eu(territory, day):
        return "§5(ii)", "EU"
    if territory == "CA":
        return "§5(iii)", "CA"
    return "§5(iv)", {"xmedius-solutions": "US", "xmedius-europe": "EU"}[entity]


def _halcyon(territory: str, day: date, entity: str) -> tuple[str, str]:
    """Return the same for the example's article 2."""
    if territory in _BRITISH:
        return "Art.2(b)", "UK"
    if _is_eu(territory, day):
        return "Art.2(a)", "EU"
    if territory == "US":
        return "Art.2(c)", "US"
    if territory in _APAC:
        return "Art.2(d)", "APAC"
    zones = {"halcyon-gmbh": "EU", "halcyon-ltd": "UK", "halcyon-inc": "US"}
    return "Art.2(e)", zones[entity]


_FIXED = {
    "xm-connect": Placed(("US",), ("US",), "§3.3"),
    "help-desk": Placed(("US",), ("US",), "§3.4"),
    "billing": Placed(("US",), ("US",), "§3.4"),
    "license-servers": Placed(("US", "CA"), ("US", "CA"), "§3.5"),
    "directory": Placed(("EU",), ("SE",), "Art.4(b)"),
    "status-page": Placed(("EU", "US"), ("IE", "US"), "Art.4(c)"),
}
_HOSTED: dict[str, dict[str, tuple[str, ...]]] = {
    "xm-fax": {"US": ("US",), "EU": ("FR",), "CA": ("CA",)},
    "xm-sendsecure": {"US": ("US",), "EU": ("IE",), "CA": ("CA",)},
    "xm-cloud-portal": {"US": ("US",), "EU": ("IE",), "CA": ("CA",)},
    "mailroom": {"EU": ("DE", "NL"), "UK": ("GB",), "US": ("US",), "APAC": ("SG", "AU")},
    "archive": {"EU": ("DE",), "UK": ("GB",), "US": ("US",), "APAC": ("JP",)},
}

_REFUSALS = _codes(
    "EMPTY TYPE TOO_LONG INVALID_CHAR UNKNOWN"
    " AMBIGUOUS SUBDIVISION WITHDRAWN RESERVED NOT_A_COUNTRY"
)

_CaseOf = Callable[[str, date, str], tuple[str, str]]

_CASES = pytest.mark.parametrize(
    ("world", "case_of"),
    [(XMEDIUS, _xmedius), (FOUR_ZONES, _halcyon)],
    ids=["xmedius", "four-zones"],
)


def _accounts(world: World, *entities: str | None) -> Iterator[Account]:
    for territory in TERRITORIES:
        for day in days_around_changes(world):
            for entity in entities:
                yield Account("acme", territory, entity, setup_date=day)


def _expected(world: World, account: Account, solution: str) -> Placed | str:
    try:
        return place(
            world.document,
            account.territory,
            account.order_entity,
            account.setup_date,
            solution,
        )
    except Refused as refused:
        return str(refused)


def _actual(world: World, account: Account, solution: str) -> Placed | str:
    try:
        return placed(world.router.place(account, solution))
    except ResidencyError as error:
        return str(error.kind)


@every_world
class TestTotal:
    """§1: every accepted country × entity × solution has exactly one placement.

    Every other input is a typed error: no default zone, ever.
    """

    def test_every_account_has_one_placement(self, world: World) -> None:
        """With a known entity each account of each territory is placed, once, where storage is."""
        for account in _accounts(world, *world.policy.entities):
            for solution in world.policy.solutions.values():
                found = world.router.place(account, solution.id)
                assert found == world.router.place(account, solution.id)
                assert found.zones
                assert set(found.zones) <= set(solution.storage)
                assert found.hosting == tuple(
                    country for zone in found.zones for country in solution.storage[zone]
                )

    def test_the_engine_agrees_with_the_reference(self, world: World) -> None:
        """Engine and reference place every account alike, or refuse it for the same reason."""
        entities = (*world.policy.entities, None, "", "Nobody & Sons")
        for account in _accounts(world, *entities):
            for solution in world.policy.solutions:
                assert _actual(world, account, solution) == _expected(world, account, solution)

    def test_an_unknown_solution_is_an_error(self, world: World) -> None:
        """A solution that the policy does not name is placed nowhere; the known ones are named."""
        for account in _accounts(world, next(iter(world.policy.entities))):
            with pytest.raises(SolutionError) as raised:
                world.router.place(account, "xm-telex")
            assert raised.value.kind == "UNKNOWN_SOLUTION"
            assert raised.value.suggestions == tuple(world.policy.solutions)

    @given(text=st.text() | st.sampled_from(tuple(TERRITORIES.values())))
    def test_every_text_is_a_territory_or_an_error(self, world: World, text: str) -> None:
        """Whatever is typed as the country names one territory, or is refused with its kind."""
        try:
            account = Account("acme", text, setup_date=world.policy.reference.effective)
        except CountryError as error:
            read, kind = None, str(error.kind)
        else:
            read, kind = account.territory, "accepted"
        assert read == territory_of(text)
        assert kind in {"accepted", *_REFUSALS}


class TestClauseFidelity:
    """§5(i), §5(ii), §5(iii) and §5(iv), and the sections that ask for no country: to the letter.

    What is expected stands in this file, taken from the policies and from the treaties.
    """

    @_CASES
    def test_the_country_decides(self, world: World, case_of: _CaseOf) -> None:
        """Each case covers its territories from the day the law says, until the day it ends."""
        for territory in TERRITORIES:
            for day in _DAYS:
                for entity in world.policy.entities:
                    account = Account("acme", territory, entity, setup_date=day)
                    for solution, hosted in _HOSTED.items():
                        if solution in world.policy.solutions:
                            clause, zone = case_of(territory, day, entity)
                            found = placed(world.router.place(account, solution))
                            assert found == Placed((zone,), hosted[zone], clause)

    @_CASES
    def test_some_solutions_are_kept_in_one_place(self, world: World, case_of: _CaseOf) -> None:
        """Solutions that are hosted in fixed places are placed there, whatever the country."""
        del case_of
        for account in _accounts(world, next(iter(world.policy.entities))):
            for solution, expected in _FIXED.items():
                if solution in world.policy.solutions:
                    assert placed(world.router.place(account, solution)) == expected

    @_CASES
    def test_every_solution_is_here(self, world: World, case_of: _CaseOf) -> None:
        """No solution of the policy is left out of this file."""
        del case_of
        assert set(world.policy.solutions) <= {*_HOSTED, *_FIXED}

    def test_the_dated_changes_are_all_here(self) -> None:
        """No dated change of membership is left out of this file, and none is invented."""
        assert list(XMEDIUS.policy.memberships.boundaries) == _CHANGES

    @every_world
    def test_an_agreement_in_writing_comes_first(self, world: World) -> None:
        """A written agreement moves one solution to the zone it names, whatever the country."""
        clause = {"xmedius": "§5(agreement)", "halcyon": "Art.3"}[world.policy.reference.id]
        for territory in TERRITORIES:
            for solution in world.policy.solutions.values():
                for zone, hosting in solution.storage.items():
                    agreement = Agreement(solution.id, zone, "C-1", date(2021, 1, 1))
                    found = world.router.place(_with(territory, agreement), solution.id)
                    assert placed(found) == Placed((zone,), tuple(hosting), clause)
                    assert found.agreement == agreement

    @every_world
    def test_an_agreement_says_nothing_of_other_solutions(self, world: World) -> None:
        """A written agreement about one solution leaves the others where the country puts them."""
        for territory in TERRITORIES:
            for agreed in world.policy.solutions.values():
                zone = next(iter(agreed.storage))
                account = _with(territory, Agreement(agreed.id, zone, "C-1", date(2021, 1, 1)))
                for solution in world.policy.solutions:
                    if solution != agreed.id:
                        expected = _expected(world, account, solution)
                        assert _actual(world, account, solution) == expected

    @every_world
    def test_an_agreement_needs_storage(self, world: World) -> None:
        """A written agreement on a zone without storage is an error that names those with."""
        for solution in world.policy.solutions.values():
            for zone in {*world.policy.zones, "ATLANTIS"} - set(solution.storage):
                agreement = Agreement(solution.id, zone, "C-1", date(2021, 1, 1))
                with pytest.raises(AgreementError) as raised:
                    world.router.place(_with("DE", agreement), solution.id)
                assert raised.value.kind == "NO_STORAGE"
                assert raised.value.suggestions == tuple(solution.storage)


class TestEntityIrrelevant:
    """§5(iv): who processed the order decides there, and nowhere else."""

    @_CASES
    def test_elsewhere_apart_the_entity_changes_nothing(
        self, world: World, case_of: _CaseOf
    ) -> None:
        """Where the country decides, a known, an unknown and a missing entity place alike."""
        some = next(iter(world.policy.entities))
        for territory in TERRITORIES:
            for day in days_around_changes(world):
                found: dict[str, set[Placement]] = {}
                for entity in (*world.policy.entities, None, "Nobody & Sons"):
                    account = Account("acme", territory, entity, setup_date=day)
                    for solution in world.policy.solutions.values():
                        elsewhere = case_of(territory, day, some)[0] == world.elsewhere
                        if not (elsewhere and solution.placed_by_country):
                            placement = world.router.place(account, solution.id)
                            found.setdefault(solution.id, set()).add(placement)
                assert all(len(placements) == 1 for placements in found.values())

    @_CASES
    def test_elsewhere_the_entity_is_required(self, world: World, case_of: _CaseOf) -> None:
        """Elsewhere a missing or unknown entity is an error of its own kind, never a default."""
        kinds = {None: "MISSING_ENTITY", " ": "MISSING_ENTITY", "Nobody": "UNKNOWN_ENTITY"}
        some = next(iter(world.policy.entities))
        for territory in TERRITORIES:
            for day in days_around_changes(world):
                if case_of(territory, day, some)[0] != world.elsewhere:
                    continue
                for entity, kind in kinds.items():
                    account = Account("acme", territory, entity, setup_date=day)
                    for solution in world.policy.solutions.values():
                        if solution.placed_by_country:
                            with pytest.raises(EntityError) as raised:
                                world.router.place(account, solution.id)
                            assert raised.value.kind == kind
                            assert raised.value.suggestions == tuple(world.policy.entities)

    @every_world
    def test_an_entity_goes_by_every_name_it_has(self, world: World) -> None:
        """Id, full name and aliases, in any case and width, name the same entity."""
        for entity in world.policy.entities.values():
            expected = world.router.place(_brazilian(entity.id), _regional(world))
            for name in (entity.id, entity.name, *entity.aliases):
                for spelled in (name, name.upper(), f"  {name}\t", name.replace("a", "ａ")):
                    found = world.router.place(_brazilian(spelled), _regional(world))
                    assert found == expected


def _with(territory: str, agreement: Agreement) -> Account:
    return Account("acme", territory, setup_date=date(2021, 3, 1), agreements=(agreement,))


def _brazilian(entity: str) -> Account:
    return Account("acme", "Brazil", entity, setup_date=date(2021, 3, 1))


def _regional(world: World) -> str:
    return next(each.id for each in world.policy.solutions.values() if each.placed_by_country)
