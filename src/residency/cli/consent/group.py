"""The commands of ``residency consent``."""

from __future__ import annotations

import click

from residency.cli.consent.end import revoke, withdraw
from residency.cli.consent.exchange import export, import_
from residency.cli.consent.give import give
from residency.cli.consent.impact import impact
from residency.cli.consent.look import list_, show

__all__ = ["consent"]


@click.group(no_args_is_help=False)
def consent() -> None:
    """Give, end, show and exchange consents, in the terms of ISO/IEC TS 27560."""


for _command in (give, withdraw, revoke, list_, show, export, import_, impact):
    consent.add_command(_command)
