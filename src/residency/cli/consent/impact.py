"""``residency consent impact``: which decisions rested on a consent."""

from __future__ import annotations

from typing import cast

import click

from residency.checks import LONGEST_RECEIPT
from residency.cli.apart import require_apart
from residency.cli.consent.options import input_option
from residency.cli.files import open_sink, open_source
from residency.cli.jsonlines import read_json_lines, write_json
from residency.cli.lines import read_lines
from residency.cli.options import output_option
from residency.cli.record import Broken, Fields
from residency.cli.terminal import say

__all__ = ["impact", "rests_on"]


def rests_on(fields: Fields, record_id: str) -> bool:
    """Say whether a decision, as ``residency decide`` or a receipt has it, rested on a consent."""
    named = fields.get("consent")
    decision = fields.get("decision")
    if isinstance(decision, dict):
        named = cast("Fields", decision).get("consent_ids")
    if isinstance(named, str):
        return record_id == named or record_id in named.split(" ")
    return isinstance(named, list) and record_id in cast("list[object]", named)


@click.command
@click.argument("record_id", metavar="RECORD")
@input_option
@output_option
def impact(record_id: str, source: str, sink: str) -> int:
    """List the recorded decisions that rested on the consent RECORD.

    Read are decisions as `residency decide` writes them, or receipts, as JSON Lines; written are
    those that name the record. The exit code is 1 if a line cannot be read: it may have named
    it too.
    """
    # Not in place, as a batch may: what is written is a part of what is read.
    require_apart("--output", sink, {"source": source})
    code = 0
    with open_source(source) as opened, open_sink(sink) as stream:
        lines = read_lines(opened, before_read=lambda _: None, longest=LONGEST_RECEIPT)
        for fields in read_json_lines(lines, longest=LONGEST_RECEIPT):
            if isinstance(fields, Broken):
                say(str(fields.error))
                code = 1
            elif rests_on(fields, record_id):
                stream.write(f"{write_json(fields)}\n".encode())
    return code
