"""Where buckets are: from a table, or from the buckets themselves."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from residency import TransferBlocked
from residency.clients import acting_for
from residency.clients.boto3 import AskedBuckets, Bucket
from residency.clients.buckets import BucketTable
from residency.errors import ErrorKind, InputError
from tests.clients.scene import ACME, CANARY, Scene


# rclone knows no regions.
@pytest.mark.parametrize(
    "cloud", ["moto", pytest.param("ceph", marks=pytest.mark.ceph)], indirect=True
)
def test_asked_buckets_are_asked_once(scene: Scene) -> None:
    """A bucket is asked for its region once, and the answer decides."""
    eu, us = scene.cloud.eu, scene.cloud.us
    regions = {
        eu.name: Bucket("country:DE", region=eu.name, endpoint=eu.endpoint),
        us.name: Bucket("aws:us-east-1", region=us.name, endpoint=us.endpoint),
    }
    source = AskedBuckets(us.client(), regions=regions)  # of Ceph's regions the first knows all
    client = scene.client(buckets=source)
    with acting_for(ACME):
        client.put_object(Bucket=scene.eu, Key="k", Body=b"x")
        scene.forget()
        with pytest.raises(TransferBlocked, match="aws:us-east-1"):
            client.put_object(Bucket=scene.us, Key="k", Body=CANARY)
        assert scene.sent.count(b"GET /") == 1
        with pytest.raises(TransferBlocked):
            client.put_object(Bucket=scene.us, Key="k", Body=CANARY)
        assert scene.sent.count(b"GET /") == 1
        with pytest.raises(TransferBlocked, match="bucket:unheard-of"):
            client.put_object(Bucket="unheard-of", Key="k", Body=CANARY)
    assert scene.writes == []


class _Answers:
    """An S3 client that answers as it was told."""

    class exceptions:  # noqa: N801 - botocore's name
        class ClientError(Exception):
            def __init__(self, response: Mapping[str, object]) -> None:
                super().__init__()
                self.response = response

    def __init__(self, location: object, head: object = None) -> None:
        self._location = location
        self._head = head
        self.asked = 0

    def get_bucket_location(self, **_: object) -> object:
        self.asked += 1
        return self._answer(self._location)

    def head_bucket(self, **_: object) -> object:
        return self._answer(self._head)

    def _answer(self, told: object) -> object:
        if isinstance(told, Exception):
            raise told
        return told


_NO = _Answers.exceptions.ClientError({})


_HEADER = {"ResponseMetadata": {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-3"}}}


@pytest.mark.parametrize(
    ("client", "location"),
    [
        (_Answers({"LocationConstraint": "eu-west-3"}), "aws:eu-west-3"),
        (_Answers({"LocationConstraint": None}), "aws:us-east-1"),
        (_Answers({"LocationConstraint": "EU"}), "aws:eu-west-1"),
        (_Answers(_NO, _HEADER), "aws:eu-west-3"),
        (_Answers(_NO, _Answers.exceptions.ClientError(_HEADER)), "aws:eu-west-3"),
        (_Answers(_NO, _NO), None),
    ],
)
def test_what_a_bucket_answers(client: _Answers, location: str | None) -> None:
    """The two oldest regions have spellings of their own; a bucket that says nothing is unknown."""
    found = AskedBuckets(client).find("data")
    assert (found and found.location) == location


def test_an_answer_is_kept_for_a_while_and_silence_is_not() -> None:
    """An answer is kept as long as was said; no answer is asked anew."""
    client = _Answers({"LocationConstraint": "eu-west-3"})
    source = AskedBuckets(client)
    assert source.known("data") is None
    assert source.find("data") == source.known("data") == source.find("data")
    assert client.asked == 1
    brief = AskedBuckets(client, kept=timedelta())
    assert brief.find("data") is not None
    assert brief.known("data") is None
    elsewhere = AskedBuckets(client, regions={"us-east-1": Bucket("aws:us-east-1")})
    assert elsewhere.find("data") is elsewhere.known("data") is None


@pytest.mark.parametrize(
    "name",
    [
        "arn:aws:s3:::data",
        "ap-s3alias",
        "data--use1-az4--x-s3",
        "x.mrap",
        "a/b",
        "",
        "A",
        "t--table-s3",
    ],
)
def test_what_stands_for_another_bucket_is_not_asked(name: str) -> None:
    """Access points and their kin may lead anywhere: only a bucket's own name is asked."""
    client = _Answers({"LocationConstraint": "eu-west-3"})
    assert AskedBuckets(client).find(name) is None
    assert client.asked == 0


def test_a_bucket_knows_its_region() -> None:
    """An `aws:` location names its region; other places do not, and a table keeps both."""
    assert Bucket("aws:eu-west-3").region == "eu-west-3"
    assert Bucket(("aws:eu-west-3",)).location == "aws:eu-west-3"
    assert Bucket("country:FR").region is None
    assert Bucket("aws:eu-west-3", region="x").region == "x"
    assert Bucket(("aws:eu-west-3", "aws:eu-west-1")).region is None
    assert BucketTable({"b": "aws:eu-west-3"}).find("b") == Bucket("aws:eu-west-3")


_POINT = "arn:aws:s3:us-east-2:123456789012:accesspoint/ap"


@pytest.mark.parametrize(
    "bucket",
    [
        Bucket("aws:eu-west-3"),
        Bucket("country:FR", region="eu-west-3"),
        Bucket(("aws:eu-west-3", "aws:eu-central-1")),
    ],
)
def test_an_access_point_in_another_region_than_its_bucket_is_refused(bucket: Bucket) -> None:
    """A request goes to the region of an ARN: a table that says otherwise is wrong."""
    with pytest.raises(InputError, match="another region") as raised:
        BucketTable({_POINT: bucket})
    assert raised.value.kind == ErrorKind.CONFLICT


@pytest.mark.parametrize(
    ("name", "bucket"),
    [
        (_POINT, Bucket("aws:us-east-2")),
        (_POINT, Bucket("country:US", region="us-east-2")),
        (_POINT, Bucket("country:US")),
        (_POINT, Bucket(("aws:us-east-2", "aws:us-west-2"))),
        ("arn:aws:s3::123456789012:accesspoint/m.mrap", Bucket("aws:eu-west-3")),
        ("data", Bucket("aws:eu-west-3")),
    ],
)
def test_an_access_point_is_named_with_its_own_region(name: str, bucket: Bucket) -> None:
    """An ARN is taken that agrees with its bucket, or names no region to disagree with."""
    assert BucketTable({name: bucket}).known(name) == bucket
