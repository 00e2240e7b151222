"""Lines of bounded length from a file of any size."""

import io
import tracemalloc
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from residency.cli.lines import LONGEST_LINE, Line, read_lines


class _Chunks:
    """A source that gives its bytes in chunks of its own choosing, as a pipe does."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunk for chunk in chunks if chunk)

    def read1(self, size: int, /) -> bytes:
        chunk = next(self._chunks, b"")
        assert len(chunk) <= size
        return chunk


def _read(source: _Chunks | io.BytesIO) -> list[Line]:
    return list(read_lines(source, before_read=lambda _: None))


@given(st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"a", b"\n"))))
def test_chunks_do_not_matter(chunks: list[bytes]) -> None:
    """However the bytes arrive, the lines are those between line feeds, numbered from 1."""
    whole = b"".join(chunks)
    expected = whole.split(b"\n")
    if not expected[-1]:
        expected.pop()  # a line feed ends a line and starts none
    if expected:
        expected[0] = expected[0].removeprefix(b"\xef\xbb\xbf")
    assert [line.content for line in _read(_Chunks(chunks))] == expected
    assert [line.number for line in _read(_Chunks(chunks))] == list(range(1, len(expected) + 1))


def test_a_byte_order_mark_is_dropped() -> None:
    """A mark at the very start is no part of the first line; elsewhere it is kept."""
    mark = b"\xef\xbb\xbf"
    lines = _read(_Chunks([mark[:1], mark[1:] + b"a\n" + mark + b"b"]))
    assert [line.content for line in lines] == [b"a", mark + b"b"]


def test_the_longest_line_is_a_mebibyte() -> None:
    """A line of 1 MiB is kept; one of a byte more is skipped, and costs no other line."""
    longest = b"x" * 1_048_576
    assert len(longest) == LONGEST_LINE
    lines = _read(io.BytesIO(b"\n".join([longest, longest + b"x", b"next", longest * 3])))
    assert lines == [Line(1, longest), Line(2, None), Line(3, b"next"), Line(4, None)]


def test_an_endless_line_is_not_kept() -> None:
    """A line of 64 MiB takes no more memory than a few of the longest that are kept."""
    chunk = b"x" * 65_536
    tracemalloc.start()
    try:
        assert _read(_Chunks([chunk] * 1024)) == [Line(1, None)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * LONGEST_LINE


def test_progress_is_told_before_each_read() -> None:
    """Before each read the bytes read so far are told, when all lines in them are passed on."""
    told: list[tuple[int, int]] = []
    passed = 0

    def tell(read: int) -> None:
        told.append((read, passed))

    for _ in read_lines(_Chunks([b"a\nb\nc", b"\n", b"d"]), before_read=tell):
        passed += 1
    assert told == [(0, 0), (5, 2), (6, 3), (7, 3)]
    assert passed == 4
