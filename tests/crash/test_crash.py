"""Nothing acknowledged is lost, nothing withdrawn is honoured: whatever is killed, and when."""

import os
import random
import signal
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from time import monotonic, sleep

from attrs import evolve

from residency.consent import Ledger
from residency.consent.sql import SqlStore, create_ledger, open_store, verify_ledger
from residency.errors import LedgerError
from tests.consent.sql.conftest import RECORD
from tests.crash.conftest import Start, times
from tests.crash.workers import contend, read_until_killed, write_until_killed
from tests.servers.postgres import running
from tests.servers.proxy import proxied

_KILLS = times("RESIDENCY_KILLS", 200)
_RESTARTS = times("RESIDENCY_RESTARTS", 4)
_SECONDS = times("RESIDENCY_SECONDS", 60 if os.environ.get("CI") else 10)
_PROCESSES = 8
_BOUND = 1.0


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


def _write(ledger: Ledger, number: int, stop: threading.Event, acknowledged: set[str]) -> None:
    """Give and withdraw until told to stop; what fails is tried again, as a client would."""
    given = 0
    while not stop.is_set():
        given += 1
        record_id = f"{number}-{given}"
        record = evolve(RECORD, record_id=record_id, account=f"account-{number}")
        _insist(partial(ledger.give, record))
        acknowledged.add(f"given:{record_id}")
        _insist(partial(ledger.withdraw, record_id))
        acknowledged.add(f"withdrawn:{record_id}")


def _insist(write: Callable[[], bool]) -> None:
    while True:
        try:
            write()
        except LedgerError:
            sleep(0.02)
        else:
            return


def _under_load(url: str, disturb: Callable[[], None], direct: str) -> None:
    """Let threads write while something disturbs the database; then check that nothing is lost."""
    store = open_store(url, timeout=2)
    stop = threading.Event()
    acknowledged: list[set[str]] = [set() for _ in range(4)]
    threads = [
        threading.Thread(target=_write, args=(Ledger(store), number, stop, acknowledged[number]))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    try:
        disturb()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for number, told in enumerate(acknowledged):
        held = {event.event_id for event in store.events(f"account-{number}")}
        assert told == held
    assert sum(map(len, acknowledged)) > 10
    found = verify_ledger(direct)
    assert (found.broken, found.events) == (None, sum(map(len, acknowledged)))
    store.close()


def test_a_server_stopped_hard_under_load_loses_nothing() -> None:
    """PostgreSQL is stopped at once and started again, several times, while four threads write."""
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
    """A proxy cuts all connections again and again, while four threads write."""
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
    permits: list[dict[str, float]] = []
    withdrawn: dict[str, float] = {}
    for pipe in running:
        assert pipe.poll(_SECONDS + 120)
        told, permitted, ended = pipe.recv()
        acknowledged |= told
        permits.append(permitted)
        for record_id, when in ended.items():
            withdrawn[record_id] = min(when, withdrawn.get(record_id, when))
    late = [
        (record_id, began - withdrawn[record_id])
        for permitted in permits
        for record_id, began in permitted.items()
        if record_id in withdrawn and began > withdrawn[record_id] + _BOUND
    ]
    assert late == []
    assert len(withdrawn) > _PROCESSES
    found = verify_ledger(url)
    assert (found.broken, found.events) == (None, len(acknowledged))
