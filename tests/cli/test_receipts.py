"""The file that `residency decide` writes its receipts to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from residency import Guard, Router, load_policy
from residency.cli.decide import answer_decide
from residency.errors import ReceiptError
from residency.receipts import ReceiptWriter
from tests.cli.running import Refusal, run_here

_LINE = (
    '{"id": "acme", "setup_country": "DE", "setup_date": "2021-03-01", "solution": "xm-fax", '
    '"to": "country:FR"}\n'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the receipts are."""
    return tmp_path / "receipts.jsonl"


def test_an_entity_that_json_cannot_hold_costs_no_receipt(path: Path) -> None:
    """One odd row of a batch, which the country decides, has its receipt like any other."""
    odd = json.dumps({**json.loads(_LINE), "order_entity": "\ud800"}) + "\n"
    ran = run_here("decide", "--receipts", str(path), given=_LINE + odd + _LINE)
    assert (ran.code, len(ran.records)) == (0, 3)
    assert run_here("replay", str(path)).out.startswith("3 receipts, 3 agree; ")


def test_a_decision_without_a_receipt_is_not_told(path: Path) -> None:
    """A row whose receipt would be too long is refused, and the other rows are answered."""
    long = json.dumps({**json.loads(_LINE), "to": ["country:FR"] * 100}) + "\n"
    with patch("residency.receipts.chain.LONGEST_RECEIPT", 1_500):
        ran = run_here("decide", "--receipts", str(path), given=_LINE + long + _LINE)
    assert (ran.code, ran.err) == (1, "")
    assert [answer["permitted"] for answer in ran.records] == [True, None, True]
    assert Refusal.of(ran.records[1]).kind == "TOO_LARGE"
    assert run_here("replay", str(path)).out.startswith("2 receipts, 2 agree; ")


def test_a_file_of_receipts_that_fails_ends_the_batch(path: Path) -> None:
    """What fails for every later row too is no refusal of one: it is raised, and ends the run."""
    writer = ReceiptWriter(path)
    writer.close()
    guard = Guard(Router(load_policy("xmedius")))
    with pytest.raises(ReceiptError):
        answer_decide(guard, json.loads(_LINE), writer)


def test_no_output_appears_without_its_receipts(path: Path, tmp_path: Path) -> None:
    """Where the last receipts cannot be written, there is no file of answers either."""
    sink = tmp_path / "answers.jsonl"
    with patch("residency.receipts.appender.link_of", side_effect=OSError):
        ran = run_here("decide", "--receipts", str(path), "--output", str(sink), given=_LINE)
    assert ran.code == 2
    assert "a receipt could not be written to" in ran.err
    assert not sink.exists()


@pytest.mark.parametrize("option", ["--input", "--output", "--pseudonym-key", "--locations"])
@pytest.mark.parametrize("linked", [os.link, os.symlink, None])
def test_receipts_have_a_file_of_their_own(
    option: str, linked: Callable[[Path, Path], None] | None, path: Path, tmp_path: Path
) -> None:
    """A file that is another option's too, by whatever name, is a misuse, and stays as it is."""
    path.write_bytes(b"the first line\nand a second without its end")
    other = tmp_path / "other.jsonl"
    if linked is None:
        other = tmp_path / "." / "folder" / ".." / path.name
        (tmp_path / "folder").mkdir()
    else:
        linked(path, other)
    ran = run_here("decide", "--receipts", str(path), option, str(other), given=_LINE)
    assert (ran.code, ran.out) == (2, "")
    assert f"--receipts and {option} are one file" in ran.err
    assert path.read_bytes() == b"the first line\nand a second without its end"


def test_receipts_that_are_not_there_yet_have_a_file_of_their_own(
    path: Path, tmp_path: Path
) -> None:
    """A file that the run would make twice is a misuse too, and is not made."""
    (tmp_path / "link.jsonl").symlink_to(path)
    for other in (path, tmp_path / "link.jsonl"):
        ran = run_here("decide", "--receipts", str(path), "--output", str(other), given=_LINE)
        assert (ran.code, ran.out) == (2, "")
        assert "--receipts and --output are one file" in ran.err
        assert not path.exists()


def test_receipts_have_another_file_than_the_ledger(path: Path) -> None:
    """Receipts are not written into the database of the ledger, nor where it would be."""
    for content in (None, b"a database"):
        if content is not None:
            path.write_bytes(content)
        ran = run_here("decide", "--receipts", str(path), "--ledger", f"sqlite:///{path}")
        assert ran.code == 2
        assert "--receipts and --ledger are one file" in ran.err
        assert (path.read_bytes() if path.exists() else None) == content


def test_receipts_go_to_no_stream(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` is no file to add receipts to, and no file of that name is made."""
    monkeypatch.chdir(path.parent)
    ran = run_here("decide", "--receipts", "-")
    assert ran.code == 2
    assert "--receipts is a file" in ran.err
    assert not Path("-").exists()


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_receipts_are_not_where_a_shell_leads_a_stream(stream: str, path: Path) -> None:
    """A file that standard input is read from, or standard output written to, is one of these."""
    path.touch()
    command = [sys.executable, "-m", "residency", "decide", "--receipts", str(path)]
    with path.open("r+b") as file:
        ran = subprocess.run(
            command,
            stdin=file if stream == "stdin" else subprocess.DEVNULL,
            stdout=file if stream == "stdout" else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert ran.returncode == 2
    assert "are one file" in ran.stderr
    assert path.read_bytes() == b""


def test_a_path_that_cannot_be_is_no_other_file() -> None:
    """Where no file can have the name of the receipts, that is what is told."""
    ran = run_here("decide", "--receipts", "nul\0", "--output", "answers.jsonl", given=_LINE)
    assert ran.code == 2
    assert "the receipts cannot be opened" in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="only POSIX systems bound the size of files")
def test_a_full_disk_is_told_of_the_receipts(path: Path) -> None:
    """Where the receipts do not fit, the message is about them and not about the output."""
    program = 'ulimit -f 1; exec "$0" -m residency decide --receipts "$1"'
    ran = subprocess.run(
        ["/bin/sh", "-c", program, sys.executable, str(path)],
        input=_LINE * 10,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 2
    assert "a receipt could not be written to" in ran.stderr
    assert "the output" not in ran.stderr
