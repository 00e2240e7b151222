"""The files of a run: what is opened, and what appears when."""

import os
import stat
import sys
from pathlib import Path

import pytest

from residency.cli.files import Format, Source, open_sink, open_source
from residency.errors import InputError
from tests.cli.running import run_here

GOOD = b'{"id": "acme", "setup_country": "DE"}\n'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("-", Format.JSONL),
        ("accounts", Format.JSONL),
        ("/dev/fd/63", Format.JSONL),
        ("accounts.jsonl", Format.JSONL),
        ("accounts.NDJSON", Format.JSONL),
        ("accounts.json", Format.JSONL),
        ("accounts.csv", Format.CSV),
        ("ACCOUNTS.CSV", Format.CSV),
    ],
)
def test_the_extension_tells_the_format(path: str, expected: Format) -> None:
    """CSV and JSON Lines are told by extension, in any case; without one it is JSON Lines."""
    assert Format.of(path) is expected


@pytest.mark.parametrize("path", ["accounts.xlsx", "accounts.tsv", "a.csv.gz", "a.\x1b[31m"])
def test_another_extension_tells_nothing(path: str) -> None:
    """An extension that is not known is a misuse, and the message asks for --format."""
    ran = run_here("place", "--input", path)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert "--format" in line
    assert "\x1b" not in line


def test_input_and_output_may_have_different_formats(tmp_path: Path) -> None:
    """Each file's extension tells its own format; --format is for both."""
    source, sink = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text("id,setup_country\nacme,DE\n", encoding="utf-8")
    assert run_here("place", "--input", str(source), "--output", str(sink)).code == 0
    assert sink.read_bytes().startswith(b'{"id": "acme", "territory": "DE"')
    both = run_here("place", "--format", "csv", "--input", str(source))
    assert both.out.startswith("id,territory,")


def test_an_output_replaces_what_was_there(tmp_path: Path) -> None:
    """A complete output replaces the file of that name, keeps its permissions, leaves no more."""
    sink = tmp_path / "out.jsonl"
    sink.write_text("old", encoding="utf-8")
    sink.chmod(0o600)
    assert run_here("place", "--output", str(sink), given=GOOD).code == 0
    assert sink.read_text(encoding="utf-8").count("\n") == 1
    assert stat.S_IMODE(sink.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [sink]


def test_a_new_output_has_the_usual_permissions(tmp_path: Path) -> None:
    """A new file has the permissions that any program here would give it."""
    ordinary, sink = tmp_path / "ordinary", tmp_path / "out.jsonl"
    ordinary.touch()
    run_here("place", "--output", str(sink), given=GOOD)
    assert sink.stat().st_mode == ordinary.stat().st_mode


def test_the_input_may_be_the_output(tmp_path: Path) -> None:
    """A file can be answered in its own place: it is read to its end before it is replaced."""
    path = tmp_path / "accounts.jsonl"
    path.write_bytes(GOOD * 3)
    assert run_here("place", "--input", str(path), "--output", str(path)).code == 0
    assert path.read_bytes().count(b'"zone": "EU"') == 3


def test_a_link_is_followed(tmp_path: Path) -> None:
    """An output that is a symbolic link stays one: what it points to is replaced."""
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    link.symlink_to(target)
    run_here("place", "--output", str(link), given=GOOD)
    assert link.is_symlink()
    assert target.read_bytes().count(b"\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows names pipes otherwise")
def test_a_pipe_is_written_to_directly(tmp_path: Path) -> None:
    """An output that is a pipe or a device is written to: nothing is put in its place."""
    # A pipe of our own, because a broken program would replace it.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run_here("place", "--output", str(pipe), given=GOOD).code == 0
        assert os.read(reader, 65_536).startswith(b'{"id": "acme", "territory": "DE"')
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_failed_run_leaves_no_output(tmp_path: Path) -> None:
    """When a run fails, the file that was there stays as it was, and no part of a new one."""
    sink = tmp_path / "out.csv"
    sink.write_text("old", encoding="utf-8")
    ran = run_here("place", "--format", "csv", "--output", str(sink), given="id\n")
    assert ran.code == 2
    assert sink.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [sink]


def test_an_output_that_cannot_be_made_is_a_misuse(tmp_path: Path) -> None:
    """A missing folder, or a folder in place of the file, exits with 2 and one line."""
    for path in (tmp_path / "missing" / "out.jsonl", tmp_path):
        ran = run_here("place", "--format", "jsonl", "--output", str(path), given=GOOD)
        assert (ran.code, ran.out) == (2, "")
        (line,) = ran.err.splitlines()
        assert "the output cannot be written" in line


@pytest.mark.parametrize("name", ["missing.jsonl", ".", "a\nb.jsonl"])
def test_an_input_that_cannot_be_opened_is_a_misuse(name: str, tmp_path: Path) -> None:
    """A missing file or a folder exits with 2, and the one-line message names it."""
    ran = run_here("place", "--format", "jsonl", "--input", str(tmp_path / name))
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert "cannot be read" in line


class _Failing:
    def read1(self, _size: int, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_an_input_that_fails_midway_is_a_misuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read error ends the run with 2 and no output; it is not taken for the input's end."""
    sink = tmp_path / "out.jsonl"
    monkeypatch.setattr("residency.cli.files.Source.read1", _Failing.read1)
    with open_source(os.devnull) as source:
        assert source.size is None
    ran = run_here("place", "--output", str(sink), given=GOOD)
    assert ran.code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_failing_stream_is_named() -> None:
    """A read error becomes a refusal that names the input."""
    with pytest.raises(InputError, match="`a file` cannot be read: input/output error"):
        Source("a file", _Failing(), None).read1(10)


def test_closed_standard_streams_are_a_misuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard input or output is closed, a message asks for a file."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="is closed"), open_source("-"):
        pass
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(InputError, match="give a file with --output"), open_sink("-"):
        pass


@pytest.mark.parametrize("option", ["--input", "--output"])
def test_a_path_that_cannot_exist_is_a_misuse(option: str) -> None:
    """A path with a NUL, which no file system can hold, is told in one line."""
    ran = run_here("place", option, "a\0b.csv")
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert "no such path can exist" in line
