"""Two buckets, accounts of both zones, and a guarded session between them."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from residency import Account, ConsentRecord, Guard, Router, load_policy, open_ledger
from residency.clients.boto3 import Bucket, guard_session
from residency.clients.files import Place
from residency.consent import Expression, PartyRole
from tests.servers.s3 import ACCESS_KEY, SECRET_KEY, Cloud, Region, session

ACME = Account("acme", "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
BOLT = Account("bolt", "United States", "XMedius Solutions Inc.", setup_date=date(2021, 3, 1))

GUARD = Guard(Router(load_policy("xmedius")))
"""A guard without consents."""

CANARY = b"canary-in-the-body-"


def consent(record_id: str, account: str = "acme", destination: str = "US") -> ConsentRecord:
    """Return an explicit consent of an EU account, for everything."""
    return ConsentRecord(
        record_id=record_id,
        account=account,
        controller="XMedius Solutions Inc.",
        privacy_notice="xmedius/2020-11-01",
        solutions=frozenset({"xm-fax"}),
        categories=frozenset({"*"}),
        purposes=frozenset({"*"}),
        source_zone="EU",
        destination_zones=frozenset({destination}),
        event_time=datetime(2021, 3, 2, tzinfo=UTC),
        expression=Expression.EXPLICIT,
        party_name="Erika Mustermann",
        party_role=PartyRole.ADMINISTRATOR,
        method="web form",
    )


class Scene:
    """The buckets `eu` and `us`, made anew, and what it takes to guard them."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.ledger = open_ledger("memory:")
        self.guard = Guard(Router(load_policy("xmedius")), self.ledger)
        self.eu = f"eu-{uuid.uuid4().hex[:12]}"
        self.us = f"us-{uuid.uuid4().hex[:12]}"
        constraint = {"LocationConstraint": cloud.eu.name}
        cloud.eu.client().create_bucket(Bucket=self.eu, CreateBucketConfiguration=constraint)
        cloud.us.client().create_bucket(Bucket=self.us)
        self.forget()

    @property
    def buckets(self) -> dict[str, Bucket]:
        """The table for the guard."""
        eu, us = self.cloud.eu, self.cloud.us
        return {
            self.eu: Bucket("country:DE", region=eu.name, endpoint=eu.endpoint),
            self.us: Bucket("aws:us-east-1", region=us.name, endpoint=us.endpoint),
        }

    def session(self, kind: str = "boto3", **changed: Any) -> Any:
        """Return a guarded session."""
        arguments: dict[str, Any] = {
            "buckets": self.buckets,
            "solution": "xm-fax",
            "own": {"EU": self.eu, "US": self.us},
        }
        return guard_session(session(kind), self.guard, **(arguments | changed))

    def client(self, **changed: Any) -> Any:
        """Return a guarded client, configured for the region in the EU."""
        eu = self.cloud.eu
        made = self.session(**changed)
        return made.client("s3", region_name=eu.name, endpoint_url=eu.endpoint)

    def place(self, zone: str) -> Place:
        """Return a folder in one of the buckets, through an unguarded file system."""
        bucket, region, location = {
            "EU": (self.eu, self.cloud.eu, "country:DE"),
            "US": (self.us, self.cloud.us, "aws:us-east-1"),
        }[zone]
        options = {
            "key": ACCESS_KEY,
            "secret": SECRET_KEY,
            "endpoint_url": region.endpoint,
            "client_kwargs": {"region_name": region.name},
            "use_listings_cache": False,
        }
        return Place(f"s3://{bucket}/accounts", location, options)

    def shelves(self) -> dict[str, dict[str, bytes]]:
        """Return the files that are in the folders of both zones, with their contents."""
        found: dict[str, dict[str, bytes]] = {}
        for zone, bucket in (("EU", self.eu), ("US", self.us)):
            keys = [key for key in self.keys(bucket) if not key.endswith("/")]
            found[zone] = {key.removeprefix("accounts/"): self.body(bucket, key) for key in keys}
        return found

    def forget(self) -> None:
        """Start to watch anew."""
        self.cloud.eu.server.forget()
        self.cloud.us.server.forget()

    @property
    def writes(self) -> list[str]:
        """The writing requests that reached a server since then."""
        return [*self.cloud.eu.server.writes, *self.cloud.us.server.writes]

    @property
    def sent(self) -> bytes:
        """Everything that reached a server since then."""
        return self.cloud.eu.server.seen + self.cloud.us.server.seen

    def keys(self, bucket: str) -> list[str]:
        """The objects that are in a bucket, as an unguarded client sees them."""
        listed = self._region(bucket).client().list_objects_v2(Bucket=bucket)
        return sorted(found["Key"] for found in listed.get("Contents", ()))

    def body(self, bucket: str, key: str) -> bytes:
        """The contents of an object, as an unguarded client sees them."""
        found: bytes = (
            self._region(bucket).client().get_object(Bucket=bucket, Key=key)["Body"].read()
        )
        return found

    def uploads(self, bucket: str) -> list[str]:
        """The multipart uploads that are neither complete nor aborted."""
        client = self._region(bucket).client()
        try:
            listed = client.list_multipart_uploads(Bucket=bucket)
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchUpload":  # rclone, when there are none
                return []
            raise
        return [found["UploadId"] for found in listed.get("Uploads") or ()]

    def _region(self, bucket: str) -> Region:
        return self.cloud.eu if bucket == self.eu else self.cloud.us
