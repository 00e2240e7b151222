"""Links and forms that a guarded session signs: for what, and for how long."""

import urllib.request
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from residency import TransferBlocked
from residency.clients import acting_for
from residency.clients.boto3 import OWN_BUCKET, guard_session
from tests.clients.offline import GUARD, Reached, guarded
from tests.clients.scene import ACME, Scene
from tests.servers.s3 import session


def _life(url: str) -> int:
    return int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])


def test_a_link_for_writing_lives_no_longer_than_allowed() -> None:
    """Links and forms for writing are cut to the cap; shorter ones and reading ones are not."""
    client = guarded(longest_link=timedelta(minutes=5))
    here = {"Bucket": "eu", "Key": "k"}
    with acting_for(ACME):
        assert _life(client.generate_presigned_url("put_object", here)) == 300
        assert _life(client.generate_presigned_url("put_object", here, 9999)) == 300
        assert _life(client.generate_presigned_url("put_object", here, ExpiresIn=60)) == 60
        assert _life(client.generate_presigned_url("get_object", here, ExpiresIn=9999)) == 9999
        form = client.generate_presigned_post("eu", "k", ExpiresIn=9999)
    policy = import_module("json").loads(
        import_module("base64").b64decode(form["fields"]["policy"])
    )
    left = datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    with pytest.raises(import_module("botocore.exceptions").UnknownClientMethodError):
        client.generate_presigned_url("no_such_method", here)


def _inventory(bucket: str) -> dict[str, object]:
    destination = {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{bucket}", "Format": "CSV"}}
    return {
        "Id": "i",
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": "Daily"},
        "Destination": destination,
    }


_IN_THE_BODY: dict[str, dict[str, object]] = {
    "create_bucket": {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-3"}},
    "put_bucket_inventory_configuration": {"Id": "i", "InventoryConfiguration": _inventory("eu")},
    "put_bucket_logging": {
        "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "eu", "TargetPrefix": ""}}
    },
    "restore_object": {
        "Key": "k",
        "RestoreRequest": {"OutputLocation": {"S3": {"BucketName": "eu", "Prefix": ""}}},
    },
}


@pytest.mark.parametrize("method", _IN_THE_BODY)
def test_a_link_whose_body_could_name_another_place_is_not_signed(method: str) -> None:
    """What is permitted as a call is no link: whoever holds it writes the body anew."""
    client = guarded()
    arguments = {"Bucket": "eu", **_IN_THE_BODY[method]}
    with acting_for(ACME):
        with pytest.raises(Reached):
            getattr(client, method)(**arguments)
        with pytest.raises(TransferBlocked, match="link:"):
            client.generate_presigned_url(method, arguments)


def test_without_a_guard_the_holder_of_a_link_names_another_place(moto_scene: Scene) -> None:
    """The link that the test above is about is one that a server takes, with another body."""
    eu = moto_scene.cloud.eu
    older = import_module("botocore.config").Config(signature_version="s3")  # it takes any body
    client = session().client("s3", region_name=eu.name, endpoint_url=eu.endpoint, config=older)
    here = {"Bucket": moto_scene.eu, "Id": "i"}
    url: str = client.generate_presigned_url(
        "put_bucket_inventory_configuration",
        {**here, "InventoryConfiguration": _inventory(moto_scene.eu)},
    )
    bodies: list[bytes] = []

    def keep(request: Any, **_: object) -> None:
        bodies.append(request.body)

    client.meta.events.register_first("before-send.s3", keep)
    client.put_bucket_inventory_configuration(
        **here, InventoryConfiguration=_inventory(moto_scene.eu)
    )
    body = bodies[0].replace(moto_scene.eu.encode(), moto_scene.us.encode())
    kind = {"Content-Type": "application/xml"}
    request = urllib.request.Request(url, body, kind, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    told = client.get_bucket_inventory_configuration(**here)["InventoryConfiguration"]
    assert told["Destination"]["S3BucketDestination"]["Bucket"].endswith(moto_scene.us)


@pytest.mark.parametrize(
    ("arn", "credential", "regions"),
    [
        ("arn:aws:s3:us-east-2:123456789012:accesspoint/ap", "/us-east-2/s3/", None),
        ("arn:aws:s3::123456789012:accesspoint/m.mrap", "/s3/", ["*"]),
    ],
)
def test_a_link_to_an_access_point_is_signed_for_its_regions(
    arn: str, credential: str, regions: list[str] | None
) -> None:
    """Where the table names no region, a link is signed for that of the ARN, or for any."""
    if regions is not None:
        pytest.importorskip("awscrt")  # it alone signs for several regions
    made = guard_session(session(), GUARD, buckets={arn: "country:FR"}, solution="xm-fax")
    client = made.client("s3", region_name="eu-west-3")
    with acting_for(ACME):
        url: str = client.generate_presigned_url("put_object", {"Bucket": arn, "Key": "k"})
    query = parse_qs(urlsplit(url).query)
    assert credential in query["X-Amz-Credential"][0]
    assert query.get("X-Amz-Region-Set") == regions


def test_a_form_names_the_accounts_own_bucket_throughout() -> None:
    """The placeholder stands neither in a form's address nor in its signed policy."""
    with acting_for(ACME):
        form = guarded(own={"EU": "eu"}).generate_presigned_post(OWN_BUCKET, "k")
    policy = import_module("base64").b64decode(form["fields"]["policy"])
    assert b'{"bucket": "eu"}' in policy
    assert form["url"].endswith(".amazonaws.com/eu")
