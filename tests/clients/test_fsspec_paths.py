"""Paths and options of `residency://` lead to the account's own folder, and nowhere else."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from residency import TransferBlocked
from residency.clients import acting_for
from residency.clients.fsspec import Place, url
from residency.errors import (
    InputError,
)
from tests.clients import shelves
from tests.clients.filecalls import Call, seed, source
from tests.clients.scene import ACME, CANARY
from tests.clients.shelves import Shelves
from tests.servers.azure import Azure

fsspec: Any = import_module("fsspec")


_NOT_FOUND_IN_AZURE: Any = import_module("azure.core.exceptions").ResourceNotFoundError


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
    before = seed(folders)
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


_OPTIONS: dict[str, Call] = {
    "open": lambda fs, _: fs.open("acme/k", "wb", s3_additional_kwargs={"Bucket": "another"}),
    "open to read": lambda fs, _: fs.open("acme/seed", fs="another"),
    "pipe_file": lambda fs, _: fs.pipe_file("acme/k", CANARY, Bucket="another"),
    "put_file": lambda fs, d: fs.put_file(source(d) + "/file", "acme/k", Bucket="another"),
    "cp_file": lambda fs, _: fs.cp_file("acme/seed", "acme/k", Bucket="another"),
    "a link that writes": lambda fs, _: fs.sign("acme/k", client_method="put_object"),
}


@pytest.mark.parametrize("name", _OPTIONS)
def test_options_that_would_lead_elsewhere_are_not_passed_on(
    shelf: Shelves, tmp_path: Path, name: str
) -> None:
    """Only fsspec's own options reach the place: another could name another place."""
    before = seed(shelf)
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
