"""``residency ledger``: make, upgrade, look at and verify a ledger in a database."""

from __future__ import annotations

from collections.abc import Iterator

import click

from residency.cli.consent.options import required_ledger_option
from residency.cli.files import open_sink, open_source
from residency.cli.jsonlines import read_json_lines, write_json
from residency.cli.lines import read_lines
from residency.cli.options import output_option
from residency.cli.progress import progress
from residency.cli.record import Broken
from residency.errors import ErrorKind, InputError

__all__ = ["ledger", "read_heads"]


@click.group(no_args_is_help=False)
def ledger() -> None:
    """Make, upgrade, look at and verify the consent ledger in a database."""


@ledger.command("init")
@required_ledger_option
def _init(ledger_url: str) -> int:
    """Make the ledger's tables, and the file of SQLite; where they are there, change nothing."""
    from residency.consent.sql import create_ledger

    made = create_ledger(ledger_url)
    click.echo("the tables are made" if made else "the tables were there")
    return 0


@ledger.command("upgrade")
@required_ledger_option
def _upgrade(ledger_url: str) -> int:
    """Bring the ledger's tables to the version that this program knows."""
    from residency.consent.sql import ledger_status, upgrade_ledger

    held = upgrade_ledger(ledger_url)
    known = ledger_status(ledger_url).known
    click.echo(f"the tables are of version {known}, and were of version {held}")
    return 0


@ledger.command("status")
@required_ledger_option
def _status(ledger_url: str) -> int:
    """Say which version the tables have, and where the chain ends.

    The exit code is 1 if the ledger cannot be used as it is.
    """
    from residency.consent.sql import ledger_status

    found = ledger_status(ledger_url)
    head = found.head
    fields = {
        "version": found.version,
        "known": found.known,
        "events": None if head is None else head.position,
        "head": None if head is None else head.hash,
    }
    click.echo(write_json(fields))
    return 0 if head is not None else 1


@ledger.command("heads")
@required_ledger_option
@output_option
def _heads(ledger_url: str, sink: str) -> int:
    """Write the end of the chain, to keep where those who write the ledger cannot change it."""
    from residency.consent.sql import ledger_head

    with open_sink(sink) as stream:
        stream.write(f"{write_json(ledger_head(ledger_url)._asdict())}\n".encode())
    return 0


def read_heads(path: str) -> Iterator[tuple[int, str]]:
    """Yield the heads in a file that ``residency ledger heads`` wrote.

    Raises:
        InputError: the file cannot be read, or a line is no head.
    """
    with open_source(path) as source:
        for fields in read_json_lines(read_lines(source, before_read=lambda _: None)):
            if isinstance(fields, Broken):
                raise fields.error
            position, digest = fields.get("position"), fields.get("hash")
            if not isinstance(position, int) or not isinstance(digest, str):
                message = "a head has a position and a hash: write it by `residency ledger heads`"
                raise InputError(message, kind=ErrorKind.MALFORMED, value=position)
            yield position, digest


@ledger.command("verify")
@required_ledger_option
@click.option("--heads", "kept", metavar="FILE|-", help="Heads that were kept elsewhere.")
def _verify(ledger_url: str, kept: str | None) -> int:
    """Walk the chain from its first event to its last, and name the first that does not hold.

    The exit code is 1 if one does not.
    """
    from residency.consent.sql import ledger_status, verify_ledger

    known = [] if kept is None else list(read_heads(kept))
    head = ledger_status(ledger_url).head
    with progress(None if head is None else head.position, unit=" events") as show:
        found = verify_ledger(ledger_url, heads=known, progress=lambda done, _: show(done))
    broken = found.broken
    if broken is None:
        click.echo(f"{found.events} events hold; the head is {found.head.hash}")
        return 0
    which = "an event" if broken.event_id is None else f"the event {broken.event_id}"
    click.echo(f"{which} at position {broken.position} was {broken.damage}; the events before hold")
    return 1
