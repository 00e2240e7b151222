"""``residency verify``: the engine compared with the reference, over everything there is to ask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING

import click

from residency.cli.apart import require_apart
from residency.cli.files import open_sink
from residency.cli.jsonlines import write_json
from residency.cli.options import policy_argument
from residency.cli.progress import progress
from residency.policy import read_policy
from residency.policy.source import read_source

if TYPE_CHECKING:
    from residency.testing.enumeration import Outcome, Part, Tally, Task

# The reference evaluator reads all its data when it is imported: no other command waits for that.

__all__ = ["STAGE_NAMES", "summary", "verify"]

STAGE_NAMES = (
    "typed",
    "places",
    "placements",
    "transfers",
    "countries",
    "consents",
    "sources",
    "exemptions",
    "retention",
    "data-maps",
)
"""The stages of the enumeration, in order."""


def summary(tally: Tally, seconds: float) -> Iterator[str]:
    """Yield lines that say what was compared, how much of it agreed, and how long it took."""
    for name, stage in tally.stages.items():
        yield f"{name:<12}{stage.compared:>12,} compared {stage.agreed:>12,} agreed"
    yield f"{tally.compared:,} decisions compared, {tally.agreed:,} agreed, in {seconds:.1f} s"
    for each in tally.differences:
        yield click.style("Differs", fg="red") + f" ({each.stage}): {each.input}"
        yield f"  the engine says    {each.found}"
        yield f"  the reference says {each.expected}"
    more = tally.compared - tally.agreed - len(tally.differences)
    if more:
        yield f"and {more:,} more"


def _outcomes(task: Task, parts: tuple[Part, ...], jobs: int) -> Iterator[Outcome]:
    from residency.testing.enumeration import compare

    with progress(len(parts), unit=" parts") as show:
        for done, outcome in enumerate(compare(task, parts, jobs=jobs), 1):
            show(done)
            yield outcome


@click.command
@policy_argument
@click.option(
    "--against",
    metavar="NAME|PATH",
    help="List every input that this other policy decides otherwise, as JSON Lines.",
)
@click.option("--evidence", "sink", metavar="FILE|-", help="Write the evidence as JSON.")
@click.option(
    "--stage",
    "stages",
    type=click.Choice(STAGE_NAMES),
    multiple=True,
    help="Only this stage; repeat it for several.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=os.cpu_count,
    help="How many processes share the work; by default one for each processor.",
)
def verify(
    *, policy: str, against: str | None, sink: str | None, stages: tuple[str, ...], jobs: int
) -> int:
    """Compare the engine with the reference evaluator, over everything there is to ask of POLICY.

    The exit code is 1 if any two answers differ; the first that do are listed. With --against, the
    engine decides by both policies, and every input whose answers differ is a line of the output.
    """
    from residency.testing.enumeration import (
        Bench,
        Tally,
        Task,
        evidence,
        evidence_text,
        parts_of,
    )

    if against is not None and sink is not None:
        message = "--evidence is of a comparison with the reference: leave --against out"
        raise click.UsageError(message)
    if sink is not None:
        require_apart("--evidence", sink, {"policy": policy})
    chosen = tuple(name for name in STAGE_NAMES if name in stages or not stages)
    data = read_source(policy)
    other = None if against is None else read_source(against)
    task = Task(data, other, chosen, keep=10 if other is None else None)
    parts = parts_of(Bench(task).world, chosen)
    if other is not None:
        return _list_differences(task, parts, jobs)
    started, tally = perf_counter(), Tally()
    for outcome in _outcomes(task, parts, jobs):
        tally.add(outcome)
    read = read_policy(data)
    if sink is not None:
        with open_sink(sink) as stream:
            stream.write(evidence_text(evidence(read, data, tally)).encode())
    click.echo(str(read.reference), err=sink == "-")
    for line in summary(tally, perf_counter() - started):
        click.echo(line, err=sink == "-")
    return 0 if tally.agreed == tally.compared else 1


def _list_differences(task: Task, parts: tuple[Part, ...], jobs: int) -> int:
    code = 0
    for outcome in _outcomes(task, parts, jobs):
        for each in outcome.differences:
            fields = {
                "stage": each.stage,
                "input": each.input,
                "before": each.found,
                "after": each.expected,
            }
            click.echo(write_json(fields))
            code = 1
    return code
