"""JSON Lines: what is read, and what is a broken record."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.cli.jsonlines import read_json_lines, write_json
from residency.cli.lines import Line
from residency.cli.record import Broken
from tests.cli.running import Refusal, run_here

GOOD = b'{"id": "acme", "setup_country": "DE"}'

_TEXTS = st.text(st.characters(), max_size=8)  # lone surrogates included
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"not json", "not JSON at column 1"),
        (b'{"id": "acme"', "not JSON at column 14"),
        (b'{"id": "acme"} {}', "not JSON at column 16"),
        (b'["acme"]', "`list`, not an object"),
        (b'"acme"', "`str`, not an object"),
        (b"null", "`NoneType`, not an object"),
        (b'{"id": NaN}', "`NaN` is no JSON"),
        (b'{"id": -Infinity}', "`-Infinity` is no JSON"),
        (b'{"id": "a", "id": "b"}', "the key `id` is given twice"),
        (b'{"id": {"x\\u001b": 1, "y": 2, "x\\u001b": 3}}', "the key `x\\x1b` is given twice"),
        (b'{"id": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"id": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"id": "\xff"}', "not UTF-8"),
        (b'{"id": "\xed\xa0\x80"}', "not UTF-8"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b'{"id": "a\x00"}', "not JSON at column 10"),
        (b"\x00", "not JSON at column 1"),
        (b"\xef\xbb\xbf" + GOOD, "not JSON at column 1"),
        (b'{"id": "' + b"x" * 1_048_576 + b'"}', "longer than 1048576 bytes"),
    ],
)
def test_a_broken_line_costs_itself_alone(line: bytes, problem: str) -> None:
    """A line that is no JSON object is a MALFORMED record with its number; the next is read."""
    ran = run_here("place", given=b"\n".join([GOOD, line, GOOD]))
    before, answer, after = ran.records
    error = Refusal.of(answer)
    assert error.kind == "MALFORMED"
    assert error.message.startswith("line 2: ")
    assert problem in error.message
    assert error.message.isprintable()
    assert len(error.message) < 200
    assert error.suggestions == []
    assert answer["id"] is None
    assert before == after
    assert before["zone"] == "EU"
    assert (ran.code, ran.err) == (1, "")


@pytest.mark.parametrize("blank", [b"", b"  ", b"\t", b"\r", b"\x0c"])
def test_blank_lines_are_no_records(blank: bytes) -> None:
    """A line of nothing but white space is skipped, and counted as a line."""
    ran = run_here("place", given=b"\n".join([blank, GOOD, blank, b"{", blank, b""]))
    assert len(ran.records) == 2
    assert "line 4: " in ran.out


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_both_line_ends_are_read(end: bytes) -> None:
    """Lines may end as on Unix or as on Windows, the last one not at all."""
    ran = run_here("place", given=GOOD + end + GOOD)
    assert [answer["zone"] for answer in ran.records] == ["EU", "EU"]


def test_no_input_is_no_records() -> None:
    """An empty input has an empty output, and all is well."""
    assert run_here("place") == (0, "", "")


@given(st.dictionaries(_TEXTS, _VALUES, max_size=4))
def test_what_is_written_is_read_back(fields: dict[str, object]) -> None:
    """Any object is written as one printable line that every JSON reader reads back the same."""
    line = write_json(fields)
    assert line.isprintable()
    assert json.loads(line) == fields
    assert list(read_json_lines([Line(1, line.encode())])) == [fields]


@given(st.binary(max_size=40).filter(lambda raw: b"\n" not in raw and bool(raw.strip())))
def test_any_line_is_a_record_or_a_broken_one(raw: bytes) -> None:
    """No bytes whatever raise, and each line that is not blank has exactly one record."""
    (record,) = read_json_lines([Line(1, raw)])
    assert isinstance(record, (dict, Broken))
