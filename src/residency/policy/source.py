"""Where a policy document comes from: the library's own folder, or a file of the caller's."""

from __future__ import annotations

import os
import re
import stat
from typing import Final, cast

from residency.errors import ErrorKind, PolicyError, quote

__all__ = ["LARGEST_DOCUMENT", "bundled_names", "read_source"]

LARGEST_DOCUMENT: Final = 1_000_000
"""The largest document, in bytes, that is read."""

_LONGEST_SOURCE = 4_096
_NAME = r"[a-z0-9][a-z0-9-]*(/[0-9]{4}-[0-9]{2}-[0-9]{2})?"
# Not with pathlib, which takes as long to import as a policy to read.
_DOCUMENTS = os.path.join(os.path.dirname(__file__), "documents")  # noqa: PTH118, PTH120 - see above


def bundled_names() -> tuple[str, ...]:
    """Return the names of the documents that come with the library, such as ``name/2020-11-01``."""
    return tuple(
        sorted(
            f"{folder.name}/{file.name.removesuffix('.toml')}"
            for folder in os.scandir(_DOCUMENTS)
            if folder.is_dir()
            for file in os.scandir(folder)
            if file.name.endswith(".toml")
        )
    )


def read_source(source: object) -> bytes:
    """Return the bytes of a bundled document or of a file, at most one more than are allowed.

    Args:
        source: a name or a path, as :func:`residency.load_policy` takes it.

    Raises:
        PolicyError: it is neither (TYPE, TOO_LONG, UNKNOWN_POLICY), or cannot be read (UNREADABLE).
    """
    if isinstance(source, os.PathLike):
        path = cast("os.PathLike[str]", source)
        return _read(path, path)
    # The type is asked, not the value: a value may claim any class (a mock does).
    if not issubclass(type(source), str):
        message = f"the policy is a {quote(source)}: pass a name or a path"
        raise PolicyError(message, kind=ErrorKind.TYPE, value=source)
    source = str.__str__(cast("str", source))
    if len(source) > _LONGEST_SOURCE:
        message = f"the policy's name has more than {_LONGEST_SOURCE} characters: shorten it"
        raise PolicyError(message, kind=ErrorKind.TOO_LONG, value=source)
    if re.fullmatch(_NAME, source):
        return _read(_bundled(source), source)
    if source.endswith(".toml") or "/" in source or os.sep in source:
        return _read(source, source)
    raise _unknown(source)


def _bundled(name: str) -> str:
    # The names are sorted, so the last that fits is the latest.
    for found in reversed(bundled_names()):
        if name in (found, found.partition("/")[0]):
            return os.path.join(_DOCUMENTS, f"{found}.toml")  # noqa: PTH118 - see above
    raise _unknown(name)


def _unknown(name: str) -> PolicyError:
    known = bundled_names()
    listed = ", ".join(map(quote, known))
    message = f"no bundled policy is named {quote(name)}: use {listed}, or the path of a document"
    return PolicyError(message, kind=ErrorKind.UNKNOWN_POLICY, value=name, suggestions=known)


def _read(path: str | os.PathLike[str], given: str | os.PathLike[str]) -> bytes:
    shown = quote(str(given))
    try:
        with open(path, "rb", opener=_opener) as file:
            is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            data = file.read(LARGEST_DOCUMENT + 1) if is_file else b""
    except (OSError, ValueError) as error:
        # A ValueError is a path that no file system can hold, such as one with a NUL.
        reason = (getattr(error, "strerror", None) or "no file can have this path").lower()
        message = f"{shown} cannot be read: {reason}: check the path and its permissions"
        raise PolicyError(message, kind=ErrorKind.UNREADABLE, value=given) from None
    if not is_file:
        message = f"{shown} is not a regular file: give the path of a TOML document"
        raise PolicyError(message, kind=ErrorKind.UNREADABLE, value=given)
    return data


def _opener(path: str, flags: int) -> int:
    # Opening a pipe that nobody writes to would wait for ever, unless asked not to.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
