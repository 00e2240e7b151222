"""The warm calls, each as one statement, in multiples of the floor."""

from __future__ import annotations

import asyncio
from time import perf_counter

import pyperf
from ratio import alone, beside, statement
from scene import Floor, account, guards, warm

from residency import TransferBlocked
from residency.geography import normalise

consenting, silent = account(1), account(2)
guard, shared = guards(consenting)
for each in (guard, shared):
    for subject in (consenting, silent):
        warm(each, subject)
designation = guard.designate(consenting, "xm-fax")
warmed = guard.decide(designation, to="zone:US")
guard.place(consenting, "xm-fax")

NAMES = {
    "TransferBlocked": TransferBlocked,
    "acme": consenting,
    "designation": designation,
    "floor": Floor({(consenting.key, "xm-fax"): warmed}),
    "guard": guard,
    "key": consenting.key,
    "normalise": normalise,
    "other": silent,
    "shared": shared,
}
CALLS = {
    "floor": 'floor.get(key, "xm-fax")',
    "place": 'guard.place(acme, "xm-fax")',
    "enforce, within zone": 'guard.enforce(acme, "xm-fax", to="zone:EU")',
    "decide, consent": 'guard.decide(acme, "xm-fax", to="zone:US")',
    "decide, consent, designation": 'guard.decide(designation, to="zone:US")',
    "decide, consent, shared ledger": 'shared.decide(acme, "xm-fax", to="zone:US")',
    "decide, no consent": 'guard.decide(other, "xm-fax", to="zone:US")',
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
