"""``residency policy``: check, show and compare policy documents."""

from __future__ import annotations

import click

from residency.cli.options import policy_option
from residency.cli.policy_diff import diff
from residency.cli.policy_show import described
from residency.errors import ErrorKind, PolicyError
from residency.policy import document_schema, load_policy

__all__ = ["check", "policy_group", "schema", "show"]

_ABOUT_THE_DOCUMENT = (ErrorKind.INVALID_POLICY, ErrorKind.MALFORMED, ErrorKind.TOO_LARGE)


@click.group("policy", no_args_is_help=False)
def policy_group() -> None:
    """Check, show and compare policy documents."""


@click.command
@click.argument("document", metavar="FILE")
def check(*, document: str) -> int:
    """Check a policy document, and say where its first mistake is.

    The exit code is 1 if there is one.
    """
    try:
        found = load_policy(document)
    except PolicyError as error:
        if error.kind not in _ABOUT_THE_DOCUMENT:
            raise
        click.echo(f"{click.style('Refused', fg='red')} ({error.kind}): {error.message}")
        return 1
    click.echo(f"{click.style('Sound', fg='green')}: {found.reference}")
    return 0


@click.command
@policy_option
def show(*, policy: str) -> int:
    """Show what a policy promises: zones, rules, solutions, retention, exemptions, providers."""
    for line in described(load_policy(policy)):
        click.echo(line)
    return 0


@click.command
def schema() -> int:
    """Write the JSON Schema of policy documents, for editors."""
    click.echo(document_schema(), nl=False)
    return 0


for _command in (check, diff, schema, show):
    policy_group.add_command(_command)
