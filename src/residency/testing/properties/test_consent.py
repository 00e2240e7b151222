"""What a consent covers: exact scope, monotone, order independent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from attrs import evolve

from residency.consent import ANY, ConsentEvent, ConsentRecord, EventKind, Expression
from residency.testing.expectation import expect, expect_equal
from residency.testing.extra import assume, drawn, st
from residency.testing.reference import Place, locate
from residency.testing.scenes import Scene, covered_scenes, given_event, scenes
from residency.testing.strategies import BOUNDS, INSTANT, TIME_ZONES, blank_records, places
from residency.testing.target import Request
from residency.testing.words import near_misses, unknown_word
from residency.testing.world import World

__all__ = ["TestExactScope", "TestMonotone", "TestOrderIndependent"]

_ENDS = (EventKind.WITHDRAWN, EventKind.REVOKED, EventKind.INVALIDATED)


class TestExactScope:
    """§5(transfer), semantics §3: consent covers what it names, and nothing beside it.

    That is this account, direction, solution, category, purpose and time. One step outside any of
    them, and the transfer is denied.
    """

    @drawn
    def test_another_account(self, world: World, data: st.DataObject) -> None:
        """Another account's consent is none, however alike the two are."""
        scene = data.draw(covered_scenes(world.policy))
        signup = scene.request.signup
        for account in (f"{signup.account}x", signup.account.upper(), signup.account[:-1]):
            _expect_denial(world, scene.but(signup=evolve(signup, account=account)))

    @drawn
    def test_another_destination(self, world: World, data: st.DataObject) -> None:
        """Consent to go from one zone to a place says nothing of another place or zone."""
        scene = data.draw(covered_scenes(world.policy))
        [consented] = {to for record in _records(scene) for to in record.destination_zones}
        home = world.placed(scene.request).zones
        for place in _some_places(world, data, scene.request):
            if place.zone not in home and consented not in place.names:
                _expect_denial(world, scene.but(to=(place.label,)))
                _expect_denial(world, scene.but(to=(*scene.request.to, place.label)))

    @drawn
    def test_another_source(self, world: World, data: st.DataObject) -> None:
        """Consent to leave one zone is none to leave another, nor the way back."""
        scene = data.draw(covered_scenes(world.policy))
        zones = world.placed(scene.request).zones
        for other in sorted(set(world.policy.zones) - set(zones)):
            moved = (evolve(record, source_zone=other) for record in _records(scene))
            _expect_denial(world, _holding(scene, moved))
        back = (
            evolve(
                record,
                source_zone=next(iter(record.destination_zones)),
                destination_zones=frozenset({record.source_zone}),
            )
            for record in _records(scene)
        )
        _expect_denial(world, _holding(scene, back))

    @drawn
    def test_data_that_lies_elsewhere(self, world: World, data: st.DataObject) -> None:
        """Consent to go somewhere from home is none to go there from a third place."""
        scene = data.draw(covered_scenes(world.policy))
        goal = _located(world, scene.request, scene.request.to[0])
        home = world.placed(scene.request).zones
        for place in _some_places(world, data, scene.request):
            if place.zone not in home and goal.names.isdisjoint(place.names):
                _expect_denial(world, scene.but(source=place.label))

    @drawn
    def test_another_solution(self, world: World, data: st.DataObject) -> None:
        """Consent about one solution's data is none about another's."""
        scene = data.draw(covered_scenes(world.policy))
        every = [evolve(record, categories=frozenset({ANY})) for record in _records(scene)]
        widened = _holding(scene.but(category=None), every)
        zones = world.placed(scene.request).zones
        expect(world.ask(widened).permitted, widened)
        for other in sorted(set(world.policy.solutions) - {scene.request.solution}):
            asked = widened.but(solution=other)
            if world.placed(asked.request).zones == zones:
                _expect_denial(world, asked)

    @drawn
    def test_another_category_or_purpose(self, world: World, data: st.DataObject) -> None:
        """Consent for one category and purpose covers no other one, and none that is not named."""
        scene = data.draw(covered_scenes(world.policy))
        request = scene.request
        known = [each.id for each in world.policy.solutions[request.solution].categories]
        for category in (None, *known):
            if category != request.category:
                _expect_denial(world, scene.but(category=category))
        for purpose in (None, *world.policy.purposes, unknown_word(world.policy.purposes)):
            if purpose != request.purpose:
                _expect_denial(world, scene.but(purpose=purpose))

    @drawn
    def test_a_word_that_is_like_it(self, world: World, data: st.DataObject) -> None:
        """A solution, category or purpose is the one that is named, and none spelled like it."""
        scene = data.draw(covered_scenes(world.policy))
        purpose = cast("str", scene.request.purpose)
        for like in near_misses(purpose):
            if like not in world.policy.purposes:
                _expect_denial(world, scene.but(purpose=like))
        for name in ("solutions", "categories", "purposes"):
            [word] = getattr(_records(scene)[0], name)
            for like in near_misses(word) if word != ANY else ():
                change: dict[str, Any] = {name: {like}}
                changed = (evolve(each, **change) for each in _records(scene))
                _expect_denial(world, _holding(scene, changed))

    @drawn
    def test_another_time(self, world: World, data: st.DataObject) -> None:
        """Consent counts from its first moment until the moment that it ends: half-open.

        It does not matter in which time zone the moment is written.
        """
        scene = data.draw(covered_scenes(world.policy))
        start, until = _records(scene)[0].valid_from, _records(scene)[0].valid_until
        for zone in TIME_ZONES:
            _expect_denial(world, scene.but(at=(start - INSTANT).astimezone(zone)))
            first = scene.but(at=start.astimezone(zone))
            expect(world.ask(first).permitted, first)
            if until is None:
                late = scene.but(at=start + timedelta(days=36_500))
                expect(world.ask(late).permitted, late)
            else:
                _expect_denial(world, scene.but(at=until.astimezone(zone)))

    @drawn
    def test_less_than_explicit(self, world: World, data: st.DataObject) -> None:
        """Consent that was not explicitly expressed is none."""
        scene = data.draw(covered_scenes(world.policy))
        for expression in (Expression.EXPRESSED, Expression.IMPLIED):
            mute = (evolve(record, expression=expression) for record in _records(scene))
            asked = _holding(scene, mute)
            expect_equal(world.ask(asked).reason, "CONSENT_UNVERIFIABLE", asked)


