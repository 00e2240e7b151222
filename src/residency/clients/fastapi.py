"""A FastAPI dependency: an endpoint acts for the account of its request or websocket.

It is an async generator, because what a sync dependency sets is lost before the endpoint runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from residency.checks import require_callable
from residency.clients.context import acting_for
from residency.clients.resolution import Answer, resolved
from residency.errors import ErrorKind, MissingExtraError
from residency.guard import Subject

try:
    from fastapi.requests import HTTPConnection
except ImportError as error:
    _MESSAGE = "FastAPI is not installed: install `residency[fastapi]`"
    raise MissingExtraError(_MESSAGE, kind=ErrorKind.MISSING_EXTRA) from error

__all__ = ["account_dependency"]


def account_dependency(
    resolve: Callable[[HTTPConnection], Answer],
) -> Callable[[HTTPConnection], AsyncIterator[Subject | None]]:
    """Return a dependency for ``Depends``, of an endpoint, a router or the whole application.

    Args:
        resolve: returns the account of a request or websocket, or None for nobody; may be async,
            and may raise ``HTTPException``.
    """
    require_callable(resolve, "the resolver")

    async def account(connection: HTTPConnection) -> AsyncIterator[Subject | None]:
        with acting_for(await resolved(resolve(connection))) as subject:
            yield subject

    return account
