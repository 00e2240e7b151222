"""The guard: the one object that a storage SDK holds and asks before every write.

It alone composes placement, consent and transfer, and it alone reads a clock and a ledger. It is
safe to share among threads and tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import final

from residency.checks import require_callable, require_instance, require_moment
from residency.consent import Ledger
from residency.designation import Designation
from residency.destination import Location, locate
from residency.errors import (
    CategoryError,
    DestinationError,
    ErrorKind,
    SolutionError,
    quote,
)
from residency.placement import Account, Placement, Router
from residency.transfer import (
    Context,
    Decision,
    Reason,
    Transfer,
    TransferBlocked,
    decide_by_consent,
    decide_by_zone,
    deny,
)

__all__ = ["Guard", "Subject"]

Subject = Account | Designation
"""Whose data it is: an account (with a solution), or what was designated for it at setup."""

_MOST_ROWS = 100_000
_NO_CONTEXT = Context()


def _now() -> datetime:
    return datetime.now(UTC)


def _text(solution: object) -> str:
    return str.__str__(require_instance(solution, str, "the solution", error=SolutionError))


@final
class Guard:
    """Decide, or enforce, whether an account's data may be written to a place.

    Args:
        router: the compiled policy.
        ledger: where consents are kept; None where there are none, so that nothing leaves a zone.
        clock: returns the present moment, timezone-aware; the system's clock if left out.
    """

    __slots__ = ("_clock", "_lasting", "_ledger", "_router", "_rows", "_verdicts")

    def __init__(
        self,
        router: Router,
        ledger: Ledger | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._router = require_instance(router, Router, "the router")
        self._ledger = ledger
        self._clock = _now if clock is None else require_callable(clock, "the clock")
        # The system's clock does not go back over a change of membership; another clock may.
        self._lasting = clock is None
        self._verdicts: dict[tuple[object, ...], dict[object, Decision]] = {}
        self._rows: dict[tuple[str, str | None], dict[object, Decision]] = {}

    @property
    def router(self) -> Router:
        """The compiled policy that decides."""
        return self._router

    def place(self, subject: Subject, solution: str | None = None) -> Placement:
        """Return where the data is designated to be, and by which clause (semantics §1).

        Args:
            subject: an account, with ``solution``; or a designation.
            solution: the solution's id; a designation names its own.

        Raises:
            EntityError: the entity decides and is missing or unknown; no default is taken.
            SolutionError: the policy has no such solution, or the designation is for another.
            AgreementError: an agreement names a zone in which the solution has no storage.
            InputError: ``subject`` is neither an account nor a designation.
        """
        if isinstance(subject, Designation):
            known = require_instance(subject, Designation, "the designation").placement.solution
            if solution is not None and _text(solution) != known:
                message = f"the designation is not for {quote(solution)}: leave the solution out"
                raise SolutionError(message, kind=ErrorKind.CONFLICT, value=solution)
            return subject.placement
        if solution is None:
            message = "an account has several solutions: name the one whose data it is"
            raise SolutionError(message, kind=ErrorKind.UNKNOWN_SOLUTION, value=solution)
        return self._router.place(subject, solution)

    def designate(self, account: Account, solution: str) -> Designation:
        """Pin the placement of an account's solution, to store beside the account.

        Raises:
            ResidencyError: as :meth:`place`.
        """
        return Designation.of(account, self._router.place(account, solution))

    def decide(
        self,
        subject: Subject,
        solution: str | None = None,
        *,
        to: str | Iterable[str],
        context: Context | None = None,
    ) -> Decision:
        """Decide whether data may be brought to a place (semantics §2).

        Args:
            subject: an account, with ``solution``; or a designation.
            solution: the solution's id; a designation names its own.
            to: the destination, ``country:FR``, ``zone:EU`` or ``PROVIDER:REGION``; or a tuple,
                list or set of them: every place the bytes land on, replicas included.
            context: the data category, purpose, source and moment, where they are known. Without
                it, only a consent for all categories and purposes covers the transfer.

        Returns:
            A permit or a denial. A destination that is not known is a denial, and so is a ledger
            that cannot be read.

        Raises:
            ResidencyError: the placement cannot be made (as :meth:`place`), or the context's
                category or source is unknown. Nothing is permitted.
        """
        if context is None:
            try:
                return self._rows[subject.key, solution][to]
            except Exception:  # noqa: BLE001, S110 - what is not in the table may be anything at all
                pass
        asked = self._decide_by_zone(subject, solution, to, context)
        if isinstance(asked, Decision):
            return asked
        ledger, transfer = asked
        try:
            events = ledger.events(transfer.account)
            return decide_by_consent(self._router.policy, transfer, events)
        except Exception:  # noqa: BLE001 - INVARIANT (fail closed): whatever fails there denies
            return self._deny(transfer, Reason.LEDGER_UNAVAILABLE)

    async def decide_async(
        self,
        subject: Subject,
        solution: str | None = None,
        *,
        to: str | Iterable[str],
        context: Context | None = None,
    ) -> Decision:
        """Decide as :meth:`decide` does, without blocking the event loop on the ledger."""
        asked = self._decide_by_zone(subject, solution, to, context)
        if isinstance(asked, Decision):
            return asked
        ledger, transfer = asked
        try:
            events = await ledger.events_async(transfer.account)
            return decide_by_consent(self._router.policy, transfer, events)
        except Exception:  # noqa: BLE001 - INVARIANT (fail closed): whatever fails there denies
            return self._deny(transfer, Reason.LEDGER_UNAVAILABLE)

    def enforce(
        self,
        subject: Subject,
        solution: str | None = None,
        *,
        to: str | Iterable[str],
        context: Context | None = None,
    ) -> Decision:
        """Decide as :meth:`decide` does, and return the permit or raise the denial.

        Raises:
            TransferBlocked: the transfer is denied; it carries the decision.
            ResidencyError: as :meth:`decide`.
        """
        decision = self.decide(subject, solution, to=to, context=context)
        if decision.permitted:
            return decision
        raise TransferBlocked(decision)

    async def enforce_async(
        self,
        subject: Subject,
        solution: str | None = None,
        *,
        to: str | Iterable[str],
        context: Context | None = None,
    ) -> Decision:
        """Enforce as :meth:`enforce` does, without blocking the event loop on the ledger."""
        decision = await self.decide_async(subject, solution, to=to, context=context)
        if decision.permitted:
            return decision
        raise TransferBlocked(decision)

    def _decide_by_zone(
        self, subject: Subject, solution: str | None, to: object, context: Context | None
    ) -> Decision | tuple[Ledger, Transfer]:
        """Decide without reading the ledger, or return the ledger and what to ask of it."""
        policy = self._router.policy
        known = _NO_CONTEXT if context is None else require_instance(context, Context, "context")
        at = require_moment(self._clock(), "the clock's answer") if known.at is None else known.at
        placement = self.place(subject, solution)
        self._check_category(placement, known.category)
        source = None if known.source is None else locate(known.source, policy, at.date())
        try:
            destination = locate(to, policy, at.date())
        except DestinationError:
            unknown = (Location(quote(to), frozenset(), None),)
            return deny(policy, placement, unknown, Reason.UNKNOWN_DESTINATION)
        decision = decide_by_zone(policy, placement, destination)
        if decision is None:
            if self._ledger is not None:
                return self._ledger, Transfer(
                    account=subject.account if isinstance(subject, Designation) else subject.id,
                    placement=placement,
                    destination=destination,
                    source=source,
                    category=known.category,
                    purpose=known.purpose,
                    at=at,
                )
            decision = deny(policy, placement, destination, Reason.NO_CONSENT)
        memberships = policy.memberships
        final = memberships.era(at.date()) == len(memberships.boundaries)
        lasting = self._lasting and final and known.at is None
        if lasting and type(to) is str and destination[0].label == to:
            self._keep(subject, solution, placement, decision)
        return decision

    def _check_category(self, placement: Placement, category: str | None) -> None:
        if category is None:
            return
        solution = self._router.solution(placement.solution)
        known = tuple(each.id for each in solution.categories)
        if category not in known:
            message = (
                f"{solution.id} holds no data of category {quote(category)}: "
                f"use one of {', '.join(known)}"
            )
            raise CategoryError(
                message, kind=ErrorKind.UNKNOWN_CATEGORY, value=category, suggestions=known
            )

    def _keep(
        self, subject: Subject, solution: str | None, placement: Placement, decision: Decision
    ) -> None:
        """Keep a decision that needs no ledger and will not change, for the next such call.

        Only canonical destinations come here. With accounts whose placement the router keeps they
        make a finite table; designations come from outside, so their number is bounded.
        """
        if isinstance(subject, Account):
            kept = self._router.keeps(subject, placement.solution)
        else:
            kept = len(self._rows) < _MOST_ROWS
        if kept:
            # Placements that decide alike share one row.
            alike = (placement.solution, placement.zones, placement.hosting, placement.clause)
            row = self._verdicts.setdefault(alike, {})
            row[decision.destination[0].label] = decision
            # The solution's own id, not the caller's text, which may only claim to equal it.
            named = None if solution is None else placement.solution
            self._rows[subject.key, named] = row

    def _deny(self, transfer: Transfer, reason: Reason) -> Decision:
        return deny(self._router.policy, transfer.placement, transfer.destination, reason)
