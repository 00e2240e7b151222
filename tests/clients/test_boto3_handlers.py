"""Other handlers of a guarded client: what they change is decided, or refused."""

from collections.abc import Callable
from typing import Any

import pytest

from residency import TransferBlocked
from residency.clients import acting_for
from residency.clients.boto3 import guard_session
from tests.clients.offline import GUARD, TABLE, Reached, guarded, guarded_async
from tests.clients.scene import ACME
from tests.servers.s3 import session

Change = Callable[[dict[str, Any]], object]


def test_what_another_handler_made_of_a_call_is_decided() -> None:
    """A handler that rewrites the bucket does so before the call is decided."""
    made = guard_session(session(), GUARD, buckets=TABLE, solution="xm-fax")

    def rewrite(params: dict[str, object], **_: object) -> None:
        params["Bucket"] = "gb"

    made.events.register("before-parameter-build", rewrite)
    client = made.client("s3", region_name="eu-west-3")
    client.meta.events.register("before-parameter-build.s3", rewrite)
    with acting_for(ACME), pytest.raises(TransferBlocked, match="eu-west-2"):
        client.put_object(Bucket="eu", Key="k")


def _put_late(client: Any, event: str, change: Change) -> None:
    """Let a handler change the arguments of the client's calls when they were decided already."""

    def late(params: dict[str, Any], **_: object) -> None:
        change(params)

    if event == "before-parameter-build":
        client.meta.events.register_last(event, late)
    else:
        client.meta.events.register(event, late)


def _to_gb(params: dict[str, Any]) -> None:
    params["Bucket"] = "gb"


def _logs_to_gb(params: dict[str, Any]) -> None:
    params["BucketLoggingStatus"]["LoggingEnabled"]["TargetBucket"] = "gb"


def _logs() -> dict[str, object]:
    return {"LoggingEnabled": {"TargetBucket": "eu", "TargetPrefix": ""}}


_CALLS: dict[str, tuple[Callable[[Any], Any], Change]] = {
    "put_object": (lambda c: c.put_object(Bucket="eu", Key="k"), _to_gb),
    "a link": (
        lambda c: c.generate_presigned_url("put_object", {"Bucket": "eu", "Key": "k"}),
        _to_gb,
    ),
    "a form": (lambda c: c.generate_presigned_post("eu", "k"), _to_gb),
    "the target of logs": (
        lambda c: c.put_bucket_logging(Bucket="eu", BucketLoggingStatus=_logs()),
        _logs_to_gb,
    ),
    "the source of a copy": (
        lambda c: c.copy_object(Bucket="eu", Key="k", CopySource="eu/s"),
        lambda params: params.update(CopySource="unheard-of/s"),
    ),
}


@pytest.mark.parametrize("event", ["before-parameter-build", "before-endpoint-resolution.s3"])
@pytest.mark.parametrize("name", _CALLS)
async def test_what_was_decided_is_not_changed_any_more(name: str, event: str) -> None:
    """A handler that comes after the decision changes neither the bucket nor a second one."""
    call, change = _CALLS[name]
    client = guarded()
    _put_late(client, event, change)
    with acting_for(ACME), pytest.raises(TransferBlocked, match=r"\+changed"):
        call(client)
    async with guarded_async() as client:
        _put_late(client, event, change)
        with acting_for(ACME), pytest.raises(TransferBlocked, match=r"\+changed"):
            await call(client)


def test_a_late_handler_may_change_what_names_no_place() -> None:
    """What does not say where the bytes go may still be changed; so may what is only read."""
    client = guarded()
    _put_late(client, "before-endpoint-resolution.s3", lambda params: params.update(Key="l"))
    with acting_for(ACME), pytest.raises(Reached, match="/eu/l"):
        client.put_object(Bucket="eu", Key="k")
    _put_late(client, "before-endpoint-resolution.s3", _to_gb)
    with pytest.raises(Reached, match="/gb/l"):
        client.get_object(Bucket="eu", Key="k")


def _map_to_eu(client: Any) -> None:
    def mapped(params: dict[str, object], **_: object) -> dict[str, object]:
        return {**params, "Bucket": "eu"}

    client.meta.events.register("provide-client-params.s3", mapped)


async def test_a_form_for_another_bucket_than_was_decided_is_not_signed() -> None:
    """Where a handler maps the bucket, a link names the mapped one, a form's policy the other."""
    client = guarded()
    _map_to_eu(client)
    with acting_for(ACME):
        assert "/eu/k?" in client.generate_presigned_url("put_object", {"Bucket": "gb", "Key": "k"})
        assert client.generate_presigned_post("eu", "k")
        with pytest.raises(TransferBlocked, match="form:"):
            client.generate_presigned_post("gb", "k")
    async with guarded_async() as client:
        _map_to_eu(client)
        with acting_for(ACME):
            assert await client.generate_presigned_post("eu", "k")
            with pytest.raises(TransferBlocked, match="form:"):
                await client.generate_presigned_post("gb", "k")
