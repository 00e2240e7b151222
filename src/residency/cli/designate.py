"""``residency designate``: the placement of each sign-up of a file, pinned."""

from __future__ import annotations

from datetime import date
from typing import cast

import click

from residency.cli.batch import run_batch
from residency.cli.options import batch_options, chosen_batch, today
from residency.cli.place import PLACE
from residency.cli.record import Answer, Fields, Schema, refusal
from residency.cli.subject import account_of
from residency.errors import ResidencyError
from residency.guard import Guard
from residency.placement import Router
from residency.policy import load_policy

__all__ = ["DESIGNATE", "answer_designate", "designate"]

DESIGNATE = Schema(
    required=PLACE.required,
    optional=PLACE.optional,
    written=("id", "solution", "zone", "basis", "designation"),
)
"""What ``designate`` reads and writes."""


def answer_designate(guard: Guard, on: date, fields: Fields) -> Answer:
    """Answer one sign-up.

    Args:
        guard: designates.
        on: the setup date of a sign-up that has none.
        fields: the sign-up; without a solution it is for the policy's default one.
    """
    try:
        solution = fields.get("solution")
        if solution is None:
            solution = guard.router.policy.default_solution
        account = account_of(fields, solution, on=on)
        designation = guard.designate(account, cast("str", solution))
    except ResidencyError as error:
        return refusal(DESIGNATE, fields.get("id"), error)
    placement = designation.placement
    return Answer(
        {
            "id": account.id,
            "solution": placement.solution,
            "zone": placement.zone,
            "basis": placement.basis,
            "designation": designation.to_json(),
        }
    )


@click.command
@batch_options
def designate(*, source: str, sink: str, given_format: str | None, policy: str) -> int:
    """Pin for each sign-up of a file where its data is stored, to keep beside the account.

    Read is what place reads. Written, in the same order, are id, solution, zone, basis, designation
    and error. The designation is a text: store it as it is, and give it to decide in place of the
    country, date and solution. It stays what it is when membership or the policy changes.
    """
    guard, on = Guard(Router(load_policy(policy))), today()
    return run_batch(
        chosen_batch(source, sink, given_format),
        DESIGNATE,
        lambda fields: answer_designate(guard, on, fields),
    )
