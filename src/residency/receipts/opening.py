"""Opening a file of receipts: for one process alone, at the end of its chain."""

from __future__ import annotations

import json
import os
import re
from io import FileIO
from pathlib import Path

from residency.checks import LONGEST_RECEIPT
from residency.errors import ErrorKind, ReceiptError, quote
from residency.receipts.canonical import digest_of
from residency.receipts.chain import GENESIS, ReceiptHead, read_line
from residency.receipts.locking import hold

__all__ = ["open_receipts"]

_CHUNK = 65_536

# How each receipt begins, its digits aside.
_BEGINNINGS = tuple(
    b'{"at":"0000-00-00T00:00:00%b+00:00","decision":{"clauses":[' % fraction
    for fraction in (b"", b".000000")
)
_DIGIT = re.compile(rb"\d")


def open_receipts(path: Path) -> tuple[FileIO, ReceiptHead]:
    """Open a file to append receipts, or make it, and return it with the end of its chain.

    A receipt at its end that was cut off as it was written is removed, or where only its line feed
    is missing completed. It is not buffered, so that what could not be written is not tried again
    as it is closed.

    Raises:
        ReceiptError: it cannot be opened, or is another process's (UNAVAILABLE); or it does not
            hold receipts (UNREADABLE), and stays as it was.
    """
    name = quote(str(path))
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        file = FileIO(descriptor, "r+")
    except (OSError, ValueError) as error:
        raise _unopened(name, error) from None
    try:
        if not hold(file):
            message = f"another writer holds {name}: give each process a file of its own"
            raise ReceiptError(message, kind=ErrorKind.UNAVAILABLE)
        return file, _resume(file, name)
    except OSError as error:
        file.close()
        raise _unopened(name, error) from None
    except BaseException:
        file.close()
        raise


def _unopened(name: str, error: Exception) -> ReceiptError:
    reason = (getattr(error, "strerror", None) or "no file can have this path").lower()
    message = f"the receipts cannot be opened in {name}: {reason}"
    return ReceiptError(message, kind=ErrorKind.UNAVAILABLE)


def _resume(file: FileIO, name: str) -> ReceiptHead:
    """Go to where the next receipt belongs, and return the head of the one before it."""
    size = file.seek(0, os.SEEK_END)
    end = _after_last_feed(file, size)
    head = _head(file, end) if end else ReceiptHead(0, GENESIS)
    # INVARIANT (nothing destroyed): whose file it is is known before anything is cut off.
    after = None
    if head is not None and size - end < LONGEST_RECEIPT:
        file.seek(end)
        after = _head_after(head, file.read(size - end))
    if after is None:
        message = f"{name} does not end in a receipt: check it by `residency replay`"
        raise ReceiptError(message, kind=ErrorKind.UNREADABLE)
    if after != head:
        file.write(b"\n")
    elif end < size:
        file.truncate(end)
        file.seek(end)
    return after


def _head(file: FileIO, end: int) -> ReceiptHead | None:
    """Return the head of the receipt that ends there; None if none does."""
    start = _after_last_feed(file, end - 1)
    if end - start > LONGEST_RECEIPT:
        return None
    file.seek(start)
    held = read_line(file.read(end - start))
    return None if held is None else ReceiptHead(held["sequence"], held["hash"])


def _head_after(head: ReceiptHead, begun: bytes) -> ReceiptHead | None:
    """Return the head of a receipt that lacks its line feed; the one before it if it lacks more.

    None if it is no receipt, or does not follow the one before.
    """
    held = read_line(begun + b"\n")
    if held is None:
        return head if _is_cut_off(begun) else None
    stated = {name: value for name, value in held.items() if name != "hash"}
    follows = (head.sequence + 1, head.hash) == (held["sequence"], held["previous"])
    own = ReceiptHead(held["sequence"], held["hash"])
    return own if follows and digest_of(stated) == held["hash"] else None


def _is_cut_off(begun: bytes) -> bool:
    """Say whether something begins as a receipt does, and ends before it is whole."""
    given = _DIGIT.sub(b"0", begun[: len(_BEGINNINGS[-1])])
    if not any(each.startswith(given[: len(each)]) for each in _BEGINNINGS):
        return False
    try:
        json.JSONDecoder().raw_decode(begun.decode(errors="replace"))
    except (ValueError, RecursionError):
        return True
    return False


def _after_last_feed(file: FileIO, end: int) -> int:
    """Return the place after the last line feed before ``end``; 0 if there is none."""
    while end > 0:
        start = max(0, end - _CHUNK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
