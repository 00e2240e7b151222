"""CSV with a header, read strictly and written plainly.

A quote that is opened and not closed would swallow the records after it. So a row that cannot be
read, or has too few or too many cells, costs its first line alone: reading resumes on the line
after that.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias, cast, final

from residency.cli.lines import LONGEST_LINE, Line
from residency.cli.record import Broken, Fields, Schema, broken
from residency.errors import ErrorKind, InputError

__all__ = ["MOST_LINES", "SEPARATOR", "read_csv", "write_csv"]

MOST_LINES: Final = 100
"""The most lines that one row may run over, by line breaks inside quotes."""

SEPARATOR: Final = ";"
"""Separates several texts in one cell of the input: names of places hold blanks."""


class _Unreadable(Exception):  # noqa: N818 - it says what the line is, for this module alone
    pass


@final
class _Feed:
    """Feeds lines to ``csv.reader``, and takes back those of a row that it could not read."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self._row: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._row.append(line)
        if len(self._row) > MOST_LINES:
            raise _Unreadable(f"a row of more than {MOST_LINES} lines: close its quotes")
        if line.content is None:
            raise _Unreadable(f"longer than {LONGEST_LINE} bytes: write one record a line")
        try:
            return line.content.decode() + "\n"
        except UnicodeDecodeError:
            raise _Unreadable("not UTF-8: save the file as UTF-8") from None

    def start(self) -> None:
        """Start the next row."""
        self._row.clear()

    def give_up(self) -> None:
        """Have all lines of this row read again, except for its first."""
        self._again.extendleft(reversed(self._row[1:]))

    @property
    def number(self) -> int:
        """The number of the first line of this row."""
        return self._row[0].number


_Row: TypeAlias = tuple[int, list[str] | str]
"""A row: the number of its first line, and its cells or why it cannot be read."""


def _rows(feed: _Feed) -> Iterator[_Row]:
    """Yield each row that is not blank."""
    reader = csv.reader(feed, strict=True)
    while True:
        feed.start()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Unreadable) as error:
            feed.give_up()
            is_csv = isinstance(error, csv.Error)
            yield feed.number, f"not a CSV row: {error}: check its quotes" if is_csv else str(error)
        else:
            if len(cells) > 1 or (cells and not cells[0].isspace()):
                yield feed.number, cells


def read_csv(lines: Iterator[Line], schema: Schema) -> Iterator[Fields | Broken]:
    """Read the header, and return the records of the rows under it that are not blank.

    An empty cell is a field that was not given, unless the field is required.

    Raises:
        InputError: the header cannot be read, or a required column is missing or any is twice
            there.
    """
    feed = _Feed(lines)
    header = _header(next(_rows(feed), None), schema)
    return _records(feed, header, schema)


def _records(feed: _Feed, header: list[str], schema: Schema) -> Iterator[Fields | Broken]:
    id_column = header.index("id")
    for number, cells in _rows(feed):
        if isinstance(cells, str):
            yield broken(number, cells)
        elif len(cells) != len(header):
            feed.give_up()
            problem = f"{len(cells)} cells where the header has {len(header)}: give each a column"
            yield broken(number, problem, id=cells[id_column] if id_column < len(cells) else None)
        else:
            fields = {
                name: cell
                for name, cell in zip(header, cells, strict=True)
                if cell or name in schema.required
            }
            yield _separated(fields, schema) if schema.several else fields


def _header(row: _Row | None, schema: Schema) -> list[str]:
    if row is None:
        problem = "there is no header: start the file with the names of its columns"
        raise InputError(problem, kind=ErrorKind.MALFORMED)
    number, cells = row
    if isinstance(cells, str):
        raise broken(number, cells).error
    header = [cell.strip() for cell in cells]
    known = schema.required | schema.optional
    substitute, replaced = schema.instead
    needed = schema.required - replaced if substitute in header else schema.required
    if missing := sorted(needed.difference(header)):
        problem = f"the header lacks {', '.join(missing)}: add the column"
        raise broken(number, problem).error
    if twice := sorted(name for name in known if header.count(name) > 1):
        problem = f"the header has {', '.join(twice)} twice: keep one column"
        raise broken(number, problem).error
    return header


def _separated(fields: dict[str, str], schema: Schema) -> Fields:
    return {
        name: [text.strip() for text in cell.split(SEPARATOR)]
        if name in schema.several and SEPARATOR in cell
        else cell
        for name, cell in fields.items()
    }


class _Echo:
    """Hands each row that ``csv.writer`` writes back to whoever asked for it."""

    def write(self, row: str) -> str:
        # Rows end as RFC 4180 says while they are quoted, so that a carriage return in a cell is
        # quoted too, and with a plain line feed in the end.
        return row.removesuffix("\r\n") + "\n"


_WRITER = csv.writer(_Echo())


def write_csv(cells: Iterable[object]) -> str:
    """Return a row: a list joined by blanks, true or false in lower case, nothing for None."""
    row: str = _WRITER.writerow([_cell(cell) for cell in cells])
    return row


def _cell(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, cast("Sequence[object]", value)))
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
