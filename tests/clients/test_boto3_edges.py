"""The ways around a guarded session that need no real server, and what the guard refuses."""

import io
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from residency import (
    Context,
    Guard,
    Reason,
    ResidencyError,
    Router,
    TransferBlocked,
    load_policy,
    open_ledger,
)
from residency.clients import acting_for
from residency.clients.boto3 import OWN_BUCKET, AskedBuckets, Bucket, guard_session
from residency.clients.buckets import BucketTable
from residency.clients.operations import LINKED, WRITES, verbs_of, write_of
from residency.errors import DestinationError, ErrorKind, InputError, MissingAccountError
from tests.clients.scene import ACME, CANARY, Scene, consent
from tests.servers.s3 import session

_GUARD = Guard(Router(load_policy("xmedius")))
_TABLE: dict[str, Bucket | str | tuple[str, ...]] = {
    "eu": Bucket("aws:eu-west-3"),
    "gb": "aws:eu-west-2",
    "replicated": ("aws:eu-west-3", "aws:us-east-1"),
}


class _Reached(Exception):  # noqa: N818 - it says how far a call came
    """A call came as far as the network."""


def _client(guard: Guard = _GUARD, *, region: str = "us-east-1", **changed: Any) -> Any:
    """Return a guarded client that reaches no network, and the requests that it would send."""
    arguments: dict[str, Any] = {"buckets": _TABLE, "solution": "xm-fax", **changed}
    config = import_module("botocore.config").Config(signature_version="s3v4")
    made = guard_session(session(), guard, **arguments).client(
        "s3", region_name=region, config=config
    )

    def reach(request: Any, **_: object) -> None:
        raise _Reached(request.url)

    made.meta.events.register_last("before-send.s3", reach)
    return made


def test_a_call_is_held_to_the_region_of_its_bucket() -> None:
    """The bucket's region is the one asked and signed for, whatever the client was made for."""
    client = _client()
    with (
        acting_for(ACME),
        pytest.raises(_Reached, match=r"https://s3\.eu-west-3\.amazonaws\.com/eu/k"),
    ):
        client.put_object(Bucket="eu", Key="k")
    with acting_for(ACME):
        url: str = client.generate_presigned_url("put_object", {"Bucket": "eu", "Key": "k"})
        form = client.generate_presigned_post("eu", "k")
    assert urlsplit(url).hostname == "s3.eu-west-3.amazonaws.com"
    assert "/eu-west-3/s3/" in parse_qs(urlsplit(url).query)["X-Amz-Credential"][0]
    assert form["url"] == "https://s3.eu-west-3.amazonaws.com/eu"
    assert "/eu-west-3/s3/" in form["fields"]["x-amz-credential"]


def test_an_endpoint_that_the_table_does_not_name_is_refused() -> None:
    """A client with an endpoint of its own does not write to a bucket said to be at AWS."""
    made = guard_session(session(), _GUARD, buckets=_TABLE, solution="xm-fax")
    client = made.client("s3", region_name="eu-west-3", endpoint_url="http://127.0.0.1:9")
    with acting_for(ACME), pytest.raises(DestinationError, match="endpoint"):
        client.put_object(Bucket="eu", Key="k", Body=CANARY)


def test_a_replicating_bucket_lands_in_each_of_its_places() -> None:
    """A bucket with two places is decided for both."""
    with acting_for(ACME), pytest.raises(TransferBlocked, match="aws:us-east-1"):
        _client().put_object(Bucket="replicated", Key="k")


def test_a_copy_says_where_it_comes_from() -> None:
    """A consent has a direction: the source of a copy counts, and only there where it leads out."""
    ledger = open_ledger("memory:")
    guard = Guard(Router(load_policy("xmedius")), ledger)
    ledger.give(consent("c-1", destination="country:GB"))
    table = {**_TABLE, "us": Bucket("aws:us-east-1")}
    client = _client(guard, buckets=table)
    with acting_for(ACME):
        with pytest.raises(_Reached):
            client.copy_object(Bucket="gb", Key="k", CopySource="eu/k")
        with pytest.raises(TransferBlocked) as raised:
            client.copy_object(Bucket="gb", Key="k", CopySource="us/k")
        assert raised.value.kind == Reason.CONSENT_OUT_OF_SCOPE
        with pytest.raises(_Reached):
            client.copy_object(Bucket="eu", Key="k", CopySource="us/k")


def test_a_rule_inside_the_zone_passes() -> None:
    """A rule of the storage whose places all lie in the zone is permitted."""
    client = _client(buckets={**_TABLE, "logs": "aws:eu-west-1"})
    status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": ""}}
    with acting_for(ACME), pytest.raises(_Reached):
        client.put_bucket_logging(Bucket="eu", BucketLoggingStatus=status)


def test_the_context_reaches_the_guard() -> None:
    """The session's category and purpose are what the guard is asked with."""
    with acting_for(ACME), pytest.raises(ResidencyError) as raised:
        _client(context=Context(category="no-such")).put_object(Bucket="gb", Key="k")
    assert raised.value.kind == ErrorKind.UNKNOWN_CATEGORY


