"""``residency consent export`` and ``import``: to and from a consent-management system."""

from __future__ import annotations

import click

from residency.cli.batch import Batch, run_batch
from residency.cli.consent.give import answer_give
from residency.cli.consent.options import input_option, required_ledger_option
from residency.cli.consent.validation import require_valid
from residency.cli.files import Format, open_sink
from residency.cli.jsonlines import write_json
from residency.cli.options import output_option
from residency.cli.record import Answer, Fields, Schema, refusal
from residency.consent import Ledger, open_ledger
from residency.consent.codec import EVENT_KEYS, RECORD_KEYS, event_from_json, event_to_json
from residency.errors import ResidencyError

__all__ = ["IMPORT", "answer_import", "export", "import_"]

IMPORT = Schema(required=frozenset(), optional=EVENT_KEYS | RECORD_KEYS, written=("id", "new"))
"""What ``consent import`` reads and writes."""


def answer_import(ledger: Ledger, fields: Fields) -> Answer:
    """Take in one event; or a record, which is given."""
    if "event_state" not in fields:
        return answer_give(ledger, fields)
    try:
        require_valid(fields, "event")
        event = event_from_json(fields)
        return Answer({"id": event.record_id, "new": ledger.append(event)})
    except ResidencyError as error:
        return refusal(IMPORT, fields.get("record_id"), error)


@click.command("import")
@required_ledger_option
@input_option
@output_option
def import_(ledger_url: str, source: str, sink: str) -> int:
    """Take in events that `export` wrote, or records from elsewhere, as JSON Lines.

    Importing again changes nothing. Written, in the same order, are id, new and error.
    """
    ledger = open_ledger(ledger_url)
    batch = Batch(source, sink, Format.JSONL, Format.JSONL)
    return run_batch(batch, IMPORT, lambda fields: answer_import(ledger, fields))


@click.command
@required_ledger_option
@output_option
@click.option("--account", metavar="ID", help="The events of this account alone.")
def export(ledger_url: str, sink: str, account: str | None) -> int:
    """Write every event, in order, as JSON Lines with the field names of ISO/IEC TS 27560.

    An event that is not as it was written ends the export; no file appears then.
    """
    from residency.consent.sql import stored_events  # needs another extra

    with open_sink(sink) as stream:
        for event in stored_events(ledger_url, account=account):
            stream.write(f"{write_json(event_to_json(event))}\n".encode())
    return 0
