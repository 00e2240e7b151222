"""Django middleware: a request acts for its account, in sync and async views.

It imports nothing of Django. Websockets reach Django through Channels, which is ASGI: put
:class:`residency.clients.asgi.AccountMiddleware` around its router.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from residency.checks import require_callable
from residency.clients.context import acting_for
from residency.clients.resolution import Answer, resolved
from residency.errors import ErrorKind, InputError

__all__ = ["account_middleware"]

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")

_View = Callable[[_Request], _Response]


def account_middleware(
    resolve: Callable[[_Request], Answer],
) -> Callable[[_View[_Request, _Response]], _View[_Request, _Response]]:
    """Return middleware for Django's ``MIDDLEWARE``, under whatever name it is assigned to.

    A response that streams is produced after the middleware has ended, and acts for nobody.

    Args:
        resolve: returns the account of a request, or None for nobody; under ASGI it may be async.

    Raises:
        InputError: ``resolve`` cannot be called; or, as a request is served under WSGI, its answer
            would have to be awaited (TYPE).
    """
    require_callable(resolve, "the resolver")

    def middleware(get_response: _View[_Request, _Response]) -> _View[_Request, _Response]:
        if inspect.iscoroutinefunction(get_response):

            async def serve_async(request: _Request) -> Any:
                with acting_for(await resolved(resolve(request))):
                    return await cast("Awaitable[object]", get_response(request))

            return cast("_View[_Request, _Response]", serve_async)

        def serve(request: _Request) -> _Response:
            answer = resolve(request)
            if inspect.isawaitable(answer):
                if inspect.iscoroutine(answer):
                    answer.close()
                message = "the resolver is async and the server is not: pass a sync resolver"
                raise InputError(message, kind=ErrorKind.TYPE, value=resolve)
            with acting_for(answer):
                return get_response(request)

        return serve

    # What Django's own decorator `sync_and_async_middleware` sets.
    for kind in ("sync_capable", "async_capable"):
        setattr(middleware, kind, True)
    return middleware
