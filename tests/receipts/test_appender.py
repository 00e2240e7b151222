"""Who owns the file and its thread: interrupts, races with closing, and forked processes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Condition, Event, Thread, Timer, current_thread, main_thread
from unittest.mock import patch

import pytest

from residency.errors import ReceiptError
from residency.receipts import ReceiptHead, ReceiptWriter
from tests.receipts.samples import decided, record, requests, whole
from tests.samples import NOON, german

_HOME = requests()["home"]
_APPENDER = "residency.receipts.appender"

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX systems fork")
forks = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the receipts are."""
    return tmp_path / "r.jsonl"


class _Disk:
    """A disk that takes one receipt at a time, and waits with the first until it is told."""

    def __init__(self) -> None:
        self.begun, self.go_on = Event(), Event()

    def sync(self, _: int) -> None:
        self.begun.set()
        assert self.go_on.wait(30)


@pytest.fixture
def disk() -> Iterator[_Disk]:
    """Put the files of the test on a disk that waits."""
    disk = _Disk()
    with patch("os.fsync", disk.sync), patch(f"{_APPENDER}._MOST_AT_ONCE", 1):
        yield disk
        disk.go_on.set()


def _start(call: Callable[[], object]) -> Thread:
    """Call something in a thread, which does not keep a test that fails from ending."""
    thread = Thread(target=call, daemon=True)
    thread.start()
    return thread


def _interrupt(call: Callable[[], object]) -> None:
    """Call something that waits, and interrupt it as it does."""
    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    waker = Timer(0.2, signal.pthread_kill, (main_thread().ident, signal.SIGUSR1))
    try:
        waker.start()
        with pytest.raises(KeyboardInterrupt):
            call()
    finally:
        waker.cancel()
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(sys.platform == "win32", reason="there no signal ends a wait")
def test_an_interrupt_of_close_loses_nothing(disk: _Disk, path: Path) -> None:
    """Who is interrupted in closing can close again: when it returns all is written."""
    writer = ReceiptWriter(path)
    record(writer, 3)
    assert disk.begun.wait(30)
    _interrupt(writer.close)
    _interrupt(writer.close)
    with pytest.raises(ReceiptError):
        record(writer)
    Timer(0.1, disk.go_on.set).start()
    assert writer.close().sequence == 3
    assert whole(path) == 3


def test_a_receipt_that_closing_overtook_is_refused(path: Path) -> None:
    """A receipt that is still being made as the writer is closed is refused, and not forgotten."""
    begun, go_on = Event(), Event()
    said: list[str] = []

    def slow() -> datetime:
        begun.set()
        assert go_on.wait(30)
        return NOON

    def late() -> None:
        with pytest.raises(ReceiptError) as caught:
            writer.record(decided(_HOME), german(), to=_HOME.to)
        said.append(caught.value.message)

    writer = ReceiptWriter(path, clock=slow)
    thread = _start(late)
    assert begun.wait(30)
    assert writer.close().sequence == 0
    go_on.set()
    thread.join(30)
    assert ["are closed here" in message for message in said] == [True]


def test_a_receipt_that_a_handler_of_signals_closes_upon_is_refused(path: Path) -> None:
    """Where the same thread closes in the midst of recording, it is told that nothing was taken."""
    writer = ReceiptWriter(path)
    record(writer)
    writer.flush()
    told = Condition.notify_all

    def closing(changed: Condition) -> None:
        told(changed)
        if current_thread() is main_thread():
            patched.stop()
            writer.close()

    patched = patch(f"{_APPENDER}.Condition.notify_all", closing)
    patched.start()
    with pytest.raises(ReceiptError, match="are closed here"):
        record(writer)
    assert writer.close().sequence == whole(path) == 1


def test_where_no_thread_can_be_started_the_file_is_free(path: Path) -> None:
    """A writer that cannot have its thread is the typed error, and holds nothing."""
    refused = patch(f"{_APPENDER}.Thread.start", side_effect=RuntimeError("can't start new thread"))
    with refused, pytest.raises(ReceiptError, match="no thread") as caught:
        ReceiptWriter(path)
    assert caught.value.kind == "UNAVAILABLE"
    ReceiptWriter(path).close()


