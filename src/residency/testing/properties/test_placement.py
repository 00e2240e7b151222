"""Where data is stored: total, clause fidelity, entity irrelevant.

The domain is finite, so it is checked whole: every territory, entity and solution, on the day
before, of and after each dated change of membership.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import cast

from attrs import evolve

from residency.geography import TERRITORIES
from residency.testing.countries import refusals_of
from residency.testing.expectation import expect, expect_equal
from residency.testing.extra import drawn, skip_unless, st
from residency.testing.reference import Placed, Refused
from residency.testing.scenes import consents_for
from residency.testing.source import GEOGRAPHY
from residency.testing.strategies import LOOKALIKES, countries
from residency.testing.target import Request, SignUp
from residency.testing.words import near_misses, unknown_word
from residency.testing.world import NOON, World

__all__ = ["TestClauseFidelity", "TestEntityIrrelevant", "TestTotal"]

_NOBODY = "Nobody & Sons"
_NO_ENTITY = {None: "MISSING_ENTITY", " ": "MISSING_ENTITY", _NOBODY: "UNKNOWN_ENTITY"}


def _days(world: World) -> list[date]:
    """Return the day before, of and after each dated change of membership, and a day of today."""
    changes = world.policy.memberships.boundaries
    around = {day + timedelta(step) for day in changes for step in (-1, 0, 1)}
    return sorted({*around, world.policy.reference.effective, NOON.date()})


def _signups(world: World, *entities: str | None) -> Iterator[SignUp]:
    for territory in TERRITORIES:
        for day in _days(world):
            for entity in entities:
                yield SignUp("acme", territory, entity, day)


def _regional(world: World) -> list[str]:
    """Return the solutions for which the country decides."""
    return [each.id for each in world.policy.solutions.values() if each.placed_by_country]


def _decides(world: World, signup: SignUp, solution: str) -> bool:
    """Say whether the order entity decides: without one there is no answer."""
    missing = SignUp(signup.account, signup.country, None, signup.day)
    return isinstance(world.expected_place(missing, solution), str)


class TestTotal:
    """§5(placement), semantics §1: what can be placed has exactly one placement.

    That is every accepted country × entity × solution. Every other input is a typed error: no
    default zone, ever.
    """

    def test_every_account_has_one_placement(self, world: World) -> None:
        """Each account with a known entity is placed, where its solution has storage."""
        effective = world.policy.reference.effective
        for territory in TERRITORIES:
            for entity in world.policy.entities:
                signup = SignUp("acme", territory, entity, effective)
                for solution in world.policy.solutions.values():
                    answer = world.place(signup, solution.id)
                    about = f"{signup} {solution.id}: {answer}"
                    expect(isinstance(answer, Placed), about)
                    found = cast("Placed", answer)
                    expect(found.zones and set(found.zones) <= set(solution.storage), about)
                    declared = [place for zone in found.zones for place in solution.storage[zone]]
                    expect_equal(found.hosting, tuple(declared), about)
                    expect_equal(world.place(signup, solution.id), found, f"{about}, asked again")

    def test_there_is_no_default_entity(self, world: World) -> None:
        """Where the entity decides, a missing or unknown one is an error of its own kind."""
        asked = 0
        for territory in TERRITORIES:
            for entity, kind in _NO_ENTITY.items():
                signup = SignUp("acme", territory, entity, NOON.date())
                for solution in _regional(world):
                    if _decides(world, signup, solution):
                        asked += 1
                        expect_equal(world.place(signup, solution), kind, (signup, solution))
        skip_unless(asked, "in this policy the order entity decides nothing")

    def test_there_is_no_default_solution(self, world: World) -> None:
        """A solution that the policy does not name is placed nowhere."""
        for entity in world.policy.entities:
            for solution in _unknown_solutions(world):
                signup = SignUp("acme", world.territories[0], entity, NOON.date())
                found = world.place(signup, solution)
                expect_equal(found, "UNKNOWN_SOLUTION", (signup, solution))

    def test_an_agreement_needs_storage(self, world: World) -> None:
        """A written agreement on a zone in which the solution has no storage is an error."""
        for solution in world.policy.solutions.values():
            for zone in sorted({*world.policy.zones, "ATLANTIS"} - set(solution.storage)):
                agreed = ((solution.id, zone),)
                signup = SignUp("acme", world.territories[0], None, NOON.date(), agreed)
                expect_equal(world.place(signup, solution.id), "NO_STORAGE", signup)

    def test_who_has_no_placement_is_permitted_nothing(self, world: World) -> None:
        """What cannot be placed is refused when it is decided or pinned, too, for the same reason.

        It does not matter where the data would go, nor what was consented to.
        """
        goals = {*world.policy.zones, *([world.outside] if world.outside else [])}
        places = [*(f"zone:{zone}" for zone in world.policy.zones), *goals - {*world.policy.zones}]
        for signup, solution, kinds in _refused(world):
            asked = Request(signup=signup, solution=solution, to=(), at=NOON)
            world.hold(consents_for(asked, [(goal, goals) for goal in sorted(goals)]))
            for place in places:
                found = world.decide(evolve(asked, to=(place,)))
                expect(not found.permitted, f"{signup} {solution} {place}: {found}")
                expect(found.reason in kinds, f"{signup} {solution} {place}: {found}")
            pinned = _designated(world, signup, solution)
            expect(pinned in kinds, f"{signup} {solution} is pinned: {pinned}")

    def test_every_known_spelling(self, world: World) -> None:
        """Each name and code that is known names its one territory; each refused text none."""
        known = (spelling for spelling, *_ in GEOGRAPHY["names"])
        refused = (spelling for spelling, *_ in GEOGRAPHY["refused"])
        for text in (*known, *refused, *LOOKALIKES):
            _expect_reading(world, text)

    @drawn
    def test_every_text_is_a_territory_or_an_error(self, world: World, data: st.DataObject) -> None:
        """Whatever is typed as the country is read exactly, or refused with its kind."""
        _expect_reading(world, data.draw(countries()))


def _unknown_solutions(world: World) -> list[str]:
    known = world.policy.solutions
    like = near_misses(next(iter(known)))
    return [unknown_word(known), *(each for each in like if each not in known), ""]


def _refused(world: World) -> Iterator[tuple[SignUp, str, Collection[str]]]:
    """Yield what cannot be placed: an account, a solution, and the kinds of error that fit."""
    first, today = world.territories[0], NOON.date()
    entity, regional = next(iter(world.policy.entities)), _regional(world)
    for text in ("Atlantis", "Congo", "US-CA", "EU", "") if regional else ():
        yield SignUp("acme", text, entity, today), regional[0], refusals_of(text)
    for territory in world.territories:
        for nobody, kind in _NO_ENTITY.items():
            signup = SignUp("acme", territory, nobody, today)
            for solution in regional:
                if _decides(world, signup, solution):
                    yield signup, solution, {kind}
    nothing = unknown_word(world.policy.solutions)
    yield SignUp("acme", first, entity, today), nothing, {"UNKNOWN_SOLUTION"}
    for solution in world.policy.solutions:
        agreed = ((solution, unknown_word(world.policy.zones, "ATLANTIS")),)
        yield SignUp("acme", first, entity, today, agreed), solution, {"NO_STORAGE"}


def _designated(world: World, signup: SignUp, solution: str) -> str:
    try:
        return world.target.designate(signup, solution)
    except Refused as refused:
        return str(refused)


def _expect_reading(world: World, text: str) -> None:
    """Demand that a text is read as the one territory that it names, or refused with its kind."""
    territory = world.territory(text)
    # Where the country decides, what is read shows; elsewhere a text may still name none.
    solution = (*_regional(world), *world.policy.solutions)[0]
    for entity in world.policy.entities:
        signup = SignUp("acme", text, entity, NOON.date())
        found = world.place(signup, solution)
        if territory is None:
            kinds = refusals_of(text)
            expect(found in kinds, f"{text!r} is no country, {' or '.join(kinds)}: {found}")
        else:
            expect_equal(found, world.expected_place(signup, solution), signup)


class TestClauseFidelity:
    """§5(i), §5(ii), §5(iii), §5(iv), semantics §1: each case is applied to the letter.

    So is what is placed without them: in fixed places (§3.3, §3.4, §3.5), or where a written
    agreement says (§5(agreement)). Each clause over all territories, on the day before, of and
    after each dated change.
    """

    def test_the_country_decides(self, world: World) -> None:
        """Each case covers its territories from the day the law says, until the day it ends."""
        skip_unless(_regional(world), "in this policy the country decides nothing")
        for signup in _signups(world, *world.policy.entities):
            for solution in _regional(world):
                expected = world.expected_place(signup, solution)
                expect_equal(world.place(signup, solution), expected, (signup, solution))

    def test_some_solutions_are_kept_in_fixed_places(self, world: World) -> None:
        """A solution that is hosted in fixed places is placed there, whatever the country."""
        fixed = sorted(set(world.policy.solutions) - set(_regional(world)))
        skip_unless(fixed, "in this policy the country decides everything")
        for signup in _signups(world, next(iter(world.policy.entities))):
            for solution in fixed:
                expected = world.expected_place(signup, solution)
                expect_equal(world.place(signup, solution), expected, (signup, solution))

    def test_a_decision_goes_by_the_placement(self, world: World) -> None:
        """What is decided of an account rests on where it was placed, and by which clause.

        Inside those zones data is at home; every other zone is closed.
        """
        world.hold(())
        for territory in world.territories:
            for solution in world.policy.solutions.values():
                agreed = [((solution.id, zone),) for zone in solution.storage]
                for entity, pairs in (
                    *((entity, ()) for entity in (*world.policy.entities, None)),
                    *((None, pairs) for pairs in agreed),
                ):
                    signup = SignUp("acme", territory, entity, NOON.date(), pairs)
                    _expect_decided_as_placed(world, signup, solution.id)

    def test_an_agreement_in_writing_comes_first(self, world: World) -> None:
        """A written agreement moves its solution to the zone it names, and no other solution."""
        entity = next(iter(world.policy.entities))
        for territory in TERRITORIES:
            for agreed in world.policy.solutions.values():
                for zone in agreed.storage:
                    pairs = ((agreed.id, zone),)
                    signup = SignUp("acme", territory, entity, NOON.date(), pairs)
                    for solution in world.policy.solutions:
                        expected = world.expected_place(signup, solution)
                        expect_equal(world.place(signup, solution), expected, (signup, solution))


def _expect_decided_as_placed(world: World, signup: SignUp, solution: str) -> None:
    placed = world.expected_place(signup, solution)
    if isinstance(placed, str):
        return
    home = world.home(placed)
    abroad = [f"zone:{zone}" for zone in world.policy.zones if zone not in placed.zones]
    for place in (*abroad, home):
        if place is not None:
            asked = Request(signup=signup, solution=solution, to=(place,), at=NOON)
            found = world.decide(asked)
            expect_equal(found.zones, placed.zones, asked)
            expect_equal(found.clauses[:1], (placed.clause,), asked)
            reason = "WITHIN_ZONE" if place == home else "NO_CONSENT"
            expect_equal(found.reason, reason, asked)


class TestEntityIrrelevant:
    """§5(iv), semantics §1: who processed the order decides there, and nowhere else."""

    def test_elsewhere_apart_the_entity_changes_nothing(self, world: World) -> None:
        """Where the country decides, a known, an unknown and a missing entity place alike."""
        first, *others = world.policy.entities
        asked = 0
        for signup in _signups(world, first):
            for solution in world.policy.solutions:
                if not _decides(world, signup, solution):
                    asked += 1
                    found = world.place(signup, solution)
                    for entity in (*others, None, _NOBODY):
                        other = SignUp("acme", signup.country, entity, signup.day)
                        expect_equal(world.place(other, solution), found, (other, solution))
        skip_unless(asked, "in this policy the order entity decides everything")

    def test_an_entity_goes_by_every_name_it_has(self, world: World) -> None:
        """Id, full name and aliases, in any case and width, name the same entity."""
        skip_unless(_regional(world), "in this policy the order entity decides nothing")
        for entity in world.policy.entities.values():
            for name in (entity.id, entity.name, *entity.aliases):
                for spelled in (
                    name,
                    name.upper(),
                    f"  {name}\t",
                    name.replace("a", "\N{FULLWIDTH LATIN SMALL LETTER A}"),
                ):
                    for territory in world.territories:
                        signup = SignUp("acme", territory, spelled, NOON.date())
                        for solution in _regional(world):
                            known = SignUp("acme", territory, entity.id, NOON.date())
                            expected = world.expected_place(known, solution)
                            expect_equal(world.place(signup, solution), expected, signup)

    def test_another_name_is_another_entity(self, world: World) -> None:
        """A part of an entity's name, or a name like it, names nobody."""
        skip_unless(_regional(world), "in this policy the order entity decides nothing")
        for entity in world.policy.entities.values():
            for spelled in (entity.name[:-1], entity.name.split()[0], f"{entity.name} Group"):
                for territory in TERRITORIES:
                    signup = SignUp("acme", territory, spelled, NOON.date())
                    for solution in _regional(world):
                        expected = world.expected_place(signup, solution)
                        expect_equal(world.place(signup, solution), expected, signup)
