"""Find what a request names in a policy, or refuse with what there is to choose from."""

from __future__ import annotations

from residency.checks import require_str
from residency.errors import CategoryError, ErrorKind, SolutionError, quote
from residency.policy.document import DataCategory, Policy, Solution

__all__ = ["find_category", "find_solution"]


def find_solution(policy: Policy, solution: object) -> Solution:
    """Return the policy's solution with this id.

    Raises:
        SolutionError: there is none (UNKNOWN_SOLUTION), or it is not text (TYPE).
    """
    text = require_str(solution, "the solution", error=SolutionError)
    found = policy.solutions.get(text)
    if found is not None:
        return found
    known = tuple(policy.solutions)
    message = f"the policy has no solution {quote(solution)}: use one of {', '.join(known)}"
    raise SolutionError(message, kind=ErrorKind.UNKNOWN_SOLUTION, value=solution, suggestions=known)


def find_category(solution: Solution, category: object) -> DataCategory:
    """Return the solution's data category with this id.

    Raises:
        CategoryError: there is none (UNKNOWN_CATEGORY), or it is not text (TYPE).
    """
    text = require_str(category, "the category", error=CategoryError)
    for found in solution.categories:
        if found.id == text:
            return found
    known = tuple(found.id for found in solution.categories)
    hint = f"use one of {', '.join(known)}" if known else "the policy declares none"
    message = f"{solution.id} holds no data of category {quote(category)}: {hint}"
    raise CategoryError(message, kind=ErrorKind.UNKNOWN_CATEGORY, value=category, suggestions=known)
