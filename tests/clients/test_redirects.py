"""Servers that redirect, by HTTP or to another region of S3: no write follows."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any

import pytest

from residency import Guard, Router, TransferBlocked, load_policy, open_ledger
from residency.clients import acting_for
from residency.clients.boto3 import Bucket, guard_session
from residency.errors import ErrorKind, InputError
from tests.clients.scene import ACME, CANARY
from tests.servers.s3 import session

_GUARD = Guard(Router(load_policy("xmedius")), open_ledger("memory:"))
_CODES = pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
_SENDERS = ("AIOHTTPSession", "HttpxSession")


class _Server:
    """A server on loopback that gives each request the same answer, and counts connections."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.connections = 0
        self.seen = b""
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        head = await reader.readuntil(b"\r\n\r\n")
        if b"100-continue" in head:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = next(
            (
                int(line.partition(b":")[2])
                for line in head.splitlines()
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        self.seen += head + await reader.readexactly(length)
        # botocore asks for the bucket's region with HEAD, and then tries again.
        region = b"HTTP/1.1 200 OK\r\nx-amz-bucket-region: eu-west-3\r\n"
        answer = region if head.startswith(b"HEAD") else self._answer
        writer.write(answer + b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def _serving(answer: bytes) -> AsyncGenerator[_Server, None]:
    made = _Server(answer)
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


@asynccontextmanager
async def _redirecting(code: int) -> AsyncGenerator[tuple[_Server, _Server], None]:
    async with _serving(b"HTTP/1.1 200 OK\r\n") as target:
        location = f"{target.endpoint}/eu/k".encode()
        answer = b"HTTP/1.1 %d Elsewhere\r\nLocation: %s\r\n" % (code, location)
        async with _serving(answer) as first:
            yield first, target


def _config(sender: type) -> Any:
    config: Any = import_module("aiobotocore.config").AioConfig
    return config(http_session_cls=sender, s3={"addressing_style": "path"})


def _sender(name: str) -> Any:
    module = "aiobotocore.httpsession" if name == "AIOHTTPSession" else "aiobotocore.httpxsession"
    return getattr(import_module(module), name)


def _guarded(endpoint: str, sender: Any) -> Any:
    table = {"eu": Bucket("country:FR", region="eu-west-3", endpoint=endpoint)}
    made = guard_session(session("aiobotocore"), _GUARD, buckets=table, solution="xm-fax")
    return made.create_client("s3", region_name="eu-west-3", config=_config(sender))


@_CODES
@pytest.mark.parametrize("sender", _SENDERS)
async def test_a_redirect_by_http_is_not_followed(code: int, sender: str) -> None:
    """A write that is redirected fails, and the server it was redirected to is never called."""
    async with _redirecting(code) as (first, target):
        async with _guarded(first.endpoint, _sender(sender)) as client:
            with acting_for(ACME), pytest.raises(client.exceptions.ClientError):
                await client.put_object(Bucket="eu", Key="k", Body=CANARY)
            with pytest.raises(client.exceptions.ClientError):
                await client.get_object(Bucket="eu", Key="k")
        assert CANARY in first.seen
        assert (target.connections, target.seen) == (0, b"")


@_CODES
async def test_without_a_guard_a_redirect_is_followed(code: int) -> None:
    """The redirects that the test above relies on are ones that aiohttp follows."""
    async with _redirecting(code) as (first, target):
        made = session("aiobotocore").create_client(
            "s3",
            region_name="eu-west-3",
            endpoint_url=first.endpoint,
            config=_config(_sender("AIOHTTPSession")),
        )
        async with made as client:
            await client.put_object(Bucket="eu", Key="k", Body=CANARY)
        assert target.connections == 1


async def test_what_may_follow_redirects_unseen_sends_nothing() -> None:
    """A client with an HTTP session that nobody knows is not made."""

    class Other:
        def __init__(self, **_: object) -> None:
            pass

    with pytest.raises(InputError, match="may follow redirects") as raised:
        async with _guarded("http://127.0.0.1:1", Other):
            raise AssertionError
    assert raised.value.kind == ErrorKind.CONFLICT


async def test_other_services_are_left_alone() -> None:
    """Clients of other services than S3 are made as before."""
    made = guard_session(session("aiobotocore"), _GUARD, buckets={})
    async with made.create_client("s3control", region_name="eu-west-3") as client:
        assert "_Unredirected" not in {base.__name__ for base in type(client).__mro__}


class _Redirecting(BaseHTTPRequestHandler):
    """Answers each write with a permanent redirect to another region."""

    protocol_version = "HTTP/1.1"  # it says at once that the body may come

    seen: list[str] = []  # noqa: RUF012 - one handler is made for each connection

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        region = self.headers["Authorization"].split("/")[2]
        self.seen.append(region)
        body = b"<Error><Code>PermanentRedirect</Code></Error>"
        self.send_response(301)
        self.send_header("x-amz-bucket-region", "us-east-1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def redirecting() -> Iterator[str]:
    """Run a server that sends every write to another region."""
    _Redirecting.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Redirecting)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("region", ["eu-west-3", None])
def test_a_redirect_to_another_region_is_not_followed(redirecting: str, region: str | None) -> None:
    """A redirect never takes a write to another region than the one that was decided."""
    table = {"eu": Bucket("country:FR", region=region, endpoint=redirecting)}
    made = guard_session(session(), _GUARD, buckets=table, solution="xm-fax")
    client = made.client("s3", region_name="eu-west-3")
    with acting_for(ACME):
        for _ in range(2):
            with pytest.raises(client.exceptions.ClientError):
                client.put_object(Bucket="eu", Key="k", Body=b"x")
    assert set(_Redirecting.seen) == {"eu-west-3"}


@pytest.mark.parametrize("region", ["eu-west-3", None])
def test_a_link_is_signed_for_no_region_of_a_redirect(redirecting: str, region: str | None) -> None:
    """A link is for the region of its bucket. Where none is named, a redirect does not name it."""
    table = {"eu": Bucket("country:FR", region=region, endpoint=redirecting)}
    made = guard_session(session(), _GUARD, buckets=table, solution="xm-fax")
    newer: Any = import_module("botocore.config").Config(signature_version="s3v4")
    client = made.client("s3", region_name="eu-west-3", config=newer)
    params = {"Bucket": "eu", "Key": "k"}
    with acting_for(ACME):
        before = client.generate_presigned_url("put_object", Params=params)
        assert "%2Feu-west-3%2Fs3%2F" in before
        with pytest.raises(client.exceptions.ClientError):
            client.put_object(**params, Body=b"x")
        if region is not None:
            after = client.generate_presigned_url("put_object", Params=params)
            assert "%2Feu-west-3%2Fs3%2F" in after
        else:
            with pytest.raises(TransferBlocked, match="region:us-east-1"):
                client.generate_presigned_url("put_object", Params=params)


def test_without_a_guard_the_redirect_is_followed(redirecting: str) -> None:
    """The redirect that the test above relies on is one that boto3 follows."""
    client = session().client("s3", region_name="eu-west-3", endpoint_url=redirecting)
    with pytest.raises(client.exceptions.ClientError):
        client.put_object(Bucket="eu", Key="k", Body=b"x")
    assert "us-east-1" in _Redirecting.seen
