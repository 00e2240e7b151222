"""The guard: the one object that a storage SDK holds and asks before every write.

It alone composes placement, consent and transfer, and it alone reads a clock and a ledger. It is
safe to share among threads and tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime
from time import monotonic, time
from typing import TypeAlias, final

from residency.account import Account
from residency.checks import (
    read_clock,
    require_callable,
    require_instance,
    require_size,
    require_str,
)
from residency.consent import CacheStatistics, ConsentEvent, Ledger, open_ledger
from residency.consent.cache import AnswerCache, steady_span
from residency.consent.call import OneCall
from residency.designation import Designation
from residency.destination import as_given, locate
from residency.errors import DestinationError, ErrorKind, SolutionError, quote
from residency.placement import Placement, Router
from residency.policy.lookup import find_category, find_solution
from residency.table import Crossing, Row, Subject, Table, TableStatistics
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

_NO_CONTEXT = Context()


def _now() -> datetime:
    return datetime.now(UTC)


_Inquiry: TypeAlias = tuple[Transfer, Crossing, Hashable | None]
"""What to ask of the ledger, and the key under which the answer may be kept; None: it may not."""


@final
class Guard:
    """Decide, or enforce, whether an account's data may be written to a place.

    Placements and decisions that need no consent are kept in a table, which is finite; answers
    that rest on the ledger in a bounded cache, from which every change removes them. Neither ever
    alters a decision.

    Args:
        router: the compiled policy.
        ledger: where consents are kept; None where there are none, so that nothing leaves a zone.
        clock: returns the present moment, timezone-aware; the system's clock if left out. Another
            clock is asked anew at every call, which therefore costs more.
        cache_size: how many answers of the ledger are kept; 0 reads the ledger each time.
        answers_per_account: how many of them are of one account.
        table_size: how many designations and sets of places are kept, which come from outside and
            have no end; what follows from the policy and accounts alone is finite, and all kept.
        exemptions: whether a request may invoke an exemption; without, only the zone and consent
            permit anything.

    Raises:
        InputError: an argument is of the wrong type, or a size is negative.
    """

    __slots__ = (
        "_cache",
        "_clock",
        "_exemptions",
        "_freshness",
        "_ledger",
        "_placements",
        "_router",
        "_rows",
        "_table",
    )

    def __init__(
        self,
        router: Router,
        ledger: Ledger | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        cache_size: int = 65_536,
        answers_per_account: int = 256,
        table_size: int = 100_000,
        exemptions: bool = True,
    ) -> None:
        self._router = require_instance(router, Router, "the router")
        self._clock = _now if clock is None else require_callable(clock, "the clock")
        self._exemptions = require_instance(exemptions, bool, "exemptions")
        ledger = open_ledger("memory:") if ledger is None else ledger
        self._ledger = require_instance(ledger, Ledger, "the ledger")
        self._freshness = self._ledger.freshness
        self._cache: AnswerCache[Decision] = AnswerCache(
            require_size(cache_size, "cache_size"),
            require_size(answers_per_account, "answers_per_account"),
        )
        self._placements: dict[str, dict[str | None, Placement]] = {}
        self._table = Table(router, require_size(table_size, "table_size"))
        # What is in the table holds on every later day. The system's clock only goes on, so it need
        # not be read; another clock may go back to a day on which other ground counted.
        self._rows: dict[str, dict[str | None, Row]] = self._table.rows if clock is None else {}
        # Last, for a guard that was refused must not stay subscribed.
        if not self._ledger.subscribe(self._cache.forget):
            # INVARIANT (finality): who is not told of changes keeps nothing that they could alter.
            self._cache = AnswerCache(0, 0)

    @property
    def router(self) -> Router:
        """The compiled policy that decides."""
        return self._router

    @property
    def cache_statistics(self) -> CacheStatistics:
        """How the cache in front of the ledger did so far.

        Calls that need no ledger are not counted.
        """
        return self._cache.statistics

    @property
    def table_statistics(self) -> TableStatistics:
        """How much the table holds, which no call is counted for."""
        return self._table.statistics

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
        if type(subject) is Account and type(solution) is str:
            try:
                return self._placements[subject.key][solution]
            except KeyError:
                pass
        return self._place(subject, solution)

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
        if (
            context is None
            and type(to) is str
            and (type(subject) is Account or type(subject) is Designation)
            and (type(solution) is str or solution is None)
        ):
            # INVARIANT (cache transparent): only plain values are looked up, here and below, for a
            # subclass may claim any equality. To the return, this is what a warm call costs.
            try:
                cell = self._rows[subject.key][solution][to]
                if cell.permitted is not None:
                    return cell
                # INVARIANT (freshness): it moves on after answers are dropped, so it is read before
                # the answer; and the clock that it is held against is read last.
                freshness = self._freshness
                fresh_until = None if freshness is None else freshness.fresh_until
                decision, since, until = cell.answers[subject.id]
                if since < time() < until and (fresh_until is None or monotonic() < fresh_until):
                    self._cache.hits += 1
                    return decision
            except Exception:  # noqa: BLE001, S110 - what fails here is asked of the ledger
                pass
        asked = self._decide_by_zone(subject, solution, to, context)
        if isinstance(asked, Decision):
            return asked
        try:
            with OneCall():
                kept = self._kept(asked) if self._ledger.refresh() else None
                if kept is not None:
                    return kept
                generation = self._cache.miss()
                return self._answer(asked, generation, self._ledger.events(subject.id))
        except Exception:  # noqa: BLE001 - INVARIANT (fail closed): whatever fails there denies
            return self._deny(asked)

    async def decide_async(
        self,
        subject: Subject,
        solution: str | None = None,
        *,
        to: str | Iterable[str],
        context: Context | None = None,
    ) -> Decision:
        """Decide as :meth:`decide` does, without blocking the event loop on the ledger."""
        if context is None:
            recalled = self._recall(subject, solution, to)
            if recalled is not None:
                return recalled
        asked = self._decide_by_zone(subject, solution, to, context)
        if isinstance(asked, Decision):
            return asked
        try:
            with OneCall():
                kept = self._kept(asked) if await self._ledger.refresh_async() else None
                if kept is not None:
                    return kept
                generation = self._cache.miss()
                events = await self._ledger.events_async(subject.id)
                return self._answer(asked, generation, events)
        except Exception:  # noqa: BLE001 - INVARIANT (fail closed): whatever fails there denies
            return self._deny(asked)

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
        if (
            context is None
            and type(to) is str
            and (type(subject) is Account or type(subject) is Designation)
            and (type(solution) is str or solution is None)
        ):
            # Most writes end here, so they are spared the call of decide.
            try:
                cell = self._rows[subject.key][solution][to]
                if cell.permitted is True:
                    return cell
            except KeyError:
                pass
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

    def _recall(self, subject: Subject, solution: str | None, to: object) -> Decision | None:
        """Return what is known of a call without reading a clock of the caller's or a ledger."""
        if not (
            type(to) is str
            and (type(subject) is Account or type(subject) is Designation)
            and (type(solution) is str or solution is None)
        ):
            return None
        try:
            cell = self._rows[subject.key][solution][to]
            if cell.permitted is not None:
                return cell
            freshness = self._freshness
            fresh_until = None if freshness is None else freshness.fresh_until
            decision, since, until = cell.answers[subject.id]
            if since < time() < until and (fresh_until is None or monotonic() < fresh_until):
                self._cache.hits += 1
                return decision
        except Exception:  # noqa: BLE001, S110 - what fails here is asked of the ledger
            pass
        return None

    def _place(self, subject: Subject, solution: str | None) -> Placement:
        if isinstance(subject, Designation):
            known = require_instance(subject, Designation, "the designation").placement.solution
            if solution is not None:
                asked = require_str(solution, "the solution", error=SolutionError)
                if asked != known:
                    message = f"the designation is not for {quote(asked)}: leave the solution out"
                    raise SolutionError(message, kind=ErrorKind.CONFLICT, value=solution)
            return subject.placement
        if solution is None:
            message = "an account has several solutions: name the one whose data it is"
            raise SolutionError(message, kind=ErrorKind.UNKNOWN_SOLUTION, value=solution)
        placement = self._router.place(subject, solution)
        if self._router.keeps(subject, placement.solution):
            self._placements.setdefault(subject.key, {})[placement.solution] = placement
        return placement

    def _decide_by_zone(
        self, subject: Subject, solution: str | None, to: object, context: Context | None
    ) -> Decision | _Inquiry:
        """Decide without reading the ledger, or return what to ask of it."""
        policy = self._router.policy
        known = _NO_CONTEXT if context is None else require_instance(context, Context, "context")
        at = read_clock(self._clock) if known.at is None else known.at
        placement = self.place(subject, solution)
        if known.category is not None:
            find_category(find_solution(policy, placement.solution), known.category)
        source = None if known.source is None else locate(known.source, policy, at.date())
        cell = self._table.find(subject, solution, to, at.date())
        lasting = cell is not None
        if cell is None:
            try:
                destination = locate(to, policy, at.date())
            except DestinationError:
                return deny(policy, placement, as_given(to), Reason.UNKNOWN_DESTINATION)
            cell = decide_by_zone(policy, placement, destination) or Crossing(destination)
            kept = self._table.keep(subject, solution, to, cell, placement, on=at.date())
            lasting = kept is not None
            cell = kept or cell
        if isinstance(cell, Decision):
            return cell
        key: Hashable | None = None
        if lasting and source is None and known.exemption is None:
            plain = known.category is None and known.purpose is None
            key = subject.id if plain else (subject.id, known.category, known.purpose)
        transfer = Transfer(
            account=subject.id,
            placement=placement,
            destination=cell.destination,
            source=source,
            category=known.category,
            purpose=known.purpose,
            at=at,
            exemption=known.exemption,
            exemptions=self._exemptions,
        )
        return transfer, cell, key

    def _kept(self, asked: _Inquiry) -> Decision | None:
        transfer, crossing, key = asked
        return None if key is None else self._cache.find(crossing, key, transfer.at)

    def _answer(self, asked: _Inquiry, generation: int, events: Iterable[object]) -> Decision:
        transfer, crossing, key = asked
        held = tuple(events)
        decision = decide_by_consent(self._router.policy, transfer, held)
        read = [event for event in held if isinstance(event, ConsentEvent)]
        if key is not None and len(read) == len(held):
            answer = (decision, *steady_span(read, transfer.at))
            self._cache.keep(crossing, key, answer, account=transfer.account, generation=generation)
        return decision

    def _deny(self, asked: _Inquiry) -> Decision:
        transfer, _, _ = asked
        policy = self._router.policy
        return deny(policy, transfer.placement, transfer.destination, Reason.LEDGER_UNAVAILABLE)
