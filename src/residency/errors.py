"""Every refusal the library makes, as a typed error that keeps the offending value.

All errors are :class:`ResidencyError`. Each has a ``kind`` (a short upper-case word, stable across
releases), the ``value`` that was refused and, where there are any, ``suggestions``: corrections a
person may choose from. The library itself never acts on a suggestion.
"""

from __future__ import annotations

from enum import StrEnum
from typing import cast

__all__ = [
    "AgreementError",
    "CategoryError",
    "ConsentError",
    "CountryError",
    "DestinationError",
    "EntityError",
    "ErrorKind",
    "ForeignAccountError",
    "InputError",
    "LedgerError",
    "MissingAccountError",
    "MissingExtraError",
    "PolicyError",
    "ReceiptError",
    "ResidencyError",
    "SolutionError",
    "quote",
    "quote_type",
]

_QUOTED_CHARACTERS = 60


class ErrorKind(StrEnum):
    """Why an input was refused. The first ten are those of a text typed as a country."""

    EMPTY = "EMPTY"
    TYPE = "TYPE"
    TOO_LONG = "TOO_LONG"
    INVALID_CHAR = "INVALID_CHAR"
    UNKNOWN = "UNKNOWN"
    AMBIGUOUS = "AMBIGUOUS"
    SUBDIVISION = "SUBDIVISION"
    WITHDRAWN = "WITHDRAWN"
    RESERVED = "RESERVED"
    NOT_A_COUNTRY = "NOT_A_COUNTRY"

    MISSING_ENTITY = "MISSING_ENTITY"
    UNKNOWN_ENTITY = "UNKNOWN_ENTITY"
    UNKNOWN_SOLUTION = "UNKNOWN_SOLUTION"
    UNKNOWN_CATEGORY = "UNKNOWN_CATEGORY"
    UNKNOWN_LOCATION = "UNKNOWN_LOCATION"
    NO_STORAGE = "NO_STORAGE"
    CONFLICT = "CONFLICT"
    INVALID_DATE = "INVALID_DATE"
    NAIVE_TIME = "NAIVE_TIME"
    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    UNREADABLE = "UNREADABLE"
    INVALID_POLICY = "INVALID_POLICY"
    UNKNOWN_POLICY = "UNKNOWN_POLICY"
    UNKNOWN_RECORD = "UNKNOWN_RECORD"
    UNKNOWN_LEDGER = "UNKNOWN_LEDGER"
    NO_TABLES = "NO_TABLES"
    NEWER_SCHEMA = "NEWER_SCHEMA"
    OLDER_SCHEMA = "OLDER_SCHEMA"
    UNAVAILABLE = "UNAVAILABLE"
    MISSING_EXTRA = "MISSING_EXTRA"
    MISSING_ACCOUNT = "MISSING_ACCOUNT"
    FOREIGN_ACCOUNT = "FOREIGN_ACCOUNT"


def quote(value: object) -> str:
    """Return ``value`` in backticks, on one line, at most 60 characters of it.

    Whatever could break or reorder a log line (control characters, line separators, bidirectional
    marks, lone surrogates) is written as an escape. A value that is not text is named by its type
    alone: its ``repr`` is the caller's code and is never run.
    """
    # The type is asked, not the value: a value may claim any class (a mock does).
    if not issubclass(type(value), str):
        return quote_type(value)
    text = str.__str__(cast("str", value))
    shown = text[:_QUOTED_CHARACTERS]
    escaped = "".join(
        character if character.isprintable() and character != "`" else _escape(character)
        for character in shown
    )
    return f"`{escaped}…`" if len(text) > len(shown) else f"`{escaped}`"


def quote_type(value: object) -> str:
    """Return the name of the type of ``value`` in backticks, fit for one line."""
    return quote(type(value).__name__)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii") if character != "`" else "\\x60"


class ResidencyError(Exception):
    """The base of every error the library raises on purpose.

    Args:
        message: one line, lower case, saying what to do.
        kind: the stable word for the refusal.
        value: the offending value, as it was given.
        suggestions: corrections for a person to choose from; they never decide.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: ErrorKind | str,
        value: object = None,
        suggestions: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self._kind = kind
        self._value = value
        self._suggestions = suggestions

    def __reduce__(self) -> tuple[object, ...]:
        # An error raised in a worker process reaches its parent whole.
        return _restored, (type(self), self.args, dict(self.__dict__))

    @property
    def kind(self) -> ErrorKind | str:
        """The stable word for the refusal."""
        return self._kind

    @property
    def value(self) -> object:
        """The offending value, as it was given."""
        return self._value

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Corrections for a person to choose from."""
        return self._suggestions

    @property
    def message(self) -> str:
        """The one-line message."""
        return str(self)


def _restored(
    kind: type[ResidencyError], arguments: tuple[object, ...], state: dict[str, object]
) -> ResidencyError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class InputError(ResidencyError, ValueError):
    """A value that a caller passed cannot be used."""


class CountryError(InputError):
    """The text typed as the country does not name exactly one country (semantics §1)."""


class EntityError(InputError):
    """The order entity is needed and is missing or unknown (semantics §1)."""


class SolutionError(InputError):
    """The policy document has no such solution."""


class CategoryError(InputError):
    """The solution holds no such data category."""


class DestinationError(InputError):
    """The text given as a location names no place that the library knows."""


class AgreementError(InputError):
    """A written agreement cannot be honoured as it stands (semantics §1)."""


class ConsentError(InputError):
    """A consent record or event is malformed, or contradicts what the ledger holds."""


class PolicyError(ResidencyError, ValueError):
    """A policy document is refused before anything is compiled from it.

    Args:
        message: one line that starts with the key path and says what to change.
        key_path: where in the document, such as ``solutions[2].storage.EU``; empty for the whole.
    """

    key_path: str

    def __init__(
        self,
        message: str,
        *,
        key_path: str = "",
        kind: ErrorKind = ErrorKind.INVALID_POLICY,
        value: object = None,
        suggestions: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, kind=kind, value=value, suggestions=suggestions)
        self.key_path = key_path


class LedgerError(ResidencyError):
    """A consent ledger could not be opened, read or written."""


class ReceiptError(ResidencyError):
    """The receipts of decisions could not be opened or written."""


class MissingAccountError(ResidencyError, LookupError):
    """A guarded client was about to write, and nothing says for which account."""


class ForeignAccountError(ResidencyError):
    """A path is of another account than the one that the program acts for."""


class MissingExtraError(ResidencyError, ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""
