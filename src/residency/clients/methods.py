"""The methods of an S3 client that go around its events, replaced as its class is made.

Transfers run in threads, which do not inherit the account, or in an engine of native code, which
raises no event; and no event shows for how long a link is signed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from copy import copy
from functools import wraps
from importlib import import_module
from typing import Any, Protocol, cast

from residency.clients.calls import copied
from residency.clients.context import carry, current_account
from residency.clients.operations import verbs_of
from residency.errors import ErrorKind, InputError, MissingAccountError

__all__ = ["guard_methods"]

_Method = Callable[..., object]
_Route = Callable[[Mapping[str, object]], Mapping[str, object] | None]

_TRANSFERS = ("copy", "download_file", "download_fileobj", "upload_file", "upload_fileobj")
_DEFAULT_LIFE = 3600


class _Operation(Protocol):
    @property
    def http(self) -> Mapping[str, str]: ...


class _Service(Protocol):
    def operation_model(self, operation_name: str, /) -> _Operation: ...


class _Meta(Protocol):
    @property
    def method_to_api_mapping(self) -> Mapping[str, str]: ...

    @property
    def service_model(self) -> _Service: ...


class _Client(Protocol):
    @property
    def meta(self) -> _Meta: ...


def guard_methods(route: _Route, *, longest_link: int, threads: bool) -> Callable[..., None]:
    """Return a handler of ``creating-client-class``, which heeds the class of S3.

    Args:
        route: puts the account's own bucket in place of the placeholder, in a copy of arguments.
        longest_link: how many seconds a link that was signed for writing lives at most.
        threads: whether the client's transfers run in threads.
    """

    def replace(event_name: str, class_attributes: dict[str, object], **_: object) -> None:
        if event_name != "creating-client-class.s3":
            return

        def around(name: str, wrapper: Callable[[_Method], _Method]) -> None:
            original = class_attributes.get(name)
            if original is not None:  # a session of botocore has no transfers
                class_attributes[name] = wrapper(cast("_Method", original))

        around("generate_presigned_url", lambda method: _short_url(method, longest_link, route))
        around("generate_presigned_post", lambda method: _short_post(method, longest_link, route))
        if threads:
            for name in _TRANSFERS:
                around(name, _in_account)
            class_attributes["_get_credentials"] = _no_native_engine

    return replace


def _short_url(method: _Method, longest: int, route: _Route) -> _Method:
    signature = inspect.signature(method)

    @wraps(method)
    def generate_presigned_url(*args: object, **kwargs: object) -> object:
        bound = signature.bind(*args, **kwargs)
        meta = cast("_Client", bound.arguments["self"]).meta
        operation = meta.method_to_api_mapping.get(bound.arguments["ClientMethod"])
        if operation is not None:
            model = meta.service_model.operation_model(operation)
            if verbs_of(operation, model.http["method"]) is None:
                _shorten(bound, longest)
        params = bound.arguments.get("Params")
        if isinstance(params, dict):  # botocore says what is wrong with anything else
            own = copied(cast("dict[str, object]", params))
            bound.arguments["Params"] = route(own) or own
        return method(*bound.args, **bound.kwargs)

    return generate_presigned_url


def _short_post(method: _Method, longest: int, route: _Route) -> _Method:
    signature = inspect.signature(method)

    @wraps(method)
    def generate_presigned_post(*args: object, **kwargs: object) -> object:
        bound = signature.bind(*args, **kwargs)
        # The form names its bucket twice: in its address, and in the policy that is signed.
        bound.arguments.update(route({"Bucket": bound.arguments["Bucket"]}) or {})
        for name in {"Fields", "Conditions"} & bound.arguments.keys():
            bound.arguments[name] = copied(bound.arguments[name])
        _shorten(bound, longest)
        return method(*bound.args, **bound.kwargs)

    return generate_presigned_post


def _shorten(bound: inspect.BoundArguments, longest: int) -> None:
    bound.arguments["ExpiresIn"] = min(bound.arguments.get("ExpiresIn", _DEFAULT_LIFE), longest)


def _in_account(method: _Method) -> _Method:
    """Run a transfer by the classic engine, each of its calls for the account of the caller."""
    signature = inspect.signature(method)

    @wraps(method)
    def transfer(*args: object, **kwargs: object) -> object:
        bound = signature.bind(*args, **kwargs)
        for name in {"self", "SourceClient"} & bound.arguments.keys():
            bound.arguments[name] = _acting(bound.arguments[name])
        bound.arguments["Config"] = _classic(bound.arguments.get("Config"))
        return method(*bound.args, **bound.kwargs)

    return transfer


def _acting(client: object) -> object:
    """Return the client as its transfer's threads are to see it: with the account of this one."""
    call = cast("_Method | None", getattr(client, "_make_api_call", None))
    if call is None:  # the source has no client of its own
        return client
    try:
        current_account()
    except MissingAccountError:
        return client  # which may still download
    # `copy` would ask the half-made client for its attributes, and a client asks itself for them.
    view = object.__new__(type(client))
    view.__dict__.update(client.__dict__)
    view.__dict__["_make_api_call"] = carry(call)
    return view


def _classic(config: object) -> object:
    # Whoever has such a method has boto3, which made it.
    made: Callable[[], Any] = import_module("boto3.s3.transfer").TransferConfig
    chosen = made() if config is None else cast("Any", copy(config))
    chosen.preferred_transfer_client = "classic"
    return chosen


def _no_native_engine(_: object) -> object:
    message = "a guarded client lends its credentials to no engine without events: use `classic`"
    raise InputError(message, kind=ErrorKind.CONFLICT)
