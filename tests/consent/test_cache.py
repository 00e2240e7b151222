"""The cache of answers, by itself."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from math import inf

import pytest

from residency.consent import ConsentEvent, EventKind
from residency.consent.cache import AnswerCache, Question, steady_span
from residency.consent.fork import after_fork_in_child, hold_over_fork
from tests.ledgers import HOUR, INSTANT, NOON, consent

_ALWAYS = (-inf, inf)


def _keep(cache: AnswerCache[str], question: Question[str], account: str, answer: str) -> None:
    cache.keep(question, account, (answer, *_ALWAYS), account=account, generation=cache.miss())


def _given(record_id: str, *, start: timedelta, end: timedelta | None) -> ConsentEvent:
    until = None if end is None else NOON + end
    record = consent(record_id, valid_from=NOON + start, valid_until=until)
    return ConsentEvent(
        event_id=record_id,
        kind=EventKind.GIVEN,
        record_id=record_id,
        account=record.account,
        event_time=NOON,
        record=record,
    )


def test_an_answer_is_found_inside_its_span_only() -> None:
    """Neither at the ends of its span nor outside it is an answer used."""
    cache, question = AnswerCache[str](10, 256), Question[str]()
    span = ((NOON - HOUR).timestamp(), (NOON + HOUR).timestamp())
    cache.keep(question, "acme", ("yes", *span), account="acme", generation=cache.miss())
    moments = [-HOUR - INSTANT, -HOUR, -HOUR + INSTANT, HOUR - INSTANT, HOUR, HOUR + INSTANT]
    found = [cache.find(question, "acme", NOON + moment) for moment in moments]
    assert found == [None, None, "yes", "yes", None, None]


def test_a_change_drops_the_answers_of_its_account_alone() -> None:
    """Forgetting an account drops its answers to every question, and those of no other."""
    cache, questions = AnswerCache[str](10, 256), [Question[str](), Question[str]()]
    for question in questions:
        for account in ("acme", "other"):
            _keep(cache, question, account, "yes")
    cache.forget("acme")
    assert [set(question.answers) for question in questions] == [{"other"}, {"other"}]
    assert cache.statistics.size == 2


def test_all_can_be_dropped() -> None:
    """Forgetting without an account drops every answer."""
    cache, question = AnswerCache[str](10, 256), Question[str]()
    _keep(cache, question, "acme", "yes")
    _keep(cache, question, "other", "yes")
    cache.forget(None)
    assert not question.answers
    assert cache.statistics.size == 0


@pytest.mark.parametrize("account", ["acme", "other", None])
def test_an_answer_from_before_a_change_is_not_kept(account: str | None) -> None:
    """What was read before anything changed is not kept after it."""
    cache, question = AnswerCache[str](10, 256), Question[str]()
    generation = cache.miss()
    cache.forget(account)
    cache.keep(question, "acme", ("yes", *_ALWAYS), account="acme", generation=generation)
    assert not question.answers


def test_the_bound_holds() -> None:
    """However many answers are given, no more than the bound are kept: the latest."""
    cache, questions = AnswerCache[str](10, 256), [Question[str](), Question[str]()]
    for number in range(100):
        for question in questions:
            _keep(cache, question, f"account {number}", "yes")
            assert sum(len(question.answers) for question in questions) <= 10
    assert cache.statistics.size == 10
    assert cache.statistics.evictions == 190
    assert [set(question.answers) for question in questions] == [
        {f"account {number}" for number in range(95, 100)}
    ] * 2


def test_one_account_does_not_crowd_out_the_others() -> None:
    """One account has at most so many answers, whatever purposes are named for it."""
    cache, question = AnswerCache[str](10_000, 256), Question[str]()
    _keep(cache, question, "other", "yes")
    for number in range(1_000):
        key = ("acme", None, f"purpose {number}")
        cache.keep(question, key, ("yes", *_ALWAYS), account="acme", generation=cache.miss())
    assert "other" in question.answers
    assert cache.statistics.size <= 257
    cache.forget("acme")
    assert set(question.answers) == {"other"}


def test_an_answer_replaces_the_one_before() -> None:
    """A new answer to the same question takes the place of the old one."""
    cache, question = AnswerCache[str](10, 256), Question[str]()
    _keep(cache, question, "acme", "yes")
    _keep(cache, question, "acme", "no")
    assert cache.find(question, "acme", NOON) == "no"
    assert cache.statistics.size == 1


def test_a_cache_of_none_keeps_nothing() -> None:
    """With a bound of 0 nothing is kept."""
    cache, question = AnswerCache[str](0, 256), Question[str]()
    _keep(cache, question, "acme", "yes")
    assert not question.answers
    assert cache.statistics.bound == 0


def test_an_account_of_which_nothing_may_be_kept() -> None:
    """With a bound of 0 for an account, nothing is kept, whatever the bound for all."""
    cache, question = AnswerCache[str](10, 0), Question[str]()
    _keep(cache, question, "acme", "yes")
    assert not question.answers
    assert cache.statistics.size == 0


def test_what_is_counted() -> None:
    """Hits, misses and evictions are counted, and a change is no eviction."""
    cache, question = AnswerCache[str](1, 256), Question[str]()
    _keep(cache, question, "acme", "yes")
    _keep(cache, question, "other", "yes")
    cache.find(question, "other", NOON)
    cache.find(question, "acme", NOON)
    cache.forget("other")
    counted = cache.statistics
    assert (counted.hits, counted.misses, counted.evictions, counted.size) == (1, 2, 1, 0)


def test_the_span_ends_at_the_neighbouring_changes() -> None:
    """No record starts or ceases to be valid inside the span."""
    events = [
        _given("a", start=-3 * HOUR, end=-HOUR),
        _given("b", start=-2 * HOUR, end=2 * HOUR),
        _given("c", start=HOUR, end=None),
    ]
    assert steady_span(events, NOON) == (
        (NOON - HOUR).timestamp(),
        (NOON + HOUR).timestamp(),
    )
    assert steady_span(events, NOON + HOUR) == (
        (NOON + HOUR).timestamp(),
        (NOON + 2 * HOUR).timestamp(),
    )
    assert steady_span(events, NOON + 3 * HOUR) == ((NOON + 2 * HOUR).timestamp(), inf)


def test_without_records_the_span_has_no_end() -> None:
    """An account without records has none to start or end."""
    assert steady_span([], NOON) == (-inf, inf)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_waits_for_whoever_is_at_work() -> None:
    """A process forked while other threads change the cache can use it: no lock stays taken."""
    cache: AnswerCache[str] = AnswerCache(1_000, 256)
    question: Question[str] = Question()
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            for number in range(20):
                account = f"account-{number}"
                answer = "yes", -inf, inf
                cache.keep(question, account, answer, account=account, generation=cache.miss())
            cache.forget(None)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(10):
            child = os.fork()
            if child == 0:
                signal.alarm(20)  # a lock that nobody releases would be waited for for ever
                cache.forget(None)
                os._exit(0 if cache.statistics.size == len(question.answers) == 0 else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        thread.join()


def test_each_change_keeps_out_what_was_read_before_it() -> None:
    """Finality: what was read before the second change is not kept after it, nor after a third."""
    cache, question = AnswerCache[str](10, 256), Question[str]()
    for _ in range(3):
        before = cache.miss()
        cache.forget("acme")
        cache.keep(question, "acme", ("yes", *_ALWAYS), account="acme", generation=before)
        assert not question.answers


def test_what_one_account_loses_is_counted() -> None:
    """An account keeps so many answers; the next one drops them all, and each counts as dropped."""
    cache, question = AnswerCache[str](10_000, 6), Question[str]()
    for number in range(2 * 6 + 1):
        answer = ("yes", *_ALWAYS)
        key = ("acme", number)
        cache.keep(question, key, answer, account="acme", generation=cache.miss())
        found = cache.statistics
        assert (found.size, found.evictions) == (number % 6 + 1, number // 6 * 6)
    for hits in (1, 2, 3):
        assert cache.find(question, ("acme", 12), NOON) == "yes"
        assert cache.statistics.hits == hits


def test_a_child_calls_what_was_arranged(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be done in each child is arranged with the system, under the names it has."""
    arranged: list[dict[str, object]] = []

    def register(**calls: object) -> None:
        arranged.append(calls)

    monkeypatch.setattr(os, "register_at_fork", register)

    def call() -> None:
        raise AssertionError

    lock = threading.Lock()
    after_fork_in_child(call)
    hold_over_fork(lock)
    assert arranged == [
        {"after_in_child": call},
        {
            "before": lock.acquire,
            "after_in_parent": lock.release,
            "after_in_child": lock.release,
        },
    ]


def test_where_nothing_forks_nothing_is_arranged(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system without forks the cache is made, and works, all the same."""
    monkeypatch.delattr(os, "register_at_fork")
    cache, question = AnswerCache[str](10, 256), Question[str]()
    after_fork_in_child(lambda: cache.forget(None))
    _keep(cache, question, "acme", "yes")
    assert cache.find(question, "acme", NOON) == "yes"
