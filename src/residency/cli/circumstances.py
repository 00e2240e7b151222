"""What a record says of a transfer beyond whose data goes where: the context and an exemption."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from residency.cli.record import Fields
from residency.cli.values import read_flag, read_moment
from residency.errors import ErrorKind, InputError
from residency.exemption import Invocation
from residency.transfer import Context

__all__ = ["CONTEXT", "INVOCATION", "context_of", "invocation_of"]

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
