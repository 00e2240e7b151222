"""Web frameworks: each request acts for its account, and nothing of it is left afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection

from residency import Account
from residency.clients import acting_for, current_account
from residency.clients.asgi import AccountMiddleware, Message, Receive, Scope, Send
from residency.clients.django import account_middleware
from residency.clients.fastapi import account_dependency
from residency.errors import InputError, MissingAccountError

_ACCOUNTS = {
    name: Account(name, "Germany", setup_date=date(2021, 3, 1)) for name in ("acme", "bolt")
}


def _whose() -> str:
    try:
        account = current_account()
    except MissingAccountError:
        return "nobody"
    assert isinstance(account, Account)
    return account.id


def _by_header(connection: HTTPConnection) -> Account | None:
    name = connection.headers.get("x-account", "")
    if name == "evil":
        raise HTTPException(401)
    return _ACCOUNTS.get(name)


async def _by_header_async(connection: HTTPConnection) -> Account | None:
    await asyncio.sleep(0)
    return _by_header(connection)


def _by_scope(scope: Scope) -> Account | None:
    return _by_header(HTTPConnection(scope))


def _by_scope_async(scope: Scope) -> Awaitable[Account | None]:
    return _by_header_async(HTTPConnection(scope))


def _application(**arguments: Any) -> FastAPI:
    app = FastAPI(**arguments)

    @app.get("/sync")
    def sync() -> str:
        return _whose()

    @app.get("/async")
    async def asynchronous() -> list[str]:
        task = asyncio.create_task(asyncio.to_thread(_whose))
        return [_whose(), await task]

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        def produce() -> Iterator[str]:
            yield _whose()

        return StreamingResponse(produce())

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        while await websocket.receive_text() != "end":
            await websocket.send_text(_whose())
        await websocket.close()

    return app


def _wrapped(resolve: Any) -> FastAPI:
    app = _application()
    app.add_middleware(AccountMiddleware, resolve=resolve)
    return app


_APPLICATIONS: dict[str, Callable[[], FastAPI]] = {
    "asgi": lambda: _wrapped(_by_scope),
    "asgi, async resolver": lambda: _wrapped(_by_scope_async),
    "fastapi": lambda: _application(dependencies=[Depends(account_dependency(_by_header))]),
    "fastapi, async resolver": lambda: _application(
        dependencies=[Depends(account_dependency(_by_header_async))]
    ),
}


@pytest.fixture(params=_APPLICATIONS)
def web(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """Each way to guard an ASGI application."""
    with TestClient(_APPLICATIONS[request.param]()) as client:
        yield client


def test_a_request_acts_for_its_account(web: TestClient) -> None:
    """Sync and async endpoints, their tasks and threads act for the request's account."""
    for name in ("acme", "bolt", "acme"):
        header = {"x-account": name}
        assert web.get("/sync", headers=header).json() == name
        assert web.get("/async", headers=header).json() == [name, name]


def test_a_stream_acts_for_its_account(web: TestClient) -> None:
    """A response that streams is produced for the request's account."""
    assert web.get("/stream", headers={"x-account": "acme"}).text == "acme"


def test_a_websocket_acts_for_its_account(web: TestClient) -> None:
    """A websocket acts for its account from the first message to the last."""
    with web.websocket_connect("/socket", headers={"x-account": "bolt"}) as socket:
        for _ in range(3):
            socket.send_text("whose?")
            assert socket.receive_text() == "bolt"
        socket.send_text("end")


def test_a_request_without_an_account_acts_for_nobody(web: TestClient) -> None:
    """Where the resolver says nobody, nobody it is, after another request too."""
    assert web.get("/sync", headers={"x-account": "acme"}).json() == "acme"
    assert web.get("/sync").json() == "nobody"


@pytest.mark.parametrize("kind", ["fastapi", "fastapi, async resolver"])
def test_a_dependency_may_refuse(kind: str) -> None:
    """What a FastAPI resolver raises is answered as of any dependency."""
    with TestClient(_APPLICATIONS[kind]()) as client:
        assert client.get("/sync", headers={"x-account": "evil"}).status_code == 401


async def test_a_lifespan_passes_and_acts_for_nobody() -> None:
    """The application's start and end are no request: no resolver is asked."""
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(await receive())
        seen.append((scope["type"], _whose()))

    def unasked(scope: Scope) -> Account:
        raise AssertionError(scope)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        seen.append(message["type"])

    with acting_for(_ACCOUNTS["acme"]):
        await AccountMiddleware(app, resolve=unasked)({"type": "lifespan"}, receive, send)
    assert seen == ["lifespan.startup", ("lifespan", "nobody")]


class _Request:
    """What Django's middleware passes on."""

    def __init__(self, account: str) -> None:
        self.account = _ACCOUNTS.get(account)


