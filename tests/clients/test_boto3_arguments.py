"""The arguments of a guarded client's calls: nobody else's, and with the account's own bucket."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from importlib import import_module
from typing import Any

import pytest

from residency import TransferBlocked
from residency.clients import acting_for, carry
from residency.clients.boto3 import OWN_BUCKET, Bucket
from tests.clients.offline import TABLE, Reached, guarded, guarded_async
from tests.clients.scene import ACME

_OWN = {"EU": "eu"}


class _Slow:
    """A source of buckets that takes its time, in which others can change things."""

    def __init__(self) -> None:
        self.asked, self.changed = threading.Event(), threading.Event()
        self._found: dict[str, Bucket] = {}

    def known(self, name: str) -> Bucket | None:
        return self._found.get(name)

    def find(self, name: str) -> Bucket | None:
        self.asked.set()
        assert self.changed.wait(30)
        place = TABLE.get(name)
        if place is not None:
            self._found[name] = place if isinstance(place, Bucket) else Bucket(place)
        return self._found.get(name)


def _rules(several: type[list[Any]] | type[tuple[Any, ...]]) -> dict[str, Any]:
    destination = {"Bucket": "arn:aws:s3:::eu"}
    rule = {"Status": "Enabled", "Prefix": "", "Destination": destination}
    return {"Role": "r", "Rules": several((rule,))}


def _link(client: Any, argument: dict[str, Any]) -> Any:
    return client.generate_presigned_url("put_object", argument)


def _replicate(client: Any, argument: dict[str, Any]) -> Any:
    return client.put_bucket_replication(Bucket="eu", ReplicationConfiguration=argument)


def _link_to_gb(argument: dict[str, Any]) -> None:
    argument["Bucket"] = "gb"


def _replicate_to_gb(argument: dict[str, Any]) -> None:
    argument["Rules"][0]["Destination"]["Bucket"] = "arn:aws:s3:::gb"


_Call = Callable[[Any, dict[str, Any]], Any]
_Change = Callable[[dict[str, Any]], None]

_SHARED: dict[str, tuple[_Call, dict[str, Any], _Change]] = {
    "a link": (_link, {"Bucket": "eu", "Key": "k"}, _link_to_gb),
    "rules in a list": (_replicate, _rules(list), _replicate_to_gb),
    "rules in a tuple": (_replicate, _rules(tuple), _replicate_to_gb),
}


def _made(outcome: Callable[[], object]) -> bytes:
    """Return what was signed, or would be sent."""
    try:
        return str(outcome()).encode()
    except Reached as reached:
        body: bytes = reached.request.body
        return body


@pytest.mark.parametrize("name", _SHARED)
def test_another_thread_changes_no_call_on_its_way(name: str) -> None:
    """Arguments that are changed while the bucket is asked are sent as they were passed."""
    call, argument, change = _SHARED[name]
    argument = deepcopy(argument)
    source = _Slow()
    client = guarded(buckets=source)
    with acting_for(ACME), ThreadPoolExecutor(1) as pool:
        running = pool.submit(carry(call), client, argument)
        assert source.asked.wait(30)
        change(argument)
        source.changed.set()
        made = _made(running.result)
    assert b"eu" in made
    assert b"gb" not in made


@pytest.mark.parametrize("name", _SHARED)
async def test_another_task_changes_no_call_on_its_way(name: str) -> None:
    """Arguments that are changed while the decision is awaited are sent as they were passed."""
    call, argument, change = _SHARED[name]
    argument = deepcopy(argument)
    source = _Slow()
    async with guarded_async(buckets=source) as client:
        with acting_for(ACME):
            running = asyncio.ensure_future(call(client, argument))
        assert await asyncio.to_thread(source.asked.wait, 30)
        change(argument)
        source.changed.set()
        await asyncio.wait((running,))
    made = _made(running.result)
    assert b"eu" in made
    assert b"gb" not in made


@pytest.mark.parametrize("bucket", ["eu", OWN_BUCKET])
def test_the_callers_arguments_stay_as_they_were(bucket: str) -> None:
    """Neither a placeholder nor what botocore rewrites is changed in what the caller passed."""
    client = guarded(own=_OWN)
    source = {"Bucket": bucket, "Key": "s"}
    params = {"Bucket": bucket, "Key": "k", "CopySource": source}
    fields, conditions = {"acl": "private"}, [{"acl": "private"}]
    with acting_for(ACME):
        client.generate_presigned_url("copy_object", params)
        client.generate_presigned_post(bucket, "k", Fields=fields, Conditions=conditions)
        with pytest.raises(Reached):
            client.copy_object(**params)
    assert params == {"Bucket": bucket, "Key": "k", "CopySource": source}
    assert source == {"Bucket": bucket, "Key": "s"}
    assert (fields, conditions) == ({"acl": "private"}, [{"acl": "private"}])


_TO_OWN: dict[str, Callable[[Any], object]] = {
    "waiter": lambda c: c.get_waiter("object_exists").wait(Bucket=OWN_BUCKET, Key="k"),
    "paginator": lambda c: list(c.get_paginator("list_objects_v2").paginate(Bucket=OWN_BUCKET)),
    "reading": lambda c: c.get_object(Bucket=OWN_BUCKET, Key="k"),
    "copying": lambda c: c.copy_object(Bucket=OWN_BUCKET, Key="k", CopySource="eu/s"),
    "copying by another client": lambda c: c.copy(
        {"Bucket": OWN_BUCKET, "Key": "k"}, "gb", "k", SourceClient=guarded(own=_OWN)
    ),
}


@pytest.mark.parametrize("name", _TO_OWN)
def test_the_own_bucket_stands_in_every_call(name: str) -> None:
    """Whatever makes the call, the placeholder is the account's own bucket."""
    with acting_for(ACME), pytest.raises(Reached, match=r"amazonaws\.com/eu[/?]"):
        _TO_OWN[name](guarded(own=_OWN))


