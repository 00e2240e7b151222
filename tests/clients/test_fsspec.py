"""`residency://`: what it lets through and what it stops, on each kind of file system."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from residency import Reason, TransferBlocked
from residency.clients import acting_for
from residency.clients.fsspec import Place
from residency.errors import (
    ForeignAccountError,
    InputError,
    MissingAccountError,
)
from tests.clients import shelves
from tests.clients.filecalls import FOREIGN, HOME, WRONG_ZONE, cached, seed, write
from tests.clients.scene import ACME, CANARY, Scene, consent
from tests.clients.shelves import DELTA, Shelves

fsspec: Any = import_module("fsspec")


def test_a_write_out_of_the_zone_is_stopped_before_a_byte_leaves(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """A write that leaves the zone raises; both zones hold what they held; no byte was sent."""
    before = seed(shelf)
    for name, call in WRONG_ZONE.items():
        with subtests.test(name):
            with acting_for(ACME), pytest.raises(TransferBlocked) as raised:
                call(shelf.fs, tmp_path)
            assert raised.value.kind == Reason.NO_CONSENT
            assert shelf.look() == before
            assert CANARY not in shelf.sent
            shelf.forget()  # reading to compare has sent nothing but requests


def test_each_server_sees_nothing_of_a_blocked_write(clouds: Shelves, tmp_path: Path) -> None:
    """On every server a blocked write leaves no request that could have carried a body."""
    before = seed(clouds)
    for name in ("pipe_file", "put_file", "cp_file", "mv", "open", "a transaction", "mkdir"):
        clouds.forget()
        with acting_for(ACME), pytest.raises(TransferBlocked):
            WRONG_ZONE[name](clouds.fs, tmp_path)
        assert clouds.writes == []
        assert clouds.look() == before
    assert clouds.uploads("US") == []


def test_a_write_in_the_zone_arrives(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """A write inside the account's zone lands in its folder of that zone, and nowhere else."""
    before = seed(shelf)
    for name, call in HOME.items():
        with subtests.test(name), acting_for(ACME):
            call(shelf.fs, tmp_path)
            assert shelf.look() == {**before, "EU": {**before["EU"], "acme/k": CANARY}}
            assert shelf.fs.cat_file("acme/k") == CANARY
            shelf.fs.rm_file("acme/k")
            assert shelf.look() == before


def test_an_account_reads_its_own_files_alone(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """What is another account's can be neither read nor removed, so that it cannot be laundered."""
    before = seed(shelf)
    for name, call in FOREIGN.items():
        with subtests.test(name):
            with acting_for(DELTA), pytest.raises(ForeignAccountError):
                call(shelf.fs, tmp_path)
            assert shelf.look() == before
            assert not (tmp_path / "got").exists()
            assert not fsspec.filesystem("memory").exists("laundered")


def test_another_accounts_files_are_not_found(shelf: Shelves) -> None:
    """Nothing shows what another account has; the root shows the account's own folder alone."""
    seed(shelf)
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
    before = seed(shelf)
    for name, call in {**HOME, **WRONG_ZONE}.items():
        if name != "simplecache, open":
            with subtests.test(name), pytest.raises(MissingAccountError):
                call(shelf.fs, tmp_path)
    with pytest.raises(MissingAccountError):
        shelf.fs.ls("")
    assert shelf.look() == before


def test_a_mixed_copy_is_decided_whole(
    shelf: Shelves, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Where one of many files may not go, none goes, whichever comes first."""
    before = seed(shelf)
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
            write(fs, path)


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


@pytest.mark.parametrize("target", ["acme/seed", "acme@EU/seed", "residency://acme/seed"])
def test_a_file_that_is_moved_onto_itself_stays(shelf: Shelves, target: str) -> None:
    """However its path is written, a move of a file to where it is loses nothing."""
    before = seed(shelf)
    with acting_for(ACME):
        shelf.fs.mv("acme/seed", target)
        with pytest.raises(InputError, match="maxdepth"):
            shelf.fs.mv("acme/seed", "acme/k", recursive=True, maxdepth=1)
    assert shelf.look() == before


def test_an_exclusive_file_is_not_overwritten(shelf: Shelves) -> None:
    """A file that is made exclusively is refused where there is one."""
    seed(shelf)
    with acting_for(ACME), pytest.raises(FileExistsError):
        shelf.fs.open("acme/seed", "xb")


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
    seed(shelf)
    with acting_for(ACME):
        link = shelf.fs.sign("acme/seed", expiration=60)
    assert link.startswith(f"{moto_scene.cloud.eu.endpoint}/{moto_scene.eu}/accounts/acme/seed?")


def test_a_cache_in_front_answers_without_asking(folders: Shelves, tmp_path: Path) -> None:
    """A limit: what a cache in front has kept it gives to whoever asks; it never writes for them.

    The path names the account, so that nobody gets another's file as his own.
    """
    seed(folders)
    kept = cached(folders.fs, tmp_path)
    with acting_for(ACME), kept.open("acme/seed") as file:
        assert file.read() == CANARY
    with acting_for(DELTA), kept.open("acme/seed") as file:
        assert file.read() == CANARY
    with acting_for(DELTA), pytest.raises(ForeignAccountError):
        folders.fs.cat_file("acme/seed")


def test_the_file_system_below_is_not_guarded(folders: Shelves) -> None:
    """A limit: a file that is open for reading leads to its file system; Python has no secrets.

    One that is open for writing does not.
    """
    seed(folders)
    with acting_for(ACME):
        with folders.fs.open("acme/seed") as file:
            assert type(file.fs).__name__ == "LocalFileSystem"
        with folders.fs.open("acme/k", "wb") as file:
            assert not hasattr(file, "fs")
    assert not hasattr(folders.fs, "fs")
