"""A guarded client that reaches no network."""

from importlib import import_module
from typing import Any

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


def guarded(guard: Guard = GUARD, *, region: str = "us-east-1", **changed: Any) -> Any:
    """Return a guarded client that reaches no network, and the requests that it would send."""
    arguments: dict[str, Any] = {"buckets": TABLE, "solution": "xm-fax", **changed}
    config = import_module("botocore.config").Config(signature_version="s3v4")
    made = guard_session(session(), guard, **arguments).client(
        "s3", region_name=region, config=config
    )

    def reach(request: Any, **_: object) -> None:
        raise Reached(request.url)

    made.meta.events.register_last("before-send.s3", reach)
    return made
