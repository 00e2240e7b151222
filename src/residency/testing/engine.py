"""This library as a target of the properties, on each ledger that it has.

Each name below is a factory: ``memory``, ``sqlite`` (a new file), and ``database``, for the ledger
that the environment variable ``RESIDENCY_LEDGER`` names, be it SQLite or PostgreSQL.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from typing import Protocol, cast, final
from uuid import uuid4

from attrs import evolve

from residency.account import Account, Agreement
from residency.consent import (
    ConsentEvent,
    EventStore,
    Freshness,
    Ledger,
    MemoryStore,
    ObservableStore,
)
from residency.designation import Designation
from residency.errors import ErrorKind, InputError, ResidencyError
from residency.exemption import Invocation
from residency.guard import Guard
from residency.placement import Router
from residency.policy import read_policy
from residency.testing.exemptions import Claim
from residency.testing.reference import Placed, Refused
from residency.testing.target import Answer, LedgerFault, Request, SignUp
from residency.transfer import Context

__all__ = ["EngineTarget", "FaultyStore", "database", "memory", "sqlite"]


class _Observable(EventStore, ObservableStore, Protocol):
    """A store that tells of changes, as all of ours do."""


@final
class FaultyStore:
    """A store that fails on demand, and is otherwise the store that it stands before.

    Args:
        store: the store.

    Attributes:
        fault: how it fails; None while it works.
    """

    def __init__(self, store: _Observable) -> None:
        self.fault: LedgerFault | None = None
        self._store = store
        self._freshness = store if isinstance(store, Freshness) else None

    def append(self, event: ConsentEvent) -> bool:
        """Append to the store."""
        return self._store.append(event)

    def events(self, account: str) -> tuple[ConsentEvent, ...]:
        """Return what the store holds, or fail."""
        if self.fault is LedgerFault.ERROR:
            raise OSError("the ledger fails, as the test demands")
        if self.fault is LedgerFault.TIMEOUT:
            raise TimeoutError("the ledger is late, as the test demands")
        held = self._store.events(account)
        if self.fault is LedgerFault.GARBAGE:
            return (*held, cast("ConsentEvent", "garbage"))
        return held

    def account_of(self, record_id: str) -> str | None:
        """Return the account that a record belongs to."""
        return self._store.account_of(record_id)

    def subscribe(self, callback: Callable[[str | None], None]) -> None:
        """Pass the subscription on."""
        self._store.subscribe(callback)

    @property
    def fresh_until(self) -> float:
        """Until when what was read may be used; for ever where no other process writes."""
        return math.inf if self._freshness is None else self._freshness.fresh_until

    def refresh(self) -> None:
        """Have the store look for changes."""
        # Only what does not stay fresh for ever is asked to look again.
        cast("Freshness", self._store).refresh()


@final
class EngineTarget:
    """This library behind the calls of a target: one guard, used over and over.

    The ledger is never emptied, for it cannot be. Instead each :meth:`clear` begins a new set of
    ids, so that nothing is held of the accounts asked about from then on.

    Args:
        document: the text of the policy document.
        store: where the consents are kept.
        close: gives back what the store holds open.

    Attributes:
        store: the store, behind one that fails on demand.
    """

    def __init__(
        self, document: str, store: _Observable, *, close: Callable[[], None] | None = None
    ) -> None:
        self._router = Router(read_policy(document.encode()))
        self.store = FaultyStore(store)
        self._ledger = Ledger(self.store)
        self._guard = Guard(self._router, self._ledger)
        self._close = close
        # A database may be shared with other runs.
        self._name = uuid4().hex
        self._cleared = 0

    def place(self, signup: SignUp, solution: str) -> Placed:
        """Return the guard's placement; see :meth:`residency.testing.target.Target.place`."""
        try:
            placement = self._guard.place(self._account(signup), solution)
        except ResidencyError as error:
            raise Refused(str(error.kind)) from None
        return Placed(placement.zones, tuple(placement.hosting), placement.clause)

    def designate(self, signup: SignUp, solution: str) -> str:
        """Return the designation as JSON."""
        try:
            return self._guard.designate(self._account(signup), solution).to_json()
        except ResidencyError as error:
            raise Refused(str(error.kind)) from None

    def decide(self, request: Request) -> Answer:
        """Return the guard's decision."""
        try:
            if request.designation is None:
                subject: Account | Designation = self._account(request.signup)
                solution: str | None = request.solution
            else:
                pinned = Designation.from_json(request.designation)
                subject = evolve(pinned, account=self._own(request.signup.account))
                solution = None
            context = Context(
                category=request.category,
                purpose=request.purpose,
                source=request.source,
                at=request.at,
                exemption=_invocation(request.claim),
            )
            decision = self._guard.decide(subject, solution, to=request.to, context=context)
        except ResidencyError as error:
            raise Refused(str(error.kind)) from None
        own = len(self._own(""))
        return Answer(
            decision.permitted,
            str(decision.reason),
            decision.clauses,
            tuple(record_id[own:] for record_id in decision.consent_ids),
            decision.zones,
        )

    def append(self, event: ConsentEvent) -> None:
        """Append an event to the ledger."""
        account, record_id = self._own(event.account), self._own(event.record_id)
        record = event.record
        self._ledger.append(
            evolve(
                event,
                event_id=self._own(event.event_id),
                record_id=record_id,
                account=account,
                record=record and evolve(record, record_id=record_id, account=account),
            )
        )

    def fail(self, fault: LedgerFault) -> None:
        """Let the ledger fail."""
        self.store.fault = fault

    def clear(self) -> None:
        """Go on with ids of which the ledger holds nothing."""
        self.store.fault = None
        self._cleared += 1

    def close(self) -> None:
        """Give back what the store holds open."""
        if self._close is not None:
            self._close()

    def _own(self, name: str) -> str:
        # In front, so that the order of the ids stays what it was.
        return f"{self._name}/{self._cleared}/{name}"

    def _account(self, signup: SignUp) -> Account:
        return Account(
            self._own(signup.account),
            signup.country,
            signup.entity,
            setup_date=signup.day,
            agreements=tuple(
                Agreement(solution, zone, "as agreed", signup.day)
                for solution, zone in signup.agreements
            ),
        )


