"""The policies that every property is checked for, and the two ways to ask the same question."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from residency import Account, Agreement, Context, Decision, Guard, Placement, Router
from residency.consent import ConsentEvent, Ledger
from residency.exemption import Invocation
from residency.testing import Placed, Question, Verdict
from residency.testing.engine import memory
from residency.testing.scenes import Scene
from residency.testing.target import Request, SignUp
from residency.testing.world import World
from tests.policy import documents
from tests.properties.small import SMALL

XMEDIUS = World.of(str(documents.BUNDLED), memory)
FOUR_ZONES = World.of(str(documents.FOUR_ZONES), memory)

# The example, except that hosting need not be declared.
LENIENT = World(
    FOUR_ZONES.changed(policy={**FOUR_ZONES.document["policy"], "enforce_hosting": False}), memory
)

# The bundled policy with providers whose safeguards are on record.
_CLOUD = 'countries = ["US", "IE", "CA"]'
ON_RECORD = World(XMEDIUS.text.replace(_CLOUD, f'{_CLOUD}\nsafeguards = "record 3"'), memory)


def _four_zones_but(*edits: tuple[str, str], **tables: object) -> World:
    """Return the example with texts replaced, and whole tables."""
    text = FOUR_ZONES.changed(**tables)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return World(text, memory)


_CHOSEN = '"placed_by_country" = true'

# Valid policies that differ from the bundled ones in what they have words for.
UNUSUAL = {
    "no-ground-left": _four_zones_but(('"FJ"', '"FJ", "BR", "AD", "AQ"')),
    "no-choice": _four_zones_but((_CHOSEN, _CHOSEN.replace("true", "false"))),
    "no-exemption": _four_zones_but(exemptions=[]),
    "no-word": _four_zones_but(
        exemptions=[],
        providers=[],
        purposes=[],
        solutions=[
            {name: value for name, value in each.items() if name != "data"}
            for each in FOUR_ZONES.document["solutions"]
        ],
    ),
    **{name: World(text, memory) for name, text in SMALL.items()},
}

POLICIES = {"xmedius": XMEDIUS, "four-zones": FOUR_ZONES}
VARIANTS = {"xmedius-on-record": ON_RECORD, "four-zones-lenient": LENIENT}
WORLDS = {**POLICIES, **VARIANTS}

every_world = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
both_policies = pytest.mark.parametrize("world", POLICIES.values(), ids=POLICIES)

_ROUTERS = {id(world): Router(world.policy) for world in WORLDS.values()}


def router_of(world: World) -> Router:
    """Return the router of a world's policy, always the same."""
    return _ROUTERS[id(world)]


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


def guard_of(
    world: World, events: Iterable[ConsentEvent] = (), *, exemptions: bool = True
) -> Guard:
    """Return a new guard of the world's policy over a ledger that holds these events."""
    return Guard(router_of(world), Ledger(HeldEvents(events)), exemptions=exemptions)


def account_of(signup: SignUp) -> Account:
    """Return the account that was set up so."""
    agreements = tuple(
        Agreement(solution, zone, "C-1", signup.day) for solution, zone in signup.agreements
    )
    return Account(
        signup.account,
        signup.country,
        signup.entity,
        setup_date=signup.day,
        agreements=agreements,
    )


def context_of(request: Request) -> Context:
    """Return the context of a request."""
    claim = request.claim
    return Context(
        category=request.category,
        purpose=request.purpose,
        source=request.source,
        at=request.at,
        exemption=None if claim is None else Invocation(**claim._asdict()),
    )


def question_of(request: Request) -> Question:
    """Return what a request asks, in the reference's terms."""
    return Question(
        request.signup.account,
        request.solution,
        request.to,
        request.at,
        source=request.source,
        category=request.category,
        purpose=request.purpose,
    )


def decide(guard: Guard, scene: Scene) -> Decision:
    """Return what a guard decides of a scene's request."""
    request = scene.request
    return guard.decide(
        account_of(request.signup), request.solution, to=request.to, context=context_of(request)
    )


def answer(decision: Decision) -> Verdict:
    """Return what the engine decided, in the reference's terms."""
    verdict = Verdict(str(decision.reason), decision.clauses, decision.consent_ids)
    assert verdict.permitted is decision.permitted
    return verdict


def placed(placement: Placement) -> Placed:
    """Return where the engine places data, in the reference's terms."""
    return Placed(placement.zones, tuple(placement.hosting), placement.clause)
