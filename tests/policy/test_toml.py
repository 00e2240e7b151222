"""What is not TOML, or is built to cost time, is refused as MALFORMED and says where."""

import time

import pytest

from residency.errors import ErrorKind, PolicyError
from residency.policy import read_policy
from residency.policy.toml import parse
from tests.policy.documents import FOUR_ZONES, refusal
from tests.refusals import refused

_DATA = FOUR_ZONES.read_bytes()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"schema = 1\n\n[policy\n", "line 3, column 8: not TOML: "),
        (b'title = "', "end of document: not TOML: "),
        (b"a = 1\na = 2\n", "line 2, column 6: not TOML: `Cannot overwrite a value`"),
        (b"a = 1\nb = '\x00'\n", "line 2"),
        (b"a = 1\nb = 2021-02-30\n", "line 2"),
        (b"a = 1\n# \xff\n", "line 2: not UTF-8"),
        (b"\n\xff\n\n\n", "line 2: not UTF-8"),
        (b"\xef\xbb\xbf\n\xff", "line 2: not UTF-8"),
        (b'["a (at b"]\n["a (at b"]\n', "line 2, column 11: not TOML: `Cannot declare ('a (at b'"),
        ("schema = 1".encode("utf-16"), "line 1: not UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a = " + b"{a=" * 100_000, "nested too deeply"),
        (b"a = " + b"9" * 100_000, "out of range"),
        (b"a." * 100_000 + b"a = 1", "line 1: more than 64 dots"),
        (b"\n[" + b"a." * 65 + b"a]", "line 2: more than 64 dots"),
    ],
)
def test_what_is_not_toml(data: bytes, says: str) -> None:
    """The refusal is MALFORMED, names the line where there is one, and comes at once."""
    began = time.process_time()
    error = refusal(data)
    assert time.process_time() - began < 1, "seconds"
    assert error.kind == ErrorKind.MALFORMED
    assert error.key_path == ""
    assert says in error.message


def test_the_costliest_document_is_refused_in_seconds() -> None:
    """Thirty thousand keys under the longest header that may stand takes seconds, not hours."""
    keys = b"".join(b"k%d=1\n" % number for number in range(30_000))
    began = time.process_time()
    refusal(b"[" + b"a." * 64 + b"a]\n" + keys)
    assert time.process_time() - began < 20, "seconds"


@pytest.mark.parametrize("section", [b"zones", b"rules", b"entities", b"providers"])
def test_too_many_entries(section: bytes) -> None:
    """An array of more than a thousand entries is refused."""
    error = refusal(_DATA + (b"[[%s]]\n" % section) * 1_001)
    assert error.key_path == section.decode()
    assert "use at most 1000" in error.message


def test_a_thousand_entries() -> None:
    """A table of a thousand entries is read, one of a thousand and one is refused."""
    events = b"".join(b'event-%d = "x"\n' % number for number in range(998))
    read_policy(_DATA.replace(b"[events]\n", b"[events]\n" + events))
    error = refusal(_DATA.replace(b"[events]\n", b'[events]\nlast = "x"\n' + events))
    assert error.key_path == "events"
    assert "1001 entries: use at most 1000" in error.message


def test_as_many_dots_as_may_stand_on_a_line() -> None:
    """A line of sixty-four dots is read."""
    assert read_policy(_DATA + b"# " + b"." * 64).reference.id == "halcyon"


def test_the_top_has_no_path() -> None:
    """What is wrong with the table at the top is wrong with the document, under no key."""
    error = refused(parse(b"a = 1").items)
    assert isinstance(error, PolicyError)
    assert (error.key_path, str(error)) == ("", "the document: a table: write an array")


def test_a_byte_order_mark_is_no_mistake() -> None:
    """UTF-8 may begin with a byte order mark, as some editors write it."""
    assert read_policy(b"\xef\xbb\xbf" + _DATA).reference.id == "halcyon"


def test_a_long_unknown_key_is_quoted_in_part() -> None:
    """A message stays short whatever a key is called."""
    error = refusal(b"%s = 1\n" % (b"k" * 100_000) + _DATA)
    assert len(error.message) < 1_000
