"""Pure ASGI middleware: each request and each websocket acts for its account.

It needs no framework. What the application starts inside a request inherits the account: tasks,
``asyncio.to_thread``, sync endpoints that a framework runs in its thread pool.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import final

from residency.checks import require_callable
from residency.clients.context import acting_for
from residency.clients.resolution import Answer, resolved

__all__ = ["AccountMiddleware", "Application", "Message", "Receive", "Scope", "Send"]

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@final
class AccountMiddleware:
    """Set the account of each request and websocket, and take it away at the end.

    Args:
        app: the ASGI application.
        resolve: returns the account of a connection's scope, or None for nobody; may be async.
            What it raises goes to the server, and nothing is served.
    """

    def __init__(self, app: Application, *, resolve: Callable[[Scope], Answer]) -> None:
        self._app = require_callable(app, "the application")
        self._resolve = require_callable(resolve, "the resolver")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; a ``lifespan`` passes through, and acts for nobody."""
        account = None
        if scope["type"] in ("http", "websocket"):
            account = await resolved(self._resolve(scope))
        with acting_for(account):
            await self._app(scope, receive, send)
