"""``residency consent give``: record consents."""

from __future__ import annotations

import click

from residency.cli.batch import Batch, run_batch
from residency.cli.consent.options import input_option, required_ledger_option
from residency.cli.consent.validation import require_valid
from residency.cli.files import Format
from residency.cli.options import output_option
from residency.cli.record import Answer, Fields, Schema, refusal
from residency.consent import Ledger, open_ledger
from residency.consent.codec import RECORD_KEYS, record_from_json
from residency.errors import ResidencyError

__all__ = ["GIVE", "answer_give", "give"]

GIVE = Schema(required=frozenset(), optional=RECORD_KEYS, written=("id", "new"))
"""What ``consent give`` reads and writes."""


def answer_give(ledger: Ledger, fields: Fields) -> Answer:
    """Give one record, and say whether it is new."""
    try:
        require_valid(fields, "record")
        record = record_from_json(fields)
        return Answer({"id": record.record_id, "new": ledger.give(record)})
    except ResidencyError as error:
        return refusal(GIVE, fields.get("record_id"), error)


@click.command
@required_ledger_option
@input_option
@output_option
def give(ledger_url: str, source: str, sink: str) -> int:
    """Record consents, each a JSON object on one line, with the field names of ISO/IEC TS 27560.

    Written, in the same order, are id, new (false if the ledger held it already) and error.
    """
    ledger = open_ledger(ledger_url)
    batch = Batch(source, sink, Format.JSONL, Format.JSONL)
    return run_batch(batch, GIVE, lambda fields: answer_give(ledger, fields))
