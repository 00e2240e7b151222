"""A guard on a session of boto3 or aiobotocore: S3 writes are decided before they are signed.

    session = guard_session(boto3.Session(), guard, solution="xm-fax", buckets={…})

Every client and resource that the session makes afterwards asks the guard, for the account of
:func:`residency.clients.acting_for`, before a write is built, signed or sent. What is not known to
be harmless is denied. Nothing here imports boto3: the session brings it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Protocol, TypeVar, cast, final
from weakref import WeakSet

from attrs import evolve, frozen

from residency.checks import require_instance, require_text
from residency.clients.buckets import AskedBuckets, Bucket, BucketSource, BucketTable
from residency.clients.calls import guard_calls
from residency.clients.context import current_account
from residency.clients.locations import places_of
from residency.clients.methods import guard_methods
from residency.clients.operations import (
    LINKED,
    PLAIN_WRITES,
    READING_VERBS,
    Write,
    verbs_of,
    write_of,
)
from residency.clients.redirects import follow_no_redirects
from residency.errors import DestinationError, ErrorKind, InputError, quote, quote_type
from residency.guard import Guard
from residency.transfer import Context, Decision, Reason, TransferBlocked

__all__ = ["OWN_BUCKET", "AskedBuckets", "Bucket", "BucketSource", "guard_session"]

OWN_BUCKET: Final = "residency://"
"""Passed as ``Bucket``, it stands for the account's own bucket: that of its zone."""

_Session = TypeVar("_Session")

# What a call's context holds of the decision: the bucket that it goes to, None if unknown, and the
# verbs it may be sent with, None for any. Without them, nothing was decided. For a write, it holds
# what was decided as well, of which the bucket's name says all in an everyday one.
_BUCKET = "residency.bucket"
_VERBS = "residency.verbs"
_WRITE = "residency.write"
_REGION = "residency.region"
_POLICY = "s3-presign-post-policy"  # botocore's
_GLOBAL = "aws-global"  # what botocore calls the endpoint that older links are for
_S3_CALL = "before-parameter-build.s3."
_SIGNED = ("before-sign.s3.", "before-sign.s3-control.")
_GUARDED: Final = WeakSet[object]()


class _Emitter(Protocol):
    def register_last(self, event_name: str, handler: object) -> object: ...


