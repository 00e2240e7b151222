"""Cache transparent, finality and replayable (semantics §5), over every sequence of operations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from residency import (
    Account,
    Agreement,
    Context,
    Decision,
    Designation,
    Guard,
    ResidencyError,
    Router,
    TransferBlocked,
    guard,
)
from residency.consent import EventKind, Ledger, MemoryStore
from residency.consent import ledger as ledger_module
from residency.errors import ConsentError
from residency.guard import Subject
from tests import ledgers
from tests.ledgers import HOUR, INSTANT, NOON, ROUTER, SharedStore, consent

# The last change of membership that the law knows: the United Kingdom leaves the Union.
BREXIT = datetime(2020, 2, 1, tzinfo=UTC)

_STARTS = [NOON - 2 * HOUR, NOON, NOON + HOUR]
_ENDS = [None, NOON + HOUR, NOON + 2 * HOUR]
_EDGES = [moment for moment in (*_STARTS, *_ENDS, BREXIT) if moment is not None]
MOMENTS = [edge + step for edge in _EDGES for step in (-INSTANT, timedelta(), INSTANT)]
CONTEXTS = [
    None,
    None,
    Context(category="fax-data"),
    Context(category="system-logs", purpose="support"),
    Context(purpose="support"),
    Context(source="zone:US"),
    Context(at=NOON),
    Context(at=BREXIT - INSTANT),
]
PLACES = [
    "zone:EU",
    "zone:US",
    "zone:CA",
    "country:US",
    "country:GB",
    "country:France",
    "aws:eu-west-1",
    "aws:eu-west-2",
    "aws:us-east-1",
    "nowhere",
    ("aws:eu-west-1", "aws:us-east-1"),
    ("aws:us-east-1", "aws:eu-west-1"),
    ["country:GB", "country:US"],
]
ACCOUNTS = ("acme", "other")
_BOUND = 60.0  # seconds for which the answers of one guard are fresh


def _subjects(account: str) -> list[tuple[Subject, str | None]]:
    """Return an account and what was, or was later, designated for it."""
    german = Account(account, "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
    british = Account(account, "GB", "XMedius Europe SAS", setup_date=date(2019, 3, 1))
    american = Account(account, "US", setup_date=date(2021, 3, 1))
    agreement = Agreement("xm-fax", "CA", "contract 7", date(2021, 3, 1))
    agreed = evolve(german, agreements=(agreement,))
    return [
        (german, "xm-fax"),
        (german, "xm-sendsecure"),
        (american, "xm-fax"),
        (agreed, "xm-fax"),
        *(
            (Designation.of(each, ROUTER.place(each, "xm-fax")), None)
            for each in (british, american)
        ),
    ]


def _pinned(account: str) -> list[Designation]:
    """Return what was, and what may be, designated for an account: the EU, and the US."""
    german = Account(account, "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
    american = Account(account, "US", setup_date=date(2021, 3, 1))
    return [Designation.of(each, ROUTER.place(each, "xm-fax")) for each in (german, american)]


SUBJECTS = [subject for account in ACCOUNTS for subject in _subjects(account)]


def _told(call: Callable[[], Decision]) -> object:
    """Return what a call decides, or why it refuses to."""
    try:
        return call()
    except TransferBlocked as blocked:
        return blocked.decision
    except ResidencyError as error:
        return type(error), error.kind


class CachedAndUncached(RuleBasedStateMachine):
    """Guards that keep answers, and one made anew for each question, over the same events."""

    @initialize()
    def begin(self) -> None:
        """Start with an empty ledger at noon."""
        self.now = NOON
        self.loop = asyncio.Runner()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(guard, "time", self._timestamp)
        self.patch.setattr(guard, "_now", lambda: self.now)
        self.store = MemoryStore()
        self.ledger = Ledger(self.store, clock=lambda: self.now)
        self.elapsed = 0.0
        self.asked: list[tuple[Subject, str | None, dict[str, Any]]] = []
        for module in (guard, ledger_module, ledgers):
            self.patch.setattr(module, "monotonic", lambda: self.elapsed)
        other_process = SharedStore(self.store, max_staleness=0)
        self.by_system_clock = {
            "cached": Guard(ROUTER, self.ledger),
            "small": Guard(ROUTER, self.ledger, cache_size=2, answers_per_account=1, table_size=1),
            "other process": Guard(ROUTER, Ledger(other_process)),
        }
        # This one looks for changes once in a while, and may not know of the newest.
        self.in_a_while = Guard(ROUTER, Ledger(SharedStore(self.store, max_staleness=_BOUND)))
        self.may_not_know = False
        self.by_own_clock = Guard(ROUTER, self.ledger, clock=lambda: self.now)
        self.pinned = {account: _pinned(account)[0] for account in ACCOUNTS}

    @rule(
        record_id=st.sampled_from("abc"),
        account=st.sampled_from(ACCOUNTS),
        to=st.sampled_from(["US", "CA", "country:GB"]),
        categories=st.sampled_from([frozenset({"*"}), frozenset({"fax-data"})]),
        start=st.sampled_from(_STARTS),
        end=st.sampled_from(_ENDS),
    )
    def give(
        self,
        *,
        record_id: str,
        account: str,
        to: str,
        categories: frozenset[str],
        start: datetime,
        end: datetime | None,
    ) -> None:
        """Give a consent, unless its id is taken."""
        if end is not None and end <= start:
            return
        record = consent(
            record_id,
            account=account,
            to=to,
            categories=categories,
            valid_from=start,
            valid_until=end,
        )
        with suppress(ConsentError):
            self.ledger.give(record)
            self.may_not_know = True

    @rule(record_id=st.sampled_from("abc"), end=st.sampled_from(_ENDS))
    def renew(self, record_id: str, end: datetime | None) -> None:
        """Renew a consent that was given."""
        account = self.store.account_of(record_id)
        if account is not None:
            records = [event.record for event in self.store.events(account) if event.record]
            [given, *_] = [record for record in records if record.record_id == record_id]
            if end is None or end > given.valid_from:
                self.ledger.renew(evolve(given, valid_until=end))
                self.may_not_know = True

    @rule(
        record_id=st.sampled_from("abc"),
        end=st.sampled_from([EventKind.WITHDRAWN, EventKind.REVOKED, EventKind.INVALIDATED]),
    )
    def end(self, record_id: str, end: EventKind) -> None:
        """Withdraw, revoke or invalidate a consent."""
        act = {
            EventKind.WITHDRAWN: self.ledger.withdraw,
            EventKind.REVOKED: self.ledger.revoke,
            EventKind.INVALIDATED: self.ledger.invalidate,
        }[end]
        if self.store.account_of(record_id) is not None:
            act(record_id)
            self.may_not_know = True

    @rule(account=st.sampled_from(ACCOUNTS), place=st.integers(0, 1))
    def redesignate(self, account: str, place: int) -> None:
        """Designate the data of an account for another zone than it was."""
        self.pinned[account] = _pinned(account)[place]

    @rule()
    def wait(self) -> None:
        """Let pass as much time as an answer is fresh for."""
        self.elapsed += _BOUND
        self.may_not_know = False

    @rule(moment=st.sampled_from(MOMENTS))
    def move_the_clock(self, moment: datetime) -> None:
        """Go to a moment on, just before or just after an edge, back as well as forth."""
        self.now = moment

    @rule(
        subject=st.sampled_from(SUBJECTS),
        to=st.sampled_from(PLACES),
        context=st.sampled_from(CONTEXTS),
        times=st.integers(1, 2),
    )
    def ask(
        self,
        subject: tuple[Subject, str | None],
        to: Any,
        context: Context | None,
        times: int,
    ) -> None:
        """Ask every guard the same, and demand the same answer."""
        self._compare(*subject, times, to=to, context=context)

    @rule(
        account=st.sampled_from(ACCOUNTS),
        to=st.sampled_from(PLACES),
        context=st.sampled_from(CONTEXTS),
    )
    def ask_for_the_designated(self, account: str, to: Any, context: Context | None) -> None:
        """Ask about data that is where it was designated to be last."""
        self._compare(self.pinned[account], None, 2, to=to, context=context)

    @rule(
        account=st.sampled_from(ACCOUNTS),
        to=st.sampled_from(["zone:US", "zone:CA", "country:GB"]),
    )
    def ask_for_what_is_consented_to(self, account: str, to: str) -> None:
        """Ask what most consents above are about."""
        self._compare(_pinned(account)[0], None, 1, to=to, context=None)

    @rule(back=st.integers(1, 3), later=st.booleans())
    def ask_again(self, back: int, *, later: bool) -> None:
        """Ask what was asked a little while ago: it may have been kept, and may have changed."""
        if later:
            self.wait()
        for subject, solution, asked in self.asked[-back:][:1]:
            self._compare(subject, solution, 1, **asked)

    def _compare(self, subject: Subject, solution: str | None, times: int, **asked: Any) -> None:
        self.asked.append((subject, solution, asked))
        # With a router of its own, for a router keeps placements.
        router = Router(ROUTER.policy)
        uncached = Guard(router, self.ledger, clock=lambda: self.now, cache_size=0, table_size=0)
        expected = {_told(lambda: uncached.decide(subject, solution, **asked))}
        for _ in range(times):
            assert self._answers(self.by_own_clock, subject, solution, **asked) == expected
            # A computer's own clock does not go back before a change of membership that was.
            if self.now >= BREXIT:
                for name, cached in self.by_system_clock.items():
                    told = self._answers(cached, subject, solution, **asked)
                    assert told == expected, name
                told = self._answers(self.in_a_while, subject, solution, **asked)
                assert told == expected or self.may_not_know

    def _timestamp(self) -> float:
        return self.now.timestamp()

    def _answers(
        self, ask: Guard, subject: Subject, solution: str | None, **asked: Any
    ) -> set[object]:
        """Return what the four calls tell; they agree where there is one answer."""
        run = self.loop.run
        return {
            _told(lambda: ask.decide(subject, solution, **asked)),
            _told(lambda: ask.enforce(subject, solution, **asked)),
            _told(lambda: run(ask.decide_async(subject, solution, **asked))),
            _told(lambda: run(ask.enforce_async(subject, solution, **asked))),
        }

    def teardown(self) -> None:
        """Give the clock back."""
        if hasattr(self, "patch"):
            self.patch.undo()
            self.loop.close()


TestCachedAndUncached = CachedAndUncached.TestCase


def test_the_last_change_of_membership_is_the_one_that_the_clock_crosses() -> None:
    """The sequences above go back and forth over the last dated change of membership."""
    assert ROUTER.policy.memberships.boundaries[-1] == BREXIT.date()
