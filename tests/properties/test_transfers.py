"""What may leave its zone: semantics §5, the rows from "home is free" to "order independent"."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from residency import Account, Context, Decision, Guard, ResidencyError, TransferBlocked
from residency.consent import ConsentEvent, ConsentRecord, EventKind, Expression, Ledger
from residency.geography import CLOUD_REGIONS, TERRITORIES
from residency.testing import locate
from residency.testing.scenes import Chain, Scene, chains, covered_scenes, scenes
from residency.testing.strategies import BOUNDS, INSTANT, blank_records, places
from tests.properties.worlds import (
    World,
    answer,
    ask_engine,
    ask_reference,
    both_policies,
    every_world,
    guard_of,
)
from tests.samples import NOON, Store, consent, event, noon

_AT_NOON = Context(at=NOON)


def _places(world: World) -> list[str]:
    """Return every zone, country and cloud region."""
    regions = [f"{cloud}:{region}" for cloud, known in CLOUD_REGIONS.items() for region in known]
    zones = [f"zone:{zone}" for zone in world.policy.zones]
    return [*zones, *(f"country:{territory}" for territory in TERRITORIES), *regions]


def _located(world: World) -> list[tuple[str, str | None, frozenset[str]]]:
    """Return every place with its zone and countries, as the reference sees them at noon."""
    found = [(text, locate(world.document, text, NOON.date())) for text in _places(world)]
    return [
        (text, place.zone, frozenset(place.countries)) for text, place in found if place is not None
    ]


def _some_places(world: World) -> st.SearchStrategy[list[str]]:
    return st.lists(places(world.policy), min_size=4, max_size=4)


def _one_for_each_zone(world: World) -> dict[tuple[str, ...], tuple[Account, str]]:
    """Return an account and solution for each set of designated zones that there is."""
    found: dict[tuple[str, ...], tuple[Account, str]] = {}
    for row in world.router.table():
        if row.end is None and row.placement.zones not in found:
            account = Account("acme", row.placement.territory, row.entity, setup_date=NOON.date())
            found[row.placement.zones] = (account, row.placement.solution)
    return found


def _permits(world: World, scene: Scene) -> bool:
    """Say whether the engine permits it; a refusal is none."""
    try:
        return ask_engine(world, scene).permitted
    except ResidencyError:
        return False


@every_world
class TestHomeIsFree:
    """§2 rule 1: a write inside the designated zone is permitted and reads no ledger."""

    def test_every_place_in_the_zone_is_free(self, world: World) -> None:
        """A place inside the designated zones is permitted, by the placement's clause alone.

        Where the policy asks for declared hosting, so is every declared hosting country.
        """
        store = Store(_unreachable)
        guard = Guard(world.router, Ledger(store), clock=noon)
        strict = world.policy.enforce_hosting
        for zones, (account, solution) in _one_for_each_zone(world).items():
            placement = guard.place(account, solution)
            inside = [
                text
                for text, zone, countries in _located(world)
                if zone in zones
                and (not strict or (countries and countries <= set(placement.hosting)))
            ]
            assert inside
            for text in [*inside, inside, set(inside)]:
                verdict = answer(guard.decide(account, solution, to=text))
                assert verdict == ("WITHIN_ZONE", (placement.clause,), ())
        assert store.reads == 0

    def test_bringing_data_home_is_free(self, world: World) -> None:
        """Data that lies anywhere at all may come back to its designated zone."""
        store = Store(_unreachable)
        guard = Guard(world.router, Ledger(store), clock=noon)
        for account, solution in _one_for_each_zone(world).values():
            home = f"country:{guard.place(account, solution).hosting[0]}"
            for text in _places(world):
                context = Context(source=text)
                assert guard.decide(account, solution, to=home, context=context).permitted
        assert store.reads == 0

    def test_undeclared_hosting_is_blocked_without_the_ledger(self, world: World) -> None:
        """Where the policy asks for it, a country of the zone that is not declared is blocked.

        So is the zone as a whole, which names no country. The reason is UNDECLARED_HOSTING, and the
        solution's own clause is cited.
        """
        store = Store(_unreachable)
        guard = Guard(world.router, Ledger(store), clock=noon)
        for zones, (account, solution) in _one_for_each_zone(world).items():
            placement = guard.place(account, solution)
            declares = world.policy.solutions[solution].clause
            for text, zone, countries in _located(world):
                if zone in zones and not (countries and countries <= set(placement.hosting)):
                    verdict = answer(guard.decide(account, solution, to=text))
                    if world.policy.enforce_hosting:
                        assert verdict.reason == "UNDECLARED_HOSTING"
                        assert set(verdict.clauses) == {placement.clause, declares}
                    else:
                        assert verdict.reason == "WITHIN_ZONE"
        assert store.reads == 0


@every_world
class TestDefaultDeny:
    """§2 rule 4: with no consent, every transfer out of the designated zone is denied."""

    @pytest.mark.parametrize("ledger", [None, Ledger(Store(tuple))], ids=["no ledger", "empty"])
    def test_nothing_leaves_its_zone(self, world: World, ledger: Ledger | None) -> None:
        """Every place outside the designated zones is denied, alone and beside places inside."""
        guard = Guard(world.router, ledger, clock=noon)
        transfer = world.policy.transfer_clause
        for zones, (account, solution) in _one_for_each_zone(world).items():
            placement = guard.place(account, solution)
            home = f"country:{placement.hosting[0]}"
            for text, zone, _ in _located(world):
                if zone not in zones:
                    for to in (text, [text, home], {home, text}):
                        verdict = answer(guard.decide(account, solution, to=to))
                        assert verdict == ("NO_CONSENT", (placement.clause, transfer), ())

    def test_an_unknown_place_is_no_place(self, world: World) -> None:
        """A text that names no known place is denied, alone and beside places inside the zone."""
        guard = Guard(world.router, clock=noon)
        for account, solution in _one_for_each_zone(world).values():
            home = f"country:{guard.place(account, solution).hosting[0]}"
            for text in ("zone:ATLANTIS", "country:EU", "aws:eu-atlantis-1", "EU", "zone:", ""):
                for to in (text, [home, text]):
                    verdict = answer(guard.decide(account, solution, to=to))
                    assert verdict.reason == "UNKNOWN_DESTINATION"
                    assert not verdict.permitted

    @given(data=st.data())
    def test_what_permits_nothing_by_itself(self, world: World, data: st.DataObject) -> None:
        """Of a consent that covers a transfer, nothing is left once its giving is taken away."""
        scene = data.draw(covered_scenes(world.policy))
        rest = tuple(event(EventKind.RENEWED, _record(held)) for held in scene.events)
        assert not _permits(world, evolve(scene, events=()))
        assert not _permits(world, evolve(scene, events=rest))


@both_policies
class TestOnlyIf:
    """§2 rules 2 and 4: a permit across zones names the valid records that it rests on."""

    @given(data=st.data())
    def test_a_permit_names_what_it_rests_on(self, world: World, data: st.DataObject) -> None:
        """Every consent named was given for this account, solution, category, purpose and time.

        For each place outside the designated zones and each designated zone there is one.
        """
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        verdict = ask_engine(world, scene)
        assert (verdict.reason == "CONSENT") is bool(verdict.consents)
        if verdict.reason != "CONSENT":
            return
        zones = world.router.place(scene.account, scene.solution).zones
        named = [held for held in scene.events if held.record_id in verdict.consents]
        assert {held.record_id for held in named} == set(verdict.consents)
        assert {held.kind for held in named} <= {EventKind.GIVEN, EventKind.RENEWED}
        for text in scene.to:
            place = locate(world.document, text, _at(scene).date())
            assert place is not None
            if place.zone not in zones:
                for zone in zones:
                    assert any(_covers(held.record, scene, zone, place.names) for held in named)

    @given(data=st.data())
    def test_consent_that_covers_it_permits(self, world: World, data: st.DataObject) -> None:
        """A consent to exactly this transfer permits it, from its first instant to its last."""
        scene = data.draw(covered_scenes(world.policy))
        placement = world.router.place(scene.account, scene.solution)
        verdict = ask_engine(world, scene)
        assert verdict.reason == "CONSENT"
        assert verdict.clauses == (placement.clause, world.policy.transfer_clause)
        assert set(verdict.consents) == {f"r-{zone}" for zone in placement.zones}


def _at(scene: Scene) -> datetime:
    assert scene.context.at is not None
    return scene.context.at


def _covers(record: ConsentRecord | None, scene: Scene, zone: str, names: frozenset[str]) -> bool:
    if record is None:
        return False
    context = scene.context
    return (
        record.account == scene.account.id
        and record.expression is Expression.EXPLICIT
        and scene.solution in record.solutions
        and not record.categories.isdisjoint({context.category, "*"})
        and not record.purposes.isdisjoint({context.purpose, "*"})
        and record.source_zone == zone
        and not record.destination_zones.isdisjoint(names)
    )


@both_policies
class TestExactScope:
    """§3: consent covers this account, direction, solution, category, purpose and time.

    One step outside any of them, and the transfer is denied.
    """

    @given(data=st.data())
    def test_another_account(self, world: World, data: st.DataObject) -> None:
        """Another account's consent is none, even where the ledger hands it over."""
        scene = data.draw(covered_scenes(world.policy))
        assert not _permits(world, evolve(scene, account=evolve(scene.account, id="other")))

    @given(data=st.data())
    def test_another_direction(self, world: World, data: st.DataObject) -> None:
        """Consent to go from one zone to a place says nothing of another place or zone."""
        scene = data.draw(covered_scenes(world.policy))
        [consented] = {to for held in scene.events for to in _record(held).destination_zones}
        home = world.router.place(scene.account, scene.solution).zones
        for text in data.draw(_some_places(world)):
            place = locate(world.document, text, _at(scene).date())
            assert place is not None
            if place.zone not in home and consented not in place.names:
                assert not _permits(world, evolve(scene, to=(text,)))
                assert not _permits(world, evolve(scene, to=(*scene.to, text)))

    @given(data=st.data())
    def test_from_another_zone(self, world: World, data: st.DataObject) -> None:
        """Consent to leave one zone is none to leave another, nor the way back."""
        scene = data.draw(covered_scenes(world.policy))
        zones = world.router.place(scene.account, scene.solution).zones
        for other in set(world.policy.zones) - set(zones):
            moved = (evolve(_record(held), source_zone=other) for held in scene.events)
            assert not _permits(world, evolve(scene, events=_given(moved)))
        [consented] = {to for held in scene.events for to in _record(held).destination_zones}
        back = (
            evolve(
                _record(held),
                source_zone=consented,
                destination_zones=frozenset({_record(held).source_zone}),
            )
            for held in scene.events
        )
        assert not _permits(world, evolve(scene, events=_given(back)))

    @given(data=st.data())
    def test_data_that_lies_elsewhere(self, world: World, data: st.DataObject) -> None:
        """Consent to go somewhere from home is none to go there from a third place."""
        scene = data.draw(covered_scenes(world.policy))
        goal = locate(world.document, scene.to[0], _at(scene).date())
        assert goal is not None
        home = world.router.place(scene.account, scene.solution).zones
        for text in data.draw(_some_places(world)):
            place = locate(world.document, text, _at(scene).date())
            assert place is not None
            if place.zone not in home and goal.names.isdisjoint(place.names):
                context = evolve(scene.context, source=text)
                assert not _permits(world, evolve(scene, context=context))

    @given(data=st.data())
    def test_another_solution(self, world: World, data: st.DataObject) -> None:
        """Consent about one solution's data is none about another's."""
        scene = data.draw(covered_scenes(world.policy))
        zones = world.router.place(scene.account, scene.solution).zones
        for other in set(world.policy.solutions) - {scene.solution}:
            if world.router.place(scene.account, other).zones == zones:
                every = [
                    evolve(_record(held), categories=frozenset({"*"})) for held in scene.events
                ]
                context = evolve(scene.context, category=None)
                widened = evolve(scene, context=context, events=_given(every))
                assert _permits(world, widened)
                assert not _permits(world, evolve(widened, solution=other))

    @given(data=st.data())
    def test_another_category_or_purpose(self, world: World, data: st.DataObject) -> None:
        """Consent for one category and purpose covers no other one, and none that is not named."""
        scene = data.draw(covered_scenes(world.policy))
        context = scene.context
        known = [each.id for each in world.policy.solutions[scene.solution].categories]
        for category in {None, *known} - {context.category}:
            assert not _permits(world, evolve(scene, context=evolve(context, category=category)))
        for purpose in {None, *world.policy.purposes, "other"} - {context.purpose}:
            assert not _permits(world, evolve(scene, context=evolve(context, purpose=purpose)))

    @given(data=st.data())
    def test_another_time(self, world: World, data: st.DataObject) -> None:
        """Consent counts from its first moment until the moment that it ends: half-open."""
        scene = data.draw(covered_scenes(world.policy))
        start = _record(scene.events[0]).valid_from
        until = _record(scene.events[0]).valid_until
        early, late = (
            evolve(scene, context=evolve(scene.context, at=at))
            for at in (start - INSTANT, start + timedelta(days=36_500) if until is None else until)
        )
        assert not _permits(world, early)
        assert _permits(world, late) is (until is None)

    @given(data=st.data())
    def test_less_than_explicit(self, world: World, data: st.DataObject) -> None:
        """Consent that was not explicitly expressed is none."""
        scene = data.draw(covered_scenes(world.policy))
        for expression in set(Expression) - {Expression.EXPLICIT}:
            mute = (evolve(_record(held), expression=expression) for held in scene.events)
            verdict = ask_engine(world, evolve(scene, events=_given(mute)))
            assert verdict.reason == "CONSENT_UNVERIFIABLE"


