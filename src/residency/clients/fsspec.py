"""``residency://``, a file system of fsspec that keeps each account's files in its zone.

    faxes = GuardedFiles(guard, solution="xm-fax", places={"EU": Place("s3://…", "aws:eu-west-3")})
    fsspec.config.conf["residency"] = {"files": faxes}

Whatever opens URLs with fsspec then reads ``residency://acme/report.csv`` and writes it, for the
account of :func:`residency.clients.acting_for`, to the place of that account's zone. Every write is
decided before a byte leaves. Below it stands one file system for each zone, of whichever kind.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast, final

from residency.checks import require_text
from residency.clients.files import GuardedFiles, Place, Spot, Write, found_files, url
from residency.clients.handles import GuardedFile
from residency.errors import (
    ErrorKind,
    ForeignAccountError,
    InputError,
    MissingExtraError,
    quote,
)
from residency.guard import Subject

try:
    from fsspec.asyn import AsyncFileSystem, sync_wrapper
    from fsspec.core import url_to_fs
    from fsspec.spec import AbstractFileSystem
    from fsspec.transaction import Transaction
except ImportError as error:
    _MESSAGE = "fsspec is not installed: install `residency[fsspec]`"
    raise MissingExtraError(_MESSAGE, kind=ErrorKind.MISSING_EXTRA) from error

__all__ = ["GuardedFiles", "Place", "ResidencyFileSystem", "url"]

_LOCAL = ("file:", "local:")

# Set while many files are decided and none is written.
_REHEARSAL: ContextVar[bool] = ContextVar("residency.clients.fsspec.rehearsal", default=False)


@final
class _Transaction(Transaction):
    """Files that appear together, or not at all."""

    def complete(self, commit: bool = True) -> None:  # noqa: FBT001, FBT002 - fsspec's signature
        if commit:
            try:
                for file in self.files:
                    cast("GuardedFile", file).ask()
            except BaseException:
                super().complete(commit=False)
                raise
        super().complete(commit)


class ResidencyFileSystem(AsyncFileSystem):
    """The files of many accounts, each in the place of its zone.

    An account reads, lists and removes its own files alone. It writes wherever the guard lets its
    data go. Copies are decided as the way from the one place to the other; of many files that are
    copied, moved or uploaded together, all are decided before the first is.

    Args:
        files: the places and the guard; or where another process finds them too:
            ``"module:attribute"``.
        account: the id of the only account that this instance acts for, where threads or other
            processes do not inherit one. It is looked up for each operation.
        asynchronous: whether it is used from within an event loop.
        batch_size: how many files are copied at once.

    Raises:
        InputError: no files are named, or those named are not there.
    """

    protocol = "residency"
    transaction_type = _Transaction

    def __init__(
        self,
        files: GuardedFiles | str | None = None,
        account: str | None = None,
        *,
        asynchronous: bool = False,
        batch_size: int | None = None,
    ) -> None:
        super().__init__(asynchronous=asynchronous, batch_size=batch_size)
        self._files = found_files(files)
        self._account = None if account is None else require_text(account, "the account")
        self._reached: dict[Place, tuple[AbstractFileSystem, str]] = {}

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by name; the guard, its ledger and their locks stay in this process.

        Raises:
            InputError: the files were passed, and not named.
        """
        if any(
            isinstance(value, GuardedFiles)
            for value in (*self.storage_args, *self.storage_options.values())
        ):
            message = "another process needs the files by name: pass files=`module:attribute`"
            raise InputError(message, kind=ErrorKind.TYPE, value=self)
        return super().__reduce__()

    # --- which file system, and whether ---------------------------------------------------------

    def _actor(self) -> Subject:
        return self._files.actor(self._account)

    def _source(self, path: str) -> Spot:
        return self._files.source(self._strip_protocol(path), self._actor())

    def _target(self, path: str, source: Spot | None = None) -> Write:
        return self._files.target(self._strip_protocol(path), self._actor(), source=source)

    def _reach(self, spot: Spot) -> tuple[AbstractFileSystem, str, str]:
        """Return the file system of a spot, its place's folder there, and its path there."""
        place = spot.place
        if place not in self._reached:
            options = dict(place.options)
            if place.url.startswith(_LOCAL):  # folders come by themselves, as in the clouds
                options = {"auto_mkdir": True, **options}
            if self.asynchronous:
                options["asynchronous"] = True
            found, folder = url_to_fs(place.url, **options)
            self._reached[place] = found, folder.rstrip("/")
        system, root = self._reached[place]
        return system, root, spot.path(root)

    # --- reading --------------------------------------------------------------------------------

    async def _info(self, path: str, **_: object) -> dict[str, object]:
        if not self._strip_protocol(path):
            return _folder("")
        spot = self._source(path)
        system, root, there = self._reach(spot)
        try:
            return _renamed(await _call(system, "info", there), spot, root)
        except FileNotFoundError:
            if spot.rest:
                raise
            return _folder(spot.head)  # an account's folder is there before its first file

    async def _ls(self, path: str, detail: bool = True, **_: object) -> list[object]:  # noqa: FBT001, FBT002 - fsspec's signature
        if not self._strip_protocol(path):
            return _listed([_folder(self._files.home(self._actor()))], detail)
        spot = self._source(path)
        system, root, there = self._reach(spot)
        try:
            found = cast("Iterable[object]", await _call(system, "ls", there, detail=True))
        except FileNotFoundError:
            if spot.rest:
                raise
            found = ()
        return _listed([_renamed(each, spot, root) for each in found], detail)

    async def _isdir(self, path: str) -> bool:
        try:
            return await super()._isdir(path)
        except ForeignAccountError:  # a copy asks it of its target, too
            return False

    async def _cat_file(self, path: str, start: int | None = None, end: int | None = None) -> bytes:
        system, _, there = self._reach(self._source(path))
        return cast("bytes", await _call(system, "cat_file", there, start=start, end=end))

    async def _get_file(self, rpath: str, lpath: str, callback: object = None) -> None:
        system, _, there = self._reach(self._source(rpath))
        if await self._isdir(rpath):
            await asyncio.to_thread(Path(lpath).mkdir, parents=True, exist_ok=True)
            return
        given = {} if callback is None else {"callback": callback}
        await _call(system, "get_file", there, lpath, **given)

    def created(self, path: str) -> datetime:
        """Return when a file was created."""
        system, _, there = self._reach(self._source(path))
        return system.created(there)

    def modified(self, path: str) -> datetime:
        """Return when a file was last modified."""
        system, _, there = self._reach(self._source(path))
        return system.modified(there)

    def sign(self, path: str, expiration: int = 100) -> str:
        """Return a link for reading, where the place has links; it says nothing of who reads.

        Args:
            path: the file.
            expiration: for how many seconds it works.
        """
        system, _, there = self._reach(self._source(path))
        return system.sign(there, expiration=expiration)

    # --- writing --------------------------------------------------------------------------------

    async def _pipe_file(self, path: str, value: bytes, mode: str = "overwrite") -> None:
        write = self._target(path)
        if await _decided(write):
            system, _, there = self._reach(write.spot)
            await _call(system, "pipe_file", there, value, **_mode(mode))

    async def _put_file(
        self, lpath: str, rpath: str, mode: str = "overwrite", callback: object = None
    ) -> None:
        if await asyncio.to_thread(Path(lpath).is_dir):  # adlfs would make a container for it
            await self._makedirs(rpath, exist_ok=True)
            return
        write = self._target(rpath)
        if await _decided(write):
            system, _, there = self._reach(write.spot)
            given = {} if callback is None else {"callback": callback}
            await _call(system, "put_file", lpath, there, **_mode(mode), **given)

    async def _cp_file(self, path1: str, path2: str) -> None:
        source = self._source(path1)
        write = self._target(path2, source)
        if not await _decided(write):
            return
        here, _, start = self._reach(source)
        there, _, end = self._reach(write.spot)
        if source.place is write.spot.place:
            await _call(here, "cp_file", start, end)
        elif await self._isdir(path1):
            await self._makedirs(path2, exist_ok=True)
        else:
            with tempfile.TemporaryDirectory() as folder:
                passing = str(Path(folder) / "file")
                await _call(here, "get_file", start, passing)
                await write.enforce_async()  # it may have been withdrawn meanwhile
                await _call(there, "put_file", passing, end)

    async def _makedirs(self, path: str, exist_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - fsspec's signature
        await self._make(path, "makedirs", exist_ok=exist_ok)

    async def _mkdir(self, path: str, create_parents: bool = True, **_: object) -> None:  # noqa: FBT001, FBT002 - fsspec's signature
        await self._make(path, "mkdir", create_parents=create_parents)

    async def _make(self, path: str, operation: str, **arguments: object) -> None:
        write = self._target(path)
        if await _decided(write):
            system, _, there = self._reach(write.spot)
            # The async file systems are those of the clouds: they have no folders, and would make
            # a bucket, wherever their settings say.
            if not system.async_impl:
                await _call(system, operation, there, **arguments)

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        autocommit: bool = True,  # noqa: FBT001, FBT002 - fsspec's signature
        cache_options: Mapping[str, object] | None = None,
        **others: object,
    ) -> IO[bytes]:
        if not others.keys() <= {"cache_type", "size"}:
            message = f"{quote(min(others))} is not passed on: set it in the place's `options`"
            raise InputError(message, kind=ErrorKind.MALFORMED, value=others)
        reads = "r" in mode or "+" in mode
        spot = self._source(path) if reads else None
        write = None if mode == "rb" else self._target(path)
        if write is not None:
            write.enforce()
            spot = write.spot
        system, _, there = self._reach(cast("Spot", spot))
        if "x" in mode and system.exists(there):  # the clouds would say so when it is written
            raise FileExistsError(path)
        options = {"autocommit": autocommit, "cache_options": cache_options, **others}
        opened = _method(system, "_open")(there, mode=mode, block_size=block_size, **options)
        if write is not None:
            return cast("IO[bytes]", GuardedFile(opened, mode, write))
        return cast("IO[bytes]", opened)

    # --- removing -------------------------------------------------------------------------------

    async def _rm_file(self, path: str) -> None:
        system, _, there = self._reach(self._source(path))
        await _call(system, "rm_file", there)

    async def _rm(self, path: str | list[str], recursive: bool = False) -> None:  # noqa: FBT001, FBT002 - fsspec's signature
        spots = [self._source(each) for each in await self._expand_path(path)]
        for spot in spots:
            system, _, there = self._reach(spot)
            await _call(system, "rm", there, recursive=recursive)

    async def _rmdir(self, path: str) -> None:
        system, _, there = self._reach(self._source(path))
        if not system.async_impl:
            await _call(system, "rmdir", there)

    rmdir = sync_wrapper(_rmdir)

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget what the places have listed."""
        super().invalidate_cache(path)
        for system, _ in self._reached.values():
            system.invalidate_cache()

    # --- many at once: all are decided before the first is written ------------------------------

    async def _copy(self, path1: object, path2: object, *rest: object, **named: object) -> None:
        await self._rehearse("_copy", path1, path2, *rest, **named)
        await super()._copy(path1, path2, *rest, **named)

    def mv(
        self,
        path1: str,
        path2: str,
        recursive: bool = False,  # noqa: FBT001, FBT002 - fsspec's signature
        maxdepth: int | None = None,
    ) -> None:
        """Copy a file or folder, and remove it where it was; nothing if it stays where it is.

        Args:
            path1: what is moved.
            path2: where to.
            recursive: whether it is a folder.
            maxdepth: None: what is removed was copied, all of it.

        Raises:
            InputError: ``maxdepth`` is given.
        """
        if maxdepth is not None:
            message = "a move takes all that is below a folder: leave `maxdepth` out"
            raise InputError(message, kind=ErrorKind.CONFLICT, value=maxdepth)
        if not self._source(path1).is_same(self._target(path2).spot):
            self.copy(path1, path2, recursive=recursive, on_error="raise")
            self.rm(path1, recursive=recursive)

    async def _put(self, lpath: object, rpath: object, *rest: object, **named: object) -> object:
        silent = {name: value for name, value in named.items() if name != "callback"}
        await self._rehearse("_put", lpath, rpath, *rest, **silent)
        return await super()._put(lpath, rpath, *rest, **named)

    async def _pipe(self, path: object, *rest: object, **named: object) -> object:
        await self._rehearse("_pipe", path, *rest, **named)
        return await super()._pipe(path, *rest, **named)

    async def _rehearse(self, operation: str, *arguments: object, **named: object) -> None:
        token = _REHEARSAL.set(True)
        try:
            await _method(super(), operation)(*arguments, **named)
        finally:
            _REHEARSAL.reset(token)


def _method(owner: object, name: str) -> Callable[..., Any]:
    # fsspec's file systems call each other by these names, which start with an underscore.
    return cast("Callable[..., Any]", getattr(owner, name))


async def _call(
    system: AbstractFileSystem, operation: str, *given: object, **named: object
) -> object:
    """Call an operation of a file system, in a thread if it would block the event loop."""
    if system.async_impl:
        return await _method(system, f"_{operation}")(*given, **named)
    return await asyncio.to_thread(_method(system, operation), *given, **named)


async def _decided(write: Write) -> bool:
    """Return whether to write, now that the guard has permitted it: in a rehearsal not yet."""
    await write.enforce_async()
    return not _REHEARSAL.get()


def _mode(mode: str) -> dict[str, str]:
    # Not every file system knows of modes; the usual one need not be said.
    return {} if mode == "overwrite" else {"mode": mode}


def _folder(name: str) -> dict[str, object]:
    return {"name": name, "size": 0, "type": "directory"}


def _renamed(info: object, spot: Spot, root: str) -> dict[str, object]:
    details = cast("Mapping[str, object]", info)
    return {**details, "name": spot.name(str(details["name"]), root)}


def _listed(found: list[dict[str, object]], detail: bool) -> list[object]:  # noqa: FBT001 - fsspec's flag
    return [each if detail else each["name"] for each in found]
