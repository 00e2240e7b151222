"""``residency decide``: whether each transfer of a file is permitted, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import click

from residency.cli.batch import run_batch
from residency.cli.options import (
    batch_options,
    chosen_batch,
    chosen_policy,
    ledger_option,
    locations_option,
)
from residency.cli.record import Answer, Fields, Schema, refusal
from residency.cli.values import read_day, read_moment
from residency.consent import open_ledger
from residency.errors import ResidencyError
from residency.guard import Guard
from residency.placement import Account, Router
from residency.transfer import Context

if TYPE_CHECKING:  # which needs another extra
    from residency.receipts import ReceiptWriter

__all__ = ["DECIDE", "answer_decide", "decide"]

DECIDE = Schema(
    required=frozenset(("id", "setup_country", "setup_date", "solution", "to")),
    optional=frozenset(("order_entity", "category", "source", "purpose", "at")),
    several=frozenset(("to", "source")),
    written=("id", "permitted", "reason", "clauses", "consent", "zone", "policy"),
)
"""What ``decide`` reads and writes."""


def answer_decide(guard: Guard, fields: Fields, receipts: ReceiptWriter | None = None) -> Answer:
    """Answer one transfer. Nothing is assumed: a setup date or solution that is missing is refused.

    Args:
        guard: decides.
        fields: the transfer; ``id`` is the account's.
        receipts: takes each decision down; None where nothing does.
    """
    try:
        account = Account(
            cast("str", fields.get("id")),
            cast("str", fields.get("setup_country")),
            cast("str | None", fields.get("order_entity")),
            setup_date=read_day(fields.get("setup_date"), "the setup date"),
        )
        context = _context(fields)
        to = cast("str | Iterable[str]", fields.get("to"))
        decision = guard.decide(
            account, cast("str", fields.get("solution")), to=to, context=context
        )
    except ResidencyError as error:
        return refusal(DECIDE, fields.get("id"), error)
    if receipts is not None:
        receipts.record(decision, account, to=to, context=context)
    return Answer(
        {
            "id": account.id,
            "permitted": decision.permitted,
            "reason": str(decision.reason),
            "clauses": decision.clauses,
            "consent": " ".join(decision.consent_ids) or None,
            "zone": decision.zone,
            "policy": str(decision.policy),
        },
        blocked=not decision.permitted,
    )


def _context(fields: Fields) -> Context | None:
    category, purpose = fields.get("category"), fields.get("purpose")
    source, at = fields.get("source"), fields.get("at")
    if category is None and purpose is None and source is None and at is None:
        return None
    return Context(
        category=cast("str | None", category),
        purpose=cast("str | None", purpose),
        source=cast("str | Iterable[str] | None", source),
        at=None if at is None else read_moment(at, "the time"),
    )


@click.command
@batch_options
@ledger_option
@locations_option
@click.option("--receipts", metavar="FILE", help="Append a receipt of each decision to this file.")
def decide(
    *,
    source: str,
    sink: str,
    given_format: str | None,
    policy: str,
    ledger_url: str | None,
    locations: str | None,
    receipts: str | None,
) -> int:
    """Say for each transfer of a file whether it is permitted, and why.

    Read are id (the account's), setup_country, order_entity, setup_date, solution and to, and
    where they are known category, source, purpose and at, as JSON Lines or CSV. A place is written
    country:FR, zone:EU or aws:eu-west-2; several are a list, in CSV separated by semicolons.
    Written, in the same order, are id, permitted, reason, clauses, consent, zone, policy and error.
    """
    ledger = None if ledger_url is None else open_ledger(ledger_url)
    guard = Guard(Router(chosen_policy(policy, locations)), ledger)
    batch = chosen_batch(source, sink, given_format)
    if receipts is None:
        return run_batch(batch, DECIDE, lambda fields: answer_decide(guard, fields))
    from residency.receipts import ReceiptWriter  # needs another extra

    with ReceiptWriter(receipts, ledger=ledger) as writer:
        return run_batch(batch, DECIDE, lambda fields: answer_decide(guard, fields, writer))
