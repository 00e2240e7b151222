"""Checking what comes from elsewhere against the JSON Schema that we ship."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Protocol, TypeAlias, cast

from jsonschema import Draft202012Validator, ValidationError

from residency import consent
from residency.cli.record import Fields
from residency.errors import ErrorKind, InputError

__all__ = ["SCHEMA_PATH", "require_valid"]

_Errors: TypeAlias = Callable[[Fields], Iterator[ValidationError]]


class _Validator(Protocol):
    """A validator as far as we use it; its own annotations are not complete."""

    def iter_errors(self, instance: Fields) -> Iterator[ValidationError]: ...


SCHEMA_PATH = Path(consent.__file__).parent / "schema" / "consent.schema.json"
"""The JSON Schema of a line: a record, or an event."""


@cache
def _errors(part: str) -> _Errors:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    validator: object = Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]})
    return cast("_Validator", validator).iter_errors


def require_valid(fields: Fields, part: str) -> None:
    """Refuse an object that the schema does not allow.

    Args:
        fields: the object.
        part: what it is to be: ``record`` or ``event``.

    Raises:
        InputError: it is not allowed (MALFORMED). The message says where, and which rule was
            broken, but not what stood there: it may be personal.
    """
    for error in _errors(part)(fields):
        rule = f"{error.schema_path[-1]} {json.dumps(error.validator_value)[:120]}"
        message = f"no valid {part}: {error.json_path} breaks the rule {rule}: see its JSON Schema"
        raise InputError(message, kind=ErrorKind.MALFORMED)
