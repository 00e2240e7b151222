"""Calls of `residency://`: inside the zone, out of it, and for the files of another account."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from residency.clients import acting_for
from tests.clients import shelves
from tests.clients.scene import ACME, BOLT, CANARY
from tests.clients.shelves import DELTA, Shelves

fsspec: Any = import_module("fsspec")


Call = Callable[[Any, Path], object]


def seed(shelf: Shelves) -> shelves.Contents:
    """Write one file for each account, and return what is there."""
    for account in (ACME, BOLT, DELTA):
        with acting_for(account):
            shelf.fs.pipe_file(f"{account.id}/seed", CANARY)
    shelf.forget()
    return shelf.look()


def write(fs: Any, path: str, mode: str = "wb") -> None:
    """Write a file by opening it."""
    with fs.open(path, mode) as file:
        file.write(CANARY)


def _in_a_transaction(fs: Any, path: str) -> None:
    with fs.transaction:
        write(fs, path)


def source(folder: Path) -> str:
    """Return a local folder with one file in it."""
    (folder / "upload").mkdir(exist_ok=True)
    (folder / "upload" / "file").write_bytes(CANARY)
    return str(folder / "upload")


def _generic(fs: Any) -> Any:
    generic = import_module("fsspec.generic")
    generic._generic_fs.update(residency=fs, memory=fsspec.filesystem("memory"))
    return generic.GenericFileSystem(default_method="generic", skip_instance_cache=True)


def _ranges(fs: Any, path: str) -> None:
    for part in fs.cat_ranges([path], 0, 9):
        if isinstance(part, Exception):
            raise part


def _rsync(fs: Any, source: str, target: str) -> None:
    _generic(fs).rsync(source, target)


def cached(fs: Any, folder: Path) -> Any:
    """Return a file system that keeps what it read in a local folder."""
    return fsspec.filesystem(
        "simplecache", fs=fs, cache_storage=str(folder / "cache"), skip_instance_cache=True
    )


# Each for `acme`, whose zone is the EU, into the USA: of its own account, and of another's.
WRONG_ZONE: dict[str, Call] = {
    "pipe_file": lambda fs, _: fs.pipe_file("acme@US/k", CANARY),
    "pipe_file into another account": lambda fs, _: fs.pipe_file("bolt/k", CANARY),
    "pipe": lambda fs, _: fs.pipe({"acme@US/k": CANARY}),
    "pipe, mixed": lambda fs, _: fs.pipe({"acme/k": CANARY, "acme@US/k": CANARY}),
    "write_bytes": lambda fs, _: fs.write_bytes("acme@US/k", CANARY),
    "write_text": lambda fs, _: fs.write_text("acme@US/k", CANARY.decode()),
    "put_file": lambda fs, d: fs.put_file(source(d) + "/file", "acme@US/k"),
    "put": lambda fs, d: fs.put(source(d), "acme@US/k", recursive=True),
    "put, mixed": lambda fs, d: fs.put([source(d) + "/file"] * 2, ["acme/k", "acme@US/k"]),
    "upload": lambda fs, d: fs.upload(source(d) + "/file", "acme@US/k"),
    "cp_file": lambda fs, _: fs.cp_file("acme/seed", "acme@US/k"),
    "copy": lambda fs, _: fs.copy("acme/seed", "acme@US/k"),
    "copy into another account": lambda fs, _: fs.copy("acme/seed", "bolt/"),
    "copy, recursive": lambda fs, _: fs.copy("acme", "acme@US/k", recursive=True),
    "copy, mixed": lambda fs, _: fs.copy(["acme/seed"] * 2, ["acme/k", "bolt/k"]),
    "mv": lambda fs, _: fs.mv("acme/seed", "acme@US/k"),
    "move": lambda fs, _: fs.move("acme/seed", "bolt/k"),
    "open": lambda fs, _: write(fs, "acme@US/k"),
    "open to append": lambda fs, _: write(fs, "acme@US/k", "ab"),
    "open exclusively": lambda fs, _: write(fs, "acme@US/k", "xb"),
    "open as text": lambda fs, _: fs.open("acme@US/k", "w"),
    "open to write and read": lambda fs, _: fs.open("acme@US/k", "w+b"),
    "open another account's file": lambda fs, _: write(fs, "bolt/seed"),
    "touch": lambda fs, _: fs.touch("acme@US/k"),
    "touch another account's file": lambda fs, _: fs.touch("bolt/seed", truncate=True),
    "a transaction": lambda fs, _: _in_a_transaction(fs, "acme@US/k"),
    "mkdir": lambda fs, _: fs.mkdir("acme@US/folder"),
    "makedirs": lambda fs, _: fs.makedirs("bolt/folder/folder"),
    "a mapper": lambda fs, _: fs.get_mapper("acme@US").__setitem__("k", CANARY),
    "fsspec.open": lambda fs, _: fsspec.open(
        "residency://acme@US/k", "wb", **fs.storage_options
    ).open(),
    "fsspec.generic.rsync": lambda fs, _: _rsync(fs, "residency://acme", "residency://acme@US"),
    "simplecache": lambda fs, d: cached(fs, d).pipe_file("acme@US/k", CANARY),
    "simplecache, open": lambda fs, d: write(cached(fs, d), "acme@US/k"),
    "dir": lambda fs, _: fsspec.filesystem("dir", path="acme@US", fs=fs).pipe_file("k", CANARY),
}


HOME: dict[str, Call] = {
    "pipe_file": lambda fs, _: fs.pipe_file("acme/k", CANARY),
    "the zone, named": lambda fs, _: fs.pipe_file("acme@EU/k", CANARY),
    "a URL": lambda fs, _: fs.pipe_file("residency://acme/k", CANARY),
    "pipe": lambda fs, _: fs.pipe({"acme/k": CANARY}),
    "put_file": lambda fs, d: fs.put_file(source(d) + "/file", "acme/k"),
    "put": lambda fs, d: fs.put(source(d) + "/file", "acme/k"),
    "cp_file": lambda fs, _: fs.cp_file("acme/seed", "acme/k"),
    "copy": lambda fs, _: fs.copy("acme/seed", "acme@EU/k"),
    "open": lambda fs, _: write(fs, "acme/k"),
    "open exclusively": lambda fs, _: write(fs, "acme/k", "xb"),
    "a transaction": lambda fs, _: _in_a_transaction(fs, "acme/k"),
    "a mapper": lambda fs, _: fs.get_mapper("acme").__setitem__("k", CANARY),
    "fsspec.open": lambda fs, _: write(
        fsspec.url_to_fs("residency://acme/k", **fs.storage_options)[0], "acme/k"
    ),
    "simplecache": lambda fs, d: write(cached(fs, d), "acme/k"),
}


# Each for `delta`, whose zone is the EU as well: reading is not decided by zones.
FOREIGN: dict[str, Call] = {
    "cat_file": lambda fs, _: fs.cat_file("acme/seed"),
    "cat": lambda fs, _: fs.cat("acme/seed"),
    "cat, several": lambda fs, _: fs.cat(["delta/seed", "acme/seed"]),
    "cat_ranges": lambda fs, _: _ranges(fs, "acme/seed"),
    "read_text": lambda fs, _: fs.read_text("acme/seed"),
    "read_bytes": lambda fs, _: fs.read_bytes("acme/seed"),
    "head": lambda fs, _: fs.head("acme/seed"),
    "tail": lambda fs, _: fs.tail("acme/seed"),
    "read_block": lambda fs, _: fs.read_block("acme/seed", 0, 9),
    "open": lambda fs, _: fs.open("acme/seed"),
    "open to change": lambda fs, _: fs.open("acme/seed", "r+b"),
    "get_file": lambda fs, d: fs.get_file("acme/seed", str(d / "got")),
    "get": lambda fs, d: fs.get("acme/seed", str(d / "got")),
    "download": lambda fs, d: fs.download("acme/seed", str(d / "got")),
    "ls": lambda fs, _: fs.ls("acme"),
    "glob": lambda fs, _: fs.glob("acme/*"),
    "find": lambda fs, _: fs.find("acme"),
    "walk": lambda fs, _: list(fs.walk("acme")),
    "du": lambda fs, _: fs.du("acme"),
    "exists": lambda fs, _: fs.exists("acme/seed"),
    "info": lambda fs, _: fs.info("acme/seed"),
    "size": lambda fs, _: fs.size("acme/seed"),
    "ukey": lambda fs, _: fs.ukey("acme/seed"),
    "checksum": lambda fs, _: fs.checksum("acme/seed"),
    "modified": lambda fs, _: fs.modified("acme/seed"),
    "created": lambda fs, _: fs.created("acme/seed"),
    "sign": lambda fs, _: fs.sign("acme/seed"),
    "rm": lambda fs, _: fs.rm("acme/seed"),
    "rm, several": lambda fs, _: fs.rm(["delta/seed", "acme/seed"]),
    "rm_file": lambda fs, _: fs.rm_file("acme/seed"),
    "rmdir": lambda fs, _: fs.rmdir("acme"),
    "cp_file": lambda fs, _: fs.cp_file("acme/seed", "delta/k"),
    "copy": lambda fs, _: fs.copy("acme/seed", "delta/k"),
    "mv": lambda fs, _: fs.mv("acme/seed", "delta/k"),
    "in a place that is named": lambda fs, _: fs.cat_file("acme@EU/seed"),
    "fsspec.generic.rsync": lambda fs, _: _rsync(fs, "residency://acme", "residency://delta"),
    "fsspec.generic.rsync, away": lambda fs, _: _rsync(fs, "residency://delta", "residency://acme"),
    "a mapper": lambda fs, _: fs.get_mapper("acme", missing_exceptions=())["seed"],
    "simplecache": lambda fs, d: cached(fs, d).cat_file("acme/seed"),
    "simplecache, open": lambda fs, d: cached(fs, d).open("acme/seed"),
    "fsspec.open": lambda fs, _: fsspec.open("residency://acme/seed", **fs.storage_options).open(),
    "a copy through another file system": lambda fs, _: _generic(fs).copy(
        ["residency://acme/seed"], ["memory://laundered"], on_error="raise"
    ),
}
