"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, TypeVar, cast

import click

from residency.account import Agreement
from residency.cli.apart import require_apart
from residency.cli.batch import Batch
from residency.cli.files import STANDARD, Format
from residency.cli.values import read_day
from residency.errors import InputError
from residency.policy import Policy, bundled_names, load_locations, load_policy

__all__ = [
    "agreement_option",
    "batch_options",
    "checked",
    "chosen_batch",
    "chosen_policy",
    "entity_option",
    "ledger_option",
    "locations_option",
    "output_option",
    "policy_argument",
    "policy_option",
    "setup_date_option",
    "strict_option",
    "today",
]

# What a decorator of click takes and returns; its parameters are the command's own affair.
_Command = TypeVar("_Command", bound=Callable[..., Any])

_Value = TypeVar("_Value")


def checked(
    read: Callable[[object, str], _Value],
) -> Callable[[click.Context, click.Parameter, str | None], _Value | None]:
    """Return the callback of an option whose value ``read`` reads, as it stands in a file."""

    def callback(_: click.Context, parameter: click.Parameter, value: str | None) -> _Value | None:
        if value is None:
            return None
        try:
            return read(value, parameter.opts[0])
        except InputError as error:
            raise click.UsageError(error.message) from None

    return callback


def _chosen_policy(_: click.Context, __: click.Parameter, value: str | None) -> str:
    if value is not None:
        return value
    ids = {name.partition("/")[0] for name in bundled_names()}
    if len(ids) > 1:  # which of them is not ours to say
        message = f"several policies are bundled: name one ({', '.join(sorted(ids))})"
        raise click.UsageError(message)
    return ids.pop()


policy_option = click.option(
    "--policy",
    metavar="NAME|PATH",
    callback=_chosen_policy,
    help="The policy that decides, by name or as a TOML document; by default the bundled one.",
)

policy_argument = click.argument(
    "policy", required=False, metavar="[POLICY]", callback=_chosen_policy
)

locations_option = click.option(
    "--locations", metavar="FILE", help="Places of your own, in a TOML file; see the documentation."
)

_output_option = click.option(
    "--output",
    "sink",
    metavar="FILE|-",
    default=STANDARD,
    show_default=True,
    help="Where to write; a file appears when it is complete.",
)


def output_option(command: _Command) -> _Command:
    """Give a command the option that says where to write: to no file that it reads.

    But for its input: a batch answers each record of it, and may take its place.
    """

    @wraps(command)
    def apart(*, sink: str, **given: object) -> object:
        require_apart("--output", sink, {**given, "source": None})
        return command(sink=sink, **given)

    return _output_option(cast("_Command", apart))


ledger_option = click.option(
    "--ledger", "ledger_url", metavar="URL", help="The consent ledger; without one, no consent."
)

entity_option = click.option(
    "--entity", metavar="ID|NAME", help="The legal entity that processed the order."
)

setup_date_option = click.option(
    "--setup-date",
    callback=checked(read_day),
    metavar="DAY",
    help="When it was set up; today by default.",
)


def _agreements(
    _: click.Context, parameter: click.Parameter, value: tuple[tuple[str, str, str, str], ...]
) -> tuple[Agreement, ...]:
    try:
        return tuple(
            Agreement(solution, zone, reference, read_day(day, f"the day of {parameter.opts[0]}"))
            for solution, zone, reference, day in value
        )
    except InputError as error:
        raise click.UsageError(error.message) from None


agreement_option = click.option(
    "--agreement",
    "agreements",
    nargs=4,
    multiple=True,
    callback=_agreements,
    metavar="SOLUTION ZONE REFERENCE DAY",
    help="A written agreement on the zone of a solution; repeat it for several.",
)

strict_option = click.option(
    "--strict", is_flag=True, help="No exemption counts: only the zone and consent permit anything."
)

_input_option = click.option(
    "--input",
    "source",
    metavar="FILE|-",
    default=STANDARD,
    show_default=True,
    help="What to read.",
)

_format_option = click.option(
    "--format",
    "given_format",
    type=click.Choice([each.value for each in Format]),
    help="The format of both; by default what each file's extension says, or JSON Lines.",
)


def batch_options(command: _Command) -> _Command:
    """Give a command the options that say what is read and written, and by which policy."""
    for option in (policy_option, _format_option, output_option, _input_option):
        command = option(command)
    return command


def chosen_batch(source: str, sink: str, given_format: str | None) -> Batch:
    """Return the batch that the options of :func:`batch_options` describe.

    Raises:
        InputError: an extension names no format and no format was given.
    """
    if given_format is not None:
        return Batch(source, sink, Format(given_format), Format(given_format))
    return Batch(source, sink, Format.of(source), Format.of(sink))


def chosen_policy(policy: str, locations: str | None) -> Policy:
    """Return the policy that the options describe.

    Args:
        policy: the name of a bundled policy, or the path of a document.
        locations: the path of a file with places of the user's own; None for none.

    Raises:
        PolicyError: either cannot be read, or is refused.
    """
    if locations is None:
        return load_policy(policy)
    return load_policy(policy, locations=load_locations(locations))


def today() -> date:
    """Return the present day in UTC: the one place where the command line reads a clock."""
    return datetime.now(UTC).date()
