"""What all values of the library share: they are equal, hashed and shown by their fields.

attrs would write these three methods for each class anew and compile them at each start. That took
half of the time that it takes to make a class, and a tenth of that to a process's first decision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar

from attrs import Attribute

__all__ = ["Value"]


class Value:
    """A base of ``@frozen(slots=True, eq=False, repr=False)``: one instance stands for its fields.

    Two values are equal if they are of the same class and equal in each field that is not
    ``field(eq=False)``; ``repr`` shows each that is not ``field(repr=False)``, as attrs does.
    """

    __slots__ = ()

    __attrs_attrs__: ClassVar[tuple[Attribute[Any], ...]]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        kind: Any = type(self)
        read = _reader_of(kind)
        return bool(read(self) == read(other))

    def __hash__(self) -> int:
        kind: Any = type(self)
        return hash((kind, _reader_of(kind)(self)))

    def __repr__(self) -> str:
        shown = (
            f"{each.name}={getattr(self, each.name)!r}"
            for each in self.__attrs_attrs__
            if each.repr
        )
        return f"{type(self).__qualname__}({', '.join(shown)})"


@cache
def _reader_of(kind: Any) -> Callable[[object], object]:
    """Return what reads the fields of a value that tell it from others of its class."""
    return attrgetter(*(each.name for each in kind.__attrs_attrs__ if each.eq))
