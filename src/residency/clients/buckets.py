"""Buckets: where the bytes of each come to rest, from a table or by asking the bucket itself.

A bucket is what is said of it here, at the endpoint named here; with no endpoint, at AWS's own. A
bucket of which nothing is said is unknown, and nothing is written to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from threading import Lock
from typing import Protocol, cast, final, runtime_checkable

from attrs import frozen
from cachetools import TTLCache

from residency.checks import require_instance, require_text
from residency.clients.locations import places_of, require_location
from residency.errors import ErrorKind, InputError, quote, quote_type
from residency.geography import cloud_provider

__all__ = ["AskedBuckets", "Bucket", "BucketSource", "BucketTable"]

_AWS = "aws"
_MOST_KEPT = 10_000
# The names that a bucket of its own may have; what else arrives as `Bucket` stands for another.
_PLAIN = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# Of the region of an ARN is the server that botocore asks, whatever else it is told.
_REGION_OF_ARN = re.compile(r"arn:[^:]*:[^:]*:([^:]+):.*", re.DOTALL)
_STANDS_FOR_ANOTHER = re.compile(r".*(-s3alias|--ol-s3|--x-s3|--table-s3|\.mrap)")


@frozen(slots=True)
class Bucket:
    """Where a bucket is.

    Args:
        location: where its bytes come to rest, as the guard's ``to`` names it; a tuple where it
            replicates, each place of it.
        region: the region that every request to it is held to; that of an ``aws:`` location, or
            the client's own, if left out.
        endpoint: the URL of the server that holds it; AWS's own if left out.

    Raises:
        InputError: a text is missing or malformed.
    """

    location: str | tuple[str, ...]
    region: str | None = None
    endpoint: str | None = None

    def __attrs_post_init__(self) -> None:
        location = require_location(self.location, "a bucket")
        object.__setattr__(self, "location", location)
        for name in ("region", "endpoint"):
            if getattr(self, name) is not None:
                require_text(getattr(self, name), f"a bucket's {name}")
        if self.region is None and isinstance(location, str) and location.startswith(f"{_AWS}:"):
            object.__setattr__(self, "region", location.removeprefix(f"{_AWS}:"))


@runtime_checkable
class BucketSource(Protocol):
    """Knows where buckets are. All calls may come from any thread.

    A request to an ARN that names a region goes there, whatever is said of the bucket: a source of
    your own has to say the same region.
    """

    def known(self, name: str) -> Bucket | None:
        """Return the bucket if that needs no I/O, else None."""
        ...

    def find(self, name: str) -> Bucket | None:
        """Return the bucket; None if it is unknown. May block."""
        ...


@final
class BucketTable:
    """The buckets that a program writes to, written down.

    Args:
        buckets: a bucket's name, or whatever else is passed as ``Bucket`` (an access point's ARN or
            alias), to its :class:`Bucket`, or to its location alone.

    Raises:
        InputError: it is no such mapping, or an ARN names another region than its bucket does
            (CONFLICT).
    """

    __slots__ = ("_buckets",)

    def __init__(self, buckets: Mapping[str, Bucket | str | tuple[str, ...]]) -> None:
        given: object = buckets
        if not isinstance(given, Mapping):
            message = f"the buckets are a {quote_type(buckets)}: map each name to its location"
            raise InputError(message, kind=ErrorKind.TYPE, value=buckets)
        self._buckets = {
            require_text(name, "a bucket's name"): (
                place if isinstance(place, Bucket) else Bucket(place)
            )
            for name, place in buckets.items()
        }
        for name, bucket in self._buckets.items():
            _require_region(name, bucket)

    def known(self, name: str) -> Bucket | None:
        """Return the bucket; None if it is not in the table."""
        return self._buckets.get(name)

    def find(self, name: str) -> Bucket | None:
        """Return the bucket; None if it is not in the table."""
        return self._buckets.get(name)


def _require_region(name: str, bucket: Bucket) -> None:
    arn = _REGION_OF_ARN.fullmatch(name)
    if arn is None:
        return
    regions = {bucket.region} if bucket.region is not None else _regions(bucket.location)
    if regions and arn[1] not in regions:
        message = f"{quote(name)} is in another region than its bucket: name the region of the ARN"
        raise InputError(message, kind=ErrorKind.CONFLICT, value=name)


def _regions(location: str | tuple[str, ...]) -> set[str]:
    """Return the regions of AWS that a location names."""
    prefix = f"{_AWS}:"
    return {place.removeprefix(prefix) for place in places_of(location) if place.startswith(prefix)}


class _Exceptions(Protocol):
    @property
    def ClientError(self) -> type[Exception]: ...  # noqa: N802 - botocore's name


class _Client(Protocol):
    """The part of an S3 client that is used to ask."""

    @property
    def exceptions(self) -> _Exceptions: ...

    def get_bucket_location(self, *, Bucket: str) -> object: ...  # noqa: N803 - botocore's name

    def head_bucket(self, *, Bucket: str) -> object: ...  # noqa: N803 - botocore's name


@final
class AskedBuckets:
    """Ask each bucket once in which region it is, and keep the answer for a while.

    A bucket that does not say is unknown, and is asked again the next time. That it was deleted and
    made again in another region is noticed when the answer is asked anew; until then requests are
    held to the old region, where there is nothing that would take them.

    Args:
        client: a sync S3 client, which may read the locations of the buckets.
        regions: what each region name means at the client's server. Left out, the server is AWS.
        kept: for how long an answer is kept.

    Raises:
        InputError: ``regions`` does not map to buckets.
    """

    __slots__ = ("_cache", "_client", "_lock", "_regions")

    def __init__(
        self,
        client: object,
        *,
        regions: Mapping[str, Bucket] | None = None,
        kept: timedelta = timedelta(hours=1),
    ) -> None:
        self._client = cast("_Client", client)
        self._regions = None if regions is None else BucketTable(regions)
        seconds = require_instance(kept, timedelta, "kept").total_seconds()
        self._cache: TTLCache[str, Bucket] = TTLCache(_MOST_KEPT, seconds)
        self._lock = Lock()

    def known(self, name: str) -> Bucket | None:
        """Return the bucket if it was asked not too long ago."""
        with self._lock:
            return self._cache.get(name)

    def find(self, name: str) -> Bucket | None:
        """Return the bucket, asked now if need be; None if it is none, or does not say."""
        known = self.known(name)
        if known is not None:
            return known
        if not _PLAIN.fullmatch(name) or _STANDS_FOR_ANOTHER.fullmatch(name):
            return None
        region = self._region(name)
        if not region:
            return None
        bucket = Bucket(f"{_AWS}:{region}") if self._regions is None else self._regions.find(region)
        if bucket is not None:
            with self._lock:
                self._cache[name] = bucket
        return bucket

    def _region(self, name: str) -> str | None:
        refused = self._client.exceptions.ClientError
        try:
            answer = cast("Mapping[str, str | None]", self._client.get_bucket_location(Bucket=name))
        except refused:
            return self._region_by_header(name, refused)
        # The API spells its two oldest regions otherwise: one by an old name, one by none at all.
        aws = cloud_provider(_AWS)
        region = answer.get("LocationConstraint") or (None if aws is None else aws.absent)
        known = None if aws is None or region is None else aws.find(region)
        return region if known is None else known.id

    def _region_by_header(self, name: str, refused: type[Exception]) -> str | None:
        try:
            response: object = self._client.head_bucket(Bucket=name)
        except refused as error:  # a bucket that denies its contents still says where it is
            response = getattr(error, "response", {})
        metadata = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", response)
        return (
            metadata.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
        )
