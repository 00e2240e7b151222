"""CSV: what is read, and what is a broken record."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.cli.csvfile import write_csv
from tests.cli.running import Ran, run_here

HEADER = "id,setup_country,order_entity,solution,setup_date"
GOOD = "acme,DE,,xm-fax,2021-03-01"


def _place(*lines: str | bytes, header: str = HEADER) -> Ran:
    raw = [line.encode() if isinstance(line, str) else line for line in (header, *lines)]
    return run_here("place", "--format", "csv", given=b"\n".join(raw))


def _rows(ran: Ran) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ran.out, newline="")))


@pytest.mark.parametrize(
    ("line", "problem", "id_"),
    [
        ("acme,DE", "2 cells where the header has 5", "acme"),
        (",,,,,", "6 cells where the header has 5", ""),
        ('acme,"DE', "not a CSV row", ""),
        ('acme,"DE"x,,,', "not a CSV row", ""),
        ("acme\rx,DE,,,", "not a CSV row", ""),
        (b"acme,D\xff,,,", "not UTF-8", ""),
        ("acme," + "D" * 131_073 + ",,,", "not a CSV row", ""),
        ("acme," + "D" * 1_048_576, "longer than 1048576 bytes", ""),
    ],
)
def test_a_broken_line_costs_itself_alone(line: str | bytes, problem: str, id_: str) -> None:
    """A row that cannot be read is MALFORMED with its number, and its id if that much is there."""
    ran = _place(GOOD, line, GOOD, GOOD)
    before, answer, *after = _rows(ran)
    assert answer["error_kind"] == "MALFORMED"
    assert answer["error_message"].startswith("line 3: ")
    assert problem in answer["error_message"]
    assert answer["error_message"].isprintable()
    assert answer["id"] == id_
    assert after == [before, before]
    assert before["zone"] == "EU"
    assert ran.code == 1


def test_the_id_may_stand_in_any_column() -> None:
    """Columns may come in any order; a short row that ends before the id has none."""
    ran = _place("DE,acme", "DE", header="setup_country,id")
    placed, short = _rows(ran)
    assert (placed["id"], placed["zone"]) == ("acme", "EU")
    assert (short["id"], short["error_kind"]) == ("", "MALFORMED")


def test_an_open_quote_swallows_no_record() -> None:
    """A quote that is never closed, or closed by a later row's, costs its own line alone."""
    never = _place(*[f'open-{i},"DE' if i == 2 else GOOD for i in range(300)])
    later = _place('open,"DE,,,', GOOD, GOOD, 'late,"DE",,,', GOOD)
    assert [row["error_kind"] for row in _rows(never)].count("MALFORMED") == 1
    assert len(_rows(never)) == 300
    assert [row["id"] for row in _rows(later)] == ["", "acme", "acme", "late", "acme"]


def test_a_cell_may_hold_line_breaks() -> None:
    """Quoted line breaks are read as one row, which is counted by its first line."""
    ran = _place('acme,DE,"XMedius\nEurope SAS",,', "short")
    acme, short = _rows(ran)
    assert acme["zone"] == "EU"
    assert short["error_message"].startswith("line 4: ")


def test_a_row_of_too_many_lines_is_broken() -> None:
    """A row runs over a hundred lines at most; beyond, each line is taken for itself."""
    longest = _place('acme,DE,"' + "\n" * 99 + '",,')
    longer = _place('acme,DE,"' + "\n" * 100 + '",,')
    assert [row["zone"] for row in _rows(longest)] == ["EU"]
    first, *_, last = _rows(longer)
    assert first["error_message"].startswith("line 2: a row of more than 100 lines")
    assert last["error_message"].startswith("line 102: ")


def test_blank_lines_are_no_records() -> None:
    """Lines of nothing but white space are skipped, before the header and after it."""
    ran = run_here("place", "--format", "csv", given=f"\n \n{HEADER}\r\n\r\n\t\n{GOOD}\r\n\n")
    assert [row["zone"] for row in _rows(ran)] == ["EU"]


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    """A file that begins with a byte order mark, as spreadsheets write it, is read."""
    ran = run_here("place", "--format", "csv", given=b"\xef\xbb\xbf" + f"{HEADER}\n{GOOD}".encode())
    assert [row["id"] for row in _rows(ran)] == ["acme"]


def test_blanks_around_column_names_do_not_count() -> None:
    """A header written with blanks after its commas is read."""
    ran = _place("acme,DE", header="id, setup_country")
    assert [row["zone"] for row in _rows(ran)] == ["EU"]


def test_namibia_is_a_country() -> None:
    """NA is Namibia, and no missing value."""
    ran = _place("acme,NA,xmedius-europe,,")
    assert [row["territory"] for row in _rows(ran)] == ["NA"]


@pytest.mark.parametrize(
    ("given_", "problem"),
    [
        ("", "there is no header"),
        ("\n\n", "there is no header"),
        ("id,country\n", "line 1: the header lacks setup_country"),
        ("id;setup_country\n", "line 1: the header lacks id, setup_country"),
        ("\nid,setup_country,id\n", "line 2: the header has id twice"),
        ('id,"setup_country\n', "line 1: not a CSV row"),
        ("id,\x00", "line 1: the header lacks setup_country"),
    ],
)
def test_a_header_that_does_not_do_is_a_misuse(given_: str, problem: str) -> None:
    """Without the required columns nothing is written, and the exit code is 2."""
    ran = run_here("place", "--format", "csv", given=given_)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert problem in line


_CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(st.lists(_CELLS, min_size=2, max_size=4))
def test_what_is_written_is_read_back(cells: list[str]) -> None:
    """A row is one that any CSV reader reads back the same, whatever stands in it."""
    row = write_csv(cells)
    assert list(csv.reader(io.StringIO(row, newline=""))) == [cells]
    assert row.endswith("\n")
    assert not row.endswith("\r\n")


_JUNK = st.text(st.sampled_from('"ab\r\t \x00é'), max_size=6)


@given(st.lists(st.none() | _JUNK, max_size=12))
def test_no_junk_loses_a_record(lines: list[str | None]) -> None:
    """Between any lines of junk, unclosed quotes among them, each good row has its answer."""
    good = [f"good-{i},DE,,," for i in range(len(lines))]
    ran = _place(*[good[i] if line is None else line for i, line in enumerate(lines)])
    found = [row["id"] for row in _rows(ran) if row["zone"] == "EU"]
    assert found == [f"good-{i}" for i, line in enumerate(lines) if line is None]
