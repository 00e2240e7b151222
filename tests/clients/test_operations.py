"""What each operation of S3 is understood to write, compared with S3's own model."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from residency.clients.operations import LINKED, WRITES, verbs_of, write_of
from tests.servers.s3 import session


def _writing_operations() -> dict[str, Any]:
    model = session()._session.get_service_model("s3")
    operations = {name: model.operation_model(name) for name in model.operation_names}
    return {
        name: each
        for name, each in operations.items()
        if verbs_of(name, each.http["method"]) is None
    }


_OPERATIONS: dict[str, Any] = {}


def _writing_operations_cached() -> Mapping[str, Any]:
    if not _OPERATIONS:
        _OPERATIONS.update(_writing_operations())
    return _OPERATIONS


_NAMES_A_PLACE = ("Bucket", "BucketName", "Arn", "CopySource", "RenameSource")


def _leaves(shape: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name not in path:  # some filters nest
                yield from _leaves(member, (*path, name))
    elif shape.type_name == "list":
        yield from _leaves(shape.member, path)
    elif shape.type_name == "string":
        yield path


def _argument(path: tuple[str, ...], value: str) -> Any:
    return value if not path else {path[0]: _argument(path[1:], value)}


# Each of them makes tables elsewhere, is retired in favour of another, or has no bucket to decide.
_DENIED = {
    "CreateBucketMetadataConfiguration",
    "CreateBucketMetadataTableConfiguration",
    "PutBucketLifecycle",
    "PutBucketNotification",
    "UpdateBucketMetadataAnnotationTableConfiguration",
    "UpdateBucketMetadataInventoryTableConfiguration",
    "UpdateBucketMetadataJournalTableConfiguration",
    "UpdateObjectEncryption",
    "WriteGetObjectResponse",
}


def test_each_writing_operation_of_s3_was_thought_about() -> None:
    """Every S3 operation that writes is either understood or denied on purpose."""
    assert set(_writing_operations()) - WRITES <= _DENIED
    assert WRITES.isdisjoint(_DENIED)


def test_each_argument_that_names_a_bucket_is_found() -> None:
    """Wherever an understood operation can name a second bucket or an ARN, it is found there."""
    harmless = {"KMSKeyArn", "KmsKeyArn", "AccessPointArn"}
    checked: set[str] = set()
    for name in WRITES & set(_writing_operations()):
        for path in _leaves(_writing_operations_cached()[name].input_shape):
            last = path[-1]
            if path == ("Bucket",) or last in harmless:
                continue
            if last.endswith(_NAMES_A_PLACE):
                write = write_of(name, {"Bucket": "b", **_argument(path, "second")})
                assert write is not None
                assert "second" in (*write.sources, *write.others), (name, path)
                checked.add(last)
    assert {"Bucket", "BucketName", "TargetBucket", "CopySource", "QueueArn"} <= checked


def test_no_linked_operation_names_a_place_in_its_body() -> None:
    """What a link may be signed for names further places in headers alone, which are signed."""
    for name in LINKED & set(_writing_operations_cached()):
        shape = _writing_operations_cached()[name].input_shape
        for path in _leaves(shape):
            if path[-1].endswith(_NAMES_A_PLACE) and path != ("Bucket",):
                assert shape.members[path[0]].serialization.get("location") == "header", (
                    name,
                    path,
                )
    assert LINKED <= WRITES


@pytest.mark.parametrize(
    ("source", "bucket"),
    [
        ("data/key", "data"),
        ("/data/key?versionId=1", "data"),
        ("%2Fdata%2Fkey", "data"),
        ({"Bucket": "data", "Key": "k"}, "data"),
        ({}, "None"),
        (
            "arn:aws:s3:eu-west-3:123456789012:accesspoint/ap/object/k/l",
            "arn:aws:s3:eu-west-3:123456789012:accesspoint/ap",
        ),
        (
            "arn%3Aaws%3As3-outposts%3Aus-west-2%3A1%3Aoutpost/op/object/k",
            "arn:aws:s3-outposts:us-west-2:1:outpost/op",
        ),
    ],
)
def test_the_bucket_of_a_copy_source_is_read(source: object, bucket: str) -> None:
    """A copy's source is a text, an ARN or a dict; its bucket is read from each."""
    write = write_of("CopyObject", {"Bucket": "b", "CopySource": source})
    assert write is not None
    assert (write.sources, write.others) == ((bucket,), ())
