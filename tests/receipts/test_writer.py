"""The writer of receipts: threads, processes, crashes and full disks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest

from residency import Context, Guard
from residency.consent import ConsentEvent, Ledger
from residency.errors import InputError, ReceiptError
from residency.receipts import GENESIS, Agreed, ReceiptHead, ReceiptWriter, read_chain, replay
from tests.receipts.samples import ROUTER, decided, ledger_of, read, requests, written
from tests.samples import NOON, Store, german, noon

_HOME = requests()["home"]


def _record(writer: ReceiptWriter, times: int = 1) -> None:
    for _ in range(times):
        writer.record(decided(_HOME), german(), to=_HOME.to, context=_HOME.context)


def _whole(path: Path) -> int:
    links = list(read_chain(path.read_bytes().splitlines(keepends=True)))
    assert [link.damage for link in links] == [None] * len(links)
    return len(links)


def test_threads_share_one_writer(tmp_path: Path) -> None:
    """Receipts that many threads record form one chain, and none is lost."""
    path = tmp_path / "r.jsonl"
    few_at_once = patch("residency.receipts.writer._MOST_AT_ONCE", 7)
    with few_at_once, ReceiptWriter(path, fsync=False) as writer, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _record(writer, 50), range(8)))
        assert writer.flush().sequence == 400
    assert _whole(path) == 400


def test_flush_waits_until_it_is_written(tmp_path: Path) -> None:
    """When flush returns, what was recorded is in the file, and the head is its last receipt."""
    path = tmp_path / "r.jsonl"
    with ReceiptWriter(path) as writer:
        assert writer.flush() == ReceiptHead(0, GENESIS)
        _record(writer, 3)
        head = writer.flush()
        assert [held["hash"] for held in read(path)][-1] == head.hash
        assert head.sequence == _whole(path) == 3


def test_a_chain_is_taken_up_again(tmp_path: Path) -> None:
    """A writer that is opened on a file continues its chain, whatever the length of its lines."""
    path = tmp_path / "r.jsonl"
    with ReceiptWriter(path) as writer:
        to = ("x" * 256,) * 1_000
        denied = decided(_HOME._replace(to=to))
        writer.record(denied, german(), to=to, context=_HOME.context)
    assert path.stat().st_size > 65_536
    with ReceiptWriter(path) as writer:
        _record(writer)
        assert writer.close().sequence == 2
    assert _whole(path) == 2


def test_what_a_crash_cut_off_is_removed(tmp_path: Path) -> None:
    """A last line without its end was never promised to anyone; the chain goes on before it."""
    path = tmp_path / "r.jsonl"
    written(path, "home", "none")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:100])
    with ReceiptWriter(path) as writer:
        _record(writer)
    assert path.read_bytes().startswith(whole)
    assert _whole(path) == 3


@pytest.mark.parametrize("content", [b"no receipt\n", b"{}\n", b"\n"])
def test_another_file_is_left_alone(content: bytes, tmp_path: Path) -> None:
    """A file that does not end in a receipt is refused, and stays as it is."""
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ReceiptError) as caught:
        ReceiptWriter(path)
    assert caught.value.kind == "UNREADABLE"
    assert path.read_bytes() == content


def test_two_writers_are_refused(tmp_path: Path) -> None:
    """While one writer has a file, another is refused, in this process or any other."""
    path = tmp_path / "r.jsonl"
    program = "import sys; from residency.receipts import ReceiptWriter; ReceiptWriter(sys.argv[1])"
    with ReceiptWriter(path):
        with pytest.raises(ReceiptError) as caught:
            ReceiptWriter(path)
        assert caught.value.kind == "UNAVAILABLE"
        command = [sys.executable, "-c", program, str(path)]
        other = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "another writer holds" in other.stderr
    assert subprocess.run(command, check=False).returncode == 0


@pytest.mark.parametrize("name", ["", "no/such/folder/r.jsonl", "nul\0"])
def test_a_path_that_cannot_be(name: str, tmp_path: Path) -> None:
    """A path that cannot be opened is a typed error that names it."""
    with pytest.raises(ReceiptError) as caught:
        ReceiptWriter(tmp_path / name)
    assert caught.value.kind == "UNAVAILABLE"


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """Once a receipt could not be written, each call says so, and nothing later is written."""
    path = tmp_path / "r.jsonl"
    writer = ReceiptWriter(path)
    _record(writer)
    writer.flush()
    with patch("os.fsync", side_effect=OSError("disk full")):
        _record(writer)
        calls: list[Callable[[], object]] = [writer.flush, lambda: _record(writer), writer.close]
        for call in calls:
            with pytest.raises(ReceiptError) as caught:
                call()
            assert caught.value.kind == "UNAVAILABLE"
            assert isinstance(caught.value.__cause__, OSError)


def test_what_waited_is_not_written_after_a_failure(tmp_path: Path) -> None:
    """Receipts that waited as one failed are not written after it: a gap would look like theft."""
    path = tmp_path / "r.jsonl"
    begun, go_on = Event(), Event()

    def slow(_: int) -> None:
        begun.set()
        assert go_on.wait(30)
        raise OSError

    writer = ReceiptWriter(path)
    with patch("os.fsync", side_effect=slow):
        _record(writer)
        assert begun.wait(30)
        _record(writer, 2)
        go_on.set()
        with pytest.raises(ReceiptError):
            writer.flush()
    with pytest.raises(ReceiptError):
        writer.close()
    assert len(list(read(path))) == 1


def test_a_closed_writer_takes_nothing(tmp_path: Path) -> None:
    """After close, recording is an error, and closing again changes nothing."""
    writer = ReceiptWriter(tmp_path / "r.jsonl")
    _record(writer)
    head = writer.close()
    assert writer.close() == head
    with pytest.raises(ReceiptError):
        _record(writer)


def test_a_forked_process_takes_nothing(tmp_path: Path) -> None:
    """A child that was forked has no thread to write with, so it is refused and does not hang."""
    with ReceiptWriter(tmp_path / "r.jsonl") as writer:
        parent = os.getpid()
        with patch("os.getpid", return_value=parent + 1), pytest.raises(ReceiptError):
            _record(writer)


def test_the_moment_is_of_the_clock_where_nothing_else_tells(tmp_path: Path) -> None:
    """The context's moment counts, or the one that is passed, or else the clock's."""
    path = tmp_path / "r.jsonl"
    guard = Guard(ROUTER, clock=noon)
    decision = guard.decide(german(), "xm-fax", to="zone:EU")
    with ReceiptWriter(path, clock=noon) as writer:
        writer.record(decision, german(), to="zone:EU")
        writer.record(decision, german(), to="zone:EU", at=NOON.replace(hour=13))
        writer.record(decision, german(), to="zone:EU", context=Context(at=NOON.replace(hour=14)))
    moments = [held["at"][11:13] for held in read(path)]
    assert moments == ["12", "13", "14"]
    with ReceiptWriter(path) as writer:
        writer.record(decision, german(), to="zone:EU")
    assert [*read(path)][-1]["at"] > "2023-05-01T12"


def test_the_ledger_is_read_only_where_it_counted(tmp_path: Path) -> None:
    """A write inside the zone costs no look into the ledger, not even for its receipt."""
    store = Store(tuple)
    with ReceiptWriter(tmp_path / "r.jsonl", ledger=Ledger(store)) as writer:
        _record(writer)
        assert store.reads == 0
        denied = decided(requests()["none"])
        writer.record(denied, german(), to="zone:US", context=_HOME.context)
        assert store.reads == 1


def test_a_ledger_that_fails_by_then_is_told(tmp_path: Path) -> None:
    """If the ledger cannot be read for the receipt, it says so, and replaying it differs."""
    path = tmp_path / "r.jsonl"
    denied = decided(requests()["none"])
    with ReceiptWriter(path, ledger=ledger_of(None)) as writer:
        writer.record(denied, german(), to="zone:US", context=_HOME.context)
    [held] = read(path)
    assert held["events"] is None
    assert replay(held, ROUTER).agreed is Agreed.NO


def test_a_ledger_that_recovered_by_then_changes_nothing(tmp_path: Path) -> None:
    """That the ledger could not be read is part of the decision, whatever it holds afterwards."""
    path = tmp_path / "r.jsonl"
    unavailable = requests()["unavailable"]
    events: tuple[ConsentEvent, ...] = requests()["consent"].events or ()
    with ReceiptWriter(path, ledger=ledger_of(events)) as writer:
        writer.record(decided(unavailable), german(), to="zone:US", context=_HOME.context)
    [held] = read(path)
    assert replay(held, ROUTER).agreed is Agreed.YES


@pytest.mark.parametrize("wrong", [{"ledger": 7}, {"ledger": Store(tuple)}])
def test_a_wrong_argument_is_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    """What is no ledger is refused before the file is touched; what is no decision, at once."""
    path = tmp_path / "r.jsonl"
    with pytest.raises(InputError):
        ReceiptWriter(path, **wrong)
    assert not path.exists()
    with ReceiptWriter(path) as writer, pytest.raises(InputError):
        writer.record(7, german(), to="zone:EU")  # type: ignore[arg-type]  # the wrong type is the test