def _invocation(claim: Claim | None) -> Invocation | None:
    return None if claim is None else Invocation(**claim._asdict())


def memory(document: str) -> EngineTarget:
    """Return this library with a ledger in memory."""
    return EngineTarget(document, MemoryStore())


def sqlite(document: str) -> EngineTarget:
    """Return this library with a ledger in a new SQLite file, which :meth:`close` removes.

    Raises:
        MissingExtraError: the extra ``sql`` is not installed.
    """
    from residency.consent.sql import create_ledger  # optional, and slow to import

    folder = TemporaryDirectory(prefix="residency-")
    url = f"sqlite:///{folder.name}/consents.db"
    create_ledger(url)
    return _on(document, url, folder.cleanup)


def database(document: str) -> EngineTarget:
    """Return this library with the ledger that ``RESIDENCY_LEDGER`` names; its tables are there.

    Raises:
        InputError: the variable is not set.
        LedgerError: it names no database that is known.
        MissingExtraError: what that database needs is not installed.
    """
    url = os.environ.get("RESIDENCY_LEDGER")
    if url is None:
        message = "RESIDENCY_LEDGER is not set: give it the URL of a ledger in a database"
        raise InputError(message, kind=ErrorKind.EMPTY)
    return _on(document, url)


def _on(document: str, url: str, *cleanups: Callable[[], None]) -> EngineTarget:
    from residency.consent.sql import open_store  # optional, and slow to import

    store = open_store(url)
    closing = ExitStack()
    for cleanup in cleanups:
        closing.callback(cleanup)
    closing.callback(store.close)
    return EngineTarget(document, store, close=closing.close)
