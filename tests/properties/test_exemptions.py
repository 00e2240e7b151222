"""Exemptions: semantics §2 rule 3, against the reference evaluator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from residency import Guard, Router
from residency.consent import Ledger
from residency.exemption import Invocation
from residency.policy import read_policy
from residency.testing import Question, Verdict, read_document, transfer
from residency.testing.exemptions import Claim, exempt
from residency.testing.scenes import Scene, scenes
from residency.testing.strategies import BOUNDS, INSTANT, territories
from tests.policy.documents import BUNDLED
from tests.properties.worlds import (
    FOUR_ZONES,
    XMEDIUS,
    HeldEvents,
    World,
    answer,
    ask_engine,
    placed,
)

_CLOUD = 'countries = ["US", "IE", "CA"]'
_TEXT = BUNDLED.read_text(encoding="utf-8").replace(_CLOUD, f'{_CLOUD}\nsafeguards = "record 3"')


def _on_record() -> World:
    """Return the bundled policy with a provider whose safeguards are on record."""
    policy = read_policy(_TEXT.encode())
    return World(policy, Router(policy), read_document(_TEXT.encode()))


_WORLDS = {"xmedius": XMEDIUS, "four-zones": FOUR_ZONES, "on-record": _on_record()}

every_world = pytest.mark.parametrize("world", _WORLDS.values(), ids=_WORLDS)


def _moments() -> st.SearchStrategy[datetime]:
    return st.sampled_from([bound + step * INSTANT for bound in BOUNDS for step in (-1, 0, 1)])


@st.composite
def claims(draw: st.DrawFn, world: World) -> Claim:
    """Generate invocations, most of which show much of what they have to."""
    policy = world.policy
    at_home = sorted(
        {c for s in policy.solutions.values() for cs in s.storage.values() for c in cs}
    )
    countries = st.one_of(st.sampled_from(at_home), territories())
    claim = Claim(
        exemption=draw(st.sampled_from([*policy.exemptions, *policy.exemptions, "NOTHING"])),
        personnel=tuple(sorted(draw(st.sets(countries, max_size=2)))),
        provider=draw(st.sampled_from([None, *policy.providers, *policy.providers, "nobody"])),
        reference=draw(st.sampled_from([None, "order 1", "order 1"])),
        safeguards=draw(st.sampled_from([None, "record 1", "record 1"])),
        handling=draw(st.booleans()),
    )
    start, end = draw(
        st.sampled_from([(False, False), (False, False), (True, False), (False, True)])
    )
    return claim._replace(
        valid_from=draw(_moments()) if start else None,
        valid_until=draw(_moments()) if end else None,
    )


def invocation_of(claim: Claim) -> Invocation:
    """Return the invocation that makes a claim."""
    return Invocation(
        claim.exemption,
        personnel=claim.personnel,
        provider=claim.provider,
        reference=claim.reference,
        safeguards=claim.safeguards,
        handling=claim.handling,
        valid_from=claim.valid_from,
        valid_until=claim.valid_until,
    )


@st.composite
def claimed(draw: st.DrawFn, world: World) -> tuple[Scene, Claim]:
    """Generate requests that invoke an exemption.

    Drawn at random, hardly any would be met. So most are aimed: all is shown that can be, and at
    most one thing about the request and one about the invocation is then changed.
    """
    policy = world.policy
    scene, claim = draw(scenes(policy)), draw(claims(world))
    if draw(st.sampled_from((True, True, True, False))):
        exemption = policy.exemptions[draw(st.sampled_from(list(policy.exemptions)))]
        known = list(policy.providers.values())
        provider = draw(st.sampled_from([each for each in known if each.safeguards] or known))
        asked: dict[str, Any] = {
            "solution": draw(st.sampled_from(provider.solutions)),
            "to": (f"country:{draw(st.sampled_from(sorted({'US', *provider.countries})))}",),
            "events": (),
            "source": None,
            "purpose": draw(st.sampled_from(exemption.purposes)) if exemption.purposes else None,
        }
        kept = draw(st.sampled_from((None, None, *asked)))
        asked = {name: each for name, each in asked.items() if name != kept}
        said = {name: asked.pop(name) for name in ("source", "purpose") if name in asked}
        # A category is one of the solution's.
        context = evolve(scene.context, category=None, **said)
        scene = evolve(scene, context=context, **asked)
        shown: dict[str, Any] = {
            "exemption": exemption.id,
            "personnel": ("US",),
            "provider": provider.id,
            "reference": "order 1",
            "safeguards": "record 1",
            "handling": True,
            "valid_from": None,
            "valid_until": None,
        }
        kept = draw(st.sampled_from((None, None, None, *shown)))
        claim = claim._replace(**{name: each for name, each in shown.items() if name != kept})
    return scene, claim


def _ask(world: World, scene: Scene, claim: Claim | None, *, exemptions: bool = True) -> Verdict:
    ledger = Ledger(HeldEvents(scene.events))
    guard = Guard(world.router, ledger, exemptions=exemptions)
    invocation = None if claim is None else invocation_of(claim)
    context = evolve(scene.context, exemption=invocation)
    return answer(guard.decide(scene.account, scene.solution, to=scene.to, context=context))


def _expected(world: World, scene: Scene, claim: Claim, *, strict: bool) -> Verdict:
    where = placed(world.router.place(scene.account, scene.solution))
    context = scene.context
    assert context.at is not None
    question = Question(
        scene.account.id,
        scene.solution,
        scene.to,
        context.at,
        source=context.source,
        category=context.category,
        purpose=context.purpose,
    )
    verdict = transfer(world.document, where, question, scene.events)
    return exempt(world.document, where, question, verdict, claim, strict=strict)


@every_world
class TestExemptions:
    """§2 rule 3, and what of §5 speaks of it."""

    @given(st.data(), st.booleans())
    def test_as_the_reference_says(self, world: World, data: st.DataObject, strict: bool) -> None:  # noqa: FBT001 - one of those drawn
        """Engine and reference agree on every request that invokes an exemption."""
        scene, claim = data.draw(claimed(world))
        asked = _ask(world, scene, claim, exemptions=not strict)
        assert asked == _expected(world, scene, claim, strict=strict)

    @given(st.data())
    def test_only_if(self, world: World, data: st.DataObject) -> None:
        """A permitted transfer out of the zone names valid consents, or the exemption invoked."""
        scene, claim = data.draw(claimed(world))
        asked = _ask(world, scene, claim)
        assert not asked.permitted or (
            asked.reason == "WITHIN_ZONE" or bool(asked.consents) != (asked.reason == "EXEMPTION")
        )

    @given(st.data())
    def test_never_inferred(self, world: World, data: st.DataObject) -> None:
        """What no exemption was invoked for is decided as if the policy declared none."""
        scene = data.draw(scenes(world.policy))
        asked = _ask(world, scene, None)
        assert asked == _ask(world, scene, None, exemptions=False) == ask_engine(world, scene)
        assert not asked.reason.startswith("EXEMPTION")

    @given(st.data())
    def test_it_never_denies_what_is_permitted(self, world: World, data: st.DataObject) -> None:
        """Invoking an exemption, met or not, changes no permit of rule 1 or 2."""
        scene, claim = data.draw(claimed(world))
        without = _ask(world, scene, None)
        if without.permitted:
            assert _ask(world, scene, claim) == without

    @given(st.data())
    def test_storage_rests_on_no_exemption_for_handling(
        self, world: World, data: st.DataObject
    ) -> None:
        """A change of storage never rests on an exemption that lets data be handled only."""
        scene, claim = data.draw(claimed(world))
        asked = _ask(world, scene, claim._replace(handling=False))
        if asked.reason == "EXEMPTION":
            assert not world.policy.exemptions[claim.exemption].handling_only
