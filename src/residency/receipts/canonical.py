"""Canonical JSON by RFC 8785, or the name of the extra that brings it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from residency.errors import ErrorKind, InputError, MissingExtraError

try:
    import rfc8785
except ImportError as error:
    message = "receipts need rfc8785: install residency[receipts]"
    raise MissingExtraError(message, kind=ErrorKind.MISSING_EXTRA) from error

__all__ = ["canonical", "digest_of"]


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return an object as the one text that RFC 8785 gives it, in UTF-8.

    Raises:
        InputError: it holds what JSON cannot, such as a lone surrogate (INVALID_CHAR).
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        message = "the receipt holds what canonical JSON cannot: look at the texts of the request"
        raise InputError(message, kind=ErrorKind.INVALID_CHAR, value=value) from error


def digest_of(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an object's canonical JSON, as lower-case hexadecimal digits."""
    return sha256(canonical(value)).hexdigest()
