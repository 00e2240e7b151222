"""Progress on standard error."""

import io
import sys

import pytest

from residency.cli import progress
from tests.cli.running import run_here

GOOD = b'{"id": "acme", "setup_country": "DE"}\n'


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Gone(io.StringIO):
    def write(self, _text: str, /) -> int:
        raise BrokenPipeError(32, "Broken pipe")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show progress from the start, as often as there is any."""
    for name in ("UNTIL_SHOWN", "BETWEEN_REDRAWS", "BETWEEN_LINES"):
        monkeypatch.setattr(progress, f"_SECONDS_{name}", 0)


def _shown_on(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, size: int | None) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.progress(size) as show:
        for done in (500, 1000):
            show(done)
    return stream.getvalue()


def test_a_short_batch_shows_none() -> None:
    """A batch of less than a second says nothing on either stream but its answers."""
    assert run_here("place", given=GOOD * 10).err == ""


@pytest.mark.usefixtures("at_once")
def test_a_terminal_shows_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal one line is redrawn, and is blank in the end."""
    shown = _shown_on(_Terminal(), monkeypatch, 1000)
    assert "\n" not in shown
    assert "50%" in shown
    assert shown.endswith("\r")


@pytest.mark.usefixtures("at_once")
def test_a_log_shows_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere each showing is a line of its own, with nothing to redraw it."""
    shown = _shown_on(io.StringIO(), monkeypatch, 1000)
    assert "\r" not in shown
    assert [line.partition("|")[0].strip() for line in shown.splitlines()] == ["0%", "50%", "100%"]


@pytest.mark.usefixtures("at_once")
def test_an_unknown_size_counts_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the input's size is not known, the records are counted."""
    shown = _shown_on(io.StringIO(), monkeypatch, None)
    assert "1.00k records" in shown
    assert "%" not in shown


@pytest.mark.usefixtures("at_once")
def test_a_batch_tells_its_progress_on_standard_error_alone() -> None:
    """The answers on standard output are the same, whatever progress shows."""
    ran = run_here("place", given=GOOD * 2)
    assert len(ran.records) == 2
    assert "2.00 records" in ran.err


@pytest.mark.usefixtures("at_once")
def test_a_log_that_nobody_reads_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """When standard error is a broken pipe, or closed, the batch goes on."""
    assert _shown_on(_Gone(), monkeypatch, 1000) == ""
    monkeypatch.setattr(sys, "stderr", None)
    with progress.progress(1000) as show:
        show(1000)
