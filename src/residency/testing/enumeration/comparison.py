"""The comparison of two sides over the whole enumeration, part by part, on several processors.

Whatever the number of processes, the parts come in the same order with the same results.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from typing import Final, NamedTuple

from attrs import frozen

from residency.placement import Router
from residency.policy import read_policy
from residency.testing.enumeration.sides import EngineSide, ReferenceSide, Side
from residency.testing.enumeration.stages import STAGES, Part, World
from residency.testing.source import read_document

__all__ = ["Bench", "Difference", "Outcome", "Task", "compare", "parts_of"]


class Difference(NamedTuple):
    """An input that the two sides answer differently.

    Args:
        stage: the stage in which it was asked.
        input: the canonical line of the input.
        found: what the engine answers.
        expected: what the other side answers.
    """

    stage: str
    input: str
    found: str
    expected: str


class Outcome(NamedTuple):
    """What came of one part.

    Args:
        part: which one.
        compared: how many inputs it has.
        agreed: how many of them both sides answered alike.
        digest: the SHA-256 of its lines, each an input, a tab, what the engine answered and a line
            feed, in UTF-8.
        differences: the inputs that were not, in order; no more than were asked for.
    """

    part: Part
    compared: int
    agreed: int
    digest: str
    differences: tuple[Difference, ...]


@frozen(slots=True)
class Task:
    """What is compared with what.

    Args:
        policy: the bytes of the policy document that the engine decides by.
        against: the bytes of another one, by which the engine is the other side too; None for the
            reference evaluator as the other side.
        stages: the stages, in the order of :data:`STAGES`.
        keep: the most differences that a part's outcome names; None for all.
    """

    policy: bytes
    against: bytes | None = None
    stages: Sequence[str] = tuple(STAGES)
    keep: int | None = 10


class Bench:
    """Everything that the comparison of a part needs.

    Args:
        task: what is compared.

    Raises:
        PolicyError: a document is refused.
    """

    def __init__(self, task: Task) -> None:
        self._keep = task.keep
        self._router = Router(read_policy(task.policy))
        self._other = None if task.against is None else Router(read_policy(task.against))
        documents = [task.policy] if task.against is None else [task.policy, task.against]
        self.world = World(*map(read_document, documents))

    def compare(self, part: Part) -> Outcome:
        """Ask both sides every question of a part."""
        # New sides for each part, so that what they keep is bounded.
        one: Side = EngineSide(self._router)
        two: Side = ReferenceSide(self.world.document)
        if self._other is not None:
            two = EngineSide(self._other)
        cases = tuple(STAGES[part.stage].cases(self.world, part.number))
        # First the one is asked all of it, then the other: to go to and fro takes longer.
        found, expected = list(map(one.answer, cases)), list(map(two.answer, cases))
        lines = [case.line for case in cases]
        told = "".join(f"{line}\t{answer}\n" for line, answer in zip(lines, found, strict=True))
        differences = [
            Difference(part.stage, *each)
            for each in zip(lines, found, expected, strict=True)
            if each[1] != each[2]
        ]
        agreed = len(cases) - len(differences)
        digest = sha256(told.encode()).hexdigest()
        return Outcome(part, len(cases), agreed, digest, tuple(differences[: self._keep]))


def parts_of(world: World, stages: Sequence[str]) -> tuple[Part, ...]:
    """Return the parts of the stages, in order."""
    return tuple(
        Part(name, number) for name in stages for number in range(STAGES[name].size(world))
    )


def compare(task: Task, parts: Sequence[Part], *, jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of each part, in order.

    Args:
        task: what is compared.
        parts: the parts, as :func:`parts_of` returns them.
        jobs: how many processes share the work; 1 for this one alone.

    Raises:
        PolicyError: a document is refused.
    """
    if jobs == 1:
        yield from map(Bench(task).compare, parts)
        return
    # Started anew rather than forked: a fork of a process with threads may never wake up.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start, (task,)) as pool:
        try:
            yield from pool.map(_compare, parts)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


_BENCH: Final[list[Bench]] = []


def _start(task: Task) -> None:  # pragma: no cover - runs in the other processes
    # An interrupt is for the parent, which then ends them all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _BENCH[:] = [Bench(task)]


def _compare(part: Part) -> Outcome:  # pragma: no cover - as above
    return _BENCH[0].compare(part)
