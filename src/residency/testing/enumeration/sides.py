"""The two sides of a comparison: the engine, asked as a program asks it, and the reference.

Each answers a case with a line of text. Equal lines mean: the same zones, hosting, reason, clauses
and consents, or a refusal of the same kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Protocol, final

from residency.account import Account, Agreement
from residency.consent import ConsentEvent, Ledger
from residency.destination import locate as engine_locate
from residency.errors import CountryError, ErrorKind, LedgerError, ResidencyError
from residency.exemption import Invocation
from residency.geography import normalise
from residency.guard import Guard
from residency.placement import Router
from residency.policy import Policy
from residency.testing.countries import refusals_of, territory_of
from residency.testing.enumeration.case import (
    ACCOUNT_ID,
    Case,
    CountryCase,
    Customer,
    Held,
    PlaceCase,
    PlacementCase,
    Request,
    RetentionCase,
    TransferCase,
)
from residency.testing.enumeration.keeping import (
    engine_kept,
    engine_map,
    reference_kept,
    reference_map,
)
from residency.testing.exemptions import Claim, exempt
from residency.testing.reference import Placed, Question, Refused, Verdict, locate, place, transfer
from residency.testing.source import Document
from residency.transfer import Context, Decision

__all__ = [
    "EngineSide",
    "HeldEvents",
    "ReferenceSide",
    "Side",
    "invocation_of",
    "place_line",
    "placement_line",
    "refused_country_line",
    "transfer_line",
]

_AGREED_ON = date(2020, 1, 1)


class Side(Protocol):
    """What answers the cases of the enumeration."""

    def answer(self, case: Case) -> str:
        """Return the answer as one line; it never raises."""
        ...


@final
class HeldEvents:
    """A store whose events are settled by the cases; while it holds None it cannot be read."""

    __slots__ = ("_callbacks", "_held")

    def __init__(self) -> None:
        self._held: Held = ()
        self._callbacks: list[Callable[[str | None], None]] = []

    def hold(self, held: Held) -> None:
        """Hold these events from now on, and say so to whoever may have kept what was read."""
        self._held = held
        for callback in self._callbacks:
            callback(None)

    def append(self, event: ConsentEvent) -> bool:
        """Refuse: nothing is written to this store."""
        raise NotImplementedError(event)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return all events, those of other accounts included."""
        del account
        if self._held is None:
            message = "the ledger cannot be read: it was decided so"
            raise LedgerError(message, kind=ErrorKind.UNAVAILABLE)
        return self._held

    def account_of(self, record_id: str) -> str | None:
        """Refuse: nothing asks this of a store that takes no events."""
        raise NotImplementedError(record_id)

    def subscribe(self, callback: Callable[[str | None], None]) -> None:
        """Call this on each change."""
        self._callbacks.append(callback)


@lru_cache(maxsize=1_024)  # each claim is made of many transfers
def invocation_of(claim: Claim) -> Invocation:
    """Return a claim of the reference's in the engine's terms."""
    return Invocation(**claim._asdict())


def refused_country_line(text: str, kind: str | None = None) -> str:
    """Return how a text is refused as a country, as an answer's line.

    Where the reference cannot tell which of several kinds it is, they are one answer.

    Args:
        text: what was typed.
        kind: the kind of the refusal; None for what the reference says.
    """
    kinds = refusals_of(text)
    return f"refused {' or '.join(kinds if kind is None or kind in kinds else (kind,))}"


def placement_line(zones: Iterable[str], hosting: Iterable[str], clause: str) -> str:
    """Return where data is stored, as an answer's line."""
    return f"{'+'.join(zones)} in {' '.join(hosting)} by {clause}"


def transfer_line(*, permitted: bool, verdict: Verdict) -> str:
    """Return whether data may go somewhere, as an answer's line."""
    return _verdict_line("permit" if permitted else "deny", *verdict)


