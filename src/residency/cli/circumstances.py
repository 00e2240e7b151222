"""What a record says of a transfer beyond whose data goes where: the context and an exemption."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, cast

import click

from residency.cli.options import checked
from residency.cli.record import Fields
from residency.cli.values import read_flag, read_moment
from residency.errors import ErrorKind, InputError
from residency.exemption import Invocation
from residency.transfer import Context

__all__ = [
    "CONTEXT",
    "INVOCATION",
    "chosen_context",
    "circumstance_options",
    "context_of",
    "invocation_of",
]

# What a decorator of click takes and returns; its parameters are the command's own affair.
_Command = TypeVar("_Command", bound=Callable[..., Any])

INVOCATION: Final = (
    "exemption",
    "personnel",
    "provider",
    "reference",
    "safeguards",
    "handling",
    "valid_from",
    "valid_until",
)
"""The fields of an exemption that is invoked: its name, and what it has to show."""

CONTEXT: Final = ("category", "source", "purpose", "at", *INVOCATION)
"""The fields of a transfer's circumstances."""


def context_of(fields: Fields) -> Context | None:
    """Return the context that a record gives; None if it gives none.

    Raises:
        InputError: a field is malformed.
    """
    if all(fields.get(name) is None for name in CONTEXT):
        return None
    at = fields.get("at")
    return Context(
        category=cast("str | None", fields.get("category")),
        purpose=cast("str | None", fields.get("purpose")),
        source=cast("str | Iterable[str] | None", fields.get("source")),
        at=None if at is None else read_moment(at, "the time"),
        exemption=invocation_of(fields),
    )


def invocation_of(fields: Fields) -> Invocation | None:
    """Return the exemption that a record invokes; None if it invokes none.

    Raises:
        InputError: a field is malformed, or something is shown for no exemption (CONFLICT).
    """
    given = {name: value for name in INVOCATION if (value := fields.get(name)) is not None}
    if not given:
        return None
    if "exemption" not in given:
        message = f"{next(iter(given))} is given and no exemption is invoked: name the exemption"
        raise InputError(message, kind=ErrorKind.CONFLICT, value=None)
    start, end = given.get("valid_from"), given.get("valid_until")
    return Invocation(
        cast("str", given["exemption"]),
        personnel=cast("str | Iterable[str]", given.get("personnel", ())),
        provider=cast("str | None", given.get("provider")),
        reference=cast("str | None", given.get("reference")),
        safeguards=cast("str | None", given.get("safeguards")),
        handling="handling" in given and read_flag(given["handling"], "handling"),
        valid_from=None if start is None else read_moment(start, "valid_from"),
        valid_until=None if end is None else read_moment(end, "valid_until"),
    )


def _moment(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    checked(read_moment)(context, parameter, value)
    return value


def _moment_option(name: str, says: str) -> Callable[[_Command], _Command]:
    return click.option(name, metavar="MOMENT", callback=_moment, help=says)


_OPTIONS = (
    click.option("--category", metavar="ID", help="The data category."),
    click.option("--purpose", metavar="ID", help="The purpose."),
    click.option(
        "--source", metavar="PLACE", help="Where the data lies now; its designated zone by default."
    ),
    click.option(
        "--at", metavar="MOMENT", callback=_moment, help="When it would go; now by default."
    ),
    click.option("--exemption", metavar="ID", help="The exemption that it rests on."),
    click.option(
        "--personnel",
        metavar="COUNTRY",
        multiple=True,
        help="A country that the people are in; repeat it for several.",
    ),
    click.option("--provider", metavar="ID", help="The provider who handles the data."),
    click.option("--reference", metavar="TEXT", help="The document that it rests on."),
    click.option("--safeguards", metavar="TEXT", help="Where the recipient's safeguards are kept."),
    click.option("--handling", is_flag=True, help="Data is handled, and its storage stays."),
    click.option(
        "--valid-from", metavar="MOMENT", callback=_moment, help="From when the exemption counts."
    ),
    click.option(
        "--valid-until", metavar="MOMENT", callback=_moment, help="From when it no longer does."
    ),
)


def circumstance_options(command: _Command) -> _Command:
    """Give a command an option for each circumstance; :func:`chosen_context` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen_context(options: Mapping[str, object]) -> Context | None:
    """Return the context that the options of :func:`circumstance_options` describe, if any.

    Raises:
        InputError: one of them is malformed, or something is shown for no exemption (CONFLICT).
    """
    return context_of({name: each for name, each in options.items() if each not in _NOT_GIVEN})


_NOT_GIVEN = (None, False, ())
