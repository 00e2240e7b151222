"""Options of the commands that work on a ledger in a database."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from residency.cli.files import STANDARD
from residency.cli.options import checked
from residency.cli.values import read_moment

__all__ = ["at_option", "input_option", "now", "required_ledger_option"]

at_option = click.option(
    "--at", callback=checked(read_moment), metavar="MOMENT", help="The moment; now by default."
)

required_ledger_option = click.option(
    "--ledger",
    "ledger_url",
    metavar="URL",
    required=True,
    envvar="RESIDENCY_LEDGER",
    show_envvar=True,
    help="The ledger: sqlite:///PATH or postgresql://USER@HOST/DATABASE.",
)

input_option = click.option(
    "--input",
    "source",
    metavar="FILE|-",
    default=STANDARD,
    show_default=True,
    help="What to read, as JSON Lines.",
)


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)
