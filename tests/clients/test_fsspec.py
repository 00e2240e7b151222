"""`residency://`: what it lets through and what it stops, on each kind of file system."""

import asyncio
import gc
import pickle
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from residency import Context, Reason, TransferBlocked
from residency.clients import acting_for, carry
from residency.clients.fsspec import GuardedFiles, Place, ResidencyFileSystem, url
from residency.errors import (
    DestinationError,
    ForeignAccountError,
    InputError,
    MissingAccountError,
)
from tests.clients import shelves
from tests.clients.scene import ACME, BOLT, CANARY, GUARD, Scene, consent
from tests.clients.shelves import DELTA, Shelves
from tests.servers.azure import Azure

fsspec: Any = import_module("fsspec")

_NOT_FOUND_IN_AZURE: Any = import_module("azure.core.exceptions").ResourceNotFoundError

Call = Callable[[Any, Path], object]


def _seed(shelf: Shelves) -> shelves.Contents:
    """Write one file for each account, and return what is there."""
    for account in (ACME, BOLT, DELTA):
        with acting_for(account):
            shelf.fs.pipe_file(f"{account.id}/seed", CANARY)
    shelf.forget()
    return shelf.look()


def _write(fs: Any, path: str, mode: str = "wb") -> None:
    with fs.open(path, mode) as file:
        file.write(CANARY)


def _in_a_transaction(fs: Any, path: str) -> None:
    with fs.transaction:
        _write(fs, path)


def _source(folder: Path) -> str:
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


def _cached(fs: Any, folder: Path) -> Any:
    return fsspec.filesystem(
        "simplecache", fs=fs, cache_storage=str(folder / "cache"), skip_instance_cache=True
    )


# Each for `acme`, whose zone is the EU, into the USA: of its own account, and of another's.
_WRONG_ZONE: dict[str, Call] = {
    "pipe_file": lambda fs, _: fs.pipe_file("acme@US/k", CANARY),
    "pipe_file into another account": lambda fs, _: fs.pipe_file("bolt/k", CANARY),
    "pipe": lambda fs, _: fs.pipe({"acme@US/k": CANARY}),
    "pipe, mixed": lambda fs, _: fs.pipe({"acme/k": CANARY, "acme@US/k": CANARY}),
    "write_bytes": lambda fs, _: fs.write_bytes("acme@US/k", CANARY),
    "write_text": lambda fs, _: fs.write_text("acme@US/k", CANARY.decode()),
    "put_file": lambda fs, d: fs.put_file(_source(d) + "/file", "acme@US/k"),
    "put": lambda fs, d: fs.put(_source(d), "acme@US/k", recursive=True),
    "put, mixed": lambda fs, d: fs.put([_source(d) + "/file"] * 2, ["acme/k", "acme@US/k"]),
    "upload": lambda fs, d: fs.upload(_source(d) + "/file", "acme@US/k"),
    "cp_file": lambda fs, _: fs.cp_file("acme/seed", "acme@US/k"),
    "copy": lambda fs, _: fs.copy("acme/seed", "acme@US/k"),
    "copy into another account": lambda fs, _: fs.copy("acme/seed", "bolt/"),
    "copy, recursive": lambda fs, _: fs.copy("acme", "acme@US/k", recursive=True),
    "copy, mixed": lambda fs, _: fs.copy(["acme/seed"] * 2, ["acme/k", "bolt/k"]),
    "mv": lambda fs, _: fs.mv("acme/seed", "acme@US/k"),
    "move": lambda fs, _: fs.move("acme/seed", "bolt/k"),
    "open": lambda fs, _: _write(fs, "acme@US/k"),
    "open to append": lambda fs, _: _write(fs, "acme@US/k", "ab"),
    "open exclusively": lambda fs, _: _write(fs, "acme@US/k", "xb"),
    "open as text": lambda fs, _: fs.open("acme@US/k", "w"),
    "open to write and read": lambda fs, _: fs.open("acme@US/k", "w+b"),
    "open another account's file": lambda fs, _: _write(fs, "bolt/seed"),
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
    "simplecache": lambda fs, d: _cached(fs, d).pipe_file("acme@US/k", CANARY),
    "simplecache, open": lambda fs, d: _write(_cached(fs, d), "acme@US/k"),
    "dir": lambda fs, _: fsspec.filesystem("dir", path="acme@US", fs=fs).pipe_file("k", CANARY),
}


