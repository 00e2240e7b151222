"""What a look-up of one account's answer waits for, by how its answer is laid out in memory.

Each layout answers for as many accounts as they are asked about in turn, spread over a million and
over a thousand, and the two are timed in alternation. Printed is what a call takes more among the
million, in nanoseconds, and the quotient of both. Nothing but the look-up is timed: a decision adds
to both sides what does not depend on the number of accounts.
"""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle, islice
from statistics import median
from time import perf_counter, time
from typing import NamedTuple

from ratio import Timed
from scale import FEW, MANY, World

from residency import Account, Decision

IN_TURN = (100, 1_000, 50_000)
LOOPS = 512
TURNS = 400

Known = Sequence[tuple[Account, Decision]]
Call = Callable[[Account], object]


def in_account(known: Known) -> Call:
    """Touch the account and its id, without which no call can tell whose answer is meant."""
    del known
    return lambda subject: subject.id


def in_set(known: Known) -> Call:
    """Ask whether there is an answer at all, which touches a slot of the table as well."""
    met = {subject.id for subject, _ in known}
    return lambda subject: subject.id in met


def shared_span(known: Known) -> Call:
    """And return a decision; one span of time, which has to move on as answers age, for all."""
    answers = {subject.id: decision for subject, decision in known}
    since, until = 0.0, 4e9

    def call(subject: Account) -> Decision | None:
        decision = answers[subject.id]
        return decision if since < time() < until else None

    return call


def shared_moments(known: Known) -> Call:
    """Each answer with two moments that it shares with others: round ones, inside of its own."""
    moments = 0.0, 4e9
    answers = {subject.id: (decision, *moments) for subject, decision in known}

    def call(subject: Account) -> Decision | None:
        decision, since, until = answers[subject.id]
        return decision if since < time() < until else None

    return call


def complex_span(known: Known) -> Call:
    """The two moments of each answer in one object: the parts of a complex number."""
    answers = {
        subject.id: (decision, complex(number, 4e9 + number))
        for number, (subject, decision) in enumerate(known)
    }

    def call(subject: Account) -> Decision | None:
        decision, span = answers[subject.id]
        return decision if span.real < time() < span.imag else None

    return call


def two_moments(known: Known) -> Call:
    """Each answer with its two moments, as the guard keeps them."""
    answers = {
        subject.id: (decision, float(number), 4e9 + number)
        for number, (subject, decision) in enumerate(known)
    }

    def call(subject: Account) -> Decision | None:
        decision, since, until = answers[subject.id]
        return decision if since < time() < until else None

    return call


class Met(NamedTuple):
    """Many accounts, and what was decided for each, and the call that decides as users do."""

    known: Known
    decide: Call

    @classmethod
    def of(cls, number: int) -> Met:
        """Make them."""
        world = World(number)
        decide = partial(world.guard.decide, solution="xm-fax", to="zone:US")
        return cls([(each, decide(each)) for each in world.accounts], decide)


LAYOUTS: dict[str, tuple[int, Callable[[Known], Call]]] = {
    "the account and its id": (2, in_account),
    "is there an answer?": (3, in_set),
    "one span for all answers": (5, shared_span),
    "two moments that many share": (6, shared_moments),
    "its two moments in one object": (7, complex_span),
    "two moments each": (8, two_moments),
}
"""By name: how many places in memory a call touches that no other account's call does, and how."""


def timed(call: Call, subjects: Sequence[Account], busy: int) -> Timed:
    """Return how to time calls for so many accounts in turn, which are spread over all."""
    turns = cycle(random.Random(1).sample(subjects, min(busy, len(subjects))))

    def calls(loops: int) -> float:
        chosen = [*islice(turns, loops)]
        started = perf_counter()
        for subject in chosen:
            call(subject)
        return perf_counter() - started

    return calls


def compared(few: tuple[Call, Known], many: tuple[Call, Known], busy: int) -> str:
    """Return what many accounts cost more than few."""
    fast, slow = (timed(call, [each for each, _ in known], busy) for call, known in (few, many))
    for each in (slow, fast):
        each(busy)
    turns = [(slow(LOOPS) / LOOPS, fast(LOOPS) / LOOPS) for _ in range(TURNS)]
    more = median(many - few for many, few in turns) * 1e9
    return f"{more:+.0f} ns, {median(many / few for many, few in turns):.2f}"


def main() -> None:
    """Measure, and print a table."""
    few, many = Met.of(FEW), Met.of(MANY[-1])
    gc.freeze()
    columns = " | ".join(f"{busy:,} in turn" for busy in IN_TURN)
    print(f"| layout | places touched | {columns} |")
    print(f"| --- | --- |{' --- |' * len(IN_TURN)}")
    for name, (places, layout) in LAYOUTS.items():
        sides = (layout(few.known), few.known), (layout(many.known), many.known)
        found = " | ".join(compared(*sides, busy) for busy in IN_TURN)
        print(f"| {name} | {places} | {found} |", flush=True)
    sides = (few.decide, few.known), (many.decide, many.known)
    found = " | ".join(compared(*sides, busy) for busy in IN_TURN)
    print(f"| `guard.decide`, two moments each | 8 | {found} |", flush=True)


if __name__ == "__main__":
    main()
    # To take a million accounts apart one by one takes a minute.
    sys.stdout.flush()
    os._exit(0)
