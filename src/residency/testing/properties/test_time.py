"""What time and change do to a decision: pinned, replayable."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from attrs import evolve

from residency.geography import TERRITORIES
from residency.policy.document import Solution
from residency.testing.expectation import expect_equal
from residency.testing.extra import drawn, skip_unless, st
from residency.testing.reference import Question, transfer
from residency.testing.scenes import covered_scenes, scenes
from residency.testing.source import read_document
from residency.testing.target import Request, SignUp
from residency.testing.world import NOON, World

__all__ = ["TestPinned", "TestReplayable"]

_LATER = (NOON, datetime(2090, 1, 1, tzinfo=UTC))


class TestPinned:
    """§5(placement), semantics §1: a designation never moves.

    It survives changes of membership and of the policy.
    """

    def test_membership_is_taken_at_setup(self, world: World) -> None:
        """Who set up before a change of membership stays where that day put the account."""
        for signup in _signups_around_changes(world):
            for solution in world.policy.solutions:
                request = Request(signup=signup, solution=solution, to=(), at=NOON)
                placed = world.placed(request)
                home = (f"country:{placed.hosting[0]}",)
                for at in (datetime.combine(signup.day, time(), UTC), *_LATER):
                    found = world.decide(evolve(request, to=home, at=at))
                    expect_equal(
                        (found.zones, found.clauses[:1]), (placed.zones, (placed.clause,)), request
                    )

    def test_a_change_of_policy_moves_no_designation(self, world: World) -> None:
        """Under a policy whose rules lead elsewhere, earlier designations still stand."""
        skip_unless(_regional(world), "in this policy the country decides nothing")
        _expect_pinned(world, world.changed(rules=_rotated(world)))

    def test_a_change_of_membership_moves_no_designation(self, world: World) -> None:
        """Under a policy whose union has lost its members, earlier designations still stand."""
        lapsed = _lapsed(world)
        skip_unless(lapsed != world.document["territories"], "no zone of this policy is a union's")
        _expect_pinned(world, world.changed(territories=lapsed))

    @drawn
    def test_it_decides_as_its_account(self, world: World, data: st.DataObject) -> None:
        """A designation decides as the account that it was made for."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        pinned = world.target.designate(scene.request.signup, scene.request.solution)
        found = world.ask(scene.but(designation=pinned))
        expect_equal(found, world.ask(scene), (scene, pinned))


def _signups_around_changes(world: World) -> list[SignUp]:
    return [
        SignUp("acme", territory, entity, day + timedelta(step))
        for members in world.policy.memberships.unions.values()
        for territory, intervals in members.items()
        for day in {day for each in intervals for day in (each.start, each.end) if day}
        for step in (-1, 0)
        for entity in world.policy.entities
    ]


def _expect_pinned(world: World, changed: str) -> None:
    """Demand that what was designated by this policy stays so under a changed one."""
    document = read_document(changed.encode())
    with world.opened(changed) as target:
        for request in _one_for_each_clause(world):
            placed = world.placed(request)
            pinned = world.target.designate(request.signup, request.solution)
            for place in (*placed.hosting, *world.territories):
                to = (f"country:{place}",)
                asked = Question(request.signup.account, request.solution, to, NOON)
                found = target.decide(evolve(request, to=to, designation=pinned))
                expect_equal(found.verdict, transfer(document, placed, asked, ()), (request, to))
                expect_equal(found.zones, placed.zones, (request, to))


def _one_for_each_clause(world: World) -> list[Request]:
    """Return a request for each solution, and each clause and zone that it can be placed by."""
    found: dict[object, Request] = {}
    for territory in TERRITORIES:
        for entity in world.policy.entities:
            signup = SignUp("acme", territory, entity, NOON.date())
            for solution in world.policy.solutions:
                request = Request(signup=signup, solution=solution, to=(), at=NOON)
                found.setdefault((solution, world.placed(request)), request)
    return list(found.values())


def _regional(world: World) -> list[Solution]:
    """Return the solutions for which the country decides."""
    return [each for each in world.policy.solutions.values() if each.placed_by_country]


def _rotated(world: World) -> list[dict[str, Any]]:
    """Return the placement rules, each leading to the zone after the one that it led to."""
    regional = _regional(world)
    zones = [zone for zone in world.policy.zones if all(zone in each.storage for each in regional)]
    after = dict(zip(zones, (*zones[1:], *zones[:1]), strict=True))
    rules: list[dict[str, Any]] = []
    for rule in world.document["rules"]:
        changed: dict[str, Any] = dict(rule)
        if "zone" in rule:
            changed["zone"] = after[rule["zone"]]
        if "zone_by_entity" in rule:
            by_entity = rule["zone_by_entity"]
            changed["zone_by_entity"] = {name: after[by_entity[name]] for name in by_entity}
        rules.append(changed)
    return rules


def _lapsed(world: World) -> dict[str, dict[str, Any]]:
    """Return the territory groups with no union under a zone: its hosting countries remain."""
    groups: dict[str, dict[str, Any]] = {
        name: dict(group) for name, group in world.document["territories"].items()
    }
    for zone in world.policy.zones.values():
        group = groups[zone.territory]
        hosting = {
            country
            for solution in world.policy.solutions.values()
            for country in solution.storage.get(zone.id, ())
        }
        codes = sorted({*group.get("codes", ()), *hosting})
        if "union" in group and codes:  # a group of no territory would be refused
            del group["union"]
            group.pop("except", None)
            group["codes"] = codes
    return groups


class TestReplayable:
    """§5(placement), §5(transfer), semantics §5: the same question has the same answer.

    The same policy revision, inputs and records give the same decision, anywhere.
    """

    @drawn
    def test_another_instance_decides_the_same(self, world: World, data: st.DataObject) -> None:
        """A second instance, which was asked other things before, decides the same."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        expect_equal(world.twin.ask(scene), world.ask(scene), scene)

    @drawn
    def test_the_same_question_has_the_same_answer(self, world: World, data: st.DataObject) -> None:
        """A question that is asked again, after another one, is answered as it was before."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        other = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        before = world.ask(scene)
        world.ask(other)
        expect_equal(world.ask(scene), before, (scene, other))
