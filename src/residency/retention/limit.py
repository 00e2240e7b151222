"""What a policy states about how long data is kept, which may be nothing (semantics §4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from residency.checks import require_instance
from residency.policy.document import Policy, PolicyReference, RetentionLimit
from residency.policy.lookup import find_category, find_solution
from residency.value import Value

__all__ = ["NOT_STATED", "Retention", "in_words", "retention"]

NOT_STATED: Final = "not stated"
"""What is said of data for which the policy states no limit: it is a fact, not a number."""


@frozen(slots=True, eq=False, repr=False)
class Retention(Value):
    """What a policy states about one data category of a solution.

    Args:
        solution: the solution's id.
        category: the data category's id.
        limits: the limits, whichever applies; empty where the policy states none.
        clause: the clause that states them, or that declares the data without a limit.
        policy: the policy that states it.
    """

    solution: str
    category: str
    limits: tuple[RetentionLimit, ...]
    clause: str
    policy: PolicyReference

    @property
    def stated(self) -> bool:
        """Whether the policy states a limit at all."""
        return bool(self.limits)

    def __str__(self) -> str:
        return in_words(self.limits)


def in_words(limits: Sequence[RetentionLimit]) -> str:
    """Return limits as one text, such as ``90 days after account-termination``."""
    words = [f"{_length(limit)} after {limit.after}" for limit in limits]
    applicable = ", as applicable" if len(words) > 1 else ""
    return " or ".join(words) + applicable if words else NOT_STATED


def _length(limit: RetentionLimit) -> str:
    unit = limit.unit.value
    return f"1 {unit.removesuffix('s')}" if limit.amount == 1 else f"{limit.amount} {unit}"


def retention(policy: Policy, solution: str, category: str) -> Retention:
    """Return what the policy states about how long data is kept.

    Args:
        policy: the policy.
        solution: the solution's id.
        category: the id of one of its data categories.

    Raises:
        SolutionError: the policy has no such solution.
        CategoryError: the solution has no such category.
        InputError: ``policy`` is not a :class:`~residency.policy.Policy`.
    """
    require_instance(policy, Policy, "the policy")
    held = find_solution(policy, solution)
    found = find_category(held, category)
    return Retention(held.id, found.id, found.retention, found.clause, policy.reference)
