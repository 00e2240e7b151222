"""What each S3 operation writes, and into which buckets: the S3 API, read for one question.

An operation that would write and is not listed here is denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast
from urllib.parse import unquote

from residency.checks import items_of

__all__ = [
    "LINKED",
    "NESTED_WRITES",
    "PLAIN_WRITES",
    "READING_VERBS",
    "WRITES",
    "Write",
    "verbs_of",
    "write_of",
]

READING_VERBS = frozenset(("GET", "HEAD", "DELETE"))
"""The HTTP verbs that bring no data anywhere."""

# They take data away, or read it, with a verb that usually writes.
_READS_BY_POST = frozenset(("DeleteObjects", "SelectObjectContent"))

PLAIN_WRITES = frozenset(
    ("CompleteMultipartUpload", "CreateMultipartUpload", "PutObject", "UploadPart")
)
"""The everyday writes, into a bucket; their arguments name no other place."""

WRITES = PLAIN_WRITES | {
    "CopyObject",
    "CreateBucket",
    "PutBucketAbac",
    "PutBucketAccelerateConfiguration",
    "PutBucketAcl",
    "PutBucketAnalyticsConfiguration",
    "PutBucketCors",
    "PutBucketEncryption",
    "PutBucketIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration",
    "PutBucketLifecycleConfiguration",
    "PutBucketLogging",
    "PutBucketMetricsConfiguration",
    "PutBucketNotificationConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketReplication",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutBucketWebsite",
    "PutObjectAcl",
    "PutObjectAnnotation",
    "PutObjectLegalHold",
    "PutObjectLockConfiguration",
    "PutObjectRetention",
    "PutObjectTagging",
    "PutPublicAccessBlock",
    "RenameObject",
    "RestoreObject",
    "UploadPartCopy",
}
"""The writing operations that are understood; any other is denied."""

NESTED_WRITES = WRITES - PLAIN_WRITES
"""Those whose arguments may name further places, however deep in them."""

LINKED = PLAIN_WRITES | {
    "CopyObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "RenameObject",
    "UploadPartCopy",
}
"""The writing operations that a link may be signed for.

No link signs a body: whoever holds it could name another place there than the one decided. These
name theirs in the address and in headers alone.
"""

_SOURCES = frozenset(("CopySource", "RenameSource"))
_NAMES_A_PLACE = ("Bucket", "BucketName", "Arn")
# They name keys for encryption and the access points of a filter: nothing is written there.
_KEYS = frozenset(("AccessPointArn", "KMSKeyArn", "KmsKeyArn"))
_BUCKET_ARN = re.compile(r"arn:[a-z-]+:s3:::([^/*]+)")
_OBJECT_OF_ARN = re.compile(r"(arn:[^/]+[/:][^/]+(?:/accesspoint/[^/]+)?)/object/.*", re.DOTALL)


class Write(NamedTuple):
    """What one call would write; a plain tuple, since one is made for every call.

    Attributes:
        bucket: the bucket it writes into, as it was passed; None if it names none.
        sources: the buckets it copies from.
        others: further places into which it makes the storage itself write from then on, for every
            account's data: replicas, inventories, logs, notifications.
        region: the region in which it makes the bucket, if it says so.
    """

    bucket: object
    sources: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    region: object = None


def verbs_of(operation: str, verb: str) -> frozenset[str] | None:
    """Return the HTTP verbs that an operation which writes nothing may use; None if it writes."""
    if verb in READING_VERBS:
        return READING_VERBS
    if operation in _READS_BY_POST:
        return READING_VERBS | {verb}
    return None


def write_of(operation: str, parameters: Mapping[str, object]) -> Write | None:
    """Return what a writing operation would write; None if it is not understood."""
    bucket = parameters.get("Bucket")
    if operation in PLAIN_WRITES:
        return Write(bucket)
    if operation not in WRITES:
        return None
    configuration = parameters.get("CreateBucketConfiguration")
    return Write(
        bucket,
        tuple(_source(parameters[name]) for name in _SOURCES if name in parameters),
        tuple(
            _bucket(place)
            for key, value in parameters.items()
            if key not in _SOURCES
            for place in _places(value)
        ),
        cast("Mapping[str, object]", configuration).get("LocationConstraint")
        if isinstance(configuration, Mapping)
        else None,
    )


def _source(source: object) -> str:
    """Return the bucket of ``bucket/key``, of an ARN, or of a dict; what is unclear is unknown."""
    if isinstance(source, Mapping):
        return str(cast("Mapping[str, object]", source).get("Bucket"))
    text = unquote(str(source)).lstrip("/")
    arn = _OBJECT_OF_ARN.fullmatch(text)
    return arn[1] if arn else text.partition("/")[0]


def _places(value: object) -> Iterator[str]:
    """Yield each bucket or ARN that is named anywhere inside an argument."""
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[str, object]", value).items():
            if not isinstance(item, str):
                yield from _places(item)
            elif key.endswith(_NAMES_A_PLACE) and key not in _KEYS:
                yield item
    else:
        for item in items_of(value) or ():
            yield from _places(item)


def _bucket(place: str) -> str:
    arn = _BUCKET_ARN.fullmatch(place)
    return arn[1] if arn else place
