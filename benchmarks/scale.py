"""Whether the warm call stays as cheap with a million accounts and a million records."""

from __future__ import annotations

import os
import random
import sys
from functools import cache
from itertools import cycle, islice
from time import perf_counter

import pyperf
from ratio import Timed, beside
from scene import ROUTER, account, given, warm

from residency import Guard, Router
from residency.consent import Ledger, MemoryStore

FEW = 1_000
MANY = [int(each) for each in os.environ.get("ACCOUNTS", "10000,100000,1000000").split(",")]
COUNTRIES = ("Germany", "France", "Poland")
IN_TURN = (100, 1_000, 50_000)  # the last is fewer than a guard keeps answers of


class World:
    """A ledger with one record for each of many accounts, and a guard that has met them all."""

    def __init__(self, number: int) -> None:
        store = MemoryStore()
        self.accounts = [account(each, COUNTRIES[each % len(COUNTRIES)]) for each in range(number)]
        for each in self.accounts:
            store.append(given(each.id))
        self.guard = Guard(Router(ROUTER.policy), Ledger(store))
        for each in self.accounts:
            self.guard.decide(each, "xm-fax", to="zone:US")

    def timed(self, to: str, busy: int) -> Timed:
        """Return how to time calls for so many accounts in turn, which are spread over all."""
        chosen = random.Random(1).sample(self.accounts, busy)
        for each in chosen:
            warm(self.guard, each)
        turns = cycle(chosen)

        def calls(loops: int) -> float:
            decide = self.guard.decide
            subjects = [*islice(turns, loops)]
            started = perf_counter()
            for subject in subjects:
                decide(subject, "xm-fax", to=to)
            return perf_counter() - started

        return calls


world = cache(World)


def ratio(loops: int, number: int, to: str, busy: int) -> float:
    """Return the cost with many accounts in costs with few."""
    return beside(world(number).timed(to, busy), world(FEW).timed(to, min(busy, FEW)))(loops)


if __name__ == "__main__":
    runner = pyperf.Runner()
    for number in MANY:
        for label, to in (("within zone", "zone:EU"), ("consent", "zone:US")):
            for busy in IN_TURN:
                if busy <= number:
                    name = f"{number} accounts, {label}, {busy} in turn"
                    runner.bench_time_func(name, ratio, number, to, busy)
    # To take a million accounts apart one by one takes a minute.
    sys.stdout.flush()
    os._exit(0)