@lru_cache(maxsize=4_096)  # many transfers are answered alike
def _verdict_line(
    word: str, reason: str, clauses: tuple[str, ...], consents: tuple[str, ...]
) -> str:
    relied = f" on {' '.join(consents)}" if consents else ""
    return f"{word} {reason} by {' '.join(clauses)}{relied}"


def place_line(label: str, zone: str | None, countries: Iterable[str]) -> str:
    """Return which place a text names, as an answer's line."""
    return f"{label} in {' '.join(sorted(countries)) or 'no country'} zone {zone or 'none'}"


@final
class EngineSide:
    """The engine, asked by the calls that a program makes: a guard over a ledger.

    Args:
        router: the compiled policy.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._store = HeldEvents()
        self._guards: dict[bool, Guard] = {}
        self._held: Held = ()
        self._last: tuple[Customer, str | None, Account] | None = None

    def answer(self, case: Case) -> str:
        """Return the answer as one line; what is no refusal of the library's is a fault."""
        try:
            return self._answer(case)
        except ResidencyError as error:
            return f"refused {error.kind}"
        except Exception as error:  # noqa: BLE001 - the point is to find it, and to go on
            return f"fault {type(error).__name__}"

    def _answer(self, case: Case) -> str:
        match case:
            case TransferCase():
                return self._transfer(case)
            case PlacementCase():
                account = self._account(case.customer, case.solution)
                found = self._router.place(account, case.solution)
                return placement_line(found.zones, tuple(found.hosting), found.clause)
            case PlaceCase():
                return _engine_place(case, self._router.policy)
            case CountryCase():
                return _engine_country(case.text)
            case RetentionCase():
                return engine_kept(case, self._router.policy)
            case _:
                return engine_map(case, self._router, self._account)

    def _transfer(self, case: TransferCase) -> str:
        guard = self._guard(case)
        account = self._account(case.customer, case.solution)
        if case.at is None:
            to = case.to[0] if len(case.to) == 1 else case.to
            first = guard.decide(account, case.solution, to=to)
            answer = _decided(first)
            if self._is_common(case.customer):
                again = guard.decide(account, case.solution, to=to)
                if again is not first and _decided(again) != answer:
                    return f"{answer} then {_decided(again)}"
            return answer
        context = _context_of(case.at, case.request)
        return _decided(guard.decide(account, case.solution, to=case.to, context=context))

    def _is_common(self, customer: Customer) -> bool:
        """Say whether accounts like this one come again and again, so that answers may be kept.

        They are asked about twice, so that what is kept is put to the test. The engine is not asked
        whether it keeps anything. An unknown entity or an agreement can be any of endlessly many.
        """
        entity, agreement = customer.entity, customer.agreement
        return agreement is None and (entity is None or entity in self._router.policy.entities)

    def _guard(self, case: TransferCase) -> Guard:
        # One guard for all, so that what it keeps, and what it forgets, is put to the test too.
        if case.held is not self._held:
            self._held = case.held
            self._store.hold(case.held)
        if case.strict not in self._guards:
            ledger = Ledger(self._store)
            self._guards[case.strict] = Guard(self._router, ledger, exemptions=not case.strict)
        return self._guards[case.strict]

    def _account(self, customer: Customer, solution: str | None) -> Account:
        agreed = None if customer.agreement is None else solution
        last = self._last
        # Many questions in turn are about one account.
        if last is None or last[0] is not customer or last[1] != agreed:
            last = self._last = (customer, agreed, _new_account(customer, agreed))
        return last[2]


def _new_account(customer: Customer, agreed: str | None) -> Account:
    territory, day, entity, zone = customer
    agreements = () if agreed is None or zone is None else (_agreement(agreed, zone),)
    return Account(ACCOUNT_ID, territory, entity, setup_date=day, agreements=agreements)


