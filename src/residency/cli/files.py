"""The files of a run: where records come from, and where answers go."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Final, TextIO, cast

from attrs import frozen

from residency.cli.lines import ByteSource
from residency.errors import ErrorKind, InputError, quote

__all__ = ["STANDARD", "Format", "Source", "is_one_file", "open_sink", "open_source"]

STANDARD: Final = "-"
"""The path that stands for standard input or output."""


class Format(StrEnum):
    """How records are written down."""

    JSONL = "jsonl"
    CSV = "csv"

    @classmethod
    def of(cls, path: str) -> Format:
        """Return the format that a path's extension names; JSON Lines where it has none.

        Raises:
            InputError: the extension names no format.
        """
        suffix = Path(path).suffix.lower()
        try:
            return _BY_SUFFIX[suffix]
        except KeyError:
            message = f"{quote(suffix)} does not tell the format of {quote(path)}: add --format"
            raise InputError(message, kind=ErrorKind.MALFORMED, value=path) from None


_BY_SUFFIX = {
    "": Format.JSONL,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSONL,
    ".csv": Format.CSV,
}


def is_one_file(path: str, other: str, standard: TextIO | None = None) -> bool:
    """Say whether two paths lead to one file, by whatever names, or would make one.

    Args:
        path: a path.
        other: another path; or ``-``.
        standard: what ``-`` stands for; None where it is closed.
    """
    is_standard = other == STANDARD
    with suppress(ValueError):  # no file can have such a path
        try:
            there = os.fstat(standard.fileno()) if is_standard and standard else Path(other).stat()
            return os.path.samestat(Path(path).stat(), there)
        except OSError:  # one of them is not there yet, or no file
            return not is_standard and os.path.realpath(path) == os.path.realpath(other)
    return False


@frozen(slots=True)
class Source:
    """An open input, whose failures are refusals that name it.

    Args:
        name: what the user calls it.
        stream: its bytes.
        size: how many there are; None where that is not known.
    """

    name: str
    stream: ByteSource
    size: int | None

    def read1(self, size: int, /) -> bytes:
        """Return at least one byte and at most ``size``; none only at the end.

        Raises:
            InputError: it cannot be read (UNREADABLE).
        """
        try:
            return self.stream.read1(size)
        except OSError as error:
            raise _unreadable(self.name, error.strerror) from None


@contextmanager
def open_source(path: str) -> Generator[Source, None, None]:
    """Open an input file, or standard input.

    Raises:
        InputError: it cannot be opened (UNREADABLE).
    """
    if path == STANDARD:
        if sys.stdin is None:
            raise _unreadable(path, "it is closed")
        # What stands behind standard input has read1, though its type does not say so.
        stream = cast("BufferedReader", sys.stdin.buffer)
        yield Source("standard input", stream, _size(stream))
        return
    try:
        opened = Path(path).open("rb")  # noqa: SIM115 - closed below; only the opening is tried
    except OSError as error:
        raise _unreadable(path, error.strerror) from None
    except ValueError:
        raise _unreadable(path, "no such path can exist") from None
    with opened:
        yield Source(path, opened, _size(opened))


def _size(stream: BufferedReader) -> int | None:
    try:
        status = os.fstat(stream.fileno())
    except OSError:
        return None
    return status.st_size if S_ISREG(status.st_mode) else None


def _unreadable(name: str, reason: str | None) -> InputError:
    message = f"{quote(name)} cannot be read: {(reason or 'it failed').lower()}: check the path"
    return InputError(message, kind=ErrorKind.UNREADABLE, value=name)


@contextmanager
def open_sink(path: str) -> Generator[BinaryIO, None, None]:
    """Open an output file, or standard output.

    A file appears under its name, or replaces what was there, only when the block has ended
    without an error: whatever has that name is whole. A pipe or a device is written to directly.

    Raises:
        OSError: it cannot be written.
    """
    if path == STANDARD:
        if sys.stdout is None:
            message = "standard output is closed: give a file with --output"
            raise InputError(message, kind=ErrorKind.UNREADABLE)
        yield sys.stdout.buffer
        return
    if "\0" in path:
        message = f"{quote(path)} cannot be written: no such path can exist: check the path"
        raise InputError(message, kind=ErrorKind.UNREADABLE, value=path)
    named = Path(path)
    if named.exists() and not named.is_file():
        with named.open("wb") as stream:
            yield stream
        return
    target = named.resolve()  # a link stays, and what it points to is replaced
    partial = target.with_name(f".residency-{secrets.token_hex(8)}.partial")
    try:
        with partial.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
