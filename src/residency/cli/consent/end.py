"""``residency consent withdraw`` and ``revoke``: end a consent for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click

from residency.cli.consent.options import at_option, required_ledger_option
from residency.consent import open_ledger

__all__ = ["revoke", "withdraw"]

_record = click.argument("record_id", metavar="RECORD")
_reason = click.option("--reason", metavar="TEXT", help="Why, in words.")


def _say(end: Callable[[], bool], record_id: str, done: str) -> None:
    new = end()
    click.echo(f"{record_id} is {done}" if new else f"{record_id} was {done} already")


@click.command
@required_ledger_option
@at_option
@_reason
@_record
def withdraw(ledger_url: str, record_id: str, at: datetime | None, reason: str | None) -> int:
    """Record that the customer withdrew the consent RECORD. It is final."""
    ledger = open_ledger(ledger_url)
    _say(lambda: ledger.withdraw(record_id, at=at, reason=reason), record_id, "withdrawn")
    return 0


@click.command
@required_ledger_option
@at_option
@_reason
@_record
def revoke(ledger_url: str, record_id: str, at: datetime | None, reason: str | None) -> int:
    """Record that another party than the customer ended the consent RECORD. It is final."""
    ledger = open_ledger(ledger_url)
    _say(lambda: ledger.revoke(record_id, at=at, reason=reason), record_id, "revoked")
    return 0