@lru_cache(maxsize=256)  # a solution and a zone, of which a policy has few
def _agreement(solution: str, zone: str) -> Agreement:
    return Agreement(solution, zone, "C-1", _AGREED_ON)


@lru_cache(maxsize=1_024)  # each request is made of many accounts and places
def _context_of(at: datetime, request: Request) -> Context:
    source, category, purpose, claim, _ = request
    exemption = None if claim is None else invocation_of(claim)
    return Context(category=category, purpose=purpose, source=source, at=at, exemption=exemption)


def _engine_country(text: str) -> str:
    try:
        return normalise(text)
    except CountryError as error:
        return refused_country_line(text, str(error.kind))


def _engine_place(case: PlaceCase, policy: Policy) -> str:
    [found] = engine_locate(case.text, policy, case.on)
    return place_line(found.label, found.zone, found.countries)


def _decided(decision: Decision) -> str:
    word = "permit" if decision.permitted else "deny"
    return _verdict_line(word, decision.reason, decision.clauses, decision.consent_ids)


@final
class ReferenceSide:
    """The reference evaluator.

    What it says of a transfer depends on the placement, the request and the events alone, by the
    signature of :func:`residency.testing.transfer`. So accounts that are placed alike are answered
    once, as long as the ledger is the same.

    Args:
        document: the policy document.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._now = datetime.now(UTC)
        self._held: Held = ()
        self._verdicts: dict[tuple[object, ...], str] = {}
        self._last: tuple[Customer, str, Placed | str] | None = None

    def answer(self, case: Case) -> str:
        """Return the answer as one line."""
        try:
            return self._answer(case)
        except Refused as refused:
            return f"refused {refused}"

    def _answer(self, case: Case) -> str:
        match case:
            case TransferCase():
                return self._transfer(case)
            case PlacementCase():
                found = self._place(case.customer, case.solution)
                return found if isinstance(found, str) else placement_line(*found)
            case PlaceCase():
                return self._locate(case)
            case CountryCase():
                return territory_of(case.text) or refused_country_line(case.text)
            case RetentionCase():
                return reference_kept(case, self._document)
            case _:
                return reference_map(case, self._document)

    def _locate(self, case: PlaceCase) -> str:
        found = locate(self._document, case.text, case.on)
        if found is None:
            raise Refused("UNKNOWN_LOCATION")
        return place_line(found.label, found.zone, found.countries)

    def _place(self, customer: Customer, solution: str) -> Placed | str:
        last = self._last
        # Many questions in turn are about one account's solution.
        if last is None or last[0] is not customer or last[1] != solution:
            last = self._last = (customer, solution, self._place_anew(customer, solution))
        return last[2]

    def _place_anew(self, customer: Customer, solution: str) -> Placed | str:
        territory, day, entity, agreement = customer
        try:
            return place(self._document, territory, entity, day, solution, agreement_zone=agreement)
        except Refused as refused:
            return f"refused {refused}"

    def _transfer(self, case: TransferCase) -> str:
        placed = self._place(case.customer, case.solution)
        if isinstance(placed, str):
            return placed
        if case.at is not None:
            # Only the everyday call is made of many accounts that are placed alike.
            return self._decide(placed, case, case.at)
        if case.held is not self._held:
            self._held = case.held
            self._verdicts = {}
        # The events are those that are held, and who the customer is the placement tells.
        key = (placed, case.solution, case.to, case.request)
        found = self._verdicts.get(key)
        if found is None:
            found = self._verdicts[key] = self._decide(placed, case, self._now)
        return found

    def _decide(self, placed: Placed, case: TransferCase, at: datetime) -> str:
        source, category, purpose, claim, strict = case.request
        question = Question(ACCOUNT_ID, case.solution, case.to, at, source, category, purpose)
        verdict = transfer(self._document, placed, question, case.held)
        verdict = exempt(self._document, placed, question, verdict, claim, strict=strict)
        return transfer_line(permitted=verdict.permitted, verdict=verdict)
