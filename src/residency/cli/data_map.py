"""``residency data-map``: what is held for an account, where, and for how long."""

from __future__ import annotations

from datetime import date

import click

from residency.account import Account
from residency.cli.columns import FORMATS, written
from residency.cli.files import open_sink
from residency.cli.options import checked, output_option, policy_option, today
from residency.cli.values import read_day
from residency.placement import Router
from residency.policy import load_policy
from residency.retention import DataMapRow, data_map

__all__ = ["COLUMNS", "data_map_command"]

COLUMNS = (
    "solution",
    "category",
    "zone",
    "hosting",
    "hosting_kind",
    "retention",
    "retention_clause",
    "clause",
    "policy",
)
"""The columns of the data map, in order."""


def _cells(row: DataMapRow) -> tuple[object, ...]:
    kept = row.retention
    return (
        row.placement.solution,
        None if kept is None else kept.category,
        row.placement.zone,
        row.placement.hosting,
        row.hosting_kind,
        None if kept is None else str(kept),
        None if kept is None else kept.clause,
        row.placement.basis,
        str(row.placement.policy),
    )


@click.command("data-map")
@click.argument("country")
@click.option("--entity", metavar="ID|NAME", help="The legal entity that processed the order.")
@click.option(
    "--setup-date",
    callback=checked(read_day),
    metavar="DAY",
    help="When it was set up; today by default.",
)
@click.option(
    "--solution",
    "solutions",
    metavar="ID",
    multiple=True,
    help="A solution that the account uses; repeat it for several. All by default.",
)
@click.option(
    "--format",
    "chosen",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="The format of the map; the text leaves out the policy.",
)
@output_option
@policy_option
def data_map_command(
    *,
    country: str,
    entity: str | None,
    setup_date: date | None,
    solutions: tuple[str, ...],
    chosen: str,
    sink: str,
    policy: str,
) -> int:
    """Write what is held for an account from COUNTRY, where, and for how long.

    There is a row for each data category of each solution: what an answer to a request for access,
    erasure or portability starts from.
    """
    router = Router(load_policy(policy))
    account = Account("account", country, entity, setup_date=setup_date or today())
    rows = [_cells(row) for row in data_map(router, account, solutions=solutions or None)]
    shown = len(COLUMNS) - 1 if chosen == "text" else len(COLUMNS)
    with open_sink(sink) as stream:
        for line in written(chosen, COLUMNS[:shown], [row[:shown] for row in rows]):
            stream.write(line.encode())
    return 0
