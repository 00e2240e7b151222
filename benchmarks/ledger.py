"""Measure the ledger: look-ups, writes, freshness and verification, each beside its yardstick.

Prints one line of JSON, from which ``run.py ledger`` makes a table. All figures are medians of one
run on one machine; the yardsticks are measured in the same run, so that their ratios mean something
on another.
"""

import argparse
import gc
import json
import multiprocessing
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
from attrs import evolve

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from residency.consent import ConsentEvent, EventKind, Ledger, Validity
from residency.consent.sql import SqlStore, create_ledger, open_store, verify_ledger
from residency.consent.sql.chain import GENESIS, chain_hash, payload_of
from tests.consent.sql.cached import CachedReader
from tests.consent.sql.conftest import RECORD
from tests.servers.postgres import running

BOUND = 1.0
AT_ONCE = 100
FEW = 1_000


def main() -> None:
    """Measure, and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--tries", type=int, default=10_000)
    arguments = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="residency-bench-"))
    try:
        figures = {
            **look_ups(folder, arguments.records),
            **writes_sqlite(folder),
            **verification(folder),
            **withdrawals(sqlite(folder, "freshness"), arguments.tries, "SQLite"),
        }
        with running() as server:
            url = server.url(server.create_database())
            create_ledger(url)
            figures |= writes_postgres(url)
            figures |= withdrawals(url, arguments.tries, "PostgreSQL")
    finally:
        shutil.rmtree(folder)
    print(json.dumps(figures))


def median(call: Callable[[int], object], times: int) -> float:
    """Return the median time of a call, in seconds."""
    taken: list[float] = []
    gc.disable()
    for number in range(times):
        began = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - began)
    gc.enable()
    return statistics.median(taken)


def medians_in_turn(times: int, *calls: Callable[[int], object]) -> list[float]:
    """Return the median seconds of each of several calls in turn: a disk is not always alike."""
    taken: list[list[float]] = [[] for _ in calls]
    gc.disable()
    for number in range(times):
        for call, kept in zip(calls, taken, strict=True):
            began = time.perf_counter()
            call(number)
            kept.append(time.perf_counter() - began)
    gc.enable()
    return [statistics.median(kept) for kept in taken]


def sqlite(folder: Path, name: str) -> str:
    """Make a ledger in a file."""
    url = f"sqlite:///{folder / name}.db"
    create_ledger(url)
    return url


def fill(path: Path, count: int) -> None:
    """Write many events at once, as the store would have written them one by one."""

    def rows() -> Iterator[tuple[object, ...]]:
        previous = GENESIS
        for position in range(1, count + 1):
            record = evolve(RECORD, record_id=f"record-{position}", account=f"account-{position}")
            event = ConsentEvent(
                event_id=f"given:{record.record_id}",
                kind=EventKind.GIVEN,
                record_id=record.record_id,
                account=record.account,
                event_time=record.event_time,
                record=record,
            )
            payload = payload_of(event, position, 1)
            digest = chain_hash(previous, payload)
            yield (position, event.event_id, record.account, 1, record.record_id, "given", payload,
                   previous, digest)  # fmt: skip
            previous = digest

    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        nine = ",".join("?" * 9)
        connection.executemany(f"INSERT INTO residency_event VALUES ({nine})", rows())
        connection.execute("INSERT INTO residency_account SELECT account, 1 FROM residency_event")
        connection.execute(
            "UPDATE residency_ledger SET (position, hash) = (SELECT position, hash"
            " FROM residency_event ORDER BY position DESC LIMIT 1)"
        )
    connection.close()


def _select(raw: sqlite3.Connection, names: list[str], number: int) -> object:
    query = "SELECT * FROM residency_event WHERE account = ?"
    return raw.execute(query, (names[number],)).fetchall()


def _look_up(store: SqlStore, names: list[str], number: int) -> object:
    return store.events(names[number])


def look_ups(folder: Path, count: int) -> dict[str, float]:
    """Compare the cold look-up with a raw SELECT of the same row, and with a small ledger."""
    costs: dict[int, tuple[float, float]] = {}
    for size in (FEW, count):
        url = sqlite(folder, f"look-up-{size}")
        path = folder / f"look-up-{size}.db"
        fill(path, size)
        store = open_store(url)
        raw = sqlite3.connect(path)
        names = [f"account-{1 + number * 7_919 % size}" for number in range(20_000)]
        for number in range(len(names)):
            _select(raw, names, number)
            _look_up(store, names, number)
        rawly = median(partial(_select, raw, names), len(names))
        ours = median(partial(_look_up, store, names), len(names))
        costs[size] = ours, rawly
        raw.close()
        store.close()
    ours, rawly = costs[count]
    return {
        "cold look-up": ours / rawly,
        "cold look-up, in seconds": ours,
        "cold look-up among all": ours / costs[FEW][0],
        "cold look-up among all, in seconds": ours,
    }


def writes_sqlite(folder: Path) -> dict[str, float]:
    """Compare give and withdraw with a raw commit of a row as long, both with synchronous=FULL."""
    ledger = Ledger(open_store(sqlite(folder, "writes")))
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("CREATE TABLE raw (id INTEGER PRIMARY KEY, payload TEXT)")
    payload = "x" * 1_000

    def commit(number: int) -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO raw VALUES (?, ?)", (number, payload))
        raw.execute("COMMIT")

    times = 1_000
    records = [evolve(RECORD, record_id=f"r-{n}", account=f"a-{n}") for n in range(times)]
    rawly, give, withdraw = medians_in_turn(
        times,
        commit,
        lambda n: ledger.give(records[n]),
        lambda n: ledger.withdraw(records[n].record_id),
    )
    return {
        "give or withdraw, SQLite": max(give, withdraw) / rawly,
        "give or withdraw, SQLite, in seconds": max(give, withdraw),
    }


def writes_postgres(url: str) -> dict[str, float]:
    """Compare give and withdraw with a raw INSERT and commit on PostgreSQL."""
    ledger = Ledger(open_store(url))
    payload = "x" * 1_000
    times = 500
    with psycopg.connect(url) as raw:
        raw.execute("CREATE TABLE raw (id bigint PRIMARY KEY, payload text)")
        raw.commit()

        def commit(number: int) -> None:
            raw.execute("INSERT INTO raw VALUES (%s, %s)", (number, payload))
            raw.commit()

        rawly = median(commit, times)
    records = [evolve(RECORD, record_id=f"r-{n}", account=f"a-{n}") for n in range(times)]
    give = median(lambda n: ledger.give(records[n]), times)
    withdraw = median(lambda n: ledger.withdraw(records[n].record_id), times)
    look_up = median(lambda n: ledger.events(records[n].account), times)
    return {
        "give or withdraw, PostgreSQL": max(give, withdraw) / rawly,
        "give or withdraw, PostgreSQL, in seconds": max(give, withdraw),
        "cold look-up, PostgreSQL, in seconds": look_up,
    }


def verification(folder: Path) -> dict[str, float]:
    """Walk a short chain and a long one; say how fast, and how much more memory the long took."""
    memory: list[float] = []
    pace = 0.0
    for path in sorted(folder.glob("look-up-*.db"), key=lambda path: path.stat().st_size):
        began = time.perf_counter()
        found = verify_ledger(f"sqlite:///{path}")
        pace = found.events / (time.perf_counter() - began)
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        if found.broken is not None:
            raise SystemExit(f"the chain that was written here is broken: {found.broken}")
    return {"memory to verify all": memory[-1] - memory[0], "verified events a second": pace}


def _permits(reader: CachedReader, account: str) -> bool:
    return Validity.VALID in reader.validities(account).values()


def watch(url: str, bound: float, line: Connection) -> None:
    """Ask, in another process, for many accounts again and again, until each is seen withdrawn."""
    reader = CachedReader(open_store(url, max_staleness=bound))
    while True:
        accounts: set[str] = set(line.recv())
        valid: set[str] = set()
        while valid != accounts:
            valid = {
                each for each in accounts if Validity.VALID in reader.validities(each).values()
            }
        line.send(None)
        relied_on: dict[str, float] = {}
        seen: dict[str, float] = {}
        while len(seen) < len(accounts):
            for account in accounts - seen.keys():
                began = time.monotonic()
                if _permits(reader, account):
                    relied_on[account] = began
                else:
                    seen[account] = time.monotonic()
        line.send((relied_on, seen))


def withdrawals(url: str, tries: int, name: str) -> dict[str, float]:
    """Measure when another process sees a withdrawal, and how long it relied on the consent."""
    ledger = Ledger(open_store(url))
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe()
    watcher = context.Process(target=watch, args=(url, BOUND, theirs), daemon=True)
    watcher.start()
    relied: list[float] = []
    noticed: list[float] = []
    for start in range(0, tries, AT_ONCE):
        accounts = [f"watched-{number}" for number in range(start, start + AT_ONCE)]
        for account in accounts:
            ledger.give(evolve(RECORD, record_id=account, account=account))
        ours.send(accounts)
        ours.recv()
        returned: dict[str, float] = {}
        for account in accounts:
            ledger.withdraw(account)
            returned[account] = time.monotonic()
        relied_on, seen = ours.recv()
        relied += [relied_on.get(each, 0.0) - returned[each] for each in accounts]
        noticed += [seen[each] - returned[each] for each in accounts]
    watcher.kill()
    watcher.join()
    noticed.sort()
    longest = max(0.0, *relied)
    return {
        f"relied on elsewhere, {name}": longest / BOUND,
        f"relied on elsewhere, {name}, in seconds": longest,
        f"withdrawal seen elsewhere, {name}, 99th percentile in seconds": noticed[
            int(len(noticed) * 0.99)
        ],
    }


if __name__ == "__main__":
    main()
