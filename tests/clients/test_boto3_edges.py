"""The ways around a guarded session that need no real server, and what the guard refuses."""

import inspect
import io
from collections.abc import Callable
from contextlib import AsyncExitStack
from enum import StrEnum
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
from residency.clients.boto3 import OWN_BUCKET, Bucket, guard_session
from residency.errors import DestinationError, ErrorKind, InputError, MissingAccountError
from tests.clients.offline import GUARD, TABLE, Reached, guarded, reach
from tests.clients.scene import ACME, CANARY, consent
from tests.servers.s3 import session


def test_a_call_is_held_to_the_region_of_its_bucket() -> None:
    """The bucket's region is the one asked and signed for, whatever the client was made for."""
    client = guarded()
    with (
        acting_for(ACME),
        pytest.raises(Reached, match=r"https://s3\.eu-west-3\.amazonaws\.com/eu/k"),
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
    made = guard_session(session(), GUARD, buckets=TABLE, solution="xm-fax")
    client = made.client("s3", region_name="eu-west-3", endpoint_url="http://127.0.0.1:9")
    with acting_for(ACME), pytest.raises(DestinationError, match="endpoint"):
        client.put_object(Bucket="eu", Key="k", Body=CANARY)


def test_a_replicating_bucket_lands_in_each_of_its_places() -> None:
    """A bucket with two places is decided for both."""
    with acting_for(ACME), pytest.raises(TransferBlocked, match="aws:us-east-1"):
        guarded().put_object(Bucket="replicated", Key="k")


def test_a_copy_says_where_it_comes_from() -> None:
    """A consent has a direction: the source of a copy counts, and only there where it leads out."""
    ledger = open_ledger("memory:")
    guard = Guard(Router(load_policy("xmedius")), ledger)
    ledger.give(consent("c-1", destination="country:GB"))
    table = {**TABLE, "us": Bucket("aws:us-east-1")}
    client = guarded(guard, buckets=table)
    with acting_for(ACME):
        with pytest.raises(Reached):
            client.copy_object(Bucket="gb", Key="k", CopySource="eu/k")
        with pytest.raises(TransferBlocked) as raised:
            client.copy_object(Bucket="gb", Key="k", CopySource="us/k")
        assert raised.value.kind == Reason.CONSENT_OUT_OF_SCOPE
        with pytest.raises(Reached):
            client.copy_object(Bucket="eu", Key="k", CopySource="us/k")


def test_a_rule_inside_the_zone_passes() -> None:
    """A rule of the storage whose places all lie in the zone is permitted."""
    client = guarded(buckets={**TABLE, "logs": "aws:eu-west-1"})
    status = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": ""}}
    with acting_for(ACME), pytest.raises(Reached):
        client.put_bucket_logging(Bucket="eu", BucketLoggingStatus=status)


def test_the_context_reaches_the_guard() -> None:
    """The session's category and purpose are what the guard is asked with."""
    with acting_for(ACME), pytest.raises(ResidencyError) as raised:
        guarded(context=Context(category="no-such")).put_object(Bucket="gb", Key="k")
    assert raised.value.kind == ErrorKind.UNKNOWN_CATEGORY


def test_an_enumerated_name_is_its_text() -> None:
    """A bucket's name may be a member of a StrEnum; what is looked up is what is sent."""

    class Names(StrEnum):
        EU = "eu"

    with acting_for(ACME), pytest.raises(Reached, match="/eu/k"):
        guarded().put_object(Bucket=Names.EU, Key="k")


def test_a_name_that_lies_is_sent_as_it_is_looked_up() -> None:
    """A text that shows itself otherwise than it compares gets no bytes anywhere else."""

    class Liar(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "gb"

    with acting_for(ACME), pytest.raises(Reached, match="/eu/k"):
        guarded().put_object(Bucket=Liar("eu"), Key="k")


def test_a_zone_without_a_bucket_is_named() -> None:
    """The placeholder needs a bucket for the account's zone, and says which zone has none."""
    with acting_for(ACME), pytest.raises(DestinationError, match="`EU`"):
        guarded(own={"US": "us"}).put_object(Bucket=OWN_BUCKET, Key="k")
    with acting_for(ACME), pytest.raises(DestinationError):
        guarded().put_object(Bucket=OWN_BUCKET, Key="k")


def test_a_request_that_was_never_decided_is_not_signed() -> None:
    """Whatever is signed with a writing verb past the decision is denied; reading is not."""
    client = guarded()
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
        transfer.S3Transfer(guarded(), config).upload_file(__file__, "gb", "k")


def test_jobs_of_s3_control_are_denied() -> None:
    """S3 Control can order copies between buckets: what writes there is denied, reading passes."""
    made = guard_session(session(), GUARD, buckets=TABLE, solution="xm-fax")
    control = made.client("s3control", region_name="eu-west-3")
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
    with pytest.raises(Reached):
        control.list_jobs(AccountId=account)
    assert control.generate_presigned_url("list_jobs", {"AccountId": account})


async def _outcome(function: Callable[..., Any], *args: object, **kwargs: object) -> object:
    """Call a method of a client of either kind."""
    made: object = function(*args, **kwargs)
    return await made if inspect.isawaitable(made) else made


@pytest.mark.parametrize("kind", ["boto3", "aiobotocore"])
async def test_a_reading_request_of_s3_control_is_signed_for_reading_alone(kind: str) -> None:
    """The path of a listing takes a new job by another verb: neither link nor call is signed so."""
    account = {"AccountId": "123456789012"}
    made = guard_session(session(kind), GUARD, buckets=TABLE, solution="xm-fax")

    def post(params: dict[str, object], **_: object) -> None:
        params.update(method="POST", body=b"<CreateJobRequest/>")

    async with AsyncExitStack() as stack:
        if kind == "boto3":
            control = made.client("s3control", region_name="eu-west-3")
        else:
            opening = made.create_client("s3control", region_name="eu-west-3")
            control = await stack.enter_async_context(opening)
        control.meta.events.register_last("before-send.s3-control", reach)
        control.meta.events.register("before-call.s3-control", post)
        with acting_for(ACME):
            with pytest.raises(TransferBlocked, match=r"ListJobs\+POST"):
                await _outcome(control.generate_presigned_url, "list_jobs", account, 60, "POST")
            with pytest.raises(TransferBlocked, match=r"ListJobs\+POST"):
                await _outcome(control.list_jobs, **account)


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
    arguments: dict[str, Any] = {"session": session(), "guard": GUARD, "buckets": TABLE, **wrong}
    with pytest.raises(InputError):
        guard_session(arguments.pop("session"), arguments.pop("guard"), **arguments)


def test_what_is_not_s3_is_left_alone() -> None:
    """A call of another service needs no account, and is signed and sent."""
    made = guard_session(session(), GUARD, buckets=TABLE, solution="xm-fax")
    tokens = made.client("sts", region_name="eu-west-3")
    tokens.meta.events.register_last("before-send.sts", reach)
    with pytest.raises(Reached) as raised:
        tokens.get_caller_identity()
    assert raised.value.request.headers["Authorization"]


def test_a_session_is_guarded_once() -> None:
    """A second guard would lie above the first, by which nobody could tell where a bucket is."""
    made = guard_session(session(), GUARD, buckets=TABLE, solution="xm-fax")
    for again in (made, made._session):
        with pytest.raises(InputError, match="already") as raised:
            guard_session(again, GUARD, buckets=TABLE, solution="xm-fax")
        assert raised.value.kind == ErrorKind.CONFLICT


def test_a_session_of_botocore_is_guarded() -> None:
    """A bare session of botocore, whose clients have no transfers, is guarded as well."""
    made = guard_session(
        import_module("botocore.session").get_session(), GUARD, buckets=TABLE, solution="xm-fax"
    )
    client = made.create_client("s3", region_name="eu-west-3")
    with acting_for(ACME), pytest.raises(TransferBlocked):
        client.put_object(Bucket="gb", Key="k")


def test_reading_a_bucket_nobody_knows_passes() -> None:
    """Nothing is brought anywhere by reading: the guard holds up no read."""
    with pytest.raises(Reached, match="unheard-of"):
        guarded().get_object(Bucket="unheard-of", Key="k")


def test_a_body_is_never_read_when_blocked() -> None:
    """A blocked upload does not even read what was to be sent."""
    body = io.BytesIO(CANARY)
    with acting_for(ACME), pytest.raises(TransferBlocked):
        guarded().put_object(Bucket="gb", Key="k", Body=body)
    assert body.tell() == 0
