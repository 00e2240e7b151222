"""The documents under test, and the means to alter them: as text, or as a tree of TOML values."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeAlias, cast

import pytest

from residency.errors import ErrorKind, PolicyError
from residency.policy import read_policy
from tests.architecture.package import PACKAGE, REPOSITORY

FOUR_ZONES = REPOSITORY / "examples" / "four-zones.toml"
BUNDLED = PACKAGE / "policy" / "documents" / "xmedius" / "2020-11-01.toml"

Toml: TypeAlias = "str | int | float | bool | date | datetime | time | list[Toml] | dict[str, Toml]"
Keys: TypeAlias = tuple[str | int, ...]


def tree_of(document: Path) -> dict[str, Toml]:
    """Return a document as a tree of values."""
    return cast("dict[str, Toml]", tomllib.loads(document.read_text(encoding="utf-8")))


def written(tree: dict[str, Toml]) -> bytes:
    """Return a tree of values as TOML: one line for each key at the top, the rest inline."""
    lines = [f"{_quoted(key)} = {_inline(value)}\n" for key, value in tree.items()]
    return "".join(lines).encode()


def _quoted(text: str) -> str:
    # As JSON quotes it, but for what TOML wants otherwise: no surrogates, and DEL escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _inline(value: Toml) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_quoted(key)} = {_inline(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    return str(value)


def places(value: Toml, keys: Keys = ()) -> Iterator[tuple[Keys, Toml]]:
    """Yield every value in a tree, with the keys that lead to it."""
    yield keys, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*keys, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*keys, index))


def replaced(tree: dict[str, Toml], keys: Keys, value: Toml | None) -> dict[str, Toml]:
    """Return a copy of a tree in which ``keys`` lead to another value, or to none."""
    copy = cast("dict[str, Toml]", tomllib.loads(written(tree).decode()))
    holder: Toml = copy
    for key in keys[:-1]:
        holder = _children(holder)[key]
    if value is None:
        del _children(holder)[keys[-1]]
    else:
        _children(holder)[keys[-1]] = value
    return copy


def _children(value: Toml) -> dict[str | int, Toml]:
    # A list and a dict are altered in the same way; the keys are those of the tree.
    return cast("dict[str | int, Toml]", value)


def refusal(data: bytes) -> PolicyError:
    """Read a document that must be refused; return the error, whose form is checked."""
    with pytest.raises(PolicyError) as caught:
        read_policy(data)
    error = caught.value
    assert error.message.isprintable()
    assert error.message.startswith(error.key_path)
    assert all(type(suggestion) is str for suggestion in error.suggestions)
    return error


def check_mistake(old: str, new: str, path: str, says: str) -> None:
    """Check that the four-zone document with ``new`` for ``old`` is refused at ``path``."""
    text = FOUR_ZONES.read_text(encoding="utf-8")
    assert text.count(old) == 1, "the mistake is made in one place"
    error = refusal(text.replace(old, new).encode())
    assert error.key_path == path
    assert error.kind == ErrorKind.INVALID_POLICY
    assert says in error.message


def spelled(keys: Keys) -> str:
    """Return the key path as errors write it."""
    path = ""
    for key in keys:
        if isinstance(key, int):
            path += f"[{key}]"
        elif key.replace("-", "").replace("_", "").isalnum() and key.isascii():
            path += f".{key}"
        else:
            path += f'."{key}"'
    return path.removeprefix(".")