def _expect_denial(world: World, scene: Scene) -> None:
    found = world.ask(scene)
    expect(not found.permitted, f"{scene} is permitted: {found}")


def _located(world: World, request: Request, text: str) -> Place:
    return cast("Place", locate(world.document, text, request.at.date()))


def _some_places(world: World, data: st.DataObject, request: Request) -> list[Place]:
    zones = [f"zone:{zone}" for zone in world.policy.zones]
    drawn = data.draw(st.lists(places(world.policy), min_size=4, max_size=4))
    return [_located(world, request, text) for text in (*zones, *drawn)]


def _records(scene: Scene) -> list[ConsentRecord]:
    return [event.record for event in scene.events if event.record is not None]


def _holding(scene: Scene, records: Iterable[ConsentRecord]) -> Scene:
    return evolve(scene, events=tuple(map(given_event, records)))


class TestMonotone:
    """§5(transfer), semantics §3: an unrelated record changes nothing.

    And taking a consent back never permits.
    """

    @drawn
    def test_another_accounts_record_changes_nothing(
        self, world: World, data: st.DataObject
    ) -> None:
        """What another account agreed to, or took back, changes no part of a decision."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        like = data.draw(st.sampled_from([*_records(scene), None]))
        theirs = evolve(
            like or data.draw(blank_records(world.policy)),
            account="somebody else",
            record_id="theirs",
        )
        more = (*scene.events, given_event(theirs), _event(data, theirs, "e-x"))
        expect_equal(world.ask(evolve(scene, events=more)), world.ask(scene), (scene, theirs))

    @drawn
    def test_a_record_of_something_else_changes_nothing(
        self, world: World, data: st.DataObject
    ) -> None:
        """A record about something else permits and forbids nothing.

        All it can change is how a denial is named: no consent, or none in scope.
        """
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        other = evolve(
            data.draw(blank_records(world.policy)),
            account=scene.request.signup.account,
            record_id="r-x",
        )
        more = (*scene.events, given_event(other), _event(data, other, "e-x"))
        before = world.ask(scene)
        after = world.ask(evolve(scene, events=more))
        if before.reason == "NO_CONSENT":
            before = before._replace(reason="CONSENT_OUT_OF_SCOPE")
        expect_equal(after, before, (scene, other))

    @drawn
    def test_taking_back_never_permits(self, world: World, data: st.DataObject) -> None:
        """A withdrawal, revocation or invalidation of any record turns no denial into a permit."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        assume(scene.events)
        target = data.draw(st.sampled_from(scene.events))
        end = ConsentEvent(
            event_id="e-x",
            kind=data.draw(st.sampled_from(_ENDS)),
            record_id=target.record_id,
            account=target.account,
            event_time=data.draw(st.sampled_from(BOUNDS)),
        )
        before = world.ask(scene)
        after = world.ask(evolve(scene, events=(*scene.events, end)))
        expect(before.permitted or not after.permitted, (scene, end, after))
        expect(target.record_id not in after.consents, (scene, end, after))


def _event(data: st.DataObject, record: ConsentRecord, event_id: str) -> ConsentEvent:
    """Draw an event in the life of a record."""
    kind = data.draw(st.sampled_from(EventKind))
    return ConsentEvent(
        event_id=event_id,
        kind=kind,
        record_id=record.record_id,
        account=record.account,
        event_time=BOUNDS[-1],
        record=None if kind in _ENDS else record,
    )


class TestOrderIndependent:
    """§5(transfer), semantics §5: what a ledger holds is a set.

    Order and duplication of its events change nothing.
    """

    @drawn
    def test_events_in_any_order_and_number(self, world: World, data: st.DataObject) -> None:
        """The same events in another order, some of them twice, decide the same."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        assume(scene.events)
        ends = tuple(
            ConsentEvent(
                event_id=f"end:{event.record_id}",
                kind=data.draw(st.sampled_from(_ENDS)),
                record_id=event.record_id,
                account=event.account,
                event_time=event.event_time,
            )
            for event in data.draw(st.lists(st.sampled_from(scene.events), max_size=1))
        )
        scene = evolve(scene, events=(*scene.events, *ends))
        repeated = data.draw(st.lists(st.sampled_from(scene.events), max_size=3))
        shuffled = data.draw(st.permutations([*scene.events, *repeated]))
        for events in (tuple(shuffled), scene.events[::-1]):
            other = evolve(scene, events=events)
            expect_equal(world.ask(other), world.ask(scene), other)

    @drawn
    def test_places_in_any_order_and_number(self, world: World, data: st.DataObject) -> None:
        """The same places in another order, some of them twice, decide the same."""
        scene = data.draw(scenes(world.policy))
        to = scene.request.to
        again = data.draw(st.permutations([*to, data.draw(st.sampled_from(to))]))
        home = world.placed(scene.request).hosting[0]
        for texts in (to, (*to, f"country:{home}")):
            asked = scene.but(to=texts)
            other = scene.but(to=(*again, *texts[len(to) :])[::-1])
            expect_equal(world.ask(other), world.ask(asked), other)
