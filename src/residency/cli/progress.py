"""Progress on standard error: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TextIO

from tqdm import tqdm

__all__ = ["progress"]

_SECONDS_UNTIL_SHOWN = 1
_SECONDS_BETWEEN_REDRAWS = 0.1
_SECONDS_BETWEEN_LINES = 5


class _Lines:
    """Turns the redrawing of one line into lines of their own, for a log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        if shown := text.strip():
            with suppress(OSError):  # nobody reads the log: no reason to stop the work
                self._stream.write(f"{shown}\n")
                self._stream.flush()


@contextmanager
def progress(size: int | None, *, unit: str = "B") -> Generator[Callable[[int], None], None, None]:
    """Show how far a batch is, once it has taken a second.

    Args:
        size: the input's bytes; None where that is not known, so that records are counted.
        unit: what the size counts, if not bytes.

    Yields:
        what to call, now and then, with the bytes read or the records answered so far.
    """
    log: TextIO | None = sys.stderr
    if log is None:  # closed
        yield lambda _: None
        return
    # One bar in one process needs neither a watching thread nor a lock of the operating system.
    tqdm.monitor_interval = 0
    tqdm.set_lock(threading.RLock())  # pyright: ignore[reportUnknownMemberType] - its stub says nothing
    on_terminal = log.isatty()
    with tqdm(
        total=size,
        unit=" records" if size is None else unit,
        unit_scale=True,
        delay=_SECONDS_UNTIL_SHOWN,
        mininterval=_SECONDS_BETWEEN_REDRAWS if on_terminal else _SECONDS_BETWEEN_LINES,
        miniters=1,
        file=log if on_terminal else _Lines(log),
        leave=False,
    ) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        yield show
