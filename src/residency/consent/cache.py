"""Answers that rested on the ledger, kept while nothing that they rested on can have changed.

An answer is dropped by the next event of its account and when the bound on the number of answers
asks for it, and it is used only between the two neighbouring moments at which a record of its
account starts or ceases to be valid. Readers take no lock: they find answers in plain
dictionaries, from which a change removes them before the call that made the change returns.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import datetime
from math import inf
from threading import Lock
from typing import Generic, TypeAlias, TypeVar, final

from attrs import frozen
from cachetools import FIFOCache

from residency.consent.event import ConsentEvent
from residency.consent.fork import hold_over_fork
from residency.value import Value

__all__ = ["Answer", "AnswerCache", "CacheStatistics", "Question", "steady_span"]

_T = TypeVar("_T")

Answer: TypeAlias = tuple[_T, float, float]
"""What was answered, and the span, as POSIX timestamps and without its ends, in which it holds."""


class Question(Generic[_T]):
    """What many accounts ask of their consents, with the answers that are kept.

    Attributes:
        answers: by account id, or by a tuple that starts with it. Read it without a lock; only an
            :class:`AnswerCache` writes to it.
    """

    __slots__ = ("answers",)

    def __init__(self) -> None:
        self.answers: dict[Hashable, Answer[_T]] = {}


@frozen(slots=True, eq=False, repr=False)
class CacheStatistics(Value):
    """How a cache of answers did so far.

    Args:
        hits: answers that were used again. Threads without a common lock may lose a few.
        misses: how often the ledger was read instead.
        evictions: answers dropped to stay within the bound; not those that a change dropped.
        size: answers kept at the moment.
        bound: the most that are kept.
    """

    hits: int
    misses: int
    evictions: int
    size: int
    bound: int


class _Index(FIFOCache[str, list[tuple[Question[_T], Hashable]]]):
    """Where the answers of each account are, the account asked about longest ago first."""

    def __init__(self, bound: int) -> None:
        super().__init__(bound, getsizeof=len)

    def __delitem__(self, account: str) -> None:
        for question, key in self[account]:
            del question.answers[key]
        super().__delitem__(account)


@final
class AnswerCache(Generic[_T]):
    """A bounded number of answers, dropped by account.

    Args:
        bound: the most answers to keep; 0 keeps none.
        per_account: the most to keep of one account.
    """

    __slots__ = (
        "_bound",
        "_evictions",
        "_generation",
        "_index",
        "_lock",
        "_misses",
        "_per_account",
        "hits",
    )

    def __init__(self, bound: int, per_account: int) -> None:
        self.hits = 0
        self._bound = bound
        self._evictions = 0
        self._generation = 0
        self._index: _Index[_T] = _Index(bound)
        self._lock = Lock()
        hold_over_fork(self._lock)
        self._misses = 0
        self._per_account = per_account

    @property
    def statistics(self) -> CacheStatistics:
        """What has been counted so far."""
        with self._lock:
            size = int(self._index.currsize)
            return CacheStatistics(self.hits, self._misses, self._evictions, size, self._bound)

    def find(self, question: Question[_T], key: Hashable, at: datetime) -> _T | None:
        """Return the answer that is kept for a moment, or None."""
        kept = question.answers.get(key)
        if kept is not None and kept[1] < at.timestamp() < kept[2]:
            self.hits += 1
            return kept[0]
        return None

    def miss(self) -> int:
        """Count a miss, and return the generation to pass to :meth:`keep`.

        INVARIANT (finality): call it before the ledger is read, so that an answer from before a
        change is not kept after it.
        """
        with self._lock:
            self._misses += 1
            return self._generation

    def keep(
        self,
        question: Question[_T],
        key: Hashable,
        answer: Answer[_T],
        *,
        account: str,
        generation: int,
    ) -> None:
        """Keep an answer, unless something was forgotten since ``generation``."""
        with self._lock:
            if generation != self._generation or not (self._bound and self._per_account):
                return
            if key not in question.answers:
                self._make_room(account)
                kept = self._index.get(account, [])
                self._index[account] = [*kept, (question, key)]
            question.answers[key] = answer

    def forget(self, account: str | None) -> None:
        """Drop the answers of an account; those of all, if it is None."""
        with self._lock:
            self._generation += 1
            for each in tuple(self._index) if account is None else (account,):
                self._index.pop(each, None)

    def _make_room(self, account: str) -> None:
        if len(self._index.get(account, ())) >= self._per_account:
            self._evictions += len(self._index.pop(account))
        while self._index.currsize >= self._bound:
            _, dropped = self._index.popitem()
            self._evictions += len(dropped)


def steady_span(events: Iterable[ConsentEvent], at: datetime) -> tuple[float, float]:
    """Return the span around ``at`` in which no record starts or ceases to be valid.

    Its ends, as POSIX timestamps, do not belong to it: a timestamp may be rounded.
    """
    changes = {
        moment
        for event in events
        if event.record is not None
        for moment in (event.record.valid_from, event.record.valid_until)
        if moment is not None
    }
    return (
        max((moment.timestamp() for moment in changes if moment <= at), default=-inf),
        min((moment.timestamp() for moment in changes if moment > at), default=inf),
    )
