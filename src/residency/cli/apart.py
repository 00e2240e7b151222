"""Keeping what a run writes apart from what it reads."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from residency.cli.files import STANDARD, is_one_file
from residency.errors import quote
from residency.policy import bundled_names

__all__ = ["require_apart"]

# The parameters of commands that lead to a file, and what the user calls each.
_FILES = {
    "source": "--input",
    "sink": "--output",
    "key_file": "--pseudonym-key",
    "ledger_url": "--ledger",
    "policy": "the policy",
    "old": "OLD",
    "new": "NEW",
    "locations": "--locations",
    "designations": "--designations",
}


def require_apart(option: str, path: str, given: Mapping[str, object]) -> None:
    """Refuse to write to a file that the run reads, or writes something else to.

    Args:
        option: what the user calls the file to write.
        path: its path; ``-`` for standard output, which a shell has opened already.
        given: the other parameters of the command, by name. Those that lead to no file do not
            count.

    Raises:
        UsageError: it is one of these files too, by whatever name.
    """
    if path == STANDARD:
        return
    for name, shown in _FILES.items():
        other = _path(name, given.get(name))
        standard = sys.stdout if name == "sink" else sys.stdin
        if other is not None and is_one_file(path, other, standard):
            message = f"{option} and {shown} are one file, {quote(path)}: give each its own"
            raise click.UsageError(message)


def _path(name: str, value: object) -> str | None:
    """Return the path that a parameter holds; None if it leads to no file."""
    if not isinstance(value, str):
        return None
    if name == "ledger_url":
        kind, _, rest = value.partition(":///")
        path = rest.partition("?")[0]
        return path if path and kind.partition("+")[0] == "sqlite" else None
    if name in {"policy", "old", "new"}:
        bundled = (each for full in bundled_names() for each in (full, full.partition("/")[0]))
        return None if value in bundled else value
    return value
