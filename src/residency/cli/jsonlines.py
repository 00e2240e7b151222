"""JSON Lines: one object a line, read strictly and written plainly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from json import JSONDecodeError, JSONDecoder, JSONEncoder
from typing import cast

from residency.cli.lines import LONGEST_LINE, Line
from residency.cli.record import Broken, Fields, broken
from residency.errors import quote, quote_type

__all__ = ["read_json_lines", "write_json"]


class _NotStrictError(ValueError):
    """Python would read it, but it is no JSON that every program reads alike."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise _NotStrictError(f"the key {quote(key)} is given twice: give it once")
    return fields


def _constant(name: str) -> object:
    raise _NotStrictError(f"{quote(name)} is no JSON: write null, or text in quotes")


_DECODER = JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
_READABLE = JSONEncoder(ensure_ascii=False, allow_nan=False)
_ASCII = JSONEncoder(allow_nan=False)


def read_json_lines(
    lines: Iterable[Line], *, longest: int = LONGEST_LINE
) -> Iterator[Fields | Broken]:
    """Yield the record of each line that is not blank.

    Args:
        lines: the lines.
        longest: the longest, in bytes, that was kept.
    """
    for number, content in lines:
        if content is None:
            yield broken(number, f"longer than {longest} bytes: write one record a line")
        elif content and not content.isspace():
            yield _read(number, content)


def _read(number: int, content: bytes) -> Fields | Broken:
    try:
        value: object = _DECODER.decode(content.decode())
        if isinstance(value, dict):
            return cast("dict[str, object]", value)
        problem = f"{quote_type(value)}, not an object: write one object a line"
    except UnicodeDecodeError:
        problem = "not UTF-8: save the file as UTF-8"
    except JSONDecodeError as error:
        problem = f"not JSON at column {error.colno}: write one object a line"
    except _NotStrictError as error:
        problem = str(error)
    except ValueError:
        problem = "a number has too many digits: write it as text"
    except RecursionError:
        problem = "nested too deeply: write a flat object"
    return broken(number, problem)


def write_json(fields: Mapping[str, object]) -> str:
    """Return an object as JSON on one line, readable where that is safe and escaped where not."""
    text = _READABLE.encode(fields)
    # Lone surrogates cannot be written as UTF-8, and some programs break lines at U+2028.
    return text if text.isprintable() else _ASCII.encode(fields)
