"""Nothing acknowledged is lost, nothing withdrawn is honoured: whatever is killed, and when."""

import os
import random
import signal
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from time import monotonic, sleep
from typing import Self

import pytest
from attrs import evolve

from residency import Reason
from residency.consent import Ledger
from residency.consent.sql import SqlStore, create_ledger, open_store, verify_ledger
from residency.errors import LedgerError
from tests.consent.sql.conftest import RECORD
from tests.crash.conftest import Start, times
from tests.crash.workers import Seen, Worker, contend, read_until_killed, write_until_killed
from tests.servers.postgres import running
from tests.servers.proxy import proxied

pytestmark = [pytest.mark.once, pytest.mark.untraced]

_KILLS = times("RESIDENCY_KILLS", 200)
_RESTARTS = times("RESIDENCY_RESTARTS", 4)
_SECONDS = times("RESIDENCY_SECONDS", 60)
_PROCESSES = 8
_WRITERS = 4
_BOUND = 1.0
_PATIENCE = 120


def _drain(pipe: Connection) -> set[str]:
    """Return what a process that is dead has told, but for a message that it was cut off in."""
    told: set[str] = set()
    try:
        while pipe.poll():
            told.add(pipe.recv_bytes().decode())
    except (EOFError, OSError):
        pass
    return told


def test_kill_9_loses_nothing(url: str, start: Start, open_at: Callable[..., SqlStore]) -> None:
    """After each of many kills at random moments, every acknowledged event is held and chained."""
    chance = random.Random(9)
    store = open_at(url, timeout=30)
    acknowledged = 0
    for number in range(_KILLS):
        account = f"account-{number}"
        process, pipe = start(write_until_killed, url, account)
        if number % 10:  # some are killed before they have done anything
            assert pipe.poll(60)
        sleep(chance.random() * 0.03)
        process.kill()
        process.join()
        told = _drain(pipe)
        held = {event.event_id for event in store.events(account)}
        assert told <= held
        # At most the one event that was written, and whose answer was not heard any more.
        assert len(held - told) <= 1
        assert verify_ledger(url).broken is None
        acknowledged += len(told)
    assert acknowledged > _KILLS
    assert verify_ledger(url).events >= acknowledged


class _Load:
    """Threads that give and withdraw, and one with a store of its own that decides meanwhile."""

    def __init__(self, url: str) -> None:
        self._stop = threading.Event()
        self._stores = open_store(url, timeout=2), open_store(url, timeout=2, max_staleness=_BOUND)
        self.acknowledged: list[set[str]] = [set() for _ in range(_WRITERS)]
        self.withdrawn: Seen = {}
        self.permitted: Seen = {}
        self._decided = threading.Event()

    def __enter__(self) -> Self:
        self._threads = [
            threading.Thread(target=self._write, args=(number,)) for number in range(_WRITERS)
        ]
        self._threads.append(threading.Thread(target=self._decide))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for store in self._stores:
            store.close()

    def _write(self, number: int) -> None:
        """Give and withdraw until told to stop; what fails is tried again, as a client would."""
        ledger, acknowledged = Ledger(self._stores[0]), self.acknowledged[number]
        account = f"account-{number}"
        for given in count(1):
            record_id = f"{number}-{given}"
            _insist(partial(ledger.give, evolve(RECORD, record_id=record_id, account=account)))
            acknowledged.add(f"given:{record_id}")
            if self._stop.is_set():
                return
            if given > 1:  # so that there is always one that is valid
                record_id = f"{number}-{given - 1}"
                _insist(partial(ledger.withdraw, record_id))
                self.withdrawn[record_id] = monotonic()
                acknowledged.add(f"withdrawn:{record_id}")

    def _decide(self) -> None:
        worker = Worker(Ledger(self._stores[1]))
        while not self._stop.is_set():
            for number in range(_WRITERS):
                decision = worker.note(f"account-{number}", self.permitted)
                if decision.reason is not Reason.LEDGER_UNAVAILABLE:
                    self._decided.set()

    def goes_on(self) -> None:
        """Wait until each thread has gone on by itself; on a busy machine that may last."""
        self._decided.clear()
        before = [len(told) for told in self.acknowledged]
        deadline = monotonic() + _PATIENCE
        while not (
            self._decided.is_set()
            and all(len(t) > n + 2 for t, n in zip(self.acknowledged, before, strict=True))
            and self.permitted.keys() & self.withdrawn.keys()
        ):
            assert monotonic() < deadline, "writers and decisions recover without a restart"
            sleep(0.01)


