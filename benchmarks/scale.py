"""Whether the warm call stays as cheap with a million accounts and a million records."""

from __future__ import annotations

import os
import random
import sys
from functools import cache
from itertools import cycle
from time import perf_counter

import pyperf
from ratio import Timed, beside
from scene import COUNTRIES, ROUTER, account, given, warm

from residency import Guard, Router
from residency.consent import Ledger, MemoryStore

FEW = 1_000
MANY = [int(each) for each in os.environ.get("ACCOUNTS", "10000,100000,1000000").split(",")]
CONSENTING = ("Germany", "France", "Poland")
_IN_TURN = 1_000


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
        # A thousand of them are busy at the moment; they are spread over all, and warm.
        chosen = random.Random(1).sample(
            [each for each in self.accounts if each.setup_country in CONSENTING], FEW // 4
        )
        self.busy = [each for each in chosen for _ in range(4)]
        for each in self.busy:
            warm(self.guard, each)

    def timed(self, to: str) -> Timed:
        """Return how to time calls for the busy accounts in turn."""

        def calls(loops: int) -> float:
            decide, turns = self.guard.decide, cycle(self.busy)
            subjects = [next(turns) for _ in range(loops)]
            started = perf_counter()
            for subject in subjects:
                decide(subject, "xm-fax", to=to)
            return perf_counter() - started

        return calls


world = cache(World)


def ratio(loops: int, number: int, to: str) -> float:
    """Return the cost with many accounts in costs with few."""
    return beside(world(number).timed(to), world(FEW).timed(to))(loops)


if __name__ == "__main__":
    runner = pyperf.Runner()
    for number in MANY:
        for label, to in (("within zone", "zone:EU"), ("consent", "zone:US")):
            runner.bench_time_func(f"{number} accounts, {label}", ratio, number, to)
    # To take a million accounts apart one by one takes a minute.
    sys.stdout.flush()
    os._exit(0)
