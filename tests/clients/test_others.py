"""Libraries that write through a guarded session: aiobotocore, s3fs, smart_open, cloudpathlib."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from residency import Reason, TransferBlocked
from residency.clients import acting_for, carry
from residency.clients.boto3 import OWN_BUCKET, AskedBuckets, Bucket
from residency.errors import MissingAccountError
from tests.clients.scene import ACME, BOLT, CANARY, Scene, consent


def _client(scene: Scene, **changed: Any) -> Any:
    eu = scene.cloud.eu
    made = scene.session("aiobotocore", **changed)
    return made.create_client("s3", region_name=eu.name, endpoint_url=eu.endpoint)


async def test_aiobotocore_is_guarded(scene: Scene) -> None:
    """An async client asks as a sync one does: home arrives, elsewhere is stopped, links too."""
    async with _client(scene) as client:
        with pytest.raises(MissingAccountError):
            await client.put_object(Bucket=scene.eu, Key="k", Body=CANARY)
        with acting_for(ACME):
            await client.put_object(Bucket=OWN_BUCKET, Key="k", Body=b"x")
            scene.forget()
            for blocked in (
                client.put_object(Bucket=scene.us, Key="k", Body=CANARY),
                client.create_multipart_upload(Bucket=scene.us, Key="k"),
                client.copy_object(Bucket=scene.us, Key="k", CopySource=f"{scene.eu}/k"),
                client.put_object(Bucket="unheard-of", Key="k", Body=CANARY),
                client.generate_presigned_url("put_object", {"Bucket": scene.us, "Key": "k"}),
                client.generate_presigned_url(
                    "get_object", {"Bucket": scene.us, "Key": "k"}, HttpMethod="PUT"
                ),
                client.generate_presigned_post(scene.us, "k"),
            ):
                with pytest.raises(TransferBlocked):
                    await blocked
            here = {"Bucket": scene.eu, "Key": "l"}
            url = await client.generate_presigned_url("put_object", here)
        got = await client.get_object(Bucket=scene.eu, Key="k")
        assert await got["Body"].read() == b"x"
    assert url.startswith(scene.cloud.eu.endpoint)
    assert scene.writes == []
    assert (scene.keys(scene.eu), scene.keys(scene.us)) == (["k"], [])


async def test_aiobotocore_follows_a_withdrawal(scene: Scene) -> None:
    """After a withdrawal the next part is stopped, and the upload aborted; once more is no harm."""
    scene.ledger.give(consent("c-1"))
    async with _client(scene) as client:
        with acting_for(ACME):
            where = {"Bucket": scene.us, "Key": "k"}
            upload = (await client.create_multipart_upload(**where))["UploadId"]
            await client.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"x")
            scene.ledger.withdraw("c-1")
            with pytest.raises(TransferBlocked) as raised:
                await client.upload_part(**where, UploadId=upload, PartNumber=2, Body=CANARY)
            assert scene.uploads(scene.us) == [], "the guard has aborted it"
            await client.abort_multipart_upload(**where, UploadId=upload)
    assert raised.value.kind == Reason.CONSENT_WITHDRAWN
    assert CANARY not in scene.sent


async def test_aiobotocore_asks_buckets(moto_scene: Scene) -> None:
    """A source that has to ask does so outside the event loop."""
    us = moto_scene.cloud.us
    regions = {us.name: Bucket("aws:us-east-1", region=us.name, endpoint=us.endpoint)}
    source = AskedBuckets(us.client(), regions=regions)
    async with _client(moto_scene, buckets=source) as client:
        for _ in range(2):
            with acting_for(ACME), pytest.raises(TransferBlocked, match="aws:us-east-1"):
                await client.put_object(Bucket=moto_scene.us, Key="k", Body=CANARY)
        with acting_for(BOLT):
            await client.put_object(Bucket=moto_scene.us, Key="k", Body=b"x")
    assert moto_scene.keys(moto_scene.us) == ["k"]


# rclone answers such a key with a redirect; with a guard that follows none it was not tried again.
@pytest.mark.parametrize(
    "cloud", ["moto", pytest.param("ceph", marks=pytest.mark.ceph)], indirect=True
)
async def test_a_key_leads_into_no_other_bucket(scene: Scene) -> None:
    """A key is no path: dots in it do not lead out of the bucket that was decided."""
    async with _client(scene) as client:
        with acting_for(ACME):
            for key in (f"../{scene.us}/k", f"/../{scene.us}/k"):
                with suppress(client.exceptions.ClientError):  # some servers refuse it
                    await client.put_object(Bucket=scene.eu, Key=key, Body=b"x")
    assert scene.keys(scene.us) == []


@pytest.mark.untraced
async def test_threads_and_tasks_keep_their_accounts_apart(scene: Scene) -> None:
    """Sixteen threads and 200 tasks at once: nothing lands in a wrong zone, each try is blocked."""

    async def work(client: Any, number: int) -> None:
        account, wrong = ((ACME, scene.us), (BOLT, scene.eu))[number % 2]
        with acting_for(account):
            key = f"{account.id}-{number}"
            await client.put_object(Bucket=OWN_BUCKET, Key=key, Body=b"x")
            with pytest.raises(TransferBlocked):
                await client.put_object(Bucket=wrong, Key=key, Body=CANARY)

    def work_in_a_thread(client: Any, number: int) -> None:
        account, wrong = ((ACME, scene.us), (BOLT, scene.eu))[number % 2]
        key = f"{account.id}-thread-{number}"
        client.upload_fileobj(io.BytesIO(b"x"), OWN_BUCKET, key)
        with pytest.raises(TransferBlocked):
            client.upload_fileobj(io.BytesIO(CANARY), wrong, key)

    loop, threaded = asyncio.get_running_loop(), scene.client()
    with ThreadPoolExecutor(16) as pool:
        threads: list[asyncio.Future[None]] = []
        for number in range(64):
            with acting_for((ACME, BOLT)[number % 2]):
                carried = carry(work_in_a_thread)
                threads.append(loop.run_in_executor(pool, carried, threaded, number))
        async with _client(scene) as client:
            await asyncio.gather(*threads, *(work(client, number) for number in range(200)))
    assert CANARY not in scene.sent
    assert {key.partition("-")[0] for key in scene.keys(scene.eu)} == {"acme"}
    assert {key.partition("-")[0] for key in scene.keys(scene.us)} == {"bolt"}
    assert (len(scene.keys(scene.eu)), len(scene.keys(scene.us))) == (132, 132)


def _s3fs(scene: Scene) -> Any:
    eu = scene.cloud.eu
    return import_module("s3fs").S3FileSystem(
        session=scene.session("aiobotocore"),
        endpoint_url=eu.endpoint,
        client_kwargs={"region_name": eu.name},
        skip_instance_cache=True,
        use_listings_cache=False,
    )


def test_an_open_file_of_s3fs_leaves_no_part_after_a_withdrawal(scene: Scene) -> None:
    """Withdrawn in the middle of an open file of s3fs, which aborts nothing: the guard does."""
    made = _s3fs(scene)
    part = CANARY * ((5 << 20) // len(CANARY) + 1)
    scene.ledger.give(consent("c-1"))
    file = made.open(f"{scene.us}/k", "wb", block_size=5 << 20)

    def write() -> None:
        with file:
            file.write(part)
            scene.ledger.withdraw("c-1")
            file.write(part)

    with acting_for(ACME):
        with pytest.raises(TransferBlocked):
            write()
        assert scene.uploads(scene.us) == []
        file.discard()
        file.close()
    assert (scene.keys(scene.us), scene.uploads(scene.us)) == ([], [])


def test_smart_open_leaves_no_part_after_a_withdrawal(scene: Scene) -> None:
    """Withdrawn in the middle of a file that smart_open writes: its upload is aborted."""
    opened: Any = import_module("smart_open").open
    part = CANARY * ((5 << 20) // len(CANARY) + 1)
    options = {"client": scene.client(), "min_part_size": 5 << 20}
    scene.ledger.give(consent("c-1"))

    def write() -> None:
        with opened(f"s3://{scene.us}/k", "wb", transport_params=options) as file:
            file.write(part)
            assert len(scene.uploads(scene.us)) == 1
            scene.ledger.withdraw("c-1")
            file.write(part)

    with acting_for(ACME), pytest.raises(TransferBlocked) as raised:
        write()
    assert raised.value.kind == Reason.CONSENT_WITHDRAWN
    assert (scene.keys(scene.us), scene.uploads(scene.us)) == ([], [])


def test_s3fs_is_guarded(scene: Scene) -> None:
    """Files written through s3fs are decided, though its event loop runs in another thread."""
    made = _s3fs(scene)
    with pytest.raises(MissingAccountError):
        made.pipe_file(f"{scene.eu}/k", CANARY)
    with acting_for(ACME):
        with made.open(f"{scene.eu}/k", "wb") as file:
            file.write(b"x")
        scene.forget()
        with pytest.raises(TransferBlocked):
            made.pipe_file(f"{scene.us}/k", CANARY)
        with pytest.raises(TransferBlocked):
            made.cp_file(f"{scene.eu}/k", f"{scene.us}/k")
    assert made.cat_file(f"{scene.eu}/k") == b"x"
    assert scene.writes == []
    assert (scene.keys(scene.eu), scene.keys(scene.us)) == (["k"], [])


def test_smart_open_is_guarded(scene: Scene) -> None:
    """Files written through smart_open are decided."""
    opened: Any = import_module("smart_open").open
    client = scene.client()
    with acting_for(ACME):
        with opened(f"s3://{scene.eu}/k", "wb", transport_params={"client": client}) as file:
            file.write(b"x")
        scene.forget()
        with pytest.raises(TransferBlocked):
            opened(f"s3://{scene.us}/k", "wb", transport_params={"client": client})
    assert scene.writes == []
    assert (scene.keys(scene.eu), scene.keys(scene.us)) == (["k"], [])


def test_cloudpathlib_is_guarded(scene: Scene, tmp_path: Path) -> None:
    """Files written through cloudpathlib are decided."""
    cloudpathlib = import_module("cloudpathlib")
    client = cloudpathlib.S3Client(
        boto3_session=scene.session(),
        endpoint_url=scene.cloud.eu.endpoint,
        local_cache_dir=tmp_path / "cache",
    )
    (tmp_path / "body").write_bytes(CANARY)
    here, there = (client.CloudPath(f"s3://{name}/k") for name in (scene.eu, scene.us))
    with acting_for(ACME):
        here.write_text("x")
        scene.forget()
        with pytest.raises(TransferBlocked):
            there.upload_from(tmp_path / "body")
        with pytest.raises(TransferBlocked):
            here.copy(there)
    assert scene.writes == []
    assert (scene.keys(scene.eu), scene.keys(scene.us)) == (["k"], [])
