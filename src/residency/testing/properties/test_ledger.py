"""What the ledger does to a decision: finality, fail closed, cache transparent."""

from __future__ import annotations

from typing import Any, cast

from attrs import evolve

from residency.consent import ConsentEvent, ConsentRecord, EventKind
from residency.testing.expectation import expect, expect_equal
from residency.testing.extra import drawn, st
from residency.testing.scenes import Scene, claimed_scenes, covered_scenes, given_event, scenes
from residency.testing.strategies import BOUNDS, INSTANT
from residency.testing.target import Answer, LedgerFault, Request
from residency.testing.words import unknown_word
from residency.testing.world import World

__all__ = ["TestCacheTransparent", "TestFailClosed", "TestFinality"]

_ENDS = {
    EventKind.WITHDRAWN: "CONSENT_WITHDRAWN",
    EventKind.REVOKED: "CONSENT_REVOKED",
    EventKind.INVALIDATED: "CONSENT_UNVERIFIABLE",
}
# Of a record that is given twice nothing may differ, and of a renewal none of the terms.
_TERMS = (
    "controller",
    "solutions",
    "categories",
    "purposes",
    "source_zone",
    "destination_zones",
    "recipient",
)
_CONTRADICTIONS = (
    *((EventKind.RENEWED, term) for term in _TERMS),
    *((EventKind.GIVEN, term) for term in _TERMS),
    *((EventKind.GIVEN, fact) for fact in ("privacy_notice", "party_name", "method")),
    (EventKind.GIVEN, "valid_until"),
)
# What is no event may be a withdrawal that cannot be read, or a ledger that is broken.
_FAULTY = {
    LedgerFault.ERROR: {"LEDGER_UNAVAILABLE"},
    LedgerFault.TIMEOUT: {"LEDGER_UNAVAILABLE"},
    LedgerFault.GARBAGE: {"LEDGER_UNAVAILABLE", "CONSENT_UNVERIFIABLE", "CONSENT_WITHDRAWN"},
}
_MOMENTS = tuple(bound + step * INSTANT for bound in BOUNDS for step in (-1, 0, 1))


def _end(given_one: ConsentEvent, kind: EventKind, data: st.DataObject) -> ConsentEvent:
    """Return the end of a record, at whatever moment it says."""
    return ConsentEvent(
        event_id=f"{kind}:{given_one.record_id}",
        kind=kind,
        record_id=given_one.record_id,
        account=given_one.account,
        event_time=data.draw(st.sampled_from(_MOMENTS)),
    )


def _but(record: ConsentRecord, name: str) -> ConsentRecord:
    """Return a record that says something else in one field."""
    said: str | frozenset[str] | None = getattr(record, name)
    texts = said if isinstance(said, frozenset) else {said}
    word = unknown_word(texts, "another")
    change: dict[str, Any] = {name: {word} if isinstance(said, frozenset) else word}
    return evolve(record, **change)


def _renewal(given_one: ConsentEvent) -> ConsentEvent:
    return evolve(given_one, event_id=f"renewed:{given_one.record_id}", kind=EventKind.RENEWED)


class TestFinality:
    """§5(transfer), §7(iv), semantics §3: what was withdrawn permits nothing any more.

    After a withdrawal returned, nothing is permitted on that record; nor ever again.
    """

    @drawn
    def test_the_next_decision_denies(self, world: World, data: st.DataObject) -> None:
        """Once a record that a permit rests on has ended, the same request is denied.

        It does not matter which moment the withdrawal, or the request, says that it is about.
        """
        scene = data.draw(covered_scenes(world.policy))
        expect(world.ask(scene).permitted, scene)
        ended = data.draw(st.sampled_from(scene.events))
        kind = data.draw(st.sampled_from(list(_ENDS)))
        end = _end(ended, kind, data)
        world.target.append(end)
        expect_equal(world.decide(scene.request).reason, _ENDS[kind], (scene, end))

    @drawn
    def test_nothing_brings_a_record_back(self, world: World, data: st.DataObject) -> None:
        """Neither giving a record again nor renewing it, before or after, undoes its end."""
        scene = data.draw(covered_scenes(world.policy))
        kind = data.draw(st.sampled_from(list(_ENDS)))
        ended = scene.events[0]
        again = (evolve(ended, event_id="again"), _renewal(ended), _end(ended, kind, data))
        world.hold(scene.events)
        for event in data.draw(st.permutations(again)):
            world.target.append(event)
        expect_equal(world.decide(scene.request).reason, _ENDS[kind], (scene, again))

    @drawn
    def test_a_withdrawal_comes_first(self, world: World, data: st.DataObject) -> None:
        """Of a record that ended in several ways, a withdrawal is the reason, then a revocation."""
        scene = data.draw(covered_scenes(world.policy))
        world.hold(scene.events)
        for kind in reversed(EventKind):
            if kind in _ENDS:
                world.target.append(_end(scene.events[0], kind, data))
                expect_equal(world.decide(scene.request).reason, _ENDS[kind], (scene, kind))

    @drawn
    def test_a_new_record_permits_again(self, world: World, data: st.DataObject) -> None:
        """The end of a record is the end of no other: a new consent permits, and is the basis."""
        scene = data.draw(covered_scenes(world.policy))
        ended = scene.events[0]
        world.hold((*scene.events, _end(ended, EventKind.WITHDRAWN, data)))
        renewed = evolve(cast("ConsentRecord", ended.record), record_id="r-new")
        world.target.append(given_event(renewed))
        found = world.decide(scene.request)
        expect("r-new" in found.consents and ended.record_id not in found.consents, (scene, found))