def test_a_write_out_of_the_zone_is_stopped_before_a_byte_leaves(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """A write that leaves the zone raises; both zones hold what they held; no byte was sent."""
    before = _seed(shelf)
    for name, call in _WRONG_ZONE.items():
        with subtests.test(name):
            with acting_for(ACME), pytest.raises(TransferBlocked) as raised:
                call(shelf.fs, tmp_path)
            assert raised.value.kind == Reason.NO_CONSENT
            assert shelf.look() == before
            assert CANARY not in shelf.sent
            shelf.forget()  # reading to compare has sent nothing but requests


def test_each_server_sees_nothing_of_a_blocked_write(clouds: Shelves, tmp_path: Path) -> None:
    """On every server a blocked write leaves no request that could have carried a body."""
    before = _seed(clouds)
    for name in ("pipe_file", "put_file", "cp_file", "mv", "open", "a transaction", "mkdir"):
        clouds.forget()
        with acting_for(ACME), pytest.raises(TransferBlocked):
            _WRONG_ZONE[name](clouds.fs, tmp_path)
        assert clouds.writes == []
        assert clouds.look() == before
    assert clouds.uploads("US") == []


_HOME: dict[str, Call] = {
    "pipe_file": lambda fs, _: fs.pipe_file("acme/k", CANARY),
    "the zone, named": lambda fs, _: fs.pipe_file("acme@EU/k", CANARY),
    "a URL": lambda fs, _: fs.pipe_file("residency://acme/k", CANARY),
    "pipe": lambda fs, _: fs.pipe({"acme/k": CANARY}),
    "put_file": lambda fs, d: fs.put_file(_source(d) + "/file", "acme/k"),
    "put": lambda fs, d: fs.put(_source(d) + "/file", "acme/k"),
    "cp_file": lambda fs, _: fs.cp_file("acme/seed", "acme/k"),
    "copy": lambda fs, _: fs.copy("acme/seed", "acme@EU/k"),
    "open": lambda fs, _: _write(fs, "acme/k"),
    "open exclusively": lambda fs, _: _write(fs, "acme/k", "xb"),
    "a transaction": lambda fs, _: _in_a_transaction(fs, "acme/k"),
    "a mapper": lambda fs, _: fs.get_mapper("acme").__setitem__("k", CANARY),
    "fsspec.open": lambda fs, _: _write(
        fsspec.url_to_fs("residency://acme/k", **fs.storage_options)[0], "acme/k"
    ),
    "simplecache": lambda fs, d: _write(_cached(fs, d), "acme/k"),
}


def test_a_write_in_the_zone_arrives(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """A write inside the account's zone lands in its folder of that zone, and nowhere else."""
    before = _seed(shelf)
    for name, call in _HOME.items():
        with subtests.test(name), acting_for(ACME):
            call(shelf.fs, tmp_path)
            assert shelf.look() == {**before, "EU": {**before["EU"], "acme/k": CANARY}}
            assert shelf.fs.cat_file("acme/k") == CANARY
            shelf.fs.rm_file("acme/k")
            assert shelf.look() == before


# Each for `delta`, whose zone is the EU as well: reading is not decided by zones.
_FOREIGN: dict[str, Call] = {
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
    "simplecache": lambda fs, d: _cached(fs, d).cat_file("acme/seed"),
    "simplecache, open": lambda fs, d: _cached(fs, d).open("acme/seed"),
    "fsspec.open": lambda fs, _: fsspec.open("residency://acme/seed", **fs.storage_options).open(),
    "a copy through another file system": lambda fs, _: _generic(fs).copy(
        ["residency://acme/seed"], ["memory://laundered"], on_error="raise"
    ),
}


def test_an_account_reads_its_own_files_alone(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """What is another account's can be neither read nor removed, so that it cannot be laundered."""
    before = _seed(shelf)
    for name, call in _FOREIGN.items():
        with subtests.test(name):
            with acting_for(DELTA), pytest.raises(ForeignAccountError):
                call(shelf.fs, tmp_path)
            assert shelf.look() == before
            assert not (tmp_path / "got").exists()
            assert not fsspec.filesystem("memory").exists("laundered")


def test_another_accounts_files_are_not_found(shelf: Shelves) -> None:
    """Nothing shows what another account has; the root shows the account's own folder alone."""
    _seed(shelf)
    with acting_for(DELTA):
        assert not shelf.fs.isdir("acme")
        assert not shelf.fs.isfile("acme/seed")
        assert shelf.fs.ls("", detail=False) == ["delta"]
        assert shelf.fs.glob("*/seed") == ["delta/seed"]
        assert shelf.fs.find("") == ["delta/seed"]
        assert shelf.fs.info("")["type"] == "directory"


def test_nothing_is_done_for_nobody(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Without an account every operation raises, and changes nothing."""
    before = _seed(shelf)
    for name, call in {**_HOME, **_WRONG_ZONE}.items():
        if name != "simplecache, open":
            with subtests.test(name), pytest.raises(MissingAccountError):
                call(shelf.fs, tmp_path)
    with pytest.raises(MissingAccountError):
        shelf.fs.ls("")
    assert shelf.look() == before


@pytest.mark.parametrize(
    "path",
    [
        "acme/../bolt/k",
        "acme/..",
        "../us/bolt/k",
        "acme/./k",
        "acme\\..\\bolt",
        "..",
        "%2e%2e/k",
        "acme/%2E%2e/bolt/k",
        "acme/..%2fbolt/k",
        "acme/.\t./bolt/k",
        "acme/.\n/k",
        "acme/k\x00",
        "acme\x7f/k",
    ],
)
def test_a_path_leads_nowhere_else(folders: Shelves, path: str) -> None:
    """`..` and its like are refused in reading and in writing; nothing changes."""
    before = _seed(folders)
    calls: tuple[Callable[[], object], ...] = (
        lambda: folders.fs.pipe_file(path, CANARY),
        lambda: folders.fs.cat_file(path),
        lambda: folders.fs.cp_file("acme/seed", path),
        lambda: folders.fs.open(path, "wb"),
        lambda: folders.fs.rm(path),
        lambda: folders.fs.ls(path),
    )
    for call in calls:
        with acting_for(ACME), pytest.raises(InputError):
            call()
    assert folders.look() == before


def test_without_a_guard_a_path_leads_elsewhere_in_azure(azure: Azure) -> None:
    """The control characters that the test above is about are ones that adlfs leaves out.

    A token signs no path. What is written into one container arrives in another.
    """
    shelf = shelves.stored(azure)
    here, there = azure.make("EU"), azure.make("EU")
    container = there.removeprefix("abfs://")
    below: Any = fsspec.filesystem("abfs", **azure.options("EU", token=True))
    path = f"/acme/.\t./.\t./{container}/k"
    below.pipe_file(here + path, b"x")
    assert azure.contents("EU", container) == {"k": b"x"}
    place = Place(here, "azure:francecentral", azure.options("EU", token=True))
    fs = shelf.system(files=shelf.guarded(places={"EU": place}))
    shelf.forget()
    with acting_for(ACME), pytest.raises(InputError, match="control characters"):
        fs.pipe_file(path.removeprefix("/"), CANARY)
    assert shelf.sent == b""


@pytest.mark.parametrize("name", ["a@b.example", "a/b", "..", "ü", "*", "a%2Fb", "A b", "~", "x#?"])
def test_every_account_has_a_folder_of_its_own(folders: Shelves, name: str) -> None:
    """Whatever an account's id is made of, its files stay in one folder of its zone's place."""
    account = type(ACME)(name, "Germany", "XMedius Europe SAS", setup_date=ACME.setup_date)
    if name == "..":
        with acting_for(account), pytest.raises(InputError):
            folders.fs.pipe_file(url(name, "k"), b"x")
        assert folders.look() == {"EU": {}, "US": {}}
        return
    with acting_for(account):
        folders.fs.pipe_file(url(name, "f/k"), b"x")
        assert folders.fs.cat_file(url(name, "f/k", zone="EU")) == b"x"
        (home,) = folders.fs.ls("", detail=False)
        assert folders.fs.find("") == [f"{home}/f/k"]
        with pytest.raises(TransferBlocked):
            folders.fs.pipe_file(url(name, "f/k", zone="US"), b"x")
    ((path, body),) = folders.look()["EU"].items()
    assert (path.count("/"), body, folders.look()["US"]) == (2, b"x", {})


def test_two_spellings_of_one_account_are_not_accepted(folders: Shelves) -> None:
    """An account is written in one way, so that none has two folders."""
    with acting_for(ACME):
        for path in ("%61cme/k", "@EU/k", "/acme/k", "acme%/k"):
            with pytest.raises(InputError, match="make it with `url`"):
                folders.fs.pipe_file(path, b"x")
    assert folders.look() == {"EU": {}, "US": {}}


def test_a_mixed_copy_is_decided_whole(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Where one of many files may not go, none goes, whichever comes first."""
    before = _seed(shelf)
    (tmp_path / "f").write_bytes(CANARY)
    file = str(tmp_path / "f")
    targets = [*(f"acme/{number}" for number in range(20)), "acme@US/k"]
    many = len(targets)
    calls: dict[str, Callable[[list[str]], object]] = {
        "copy": lambda to: shelf.fs.copy(["acme/seed"] * many, to),
        "copy, others' errors ignored": lambda to: shelf.fs.copy(
            ["acme/seed"] * many, to, on_error="ignore"
        ),
        "put": lambda to: shelf.fs.put([file] * many, to),
        "pipe": lambda to: shelf.fs.pipe(dict.fromkeys(to, CANARY)),
        "a mapper": lambda to: shelf.fs.get_mapper("").setitems(dict.fromkeys(to, CANARY)),
    }
    if shelf.transactions:
        calls["a transaction"] = lambda to: _all_in_one(shelf.fs, to)
    for name, call in calls.items():
        for order in (targets, targets[::-1]):
            with subtests.test(name), acting_for(ACME):
                with pytest.raises(TransferBlocked):
                    call(order)
                assert shelf.look() == before


def _all_in_one(fs: Any, paths: list[str]) -> None:
    with fs.transaction:
        for path in paths:
            _write(fs, path)


def test_many_files_arrive(shelf: Shelves, tmp_path: Path) -> None:
    """What is permitted is copied, uploaded and moved as a whole."""
    (tmp_path / "f").write_bytes(b"f")
    with acting_for(ACME):
        shelf.fs.pipe({f"acme/a/{number}": b"x" for number in range(5)})
        shelf.fs.copy("acme/a", "acme/b", recursive=True)
        shelf.fs.mv("acme/b/0", "acme/b/9")
        shelf.fs.put([str(tmp_path / "f")] * 2, ["acme/c/0", "acme/c/1"])
        shelf.fs.get("acme/a", str(tmp_path / "got"), recursive=True)
        shelf.fs.rm("acme/a", recursive=True)
    expected = {f"acme/b/{number}": b"x" for number in (1, 2, 3, 4, 9)}
    assert shelf.look() == {"EU": {**expected, "acme/c/0": b"f", "acme/c/1": b"f"}, "US": {}}
    assert sorted(path.name for path in (tmp_path / "got").iterdir()) == list("01234")


def test_a_consent_opens_and_its_withdrawal_closes(shelf: Shelves, tmp_path: Path) -> None:
    """A copy to another zone arrives under a consent, and no more after its withdrawal."""
    with acting_for(ACME):
        shelf.fs.pipe({"acme/d/k": b"x", "acme/d/e/l": b"y"})
        shelf.ledger.give(consent("c-1"))
        shelf.fs.copy("acme/d", "acme@US/d", recursive=True)
        shelf.fs.cp_file("acme/d/k", "bolt/given")
        assert shelf.fs.cat_file("acme@US/d/k") == b"x"
        assert shelf.fs.find("acme@US") == ["acme@US/d/e/l", "acme@US/d/k"]
        shelf.ledger.withdraw("c-1")
        before = shelf.look()
        for name, call in _WRONG_ZONE.items():
            if name != "fsspec.generic.rsync":  # it copies nothing where the target has it all
                with pytest.raises(TransferBlocked) as raised:
                    call(shelf.fs, tmp_path)
                assert raised.value.kind == Reason.CONSENT_WITHDRAWN
        assert shelf.look() == before
        shelf.fs.cp_file("acme@US/d/k", "acme/back")  # home is free
    assert shelf.look() == {
        "EU": {"acme/d/k": b"x", "acme/d/e/l": b"y", "acme/back": b"x"},
        "US": {"acme/d/k": b"x", "acme/d/e/l": b"y", "bolt/given": b"x"},
    }


def test_a_withdrawal_while_a_file_is_open_stops_it(clouds: Shelves) -> None:
    """After a withdrawal an open file writes nothing more, and leaves no part of an upload."""
    part = CANARY * (clouds.part // len(CANARY) + 1)
    clouds.ledger.give(consent("c-1"))
    with acting_for(ACME):
        file = clouds.fs.open("acme@US/k", "wb", block_size=clouds.part)
        file.write(part)
        assert len(clouds.uploads("US")) == 1
        clouds.ledger.withdraw("c-1")
        clouds.forget()
        with pytest.raises(TransferBlocked) as raised:
            file.write(part)
        file.close()
    assert raised.value.kind == Reason.CONSENT_WITHDRAWN
    assert CANARY not in clouds.sent
    assert clouds.look() == {"EU": {}, "US": {}}
    assert (clouds.uploads("US") == []) == clouds.aborts


def test_a_withdrawal_before_the_end_stops_a_file(shelf: Shelves) -> None:
    """What a file keeps back is not written at its end, or in a transaction's, if it may not."""
    for number, in_transaction in enumerate((False, True)):
        shelf.ledger.give(consent(f"c-{number}"))
        with acting_for(ACME):
            if in_transaction:
                shelf.fs.start_transaction()
            file = shelf.fs.open(f"acme@US/{number}", "wb")
            file.write(CANARY)
            if in_transaction:
                file.close()
            shelf.ledger.withdraw(f"c-{number}")
            with pytest.raises(TransferBlocked):
                (shelf.fs.end_transaction if in_transaction else file.close)()
            assert file.closed
            if not in_transaction:
                assert CANARY not in shelf.sent
    if shelf.servers and shelf.transactions:  # the others write in place, while it is permitted
        assert shelf.look()["US"] == {}
        assert shelf.uploads("US") == []


def test_a_transaction_is_decided_whole(shelf: Shelves) -> None:
    """Where one file of a transaction may not appear any more at its end, none does.

    A limit: memory and Azure know no transactions. There each file appears as it is closed.
    """
    shelf.ledger.give(consent("c-1"))
    with acting_for(ACME):
        shelf.fs.start_transaction()
        for path in ("acme/0", "acme@US/1", "acme/2"):
            _write(shelf.fs, path)
        shelf.ledger.withdraw("c-1")
        with pytest.raises(TransferBlocked):
            shelf.fs.end_transaction()
        first, second = {"acme/0": CANARY, "acme/2": CANARY}, {"acme/1": CANARY}
        closed = {"EU": first, "US": second}
        assert shelf.look() == ({"EU": {}, "US": {}} if shelf.transactions else closed)
        _write(shelf.fs, "acme/later")
    assert shelf.look()["EU"]["acme/later"] == CANARY
    assert (shelf.uploads("EU"), shelf.uploads("US")) == ([], [])


def test_a_withdrawal_in_the_middle_of_a_copy_stops_it(
    folders: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that is permitted when it starts, and no more when it was read, is not written."""
    system = import_module("fsspec.implementations.local").LocalFileSystem
    get_file = system.get_file

    def withdrawing(*arguments: Any, **named: Any) -> Any:
        got = get_file(*arguments, **named)
        folders.ledger.withdraw("c-1")
        return got

    folders.ledger.give(consent("c-1"))
    monkeypatch.setattr(system, "get_file", withdrawing)
    before = _seed(folders)
    with acting_for(ACME), pytest.raises(TransferBlocked):
        folders.fs.cp_file("acme/seed", "acme@US/k")
    assert folders.look() == before


def test_a_copy_is_decided_as_the_way_between_its_places(folders: Shelves, tmp_path: Path) -> None:
    """Two consents from home do not permit the way between the two other zones."""
    (tmp_path / "ca").mkdir()
    canada = Place(f"file://{tmp_path}/ca", "country:CA")
    fs = folders.system(files=folders.guarded(places={**folders.places, "CA": canada}))
    folders.ledger.give(consent("c-us"))
    folders.ledger.give(consent("c-ca", destination="CA"))
    with acting_for(ACME):
        fs.pipe_file("acme@US/k", b"x")
        fs.pipe_file("acme@CA/l", b"x")
        with pytest.raises(TransferBlocked) as raised:
            fs.cp_file("acme@US/k", "acme@CA/k")
    assert raised.value.kind == Reason.CONSENT_OUT_OF_SCOPE
    assert [path.name for path in (tmp_path / "ca" / "acme").iterdir()] == ["l"]


def test_accounts_keep_apart_without_a_register(folders: Shelves) -> None:
    """Where nobody says which accounts there are, none but the one acted for can be named."""
    fs = folders.system(files=folders.guarded(accounts=None))
    before = _seed(folders)
    with acting_for(ACME):
        for other in ("delta/k", "unheard-of/k"):
            with pytest.raises(InputError, match="nobody knows"):
                fs.pipe_file(other, CANARY)
    assert folders.look() == before


def test_a_register_that_returns_another_account_is_refused(folders: Shelves) -> None:
    """The account that the register returns must have the id it was asked for."""
    fs = folders.system(files=folders.guarded(accounts={"acme": BOLT}.get), account="acme")
    with pytest.raises(InputError, match="nobody knows"):
        fs.pipe_file("acme/k", CANARY)
    assert folders.look() == {"EU": {}, "US": {}}


def test_a_zone_without_a_place_is_named(folders: Shelves) -> None:
    """An account whose zone has no place, and a path into such a zone, are refused."""
    fs = folders.system(files=folders.guarded(places={"EU": folders.places["EU"]}))
    with acting_for(BOLT), pytest.raises(DestinationError, match="zone `US`"):
        fs.pipe_file("bolt/k", CANARY)
    with acting_for(ACME), pytest.raises(DestinationError, match="zone `MOON`"):
        fs.pipe_file("acme@MOON/k", CANARY)
    assert folders.look() == {"EU": {}, "US": {}}


def test_a_place_that_is_elsewhere_is_not_written_to(folders: Shelves) -> None:
    """The table of places does not decide: a place of the zone that lies outside of it blocks."""
    wrong = Place(folders.places["EU"].url, ("country:DE", "country:GB"))
    fs = folders.system(files=folders.guarded(places={"EU": wrong}))
    with acting_for(ACME), pytest.raises(TransferBlocked, match="country:GB"):
        fs.pipe_file("acme/k", CANARY)
    assert folders.look() == {"EU": {}, "US": {}}


def test_a_designation_acts_as_its_account(folders: Shelves) -> None:
    """A stored designation writes to the zone that it pins; it names its own solution."""
    pinned = folders.guard.designate(ACME, "xm-fax")
    fs = folders.system(files=folders.guarded(solution=None))
    with acting_for(pinned):
        fs.pipe_file("acme/k", b"x")
        with pytest.raises(TransferBlocked):
            fs.pipe_file("acme@US/k", CANARY)
    assert folders.look() == {"EU": {"acme/k": b"x"}, "US": {}}


def test_an_instance_may_be_bound_to_an_account(folders: Shelves) -> None:
    """A bound instance acts for its account in every thread, and for no other."""
    bound = folders.system(account="acme")
    with ThreadPoolExecutor() as pool:
        pool.submit(bound.pipe_file, "acme/k", b"x").result()
        with pytest.raises(MissingAccountError):
            pool.submit(folders.fs.pipe_file, "acme/l", CANARY).result()
    assert bound.cat_file("acme/k") == b"x"
    with acting_for(ACME):
        bound.pipe_file("acme/m", b"x")
    with acting_for(BOLT), pytest.raises(ForeignAccountError, match="bound to another"):
        bound.pipe_file("bolt/k", CANARY)
    with acting_for(None), pytest.raises(MissingAccountError):
        bound.pipe_file("acme/k", CANARY)
    with pytest.raises(TransferBlocked):
        bound.pipe_file("bolt/k", CANARY)
    with pytest.raises(InputError, match="nobody knows"):
        folders.system(account="unheard-of").ls("")
    assert folders.look() == {"EU": {"acme/k": b"x", "acme/m": b"x"}, "US": {}}


NAMED = shelves.memory().files


def test_another_process_finds_the_files_by_name() -> None:
    """An instance is pickled as the name of its files, never with the guard inside."""
    bound = fsspec.filesystem("residency", files=f"{__name__}:NAMED", account="acme")
    data = pickle.dumps(bound)
    assert b"xmedius" not in data
    ResidencyFileSystem.clear_instance_cache()
    restored = pickle.loads(data)
    restored.pipe_file("acme/k", b"x")
    assert restored is not bound
    assert restored.cat_file("acme/k") == b"x"
    with pytest.raises(TransferBlocked):
        restored.pipe_file("acme@US/k", CANARY)
    assert fsspec.AbstractFileSystem.from_json(bound.to_json()).cat_file("acme/k") == b"x"


def test_files_without_a_name_stay_in_their_process(folders: Shelves) -> None:
    """An instance whose files have no name says so when it is pickled."""
    with pytest.raises(InputError, match="module:attribute"):
        pickle.dumps(folders.fs)


def test_an_open_file_is_not_pickled(folders: Shelves) -> None:
    """A file that is open for writing stays in its process, and with its guard."""
    with acting_for(ACME):
        file = folders.fs.open("acme/k", "wb")
    with pytest.raises(InputError, match="open for writing"):
        pickle.dumps(file)
    file.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"guard": None},
        {"places": [("EU", Place("memory://eu", "country:DE"))]},
        {"places": {"": Place("memory://eu", "country:DE")}},
        {"places": {"EU": "memory://eu"}},
        {"solution": 3},
        {"accounts": {}},
        {"context": {}},
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any]) -> None:
    """Files are refused when they are made, not when something is written."""
    right: dict[str, Any] = {"guard": GUARD, "places": {}, "solution": "xm-fax"}
    with pytest.raises(InputError):
        GuardedFiles(**(right | wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        ("/data", "country:DE"),
        ("://data", "country:DE"),
        ("memory://", "country:DE"),
        ("file:///", "country:DE"),
        ("file:///data/../other", "country:DE"),
        ("", "country:DE"),
        (None, "country:DE"),
        ("memory://eu", ""),
        ("memory://eu", ()),
        ("memory://eu", "country:DE", ["key"]),
    ],
)
def test_a_place_that_cannot_be_is_refused(wrong: tuple[Any, ...]) -> None:
    """A place has a URL with its protocol, a location and a mapping of options."""
    with pytest.raises(InputError):
        Place(*wrong)


def test_places_do_not_overlap() -> None:
    """No place lies in another, where an account's name could lead from zone to zone."""
    for one, other in (("memory://d", "memory://d/us/"), ("file:///d", "file:///d//us")):
        for first, second in ((one, other), (other, one), (one, one)):
            places = {"EU": Place(first, "country:DE"), "US": Place(second, "country:US")}
            with pytest.raises(InputError, match="overlap"):
                GuardedFiles(GUARD, places=places)
    apart = {"EU": Place("memory://d", "country:DE"), "US": Place("memory://de", "country:US")}
    GuardedFiles(GUARD, places=apart)


def test_a_place_shows_no_secrets() -> None:
    """The options of a place, which hold credentials, do not show, and do not change."""
    options = {"secret": "hidden-secret"}
    place = Place("s3://fax", "aws:eu-west-3", options)
    options["secret"] = "other"
    assert "hidden-secret" not in repr(place)
    assert place.options["secret"] == "hidden-secret"


def test_the_context_reaches_the_guard(folders: Shelves) -> None:
    """What is known of the data is decided with: a consent for one category covers that alone."""
    folders.ledger.give(evolve(consent("c-1"), categories=frozenset({"fax-data"})))
    covered = folders.system(files=folders.guarded(context=Context(category="fax-data")))
    with acting_for(ACME):
        covered.pipe_file("acme@US/k", b"x")
        covered.pipe_file("acme/k", b"x")
        covered.cp_file("acme/k", "acme@US/l")
        with pytest.raises(TransferBlocked):
            folders.fs.pipe_file("acme@US/m", CANARY)
    assert sorted(folders.look()["US"]) == ["acme/k", "acme/l"]


@pytest.mark.parametrize("name", [f"{__name__}:NOTHING", "no.such.module:x", "nothing", ":x"])
def test_files_that_are_not_there_are_refused(name: str) -> None:
    """A name that leads to no files is refused when the instance is made."""
    with pytest.raises(InputError, match="module:attribute"):
        fsspec.filesystem("residency", files=name)


def test_files_have_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without files nothing is made, and what is no such value is refused."""
    monkeypatch.delitem(import_module("fsspec.config").conf, "residency", raising=False)
    with pytest.raises(InputError, match="no files"):
        fsspec.filesystem("residency")
    wrongs: tuple[object, ...] = (f"{__name__}:CANARY", {})
    for wrong in wrongs:
        with pytest.raises(InputError, match="GuardedFiles"):
            fsspec.filesystem("residency", files=wrong)


def test_the_files_may_be_set_once(folders: Shelves, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fsspec's own configuration a URL alone is enough."""
    conf = import_module("fsspec.config").conf
    monkeypatch.setitem(conf, "residency", {"files": folders.files})
    with acting_for(ACME), fsspec.open("residency://acme/k", "w") as file:
        file.write("x")
    assert folders.look() == {"EU": {"acme/k": b"x"}, "US": {}}


_OPTIONS: dict[str, Call] = {
    "open": lambda fs, _: fs.open("acme/k", "wb", s3_additional_kwargs={"Bucket": "another"}),
    "open to read": lambda fs, _: fs.open("acme/seed", fs="another"),
    "pipe_file": lambda fs, _: fs.pipe_file("acme/k", CANARY, Bucket="another"),
    "put_file": lambda fs, d: fs.put_file(_source(d) + "/file", "acme/k", Bucket="another"),
    "cp_file": lambda fs, _: fs.cp_file("acme/seed", "acme/k", Bucket="another"),
    "a link that writes": lambda fs, _: fs.sign("acme/k", client_method="put_object"),
}


@pytest.mark.parametrize("name", _OPTIONS)
def test_options_that_would_lead_elsewhere_are_not_passed_on(
    shelf: Shelves, tmp_path: Path, name: str
) -> None:
    """Only fsspec's own options reach the place: another could name another place."""
    before = _seed(shelf)
    with acting_for(ACME), pytest.raises((InputError, TypeError)):
        _OPTIONS[name](shelf.fs, tmp_path)
    assert shelf.look() == before
    assert CANARY not in shelf.sent


def test_a_bucket_is_never_made(clouds: Shelves, tmp_path: Path) -> None:
    """Making folders in the cloud makes no bucket, wherever the settings would put it."""
    eu = clouds.places["EU"]
    protocol = eu.url.partition("://")[0]
    missing = Place(f"{protocol}://never-made-bucket/accounts", eu.location, eu.options)
    fs = clouds.system(files=clouds.guarded(places={"EU": missing}))
    with acting_for(ACME):
        fs.makedirs("acme/folder/folder", exist_ok=True)
        fs.mkdir("acme/folder")
        fs.put_file(str(tmp_path), "acme/folder")
        fs.rmdir("acme/folder")
        assert clouds.writes == []
        with pytest.raises((FileNotFoundError, _NOT_FOUND_IN_AZURE)):
            fs.pipe_file("acme/k", b"x")


def test_a_guarded_session_decides_once_more(moto_scene: Scene) -> None:
    """Below, a guarded session of S3 sees the account, and stops what the places would let pass."""
    session = moto_scene.session("aiobotocore")
    fields = ("endpoint_url", "client_kwargs", "use_listings_cache")
    eu, us = moto_scene.place("EU"), moto_scene.place("US")
    options = {name: eu.options[name] for name in fields} | {"session": session}
    wrong = {
        "EU": Place(eu.url, "country:DE", options),
        "US": Place(us.url, "country:DE", options),
    }
    shelf = Shelves(wrong, moto_scene.shelves)
    with acting_for(ACME):
        shelf.fs.pipe_file("acme/k", b"x")
        moto_scene.forget()
        with pytest.raises(TransferBlocked, match="aws:us-east-1"):
            shelf.fs.pipe_file("acme@US/k", CANARY)
    assert CANARY not in moto_scene.sent
    assert moto_scene.writes == []
    assert shelf.look() == {"EU": {"acme/k": b"x"}, "US": {}}


def test_a_link_for_reading_is_signed(moto_scene: Scene) -> None:
    """A link reads the account's own file."""
    shelf = shelves.s3(moto_scene)
    _seed(shelf)
    with acting_for(ACME):
        link = shelf.fs.sign("acme/seed", expiration=60)
    assert link.startswith(f"{moto_scene.cloud.eu.endpoint}/{moto_scene.eu}/accounts/acme/seed?")


def test_times_and_folders(folders: Shelves) -> None:
    """What a place knows of a file is told, and empty folders come and go."""
    with acting_for(ACME):
        assert folders.fs.ls("acme") == []
        assert folders.fs.isdir("acme")
        folders.fs.makedirs("acme/a/b")
        folders.fs.mkdir("acme/c")
        folders.fs.rmdir("acme/c")
        folders.fs.pipe_file("acme/a/k", b"x")
        assert folders.fs.modified("acme/a/k").year > 2020
        assert folders.fs.created("acme/a/k").year > 2020
        folders.fs.invalidate_cache()
        assert sorted(folders.fs.ls("acme/a", detail=False)) == ["acme/a/b", "acme/a/k"]
        assert list(folders.fs.walk("acme")) == [
            ("acme", ["a"], []),
            ("acme/a", ["b"], ["k"]),
            ("acme/a/b", [], []),
        ]
        for missing in (folders.fs.ls, folders.fs.info):
            with pytest.raises(FileNotFoundError):
                missing("acme/nothing")
        with folders.fs.open("acme/k", "w+b") as file:
            assert file.write(b"0123456789") == 10
            file.flush()
            assert (file.seekable(), file.seek(2), file.tell()) == (True, 2, 2)
            buffer = bytearray(3)
            assert (file.readinto(buffer), bytes(buffer), file.read(2)) == (3, b"234", b"56")
            assert file.truncate(8) == 8
            assert (file.readable(), file.writable(), file.closed) == (True, True, False)
        file.flush()
        with folders.fs.open("acme/a/k", "ab") as file:
            file.write(b"y")
        assert folders.fs.cat_file("acme/a/k") == b"xy"
        assert folders.fs.cat_file("acme/k", start=1, end=-1) == b"123456"


def test_each_use_of_an_open_file_is_decided(folders: Shelves) -> None:
    """After a withdrawal an open file is neither written, nor passed on, nor cut off, nor ended."""
    uses: tuple[Callable[[Any], object], ...] = (
        lambda file: file.write(CANARY),
        lambda file: file.flush(),
        lambda file: file.truncate(100),
        lambda file: file.close(),
    )
    for number, use in enumerate(uses):
        folders.ledger.give(consent(f"c-{number}"))
        with acting_for(ACME):
            file = folders.fs.open("acme@US/k", "wb")
        folders.ledger.withdraw(f"c-{number}")
        with pytest.raises(TransferBlocked):
            use(file)
        assert file.closed
        assert folders.look()["US"] == {"acme/k": b""}


def test_an_interrupted_file_sends_nothing_more(
    moto_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the decision itself is interrupted, what the file kept back is thrown away."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    shelf = shelves.s3(moto_scene)
    with acting_for(ACME):
        file = shelf.fs.open("acme/k", "wb")
        file.write(CANARY)
        monkeypatch.setattr(type(shelf.guard), "enforce", interrupt)
        with pytest.raises(KeyboardInterrupt):
            file.close()
    del file
    gc.collect()
    assert shelf.writes == []
    assert shelf.look() == {"EU": {}, "US": {}}


def test_a_file_that_may_no_more_appear_does_not(folders: Shelves) -> None:
    """A file that was kept back until it is committed is decided at that moment."""
    folders.ledger.give(consent("c-1"))
    with acting_for(ACME):
        file = folders.fs.open("acme@US/k", "wb", autocommit=False)
        file.write(CANARY)
        file.close()
    folders.ledger.withdraw("c-1")
    with pytest.raises(TransferBlocked):
        file.commit()
    assert folders.look() == {"EU": {}, "US": {}}


@pytest.mark.parametrize("target", ["acme/seed", "acme@EU/seed", "residency://acme/seed"])
def test_a_file_that_is_moved_onto_itself_stays(shelf: Shelves, target: str) -> None:
    """However its path is written, a move of a file to where it is loses nothing."""
    before = _seed(shelf)
    with acting_for(ACME):
        shelf.fs.mv("acme/seed", target)
        with pytest.raises(InputError, match="maxdepth"):
            shelf.fs.mv("acme/seed", "acme/k", recursive=True, maxdepth=1)
    assert shelf.look() == before


def test_an_exclusive_file_is_not_overwritten(shelf: Shelves) -> None:
    """A file that is made exclusively is refused where there is one."""
    _seed(shelf)
    with acting_for(ACME), pytest.raises(FileExistsError):
        shelf.fs.open("acme/seed", "xb")


def test_a_failed_transaction_leaves_nothing(folders: Shelves) -> None:
    """What was written in a transaction that fails does not appear."""

    class StopError(Exception):
        pass

    def fail() -> None:
        with folders.fs.transaction:
            _write(folders.fs, "acme/k")
            raise StopError

    with acting_for(ACME), pytest.raises(StopError):
        fail()
    assert folders.look() == {"EU": {}, "US": {}}


async def test_two_hundred_tasks_keep_their_accounts_apart(clouds: Shelves) -> None:
    """Under load nothing lands in a wrong zone, and each attempt at it is blocked."""
    places = {
        zone: Place(place.url, place.location, {**place.options, "skip_instance_cache": True})
        for zone, place in clouds.places.items()
    }
    fs = clouds.system(files=clouds.guarded(places=places), asynchronous=True)

    async def work(number: int) -> None:
        account, wrong = ((ACME, "US"), (BOLT, "EU"))[number % 2]
        with acting_for(account):
            await fs._pipe_file(f"{account.id}/{number}", account.id.encode())
            with pytest.raises(TransferBlocked):
                await fs._pipe_file(f"{account.id}@{wrong}/{number}", CANARY)
            with pytest.raises(TransferBlocked):
                await fs._cp_file(
                    f"{account.id}/{number}", f"{'bolt' if account is ACME else 'acme'}/{number}"
                )

    await asyncio.gather(*(work(number) for number in range(200)))
    assert clouds.close is not None
    for system, _ in fs._reached.values():
        await clouds.close(system)
    assert CANARY not in clouds.sent
    assert clouds.look() == {
        "EU": {f"acme/{number}": b"acme" for number in range(0, 200, 2)},
        "US": {f"bolt/{number}": b"bolt" for number in range(1, 200, 2)},
    }


def _work(shelf: Shelves, number: int) -> None:
    account, other, wrong = ((ACME, BOLT, "US"), (BOLT, ACME, "EU"))[number % 2]
    shelf.fs.pipe_file(f"{account.id}/{number}", account.id.encode())
    with pytest.raises(TransferBlocked):
        shelf.fs.pipe_file(f"{account.id}@{wrong}/{number}", CANARY)
    with pytest.raises(TransferBlocked):
        shelf.fs.copy(
            [f"{account.id}/{number}"] * 2, [f"{account.id}/{number}x", f"{other.id}/{number}"]
        )


def _sixteen_threads(shelf: Shelves) -> None:
    jobs: list[Future[None]] = []
    with ThreadPoolExecutor(16) as pool:
        for number in range(160):
            with acting_for((ACME, BOLT)[number % 2]):
                jobs.append(pool.submit(carry(_work), shelf, number))
    for job in jobs:
        job.result()
    assert CANARY not in shelf.sent
    assert shelf.look() == {
        "EU": {f"acme/{number}": b"acme" for number in range(0, 160, 2)},
        "US": {f"bolt/{number}": b"bolt" for number in range(1, 160, 2)},
    }


def test_sixteen_threads_keep_their_accounts_apart(clouds: Shelves) -> None:
    """Many threads on one instance write each for its own account, and only to its zone."""
    _sixteen_threads(clouds)


def test_sixteen_threads_keep_their_accounts_apart_on_this_machine(folders: Shelves) -> None:
    """Where the file system blocks, too, each thread writes only to its account's zone."""
    _sixteen_threads(folders)


def test_a_cache_in_front_answers_without_asking(folders: Shelves, tmp_path: Path) -> None:
    """A limit: what a cache in front has kept it gives to whoever asks; it never writes for them.

    The path names the account, so that nobody gets another's file as his own.
    """
    _seed(folders)
    cached = _cached(folders.fs, tmp_path)
    with acting_for(ACME), cached.open("acme/seed") as file:
        assert file.read() == CANARY
    with acting_for(DELTA), cached.open("acme/seed") as file:
        assert file.read() == CANARY
    with acting_for(DELTA), pytest.raises(ForeignAccountError):
        folders.fs.cat_file("acme/seed")


def test_the_file_system_below_is_not_guarded(folders: Shelves) -> None:
    """A limit: a file that is open for reading leads to its file system; Python has no secrets.

    One that is open for writing does not.
    """
    _seed(folders)
    with acting_for(ACME):
        with folders.fs.open("acme/seed") as file:
            assert type(file.fs).__name__ == "LocalFileSystem"
        with folders.fs.open("acme/k", "wb") as file:
            assert not hasattr(file, "fs")
    assert not hasattr(folders.fs, "fs")