def test_an_enumerated_name_is_its_text() -> None:
    """A bucket's name may be a member of a StrEnum; what is looked up is what is sent."""

    class Names(StrEnum):
        EU = "eu"

    with acting_for(ACME), pytest.raises(_Reached, match="/eu/k"):
        _client().put_object(Bucket=Names.EU, Key="k")


def test_a_name_that_lies_is_sent_as_it_is_looked_up() -> None:
    """A text that shows itself otherwise than it compares gets no bytes anywhere else."""

    class Liar(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "gb"

    with acting_for(ACME), pytest.raises(_Reached, match="/eu/k"):
        _client().put_object(Bucket=Liar("eu"), Key="k")


def test_a_zone_without_a_bucket_is_named() -> None:
    """The placeholder needs a bucket for the account's zone, and says which zone has none."""
    with acting_for(ACME), pytest.raises(DestinationError, match="`EU`"):
        _client(own={"US": "us"}).put_object(Bucket=OWN_BUCKET, Key="k")
    with acting_for(ACME), pytest.raises(DestinationError):
        _client().put_object(Bucket=OWN_BUCKET, Key="k")


def _life(url: str) -> int:
    return int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])


def test_a_link_for_writing_lives_no_longer_than_allowed() -> None:
    """Links and forms for writing are cut to the cap; shorter ones and reading ones are not."""
    client = _client(longest_link=timedelta(minutes=5))
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
    client = _client()
    arguments = {"Bucket": "eu", **_IN_THE_BODY[method]}
    with acting_for(ACME):
        with pytest.raises(_Reached):
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


def test_a_form_names_the_accounts_own_bucket_throughout() -> None:
    """The placeholder stands neither in a form's address nor in its signed policy."""
    with acting_for(ACME):
        form = _client(own={"EU": "eu"}).generate_presigned_post(OWN_BUCKET, "k")
    policy = import_module("base64").b64decode(form["fields"]["policy"])
    assert b'{"bucket": "eu"}' in policy
    assert form["url"].endswith(".amazonaws.com/eu")


def test_a_request_that_was_never_decided_is_not_signed() -> None:
    """Whatever is signed with a writing verb past the decision is denied; reading is not."""
    client = _client()
    signer = client._request_signer
    made = import_module("botocore.awsrequest").AWSRequest
    request = made("PUT", "https://gb.s3.eu-west-2.amazonaws.com/k", data=CANARY)
    request.context = {}
    with acting_for(ACME), pytest.raises(TransferBlocked):
        signer.sign("PutObject", request)
    request.method = "GET"
    signer.sign("GetObject", request)
    assert "Authorization" in request.headers


def test_the_native_engine_gets_no_credentials() -> None:
    """An engine without events cannot be started from a guarded client, even directly.

    Where another process of the machine has it, boto3 takes its own engine, whose threads act for
    nobody.
    """
    transfer = import_module("boto3.s3.transfer")
    config = transfer.TransferConfig(preferred_transfer_client="crt")
    refused = (InputError, MissingAccountError)
    with acting_for(ACME), pytest.raises(refused, match=r"classic|no account"):
        transfer.S3Transfer(_client(), config).upload_file(__file__, "gb", "k")


def test_jobs_of_s3_control_are_denied() -> None:
    """S3 Control can order copies between buckets: what writes there is denied, reading passes."""
    made = guard_session(session(), _GUARD, buckets=_TABLE, solution="xm-fax")
    control = made.client("s3control", region_name="eu-west-3")

    def reach(**_: object) -> None:
        raise _Reached

    control.meta.events.register_last("before-send.s3-control", reach)
    account = "123456789012"
    with acting_for(ACME), pytest.raises(TransferBlocked, match="CreateJob"):
        control.create_job(
            AccountId=account,
            Operation={},
            Report={"Enabled": False},
            Priority=1,
            RoleArn="arn:aws:iam::1:r",
            ClientRequestToken="t",
        )
    with pytest.raises(_Reached):
        control.list_jobs(AccountId=account)


class _Redirecting(BaseHTTPRequestHandler):
    """Answers each write with a permanent redirect to another region."""

    seen: list[str] = []  # noqa: RUF012 - one handler is made for each connection

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        region = self.headers["Authorization"].split("/")[2]
        self.seen.append(region)
        body = b"<Error><Code>PermanentRedirect</Code></Error>"
        self.send_response(301)
        self.send_header("x-amz-bucket-region", "us-east-1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def redirecting() -> Iterator[str]:
    """Run a server that sends every write to another region."""
    _Redirecting.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Redirecting)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("region", ["eu-west-3", None])
def test_a_redirect_to_another_region_is_not_followed(redirecting: str, region: str | None) -> None:
    """A redirect never takes a write to another region than the one that was decided."""
    table = {"eu": Bucket("country:FR", region=region, endpoint=redirecting)}
    made = guard_session(session(), _GUARD, buckets=table, solution="xm-fax")
    client = made.client("s3", region_name="eu-west-3")
    with acting_for(ACME):
        for _ in range(2):
            with pytest.raises(client.exceptions.ClientError):
                client.put_object(Bucket="eu", Key="k", Body=b"x")
    assert set(_Redirecting.seen) == {"eu-west-3"}


