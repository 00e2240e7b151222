"""What may leave its zone: home is free, default deny, only if, no laundering."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import cast

from attrs import evolve

from residency.geography import TERRITORIES, Territory
from residency.testing.exemptions import Claim
from residency.testing.expectation import expect, expect_equal
from residency.testing.extra import drawn, skip_unless, st
from residency.testing.reference import Place, Placed, is_within, locate
from residency.testing.scenes import (
    Scene,
    chains,
    claimed_scenes,
    consents_for,
    covered_scenes,
    exempt_scenes,
    scenes,
)
from residency.testing.strategies import INSTANT, unknown_places
from residency.testing.target import Answer, LedgerFault, Request
from residency.testing.world import NOON, World

__all__ = ["TestDefaultDeny", "TestHomeIsFree", "TestNoLaundering", "TestOnlyIf"]


# The longest destination that is read has 256 places.
_MANY = 200


def _homecomings(world: World) -> list[Request]:
    """Return a request to write to a place inside, for each set of designated zones."""
    homes = [(each, world.home(world.placed(each))) for each in world.inquiries.values()]
    found = [evolve(request, to=(home,)) for request, home in homes if home is not None]
    skip_unless(found, "no hosting country lies in its zone any more")
    return found


def _alone_and_beside(home: str | None, place: str) -> list[tuple[str, ...]]:
    return [(place,)] if home is None else [(place,), (place, home)]


def _determining(world: World, placed: Placed) -> tuple[str, ...]:
    """Return the clauses of what leaves its zone: of the placement and of transfers, each once."""
    return tuple(dict.fromkeys((placed.clause, world.policy.transfer_clause)))


def _is_declared(world: World, place: Place, placed: Placed) -> bool:
    """Say whether writes to a place of the zone are allowed, where the policy asks for hosting."""
    declared = bool(place.countries) and set(place.countries) <= set(placed.hosting)
    return declared or not world.policy.enforce_hosting


class TestHomeIsFree:
    """§5(transfer), semantics §2, rule 1: a write inside the designated zone is permitted.

    It reads no ledger, which fails all the while: what needs it is denied.
    """

    def test_every_place_in_the_zone_is_free(self, world: World) -> None:
        """A place inside the designated zones is permitted, by the placement's clause alone.

        Where the policy asks for declared hosting, so is every declared hosting country; other
        places of the zone are blocked, for a reason of their own.
        """
        _break_ledger(world)
        for request in world.inquiries.values():
            placed = world.placed(request)
            clause = world.policy.solutions[request.solution].clause
            inside: list[str] = []
            for place in world.located(NOON):
                if place.zone in placed.zones:
                    answer = world.decide(evolve(request, to=(place.label,)))
                    if _is_declared(world, place, placed):
                        expected = ("WITHIN_ZONE", (placed.clause,), ())
                        expect_equal(answer.verdict, expected, (request, place.label))
                        inside.append(place.label)
                    else:
                        expect_equal(answer.reason, "UNDECLARED_HOSTING", (request, place.label))
                        expect_equal(set(answer.clauses), {placed.clause, clause}, request)
            if world.home(placed) is not None:
                expect(inside, f"nothing is inside {placed.zones}")
                several = evolve(request, to=tuple(inside[:_MANY]))
                expect_equal(world.decide(several).reason, "WITHIN_ZONE", several)

    def test_bringing_data_home_is_free(self, world: World) -> None:
        """Data that lies anywhere at all may come back to its designated zone."""
        _break_ledger(world)
        for back in _homecomings(world):
            for place in world.located(NOON):
                asked = evolve(back, source=place.label)
                expect_equal(world.decide(asked).reason, "WITHIN_ZONE", asked)

    def test_category_and_purpose_make_no_difference(self, world: World) -> None:
        """At home, every category may be written for every purpose, known or not."""
        _break_ledger(world)
        for back in _homecomings(world):
            known = world.policy.solutions[back.solution].categories
            for category in (None, *(each.id for each in known)):
                for purpose in (None, *world.policy.purposes, "unheard-of"):
                    asked = evolve(back, category=category, purpose=purpose)
                    expect_equal(world.decide(asked).reason, "WITHIN_ZONE", asked)


def _break_ledger(world: World) -> None:
    world.hold(())
    world.target.fail(LedgerFault.ERROR)


class TestDefaultDeny:
    """§5(transfer), semantics §2, rule 4: nothing leaves its zone by itself.

    With no consent and no exemption, every cross-zone transfer is denied.
    """

    def test_nothing_leaves_its_zone(self, world: World) -> None:
        """Every place outside the designated zones is denied, alone and beside places inside."""
        world.hold(())
        for request in world.inquiries.values():
            placed = world.placed(request)
            for place in world.located(NOON):
                if place.zone not in placed.zones:
                    for to in _alone_and_beside(world.home(placed), place.label):
                        found = world.decide(evolve(request, to=to))
                        expected = ("NO_CONSENT", _determining(world, placed), ())
                        expect_equal(found.verdict, expected, (request, to))
                        expect_equal(found.zones, placed.zones, (request, to))

    def test_the_ground_follows_the_law(self, world: World) -> None:
        """Ground that joins or leaves a union is inside from that day, and until that day."""
        world.hold(())
        for union in world.policy.memberships.unions.values():
            for territory, intervals in union.items():
                days = [day for each in intervals for day in (each.start, each.end) if day]
                for moment in (datetime.combine(day, time(), UTC) for day in days):
                    for at in (moment - timedelta(microseconds=1), moment):
                        _expect_ground(world, territory, at)

    def test_an_unknown_place_is_no_place(self, world: World) -> None:
        """A text that names no known place is denied, alone and beside places inside the zone."""
        world.hold(())
        for request in world.inquiries.values():
            home = world.home(world.placed(request))
            for text in unknown_places(world.policy):
                for to in _alone_and_beside(home, text):
                    found = world.decide(evolve(request, to=to))
                    expect_equal(found.reason, "UNKNOWN_DESTINATION", (request, to))

    def test_data_that_lies_nowhere_goes_nowhere(self, world: World) -> None:
        """A source that names no known place is an error, wherever the data would go."""
        world.hold(())
        for request in world.inquiries.values():
            for source in unknown_places(world.policy):
                everywhere = (f"country:{territory}" for territory in world.territories)
                for place in (f"zone:{world.placed(request).zones[0]}", *everywhere):
                    asked = evolve(request, to=(place,), source=source)
                    expected = world.expected(Scene(request=asked, events=()))
                    expect_equal(world.decide(asked).verdict, expected, asked)

    @drawn
    def test_no_exemption_is_inferred(self, world: World, data: st.DataObject) -> None:
        """What no exemption is invoked for, and no consent covers, is denied."""
        scene = data.draw(claimed_scenes(world.policy)).but(claim=None)
        found = world.ask(evolve(scene, events=()))
        expect(found.reason not in {"CONSENT", "EXEMPTION", "EXEMPTION_NOT_MET"}, (scene, found))


def _expect_ground(world: World, territory: Territory, at: datetime) -> None:
    text = f"country:{territory}"
    place = locate(world.document, text, at.date())
    for request in world.inquiries.values():
        placed = world.placed(request)
        inside = place is not None and place.zone in placed.zones
        if not inside or (place and _is_declared(world, place, placed)):
            asked = evolve(request, to=(text,), at=at)
            reason = "WITHIN_ZONE" if inside else "NO_CONSENT"
            expect_equal(world.decide(asked).reason, reason, asked)


class TestOnlyIf:
    """§5(transfer), semantics §2, rules 2 and 3: a permit across zones names its ground.

    That is one valid record for each way, or one declared exemption.
    """

    @drawn
    def test_each_permit_rests_on_what_it_names(self, world: World, data: st.DataObject) -> None:
        """Reason, clauses and consents are those that the policy gives, whatever is held."""
        scene = data.draw(scenes(world.policy))
        found = world.ask(scene)
        expect_equal(found.verdict, world.expected(scene), scene)
        _expect_basis(world, scene, found)

    @drawn
    def test_consent_that_covers_it_permits(self, world: World, data: st.DataObject) -> None:
        """A consent to exactly this transfer permits it, from its first instant to its last."""
        scene = data.draw(covered_scenes(world.policy))
        placed = world.placed(scene.request)
        found = world.ask(scene)
        expect_equal(found.reason, "CONSENT", scene)
        expect_equal(found.clauses, _determining(world, placed), scene)
        expect_equal(found.consents, tuple(sorted(f"r-{zone}" for zone in placed.zones)), scene)
        expect_equal(found.zones, placed.zones, scene)

    @drawn
    def test_each_exemption_rests_on_its_conditions(
        self, world: World, data: st.DataObject
    ) -> None:
        """An exemption permits if it is invoked by name and each of its conditions is shown."""
        scene = data.draw(claimed_scenes(world.policy))
        found = world.ask(scene)
        expect_equal(found.verdict, world.expected(scene), scene)
        _expect_basis(world, scene, found)

    @drawn
    def test_each_condition_of_an_exemption_counts(self, world: World, data: st.DataObject) -> None:
        """What an exemption would permit is denied where one of its conditions is not shown."""
        skip_unless(world.policy.exemptions, "the policy has no exemptions")
        scene = data.draw(exempt_scenes(world.policy))
        beyond = _beyond(world, scene)
        claim, at = cast("Claim", scene.request.claim), scene.request.at
        lacking = (
            claim,
            claim._replace(exemption="NOTHING"),
            claim._replace(personnel=()),
            *(claim._replace(personnel=(territory,)) for territory in beyond),
            claim._replace(provider=None),
            claim._replace(reference=None),
            claim._replace(safeguards=None),
            claim._replace(handling=False),
            claim._replace(valid_until=at),
            claim._replace(valid_from=at + INSTANT),
        )
        asked = [scene.but(claim=each) for each in lacking]
        asked += [scene.but(to=(f"country:{each}",)) for each in (*world.territories, *beyond)]
        for each in (*asked, scene.but(purpose=None)):
            expect_equal(world.ask(each).verdict, world.expected(each), each)


def _beyond(world: World, scene: Scene) -> tuple[str, ...]:
    """Return a territory outside those that the invoked exemption is limited to, if it is."""
    claim, on = cast("Claim", scene.request.claim), scene.request.at.date()
    groups = world.policy.exemptions[claim.exemption].territories
    outside = (
        territory
        for territory in TERRITORIES
        if not any(is_within(world.document, group, territory, on) for group in groups)
    )
    return tuple(islice(outside, 1))


def _expect_basis(world: World, scene: Scene, found: Answer) -> None:
    """Demand that a permit across zones names what was given, or what was invoked."""
    expect((found.reason == "CONSENT") is bool(found.consents), (scene, found))
    given_ids = {event.record_id for event in scene.events if event.record is not None}
    expect(set(found.consents) <= given_ids, (scene, found))
    if found.reason == "EXEMPTION":
        claim = scene.request.claim
        expect(claim is not None and claim.exemption in world.policy.exemptions, (scene, found))


class TestNoLaundering:
    """§5(transfer), semantics §2: consent to EU→US and to US→CA is none to EU→US→CA."""

    @drawn
    def test_a_chain_ends_where_a_transfer_may(self, world: World, data: st.DataObject) -> None:
        """Where a chain of permitted transfers leads, a single transfer is permitted to go too."""
        chain = data.draw(chains(world.policy))
        world.hold(chain.scene.events)
        request, lies = chain.scene.request, None
        for hop in chain.hops:
            if not world.decide(evolve(request, to=(hop,), source=lies)).permitted:
                return
            lies = hop
        single = evolve(request, to=chain.hops[-1:], source=None)
        expect(world.decide(single).permitted, f"{chain} leads where {single} may not")

    def test_two_consents_are_not_a_third(self, world: World) -> None:
        """With consents from home to a zone and from there to the next, the next stays closed.

        It opens, on that way and no other, with a consent from home to it.
        """
        outside = [] if world.outside is None else [world.outside]
        asked = 0
        for zones, request in world.inquiries.items():
            others = [zone for zone in world.policy.zones if zone not in zones]
            for middle in others:
                for end in sorted({*others, *outside} - {middle}):
                    asked += 1
                    ways = [*((zone, {middle}) for zone in zones), (middle, {end})]
                    there = end if end in outside else f"zone:{end}"
                    first = evolve(request, to=(f"zone:{middle}",))
                    direct = evolve(request, to=(there,))
                    onward = evolve(direct, source=f"zone:{middle}")
                    world.hold(consents_for(request, ways))
                    expect(world.decide(first).permitted, (first, ways))
                    expect(not world.decide(onward).permitted, (onward, ways))
                    expect(not world.decide(direct).permitted, (direct, ways))
                    ways += [(zone, {end}) for zone in zones]
                    world.hold(consents_for(request, ways))
                    expect(world.decide(onward).permitted, (onward, ways))
                    expect(world.decide(direct).permitted, (direct, ways))
        skip_unless(asked, "the policy has no place beyond a second zone")