def _insist(write: Callable[[], bool]) -> None:
    while True:
        try:
            write()
        except LedgerError:
            sleep(0.02)
        else:
            return


def _late(permitted: Seen, withdrawn: Seen) -> list[tuple[str, float]]:
    """Return what was permitted later than the bound after its withdrawal had returned."""
    return [
        (record_id, began - withdrawn[record_id])
        for record_id, began in permitted.items()
        if record_id in withdrawn and began > withdrawn[record_id] + _BOUND
    ]


def _under_load(url: str, disturb: Callable[[], None], direct: str) -> None:
    """Disturb the database under load; nothing is lost, permitted too late, or left denied."""
    with _Load(url) as load:
        disturb()
        load.goes_on()
    store = open_store(direct)
    for number, told in enumerate(load.acknowledged):
        assert told == {event.event_id for event in store.events(f"account-{number}")}
    store.close()
    acknowledged = sum(map(len, load.acknowledged))
    found = verify_ledger(direct)
    assert (found.broken, found.events) == (None, acknowledged)
    assert _late(load.permitted, load.withdrawn) == []


def test_a_server_stopped_hard_under_load_loses_nothing() -> None:
    """PostgreSQL is stopped at once and started again, several times, while threads use it."""
    with running() as server:
        url = server.url(server.create_database())
        create_ledger(url)

        def disturb() -> None:
            for _ in range(_RESTARTS):
                sleep(0.5)
                server.stop(signal.SIGQUIT)
                sleep(0.1)
                server.start()
            sleep(0.5)

        _under_load(url, disturb, url)


def test_connections_cut_under_load_lose_nothing() -> None:
    """A proxy cuts all connections again and again, while threads use them."""
    with running("fsync=off") as server:
        name = server.create_database()
        create_ledger(server.url(name))
        with proxied(server.port) as proxy:

            def disturb() -> None:
                chance = random.Random(7)
                for _ in range(10 * _RESTARTS):
                    sleep(chance.random() * 0.1)
                    proxy.cut()

            _under_load(server.url(name, port=proxy.port), disturb, server.url(name))


def test_a_paused_worker_does_not_answer_from_what_it_kept(
    url: str, start: Start, open_at: Callable[..., SqlStore]
) -> None:
    """A worker stopped for longer than the bound, and let go, permits nothing withdrawn."""
    ledger = Ledger(open_at(url))
    ledger.give(RECORD)
    process, pipe = start(read_until_killed, url, _BOUND)
    while not pipe.recv()[1]:
        pass
    assert process.pid
    os.kill(process.pid, signal.SIGSTOP)
    ledger.withdraw("consent-1")
    withdrawn = monotonic()
    sleep(2 * _BOUND)
    while pipe.poll():  # what it said before it was stopped
        pipe.recv()
        if not pipe.poll(0.05):
            break
    os.kill(process.pid, signal.SIGCONT)
    answers = [pipe.recv() for _ in range(100)]
    late = [valid for began, valid in answers if began > withdrawn + _BOUND]
    assert late
    assert not any(late)


def test_eight_processes_on_one_ledger(url: str, start: Start) -> None:
    """Eight processes give, withdraw and decide: none is lost, none permitted past the bound."""
    running = [start(contend, url, _BOUND, float(_SECONDS), n)[1] for n in range(_PROCESSES)]
    acknowledged: set[str] = set()
    permits: list[Seen] = []
    withdrawn: Seen = {}
    for pipe in running:
        assert pipe.poll(_SECONDS + 120)
        told, permitted, ended = pipe.recv()
        acknowledged |= told
        permits.append(permitted)
        for record_id, when in ended.items():
            withdrawn[record_id] = min(when, withdrawn.get(record_id, when))
    assert [late for permitted in permits for late in _late(permitted, withdrawn)] == []
    assert len(withdrawn) > _PROCESSES
    found = verify_ledger(url)
    assert (found.broken, found.events) == (None, len(acknowledged))
