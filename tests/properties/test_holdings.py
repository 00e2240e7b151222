"""The data map and the move of designations: semantics §1 and §4, against the reference."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from residency import Account, Agreement, Designation, ResidencyError, TransferBlocked
from residency.consent import ConsentEvent
from residency.policy import Policy
from residency.relocation import relocate
from residency.retention import data_map
from residency.testing import Placed, Refused, Verdict
from residency.testing.exemptions import Claim
from residency.testing.holdings import Held, held, moved
from residency.testing.scenes import Scene, covered_scenes
from residency.testing.strategies import sign_ups, solutions
from residency.testing.world import World
from tests.properties.test_exemptions import claimed
from tests.properties.worlds import (
    account_of,
    answer,
    both_policies,
    context_of,
    every_world,
    guard_of,
    placed,
    question_of,
    router_of,
)


def _zones(policy: Policy, solution: str) -> st.SearchStrategy[str]:
    return st.sampled_from(tuple(policy.solutions[solution].storage))


@st.composite
def _agreed(draw: st.DrawFn, world: World) -> Account:
    """Generate accounts of which some have agreements on some solutions."""
    account = account_of(draw(sign_ups(world.policy)))
    names = draw(st.sets(solutions(world.policy), max_size=3))
    agreements = tuple(
        Agreement(name, draw(_zones(world.policy, name)), "C-1", date(2021, 1, 1)) for name in names
    )
    return evolve(account, agreements=agreements)


def _ask(
    world: World, account: Account, designations: tuple[Designation, ...]
) -> list[Held] | type[Exception]:
    try:
        rows = data_map(router_of(world), account, designations=designations)
    except ResidencyError:
        return Refused
    return [
        Held(
            row.placement.solution,
            None if row.retention is None else row.retention.category,
            placed(row.placement),
            row.hosting_kind,
            ()
            if row.retention is None
            else tuple((each.amount, each.unit.value, each.after) for each in row.retention.limits),
            None if row.retention is None else row.retention.clause,
        )
        for row in rows
    ]


@both_policies
class TestDataMap:
    """§4: for an account, every solution, category, zone, hosting country and retention."""

    @given(st.data())
    def test_as_the_reference_says(self, world: World, data: st.DataObject) -> None:
        """Engine and reference agree on every row, whatever is agreed, pinned or missing."""
        account = data.draw(_agreed(world))
        if data.draw(st.booleans()):
            account = evolve(account, order_entity=None)
        earlier = account_of(data.draw(sign_ups(world.policy, ids=(account.id,))))
        names = data.draw(st.sets(solutions(world.policy), max_size=3))
        pinned = tuple(
            Designation.of(earlier, router_of(world).place(earlier, name)) for name in names
        )
        try:
            expected: list[Held] | type[Exception] = held(
                world.document,
                account.territory,
                account.order_entity,
                account.setup_date,
                agreements={each.solution: each.zone for each in account.agreements},
                pinned={each.placement.solution: placed(each.placement) for each in pinned},
            )
        except Refused:
            expected = Refused
        assert _ask(world, account, pinned) == expected


@st.composite
def _moves(draw: st.DrawFn, world: World) -> tuple[Scene, str, Claim | None]:
    """Generate moves: some covered by consents for all data, some by an exemption, most by none."""
    scene = draw(claimed(world.policy))
    claim = scene.request.claim
    if draw(st.booleans()):
        scene = draw(covered_scenes(world.policy))
    zone = draw(_zones(world.policy, scene.request.solution))
    if draw(st.booleans()):
        scene = evolve(scene, events=_for_all(scene, zone))
    return scene, zone, draw(st.sampled_from((None, claim)))


def _for_all(scene: Scene, zone: str) -> tuple[ConsentEvent, ...]:
    """Return the scene's consents, each widened to all data and to the zone."""
    return tuple(
        evolve(
            event,
            record=evolve(
                event.record,
                categories=frozenset({"*"}),
                purposes=frozenset({"*"}),
                destination_zones=frozenset({zone}),
            ),
        )
        if event.record is not None
        else event
        for event in scene.events
    )


@every_world
class TestRelocation:
    """§1: moving a designation is a transfer, and needs what a transfer needs."""

    @given(st.data())
    def test_as_the_reference_says(self, world: World, data: st.DataObject) -> None:
        """Engine and reference agree on whether it moves, where to, and by which verdicts."""
        scene, zone, claim = data.draw(_moves(world))
        request = scene.but(claim=claim).request
        account = account_of(request.signup)
        pinned = Designation.of(account, router_of(world).place(account, request.solution))
        guard = guard_of(world, scene.events)
        invoked = context_of(request).exemption
        found: tuple[Placed | None, list[Verdict]] | str
        try:
            done = relocate(
                guard, pinned, zone, at=request.at, purpose=request.purpose, exemption=invoked
            )
        except TransferBlocked as blocked:
            found = None, [answer(blocked.decision)]
        except ResidencyError as error:
            found = str(error.kind)
        else:
            assert done.before is pinned
            found = placed(done.after.placement), [answer(each) for each in done.decisions]
        expected: tuple[Placed | None, list[Verdict]] | str
        try:
            goes, verdicts = _expected(world, scene, zone, claim)
            expected = goes, verdicts if goes is not None else verdicts[-1:]
        except Refused as refused:
            expected = str(refused)
        assert found == expected

    @pytest.mark.untraced
    @pytest.mark.parametrize("kind", ["refused", "stays", "goes"])
    def test_moves_of_every_kind_are_drawn(self, world: World, kind: str) -> None:
        """The property is not vacuous: among the moves are such that go, stay and are refused."""

        def is_such(drawn: tuple[Scene, str, Claim | None]) -> bool:
            try:
                goes, _ = _expected(world, *drawn)
            except Refused:
                return kind == "refused"
            return kind == ("stays" if goes is None else "goes")

        # The first that is found will do: it need not be a small one.
        find(_moves(world), is_such, settings=settings(max_examples=200, phases=(Phase.generate,)))


def _expected(
    world: World, scene: Scene, zone: str, claim: Claim | None
) -> tuple[Placed | None, list[Verdict]]:
    """Return what the reference evaluator says of a move."""
    request = scene.but(to=(), source=None, category=None).request
    where = world.placed(request)
    return moved(world.document, where, question_of(request), scene.events, zone=zone, claim=claim)
