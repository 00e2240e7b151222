"""Rows as people, spreadsheets and programs read them: aligned text, CSV or a JSON array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, cast

from residency.cli.csvfile import write_csv
from residency.cli.jsonlines import write_json

__all__ = ["FORMATS", "Row", "written"]

FORMATS = ("text", "csv", "json")
"""The formats of rows."""

Row: TypeAlias = Sequence[object]


def written(chosen: str, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows in one of the formats, a line at a time."""
    if chosen == "csv":
        yield write_csv(columns)
        yield from map(write_csv, rows)
    elif chosen == "json":
        separator = "[\n"
        for row in rows:
            yield separator + write_json(dict(zip(columns, row, strict=True)))
            separator = ",\n"
        yield "\n]\n" if separator != "[\n" else "[]\n"
    else:
        yield from _aligned([columns, *([_shown(cell) for cell in row] for row in rows)])


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip() + "\n"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, cast("tuple[object, ...]", value)))
    return "" if value is None else str(value)
