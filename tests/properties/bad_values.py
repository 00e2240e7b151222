"""Bad values: of the wrong type, malformed, huge, or hostile, by a name for each."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any
from unittest import mock

from residency import Account, ConsentRecord, Context, Designation

_SPECIAL = [
    f"__{name}__"
    for name in (
        *("eq", "ne", "lt", "hash", "len", "bool", "iter", "getitem", "contains", "str", "repr"),
        *("format", "add", "radd", "call", "index", "float"),
    )
]
_TEXTUAL = [
    *("strip", "partition", "split", "splitlines", "casefold", "lower", "upper", "startswith"),
    *("isprintable", "isascii", "encode", "replace", "translate", "endswith", "removeprefix"),
]


def _fail(*_: object, **__: object) -> Any:
    raise RuntimeError("hostile\nto the last")


def hostile(base: type, *, name: str = "Hostile") -> Any:
    """Return a subclass whose every method fails."""
    return type(name, (base,), dict.fromkeys([*_SPECIAL, *_TEXTUAL], _fail))


class Claiming:
    """Says that it is whatever it was told to be, and fails at everything."""

    def __init__(self, kind: type) -> None:
        object.__setattr__(self, "kind", kind)

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return object.__getattribute__(self, "kind")
        return _fail()


class _Nowhere(tzinfo):
    """A time zone that fails to say where it is."""

    utcoffset = dst = tzname = _fail


class _Absurd(tzinfo):
    """A time zone that is out of this world."""

    dst = tzname = _fail

    def utcoffset(self, moment: datetime | None, /) -> timedelta:
        del moment
        return timedelta(days=3)


def _circle() -> list[object]:
    circle: list[object] = []
    circle.append(circle)
    return circle


_EAST = timezone(timedelta(hours=14))
_KINDS = (str, list, date, datetime, Account, Designation, ConsentRecord, Context)

NOT_TEXT: dict[str, Callable[[], Any]] = {
    "true": lambda: True,
    "false": lambda: False,
    "zero": lambda: 0,
    "number": lambda: 7,
    "huge number": lambda: 10**5000,
    "nan": lambda: math.nan,
    "infinity": lambda: -math.inf,
    "decimal nan": lambda: Decimal("sNaN"),
    "complex": lambda: 1j,
    "bytes": lambda: b"DE",
    "no bytes": lambda: b"",
    "bytearray": lambda: bytearray(b"zone:EU"),
    "list": lambda: ["zone:EU", None],
    "empty list": list,
    "huge list": lambda: ["zone:EU"] * 1_000,
    "circle": _circle,
    "dict": lambda: {"zone:EU": "zone:EU"},
    "set of bytes": lambda: {b"zone:EU"},
    "empty set": set,
    "generator": lambda: iter(["zone:EU"]),
    "naive moment": lambda: datetime.min,  # noqa: DTZ901 - that it is naive is the point
    "moment nowhere": lambda: datetime(2021, 1, 1, tzinfo=_Nowhere()),
    "moment out of this world": lambda: datetime(2021, 1, 1, tzinfo=_Absurd()),
    "moment before time": lambda: datetime(1, 1, 1, tzinfo=_EAST),
    "class": lambda: str,
    "function": lambda: len,
    "object": object,
    "hostile": hostile(object),
    "hostile list": lambda: hostile(list)(["zone:EU"]),
    "hostile tuple": lambda: hostile(tuple)(["zone:EU"]),
    "hostile dict": hostile(dict),
    "badly named": hostile(object, name="A\nname\r" + "x" * 500),
    "mock": mock.MagicMock,
    **{f"mock of {kind.__name__}": partial(mock.MagicMock, spec=kind) for kind in _KINDS},
    **{f"claims {kind.__name__}": partial(Claiming, kind) for kind in _KINDS},
}
"""Values that are no text, and no other value that any field takes."""

BAD_TEXT: dict[str, Callable[[], Any]] = {
    "empty": lambda: "",
    "blank": lambda: " \t ",
    "too long": lambda: "x" * 3_000,
    "huge": lambda: "x" * 1_000_000,
    "combining marks": lambda: "e" + "\u0301" * 100_000,
    "line break": lambda: "DE\nFR",
    "carriage return": lambda: "zone:EU\r\nx: y",
    "nul": lambda: "DE\0",
    "escape": lambda: "\x1b[31mDE",
    "line separator": lambda: "DE\u2028FR",
    "right to left": lambda: "zone:\u202eUE",
    "byte order mark": lambda: "\ufeffDE",
    "zero width": lambda: "D\u200bE",
    "surrogate": lambda: "\ud800",
    "surrogate within": lambda: "zone:E\udcffU",
    "tag letters": lambda: "\U000e0044\U000e0045",
}
"""Texts that no field takes."""

ODD_TEXT: dict[str, Callable[[], Any]] = {
    "wildcard": lambda: "*",
    "backticks": lambda: "`DE`",
    "braces": lambda: "{0.__class__}",
    "percent": lambda: "%s%n",
    "quotes": lambda: "'; DROP TABLE consents; --",
    "markup": lambda: "<script>alert(1)</script>",
    "path": lambda: "../../etc/passwd",
    "scheme only": lambda: "zone:",
    "no name": lambda: ":",
    "ligature": lambda: "ﬁ",
    "emoji": lambda: "🇩🇪",
    "hostile text": lambda: hostile(str)("ATLANTIS"),
    "hostile place": lambda: hostile(str)("zone:ATLANTIS"),
    "hostile country": lambda: hostile(str)("country:ATLANTIS"),
}
"""Texts that name nothing, though some field may take them as a name."""
