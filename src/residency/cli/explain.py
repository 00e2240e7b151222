"""``residency explain``: one case in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import click

from residency.account import Account, Agreement
from residency.cli.circumstances import chosen_context, circumstance_options
from residency.cli.options import (
    agreement_option,
    chosen_policy,
    entity_option,
    locations_option,
    policy_option,
    setup_date_option,
    strict_option,
    today,
)
from residency.errors import CountryError, ResidencyError
from residency.explanation import explain as explain_decision
from residency.geography import TERRITORIES, Territory
from residency.guard import Guard
from residency.placement import Placement, Router
from residency.policy import Policy
from residency.transfer import Decision

__all__ = ["explain", "explain_placement", "explain_refusal", "explain_transfer"]


def explain_placement(policy: Policy, account: Account, placement: Placement) -> Iterator[str]:
    """Yield lines that say where an account's data is stored, and by which clause."""
    solution = policy.solutions[placement.solution]
    zones = " and ".join(f"{zone} ({policy.zones[zone].name})" for zone in placement.zones)
    hosting = " and ".join(f"{TERRITORIES[Territory(each)]} ({each})" for each in placement.hosting)
    yield (
        f"{TERRITORIES[account.territory]} ({account.territory}), "
        f"set up on {account.setup_date.isoformat()}: "
        f"{solution.name} data is stored in zone {zones}, hosted in {hosting}."
    )
    yield _cited(policy, placement.clause)
    agreed = placement.agreement
    if agreed is not None:
        yield f"Agreed in writing: {agreed.reference} of {agreed.date.isoformat()}."
    yield f"Policy: {placement.policy}"


def explain_transfer(policy: Policy, decision: Decision) -> Iterator[str]:
    """Yield lines that say whether data may go somewhere, and why."""
    if decision.permitted:
        yield click.style("Permitted", fg="green")
    else:
        yield click.style("Blocked", fg="red")
    yield explain_decision(decision)
    for clause in decision.clauses[1:]:  # the first is the placement's
        yield _cited(policy, clause)


def explain_refusal(error: ResidencyError) -> Iterator[str]:
    """Yield lines that say why a case cannot be decided, and what may have been meant."""
    yield f"{click.style('Refused', fg='red')} ({error.kind}): {error.message}"
    if isinstance(error, CountryError):
        known = (Territory(each) for each in error.suggestions if each in TERRITORIES)
        yield from (f"  {territory}  {TERRITORIES[territory]}" for territory in known)


def _cited(policy: Policy, clause: str) -> str:
    return f"{clause}: {policy.clauses[clause].says}"


@click.command
@click.argument("country")
@entity_option
@click.option("--solution", metavar="ID", help="The solution; by default the policy's default one.")
@setup_date_option
@click.option(
    "--to",
    "destination",
    metavar="PLACE",
    multiple=True,
    help="Where its data would go: country:FR, zone:EU, aws:eu-west-2; repeat it for several.",
)
@circumstance_options
@agreement_option
@strict_option
@locations_option
@policy_option
def explain(
    *,
    country: str,
    entity: str | None,
    solution: str | None,
    setup_date: date | None,
    destination: tuple[str, ...],
    agreements: tuple[Agreement, ...],
    strict: bool,
    locations: str | None,
    policy: str,
    **circumstances: object,
) -> int:
    """Say in words where the data of an account from COUNTRY is stored, and by which clause.

    With --to, say too whether its data may go there, and what would permit it; the options from
    --category to --valid-until are about that transfer. The exit code is 1 if the case is refused
    or the transfer is blocked.
    """
    guard = Guard(Router(chosen_policy(policy, locations)), exemptions=not strict)
    rules = guard.router.policy
    lines: list[str] = []
    code = 0
    try:
        context = chosen_context(circumstances)
        if context is not None and not destination:
            message = "the circumstances of a transfer are given: say with --to where it goes"
            raise click.UsageError(message)
        chosen = rules.default_solution if solution is None else solution
        day = setup_date or today()
        account = Account("account", country, entity, setup_date=day, agreements=agreements)
        placement = guard.place(account, chosen)
        lines += explain_placement(rules, account, placement)
        if destination:
            decision = guard.decide(account, placement.solution, to=destination, context=context)
            lines += ("", *explain_transfer(rules, decision))
            code = 0 if decision.permitted else 1
    except ResidencyError as error:
        lines += explain_refusal(error)
        code = 1
    click.echo("\n".join(lines))
    return code
