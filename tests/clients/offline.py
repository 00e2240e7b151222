"""A guarded client that reaches no network."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, NoReturn

from residency import Guard, Router, load_policy
from residency.clients.boto3 import Bucket, guard_session
from tests.servers.s3 import session

GUARD = Guard(Router(load_policy("xmedius")))

TABLE: dict[str, Bucket | str | tuple[str, ...]] = {
    "eu": Bucket("aws:eu-west-3"),
    "gb": "aws:eu-west-2",
    "replicated": ("aws:eu-west-3", "aws:us-east-1"),
}


class Reached(Exception):  # noqa: N818 - it says how far a call came
    """A call came as far as the network."""

    def __init__(self, request: Any) -> None:
        super().__init__(request.url)
        self.request = request


def reach(request: Any, **_: object) -> NoReturn:
    """Stop a request before it is sent: a handler of ``before-send``."""
    raise Reached(request)


def guarded(guard: Guard = GUARD, *, region: str = "us-east-1", **changed: Any) -> Any:
    """Return a guarded client that reaches no network."""
    arguments: dict[str, Any] = {"buckets": TABLE, "solution": "xm-fax", **changed}
    config = import_module("botocore.config").Config(signature_version="s3v4")
    made = guard_session(session(), guard, **arguments).client(
        "s3", region_name=region, config=config
    )
    made.meta.events.register_last("before-send.s3", reach)
    return made


@asynccontextmanager
async def guarded_async(**changed: Any) -> AsyncGenerator[Any, None]:
    """Open a guarded client of aiobotocore that reaches no network."""
    arguments: dict[str, Any] = {"buckets": TABLE, "solution": "xm-fax", **changed}
    made = guard_session(session("aiobotocore"), GUARD, **arguments)
    config = import_module("aiobotocore.config").AioConfig(signature_version="s3v4")
    async with made.create_client("s3", region_name="us-east-1", config=config) as client:
        client.meta.events.register_last("before-send.s3", reach)
        yield client
