"""What a guarded boto3 session lets through and what it stops, on real servers."""

import io
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from residency import Account, Reason, TransferBlocked
from residency.clients import acting_for, carry
from residency.clients.boto3 import OWN_BUCKET
from residency.errors import MissingAccountError
from tests.clients.scene import ACME, BOLT, CANARY, Scene, consent

TransferConfig: Any = import_module("boto3.s3.transfer").TransferConfig
S3Transfer: Any = import_module("boto3.s3.transfer").S3Transfer
# rclone takes no forms.
_REGIONAL = pytest.mark.parametrize(
    "cloud", ["moto", pytest.param("ceph", marks=pytest.mark.ceph)], indirect=True
)
_SMALL_PARTS = {"multipart_threshold": 5 << 20, "multipart_chunksize": 5 << 20}
_LARGE = CANARY * ((12 << 20) // len(CANARY))

Call = Callable[[Any, Scene], object]


def _put_file(client: Any, bucket: str) -> None:
    client.upload_fileobj(
        io.BytesIO(_LARGE), bucket, "large", Config=TransferConfig(**_SMALL_PARTS)
    )


_WRONG_ZONE: dict[str, Call] = {
    "put_object": lambda c, s: c.put_object(Bucket=s.us, Key="k", Body=CANARY),
    "upload_fileobj": lambda c, s: c.upload_fileobj(io.BytesIO(CANARY), s.us, "k"),
    "upload_fileobj in parts": lambda c, s: _put_file(c, s.us),
    "create_multipart_upload": lambda c, s: c.create_multipart_upload(Bucket=s.us, Key="k"),
    "upload_part": lambda c, s: c.upload_part(
        Bucket=s.us, Key="k", PartNumber=1, UploadId="u", Body=CANARY
    ),
    "copy_object, source as dict": lambda c, s: c.copy_object(
        Bucket=s.us, Key="k", CopySource={"Bucket": s.eu, "Key": "seed"}
    ),
    "copy_object, source as text": lambda c, s: c.copy_object(
        Bucket=s.us, Key="k", CopySource=f"/{s.eu}/seed"
    ),
    "copy": lambda c, s: c.copy({"Bucket": s.eu, "Key": "seed"}, s.us, "k"),
    "upload_part_copy": lambda c, s: c.upload_part_copy(
        Bucket=s.us, Key="k", PartNumber=1, UploadId="u", CopySource=f"{s.eu}/seed"
    ),
    "presigned put": lambda c, s: c.generate_presigned_url(
        "put_object", Params={"Bucket": s.us, "Key": "k"}
    ),
    "presigned post": lambda c, s: c.generate_presigned_post(s.us, "k"),
    "presigned get signed as put": lambda c, s: c.generate_presigned_url(
        "get_object", Params={"Bucket": s.us, "Key": "k"}, HttpMethod="PUT"
    ),
    "presigned select signed as put": lambda c, s: c.generate_presigned_url(
        "select_object_content",
        Params={
            "Bucket": s.us,
            "Key": "k",
            "Expression": "x",
            "ExpressionType": "SQL",
            "InputSerialization": {},
            "OutputSerialization": {},
        },
        HttpMethod="PUT",
    ),
    "presigned delete_objects signed as put": lambda c, s: c.generate_presigned_url(
        "delete_objects",
        Params={"Bucket": s.us, "Delete": {"Objects": [{"Key": "k"}]}},
        HttpMethod="PUT",
    ),
    "replication": lambda c, s: c.put_bucket_replication(
        Bucket=s.eu,
        ReplicationConfiguration={
            "Role": "arn:aws:iam::1:role/r",
            "Rules": [
                {
                    "Status": "Enabled",
                    "Prefix": "",
                    "Destination": {"Bucket": f"arn:aws:s3:::{s.us}"},
                }
            ],
        },
    ),
    "logging": lambda c, s: c.put_bucket_logging(
        Bucket=s.eu,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": s.us, "TargetPrefix": ""}},
    ),
    "inventory": lambda c, s: c.put_bucket_inventory_configuration(
        Bucket=s.eu,
        Id="i",
        InventoryConfiguration={
            "Id": "i",
            "IsEnabled": True,
            "IncludedObjectVersions": "All",
            "Schedule": {"Frequency": "Daily"},
            "Destination": {
                "S3BucketDestination": {"Bucket": f"arn:aws:s3:::{s.us}", "Format": "CSV"}
            },
        },
    ),
    "making a bucket elsewhere": lambda c, s: c.create_bucket(
        Bucket=s.eu, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    ),
    "a bucket nobody knows": lambda c, _: c.put_object(Bucket="unheard-of", Key="k", Body=CANARY),
    "a copy from a bucket nobody knows": lambda c, s: c.copy_object(
        Bucket=s.eu, Key="k", CopySource="unheard-of/k"
    ),
    "an access point": lambda c, _: c.put_object(
        Bucket="arn:aws:s3:eu-central-1:123456789012:accesspoint/ap", Key="k", Body=CANARY
    ),
    "an access point's alias": lambda c, _: c.put_object(
        Bucket="ap-metadata-s3alias", Key="k", Body=CANARY
    ),
    "a directory bucket": lambda c, _: c.put_object(
        Bucket="data--use1-az4--x-s3", Key="k", Body=CANARY
    ),
    "a multi-region access point": lambda c, _: c.put_object(
        Bucket="arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", Key="k", Body=CANARY
    ),
    "an operation nobody knows": lambda c, _: c.write_get_object_response(
        RequestRoute="r", RequestToken="t", Body=CANARY
    ),
    "S3Transfer itself": lambda c, s: S3Transfer(c).upload_file(__file__, s.us, "k"),
    "the native engine": lambda c, s: c.upload_fileobj(
        io.BytesIO(CANARY), s.us, "k", Config=TransferConfig(preferred_transfer_client="crt")
    ),
}


def test_a_write_out_of_the_zone_is_stopped_before_a_byte_leaves(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """A write that leaves the zone raises; the servers saw no writing request; nothing changed."""
    client = scene.client()
    scene.cloud.eu.client().put_object(Bucket=scene.eu, Key="seed", Body=b"seed")
    scene.forget()
    for name, call in _WRONG_ZONE.items():
        with subtests.test(name):
            # Its threads know of no account, unless the client's own methods start them.
            blocked = MissingAccountError if name == "S3Transfer itself" else TransferBlocked
            with acting_for(ACME), pytest.raises(blocked):
                call(client, scene)
            assert scene.writes == []
            assert CANARY not in scene.sent
    assert (scene.keys(scene.eu), scene.keys(scene.us)) == (["seed"], [])
    assert scene.uploads(scene.us) == []


_HOME: dict[str, Call] = {
    "put_object": lambda c, s: c.put_object(Bucket=s.eu, Key="k", Body=b"x"),
    "the account's own bucket": lambda c, _: c.put_object(Bucket=OWN_BUCKET, Key="k", Body=b"x"),
    "upload_fileobj": lambda c, s: c.upload_fileobj(io.BytesIO(b"x"), s.eu, "k"),
    "upload_file": lambda c, _: c.upload_file(__file__, OWN_BUCKET, "k"),
    "in parts": lambda c, s: c.upload_fileobj(
        io.BytesIO(_LARGE), s.eu, "k", Config=TransferConfig(**_SMALL_PARTS)
    ),
    "the native engine, replaced": lambda c, s: c.upload_fileobj(
        io.BytesIO(b"x"), s.eu, "k", Config=TransferConfig(preferred_transfer_client="crt")
    ),
    "copy": lambda c, _: c.copy({"Bucket": OWN_BUCKET, "Key": "seed"}, OWN_BUCKET, "k"),
    "copy_object": lambda c, s: c.copy_object(
        Bucket=s.eu, Key="k", CopySource={"Bucket": s.eu, "Key": "seed"}
    ),
}


def test_a_write_in_the_zone_arrives(scene: Scene, subtests: pytest.Subtests) -> None:
    """A write inside the account's zone lands in its bucket, and nowhere else."""
    client = scene.client()
    scene.cloud.eu.client().put_object(Bucket=scene.eu, Key="seed", Body=b"seed")
    for name, call in _HOME.items():
        with subtests.test(name), acting_for(ACME):
            call(client, scene)
            assert (scene.keys(scene.eu), scene.keys(scene.us)) == (["k", "seed"], [])
            scene.cloud.eu.client().delete_object(Bucket=scene.eu, Key="k")


def test_a_resource_is_guarded(scene: Scene, tmp_path: Path) -> None:
    """Buckets and objects of a resource ask as clients do."""
    (tmp_path / "file").write_bytes(CANARY)
    eu = scene.cloud.eu
    s3 = scene.session().resource("s3", region_name=eu.name, endpoint_url=eu.endpoint)
    with acting_for(ACME):
        s3.Bucket(scene.eu).upload_file(str(tmp_path / "file"), "k")
        s3.Object(OWN_BUCKET, "l").put(Body=b"x")
        scene.forget()
        with pytest.raises(TransferBlocked):
            s3.Bucket(scene.us).upload_file(str(tmp_path / "file"), "k")
        with pytest.raises(TransferBlocked):
            s3.Object(scene.us, "k").copy({"Bucket": scene.eu, "Key": "k"})
    assert scene.writes == []
    assert (scene.keys(scene.eu), scene.keys(scene.us)) == (["k", "l"], [])


def test_no_account_writes_nothing(scene: Scene) -> None:
    """Without an account every write raises, in the caller's thread and in a transfer's."""
    client = scene.client()
    writes: tuple[Callable[[], object], ...] = (
        lambda: client.put_object(Bucket=scene.eu, Key="k", Body=CANARY),
        lambda: client.upload_fileobj(io.BytesIO(CANARY), scene.eu, "k"),
        lambda: client.put_object(Bucket=OWN_BUCKET, Key="k", Body=CANARY),
        lambda: client.generate_presigned_url(
            "put_object", Params={"Bucket": scene.eu, "Key": "k"}
        ),
    )
    for write in writes:
        with pytest.raises(MissingAccountError):
            write()
    assert scene.writes == []


def test_reading_and_removing_pass(scene: Scene) -> None:
    """Reading, listing and deleting need no account, wherever the bucket is."""
    client = scene.client()
    scene.cloud.us.client().put_object(Bucket=scene.us, Key="k", Body=b"x")
    got = io.BytesIO()
    client.download_fileobj(scene.us, "k", got)
    assert got.getvalue() == b"x"
    assert client.get_object(Bucket=scene.us, Key="k")["Body"].read() == b"x"
    client.delete_objects(Bucket=scene.us, Delete={"Objects": [{"Key": "k"}]})
    client.delete_object(Bucket=scene.us, Key="k")
    assert scene.keys(scene.us) == []


def test_a_consent_opens_and_its_withdrawal_closes(scene: Scene) -> None:
    """A consent permits the same write, and its withdrawal blocks it again at once."""
    client = scene.client()
    scene.ledger.give(consent("c-1"))
    with acting_for(ACME):
        client.put_object(Bucket=scene.us, Key="k", Body=b"x")
        scene.ledger.withdraw("c-1")
        with pytest.raises(TransferBlocked) as raised:
            client.put_object(Bucket=scene.us, Key="l", Body=b"x")
    assert raised.value.kind == Reason.CONSENT_WITHDRAWN
    assert scene.keys(scene.us) == ["k"]


def test_a_consent_does_not_cover_a_rule_of_the_storage(scene: Scene) -> None:
    """Replication moves everybody's data: one account's consent does not permit it."""
    client = scene.client()
    scene.ledger.give(consent("c-1"))
    with acting_for(ACME), pytest.raises(TransferBlocked) as raised:
        _WRONG_ZONE["logging"](client, scene)
    assert raised.value.kind == Reason.CONSENT_OUT_OF_SCOPE
    assert scene.writes == []


class _Withdrawing(io.BytesIO):
    """A body whose consent is withdrawn as its third part is read, another being on its way."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(_LARGE)
        self._scene = scene

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 6 << 20:
            deadline = time.monotonic() + 30
            while not self._started() and time.monotonic() < deadline:
                time.sleep(0.05)
            self._scene.ledger.withdraw("c-1")
        return super().read(size)

    def _started(self) -> bool:
        return any("partNumber=" in line for line in self._scene.writes)


def _withdraw_in_mid_upload(scene: Scene, config: Any) -> None:
    client = scene.client()
    scene.ledger.give(consent("c-1"))
    with acting_for(ACME), pytest.raises(TransferBlocked) as raised:
        client.upload_fileobj(_Withdrawing(scene), scene.us, "k", Config=config)
    assert raised.value.kind == Reason.CONSENT_WITHDRAWN
    assert any("partNumber=" in line for line in scene.writes), "it was in the middle"
    assert (scene.keys(scene.us), scene.uploads(scene.us)) == ([], [])


def test_a_withdrawal_in_mid_upload_leaves_no_orphan(scene: Scene) -> None:
    """Withdrawn in the middle of a multipart upload: it is aborted, and no part stays."""
    one = TransferConfig(**_SMALL_PARTS, max_concurrency=1, use_threads=False)
    _withdraw_in_mid_upload(scene, one)


def test_a_withdrawal_while_parts_are_on_their_way_leaves_no_orphan(scene: Scene) -> None:
    """Withdrawn while threads send parts: they are waited for, and the upload is aborted."""
    _withdraw_in_mid_upload(scene, TransferConfig(**_SMALL_PARTS, max_concurrency=4))


def _send(url: str, body: bytes, **headers: str) -> int:
    headers = {"Content-Type": "application/octet-stream", **headers}
    request = urllib.request.Request(url, body, headers, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_link_in_the_zone_works(scene: Scene) -> None:
    """A link that was decided is signed for its bucket, and the server takes what is sent to it."""
    client = scene.client()
    with acting_for(ACME):
        url = client.generate_presigned_url("put_object", Params={"Bucket": OWN_BUCKET, "Key": "k"})
    assert _send(url, b"x") == 200
    assert scene.body(scene.eu, "k") == b"x"


@_REGIONAL
def test_a_form_in_the_zone_works(scene: Scene) -> None:
    """A form that was decided is signed for its bucket, and the server takes what is sent in it."""
    client = scene.client()
    with acting_for(ACME):
        form = client.generate_presigned_post(OWN_BUCKET, "k")
    fields = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form["fields"].items()
    ]
    file = 'Content-Disposition: form-data; name="file"; filename="f"'
    body = "".join([*fields, f"--edge\r\n{file}\r\n\r\nx\r\n--edge--\r\n"])
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    request = urllib.request.Request(form["url"], body.encode(), kind, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in {200, 204}
    assert scene.body(scene.eu, "k") == b"x"


def test_a_key_leads_into_no_other_bucket(scene: Scene) -> None:
    """A key is no path: dots in it do not lead out of the bucket that was decided."""
    client = scene.client()
    with acting_for(ACME):
        for key in (f"../{scene.us}/k", f"/../{scene.us}/k", f"x/../../{scene.us}/k"):
            with suppress(client.exceptions.ClientError):  # some servers refuse it
                client.put_object(Bucket=scene.eu, Key=key, Body=b"x")
    assert scene.keys(scene.us) == []


def test_each_account_has_its_own_bucket(scene: Scene) -> None:
    """The placeholder is the bucket of the account's own zone, and routes the request there."""
    client = scene.client()
    for account in (ACME, BOLT):
        body = account.id.encode()
        with acting_for(account):
            client.put_object(Bucket=OWN_BUCKET, Key="k", Body=body)
            assert client.get_object(Bucket=OWN_BUCKET, Key="k")["Body"].read() == body
    assert (scene.keys(scene.eu), scene.keys(scene.us)) == (["k"], ["k"])
    assert (scene.body(scene.eu, "k"), scene.body(scene.us, "k")) == (b"acme", b"bolt")


def test_sixteen_threads_keep_their_accounts_apart(scene: Scene) -> None:
    """Under load nothing lands in a wrong zone, and each attempt at it is blocked."""
    client = scene.client()
    barrier = threading.Barrier(16)

    def work(number: int, account: Account) -> None:
        barrier.wait(30)
        wrong = scene.us if account is ACME else scene.eu
        for turn in range(4):
            key = f"{account.id}-{number}-{turn}"
            client.upload_fileobj(io.BytesIO(key.encode()), OWN_BUCKET, key)
            with pytest.raises(TransferBlocked):
                client.upload_fileobj(io.BytesIO(CANARY), wrong, key)

    with ThreadPoolExecutor(16) as pool:
        running: list[Future[None]] = []
        for number in range(16):
            account = (ACME, BOLT)[number % 2]
            with acting_for(account):
                running.append(pool.submit(carry(work), number, account))
        for one in running:
            one.result(120)
    assert CANARY not in scene.sent
    assert {key.partition("-")[0] for key in scene.keys(scene.eu)} == {"acme"}
    assert {key.partition("-")[0] for key in scene.keys(scene.us)} == {"bolt"}
    assert (len(scene.keys(scene.eu)), len(scene.keys(scene.us))) == (32, 32)
