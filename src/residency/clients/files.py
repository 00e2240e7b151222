"""The files of many accounts: which place a path names, and whether data may be written there.

A path is ``ACCOUNT/folder/file``, in the place of the account's own zone, or
``ACCOUNT@ZONE/folder/file``, in the place of a zone that is named. Nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import combinations
from types import MappingProxyType
from typing import final
from urllib.parse import quote as percent_encoded
from urllib.parse import unquote

from attrs import evolve, field, frozen

from residency.checks import require_callable, require_instance, require_str, require_text
from residency.clients.context import current_account
from residency.clients.locations import places_of, require_location
from residency.errors import (
    DestinationError,
    ErrorKind,
    ForeignAccountError,
    InputError,
    quote,
    quote_type,
)
from residency.guard import Guard, Subject
from residency.transfer import Context

__all__ = ["GuardedFiles", "Place", "Spot", "Write", "found_files", "url"]

_PROTOCOL = "residency://"
_DOTS = frozenset((".", ".."))
# The file systems that fsspec knows by two protocols.
_SAME_SYSTEM = {"az": "abfs", "gcs": "gs", "local": "file", "s3a": "s3"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@frozen(slots=True, eq=False)
class Place:
    """A folder that holds the accounts of one zone, and where its bytes come to rest.

    Args:
        url: the folder as fsspec names it, such as ``s3://fax-paris/accounts``.
        location: where it is, as the guard's ``to`` names it; a tuple where it replicates, each
            place of it.
        options: the storage options of its file system: credentials, endpoint, region.

    Raises:
        InputError: a text is missing or malformed, or the URL names no protocol.
    """

    url: str
    location: str | tuple[str, ...]
    options: Mapping[str, object] = field(factory=dict[str, object], repr=False)

    def __attrs_post_init__(self) -> None:
        address = require_text(self.url, "a place's URL")
        protocol, _, folder = address.rstrip("/").partition("://")
        if not protocol or not folder or ".." in folder.split("/"):
            message = f"a place's URL {quote(address)} must read `protocol://folder`, without `..`"
            raise InputError(message, kind=ErrorKind.MALFORMED, value=self.url)
        object.__setattr__(self, "url", f"{protocol}://{folder}")
        object.__setattr__(self, "location", require_location(self.location, "a place"))
        options: object = self.options
        if not isinstance(options, Mapping):
            message = f"a place's options are a {quote_type(options)}: map each name to its value"
            raise InputError(message, kind=ErrorKind.TYPE, value=options)
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))


@final
@frozen(slots=True)
class Spot:
    """A file or folder of one account.

    Args:
        place: the place that holds it.
        head: the first part of its path, as the caller wrote it.
        folder: the account's folder in the place.
        rest: what follows: empty, or ``/folder/file``.
    """

    place: Place
    head: str
    folder: str
    rest: str

    def is_same(self, other: Spot) -> bool:
        """Say whether two spots are one, however their paths were written."""
        here = (self.place, self.folder, self.rest)
        return here == (other.place, other.folder, other.rest)

    def path(self, root: str) -> str:
        """Return the path in the place's file system, of which ``root`` is the place's folder."""
        return f"{root}/{self.folder}{self.rest}"

    def name(self, path: str, root: str) -> str:
        """Return what a path in the place's file system is called here."""
        home = f"{root}/{self.folder}".lstrip("/")
        return self.head + path.lstrip("/").removeprefix(home).rstrip("/")


@final
@frozen(slots=True, kw_only=True)
class Write:
    """A write of an account's data to a spot: to be asked before it, and while it lasts.

    Args:
        spot: where it is written.
        guard: the guard to ask.
        subject: whose data it is.
        solution: the solution whose data it is.
        context: what else is known of it.
    """

    spot: Spot
    guard: Guard
    subject: Subject
    solution: str | None
    context: Context | None

    def enforce(self) -> None:
        """Return if the data may be written there.

        Raises:
            TransferBlocked: it may not.
            ResidencyError: as :meth:`residency.Guard.enforce`.
        """
        to = self.spot.place.location
        self.guard.enforce(self.subject, self.solution, to=to, context=self.context)

    async def enforce_async(self) -> None:
        """Enforce as :meth:`enforce` does, without blocking the event loop on the ledger."""
        to = self.spot.place.location
        await self.guard.enforce_async(self.subject, self.solution, to=to, context=self.context)


