"""Records of a batch: what goes in, what comes out, and what becomes of one that is broken."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple, TypeAlias

from attrs import frozen

from residency.errors import ErrorKind, InputError, ResidencyError

__all__ = ["Answer", "Broken", "Fields", "Schema", "broken", "refusal"]

Fields: TypeAlias = Mapping[str, object]
"""A record as it was read, by field name. A field that is absent was not given."""


@frozen(slots=True, kw_only=True)
class Schema:
    """The fields of a batch.

    Args:
        required: what a CSV header must have.
        optional: what else is read.
        several: those that may hold several texts; in CSV they are separated by semicolons.
        instead: a field that is read, with the required ones in whose place it may stand.
        written: what each answer has, in this order, but for the error, which is the last.
    """

    required: frozenset[str]
    optional: frozenset[str]
    several: frozenset[str] = frozenset()
    instead: tuple[str, frozenset[str]] = ("", frozenset())
    written: tuple[str, ...]


class Answer(NamedTuple):
    """The answer to one record.

    Args:
        fields: what is written, in order, but for the error, which is always the last.
        error: why the record was refused; None if it was not.
        blocked: whether it was answered by a denial.
    """

    fields: dict[str, object]
    error: ResidencyError | None = None
    blocked: bool = False


@frozen(slots=True)
class Broken:
    """A record that cannot be read as one: its id, if that much can be read, and why."""

    id: str | None
    error: InputError


def broken(line: int, problem: str, *, id: str | None = None) -> Broken:  # noqa: A002 - its name
    """Return the broken record at a line, with what is wrong and what to do."""
    return Broken(id, InputError(f"line {line}: {problem}", kind=ErrorKind.MALFORMED))


def refusal(schema: Schema, id: object, error: ResidencyError) -> Answer:  # noqa: A002 - its name
    """Return the answer to a record that is refused: nothing but its id and the error."""
    return Answer({**dict.fromkeys(schema.written), "id": _echo(id)}, error)


def _echo(value: object) -> object:
    """Return an id as it was given if it is one value that JSON can write, else None."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if isinstance(value, (str, int)) else None
