"""The program in a process of its own: pipes, signals, terminals."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.running import run_apart

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="pipes, signals and terminals differ"
)

PROGRAM = [sys.executable, "-m", "residency"]
GOOD = b'{"id": "acme", "setup_country": "DE"}\n'
_MANY = 50_000
_PATIENCE = 60.0


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        # A suite that runs in the background ignores interrupts, and its children would too.
        preexec_fn=_heed_interrupts,  # noqa: PLW1509 - it calls nothing that takes a lock
    )


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait_for_part(folder: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while not any(path.stat().st_size for path in folder.glob(".residency-*.partial")):
        assert time.monotonic() < until, "no output was begun"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("given", "code"), [(GOOD, 0), (b'{"id": "acme", "setup_country": "Congo"}\n', 1), (b"[]\n", 1)]
)
def test_the_exit_code_tells_whether_all_is_well(given: bytes, code: int) -> None:
    """0 where each record is placed, 1 where one is refused or broken."""
    ran = run_apart("place", given=GOOD + given)
    assert (ran.code, ran.err) == (code, "")
    assert len(ran.records) == 2


def test_answers_are_passed_on_before_waiting_for_more() -> None:
    """On a stream each answer comes when its record is there, not when the stream ends."""
    with _start("place") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(
                json.dumps({"id": str(number), "setup_country": "DE"}).encode() + b"\n"
            )
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == str(number)
        process.stdin.close()
        assert process.wait() == 0


def test_a_reader_that_goes_away_ends_the_run_quietly(tmp_path: Path) -> None:
    """When nobody reads the output any more, the run ends at once and says nothing."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(GOOD * _MANY)
    with _start("place", "--input", str(source)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"id": "acme"')
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_an_interrupt_leaves_no_traceback_and_no_output(tmp_path: Path) -> None:
    """Ctrl-C exits with 130 and one line; the output's old content stays, and nothing else."""
    sink = tmp_path / "out.jsonl"
    sink.write_text("old", encoding="utf-8")
    with _start("place", "--output", str(sink)) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(GOOD)
        process.stdin.flush()
        _wait_for_part(tmp_path)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b"residency: interrupted\n"
        assert process.wait() == 130
    assert sink.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [sink]


@pytest.mark.parametrize("old", [None, "old"])
def test_a_killed_run_leaves_no_half_output(tmp_path: Path, old: str | None) -> None:
    """A run that is killed has not touched its output: it is missing, or what it was before."""
    sink = tmp_path / "out.jsonl"
    if old is not None:
        sink.write_text(old, encoding="utf-8")
    with _start("place", "--output", str(sink)) as process:
        assert process.stdin is not None
        process.stdin.write(GOOD)
        process.stdin.flush()
        _wait_for_part(tmp_path)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert (sink.read_text(encoding="utf-8") if sink.exists() else None) == old


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize("command", [("table",), ("explain", "DE"), ("--help",)])
def test_a_full_disk_is_told_in_one_line(command: tuple[str, ...]) -> None:
    """An output that cannot take the answers exits with 2 and one line, not two."""
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run([*PROGRAM, *command], stdout=full, stderr=subprocess.PIPE, check=False)
    assert ran.returncode == 2
    (line,) = ran.stderr.decode().splitlines()
    assert "the output cannot be written" in line


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_closed_streams_end_without_a_traceback(closed: int) -> None:
    """With a standard stream closed, the run goes on without it or says that it cannot."""
    command = f'"$@" {closed}{"<" if closed == 0 else ">"}&-'
    ran = subprocess.run(
        ["/bin/sh", "-c", command, "sh", *PROGRAM, "place"],
        input=GOOD,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == (0 if closed == 2 else 2)
    assert b"Traceback" not in ran.stderr
    assert b"Exception" not in ran.stderr


def test_a_terminal_that_cannot_show_a_character_shows_its_escape() -> None:
    """An output encoding without a character that was typed is no reason to fail."""
    ran = run_apart("explain", "Привет", environment={"PYTHONIOENCODING": "latin-1"})
    assert ran.code == 1
    assert "\\u041f\\u0440" in ran.out
    assert ran.err == ""


def _on_a_terminal(*arguments: str, **environment: str) -> bytes:
    import pty

    ours, theirs = pty.openpty()
    names = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**names, **environment},
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        process.wait()
    os.close(ours)
    return shown


@pytest.mark.parametrize("arguments", [("explain", "Congo"), ("explain",)])
def test_colour_is_for_terminals(arguments: tuple[str, ...]) -> None:
    """There is colour on a terminal, none with NO_COLOR, and none where there is no terminal."""
    assert b"\x1b[31m" in _on_a_terminal(*arguments)
    assert b"\x1b" not in _on_a_terminal(*arguments, NO_COLOR="1")
    ran = run_apart(*arguments)
    assert "\x1b" not in ran.out + ran.err