@final
class GuardedFiles:
    """One place for each zone, the guard that is asked, and the accounts.

    Args:
        guard: the guard to ask.
        places: zone to place. An account's own files are in the place of its designated zone.
        solution: the solution whose data is written; left out where accounts are designations.
        accounts: returns the account of an id, or None. It is asked for every account that is named
            and not acted for; left out, there are none.
        context: the data category and purpose of what is written, where they are known.

    Raises:
        InputError: an argument is not what it should be, or one place lies inside another.
    """

    __slots__ = ("_accounts", "_context", "_guard", "_places", "_solution")

    def __init__(
        self,
        guard: Guard,
        *,
        places: Mapping[str, Place],
        solution: str | None = None,
        accounts: Callable[[str], Subject | None] | None = None,
        context: Context | None = None,
    ) -> None:
        self._guard = require_instance(guard, Guard, "the guard")
        given: object = places
        if not isinstance(given, Mapping):
            message = f"the places are a {quote_type(places)}: map each zone to its place"
            raise InputError(message, kind=ErrorKind.TYPE, value=places)
        self._places = {
            require_text(zone, "a zone"): require_instance(place, Place, "a zone's place")
            for zone, place in places.items()
        }
        for one, other in combinations(self._places.values(), 2):
            if _overlap(one, other):
                message = f"{quote(one.url)} and {quote(other.url)} overlap: keep zones apart"
                raise InputError(message, kind=ErrorKind.CONFLICT, value=other)
        self._solution = None if solution is None else require_text(solution, "the solution")
        self._accounts = None if accounts is None else require_callable(accounts, "accounts")
        self._context = (
            None if context is None else require_instance(context, Context, "the context")
        )

    def actor(self, bound: str | None = None) -> Subject:
        """Return the account that the program acts for.

        Args:
            bound: the id of the only account for which the caller may act, and does where nothing
                else is said.

        Raises:
            MissingAccountError: it acts for none.
            ForeignAccountError: it acts for another than ``bound``.
            InputError: nobody knows the bound account.
        """
        if bound is None:
            return current_account()
        subject = current_account(otherwise=lambda: self._account(bound))
        if subject.id != bound:
            message = "this file system is bound to another account than the one acted for"
            raise ForeignAccountError(message, kind=ErrorKind.FOREIGN_ACCOUNT, value=bound)
        return subject

    def home(self, subject: Subject) -> str:
        """Return the first part of the paths of an account's own files."""
        return percent_encoded(subject.id, safe="")

    def source(self, path: str, subject: Subject) -> Spot:
        """Return the spot that is read, listed or removed.

        Data that is read may be written anywhere, and nobody could tell whose it was: an account
        reads its own alone.

        Raises:
            ForeignAccountError: the path is of another account.
            InputError: the path is malformed, or its zone has no place.
        """
        head, account, zone, rest = _parts(path)
        if account != subject.id:
            message = "an account reads its own files alone: act for the account of the path"
            raise ForeignAccountError(message, kind=ErrorKind.FOREIGN_ACCOUNT, value=path)
        return Spot(self._place(subject, zone), head, self.home(subject), rest)

    def target(self, path: str, subject: Subject, *, source: Spot | None = None) -> Write:
        """Return the write that brings an account's data to a path, of whichever account.

        Args:
            path: where it is written.
            subject: whose data it is.
            source: where it lies now, if that is known.

        Raises:
            InputError: the path is malformed, its zone has no place, or nobody knows its account.
        """
        head, account, zone, rest = _parts(path)
        owner = subject if account == subject.id else self._account(account)
        context = self._context
        if source is not None:
            context = evolve(context or Context(), source=places_of(source.place.location))
        return Write(
            spot=Spot(self._place(owner, zone), head, self.home(owner), rest),
            guard=self._guard,
            subject=subject,
            solution=self._solution,
            context=context,
        )

    def _account(self, account: str) -> Subject:
        found = None if self._accounts is None else self._accounts(account)
        if found is None or found.id != account:
            message = "nobody knows the account of the path: let `accounts` return it by its id"
            raise InputError(message, kind=ErrorKind.UNKNOWN, value=account)
        return found

    def _place(self, subject: Subject, zone: str | None) -> Place:
        if zone is None:
            zone = self._guard.place(subject, self._solution).zone
        try:
            return self._places[zone]
        except KeyError:
            message = f"no place is named for zone {quote(zone)}: add it to `places`"
            raise DestinationError(message, kind=ErrorKind.UNKNOWN_LOCATION, value=zone) from None


def found_files(files: object) -> GuardedFiles:
    """Return the files that were passed, or that are found by a name.

    Args:
        files: the files, or ``"module:attribute"``, which is imported.

    Raises:
        InputError: it is neither, or there is nothing of that name.
    """
    if files is None:
        message = "no files are named: pass `files`, or set fsspec.config.conf['residency']"
        raise InputError(message, kind=ErrorKind.EMPTY)
    if not isinstance(files, str):
        return require_instance(files, GuardedFiles, "files")
    module, _, name = files.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        message = f"there is no {quote(files)}: write `module:attribute`"
        raise InputError(message, kind=ErrorKind.UNKNOWN, value=files) from error
    return require_instance(found, GuardedFiles, "files")


def url(account: str, path: str = "", *, zone: str | None = None) -> str:
    """Return the URL of an account's file, whatever characters the account's id has.

    Args:
        account: the account's id.
        path: the path inside the account's folder.
        zone: the zone, if it is not the account's own.

    Raises:
        InputError: the id is no text, or empty.
    """
    head = percent_encoded(require_text(account, "the account"), safe="")
    return _PROTOCOL + "/".join(filter(None, (head if zone is None else f"{head}@{zone}", path)))


def _parts(path: str) -> tuple[str, str, str | None, str]:
    """Return a path's first part, the account and zone that it names, and the rest."""
    text = require_str(path, "the path")
    head, slash, rest = text.partition("/")
    # Below, a backslash may separate, too; an escape be undone, a control character left out.
    dotted = any(not _DOTS.isdisjoint(form.split("/")) for form in (text, unquote(rest)))
    if dotted or "\\" in text or _CONTROL.search(text):
        message = (
            f"the path {quote(text)} leads elsewhere: write it without `.`, `..`, `\\` and "
            "control characters"
        )
        raise InputError(message, kind=ErrorKind.MALFORMED, value=path)
    encoded, at, zone = head.partition("@")
    account = unquote(encoded)
    if not account or percent_encoded(account, safe="") != encoded:
        message = f"the path {quote(text)} does not start with an account: make it with `url`"
        raise InputError(message, kind=ErrorKind.MALFORMED, value=path)
    return head, account, zone if at else None, slash + rest


def _overlap(one: Place, other: Place) -> bool:
    """Say whether one place lies inside the other: an account's name could then cross over."""
    short, long = sorted((_address(one), _address(other)), key=len)
    return one.options == other.options and long.startswith(short)


def _address(place: Place) -> str:
    protocol, _, folder = place.url.partition("://")
    return f"{_SAME_SYSTEM.get(protocol, protocol)}://{folder}/"
