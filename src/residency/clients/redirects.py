"""The HTTP session below a client of aiobotocore, held to the server that it was told to call.

aiohttp follows a redirect by itself, with the body, and raises no event of botocore's; botocore's
own session does not.
"""

from __future__ import annotations

from typing import Any, Final, cast

from residency.errors import ErrorKind, InputError, quote_type

__all__ = ["follow_no_redirects"]

_FOLLOWS: Final = "AIOHTTPSession"
_DOES_NOT: Final = "HttpxSession"


def follow_no_redirects(event_name: str, base_classes: list[type], **_: object) -> None:
    """Make every client of S3 hand a redirect to botocore as the answer that it is.

    A handler of ``creating-client-class``.
    """
    if event_name == "creating-client-class.s3":
        base_classes.insert(0, _Unredirected)


class _Unredirected:
    """A client whose requests reach no other server than the one that they were signed for."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        http = cast("Any", self)._endpoint.http_session  # noqa: SLF001 - it has no public name
        # aiobotocore's own names: one of them may not be installed, and neither is imported here.
        names = {
            base.__name__
            for base in type(http).__mro__
            if base.__module__.startswith("aiobotocore.")
        }
        if _FOLLOWS in names:
            pool = http._get_session  # noqa: SLF001 - as above

            async def direct(proxy_url: object) -> _Direct:
                return _Direct(await pool(proxy_url))

            http._get_session = direct  # noqa: SLF001 - as above
        elif _DOES_NOT not in names:
            message = (
                f"the client sends by a {quote_type(http)}, which may follow redirects unseen: "
                f"use {_FOLLOWS} or {_DOES_NOT}"
            )
            raise InputError(message, kind=ErrorKind.CONFLICT, value=http)


class _Direct:
    """A session of aiohttp, in which a redirect is an answer like any other."""

    __slots__ = ("_session",)

    def __init__(self, session: Any) -> None:
        self._session = session

    async def request(self, *args: object, **options: object) -> object:
        """Send one request, to one server."""
        return await self._session.request(*args, **{**options, "allow_redirects": False})
