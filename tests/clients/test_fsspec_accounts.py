"""For whom an instance of `residency://` acts, in whichever thread or process."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest

from residency import TransferBlocked
from residency.clients import acting_for
from residency.clients.fsspec import ResidencyFileSystem
from residency.errors import (
    ForeignAccountError,
    InputError,
    MissingAccountError,
)
from tests.clients import shelves
from tests.clients.filecalls import seed
from tests.clients.scene import ACME, BOLT, CANARY
from tests.clients.shelves import Shelves

fsspec: Any = import_module("fsspec")


def test_accounts_keep_apart_without_a_register(folders: Shelves) -> None:
    """Where nobody says which accounts there are, none but the one acted for can be named."""
    fs = folders.system(files=folders.guarded(accounts=None))
    before = seed(folders)
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
