"""``residency explain``: one case in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import click

from residency.account import Account
from residency.cli.options import (
    checked,
    chosen_policy,
    locations_option,
    policy_option,
    today,
)
from residency.cli.values import read_day, read_moment
from residency.errors import ResidencyError
from residency.explanation import explain as explain_decision
from residency.geography import TERRITORIES, Territory
from residency.guard import Guard
from residency.placement import Placement, Router
from residency.policy import Policy
from residency.transfer import Context, Decision

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
    for suggestion in error.suggestions:
        name = TERRITORIES.get(Territory(suggestion))
        if name is not None:
            yield f"  {suggestion}  {name}"


def _cited(policy: Policy, clause: str) -> str:
    return f"{clause}: {policy.clauses[clause].says}"


@click.command
@click.argument("country")
@click.option("--entity", metavar="ID|NAME", help="The legal entity that processed the order.")
@click.option("--solution", metavar="ID", help="The solution; by default the policy's default one.")
@click.option(
    "--setup-date",
    callback=checked(read_day),
    metavar="DAY",
    help="When it was set up; today by default.",
)
@click.option(
    "--to",
    "destination",
    metavar="PLACE",
    multiple=True,
    help="Where its data would go: country:FR, zone:EU, aws:eu-west-2; repeat it for several.",
)
@click.option(
    "--at",
    callback=checked(read_moment),
    metavar="MOMENT",
    help="When it would go; now by default.",
)
@locations_option
@policy_option
def explain(
    *,
    country: str,
    entity: str | None,
    solution: str | None,
    setup_date: date | None,
    destination: tuple[str, ...],
    at: datetime | None,
    locations: str | None,
    policy: str,
) -> int:
    """Say in words where the data of an account from COUNTRY is stored, and by which clause.

    With --to, say too whether its data may go there, and what would permit it. The exit code is 1
    if the case is refused or the transfer is blocked.
    """
    guard = Guard(Router(chosen_policy(policy, locations)))
    rules = guard.router.policy
    lines: list[str] = []
    code = 0
    try:
        account = Account("account", country, entity, setup_date=setup_date or today())
        chosen = rules.default_solution if solution is None else solution
        placement = guard.place(account, chosen)
        lines += explain_placement(rules, account, placement)
        if destination:
            moment = Context(at=at)
            decision = guard.decide(account, placement.solution, to=destination, context=moment)
            lines += ("", *explain_transfer(rules, decision))
            code = 0 if decision.permitted else 1
    except ResidencyError as error:
        lines += explain_refusal(error)
        code = 1
    click.echo("\n".join(lines))
    return code
