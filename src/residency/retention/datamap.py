"""The data map: what is held for an account, where, and for how long (semantics §4).

It is what an answer to a request for access, erasure or portability starts from.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from residency.account import Account
from residency.checks import items_of, require_instance
from residency.designation import Designation
from residency.errors import ErrorKind, InputError, quote, quote_type
from residency.placement import Placement, Router
from residency.policy.document import Policy, Solution
from residency.policy.lookup import find_solution
from residency.retention.limit import Retention, retention
from residency.value import Value

__all__ = ["DataMapRow", "data_map"]


@frozen(slots=True, eq=False, repr=False)
class DataMapRow(Value):
    """One category of data of one solution: where it is, and how long it is kept.

    Args:
        placement: where it is stored, and by which clause; in all of its zones if it has several.
        solution: the solution's name in words.
        hosting_kind: the id of the kind of hosting, such as ``colocation``.
        category: the data category's name in words; None where the policy declares no category.
        retention: what the policy states about how long it is kept; None likewise.
        pinned: whether a designation says where it is, rather than the rules of today.
    """

    placement: Placement
    solution: str
    hosting_kind: str
    category: str | None
    retention: Retention | None
    pinned: bool


def data_map(
    router: Router,
    account: Account,
    *,
    designations: Iterable[Designation] = (),
    solutions: Iterable[str] | None = None,
) -> tuple[DataMapRow, ...]:
    """Return every category of data that every solution holds for an account.

    Args:
        router: the compiled policy.
        account: the account.
        designations: the account's stored designations, as a tuple, list or set; where there is one
            for a solution, that is where its data is, whatever the rules say today.
        solutions: the solutions that the account uses; all of the policy's if left out.

    Returns:
        One row for each category, in the order of the policy document. A solution without a
        declared category has one row too: it is part of the answer.

    Raises:
        SolutionError: the policy has no such solution, or none that a designation is for.
        EntityError: the entity decides and is missing or unknown.
        AgreementError: an agreement names a zone in which the solution has no storage.
        InputError: a designation is another account's, or two are for one solution (CONFLICT).
    """
    require_instance(account, Account, "the account")
    policy = require_instance(router, Router, "the router").policy
    pinned = _by_solution(policy, account, designations)
    names = policy.solutions if solutions is None else _listed(solutions, "the solutions")
    chosen = dict.fromkeys(find_solution(policy, name).id for name in names)
    rows: list[DataMapRow] = []
    for name in chosen:
        solution = policy.solutions[name]
        placement = pinned.get(solution.id) or router.place(account, solution.id)
        rows.extend(_rows(router, solution, placement, is_pinned=solution.id in pinned))
    return tuple(rows)


def _rows(
    router: Router, solution: Solution, placement: Placement, *, is_pinned: bool
) -> Iterable[DataMapRow]:
    if not solution.categories:
        yield DataMapRow(placement, solution.name, solution.hosting, None, None, is_pinned)
    for category in solution.categories:
        stated = retention(router.policy, solution.id, category.id)
        yield DataMapRow(
            placement, solution.name, solution.hosting, category.name, stated, is_pinned
        )


def _by_solution(
    policy: Policy, account: Account, designations: Iterable[Designation]
) -> dict[str, Placement]:
    found: dict[str, Placement] = {}
    for each in _listed(designations, "the designations"):
        designation = require_instance(each, Designation, "a designation")
        solution = find_solution(policy, designation.placement.solution).id
        if designation.account != account.id:
            message = f"a designation is for account {quote(designation.account)}: pass this one's"
            raise InputError(message, kind=ErrorKind.CONFLICT, value=designation)
        if solution in found:
            message = f"two designations are for {quote(solution)}: pass the one that holds"
            raise InputError(message, kind=ErrorKind.CONFLICT, value=designation)
        found[solution] = designation.placement
    return found


def _listed(value: object, name: str) -> tuple[object, ...]:
    items = items_of(value)
    if items is None:
        message = f"{name} are a {quote_type(value)}: pass a tuple, list or set"
        raise InputError(message, kind=ErrorKind.TYPE, value=value)
    return items