class _Operation(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def http(self) -> Mapping[str, str]: ...


class _Request(Protocol):
    @property
    def method(self) -> str: ...

    @property
    def context(self) -> dict[str, object]: ...


def guard_session(
    session: _Session,
    guard: Guard,
    *,
    buckets: Mapping[str, Bucket | str | tuple[str, ...]] | BucketSource,
    solution: str | None = None,
    own: Mapping[str, str] | None = None,
    context: Context | None = None,
    longest_link: timedelta = timedelta(minutes=15),
) -> _Session:
    """Guard every S3 client and resource that a session makes from now on.

    Args:
        session: a session of boto3, botocore or aiobotocore, before its clients are made.
        guard: the guard to ask.
        buckets: where each bucket is: a table, or a source such as :class:`AskedBuckets`. A bucket
            of which nothing is known is not written to.
        solution: the solution whose data is written; left out where accounts are designations.
        own: zone to bucket: which one :data:`OWN_BUCKET` stands for.
        context: the data category and purpose of what is written, where they are known.
        longest_link: how long a link that was signed for writing lives at most.

    Returns:
        The same session.

    Raises:
        InputError: an argument is not what it should be, or the session is guarded already
            (CONFLICT).
    """
    core = getattr(session, "_session", session)  # boto3 wraps a session of botocore
    component = getattr(core, "get_component", None)
    if not callable(component):
        message = f"the session is a {quote_type(session)}: pass a session of boto3 or aiobotocore"
        raise InputError(message, kind=ErrorKind.TYPE, value=session)
    gate = _Gate(
        guard=require_instance(guard, Guard, "the guard"),
        source=buckets if isinstance(buckets, BucketSource) else BucketTable(buckets),
        solution=None if solution is None else require_text(solution, "the solution"),
        own={} if own is None else dict(own),
        context=None if context is None else require_instance(context, Context, "the context"),
    )
    seconds = int(require_instance(longest_link, timedelta, "longest_link").total_seconds())
    if core in _GUARDED:
        message = "the session is guarded already: make another one for another guard"
        raise InputError(message, kind=ErrorKind.CONFLICT, value=session)
    _GUARDED.add(core)
    asynchronous = any(base.__module__.startswith("aiobotocore.") for base in type(core).__mro__)
    decide = gate.decide_async if asynchronous else gate.decide
    events = cast("_Emitter", component("event_emitter"))
    methods = guard_methods(gate.route, longest_link=seconds, threads=not asynchronous)
    # What is registered for a whole kind of event heeds those of S3 alone. The handlers of
    # `before-sign.s3` run before those of `before-sign`, whatever their rank. So ours stand behind
    # all but those that are put last on a client itself. What these make of a call's arguments,
    # `pin` finds; what they make of the finished request, nobody does.
    events.register_last("creating-client-class", methods)
    calls = guard_calls(gate.route, asynchronous=asynchronous)
    events.register_last("creating-client-class", calls)
    if asynchronous:
        events.register_last("creating-client-class", follow_no_redirects)
    events.register_last("before-parameter-build", decide)
    events.register_last("before-endpoint-resolution", gate.pin)
    events.register_last("before-sign", gate.seal)
    # Jobs of S3 Control copy between buckets without this process.
    events.register_last("before-parameter-build.s3-control", gate.refuse)
    return session


@final
@frozen(slots=True, kw_only=True)
class _Gate:
    """The handlers of one guarded session, in the order in which a call passes them."""

    guard: Guard
    source: BucketSource
    solution: str | None
    own: Mapping[str, str]
    context: Context | None

    def route(self, params: Mapping[str, object], **_: object) -> dict[str, object] | None:
        """Put the account's own bucket in place of the placeholder, in a copy of the arguments."""
        bucket = params.get("Bucket")
        if type(bucket) is str and bucket != OWN_BUCKET and "CopySource" not in params:
            return None
        changed = {
            name: self._named(params[name]) for name in ("Bucket", "CopySource") if name in params
        }
        if all(params[name] is value for name, value in changed.items()):
            return None
        return {**params, **changed}

    def _named(self, value: object) -> object:
        if isinstance(value, str) and value == OWN_BUCKET:
            placement = self.guard.place(current_account(), self.solution)
            try:
                return self.own[placement.zone]
            except KeyError:
                message = f"no bucket is named for zone {quote(placement.zone)}: add it to `own`"
                raise DestinationError(
                    message, kind=ErrorKind.UNKNOWN_LOCATION, value=placement.zone
                ) from None
        if isinstance(value, str) and type(value) is not str:
            return str.__str__(value)  # what is looked up is what is sent
        if isinstance(value, Mapping):
            inner = cast("Mapping[str, object]", value)
            bucket = self._named(inner.get("Bucket"))
            return inner if bucket is inner.get("Bucket") else {**inner, "Bucket": bucket}
        return value

    def decide(
        self,
        event_name: str,
        params: Mapping[str, object],
        model: _Operation,
        context: dict[str, object],
        **_: object,
    ) -> None:
        """Decide a call; nothing of it has been built, signed or sent."""
        if model.name in PLAIN_WRITES and event_name.startswith(_S3_CALL):
            name = params.get("Bucket")
            known = self.source.known(name) if type(name) is str else None
            if known is not None:  # the everyday write: what is below comes to the same
                account, to = current_account(), known.location
                self.guard.enforce(account, self.solution, to=to, context=self.context)
                context[_BUCKET], context[_VERBS], context[_WRITE] = known, None, name
                return
        write = self._write(event_name, params, model, context)
        if write is not None:
            subject = current_account()
            for name in self._unknown(write):
                self.source.find(name)
            bucket, to, details = self._question(write)
            decision = self.guard.decide(subject, self.solution, to=to, context=details)
            _conclude(decision, write, bucket, context)

    async def decide_async(
        self,
        event_name: str,
        params: Mapping[str, object],
        model: _Operation,
        context: dict[str, object],
        **_: object,
    ) -> None:
        """Decide as :meth:`decide` does, without blocking the event loop."""
        write = self._write(event_name, params, model, context)
        if write is not None:
            subject = current_account()
            for name in self._unknown(write):
                import asyncio  # here, for whoever does not come here need not wait for it

                await asyncio.to_thread(self.source.find, name)
            bucket, to, details = self._question(write)
            decision = await self.guard.decide_async(subject, self.solution, to=to, context=details)
            _conclude(decision, write, bucket, context)

    def refuse(self, model: _Operation, **_: object) -> None:
        """Deny whatever writes through another service than S3."""
        if model.http["method"] not in READING_VERBS:
            raise self._blocked(f"operation:{model.name}")

    def pin(
        self,
        event_name: str,
        builtins: dict[str, object],
        params: Mapping[str, object],
        model: _Operation,
        context: dict[str, object],
        **_: object,
    ) -> None:
        """Hold a call to what was decided, and to the region and the endpoint of its bucket."""
        if event_name != "before-endpoint-resolution.s3":
            return
        decided = context.get(_WRITE)  # the bucket's name, or a `Write`; None if it writes nothing
        if (
            decided is not None
            and params.get("Bucket") != decided
            and write_of(model.name, params) != decided
        ):
            raise self._blocked(f"operation:{model.name}+changed")
        bucket = cast("Bucket | None", context.get(_BUCKET))
        if bucket is None:
            return
        # A redirect that was followed once has put another region here, which is not the client's.
        region = bucket.region or context.get("client_region")
        if region is None:  # a link, which does not say what the client's own is: see `seal`
            context[_REGION] = builtins.get("AWS::Region")
        else:
            builtins["AWS::Region"] = region
        if bucket.endpoint is not None:
            builtins["SDK::Endpoint"] = bucket.endpoint
        elif builtins.get("SDK::Endpoint") is not None:
            message = "the client has an endpoint of its own: name it as the bucket's `endpoint`"
            raise DestinationError(message, kind=ErrorKind.UNKNOWN_LOCATION, value=bucket)

    def seal(
        self, event_name: str, request: _Request, operation_name: str, region_name: str, **_: object
    ) -> None:
        """Deny to sign what was not decided: the last line, for calls and for links."""
        if not event_name.startswith(_SIGNED):
            return
        context = request.context
        verbs = cast("frozenset[str] | None", context.get(_VERBS, READING_VERBS))
        if verbs is not None and request.method not in verbs:
            raise self._blocked(f"operation:{operation_name}+{request.method}")
        if "is_presign_request" not in context:
            return
        if verbs is None and operation_name not in LINKED:
            raise self._blocked(f"link:{operation_name}")
        bucket = cast("Bucket | None", context.get(_BUCKET))
        if bucket is not None:
            if context.get(_REGION, region_name) not in (region_name, _GLOBAL):
                raise self._blocked(f"region:{context[_REGION]}")
            if bucket.region is not None:
                # A link is signed for the client's region unless it is told otherwise.
                signing = cast("dict[str, object]", context.setdefault("signing", {}))
                signing["region"] = bucket.region
        # The policy of a form names the bucket that was passed, whatever a handler made of it.
        policy = cast("Mapping[str, list[object]] | None", context.get(_POLICY))
        if policy is not None:
            write = context.get(_WRITE)
            named = write.bucket if isinstance(write, Write) else None
            if {"bucket": named} not in policy["conditions"]:
                raise self._blocked(f"form:{operation_name}")

    def _write(
        self,
        event_name: str,
        params: Mapping[str, object],
        model: _Operation,
        context: dict[str, object],
    ) -> Write | None:
        """Return what a call would write; None if it writes nothing, and may pass."""
        if not event_name.startswith(_S3_CALL):
            return None
        verbs = verbs_of(model.name, model.http["method"])
        if verbs is not None:
            context[_BUCKET], context[_VERBS] = self._known(params.get("Bucket")), verbs
            return None
        write = write_of(model.name, params)
        if write is None:
            raise self._blocked(f"operation:{model.name}")
        return write

    def _unknown(self, write: Write) -> list[str]:
        """Return the buckets that have to be asked first."""
        named = (write.bucket, *write.sources, *write.others)
        return [name for name in named if type(name) is str and self.source.known(name) is None]

    def _known(self, name: object) -> Bucket | None:
        return self.source.known(name) if type(name) is str else None

    def _question(
        self, write: Write
    ) -> tuple[Bucket | None, str | tuple[str, ...], Context | None]:
        """Return the bucket written into, and what to ask the guard about it."""
        bucket = self._known(write.bucket)
        if bucket is None:
            return None, f"bucket:{write.bucket}", self.context
        if write.region is not None and write.region != bucket.region:
            return bucket, f"region:{write.region}", self.context
        if not write.sources and not write.others:
            return bucket, bucket.location, self.context
        places: dict[str, Bucket] = {}
        for name in (*write.sources, *write.others):
            place = self._known(name)
            if place is None:
                return bucket, f"bucket:{name}", self.context
            places[name] = place
        to = _locations(bucket, *(places[name] for name in write.others))
        if not write.sources:
            return bucket, to, self.context
        source = _locations(*(places[name] for name in write.sources))
        return bucket, to, evolve(self.context or Context(), source=source)

    def _blocked(self, what: str) -> TransferBlocked:
        decision = self.guard.decide(current_account(), self.solution, to=what)
        return TransferBlocked(evolve(decision, permitted=False))


def _locations(*buckets: Bucket) -> tuple[str, ...]:
    """Return every place of the buckets, each once."""
    places: dict[str, None] = {}
    for bucket in buckets:
        places.update(dict.fromkeys(places_of(bucket.location)))
    return tuple(places)


def _conclude(
    decision: Decision, write: Write, bucket: Bucket | None, context: dict[str, object]
) -> None:
    """Let a permitted call pass; raise a denial."""
    if decision.permitted and write.others and decision.reason is not Reason.WITHIN_ZONE:
        # A rule of the storage moves everybody's data: one account's consent does not cover it.
        reason = Reason.CONSENT_OUT_OF_SCOPE
        decision = evolve(decision, permitted=False, reason=reason, consent_ids=())
    if not decision.permitted:
        raise TransferBlocked(decision)
    context[_BUCKET], context[_VERBS], context[_WRITE] = bucket, None, write
