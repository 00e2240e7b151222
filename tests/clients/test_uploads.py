"""A multipart upload that is denied in its middle, and what the guard aborts of it."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from residency import TransferBlocked
from residency.clients import acting_for, calls, carry
from residency.clients.boto3 import OWN_BUCKET
from residency.errors import MissingAccountError
from tests.clients.scene import ACME, BOLT, CANARY, Scene, consent


def _begin(scene: Scene, client: Any) -> dict[str, Any]:
    scene.ledger.give(consent("c-1"))
    where = {"Bucket": scene.us, "Key": "k"}
    with acting_for(ACME):
        return {**where, "UploadId": client.create_multipart_upload(**where)["UploadId"]}


def test_a_denied_part_ends_its_upload(scene: Scene) -> None:
    """A denied part ends the upload; to abort it afterwards raises nothing, once."""
    client = scene.client()
    upload = _begin(scene, client)
    with acting_for(ACME):
        client.upload_part(**upload, PartNumber=1, Body=b"x")
        scene.ledger.withdraw("c-1")
        with pytest.raises(TransferBlocked):
            client.upload_part(**upload, PartNumber=2, Body=CANARY)
        assert scene.uploads(scene.us) == []
        client.abort_multipart_upload(**upload)
        with pytest.raises(client.exceptions.NoSuchUpload):
            client.abort_multipart_upload(**upload)


class _Waiting(io.BytesIO):
    """A body that is read when it may be."""

    def __init__(self) -> None:
        super().__init__(b"x")
        self.asked, self.given = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.set()
        assert self.given.wait(30)
        return super().read(size)


def test_an_abort_waits_for_the_parts_on_their_way(moto_scene: Scene) -> None:
    """A part that was permitted may arrive after an abort and stay: the abort comes after it."""
    client = moto_scene.client()
    upload = _begin(moto_scene, client)
    body = _Waiting()
    with acting_for(ACME), ThreadPoolExecutor(1) as pool:
        part = pool.submit(carry(client.upload_part), **upload, PartNumber=1, Body=body)
        assert body.asked.wait(30)
        moto_scene.ledger.withdraw("c-1")
        with pytest.raises(TransferBlocked):
            client.upload_part(**upload, PartNumber=2, Body=CANARY)
        before = moto_scene.uploads(moto_scene.us)
        body.given.set()
        part.result(30)
    assert (before, moto_scene.uploads(moto_scene.us)) == ([upload["UploadId"]], [])


def test_what_another_call_was_denied_for_ends_no_upload(moto_scene: Scene) -> None:
    """Another account, none, another key or bucket, a wrong source: the upload goes on."""
    client = moto_scene.client()
    with acting_for(ACME):
        own = {"Bucket": OWN_BUCKET, "Key": "k"}
        upload = {**own, "UploadId": client.create_multipart_upload(**own)["UploadId"]}
    part: dict[str, Any] = {**upload, "Bucket": moto_scene.eu, "PartNumber": 1, "Body": CANARY}
    with acting_for(BOLT), pytest.raises(TransferBlocked):
        client.upload_part(**part)
    with pytest.raises(MissingAccountError):
        client.upload_part(**part)
    with acting_for(ACME):
        for changed in ({"Key": "l", "Bucket": moto_scene.us}, {"Bucket": moto_scene.us}):
            with pytest.raises(TransferBlocked):
                client.upload_part(**{**part, **changed})
        with pytest.raises(TransferBlocked):
            client.upload_part_copy(**upload, PartNumber=1, CopySource="unheard-of/k")
        assert moto_scene.uploads(moto_scene.eu) == [upload["UploadId"]]
        sent = client.upload_part(**upload, PartNumber=1, Body=b"x")
        parts = {"Parts": [{"PartNumber": 1, "ETag": sent["ETag"]}]}
        client.complete_multipart_upload(**upload, MultipartUpload=parts)
    assert moto_scene.keys(moto_scene.eu) == ["k"]


def test_uploads_that_nobody_ends_are_forgotten(
    moto_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest of too many uploads is left to its caller."""
    monkeypatch.setattr(calls, "_MOST", 0)
    client = moto_scene.client()
    upload = _begin(moto_scene, client)
    moto_scene.ledger.withdraw("c-1")
    with acting_for(ACME), pytest.raises(TransferBlocked):
        client.upload_part(**upload, PartNumber=1, Body=CANARY)
    assert moto_scene.uploads(moto_scene.us) == [upload["UploadId"]]


def test_another_failure_of_an_abort_is_raised(moto_scene: Scene) -> None:
    """Only that the upload is gone is forgiven, where the guard has aborted it."""
    client = moto_scene.client()
    upload = _begin(moto_scene, client)
    moto_scene.ledger.withdraw("c-1")
    with acting_for(ACME):
        with pytest.raises(TransferBlocked):
            client.complete_multipart_upload(**upload)

        def fail(**_: object) -> None:
            message = "no"
            raise OSError(message)

        client.meta.events.register("before-call.s3.AbortMultipartUpload", fail)
        with pytest.raises(OSError, match="no"):
            client.abort_multipart_upload(**upload)
    assert moto_scene.uploads(moto_scene.us) == []
