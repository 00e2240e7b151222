"""Placement: the zone in which an account's data is stored, and the clause that says so.

A placement is a function of what the administrator typed at initial setup, who processed the order,
the solution, the setup date and a written agreement, if there is one (semantics §1). A
:class:`Designation` pins the result, so that a later change of membership or of the policy never
moves an account.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import final

from attrs import frozen

from residency.account import Account, Agreement, folded_entity
from residency.checks import items_of, require_instance, require_text
from residency.errors import AgreementError, EntityError, ErrorKind, InputError, quote
from residency.geography import MEMBERSHIPS, TERRITORIES, Territory, fold
from residency.policy.document import Entity, Policy, PolicyReference, Solution
from residency.policy.lookup import find_solution
from residency.value import Value

__all__ = ["Placement", "Router", "TableRow"]


@frozen(slots=True, eq=False, repr=False)
class Placement(Value):
    """Where the data of an account's solution is stored, and why.

    Args:
        solution: the solution's id.
        territory: the territory that the setup country names.
        zones: the designated zones: one, or several where the solution is kept in all of them.
        hosting: the declared hosting countries, alpha-2.
        clause: the clause that decided.
        policy: the policy and revision that decided.
        agreement: the written agreement it rests on, if it does.
    """

    solution: str
    territory: Territory
    zones: tuple[str, ...]
    hosting: tuple[str, ...]
    clause: str
    policy: PolicyReference
    agreement: Agreement | None = None

    def __attrs_post_init__(self) -> None:
        # INVARIANT (default deny): what is compared with a place's zone is a zone: not None, and no
        # text in which a zone's id may be found.
        for name in ("zones", "hosting"):
            given: object = getattr(self, name)
            require_instance(given, tuple, name)
            texts = tuple(require_text(each, f"one of {name}") for each in items_of(given) or ())
            if not texts:
                message = f"{name} is empty: name at least one"
                raise InputError(message, kind=ErrorKind.EMPTY, value=texts)
            object.__setattr__(self, name, texts)
        for name in ("solution", "territory", "clause"):
            object.__setattr__(self, name, require_text(getattr(self, name), f"the {name}"))
        require_instance(self.policy, PolicyReference, "the policy")
        if self.agreement is not None:
            require_instance(self.agreement, Agreement, "the agreement")

    @property
    def zone(self) -> str:
        """The designated zone; where there are several, all of them joined by ``+``."""
        return "+".join(self.zones)

    @property
    def basis(self) -> str:
        """What decided: the clause, and the written agreement with its reference and date."""
        agreed = self.agreement
        return f"{self.clause}: {agreed.reference} of {agreed.date}" if agreed else self.clause


@frozen(slots=True, eq=False, repr=False)
class TableRow(Value):
    """One row of the decision table: a territory between two days, an entity, a solution.

    ``start`` is the first day of the row and ``end`` the first day after it; None means unbounded.
    """

    start: date | None
    end: date | None
    entity: str
    placement: Placement


@final
class Router:
    """The decision table of one policy: immutable to its users, shared by threads.

    A placement depends on a territory, an era of dated membership, an entity and a solution: a
    finite table. Its cells are made on first use and kept, so that a look-up is all that a
    placement costs afterwards. Accounts that are placed alike share one placement.

    Args:
        policy: a checked policy, from :func:`residency.load_policy`.
    """

    __slots__ = ("_alike", "_cells", "_entities", "_policy")

    def __init__(self, policy: Policy) -> None:
        self._policy = require_instance(policy, Policy, "the policy")
        self._entities: dict[str, Entity] = {
            fold(name): entity
            for entity in policy.entities.values()
            for name in (entity.id, entity.name, *entity.aliases)
        }
        self._cells: dict[tuple[str, str], Placement] = {}
        self._alike: dict[tuple[str, str, str, tuple[str, ...]], Placement] = {}

    @property
    def policy(self) -> Policy:
        """The policy that decides."""
        return self._policy

    def place(self, account: Account, solution: str) -> Placement:
        """Return the placement of an account's solution (semantics §1).

        Args:
            account: the account.
            solution: the solution's id.

        Raises:
            EntityError: the entity decides and is missing or unknown; no default is taken.
            SolutionError: the policy has no such solution.
            AgreementError: an agreement names a zone in which the solution has no storage.
            InputError: ``account`` is not an :class:`Account`.
        """
        found = None
        # INVARIANT (cache transparent): a subclass of either may claim any key and any equality.
        if type(account) is Account and type(solution) is str:
            found = self._cells.get((account.key, solution))
        return self._place(account, solution) if found is None else found

    def keeps(self, account: Account, solution: str) -> bool:
        """Say whether the placement of an account's solution stays in the table."""
        return type(account) is Account and (account.key, solution) in self._cells

    def table(self) -> Iterator[TableRow]:
        """Yield the whole decision table, by territory, date, entity and solution.

        Neighbouring eras in which nothing differs are one row.
        """
        days = (date.min, *self._policy.memberships.boundaries)
        for territory in sorted(TERRITORIES):
            changes = [
                day
                for before, day in zip((None, *days), days, strict=False)
                if before is None
                or self._policy.rule_for(territory, before)
                is not self._policy.rule_for(territory, day)
            ]
            for start, end in zip(changes, (*changes[1:], None), strict=True):
                first = None if start == date.min else start
                for entity in self._policy.entities:
                    for solution in self._policy.solutions.values():
                        placement = self._by_rules(territory, entity, start, solution)
                        yield TableRow(first, end, entity, placement)

    def _place(self, account: Account, solution: str) -> Placement:
        require_instance(account, Account, "the account")
        found = find_solution(self._policy, solution)
        for agreement in account.agreements:
            if agreement.solution == found.id:
                return self._by_agreement(account.territory, agreement, found)
            # One that names no solution was meant for some solution, and perhaps for this one.
            find_solution(self._policy, agreement.solution)
        placement = self._by_rules(
            account.territory, account.order_entity, account.setup_date, found
        )
        if self._is_finite(account):
            self._cells[account.key, found.id] = placement
        return placement

    def _is_finite(self, account: Account) -> bool:
        # An account's key counts eras of the shipped memberships and ends with the entity as it was
        # typed: only keys from the finite part of that space may stay in the table.
        entity = folded_entity(account.order_entity)
        return (
            type(account) is Account
            and not account.agreements
            and self._policy.memberships is MEMBERSHIPS
            and (not entity or entity in self._entities)
        )

    def _by_agreement(
        self, territory: Territory, agreement: Agreement, solution: Solution
    ) -> Placement:
        hosting = solution.storage.get(agreement.zone)
        if hosting is None:
            zones = tuple(solution.storage)
            message = (
                f"an agreement names zone {quote(agreement.zone)}, where {solution.id} has no "
                f"storage: agree on one of {', '.join(zones)}"
            )
            raise AgreementError(
                message, kind=ErrorKind.NO_STORAGE, value=agreement, suggestions=zones
            )
        return Placement(
            solution=solution.id,
            territory=territory,
            zones=(agreement.zone,),
            hosting=hosting,
            clause=self._policy.agreement_clause,
            policy=self._policy.reference,
            agreement=agreement,
        )

    def _by_rules(
        self, territory: Territory, order_entity: str | None, on: date, solution: Solution
    ) -> Placement:
        if solution.placed_by_country:
            rule = self._policy.rule_for(territory, on)
            clause = rule.clause
            zones: tuple[str, ...]
            zones = (rule.zone or rule.zone_by_entity[self._entity(order_entity)],)
        else:
            clause = solution.clause
            zones = tuple(solution.storage)
        alike = (territory, solution.id, clause, zones)
        found = self._alike.get(alike)
        if found is None:
            placement = Placement(
                solution=solution.id,
                territory=territory,
                zones=zones,
                hosting=tuple(country for zone in zones for country in solution.storage[zone]),
                clause=clause,
                policy=self._policy.reference,
            )
            found = self._alike.setdefault(alike, placement)
        return found

    def _entity(self, order_entity: str | None) -> str:
        folded = folded_entity(order_entity)
        known = tuple(self._policy.entities)
        if not folded:
            message = f"the order entity decides and is missing: give one of {', '.join(known)}"
            raise EntityError(
                message, kind=ErrorKind.MISSING_ENTITY, value=order_entity, suggestions=known
            )
        try:
            return self._entities[folded].id
        except KeyError:
            message = (
                f"the order entity decides and {quote(order_entity)} is unknown: "
                f"give one of {', '.join(known)}"
            )
            raise EntityError(
                message, kind=ErrorKind.UNKNOWN_ENTITY, value=order_entity, suggestions=known
            ) from None
