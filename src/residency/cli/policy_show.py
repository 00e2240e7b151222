"""A policy in plain lines."""

from __future__ import annotations

from collections.abc import Iterator

from residency.policy import Exemption, Policy, Provider, Rule, Solution
from residency.retention import in_words

__all__ = ["described"]


def described(policy: Policy) -> Iterator[str]:
    """Yield lines that say what a policy promises."""
    yield policy.title
    yield f"  {policy.reference}"
    yield f"  {policy.controller}, {policy.source}"
    notice = f"{policy.notice_days} days' notice"
    yield f"  {notice} of what raises privacy risk ({policy.notice_clause})"
    yield "Zones"
    for zone in policy.zones.values():
        yield f"  {zone.id}: {zone.name}"
    yield "Placement by setup country"
    yield from map(_rule, policy.rules)
    yield "Solutions"
    for solution in policy.solutions.values():
        yield from _solution(solution)
    yield "Exemptions"
    yield from map(_exemption, policy.exemptions.values())
    yield "Providers"
    yield from map(_provider, policy.providers.values())


def _rule(rule: Rule) -> str:
    where = "elsewhere" if rule.within is None else f"within {rule.within}"
    by_entity = ", ".join(f"{zone} by {entity}" for entity, zone in rule.zone_by_entity.items())
    return f"  {where}: {rule.zone or by_entity} ({rule.clause})"


def _solution(solution: Solution) -> Iterator[str]:
    storage = ", ".join(f"{zone} in {' '.join(held)}" for zone, held in solution.storage.items())
    chosen = "by country" if solution.placed_by_country else "always"
    yield f"  {solution.id}: {storage}, {chosen}, {solution.hosting} ({solution.clause})"
    for category in solution.categories:
        yield f"    {category.id}: {in_words(category.retention)} ({category.clause})"


def _exemption(exemption: Exemption) -> str:
    conditions = {
        "for": exemption.purposes,
        "in": exemption.territories,
        "shown": exemption.requires,
        "handling": ("only",) if exemption.handling_only else (),
    }
    said = "".join(f"; {name} {', '.join(each)}" for name, each in conditions.items() if each)
    return f"  {exemption.id}: {exemption.name}{said} ({', '.join(exemption.clauses)})"


def _provider(provider: Provider) -> str:
    record = provider.safeguards or "no safeguards on record"
    return f"  {provider.id}: {provider.name}; {record} ({provider.clause})"
