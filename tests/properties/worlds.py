"""The policies that every property is checked for, and the two ways to ask the same question."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
from attrs import evolve, field, frozen

from residency import Decision, Guard, Placement, Router, load_policy
from residency.consent import ConsentEvent, Ledger
from residency.policy import Policy
from residency.testing import Document, Placed, Question, Verdict, decide, read_document
from residency.testing.scenes import Scene
from tests.policy import documents


@frozen(slots=True)
class World:
    """One policy: as the engine reads it, and as the reference evaluator does."""

    policy: Policy = field(repr=False)
    router: Router = field(repr=False)
    document: Document = field(repr=False)

    @classmethod
    def of(cls, path: Path) -> World:
        """Read a document twice, once for each side."""
        policy = load_policy(path)
        return cls(policy, Router(policy), read_document(path))

    def lenient(self) -> World:
        """Return the same world, except that hosting need not be declared."""
        policy = evolve(self.policy, enforce_hosting=False)
        head = self.document["policy"].copy()
        head["enforce_hosting"] = False
        document = self.document.copy()
        document["policy"] = head
        return World(policy, Router(policy), document)

    @property
    def elsewhere(self) -> str:
        """The clause of the rule for every country that no other rule covers."""
        [clause] = [rule.clause for rule in self.policy.rules if rule.within is None]
        return clause


XMEDIUS = World.of(documents.BUNDLED)
FOUR_ZONES = World.of(documents.FOUR_ZONES)
WORLDS = {
    "xmedius": XMEDIUS,
    "four-zones": FOUR_ZONES,
    "four-zones-lenient": FOUR_ZONES.lenient(),
}

every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
both_policies = pytest.mark.parametrize(
    "world", [XMEDIUS, FOUR_ZONES], ids=["xmedius", "four-zones"]
)


def days_around_changes(world: World) -> list[date]:
    """Return the day before, of and after each dated change of membership."""
    changes = world.policy.memberships.boundaries
    return sorted({day + timedelta(days) for day in changes for days in (-1, 0, 1)})


class HeldEvents:
    """A store that returns the same events whoever is asked about, and takes none."""

    def __init__(self, events: Iterable[ConsentEvent] = ()) -> None:
        self.held = tuple(events)

    def append(self, event: ConsentEvent) -> bool:
        """Refuse: what is held was settled beforehand."""
        raise NotImplementedError(event)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return all events, those of other accounts included."""
        del account
        return self.held

    def account_of(self, record_id: str) -> str | None:
        """Refuse: nothing asks this of a store that takes no events."""
        raise NotImplementedError(record_id)


def guard_of(world: World, events: Iterable[ConsentEvent] = ()) -> Guard:
    """Return a new guard of the world's policy over a ledger that holds these events."""
    return Guard(world.router, Ledger(HeldEvents(events)))


def answer(decision: Decision) -> Verdict:
    """Return what the engine decided, in the reference's terms."""
    verdict = Verdict(str(decision.reason), decision.clauses, decision.consent_ids)
    assert verdict.permitted is decision.permitted
    return verdict


def placed(placement: Placement) -> Placed:
    """Return where the engine places data, in the reference's terms."""
    return Placed(placement.zones, tuple(placement.hosting), placement.clause)


def ask_engine(world: World, scene: Scene) -> Verdict:
    """Return what the engine decides."""
    guard = guard_of(world, scene.events)
    decision = guard.decide(scene.account, scene.solution, to=scene.to, context=scene.context)
    return answer(decision)


def ask_reference(world: World, scene: Scene) -> Verdict:
    """Return what the reference evaluator decides."""
    context = scene.context
    assert context.at is not None
    return decide(
        world.document,
        Question(
            scene.account.id,
            scene.solution,
            scene.to,
            context.at,
            source=context.source,
            category=context.category,
            purpose=context.purpose,
        ),
        scene.events,
        territory=scene.account.territory,
        entity=scene.account.order_entity,
        setup_date=scene.account.setup_date,
    )