def _serve(_: _Request) -> str:
    return _whose()


async def _of_async(request: _Request) -> Account | None:
    await asyncio.sleep(0)
    return request.account


def test_django_refuses_an_async_resolver_under_wsgi() -> None:
    """Where nothing can be awaited, an async resolver is refused, and nothing is served."""
    serve = account_middleware(_of_async)(_serve)
    with pytest.raises(InputError, match="sync resolver"):
        serve(_Request("acme"))


def test_django_refuses_any_awaitable_under_wsgi() -> None:
    """An awaitable that is no coroutine is refused as well."""

    class Later:
        def __await__(self) -> Iterator[None]:
            yield

    answer: Any = Later()
    with pytest.raises(InputError, match="sync resolver"):
        account_middleware(lambda _: answer)(_serve)(_Request("acme"))


def _django_sync(request: Any) -> Account | None:
    return _ACCOUNTS.get(request.headers.get("x-account", ""))


sync_account: Any = account_middleware(_django_sync)


async def _django_async(request: Any) -> Account | None:
    await asyncio.sleep(0)
    return _django_sync(request)


async_account: Any = account_middleware(_django_async)


@pytest.fixture(scope="module")
def django() -> Any:
    """Return Django, set up with one sync and one async view."""
    settings = import_module("django.conf").settings
    if not settings.configured:
        settings.configure(
            ROOT_URLCONF=__name__,
            ALLOWED_HOSTS=["*"],
            DEBUG=False,
            SECRET_KEY="test",
            MIDDLEWARE=[],
        )
        import_module("django").setup()
    return import_module("django.test")


def _django_views() -> list[Any]:
    response: Any = import_module("django.http").HttpResponse
    path: Any = import_module("django.urls").path

    def sync(_: Any) -> Any:
        return response(_whose())

    async def asynchronous(_: Any) -> Any:
        return response(_whose() + await asyncio.to_thread(_whose))

    return [path("sync", sync), path("async", asynchronous)]


class _Views:
    """Django asks for its views only when it is set up."""

    def __iter__(self) -> Iterator[Any]:
        return iter(_django_views())


urlpatterns = _Views()


def test_django_serves_for_the_account_under_wsgi(django: Any) -> None:
    """Under WSGI, sync and async views act for the request's account, and the next for its own."""
    with django.override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.sync_account"]):
        client = django.Client()
        for name in ("acme", "bolt"):
            header = {"x-account": name}
            assert client.get("/sync", headers=header).content.decode() == name
            assert client.get("/async", headers=header).content.decode() == name * 2
        assert client.get("/sync").content == b"nobody"


@pytest.mark.parametrize("resolver", ["sync_account", "async_account"])
async def test_django_serves_for_the_account_under_asgi(django: Any, resolver: str) -> None:
    """Under ASGI, sync and async views act for the request's account, whatever the resolver is."""
    with django.override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.{resolver}"]):
        client = django.AsyncClient()
        for name in ("acme", "bolt"):
            header = {"x-account": name}
            assert (await client.get("/sync", headers=header)).content.decode() == name
            assert (await client.get("/async", headers=header)).content.decode() == name * 2
        assert (await client.get("/sync")).content == b"nobody"


@pytest.mark.parametrize("kind", ["WebsocketConsumer", "AsyncWebsocketConsumer"])
async def test_a_websocket_of_django_acts_for_its_account(django: Any, kind: str) -> None:
    """Channels, behind the ASGI middleware, serves each websocket of Django for its account."""
    assert django
    base: Any = getattr(import_module("channels.generic.websocket"), kind)

    def receive(self: Any, text_data: str) -> Any:
        return self.send(text_data=text_data + _whose())

    async def receive_async(self: Any, text_data: str) -> None:
        await receive(self, text_data)

    receives = receive if kind == "WebsocketConsumer" else receive_async
    consumer: Any = type("Consumer", (base,), {"receive": receives})
    path: Any = import_module("django.urls").path
    router: Any = import_module("channels.routing").URLRouter([path("socket", consumer.as_asgi())])
    app = AccountMiddleware(router, resolve=_by_scope)
    communicator: Any = import_module("asgiref.testing").ApplicationCommunicator
    for name in ("acme", "bolt", "nobody"):
        headers = [(b"x-account", name.encode())]
        socket = communicator(app, {"type": "websocket", "path": "/socket", "headers": headers})
        await socket.send_input({"type": "websocket.connect"})
        assert (await socket.receive_output(10))["type"] == "websocket.accept"
        for _ in range(2):
            await socket.send_input({"type": "websocket.receive", "text": "for "})
            assert (await socket.receive_output(10))["text"] == f"for {name}"
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(10)
