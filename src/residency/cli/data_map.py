"""``residency data-map``: what is held for an account, where, and for how long."""

from __future__ import annotations

from datetime import date

import click

from residency.account import Account, Agreement
from residency.cli.columns import FORMATS, written
from residency.cli.files import open_sink
from residency.cli.options import (
    agreement_option,
    entity_option,
    output_option,
    policy_option,
    setup_date_option,
    today,
)
from residency.cli.subject import designations_in
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
@entity_option
@setup_date_option
@click.option(
    "--solution",
    "solutions",
    metavar="ID",
    multiple=True,
    help="A solution that the account uses; repeat it for several. All by default.",
)
@agreement_option
@click.option(
    "--account", "account_id", metavar="ID", default="account", help="The id of the account."
)
@click.option(
    "--designations",
    metavar="FILE",
    help="What designate wrote: where data of this account is said there, it is there.",
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
    agreements: tuple[Agreement, ...],
    account_id: str,
    designations: str | None,
    chosen: str,
    sink: str,
    policy: str,
) -> int:
    """Write what is held for an account from COUNTRY, where, and for how long.

    There is a row for each data category of each solution: what an answer to a request for access,
    erasure or portability starts from.
    """
    router = Router(load_policy(policy))
    account = Account(
        account_id, country, entity, setup_date=setup_date or today(), agreements=agreements
    )
    pinned = () if designations is None else tuple(designations_in(designations, account.id))
    found = data_map(router, account, designations=pinned, solutions=solutions or None)
    rows = [_cells(row) for row in found]
    shown = len(COLUMNS) - 1 if chosen == "text" else len(COLUMNS)
    with open_sink(sink) as stream:
        for line in written(chosen, COLUMNS[:shown], [row[:shown] for row in rows]):
            stream.write(line.encode())
    return 0
