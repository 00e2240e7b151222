"""The chain of receipts in a file: each holds the hash of the one before it.

One that was altered, removed, inserted or moved breaks the chain. Receipts that were cut off at the
end leave a chain that holds; a head that was kept elsewhere tells that they are missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple, cast

from residency.checks import LONGEST_RECEIPT
from residency.errors import ErrorKind, InputError
from residency.receipts.canonical import canonical, digest_of
from residency.receipts.receipt import Body

__all__ = [
    "GENESIS",
    "Damage",
    "Link",
    "ReceiptHead",
    "link_of",
    "read_chain",
    "read_line",
    "require_linkable",
]

GENESIS: Final = "0" * 64
"""What stands for the hash before the first receipt."""

_LAST_NUMBER = 2**53 - 1  # the highest that JSON can hold exactly


class ReceiptHead(NamedTuple):
    """The end of a chain of receipts: the number of the last one, and its hash."""

    sequence: int
    hash: str


class Damage(StrEnum):
    """What is wrong with a line, as far as the chain tells."""

    UNREADABLE = "unreadable"
    """It is no receipt in canonical JSON; perhaps it was cut off as it was written, or too long."""
    ALTERED = "altered"
    """Its hash does not fit what it says."""
    MISSING = "missing"
    """It holds, but does not follow the one before: one between them is missing, or moved."""


class Link(NamedTuple):
    """A receipt in its place, or what is wrong with the line.

    Args:
        line: the number of the line, from 1.
        sequence: the receipt's own number, from 1; None where it cannot be read.
        hash: its hash; None likewise.
        body: what it says; None likewise.
        damage: what is wrong; None if nothing is.
    """

    line: int
    sequence: int | None
    hash: str | None
    body: Body | None
    damage: Damage | None


def link_of(body: Body, sequence: int, previous: str) -> tuple[bytes, str]:
    """Return a receipt's line in a chain, with its line feed, and its hash.

    Args:
        body: what it says.
        sequence: its number, from 1.
        previous: the hash of the one before; :data:`GENESIS` for the first.

    Raises:
        InputError: it cannot be written as canonical JSON (INVALID_CHAR), or its line would be
            longer than 16 MiB, which nobody would read (TOO_LARGE).
    """
    stated = {**body, "sequence": sequence, "previous": previous}
    digest = digest_of(stated)
    line = canonical({**stated, "hash": digest}) + b"\n"
    _require_length(len(line), body)
    return line, digest


def require_linkable(body: Body) -> Body:
    """Return a receipt that :func:`link_of` will take, whatever its place in a chain.

    Raises:
        InputError: it would not take it, as it says.
    """
    _require_length(len(canonical(body)) + _LONGEST_PLACE, body)
    return body


# What takes its place in a chain gains no more: the comma and the line feed make up for the braces.
_LONGEST_PLACE = len(canonical({"hash": GENESIS, "previous": GENESIS, "sequence": _LAST_NUMBER}))


def _require_length(length: int, body: Body) -> None:
    if length > LONGEST_RECEIPT:
        message = (
            f"the receipt has {length} bytes, more than {LONGEST_RECEIPT}: "
            "divide the account, for which too many consents are held"
        )
        raise InputError(message, kind=ErrorKind.TOO_LARGE, value=body)


def read_line(content: bytes) -> dict[str, Any] | None:
    """Return the object of a line; None if it is no receipt written as :func:`link_of` does."""
    try:
        held: object = json.loads(content)
        if not isinstance(held, dict):
            return None
        stated = cast("dict[str, Any]", held)
        known = type(stated.get("sequence")) is int and canonical(stated) + b"\n" == content
    except (ValueError, RecursionError):  # what canonical JSON cannot hold is a ValueError too
        return None
    chained = isinstance(stated.get("hash"), str) and isinstance(stated.get("previous"), str)
    return stated if known and chained else None


def read_chain(lines: Iterable[bytes]) -> Iterator[Link]:
    """Yield each receipt of a chain, from its first, with what is wrong if anything is.

    After a break the chain is taken up again from the receipt that follows, so that each break is
    told once.

    Args:
        lines: the lines of the file.
    """
    expected = 1
    previous: str | None = GENESIS
    for number, content in enumerate(lines, 1):
        held = read_line(content)
        if held is None:
            yield Link(number, None, None, None, Damage.UNREADABLE)
            # What the next one follows cannot be told, but its number can.
            expected, previous = expected + 1, None
            continue
        stated = {name: value for name, value in held.items() if name != "hash"}
        sequence, digest = held["sequence"], held["hash"]
        damage: Damage | None = None
        if digest_of(stated) != digest:
            damage = Damage.ALTERED
        elif sequence != expected or (previous or held["previous"]) != held["previous"]:
            damage = Damage.MISSING
        yield Link(number, sequence, digest, _body(stated), damage)
        expected, previous = sequence + 1, digest


def _body(stated: Mapping[str, Any]) -> Body:
    return {name: value for name, value in stated.items() if name not in {"sequence", "previous"}}
