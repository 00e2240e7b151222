"""Consent that ends while files are copied, open or in a transaction."""

import gc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from residency import Reason, TransferBlocked
from residency.clients import acting_for
from tests.clients import shelves
from tests.clients.filecalls import WRONG_ZONE, seed, write
from tests.clients.scene import ACME, CANARY, Scene, consent
from tests.clients.shelves import Shelves


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
        for name, call in WRONG_ZONE.items():
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
            write(shelf.fs, path)
        shelf.ledger.withdraw("c-1")
        with pytest.raises(TransferBlocked):
            shelf.fs.end_transaction()
        first, second = {"acme/0": CANARY, "acme/2": CANARY}, {"acme/1": CANARY}
        closed = {"EU": first, "US": second}
        assert shelf.look() == ({"EU": {}, "US": {}} if shelf.transactions else closed)
        write(shelf.fs, "acme/later")
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
    before = seed(folders)
    with acting_for(ACME), pytest.raises(TransferBlocked):
        folders.fs.cp_file("acme/seed", "acme@US/k")
    assert folders.look() == before


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


def test_a_failed_transaction_leaves_nothing(folders: Shelves) -> None:
    """What was written in a transaction that fails does not appear."""

    class StopError(Exception):
        pass

    def fail() -> None:
        with folders.fs.transaction:
            write(folders.fs, "acme/k")
            raise StopError

    with acting_for(ACME), pytest.raises(StopError):
        fail()
    assert folders.look() == {"EU": {}, "US": {}}