def _record(held: ConsentEvent) -> ConsentRecord:
    assert held.record is not None
    return held.record


def _given(records: Iterable[ConsentRecord]) -> tuple[ConsentEvent, ...]:
    return tuple(event(EventKind.GIVEN, record) for record in records)


@both_policies
class TestNoLaundering:
    """§3: consent to EU→US and to US→CA is none to EU→US→CA."""

    @given(data=st.data())
    def test_a_chain_ends_where_a_transfer_may(self, world: World, data: st.DataObject) -> None:
        """Where a chain of permitted transfers leads, a single transfer is permitted to go too."""
        chain = data.draw(chains(world.policy))
        lies: str | None = None
        for hop in chain.hops:
            if not _permits(world, _hop(chain, lies, hop)):
                return
            lies = hop
        assert _permits(world, _hop(chain, None, chain.hops[-1]))

    def test_two_consents_are_not_a_third(self, world: World) -> None:
        """With consents from home to a zone and from there to the next, the next stays closed.

        It opens, on that way and no other, with a consent from home to it.
        """
        for zones, (account, solution) in _one_for_each_zone(world).items():
            others = [zone for zone in world.policy.zones if zone not in zones]
            for middle in others:
                for end in {*others, "country:BR"} - {middle}:
                    ways = [*((zone, middle) for zone in zones), (middle, end)]
                    there = end if end.startswith("country:") else f"zone:{end}"
                    from_middle = Context(at=NOON, source=f"zone:{middle}")
                    scene = Scene(
                        account=account,
                        solution=solution,
                        to=(f"zone:{middle}",),
                        context=_AT_NOON,
                        events=_ways(account, solution, ways),
                    )
                    assert _permits(world, scene)
                    onward = evolve(scene, to=(there,), context=from_middle)
                    assert not _permits(world, onward)
                    assert not _permits(world, evolve(scene, to=(there,)))
                    direct = _ways(account, solution, [*ways, *((zone, end) for zone in zones)])
                    assert _permits(world, evolve(onward, events=direct))


