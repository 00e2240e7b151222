"""Exemptions (semantics §2 rule 3): what the shipped properties leave to us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.policy import Policy
from residency.testing import Verdict
from residency.testing.exemptions import Claim, exempt
from residency.testing.scenes import Scene, claimed_scenes, exempt_scenes
from residency.testing.world import World
from tests.properties.worlds import answer, decide, every_world, guard_of, question_of


@st.composite
def claimed(draw: st.DrawFn, policy: Policy) -> Scene:
    """Generate requests that invoke an exemption.

    Drawn at random, hardly any would be met. So most show all that they have to, except that one
    thing about the request or the invocation may then be drawn.
    """
    drawn = draw(claimed_scenes(policy))
    if draw(st.sampled_from((True, False, False, False))):
        return drawn
    aimed = draw(exempt_scenes(policy))
    changed = draw(st.sampled_from((None, None, None, "source", "purpose", *Claim._fields)))
    if changed is None:
        return aimed
    if changed in Claim._fields:
        claim, other = aimed.request.claim, drawn.request.claim
        assert claim is not None
        return aimed.but(claim=claim._replace(**{changed: getattr(other, changed)}))
    return aimed.but(**{changed: getattr(drawn.request, changed)})


def _ask(world: World, scene: Scene, *, exemptions: bool = True) -> Verdict:
    return answer(decide(guard_of(world, scene.events, exemptions=exemptions), scene))


@every_world
class TestExemptions:
    """§2 rule 3, and what of §5 speaks of it."""

    @pytest.mark.untraced
    @given(st.data(), st.booleans())
    def test_as_the_reference_says(self, world: World, data: st.DataObject, strict: bool) -> None:  # noqa: FBT001 - one of those drawn
        """Engine and reference agree on every invocation, and on that of a strict guard."""
        scene = data.draw(claimed(world.policy))
        expected = exempt(
            world.document,
            world.placed(scene.request),
            question_of(scene.request),
            world.expected(scene.but(claim=None)),
            scene.request.claim,
            strict=strict,
        )
        assert _ask(world, scene, exemptions=not strict) == expected

    @pytest.mark.untraced
    @given(st.data())
    def test_it_never_denies_what_is_permitted(self, world: World, data: st.DataObject) -> None:
        """Invoking an exemption, met or not, changes no permit of rule 1 or 2."""
        scene = data.draw(claimed(world.policy))
        without = _ask(world, scene.but(claim=None))
        if without.permitted:
            assert _ask(world, scene) == without

    @pytest.mark.untraced
    @given(st.data())
    def test_storage_rests_on_no_exemption_for_handling(
        self, world: World, data: st.DataObject
    ) -> None:
        """A change of storage never rests on an exemption that lets data be handled only."""
        scene = data.draw(claimed(world.policy))
        claim = scene.request.claim
        assert claim is not None
        asked = _ask(world, scene.but(claim=claim._replace(handling=False)))
        if asked.reason == "EXEMPTION":
            assert not world.policy.exemptions[claim.exemption].handling_only
