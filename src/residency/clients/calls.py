"""Each call of a guarded client: its arguments are its own, and it leaves no part behind.

They name the account's own bucket, and whoever passed them cannot change where they lead any more.
A multipart upload that is denied in its middle is aborted. Some clients that stand on boto3 leave
that to a caller who does not know of it; the parts that were sent would stay.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, Final, TypeVar, cast, final

from residency.clients.context import current_account
from residency.clients.operations import NESTED_WRITES
from residency.errors import MissingAccountError
from residency.transfer import TransferBlocked

__all__ = ["copied", "guard_calls"]

_BEGIN: Final = "CreateMultipartUpload"
_PART: Final = "UploadPart"
_COMPLETE: Final = "CompleteMultipartUpload"
_ABORT: Final = "AbortMultipartUpload"
# A copied part may be denied for its source, which says nothing of the upload.
_WITHIN: Final = frozenset((_PART, "UploadPartCopy", _COMPLETE))
_OF_UPLOADS: Final = _WITHIN | {_BEGIN, _ABORT}
_MOST: Final = 10_000  # uploads that nobody ends are forgotten, the oldest first

_Route = Callable[[Mapping[str, object]], Mapping[str, object] | None]
_T = TypeVar("_T")


def copied(value: _T) -> _T:
    """Return dicts, lists and tuples anew, as deep as they nest, with all else in them as it is.

    Between a decision and the request that is made of it, another task could change the caller's.
    """
    made: object = value
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value).items()
        made = {key: copied(item) for key, item in pairs}
    elif isinstance(value, list):
        made = [copied(item) for item in cast("list[object]", value)]
    elif isinstance(value, tuple):
        made = tuple(copied(item) for item in cast("tuple[object, ...]", value))
    return cast("_T", made)


def guard_calls(route: _Route, *, asynchronous: bool) -> Callable[..., None]:
    """Return a handler of ``creating-client-class``, which heeds the class of S3.

    Args:
        route: puts the account's own bucket in place of the placeholder, in a copy of arguments.
        asynchronous: whether the clients are those of aiobotocore.
    """
    uploads = _Uploads(route)
    base = type(
        "_Guarded",
        (_GuardedAsync if asynchronous else _Guarded,),
        {"_residency_uploads": uploads},
    )

    def insert(event_name: str, base_classes: list[type], **_: object) -> None:
        if event_name == "creating-client-class.s3":
            base_classes.insert(0, base)

    return insert


@final
class _Upload:
    """One upload that was begun, and what its abort has to name."""

    __slots__ = ("account", "bucket", "denied", "name", "running")

    def __init__(self, account: object, bucket: object, name: dict[str, object]) -> None:
        self.account = account
        self.bucket = bucket  # as it was passed, which may be the placeholder
        self.name = name
        self.running = 0
        self.denied = False


@final
class _Uploads:
    """The uploads that one guarded session has begun and not ended."""

    def __init__(self, route: _Route) -> None:
        self._route = route
        self._begun: OrderedDict[object, _Upload] = OrderedDict()
        self._lock = Lock()

    def arguments(self, operation: str, params: Mapping[str, object]) -> Mapping[str, object]:
        """Return what a call is to send, of which nothing can change any more."""
        if operation in NESTED_WRITES:  # those of all others are but names and a body
            params = copied(params)
        return self._route(params) or params

    def find(self, params: Mapping[str, object]) -> _Upload | None:
        """Return the upload that a call names, if the same account began it there."""
        identity = params.get("UploadId")
        found = self._begun.get(identity) if isinstance(identity, str) else None
        if found is None or params.get("Key") != found.name["Key"]:
            return None
        if params.get("Bucket") not in (found.bucket, found.name["Bucket"]):
            return None
        try:
            return found if current_account() == found.account else None
        except MissingAccountError:
            return None

    def enter(self, operation: str, params: Mapping[str, object]) -> _Upload | None:
        """Return the upload that a call is about to write into, if it may have to be aborted."""
        found = self.find(params) if operation in _WITHIN else None
        if found is not None:
            with self._lock:
                found.running += 1
        return found

    def leave(self, upload: _Upload | None, operation: str, error: BaseException | None) -> bool:
        """Tell whether to abort now: a call was denied, and no other one is on its way."""
        if upload is None:
            return False
        with self._lock:
            upload.running -= 1
            if isinstance(error, TransferBlocked) and operation in (_PART, _COMPLETE):
                upload.denied = True
            return upload.denied and upload.running == 0

    def note(
        self,
        operation: str,
        params: Mapping[str, object],
        sent: Mapping[str, object],
        answer: object,
    ) -> None:
        """Remember an upload that was begun; forget one that was ended.

        Args:
            operation: what was called.
            params: its arguments as they were passed.
            sent: the same with the account's own bucket in them.
            answer: what it returned.
        """
        if operation == _BEGIN:
            identity = cast("Mapping[str, object]", answer).get("UploadId")
            name = {"Bucket": sent["Bucket"], "Key": sent["Key"], "UploadId": identity}
            with self._lock:
                self._begun[identity] = _Upload(current_account(), params["Bucket"], name)
                if len(self._begun) > _MOST:
                    self._begun.popitem(last=False)
        elif operation in (_COMPLETE, _ABORT):
            with self._lock:
                self._begun.pop(params.get("UploadId"), None)

    def forgive(
        self, operation: str, params: Mapping[str, object], error: Exception
    ) -> dict[str, object] | None:
        """Return an answer in place of an error: the caller aborts what was aborted already."""
        found = self.find(params) if operation == _ABORT else None
        if found is None or not found.denied:
            return None
        told: Mapping[str, Any] = getattr(error, "response", {})
        if told.get("Error", {}).get("Code") != "NoSuchUpload":
            return None
        self.note(operation, params, params, None)
        return {"ResponseMetadata": told.get("ResponseMetadata", {})}


class _Guarded:
    """A client of boto3."""

    _residency_uploads: _Uploads

    def _make_api_call(self, operation_name: str, api_params: Mapping[str, object]) -> object:
        call: Any = getattr(super(), "_make_api_call")  # noqa: B009 - which a checker cannot see
        uploads = self._residency_uploads
        sent = uploads.arguments(operation_name, api_params)
        if operation_name not in _OF_UPLOADS:
            return call(operation_name, sent)
        upload = uploads.enter(operation_name, api_params)
        error: BaseException | None = None
        try:
            answer: object = call(operation_name, sent)
        except BaseException as raised:
            error = raised
            answer = isinstance(raised, Exception) and uploads.forgive(
                operation_name, api_params, raised
            )
            if not answer:
                raise
        else:
            uploads.note(operation_name, api_params, sent, answer)
        finally:
            if uploads.leave(upload, operation_name, error):
                with suppress(Exception):  # the denial is what the caller has to see
                    call(_ABORT, cast("_Upload", upload).name)
        return answer


class _GuardedAsync:
    """A client of aiobotocore."""

    _residency_uploads: _Uploads

    async def _make_api_call(self, operation_name: str, api_params: Mapping[str, object]) -> object:
        call: Any = getattr(super(), "_make_api_call")  # noqa: B009 - which a checker cannot see
        uploads = self._residency_uploads
        sent = uploads.arguments(operation_name, api_params)
        if operation_name not in _OF_UPLOADS:
            return await call(operation_name, sent)
        upload = uploads.enter(operation_name, api_params)
        error: BaseException | None = None
        try:
            answer: object = await call(operation_name, sent)
        except BaseException as raised:
            error = raised
            answer = isinstance(raised, Exception) and uploads.forgive(
                operation_name, api_params, raised
            )
            if not answer:
                raise
        else:
            uploads.note(operation_name, api_params, sent, answer)
        finally:
            if uploads.leave(upload, operation_name, error):
                with suppress(Exception):  # the denial is what the caller has to see
                    await call(_ABORT, cast("_Upload", upload).name)
        return answer
