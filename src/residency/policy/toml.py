"""TOML in which every value knows its key path, so that a refusal can say where to look.

A path counts from zero and quotes what TOML would quote: ``solutions[2].storage.EU``,
``clauses."§5(ii)"``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Final, cast, final

from residency.errors import CountryError, ErrorKind, PolicyError, quote
from residency.geography import TERRITORIES, Territory, normalise

__all__ = [
    "LONGEST_ID",
    "LONGEST_NAME",
    "LONGEST_TEXT",
    "MOST_ENTRIES",
    "Node",
    "key_path",
    "parse",
]

LONGEST_ID: Final = 64
"""The longest id, in characters."""
LONGEST_NAME: Final = 256
"""The longest name, in characters: as long as an account may spell an entity."""
LONGEST_TEXT: Final = 1_000
"""The longest text, in characters."""
MOST_ENTRIES: Final = 1_000
"""The most entries that one table or array may have."""

# A chain of dotted keys costs the parser time that is quadratic in its length.
_MOST_DOTS = 64

_MOST_SUGGESTIONS = 8

_ALPHANUMERIC = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_BARE = _ALPHANUMERIC | frozenset("-_")
_ID = _BARE | frozenset(".")
_CLAUSE = _ID | frozenset("§¶()/:")

_TYPES: Final[dict[type, str]] = {
    bool: "a boolean",
    date: "a date",
    datetime: "a date with a time",
    dict: "a table",
    float: "a float",
    int: "an integer",
    list: "an array",
    str: "a string",
    time: "a time",
}


def parse(data: bytes) -> Node:
    """Return the table at the top of a TOML document.

    Raises:
        PolicyError: the bytes are not UTF-8, or not TOML (MALFORMED).
    """
    # Imported here because a process that is handed a placement table never reads a document.
    import tomllib

    try:
        # Editors on some systems begin UTF-8 with a byte order mark.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The error counts from behind such a mark, and keeps what it counts in.
        line = error.object[: error.start].count(b"\n") + 1
        raise _malformed(f"line {line}", "not UTF-8: save the document as UTF-8") from None
    for number, line_text in enumerate(text.split("\n"), start=1):
        if line_text.count(".") > _MOST_DOTS:
            problem = f"more than {_MOST_DOTS} dots on one line: break the text or shorten the key"
            raise _malformed(f"line {number}", problem)
    try:
        return Node(tomllib.loads(text), "")
    except tomllib.TOMLDecodeError as error:
        # The position comes last; the reason may quote a key, which may hold anything.
        reason, _, position = str(error).rpartition(" (at ")
        problem = f"not TOML: {quote(reason)}: correct the syntax there"
        raise _malformed(position.removesuffix(")"), problem) from None
    except RecursionError:
        raise _malformed("the document", "nested too deeply: flatten it") from None
    except ValueError:
        # Such as an integer of more digits than Python converts, or a 30th of February.
        problem = "a number or date is out of range: write one that exists"
        raise _malformed("the document", problem) from None


def key_path(path: str, key: str) -> str:
    """Return the key path of ``key`` in the table at ``path``."""
    is_bare = 0 < len(key) <= LONGEST_ID and _BARE.issuperset(key)
    name = key if is_bare else f'"{quote(key)[1:-1]}"'
    return f"{path}.{name}" if path else name


def _malformed(where: str, problem: str) -> PolicyError:
    return PolicyError(f"{where}: {problem}", kind=ErrorKind.MALFORMED)


@final
class Node:
    """A value of the document, or the absence of one, with its key path.

    A node is true if the value is there. Asking for the value as some type returns it or raises a
    :class:`PolicyError` that names the path, what is wrong and what to write.
    """

    __slots__ = ("_value", "path")

    def __init__(self, value: object, path: str) -> None:
        self._value = value
        self.path = path

    def __bool__(self) -> bool:
        # TOML has no null, so None can stand for a key that is not there.
        return self._value is not None

    def refusal(
        self,
        problem: str,
        *,
        value: object = None,
        suggestions: tuple[str, ...] = (),
    ) -> PolicyError:
        """Return the error that says what is wrong here."""
        return PolicyError(
            f"{self.path or 'the document'}: {problem}",
            key_path=self.path,
            value=self._value if value is None else value,
            suggestions=suggestions,
        )

    def fields(self, *names: str) -> dict[str, Node]:
        """Return the node of each named key of this table, there or not, and refuse other keys."""
        table = self._table()
        for key in table:
            if key not in names:
                suggestions = _similar(key, names) or names
                problem = f"not a known key: use {_one_of(suggestions)}"
                raise self.field(key).refusal(problem, value=key, suggestions=suggestions)
        return {name: self.field(name) for name in names}

    def field(self, key: str) -> Node:
        """Return the node of one key of this table, there or not."""
        return Node(self._table().get(key), key_path(self.path, key))

    def entries(self) -> list[tuple[Node, Node]]:
        """Return the keys and values of a table whose keys the document itself chooses.

        A key is a node too, under the path of its value.
        """
        table = self._table()
        self._require_few(table)
        children = [(key, self.field(key)) for key in table]
        return [(Node(key, child.path), child) for key, child in children]

    def required(self) -> Node:
        """Return this node, an array that holds something."""
        if not self.items():
            raise self.refusal("missing or empty: write at least one entry")
        return self

    def items(self) -> list[Node]:
        """Return the nodes of an array; an absent array has none."""
        if not self:
            return []
        value = self._value
        if type(value) is not list:
            raise self._mistyped("an array")
        array = cast("list[object]", value)
        self._require_few(array)
        return [Node(item, f"{self.path}[{index}]") for index, item in enumerate(array)]

    def text(self, *, longest: int = LONGEST_NAME) -> str:
        """Return one line of text."""
        if type(self._value) is not str:
            raise self._mistyped("a string")
        text = self._value
        if len(text) > longest:
            raise self.refusal(f"{len(text)} characters: use at most {longest}")
        if not text.strip():
            raise self.refusal("empty: write something")
        if not text.isprintable():
            raise self.refusal(f"{quote(text)} holds a character that does not print: remove it")
        return text

    def optional_text(self) -> str | None:
        """Return one line of text, or None where there is none."""
        return self.text() if self else None

    def id(self) -> str:
        """Return an id: letters, digits, ``.``, ``-`` and ``_``, a letter or digit first."""
        text = self.text(longest=LONGEST_ID)
        if _ID.issuperset(text) and text[0] in _ALPHANUMERIC:
            return text
        raise self.refusal(
            f"{quote(text)} is not an id: use letters, digits and . - _, a letter or digit first"
        )

    def clause_id(self) -> str:
        """Return a clause id: what an id may hold and ``§ ¶ ( ) / :``, in any order."""
        text = self.text(longest=LONGEST_ID)
        if _CLAUSE.issuperset(text):
            return text
        raise self.refusal(
            f"{quote(text)} is not a clause id: use letters, digits and § ¶ ( ) / : . - _"
        )

    def integer(self, *, least: int, most: int) -> int:
        """Return a whole number between two bounds, both included."""
        if type(self._value) is not int:
            raise self._mistyped("an integer")
        if not least <= self._value <= most:
            raise self.refusal(f"out of range: use a number from {least} to {most}")
        return self._value

    def flag(self) -> bool:
        """Return a boolean."""
        if type(self._value) is not bool:
            raise self._mistyped("a boolean")
        return self._value

    def day(self) -> date:
        """Return a calendar day."""
        if type(self._value) is not date:
            raise self._mistyped("a date")
        return self._value

    def one_of(self, known: Collection[str], what: str) -> str:
        """Return a text that is among the known ones.

        Args:
            known: what the document has declared, or the library knows.
            what: what a known text is, such as ``zone``.
        """
        text = self.text()
        if text in known:
            return text
        suggestions = _similar(text, known) or tuple(known)[:_MOST_SUGGESTIONS]
        hint = f"use {_one_of(suggestions)}" if suggestions else "there is none yet: declare it"
        raise self.refusal(f"{quote(text)} is not a known {what}: {hint}", suggestions=suggestions)

    def several_of(self, known: Collection[str], what: str) -> tuple[str, ...]:
        """Return texts that are each among the known ones, none of them twice."""
        items = self.items()
        found = dict.fromkeys(item.one_of(known, what) for item in items)
        if len(found) != len(items):
            raise self.refusal("names something twice: keep each once")
        return tuple(found)

    def territories(self) -> tuple[Territory, ...]:
        """Return ISO 3166-1 alpha-2 codes, none of them twice."""
        found: dict[Territory, None] = {}
        for item in self.items():
            code = Territory(item.text())
            if code not in TERRITORIES:
                suggestions = _meant(code)
                hint = f"use {_one_of(suggestions)}" if suggestions else "use an alpha-2 code"
                raise item.refusal(
                    f"{quote(code)} is not a territory: {hint}", suggestions=suggestions
                )
            if code in found:
                raise item.refusal(f"{quote(code)} stands here twice: keep one")
            found[code] = None
        return tuple(found)

    def _table(self) -> dict[str, object]:
        value = self._value
        if type(value) is not dict:
            raise self._mistyped("a table")
        return cast("dict[str, object]", value)

    def _mistyped(self, wanted: str) -> PolicyError:
        if not self:
            return self.refusal(f"missing: write {wanted}")
        return self.refusal(f"{_TYPES[type(self._value)]}: write {wanted}")

    def _require_few(self, entries: Collection[object]) -> None:
        if len(entries) > MOST_ENTRIES:
            raise self.refusal(f"{len(entries)} entries: use at most {MOST_ENTRIES}")


def _one_of(words: Collection[str]) -> str:
    return " or ".join(quote(word) for word in words)


def _similar(word: str, known: Collection[str]) -> tuple[str, ...]:
    # Imported here because only a refusal needs it.
    from difflib import get_close_matches

    return tuple(get_close_matches(word, known, n=3)) if len(word) <= LONGEST_ID else ()


def _meant(code: str) -> tuple[Territory, ...]:
    try:
        return (normalise(code),)
    except CountryError:
        return ()
