"""Opening a file of receipts: whose it is, where its chain ends, and what a crash left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from residency.errors import ReceiptError
from residency.receipts import Pseudonyms, ReceiptWriter
from residency.receipts.opening import open_receipts
from tests.receipts.samples import KEY, decided, record, requests, whole, written
from tests.samples import german

_HOME = requests()["home"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the receipts are."""
    return tmp_path / "r.jsonl"


def test_a_chain_is_taken_up_again(path: Path) -> None:
    """A writer that is opened on a file continues its chain, whatever the length of its lines."""
    with ReceiptWriter(path) as writer:
        to = ("x" * 256,) * 1_000
        denied = decided(_HOME._replace(to=to))
        writer.record(denied, german(), to=to, context=_HOME.context)
    assert path.stat().st_size > 65_536
    with ReceiptWriter(path) as writer:
        record(writer)
        assert writer.close().sequence == 2
    assert whole(path) == 2


def test_what_a_crash_cut_off_is_removed(path: Path) -> None:
    """A last line without its end was never promised to anyone; the chain goes on before it."""
    written(path, "home", "none")
    before = path.read_bytes()
    path.write_bytes(before + before[:100])
    with ReceiptWriter(path) as writer:
        record(writer)
    assert path.read_bytes().startswith(before)
    assert whole(path) == 3


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("fraction", [0, 7])
def test_wherever_a_crash_cut_the_first_off(fraction: int, path: Path, *, masked: bool) -> None:
    """However much of the first receipt of a file was written, the chain starts anew without it."""
    at = _HOME.context.at
    assert at is not None
    pseudonyms = Pseudonyms(KEY) if masked else None
    with ReceiptWriter(path, pseudonyms=pseudonyms) as writer:
        writer.record(decided(_HOME), german(), to=_HOME.to, at=at.replace(microsecond=fraction))
    [line] = path.read_bytes().splitlines()
    for length in (*range(80), *range(80, len(line), 40), len(line) - 1):
        path.write_bytes(line[:length])
        file, head = open_receipts(path)
        file.close()
        assert (head.sequence, path.read_bytes()) == (0, b"")


@pytest.mark.parametrize("before", [(), ("home", "none")])
def test_a_receipt_that_lacks_only_its_line_feed_is_kept(
    before: tuple[str, ...], path: Path
) -> None:
    """A last receipt that is whole gets its line feed, and the chain goes on behind it."""
    written(path, *before, "consent")
    content = path.read_bytes()
    path.write_bytes(content.removesuffix(b"\n"))
    with ReceiptWriter(path) as writer:
        assert writer.flush().sequence == len(before) + 1
        assert path.read_bytes() == content
        record(writer)
    assert whole(path) == len(before) + 2


_OTHERS = {
    "a line": b"no receipt\n",
    "an object": b"{}\n",
    "a line feed": b"\n",
    "no line feed": b"no receipt",
    "a last line without one": b"first\nsecond",
    "a key": bytes(range(11, 43)),
    "a request": b'{"at":"2023-05-01T12:00:00+00:00","id":"acme","to":"zone:EU"}',
    "a request of another form": b'{"at": "2023-05-01T12:00:00Z", "id": "acme"}',
    "nothing but noughts": bytes(100),
}


@pytest.mark.parametrize("content", _OTHERS.values(), ids=_OTHERS)
def test_another_file_is_left_alone(content: bytes, path: Path) -> None:
    """A file that is none of receipts is refused, and stays as it is."""
    path.write_bytes(content)
    _refused(path)


_TAILS = {
    "notes": b"my notes, no line feed",
    "an object": b'{"a":1}',
    "nothing but noughts": bytes(100),
    "a receipt twice": None,
}


@pytest.mark.parametrize("tail", _TAILS.values(), ids=_TAILS)
def test_what_follows_receipts_is_left_alone(tail: bytes | None, path: Path) -> None:
    """What was added to receipts, and is not the next one begun, is refused and stays as it is."""
    written(path, "home")
    content = path.read_bytes()
    path.write_bytes(content + (content.removesuffix(b"\n") if tail is None else tail))
    _refused(path)


@pytest.mark.parametrize("more", [b"\r", b" ", b"# a note", b'{"at":'])
def test_a_whole_receipt_is_not_taken_for_one_cut_off(more: bytes, path: Path) -> None:
    """A last receipt behind which anything stands but its line feed is refused, and stays."""
    written(path, "home", "none")
    path.write_bytes(path.read_bytes().removesuffix(b"\n") + more)
    _refused(path)


def test_a_whole_receipt_that_was_altered_is_left_alone(path: Path) -> None:
    """A last receipt whose hash does not fit is neither completed nor taken for one cut off."""
    written(path, "home", "none")
    content = path.read_bytes().removesuffix(b"\n")
    first, second = content.split(b"\n")
    path.write_bytes(first + b"\n" + second.replace(b'"permitted":false', b'"permitted":true'))
    _refused(path)


def _refused(path: Path) -> None:
    """Demand that a file is refused, and stays as it is."""
    content = path.read_bytes()
    with pytest.raises(ReceiptError) as caught:
        ReceiptWriter(path)
    assert caught.value.kind == "UNREADABLE"
    assert "does not end in a receipt" in caught.value.message
    assert path.read_bytes() == content


def test_what_is_too_long_for_a_receipt_is_not_read(path: Path) -> None:
    """A last line that is longer than a receipt may be is none, and is not read to find out."""
    written(path, "home")
    before = path.read_bytes()
    with patch("residency.receipts.opening.LONGEST_RECEIPT", len(before)):
        ReceiptWriter(path).close()
    shorter = patch("residency.receipts.opening.LONGEST_RECEIPT", len(before) - 1)
    with shorter:
        _refused(path)
    path.write_bytes(before + before[:-1] + b" ")
    with patch("residency.receipts.opening.LONGEST_RECEIPT", len(before)):
        _refused(path)


def test_two_writers_are_refused(path: Path) -> None:
    """While one writer has a file, another is refused, in this process or any other."""
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows names pipes otherwise")
def test_a_pipe_has_no_end_to_go_on_from(path: Path) -> None:
    """What is no file, such as a pipe, is refused with a typed error too."""
    os.mkfifo(path)
    with pytest.raises(ReceiptError) as caught:
        ReceiptWriter(path)
    assert caught.value.kind == "UNAVAILABLE"
