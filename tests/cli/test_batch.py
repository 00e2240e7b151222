"""Batches as a whole: one answer for each record, whatever it is and however many there are."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.running import Refusal, run_here

_FIELDS = [
    "id", "setup_country", "order_entity", "setup_date", "solution", "to", "category", "source",
    "purpose", "at",
]  # fmt: skip
_TEXTS = st.text(st.characters(), max_size=6) | st.sampled_from(
    ["acme", "DE", "UK", "JP", "xm-fax", "zone:EU", "2021-03-01", "2021-03-01T00:00:00Z", "Congo"]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=2),
    max_leaves=4,
)
_RECORDS = st.dictionaries(st.sampled_from(_FIELDS), _VALUES)
_LINES = st.binary(max_size=30) | _RECORDS.map(lambda fields: json.dumps(fields).encode())
_COMMANDS = st.sampled_from(["place", "decide"])


def _blank(line: bytes) -> bool:
    return not line.strip()


@given(_COMMANDS, st.lists(_LINES.filter(lambda line: b"\n" not in line), max_size=6))
def test_every_line_has_its_answer(command: str, lines: list[bytes]) -> None:
    """Whatever bytes the lines are, each that is not blank has one answer, in a run of 0 or 1."""
    # A mark before the first line is no part of it; here it would only blur what is blank.
    lines = [line.replace(b"\xef\xbb\xbf", b"?") for line in lines]
    ran = run_here(command, given=b"\n".join(lines))
    assert len(ran.records) == sum(not _blank(line) for line in lines)
    well = all(
        answer["error"] is None and answer.get("permitted") is not False for answer in ran.records
    )
    assert ran.code == (0 if well else 1)
    assert all(line.startswith("residency: warning: ") for line in ran.err.splitlines())
    for answer in ran.records:
        if answer["error"] is not None:
            assert Refusal.of(answer).message.isprintable()
            others = {name: value for name, value in answer.items() if name not in {"id", "error"}}
            assert set(others.values()) == {None}


@given(_COMMANDS, st.lists(st.lists(_TEXTS, max_size=12), max_size=5))
def test_every_row_has_its_answer(command: str, rows: list[list[str]]) -> None:
    """Whatever texts the rows of a CSV file hold, each that is not blank has one answer."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(_FIELDS)
    # A line break inside a row of the wrong length would make two broken rows of it.
    plain = [[cell.replace("\n", " ").replace("\r", " ") for cell in row] for row in rows]
    writer.writerows(plain)
    data = buffer.getvalue().encode("utf-8", "replace")
    ran = run_here(command, "--format", "csv", given=data)
    answers = list(csv.reader(io.StringIO(ran.out, newline="")))[1:]
    blank = sum(not row or (len(row) == 1 and row[0].isspace()) for row in plain)
    assert len(answers) == len(rows) - blank
    assert ran.code in {0, 1}


@given(_COMMANDS, st.binary(max_size=200))
def test_any_bytes_end_in_an_exit_code(command: str, data: bytes) -> None:
    """No bytes whatever, read as CSV, end in anything but 0, 1 or a one-line message and 2."""
    ran = run_here(command, "--format", "csv", given=data)
    assert ran.code in {0, 1, 2}
    assert "Traceback" not in ran.err
    if ran.code == 2:
        assert ran.out == ""
        assert len(ran.err.splitlines()) == 1


def test_answers_stand_in_the_order_of_the_records() -> None:
    """Placed, refused and broken records are answered where they stand."""
    lines = [
        '{"id": "a", "setup_country": "DE"}',
        '{"id": "b", "setup_country": "Congo"}',
        "broken",
        '{"id": "d", "setup_country": "CA"}',
    ]
    ran = run_here("place", given="\n".join(lines))
    assert [(answer["id"], answer["zone"]) for answer in ran.records] == [
        ("a", "EU"),
        ("b", None),
        (None, None),
        ("d", "CA"),
    ]


def test_fields_that_are_not_known_are_named_once() -> None:
    """Unknown fields change no answer, and one warning on standard error names them safely."""
    sign_up = {"id": "acme", "setup_country": "DE"}
    lines = [sign_up, {**sign_up, "coun\n\x1btry": 1, "zip": 2}, {**sign_up, "zip": 3}]
    ran = run_here("place", given="\n".join(map(json.dumps, lines)))
    (warning,) = ran.err.splitlines()
    assert warning.endswith("were ignored: `coun\\n\\x1btry`, `zip`")
    assert ran.records[0] == ran.records[1] == ran.records[2]
    assert ran.code == 0


def test_of_many_unknown_fields_ten_are_named() -> None:
    """However many unknown fields there are, the warning stays short."""
    fields: dict[str, object] = {f"x{i:02}": i for i in range(30)}
    lines = [{"id": "acme", "setup_country": "DE", **fields}] * 2
    ran = run_here("place", given="\n".join(map(json.dumps, lines)))
    assert ran.err.rstrip().endswith("`x09` and others")
    assert "x10" not in ran.err


def test_unknown_columns_are_named() -> None:
    """In CSV too, columns that are not known are ignored with a warning."""
    given_ = "id,setup_country,setup date\nacme,DE,2021-03-01\n"
    ran = run_here("place", "--format", "csv", given=given_)
    assert "`setup date`" in ran.err
    assert ran.code == 0


_PEAK = """
import resource, sys
from residency.cli import main
main(["place", "--input", sys.argv[1], "--output", sys.argv[2]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.untraced
@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no peak memory this way")
def test_memory_is_flat(tmp_path: Path) -> None:
    """A file a hundred times as long takes no more memory, give or take a tenth."""
    line = '{"id": "account-%06d", "setup_country": "%s", "order_entity": "xmedius-europe"}\n'
    countries = ["Germany", " japan", "Congo", "826", "Tu\u0308rkiye", "Germny", "US-CA"]
    # Without coverage in the child: what it measures grows, and it would measure that.
    environment = {key: value for key, value in os.environ.items() if "COV" not in key}
    peaks: list[int] = []
    for records in (1_000, 100_000):
        source = tmp_path / f"{records}.jsonl"
        with source.open("w", encoding="utf-8") as file:
            file.writelines(line % (i, countries[i % len(countries)]) for i in range(records))
        command = [sys.executable, "-c", _PEAK, str(source), str(tmp_path / "out.jsonl")]
        peaks.append(
            int(subprocess.check_output(command, env=environment, stderr=subprocess.DEVNULL))
        )
        assert (tmp_path / "out.jsonl").read_bytes().count(b"\n") == records
    few, many = peaks
    assert many < few * 1.1