def test_without_a_guard_the_redirect_is_followed(redirecting: str) -> None:
    """The redirect that the test above relies on is one that boto3 follows."""
    client = session().client("s3", region_name="eu-west-3", endpoint_url=redirecting)
    with pytest.raises(client.exceptions.ClientError):
        client.put_object(Bucket="eu", Key="k", Body=b"x")
    assert "us-east-1" in _Redirecting.seen


@pytest.mark.parametrize(
    "wrong",
    [
        {"buckets": ["eu"]},
        {"buckets": {"eu": ()}},
        {"buckets": {"eu": 7}},
        {"buckets": {"": "aws:eu-west-3"}},
        {"solution": 7},
        {"guard": None},
        {"session": object()},
        {"context": "backups"},
        {"longest_link": 60},
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any]) -> None:
    """What cannot guard is refused when the session is set up, not when something is written."""
    arguments: dict[str, Any] = {"session": session(), "guard": _GUARD, "buckets": _TABLE, **wrong}
    with pytest.raises(InputError):
        guard_session(arguments.pop("session"), arguments.pop("guard"), **arguments)


def test_a_session_of_botocore_is_guarded() -> None:
    """A bare session of botocore, whose clients have no transfers, is guarded as well."""
    made = guard_session(
        import_module("botocore.session").get_session(), _GUARD, buckets=_TABLE, solution="xm-fax"
    )
    client = made.create_client("s3", region_name="eu-west-3")
    with acting_for(ACME), pytest.raises(TransferBlocked):
        client.put_object(Bucket="gb", Key="k")


def test_reading_a_bucket_nobody_knows_passes() -> None:
    """Nothing is brought anywhere by reading: the guard holds up no read."""
    with pytest.raises(_Reached, match="unheard-of"):
        _client().get_object(Bucket="unheard-of", Key="k")


def _writing_operations() -> dict[str, Any]:
    model = session()._session.get_service_model("s3")
    operations = {name: model.operation_model(name) for name in model.operation_names}
    return {
        name: each
        for name, each in operations.items()
        if verbs_of(name, each.http["method"]) is None
    }


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


def _leaves(shape: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name not in path:  # some filters nest
                yield from _leaves(member, (*path, name))
    elif shape.type_name == "list":
        yield from _leaves(shape.member, path)
    elif shape.type_name == "string":
        yield path


def test_another_handler_cannot_change_what_was_decided() -> None:
    """A handler of the session's user that rewrites the bucket does so before it is decided."""
    made = guard_session(session(), _GUARD, buckets=_TABLE, solution="xm-fax")

    def rewrite(params: dict[str, object], **_: object) -> None:
        params["Bucket"] = "gb"

    made.events.register("before-parameter-build", rewrite)
    client = made.client("s3", region_name="eu-west-3")
    client.meta.events.register("before-parameter-build.s3", rewrite)
    with acting_for(ACME), pytest.raises(TransferBlocked, match="eu-west-2"):
        client.put_object(Bucket="eu", Key="k")


def _argument(path: tuple[str, ...], value: str) -> Any:
    return value if not path else {path[0]: _argument(path[1:], value)}


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


_NAMES_A_PLACE = ("Bucket", "BucketName", "Arn", "CopySource", "RenameSource")
_OPERATIONS: dict[str, Any] = {}


def _writing_operations_cached() -> Mapping[str, Any]:
    if not _OPERATIONS:
        _OPERATIONS.update(_writing_operations())
    return _OPERATIONS


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


def test_asked_buckets_are_asked_once(moto_scene: Scene) -> None:
    """A bucket is asked for its region once, and the answer decides."""
    eu, us = moto_scene.cloud.eu, moto_scene.cloud.us
    regions = {
        eu.name: Bucket("country:DE", region=eu.name, endpoint=eu.endpoint),
        us.name: Bucket("aws:us-east-1", region=us.name, endpoint=us.endpoint),
    }
    source = AskedBuckets(eu.client(), regions=regions)
    client = moto_scene.client(buckets=source)
    with acting_for(ACME):
        client.put_object(Bucket=moto_scene.eu, Key="k", Body=b"x")
        moto_scene.forget()
        with pytest.raises(TransferBlocked, match="aws:us-east-1"):
            client.put_object(Bucket=moto_scene.us, Key="k", Body=CANARY)
        assert moto_scene.sent.count(b"GET /") == 1
        with pytest.raises(TransferBlocked):
            client.put_object(Bucket=moto_scene.us, Key="k", Body=CANARY)
        assert moto_scene.sent.count(b"GET /") == 1
        with pytest.raises(TransferBlocked, match="bucket:unheard-of"):
            client.put_object(Bucket="unheard-of", Key="k", Body=CANARY)
    assert moto_scene.writes == []


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


def test_a_body_is_never_read_when_blocked() -> None:
    """A blocked upload does not even read what was to be sent."""
    body = io.BytesIO(CANARY)
    with acting_for(ACME), pytest.raises(TransferBlocked):
        _client().put_object(Bucket="gb", Key="k", Body=body)
    assert body.tell() == 0
