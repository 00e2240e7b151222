"""The warm calls, each as one statement, in multiples of the floor."""

from __future__ import annotations

import asyncio
from itertools import count
from time import perf_counter

import pyperf
from ratio import alone, beside, statement
from scene import Floor, account, guards, warm

from residency import TransferBlocked
from residency.errors import CountryError
from residency.geography import normalise

consenting, silent = account(1), account(2)
guard, shared = guards(consenting)
for each in (guard, shared):
    for subject in (consenting, silent):
        warm(each, subject)
designation = guard.designate(consenting, "xm-fax")
warmed = guard.decide(designation, to="zone:US")
guard.place(consenting, "xm-fax")

# Texts that name no country, none of them twice: nothing that was kept can answer for them. A
# sign that folding turns into eighteen makes the longest text that there is to look up.
unknown = map("Atlantis {}".format, count())
costliest = map("{:\ufdfa>256}".format, count())

NAMES = {
    "CountryError": CountryError,
    "TransferBlocked": TransferBlocked,
    "acme": consenting,
    "costliest": costliest,
    "designation": designation,
    "floor": Floor({(consenting.key, "xm-fax"): warmed}),
    "guard": guard,
    "key": consenting.key,
    "normalise": normalise,
    "other": silent,
    "shared": shared,
    "unknown": unknown,
}
CALLS = {
    "floor": 'floor.get(key, "xm-fax")',
    "place": 'guard.place(acme, "xm-fax")',
    "enforce, within zone": 'guard.enforce(acme, "xm-fax", to="zone:EU")',
    "decide, consent": 'guard.decide(acme, "xm-fax", to="zone:US")',
    "decide, consent, designation": 'guard.decide(designation, to="zone:US")',
    "decide, consent, shared ledger": 'shared.decide(acme, "xm-fax", to="zone:US")',
    "decide, no consent": 'guard.decide(other, "xm-fax", to="zone:US")',
    "decide, no consent, shared ledger": 'shared.decide(other, "xm-fax", to="zone:US")',
    "normalise, code": 'normalise("DE")',
    "normalise, name": 'normalise("Germany")',
    "normalise, name in spaces": 'normalise("  Germany ")',
}


CALLS["enforce, blocked"] = """
try:
    guard.enforce(other, "xm-fax", to="zone:US")
except TransferBlocked:
    pass
"""
for name in ("unknown", "costliest"):
    CALLS[f"normalise, {name}"] = f"""
try:
    normalise(next({name}))
except CountryError:
    pass
"""
LOOP = asyncio.Runner()


def awaited(loops: int) -> float:
    """Time permits that are awaited."""

    async def run() -> float:
        times = range(loops)
        started = perf_counter()
        for _ in times:
            await guard.enforce_async(consenting, "xm-fax", to="zone:EU")
        return perf_counter() - started

    return LOOP.run(run())


TIMED = {name: statement(text, NAMES) for name, text in CALLS.items()}
TIMED["enforce_async, within zone"] = awaited

if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_time_func("floor, in seconds", alone(TIMED["floor"]))
    for name, timed in TIMED.items():
        runner.bench_time_func(name, beside(timed, TIMED["floor"]))
