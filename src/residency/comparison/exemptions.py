"""Every exemption, and every provider it may rest on, that permits more than before, or less."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import TypeAlias

from residency.comparison.change import ExemptionChange, ProviderChange
from residency.comparison.eras import days_from
from residency.geography import TERRITORIES, Territory
from residency.policy.document import Exemption, Policy, Provider

__all__ = ["exemption_changes", "provider_changes"]

_Ground: TypeAlias = frozenset[tuple[date, Territory]]


def exemption_changes(old: Policy, new: Policy) -> Iterator[ExemptionChange]:
    """Yield the exemptions that permit more or less, by id."""
    days = days_from(new.reference.effective, old, new)
    for name in dict.fromkeys((*old.exemptions, *new.exemptions)):
        before, after = old.exemptions.get(name), new.exemptions.get(name)
        widened: tuple[str, ...] = () if before else ("added",)
        narrowed: tuple[str, ...] = () if after else ("removed",)
        if before is not None and after is not None:
            grounds = _ground(old, before, days), _ground(new, after, days)
            widened = tuple(_gains(before, grounds[0], after, grounds[1]))
            narrowed = tuple(_gains(after, grounds[1], before, grounds[0]))
        if widened or narrowed:
            yield ExemptionChange(exemption=name, widened=widened, narrowed=narrowed)


def _gains(old: Exemption, old_ground: _Ground, new: Exemption, ground: _Ground) -> Iterator[str]:
    """Yield the respects in which ``new`` permits something that ``old`` does not."""
    if _is_more(old.purposes, new.purposes):
        yield "purposes"
    if _is_more(old.territories and old_ground, new.territories and ground):
        yield "territories"
    if not set(old.requires) <= set(new.requires):
        yield "requires"
    if old.handling_only and not new.handling_only:
        yield "handling_only"
    if not set(old.obligations) <= set(new.obligations):
        yield "obligations"


def _is_more(old: Collection[object], new: Collection[object]) -> bool:
    """Say whether ``new`` holds something that ``old`` does not; an empty one holds everything."""
    return bool(old) and not (new and set(new) <= set(old))


def _ground(policy: Policy, exemption: Exemption, days: tuple[date, ...]) -> _Ground:
    return frozenset(
        (day, territory)
        for day in days
        for territory in TERRITORIES
        if any(policy.contains(name, territory, day) for name in exemption.territories)
    )


def provider_changes(old: Policy, new: Policy) -> Iterator[ProviderChange]:
    """Yield the providers on which an exemption may rest in more cases or in fewer, by id.

    It can rest on none whose safeguards are not on record, nor beyond the solutions and countries
    that are.
    """
    for name in dict.fromkeys((*old.providers, *new.providers)):
        before, after = _cases(old.providers.get(name)), _cases(new.providers.get(name))
        widened = tuple(aspect for aspect in after if not after[aspect] <= before[aspect])
        narrowed = tuple(aspect for aspect in before if not before[aspect] <= after[aspect])
        if widened or narrowed:
            yield ProviderChange(provider=name, widened=widened, narrowed=narrowed)


def _cases(provider: Provider | None) -> dict[str, frozenset[str]]:
    has_record = provider is not None and provider.safeguards is not None
    return {
        "safeguards": frozenset({"on record"} if has_record else ()),
        "solutions": frozenset(provider.solutions if provider else ()),
        "countries": frozenset(provider.countries if provider else ()),
    }