def test_who_waits_for_a_place_as_it_is_closed_is_told(disk: _Disk, path: Path) -> None:
    """With a full queue, closing ends each wait: a receipt is in the file, or it was refused."""
    outcomes: list[str] = []

    def late() -> None:
        try:
            record(writer)
        except ReceiptError:
            outcomes.append("refused")
        else:
            outcomes.append("recorded")

    with patch(f"{_APPENDER}._MOST_WAITING", 2):
        writer = ReceiptWriter(path)
        threads = [_start(late) for _ in range(8)]
        assert disk.begun.wait(30)
        threads.append(_start(writer.close))
        Timer(0.1, disk.go_on.set).start()
        for thread in threads:
            thread.join(10)
    assert [thread.is_alive() for thread in threads] == [False] * 9
    assert len(outcomes) == 8
    assert "refused" in outcomes
    assert writer.close().sequence == whole(path) == outcomes.count("recorded")


def test_who_flushes_as_it_is_closed_has_all_that_was_recorded(disk: _Disk, path: Path) -> None:
    """A flush that waits while the writer is closed returns, with the end of the chain."""
    heads: list[ReceiptHead] = []
    writer = ReceiptWriter(path)
    record(writer, 3)
    assert disk.begun.wait(30)
    flushing = _start(lambda: heads.append(writer.flush()))
    flushing.join(0.2)
    Timer(0.1, disk.go_on.set).start()
    heads.append(writer.close())
    flushing.join(10)
    assert [head.sequence for head in heads] == [3, 3]


def _exit_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@needs_fork
@forks
def test_a_forked_process_takes_nothing_and_does_not_hang(disk: _Disk, path: Path) -> None:
    """A child is refused and can close, though another thread closed as it was forked."""
    writer = ReceiptWriter(path)
    record(writer, 2)
    assert disk.begun.wait(30)
    closing = _start(writer.close)
    closing.join(0.2)
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        calls: list[Callable[[], object]] = [writer.flush, lambda: record(writer)]
        for call in calls:
            try:
                call()
            except ReceiptError:
                continue
            os._exit(1)
        writer.close()
        os._exit(0)
    assert _exit_of(child) == 0
    disk.go_on.set()
    closing.join(10)
    assert whole(path) == 2


@needs_fork
@forks
def test_a_forked_process_does_not_keep_the_file(path: Path) -> None:
    """Once its writer is closed a file can be opened again, though a forked process lives on."""
    ended, end = os.pipe()
    writer = ReceiptWriter(path)
    child = os.fork()
    if child == 0:
        os.close(end)
        os.read(ended, 1)
        os._exit(0)
    try:
        record(writer)
        writer.close()
        with ReceiptWriter(path) as again:
            record(again)
    finally:
        os.close(end)
        os.close(ended)
        assert _exit_of(child) == 0
    assert whole(path) == 2


@needs_fork
@forks
def test_the_child_of_a_process_that_was_killed_does_not_keep_the_file(path: Path) -> None:
    """A file whose writer was killed can be opened again, though what it forked lives on."""
    ended, end = os.pipe()
    ready, told = os.pipe()
    parent = os.fork()
    if parent == 0:
        os.close(end)
        writer = ReceiptWriter(path)
        record(writer)
        writer.flush()
        if os.fork() == 0:
            os.write(told, b"!")
            os.read(ended, 1)
            os._exit(0)
        signal.pause()
    try:
        os.read(ready, 1)
        os.kill(parent, signal.SIGKILL)
        assert _exit_of(parent) == -signal.SIGKILL
        with ReceiptWriter(path) as again:
            record(again)
    finally:
        for descriptor in (ended, end, ready, told):
            os.close(descriptor)
    assert whole(path) == 2


@needs_fork
@forks
def test_a_forked_process_does_not_let_the_file_go(path: Path) -> None:
    """A forked process may close the writer: its parent holds the file as before."""
    with ReceiptWriter(path) as writer:
        child = os.fork()
        if child == 0:
            writer.close()
            os._exit(0)
        assert _exit_of(child) == 0
        with pytest.raises(ReceiptError) as caught:
            ReceiptWriter(path)
        assert "another writer holds" in caught.value.message
        record(writer)
    assert whole(path) == 1
