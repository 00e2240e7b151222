"""``residency table``: the whole decision table of a policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import click

from residency.cli.csvfile import write_csv
from residency.cli.files import open_sink
from residency.cli.jsonlines import write_json
from residency.cli.options import output_option, policy_option
from residency.placement import Router, TableRow
from residency.policy import load_policy

__all__ = ["COLUMNS", "as_csv", "as_json", "table"]

COLUMNS = (
    "territory",
    "start",
    "end",
    "entity",
    "solution",
    "zone",
    "hosting",
    "clause",
    "policy",
)
"""The columns of the table, in order."""


def as_csv(rows: Iterable[TableRow]) -> Iterator[str]:
    """Yield the table as lines of CSV, the header first."""
    yield write_csv(COLUMNS)
    for row in rows:
        yield write_csv(_cells(row))


def as_json(rows: Iterable[TableRow]) -> Iterator[str]:
    """Yield the table as the lines of a JSON array, one object for each row."""
    separator = "[\n"
    for row in rows:
        yield separator + write_json(dict(zip(COLUMNS, _cells(row), strict=True)))
        separator = ",\n"
    yield "\n]\n"


def _cells(row: TableRow) -> tuple[object, ...]:
    placement = row.placement
    return (
        placement.territory,
        _day(row.start),
        _day(row.end),
        row.entity,
        placement.solution,
        placement.zone,
        placement.hosting,
        placement.clause,
        str(placement.policy),
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_WRITERS = {"csv": as_csv, "json": as_json}


@click.command
@click.option(
    "--format",
    "chosen",
    type=click.Choice(list(_WRITERS)),
    default="csv",
    show_default=True,
    help="The format of the table.",
)
@output_option
@policy_option
def table(*, chosen: str, sink: str, policy: str) -> int:
    """Write the whole decision table: where each case is stored, and by which clause.

    A row holds from its start (the first day) until its end (the first day after it); nothing
    there means always. The entity is the legal entity that processed the order.
    """
    rows = Router(load_policy(policy)).table()
    with open_sink(sink) as stream:
        for line in _WRITERS[chosen](rows):
            stream.write(line.encode())
    return 0