def test_the_own_bucket_is_a_copys_source() -> None:
    """A source that is a dict may name the placeholder; in a text it is a bucket nobody knows."""
    client = guarded(own=_OWN)
    with acting_for(ACME):
        source = {"Bucket": OWN_BUCKET, "Key": "s"}
        with pytest.raises(Reached) as raised:
            client.copy_object(Bucket="eu", Key="k", CopySource=source)
        assert raised.value.request.headers["x-amz-copy-source"] == b"eu/s"
        with pytest.raises(TransferBlocked, match="bucket:residency:"):
            client.copy_object(Bucket="eu", Key="k", CopySource=f"{OWN_BUCKET}/s")


async def test_the_own_bucket_stands_in_links_and_forms() -> None:
    """Links for writing and reading and forms name it, from boto3 and from aiobotocore."""
    here = {"Bucket": OWN_BUCKET, "Key": "k"}
    async with guarded_async(own=_OWN) as asynchronous:
        client = guarded(own=_OWN)
        with acting_for(ACME):
            urls: list[str] = [
                client.generate_presigned_url("get_object", here),
                await asynchronous.generate_presigned_url("get_object", here),
                await asynchronous.generate_presigned_url("put_object", here),
                (await asynchronous.generate_presigned_post(OWN_BUCKET, "k"))["url"] + "/k",
            ]
    start = "https://s3.eu-west-3.amazonaws.com/eu/k"
    assert [url.partition("?")[0] for url in urls] == [start] * 4


def test_botocore_says_what_is_wrong_with_an_argument() -> None:
    """An argument of a wrong type is refused by botocore, as without a guard."""
    invalid = import_module("botocore.exceptions").ParamValidationError
    client = guarded()
    with acting_for(ACME):
        with pytest.raises(invalid, match="UploadId"):
            client.upload_part(Bucket="eu", Key="k", UploadId=[], PartNumber=1, Body=b"")
        with pytest.raises(invalid, match="ReplicationConfiguration"):
            client.put_bucket_replication(Bucket="eu", ReplicationConfiguration=[])


def test_a_link_without_arguments_is_one_for_reading() -> None:
    """A link to list all buckets has no arguments to copy, and writes nothing."""
    assert "X-Amz-Signature=" in guarded().generate_presigned_url("list_buckets")
