"""A connection to PostgreSQL that knows when to give up."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import Any, Final, final

from residency.errors import ErrorKind, MissingExtraError

try:
    import psycopg
    from psycopg.abc import PQGen
except ImportError as error:
    message = "a ledger in PostgreSQL needs psycopg: install `residency[postgres]`"
    raise MissingExtraError(message, kind=ErrorKind.MISSING_EXTRA) from error

__all__ = ["CHANNEL", "DeadlineConnection"]

CHANNEL: Final = "residency_ledger"
"""Where each append is told, as ``POSITION PREVIOUS-HASH HASH ACCOUNT``."""


@final
class DeadlineConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that waits for the server until its deadline and no longer.

    PostgreSQL's own timeouts do not help where the server itself, or the way to it, is stuck.
    """

    expires: float = inf
    """The moment, on the monotonic clock, after which waiting is given up."""

    def wait(self, gen: PQGen[Any], *args: Any, **kwargs: Any) -> Any:
        """Do as psycopg does, but give up, and the connection with it, at the deadline."""
        return super().wait(self._until(gen), *args, **kwargs)

    def _until(self, gen: PQGen[Any]) -> PQGen[Any]:
        try:
            wanted = next(gen)
            while True:
                # psycopg comes back here several times a second, ready or not.
                ready = yield wanted
                if not ready and monotonic() >= self.expires:
                    self.close()
                    message = "no answer within the time allowed"
                    raise psycopg.OperationalError(message)
                wanted = gen.send(ready)
        except StopIteration as stop:
            return stop.value