def _hop(chain: Chain, source: str | None, to: str) -> Scene:
    return Scene(
        account=chain.account,
        solution=chain.solution,
        to=(to,),
        context=evolve(chain.context, source=source),
        events=chain.events,
    )


def _ways(
    account: Account, solution: str, ways: Iterable[tuple[str, str]]
) -> tuple[ConsentEvent, ...]:
    return _given(
        consent(
            record_id=f"{start} to {end}",
            account=account.id,
            solutions={solution},
            source_zone=start,
            destination_zones={end},
        )
        for start, end in ways
    )


@both_policies
class TestMonotone:
    """§3: an unrelated record changes nothing, and taking a consent back never permits."""

    @given(data=st.data())
    def test_another_accounts_record_changes_nothing(
        self, world: World, data: st.DataObject
    ) -> None:
        """What another account agreed to, or took back, changes no part of a decision."""
        scene = data.draw(scenes(world.policy))
        theirs = evolve(data.draw(blank_records(world.policy)), account="somebody else")
        kind = data.draw(st.sampled_from(EventKind))
        more = (*scene.events, event(EventKind.GIVEN, theirs), event(kind, theirs, "e-x"))
        assert ask_engine(world, evolve(scene, events=more)) == ask_engine(world, scene)

    @given(data=st.data())
    def test_a_record_of_something_else_changes_nothing(
        self, world: World, data: st.DataObject
    ) -> None:
        """A record about something else permits and forbids nothing.

        All it can change is how a denial is named: no consent, or none in scope.
        """
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        blank = data.draw(blank_records(world.policy))
        other = evolve(blank, account=scene.account.id, record_id="r-x")
        kind = data.draw(st.sampled_from(EventKind))
        more = (*scene.events, event(EventKind.GIVEN, other), event(kind, other, "e-x"))
        before = ask_engine(world, scene)
        after = ask_engine(world, evolve(scene, events=more))
        if before.reason == "NO_CONSENT":
            assert after == before._replace(reason="CONSENT_OUT_OF_SCOPE")
        else:
            assert after == before

    @given(data=st.data())
    def test_taking_back_never_permits(self, world: World, data: st.DataObject) -> None:
        """A withdrawal, revocation or invalidation of any record turns no denial into a permit."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        assume(scene.events)
        target = data.draw(st.sampled_from(scene.events))
        kinds = (EventKind.WITHDRAWN, EventKind.REVOKED, EventKind.INVALIDATED)
        end = ConsentEvent(
            event_id="e-x",
            kind=data.draw(st.sampled_from(kinds)),
            record_id=target.record_id,
            account=target.account,
            event_time=data.draw(st.sampled_from(BOUNDS)),
        )
        before = ask_engine(world, scene)
        after = ask_engine(world, evolve(scene, events=(*scene.events, end)))
        assert before.permitted or not after.permitted
        assert target.account != scene.account.id or target.record_id not in after.consents


@both_policies
class TestOrderIndependent:
    """§3: what a ledger holds is a set. Order and duplication of its events change nothing."""

    @given(data=st.data())
    def test_events_in_any_order_and_number(self, world: World, data: st.DataObject) -> None:
        """The same events in another order, some of them twice, decide the same."""
        scene = data.draw(scenes(world.policy))
        assume(scene.events)
        repeated = data.draw(st.lists(st.sampled_from(scene.events), max_size=3))
        shuffled = data.draw(st.permutations([*scene.events, *repeated]))
        other = evolve(scene, events=tuple(shuffled))
        assert ask_engine(world, other) == ask_engine(world, scene)

    @given(data=st.data())
    def test_places_in_any_order_and_number(self, world: World, data: st.DataObject) -> None:
        """The same places in another order, or in another kind of collection, decide the same."""
        scene = data.draw(scenes(world.policy))
        guard = guard_of(world, scene.events)
        texts = data.draw(st.permutations([*scene.to, data.draw(st.sampled_from(scene.to))]))
        expected = guard.decide(scene.account, scene.solution, to=scene.to, context=scene.context)
        for to in (texts, tuple(texts), set(texts), frozenset(texts)):
            found = guard.decide(scene.account, scene.solution, to=to, context=scene.context)
            assert answer(found) == answer(expected)


@every_world
class TestReference:
    """§5: the engine decides every question as the reference evaluator does."""

    @given(data=st.data())
    def test_the_engine_agrees_with_the_reference(self, world: World, data: st.DataObject) -> None:
        """Reason, clauses and consents are the same on both sides."""
        scene = data.draw(scenes(world.policy))
        assert ask_engine(world, scene) == ask_reference(world, scene)

    @given(data=st.data())
    def test_the_four_calls_agree(self, world: World, data: st.DataObject) -> None:
        """`decide`, `enforce` and the async twins agree: a permit is returned, a denial raised."""
        scene = data.draw(scenes(world.policy) | covered_scenes(world.policy))
        guard = guard_of(world, scene.events)
        asked: dict[str, Any] = {"to": scene.to, "context": scene.context}
        decided = guard.decide(scene.account, scene.solution, **asked)

        async def later() -> tuple[Decision, Decision | TransferBlocked]:
            decided = await guard.decide_async(scene.account, scene.solution, **asked)
            try:
                return decided, await guard.enforce_async(scene.account, scene.solution, **asked)
            except TransferBlocked as blocked:
                return decided, blocked

        try:
            enforced: Decision | TransferBlocked = guard.enforce(
                scene.account, scene.solution, **asked
            )
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


def _unreachable() -> tuple[ConsentEvent, ...]:
    raise AssertionError("the ledger was read")