class TestFailClosed:
    """§5(transfer), semantics §2: a transfer that needs the ledger is denied where it fails.

    That is so whatever the ledger does wrong.
    """

    @drawn
    def test_every_fault_denies(self, world: World, data: st.DataObject) -> None:
        """An error, a timeout and an answer that is not one deny what consent would permit."""
        scene = data.draw(covered_scenes(world.policy))
        for fault in LedgerFault:
            world.hold(scene.events)
            world.target.fail(fault)
            found = world.decide(scene.request)
            expect(not found.permitted, f"{scene} is permitted while {fault}: {found}")
            expect(found.reason in _FAULTY[fault], f"{scene} while {fault}: {found}")
        expect(world.ask(scene).permitted, scene)

    @drawn
    def test_an_exemption_does_not_help(self, world: World, data: st.DataObject) -> None:
        """While the ledger fails, nothing leaves its zone, whatever is invoked."""
        scene = data.draw(claimed_scenes(world.policy))
        world.hold(scene.events)
        world.target.fail(data.draw(st.sampled_from(LedgerFault)))
        found = world.decide(scene.request)
        expect(found.reason == "WITHIN_ZONE" or not found.permitted, (scene, found))

    @drawn
    def test_a_record_that_contradicts_itself_denies(
        self, world: World, data: st.DataObject
    ) -> None:
        """Two records under one id, or a renewal on other terms, are evidence of nothing."""
        scene = data.draw(covered_scenes(world.policy))
        first = scene.events[0]
        record = cast("ConsentRecord", first.record)
        kind, name = data.draw(st.sampled_from(_CONTRADICTIONS))
        longer = evolve(record, valid_until=BOUNDS[-1])
        other = longer if name == "valid_until" else _but(record, name)
        event = evolve(first, event_id="e-x", kind=kind, record=other)
        found = world.ask(evolve(scene, events=(*scene.events, event)))
        expect_equal(found.reason, "CONSENT_UNVERIFIABLE", (scene, event))

    @drawn
    def test_a_renewal_alone_is_no_consent(self, world: World, data: st.DataObject) -> None:
        """Of a consent that covers a transfer, nothing is left once its giving is taken away."""
        scene = data.draw(covered_scenes(world.policy))
        for events in ((), tuple(map(_renewal, scene.events))):
            found = world.ask(evolve(scene, events=events))
            expect(not found.permitted, (scene, events, found))


class TestCacheTransparent:
    """§5(transfer), semantics §5: cached and uncached decisions agree.

    They do so over every sequence of operations.
    """

    @drawn
    def test_a_used_implementation_decides_as_a_new_one(
        self, world: World, data: st.DataObject
    ) -> None:
        """Whatever was asked, given and ended before, each answer is that of a cleared ledger.

        Requests differ in one thing each and are asked again and again; moments go back and forth
        over the bounds of validity.
        """
        covered = covered_scenes(world.policy)
        scene = data.draw(covered | covered | scenes(world.policy))
        asked = _variants(world, scene.request)
        to_come = [
            *scene.events,
            *(_end(each, kind, data) for each in scene.events for kind in _ENDS),
        ]
        held = list(data.draw(st.sampled_from(((), scene.events))))
        world.hold(held)
        answers: list[tuple[int, Request, Answer]] = []
        for _ in range(data.draw(st.integers(1, 3))):
            something_happens = data.draw(st.booleans())
            if something_happens and to_come:
                event = to_come.pop(data.draw(st.sampled_from((0, -1))))
                world.target.append(event)
                held.append(event)
            order = data.draw(st.permutations(asked))
            answers += [(len(held), request, world.decide(request)) for request in order]
        for number, request, answer in dict.fromkeys(answers):
            fresh = world.ask(Scene(request=request, events=tuple(held[:number])))
            expect_equal(answer, fresh, (request, held[:number]))

    @drawn
    def test_placements_do_not_mix(self, world: World, data: st.DataObject) -> None:
        """Accounts that differ in one thing are each placed for themselves, in any order."""
        signup = data.draw(covered_scenes(world.policy)).request.signup
        alike = [
            signup,
            *(evolve(signup, entity=entity) for entity in world.policy.entities),
            *(evolve(signup, day=day.date()) for day in BOUNDS),
            *(evolve(signup, country=country) for country in world.territories),
            *(
                evolve(signup, agreements=((solution.id, zone),))
                for solution in world.policy.solutions.values()
                for zone in solution.storage
            ),
        ]
        for each in data.draw(st.permutations(alike)):
            for solution in world.policy.solutions:
                expected = world.expected_place(each, solution)
                expect_equal(world.place(each, solution), expected, (each, solution))


def _variants(world: World, request: Request) -> list[Request]:
    """Return a request, and others that differ from it in one thing."""
    signup = request.signup
    away = world.outside or f"zone:{[*world.policy.zones][-1]}"
    return [
        request,
        evolve(request, signup=evolve(signup, account="zenith")),
        evolve(request, purpose=None),
        evolve(request, category=None),
        evolve(request, to=(away,)),
        evolve(request, source=away),
        *(evolve(request, at=moment) for moment in _MOMENTS[3:9]),
    ]
