"""``residency retention``: until when the data of each record of a file may be kept."""

from __future__ import annotations

from datetime import date
from typing import cast

import click

from residency.checks import require_text
from residency.cli.batch import run_batch
from residency.cli.options import batch_options, chosen_batch
from residency.cli.record import Answer, Fields, Schema, refusal
from residency.cli.values import read_day
from residency.errors import ResidencyError
from residency.policy import Policy, load_policy
from residency.retention import due

__all__ = ["NOT_HAPPENED", "answer_retention", "retention", "retention_schema"]

NOT_HAPPENED = "none"
"""What stands in place of a day where an event is known not to have happened."""


def retention_schema(policy: Policy) -> Schema:
    """Return what ``retention`` reads and writes: a field for each event of the policy."""
    return Schema(
        required=frozenset(("id", "solution", "category")),
        optional=frozenset(policy.events),
        written=("id", "status", "earliest", "latest", "retention", "unknown", "clause", "policy"),
    )


def answer_retention(policy: Policy, schema: Schema, fields: Fields) -> Answer:
    """Answer one record.

    Args:
        policy: what states the limits.
        schema: that of the policy.
        fields: the record. An event that is absent is unknown.
    """
    try:
        record = require_text(fields.get("id"), "the id")
        found = due(
            policy,
            cast("str", fields.get("solution")),
            cast("str", fields.get("category")),
            {
                event: _day(fields[event], event)
                for event in policy.events
                if fields.get(event) is not None
            },
        )
    except ResidencyError as error:
        return refusal(schema, fields.get("id"), error)
    return Answer(
        {
            "id": record,
            "status": str(found.status),
            "earliest": found.earliest and found.earliest.isoformat(),
            "latest": found.latest and found.latest.isoformat(),
            "retention": str(found.retention),
            "unknown": found.unknown,
            "clause": found.retention.clause,
            "policy": str(found.retention.policy),
        }
    )


def _day(value: object, event: str) -> date | None:
    return None if value == NOT_HAPPENED else read_day(value, f"the day of {event}")


@click.command
@batch_options
def retention(*, source: str, sink: str, given_format: str | None, policy: str) -> int:
    """Say for each record of a file until when its data may be kept, and by which clause.

    Read are id, solution, category, and the day of each event of the policy that a limit runs
    from, such as account-termination: a day, none if it has not happened, nothing if that is not
    known. Written, in the same order, are id, status, earliest, latest, retention, unknown, clause,
    policy and error.
    """
    chosen = load_policy(policy)
    schema = retention_schema(chosen)
    return run_batch(
        chosen_batch(source, sink, given_format),
        schema,
        lambda fields: answer_retention(chosen, schema, fields),
    )
