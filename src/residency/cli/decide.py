"""``residency decide``: whether each transfer of a file is permitted, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import click

from residency.cli.apart import require_apart
from residency.cli.batch import run_batch
from residency.cli.circumstances import CONTEXT, context_of
from residency.cli.files import STANDARD, open_source
from residency.cli.options import (
    batch_options,
    chosen_batch,
    chosen_policy,
    ledger_option,
    locations_option,
    strict_option,
)
from residency.cli.record import Answer, Fields, Schema, refusal
from residency.cli.subject import AGREEMENT, subject_of
from residency.consent import open_ledger
from residency.errors import ErrorKind, InputError, ReceiptError, ResidencyError, quote
from residency.guard import Guard
from residency.placement import Router

if TYPE_CHECKING:  # which needs another extra
    from residency.receipts import Pseudonyms, ReceiptWriter

__all__ = ["DECIDE", "answer_decide", "decide"]

_ACCOUNT = frozenset(("setup_country", "setup_date", "solution"))

DECIDE = Schema(
    required=frozenset(("id", "to")) | _ACCOUNT,
    optional=frozenset(("order_entity", *AGREEMENT, "designation", *CONTEXT)),
    several=frozenset(("to", "source", "personnel")),
    instead=("designation", _ACCOUNT),
    written=(
        "id",
        "permitted",
        "reason",
        "clauses",
        "consent",
        "exemption",
        "unmet",
        "obligations",
        "zone",
        "policy",
    ),
)
"""What ``decide`` reads and writes."""


def answer_decide(guard: Guard, fields: Fields, receipts: ReceiptWriter | None = None) -> Answer:
    """Answer one transfer. Nothing is assumed: a setup date or solution that is missing is refused.

    Args:
        guard: decides.
        fields: the transfer; ``id`` is the account's.
        receipts: takes each decision down; None where nothing does. A decision that cannot be taken
            down is refused.

    Raises:
        ReceiptError: an earlier receipt could not be written (UNAVAILABLE).
    """
    try:
        subject, solution = subject_of(fields)
        context = context_of(fields)
        to = cast("str | Iterable[str]", fields.get("to"))
        decision = guard.decide(subject, solution, to=to, context=context)
        if receipts is not None:
            receipts.record(decision, subject, to=to, context=context)
    except ReceiptError:  # every later one would fail too
        raise
    except ResidencyError as error:
        return refusal(DECIDE, fields.get("id"), error)
    return Answer(
        {
            "id": subject.id,
            "permitted": decision.permitted,
            "reason": str(decision.reason),
            "clauses": decision.clauses,
            "consent": " ".join(decision.consent_ids) or None,
            "exemption": None if decision.exemption is None else decision.exemption.exemption,
            "unmet": decision.unmet,
            "obligations": "; ".join(decision.obligations) or None,
            "zone": decision.zone,
            "policy": str(decision.policy),
        },
        blocked=not decision.permitted,
    )


_LONGEST_KEY = 4_096


def _read_key(path: str) -> Pseudonyms:
    """Read the key of pseudonyms: the bytes of a file, all of them, as they are."""
    from residency.receipts import Pseudonyms

    if path == STANDARD:
        message = "--pseudonym-key is a file: standard input is for the transfers"
        raise click.UsageError(message)
    key = b""
    with open_source(path) as source:
        while chunk := source.read1(_LONGEST_KEY):
            key += chunk
            if len(key) > _LONGEST_KEY:
                message = f"{quote(path)} has more than {_LONGEST_KEY} bytes: it is no key of ours"
                raise InputError(message, kind=ErrorKind.TOO_LARGE, value=path)
    return Pseudonyms(key)


@click.command
@batch_options
@ledger_option
@locations_option
@strict_option
@click.option("--receipts", metavar="FILE", help="Append a receipt of each decision to this file.")
@click.option(
    "--pseudonym-key",
    "key_file",
    metavar="FILE",
    help="Replace in the receipts what identifies people, by the key in this file.",
)
def decide(
    *,
    source: str,
    sink: str,
    given_format: str | None,
    policy: str,
    ledger_url: str | None,
    locations: str | None,
    strict: bool,
    receipts: str | None,
    key_file: str | None,
) -> int:
    """Say for each transfer of a file whether it is permitted, and why.

    Read are id (the account's), setup_country, order_entity, setup_date, solution and to, and
    where they are known category, source, purpose and at, as JSON Lines or CSV. A place is written
    country:FR, zone:EU or aws:eu-west-2; several are a list, in CSV separated by semicolons. A
    designation stands in place of country, date and solution; an exemption is invoked by its name,
    in the field exemption, with what it has to show beside it. Written, in the same order, are id,
    permitted, reason, clauses, consent, exemption, unmet, obligations, zone, policy and error.
    """
    if receipts is None and key_file is not None:
        message = "--pseudonym-key is for receipts: say with --receipts where they go"
        raise click.UsageError(message)
    if receipts == STANDARD:
        message = "--receipts is a file that is added to, and no stream: name one"
        raise click.UsageError(message)
    if receipts is not None:
        given = {
            "source": source,
            "sink": sink,
            "key_file": key_file,
            "ledger_url": ledger_url,
            "policy": policy,
            "locations": locations,
        }
        require_apart("--receipts", receipts, given)
    ledger = None if ledger_url is None else open_ledger(ledger_url)
    guard = Guard(Router(chosen_policy(policy, locations)), ledger, exemptions=not strict)
    batch = chosen_batch(source, sink, given_format)
    if receipts is None:
        return run_batch(batch, DECIDE, lambda fields: answer_decide(guard, fields))
    from residency.receipts import ReceiptWriter  # needs another extra

    pseudonyms = None if key_file is None else _read_key(key_file)
    with ReceiptWriter(
        receipts, ledger=ledger, pseudonyms=pseudonyms, exemptions=not strict
    ) as writer:
        return run_batch(
            batch, DECIDE, lambda fields: answer_decide(guard, fields, writer), settle=writer.flush
        )
