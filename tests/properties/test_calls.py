"""What the properties leave to each implementation: how ours is called, and what it reads."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from residency import Decision, Guard, TransferBlocked
from residency.consent import ConsentEvent, EventKind, Ledger
from residency.testing.scenes import claimed_scenes, covered_scenes, scenes
from residency.testing.world import World
from tests.properties.worlds import (
    account_of,
    answer,
    both_policies,
    context_of,
    decide,
    every_world,
    guard_of,
    router_of,
)
from tests.samples import Store, event, noon
from tests.samples import given as given_event


@every_world
class TestHomeIsFree:
    """§2 rule 1: a write inside the designated zone reads no ledger."""

    def test_the_ledger_is_not_read(self, world: World) -> None:
        """Neither a place inside, nor one that is blocked for its hosting, makes a read."""
        store = Store(_unreachable)
        guard = Guard(router_of(world), Ledger(store), clock=noon)
        for zones, request in world.inquiries.items():
            account = account_of(request.signup)
            for place in world.located(request.at):
                if place.zone in zones:
                    for to in (place.label, [place.label], {place.label}):
                        decision = guard.decide(account, request.solution, to=to)
                        assert decision.reason in {"WITHIN_ZONE", "UNDECLARED_HOSTING"}
        assert store.reads == 0


@every_world
class TestCalls:
    """The ways to ask one question."""

    @pytest.mark.parametrize("ledger", [None, Ledger(Store(tuple))], ids=["no ledger", "empty"])
    def test_without_consents_nothing_leaves(self, world: World, ledger: Ledger | None) -> None:
        """A guard without a ledger denies what one with an empty ledger denies."""
        guard = Guard(router_of(world), ledger, clock=noon)
        for zones, request in world.inquiries.items():
            for zone in set(world.policy.zones) - set(zones):
                found = guard.decide(
                    account_of(request.signup), request.solution, to=f"zone:{zone}"
                )
                assert found.reason == "NO_CONSENT"

    @given(data=st.data())
    def test_the_four_calls_agree(self, world: World, data: st.DataObject) -> None:
        """`decide`, `enforce` and the async twins agree: a permit is returned, a denial raised."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        guard = guard_of(world, scene.events)
        subject = (account_of(scene.request.signup), scene.request.solution)
        asked: dict[str, Any] = {"to": scene.request.to, "context": context_of(scene.request)}
        decided = guard.decide(*subject, **asked)

        async def later() -> tuple[Decision, Decision | TransferBlocked]:
            decided = await guard.decide_async(*subject, **asked)
            try:
                return decided, await guard.enforce_async(*subject, **asked)
            except TransferBlocked as blocked:
                return decided, blocked

        try:
            enforced: Decision | TransferBlocked = guard.enforce(*subject, **asked)
        except TransferBlocked as blocked:
            enforced = blocked
        decided_later, enforced_later = asyncio.run(later())
        assert decided_later == decided
        for outcome in (enforced, enforced_later):
            if decided.permitted:
                assert outcome == decided
            else:
                assert isinstance(outcome, TransferBlocked)
                assert outcome.decision == decided
                assert outcome.kind == decided.reason

    @given(data=st.data())
    def test_places_in_any_collection(self, world: World, data: st.DataObject) -> None:
        """The same places in another kind of collection decide the same."""
        scene = data.draw(scenes(world.policy))
        guard = guard_of(world, scene.events)
        expected = answer(decide(guard, scene))
        subject = (account_of(scene.request.signup), scene.request.solution)
        context = context_of(scene.request)
        to = scene.request.to
        for texts in (list(to), set(to), frozenset(to)):
            assert answer(guard.decide(*subject, to=texts, context=context)) == expected


@both_policies
class TestForeignEvents:
    """§3: a ledger that hands over what is another account's changes nothing by it."""

    @given(data=st.data())
    def test_events_of_another_account_under_the_same_record(
        self, world: World, data: st.DataObject
    ) -> None:
        """What another account did under a record's id neither permits nor ends anything."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        theirs: list[ConsentEvent] = []
        for held in scene.events:
            if held.record is not None:
                record = evolve(held.record, account="somebody else")
                kind = data.draw(st.sampled_from(EventKind))
                theirs += [given_event(record), event(kind, record, f"e-{len(theirs)}")]
        before = answer(decide(guard_of(world, scene.events), scene))
        assert answer(decide(guard_of(world, (*scene.events, *theirs)), scene)) == before


@every_world
class TestExemptions:
    """§2 rule 3, where exemptions are switched off."""

    @given(data=st.data())
    def test_strict_mode_has_none(self, world: World, data: st.DataObject) -> None:
        """Without exemptions a permit rests on the zone or on consent; the rest is denied."""
        scene = data.draw(claimed_scenes(world.policy))
        strict = answer(decide(guard_of(world, scene.events, exemptions=False), scene))
        plain = answer(decide(guard_of(world, scene.events), scene.but(claim=None)))
        if plain.permitted:
            assert strict == plain
        else:
            assert not strict.permitted
            assert strict.reason in {plain.reason, "EXEMPTION_NOT_MET"}


def _unreachable() -> tuple[ConsentEvent, ...]:
    raise AssertionError("the ledger was read")
