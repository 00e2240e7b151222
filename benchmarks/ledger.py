"""Measure the ledger: look-ups, writes, freshness and verification, each beside its yardstick.

Run it with ``make bench``. All figures are medians of one run on one machine; the yardsticks are
measured in the same run, so that their ratios mean something on another.
"""

import argparse
import gc
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
MICRO = 1e6
MOST_TIMES_RAW = 8
MOST_GROWTH = 1.2
MOST_TIMES_COMMIT = 2


def main() -> int:
    """Measure, print, and say by the exit code whether every bound was kept."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--tries", type=int, default=10_000)
    arguments = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="residency-bench-"))
    try:
        kept = [
            look_ups(folder, arguments.records),
            writes_sqlite(folder),
            verification(folder),
            withdrawals(sqlite(folder, "freshness"), arguments.tries, "SQLite"),
        ]
        with running() as server:
            url = server.url(server.create_database())
            create_ledger(url)
            writes_postgres(url)
            kept.append(withdrawals(url, arguments.tries, "PostgreSQL"))
    finally:
        shutil.rmtree(folder)
    return 0 if all(kept) else 1


def report(what: str, value: str, *, kept: bool | None = None) -> None:
    """Print one figure, and whether it keeps its bound."""
    verdict = "" if kept is None else "   kept" if kept else "   NOT KEPT"
    print(f"{what:66} {value:>24}{verdict}", flush=True)


def median(call: Callable[[int], object], times: int) -> float:
    """Return the median time of a call, in microseconds."""
    taken: list[float] = []
    gc.disable()
    for number in range(times):
        began = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - began)
    gc.enable()
    return statistics.median(taken) * MICRO


def medians_in_turn(times: int, *calls: Callable[[int], object]) -> list[float]:
    """Return the median time of each of several calls, made in turn: a disk is not always alike."""
    taken: list[list[float]] = [[] for _ in calls]
    gc.disable()
    for number in range(times):
        for call, kept in zip(calls, taken, strict=True):
            began = time.perf_counter()
            call(number)
            kept.append(time.perf_counter() - began)
    gc.enable()
    return [statistics.median(kept) * MICRO for kept in taken]


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


def look_ups(folder: Path, count: int) -> bool:
    """Compare the cold look-up with a raw SELECT of the same row, and with a small ledger."""
    costs: dict[int, tuple[float, float]] = {}
    for size in (1_000, count):
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
        report(f"cold look-up among {size:,} records", f"{ours:.1f} µs, raw {rawly:.1f}")
    times_raw = costs[count][0] / costs[count][1]
    growth = costs[count][0] / costs[1_000][0]
    report(
        "  times the raw SELECT (at most 8)", f"{times_raw:.1f}", kept=times_raw <= MOST_TIMES_RAW
    )
    report(
        "  times its cost at 1,000 records (at most 1.2)",
        f"{growth:.2f}",
        kept=growth <= MOST_GROWTH,
    )
    return times_raw <= MOST_TIMES_RAW and growth <= MOST_GROWTH


def writes_sqlite(folder: Path) -> bool:
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
    worst = max(give, withdraw) / rawly
    figures = f"{give:.0f} and {withdraw:.0f} µs, raw {rawly:.0f}"
    report("SQLite: give and withdraw, and a raw commit", figures)
    report("  times the raw commit (at most 2)", f"{worst:.2f}", kept=worst <= MOST_TIMES_COMMIT)
    return worst <= MOST_TIMES_COMMIT


def writes_postgres(url: str) -> None:
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
    figures = f"{give:.0f} and {withdraw:.0f} µs, raw {rawly:.0f}"
    report("PostgreSQL: give and withdraw, and a raw commit", figures)
    report("  times the raw commit", f"{max(give, withdraw) / rawly:.2f}")
    report("PostgreSQL: cold look-up", f"{look_up:.0f} µs")


def verification(folder: Path) -> bool:
    """Walk a short chain and a long one; say how fast, and how much memory each took."""
    before = 0
    kept = True
    for path in sorted(folder.glob("look-up-*.db"), key=lambda path: path.stat().st_size):
        began = time.perf_counter()
        found = verify_ledger(f"sqlite:///{path}")
        taken = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        report(f"verify {found.events:,} events", f"{found.events / taken:,.0f} events/s")
        report("  largest memory of this process", f"{memory:.0f} MiB")
        kept = found.broken is None and (before == 0 or memory < before + 64)
        before = int(memory)
    return kept


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


def withdrawals(url: str, tries: int, name: str) -> bool:
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
    figures = f"{noticed[int(len(noticed) * 0.99)] * 1000:.0f} ms"
    report(f"{name}: withdrawal seen elsewhere, 99th of {len(noticed):,}", figures)
    longest = max(0.0, *relied)
    figures = f"{longest * 1000:.0f} ms"
    report(
        f"  longest relied on after it returned (at most {BOUND} s)", figures, kept=longest <= BOUND
    )
    return longest <= BOUND


if __name__ == "__main__":
    sys.exit(main())
