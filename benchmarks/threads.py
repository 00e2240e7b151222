"""Eight threads beside one: decisions a second together, and the slowest in a thousand."""

from __future__ import annotations

from threading import Barrier, Thread
from time import perf_counter, perf_counter_ns

import pyperf
from scene import account, guards, warm

acme = account(1)
guard, _ = guards(acme)
warm(guard, acme)

CALLS = 100_000


def work(calls: int) -> None:
    """Decide so many times, half within the zone and half by consent."""
    decide = guard.decide
    for _ in range(calls // 2):
        decide(acme, "xm-fax", to="zone:EU")
        decide(acme, "xm-fax", to="zone:US")


def together(threads: int, calls: int = CALLS) -> float:
    """Return the seconds that some threads need for a number of calls between them."""
    barrier = Barrier(threads + 1)

    def run() -> None:
        barrier.wait()
        work(calls // threads)

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    barrier.wait()
    started = perf_counter()
    for thread in running:
        thread.join()
    return perf_counter() - started


def slowest_in_a_thousand(threads: int = 8, calls: int = 20_000) -> float:
    """Return the 99.9th percentile, in seconds, of single calls while all threads decide."""
    found: list[int] = []

    def run() -> None:
        times = [0] * calls
        decide = guard.decide
        for each in range(calls):
            started = perf_counter_ns()
            decide(acme, "xm-fax", to="zone:US")
            times[each] = perf_counter_ns() - started
        found.extend(times)

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sorted(found)[len(found) * 999 // 1_000] / 1e9


def throughput(loops: int) -> float:
    """Return the decisions a second of eight threads, in those of one (as seconds, for pyperf)."""
    quotients = sorted(together(1) / together(8) for _ in range(5))
    return quotients[2] * loops


if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_time_func("eight threads, throughput", throughput)
    runner.bench_time_func(
        "eight threads, 99.9th percentile in seconds",
        lambda loops: slowest_in_a_thousand() * loops,
    )
