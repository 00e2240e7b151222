"""``residency place``: where each sign-up of a file is stored, and by which clause."""

from __future__ import annotations

from datetime import date
from typing import cast

import click

from residency.cli.batch import run_batch
from residency.cli.options import batch_options, chosen_batch, today
from residency.cli.record import Answer, Fields, Schema, refusal
from residency.cli.subject import AGREEMENT, account_of
from residency.errors import ResidencyError
from residency.guard import Guard
from residency.placement import Router
from residency.policy import load_policy

__all__ = ["PLACE", "answer_place", "place"]

PLACE = Schema(
    required=frozenset(("id", "setup_country")),
    optional=frozenset(("order_entity", "solution", "setup_date", *AGREEMENT)),
    written=("id", "territory", "zone", "hosting", "clause", "basis", "policy"),
)
"""What ``place`` reads and writes."""


def answer_place(guard: Guard, on: date, fields: Fields) -> Answer:
    """Answer one sign-up.

    Args:
        guard: places.
        on: the setup date of a sign-up that has none.
        fields: the sign-up; without a solution it is for the policy's default one.
    """
    try:
        solution = fields.get("solution")
        if solution is None:
            solution = guard.router.policy.default_solution
        account = account_of(fields, solution, on=on)
        placement = guard.place(account, cast("str | None", solution))
    except ResidencyError as error:
        return refusal(PLACE, fields.get("id"), error)
    return Answer(
        {
            "id": account.id,
            "territory": placement.territory,
            "zone": placement.zone,
            "hosting": placement.hosting,
            "clause": placement.clause,
            "basis": placement.basis,
            "policy": str(placement.policy),
        }
    )


@click.command
@batch_options
def place(*, source: str, sink: str, given_format: str | None, policy: str) -> int:
    """Say for each sign-up of a file where its data is stored, and by which clause.

    Read are id, setup_country, order_entity, solution and setup_date, as JSON Lines or CSV, and
    of a written agreement agreement_zone, agreement_reference and agreement_date. The solution may
    be left out where the policy has a default one, the setup date where it is today. Written, in
    the same order, are id, territory, zone, hosting, clause, basis, policy and error; a sign-up
    that is refused has nothing but its id and the error.
    """
    guard, on = Guard(Router(load_policy(policy))), today()
    return run_batch(
        chosen_batch(source, sink, given_format),
        PLACE,
        lambda fields: answer_place(guard, on, fields),
    )
