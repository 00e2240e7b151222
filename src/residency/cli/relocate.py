"""``residency relocate``: whether each designation of a file may be moved, and the record of it."""

from __future__ import annotations

from typing import cast

import click

from residency.cli.batch import run_batch
from residency.cli.circumstances import INVOCATION, invocation_of
from residency.cli.options import batch_options, chosen_batch, ledger_option, strict_option
from residency.cli.record import Answer, Fields, Schema, refusal
from residency.cli.subject import designation_of
from residency.cli.values import read_moment
from residency.consent import open_ledger
from residency.errors import ResidencyError
from residency.guard import Guard
from residency.placement import Router
from residency.policy import load_policy
from residency.relocation import relocate as relocate_designation
from residency.transfer import TransferBlocked

__all__ = ["RELOCATE", "answer_relocate", "relocate"]

RELOCATE = Schema(
    required=frozenset(("id", "designation", "zone", "at")),
    optional=frozenset(("purpose", *INVOCATION)),
    several=frozenset(("personnel",)),
    written=("id", "moved", "reason", "unmet", "designation", "relocation"),
)
"""What ``relocate`` reads and writes."""


def answer_relocate(guard: Guard, fields: Fields) -> Answer:
    """Answer one move. Nothing is assumed: not even that it takes place now.

    Args:
        guard: decides.
        fields: the move; ``id`` is the account's.
    """
    answered: dict[str, object] = dict.fromkeys(RELOCATE.written)
    try:
        designation = designation_of(fields)
        answered.update(id=designation.account)
        moved = relocate_designation(
            guard,
            designation,
            cast("str", fields.get("zone")),
            at=read_moment(fields.get("at"), "the time"),
            purpose=cast("str | None", fields.get("purpose")),
            exemption=invocation_of(fields),
        )
    except TransferBlocked as blocked:
        decision = blocked.decision
        answered.update(moved=False, reason=str(decision.reason), unmet=decision.unmet)
        return Answer(answered, blocked=True)
    except ResidencyError as error:
        return refusal(RELOCATE, fields.get("id"), error)
    answered.update(
        moved=True,
        reason=" ".join(sorted({str(decision.reason) for decision in moved.decisions})),
        designation=moved.after.to_json(),
        relocation=moved.to_json(),
    )
    return Answer(answered)


@click.command
@batch_options
@ledger_option
@strict_option
def relocate(
    *,
    source: str,
    sink: str,
    given_format: str | None,
    policy: str,
    ledger_url: str | None,
    strict: bool,
) -> int:
    """Say for each designation of a file whether it may be moved to another zone, and move it.

    Read are id (the account's), designation, zone and at, and where there is one purpose and an
    exemption with what it has to show, as decide reads them. All data of the solution must be
    permitted to go. Written, in the same order, are id, moved, reason, unmet, designation,
    relocation and error: store the new designation in place of the old one, and the relocation,
    which holds both, in the account's record.
    """
    ledger = None if ledger_url is None else open_ledger(ledger_url)
    guard = Guard(Router(load_policy(policy)), ledger, exemptions=not strict)
    return run_batch(
        chosen_batch(source, sink, given_format),
        RELOCATE,
        lambda fields: answer_relocate(guard, fields),
    )
