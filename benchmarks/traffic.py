"""Zipf-distributed traffic over many accounts, and the bytes of what is kept of it.

Prints one line of JSON. Nothing here is held to a target.
"""

from __future__ import annotations

import json
import random
import tracemalloc
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from time import perf_counter

from scene import ROUTER, account, given, warm

from residency import Guard
from residency.consent import Ledger, MemoryStore


def zipf(number: int, draws: int, *, seed: int = 7) -> list[int]:
    """Return draws from 0 up to a number, each as likely as its rank's inverse."""
    ranks = list(accumulate(1 / rank for rank in range(1, number + 1)))
    chance = random.Random(seed)
    order = list(range(number))
    chance.shuffle(order)
    return [order[bisect(ranks, chance.random() * ranks[-1])] for _ in range(draws)]


def traffic(number: int, *cache_sizes: int, draws: int = 300_000) -> Iterator[dict[str, float]]:
    """Yield the hit rate, and the seconds of a call, of Zipf-distributed requests for consents."""
    store = MemoryStore()
    accounts = [account(each) for each in range(number)]
    for each in accounts:
        store.append(given(each.id))
    subjects = [accounts[each] for each in zipf(number, draws)]
    for cache_size in cache_sizes:
        guard = Guard(ROUTER, Ledger(store), cache_size=cache_size)
        warm(guard, accounts[0])
        started = perf_counter()
        for subject in subjects:
            guard.decide(subject, "xm-fax", to="zone:US")
        seconds = (perf_counter() - started) / draws
        counted = guard.cache_statistics
        yield {"hit rate": counted.hits / (counted.hits + counted.misses), "seconds": seconds}


def bytes_an_answer(answers: int = 20_000) -> tuple[float, float]:
    """Return the bytes of a kept consent, and of a kept absence, its account's own not counted."""
    sizes = list[float]()
    for has_consent in (True, False):
        store = MemoryStore()
        accounts = [account(each) for each in range(answers)]
        for each in accounts if has_consent else []:
            store.append(given(each.id))
        guard = Guard(ROUTER, Ledger(store), cache_size=answers)
        warm(guard, accounts[0])
        tracemalloc.start()
        for each in accounts:
            guard.decide(each, "xm-fax", to="zone:US")
        sizes.append(tracemalloc.get_traced_memory()[0] / answers)
        tracemalloc.stop()
    return sizes[0], sizes[1]


if __name__ == "__main__":
    consent, absence = bytes_an_answer()
    figures: dict[str, object] = {"bytes, consent": consent, "bytes, absence": absence}
    for number, sizes in ((1_000, (65_536,)), (100_000, (65_536,)), (1_000_000, (65_536, 8_192))):
        for size, found in zip(sizes, traffic(number, *sizes), strict=True):
            figures[f"{number} accounts, {size} kept"] = found
    print(json.dumps(figures))
