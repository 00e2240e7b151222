"""The writer of receipts: threads, processes, crashes and full disks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from attrs import evolve

from residency import Context, Guard
from residency.consent import ConsentEvent, Ledger
from residency.errors import InputError, ReceiptError
from residency.receipts import GENESIS, Agreed, ReceiptHead, ReceiptWriter, replay
from tests.receipts.samples import ROUTER, decided, ledger_of, read, record, requests, whole
from tests.samples import NOON, Store, german, noon

_HOME = requests()["home"]


def test_threads_share_one_writer(tmp_path: Path) -> None:
    """Receipts that many threads record form one chain, and none is lost."""
    path = tmp_path / "r.jsonl"
    few_at_once = patch("residency.receipts.appender._MOST_AT_ONCE", 7)
    with few_at_once, ReceiptWriter(path, fsync=False) as writer, ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(record, writer, 50) for _ in range(8)]:
            done.result()
        assert writer.flush().sequence == 400
    assert whole(path) == 400


def test_flush_waits_until_it_is_written(tmp_path: Path) -> None:
    """When flush returns, what was recorded is in the file, and the head is its last receipt."""
    path = tmp_path / "r.jsonl"
    with ReceiptWriter(path) as writer:
        assert writer.flush() == ReceiptHead(0, GENESIS)
        record(writer, 3)
        head = writer.flush()
        assert [held["hash"] for held in read(path)][-1] == head.hash
        assert head.sequence == whole(path) == 3


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """Once a receipt could not be written, each call says so, and nothing later is written."""
    path = tmp_path / "r.jsonl"
    writer = ReceiptWriter(path)
    record(writer)
    writer.flush()
    with patch("os.fsync", side_effect=OSError("disk full")):
        record(writer)
        calls: list[Callable[[], object]] = [writer.flush, lambda: record(writer), writer.close]
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
        record(writer)
        assert begun.wait(30)
        record(writer, 2)
        go_on.set()
        with pytest.raises(ReceiptError):
            writer.flush()
    with pytest.raises(ReceiptError):
        writer.close()
    assert len(list(read(path))) == 1


def test_a_disk_that_fills_up_is_told_on_closing_too(tmp_path: Path) -> None:
    """Where no more fits, closing is the typed error each time, and what was written is whole."""
    pytest.importorskip("resource", reason="only POSIX systems bound the size of files")
    path = tmp_path / "r.jsonl"
    ran = subprocess.run(
        [sys.executable, "-c", _FILLING, str(path)], capture_output=True, text=True, check=False
    )
    assert (ran.stdout.splitlines(), ran.stderr) == (["UNAVAILABLE"] * 3, "")
    with ReceiptWriter(path) as writer:
        assert writer.flush().sequence == 1
    assert whole(path) == 1


_FILLING = """
import resource, sys
from datetime import date
from residency import Account, Guard, Router, load_policy
from residency.errors import ReceiptError
from residency.receipts import ReceiptWriter

acme = Account("acme", "Germany", setup_date=date(2021, 3, 1))
decision = Guard(Router(load_policy("xmedius"))).decide(acme, "xm-fax", to="zone:EU")
writer = ReceiptWriter(sys.argv[1])
writer.record(decision, acme, to="zone:EU")
writer.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
writer.record(decision, acme, to="zone:EU")
for call in (writer.flush, writer.close, writer.close):
    try:
        call()
    except ReceiptError as error:
        print(error.kind)
# Whoever measures coverage writes as the process ends.
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
"""


class _Slow(FileIO):
    """A file that takes few bytes at once."""

    def write(self, content: Any, /) -> int:
        return super().write(memoryview(content)[:100])


def test_a_disk_that_takes_a_part_is_given_the_rest(tmp_path: Path) -> None:
    """A write that takes a part of what it is given goes on with the rest."""
    path = tmp_path / "r.jsonl"
    with patch("residency.receipts.opening.FileIO", _Slow), ReceiptWriter(path) as writer:
        record(writer, 2)
        assert writer.flush().sequence == 2
    assert whole(path) == 2


def test_a_receipt_that_cannot_be_written_takes_no_other_with_it(tmp_path: Path) -> None:
    """What JSON cannot hold is refused where it is recorded, with its own error; all else lasts."""
    path = tmp_path / "r.jsonl"
    odd = evolve(decided(_HOME), obligations=("\ud800",))
    with ReceiptWriter(path) as writer:
        record(writer)
        with pytest.raises(InputError) as caught:
            writer.record(odd, german(), to=_HOME.to, context=_HOME.context)
        assert caught.value.kind == "INVALID_CHAR"
        record(writer)
        assert writer.flush().sequence == 2
    assert whole(path) == 2


def test_a_receipt_that_nobody_could_read_is_refused(tmp_path: Path) -> None:
    """A line that is longer than is read of one is refused where it is recorded; all else lasts."""
    path = tmp_path / "r.jsonl"
    consented = requests()["consent"]
    with (
        patch("residency.receipts.chain.LONGEST_RECEIPT", 1_000),
        ReceiptWriter(path, ledger=ledger_of(consented.events)) as writer,
    ):
        with pytest.raises(InputError) as caught:
            writer.record(decided(consented), german(), to="zone:US", context=consented.context)
        assert caught.value.kind == "TOO_LARGE"
        record(writer)
    assert whole(path) == 1


def test_what_changes_after_it_was_recorded_changes_nothing(tmp_path: Path) -> None:
    """A list of places that the caller goes on with is kept as it was when it was recorded."""
    path = tmp_path / "r.jsonl"
    begun, go_on = Event(), Event()

    def slow(_: int) -> None:
        begun.set()
        assert go_on.wait(30)

    with patch("os.fsync", side_effect=slow), ReceiptWriter(path) as writer:
        record(writer)
        assert begun.wait(30)
        to = ["country:FR"]
        writer.record(decided(_HOME._replace(to=to)), german(), to=to, context=_HOME.context)
        to.append("zone:US")
        go_on.set()
    assert [held["request"]["to"] for held in read(path)] == ["country:FR", ["country:FR"]]


def test_a_closed_writer_takes_nothing(tmp_path: Path) -> None:
    """After close, recording is an error, and closing again changes nothing."""
    writer = ReceiptWriter(tmp_path / "r.jsonl")
    record(writer)
    head = writer.close()
    assert writer.close() == head
    with pytest.raises(ReceiptError):
        record(writer)


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
        record(writer)
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
