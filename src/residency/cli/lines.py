"""Lines of bytes, numbered, each of bounded length, from a file of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, Protocol

__all__ = ["LONGEST_LINE", "ByteSource", "Line", "read_lines"]

LONGEST_LINE: Final = 1_048_576
"""The longest line, in bytes, that is kept of a file of records."""

_CHUNK = 65_536
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ByteSource(Protocol):
    """What a binary file offers: the bytes that are there, without waiting for more."""

    def read1(self, size: int, /) -> bytes:
        """Return at least one byte and at most ``size``; none only at the end."""
        ...


class Line(NamedTuple):
    """One line: its number from 1, and its bytes without the line feed; None if it is too long."""

    number: int
    content: bytes | None


def read_lines(
    source: ByteSource, *, before_read: Callable[[int], None], longest: int = LONGEST_LINE
) -> Iterator[Line]:
    """Yield the lines of ``source``; what a line has beyond the longest is skipped, not kept.

    Args:
        source: the bytes; a byte order mark at their start is dropped.
        before_read: called with the number of bytes read so far before each read, which may wait:
            the moment to show what is done.
        longest: the longest line, in bytes, that is kept.
    """
    number, read, held, overlong = 0, 0, b"", False
    before_read(read)
    while chunk := source.read1(_CHUNK):
        read += len(chunk)
        *pieces, rest = chunk.split(b"\n")
        for piece in pieces:
            number += 1
            yield _line(number, held + piece, longest, overlong=overlong)
            held, overlong = b"", False
        held += rest
        if len(held) > longest:
            held, overlong = b"", True
        before_read(read)
    if held or overlong:
        yield _line(number + 1, held, longest, overlong=overlong)


def _line(number: int, content: bytes, longest: int, *, overlong: bool) -> Line:
    if overlong or len(content) > longest:
        return Line(number, None)
    return Line(number, content if number > 1 else content.removeprefix(_BYTE_ORDER_MARK))
