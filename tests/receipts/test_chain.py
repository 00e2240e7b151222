"""The chain of receipts: one that is missing, altered or moved shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from residency.checks import LONGEST_RECEIPT
from residency.errors import InputError
from residency.receipts import GENESIS, Damage, link_of, read_chain
from residency.receipts.canonical import canonical
from residency.receipts.chain import require_linkable
from tests.receipts.samples import written

_LONGER = json.dumps({"n": 10**30}).encode() + b"\n"


@pytest.fixture
def lines(tmp_path: Path) -> list[bytes]:
    """Return a chain of five receipts."""
    path = tmp_path / "chain.jsonl"
    written(path, "home", "none", "consent", "withdrawn", "unknown")
    return path.read_bytes().splitlines(keepends=True)


def _damages(lines: list[bytes]) -> list[tuple[int, str]]:
    return [(link.line, link.damage) for link in read_chain(lines) if link.damage is not None]


def test_a_whole_chain_holds(lines: list[bytes]) -> None:
    """What was written holds: numbered from 1, each with the hash of the one before."""
    links = list(read_chain(lines))
    assert [link.sequence for link in links] == [1, 2, 3, 4, 5]
    assert _damages(lines) == []
    previous = GENESIS
    for line, link in zip(lines, links, strict=True):
        held = json.loads(line)
        assert held["previous"] == previous
        previous = held["hash"]
        assert link.hash == previous


def test_the_hash_is_of_the_canonical_text(lines: list[bytes]) -> None:
    """A line without its hash, keys in order and nothing between, has that SHA-256."""
    held = json.loads(lines[0])
    stated = {name: value for name, value in held.items() if name != "hash"}
    text = json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == held["hash"]


def test_the_text_is_that_of_the_standard() -> None:
    """RFC 8785: keys go by their UTF-16 code units, and numbers are written as JavaScript does.

    Python's own JSON, with sorted keys, gives another text.
    """
    value = {"\ufb33": 1e30, "\U0001f600": 4.50, "\u20ac": 2e-3, "\r": "\u000f\n", "1": None}
    text = '{"\\r":"\\u000f\\n","1":null,"\u20ac":0.002,"\U0001f600":4.5,"\ufb33":1e+30}'
    assert canonical(value) == text.encode()
    line, digest = link_of(value, 1, GENESIS)
    stated = {**value, "sequence": 1, "previous": GENESIS}
    assert digest == hashlib.sha256(canonical(stated)).hexdigest()
    assert line == canonical({**stated, "hash": digest}) + b"\n"


_ALTERED = (b"ATLANTIS", b"ATLANTAS")
_CUT = 40
_DAMAGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], list[tuple[int, str]]]] = {
    "the first gone": (lambda at: at[1:], [(1, "missing")]),
    "one gone": (lambda at: [*at[:2], *at[3:]], [(3, "missing")]),
    "one twice": (lambda at: [at[0], *at], [(2, "missing")]),
    "two swapped": (
        lambda at: [*at[:2], at[3], at[2], at[4]],
        [(3, "missing"), (4, "missing"), (5, "missing")],
    ),
    "altered": (lambda at: [*at[:4], at[4].replace(*_ALTERED)], [(5, "altered")]),
    "cut": (lambda at: [at[0], at[1][:_CUT] + b"\n", *at[2:]], [(2, "unreadable")]),
    "cut, and one gone": (
        lambda at: [at[0], at[1][:_CUT] + b"\n", *at[3:]],
        [(2, "unreadable"), (3, "missing")],
    ),
    "no line feed": (lambda at: [*at[:4], at[4].rstrip()], [(5, "unreadable")]),
    "a list": (lambda at: [at[0], b"[]\n", *at[2:]], [(2, "unreadable")]),
    "empty": (lambda at: [at[0], b"{}\n", *at[2:]], [(2, "unreadable")]),
    "noise": (lambda at: [at[0], b"\xff\n", *at[2:]], [(2, "unreadable")]),
    "a long number": (lambda at: [at[0], _LONGER, *at[2:]], [(2, "unreadable")]),
    "not canonical": (
        lambda at: [at[0], at[1].replace(b":", b": ", 1), *at[2:]],
        [(2, "unreadable")],
    ),
}


@pytest.mark.parametrize(("damage", "found"), _DAMAGES.values(), ids=_DAMAGES)
def test_damage_shows_where_it_is(
    lines: list[bytes],
    damage: Callable[[list[bytes]], list[bytes]],
    found: list[tuple[int, str]],
) -> None:
    """Whatever is taken away, altered, moved or cut is told with its line."""
    assert _damages(damage(lines)) == found


def test_an_alteration_with_a_new_hash_shows_on_the_next_line(lines: list[bytes]) -> None:
    """Who alters a receipt and makes its hash anew must make every later one anew too."""
    held = json.loads(lines[1])
    body = {name: value for name, value in held.items() if name not in {"hash", "sequence"}}
    previous = body.pop("previous")
    body["decision"] = {**body["decision"], "permitted": True}
    forged, _ = link_of(body, 2, previous)
    assert _damages([lines[0], forged, *lines[2:]]) == [(3, Damage.MISSING)]


def test_the_longest_line_is_the_longest_that_is_read() -> None:
    """A receipt is refused whose line could be longer than is read, wherever it has its place."""
    last = 2**53 - 1
    body = {"text": ""}
    room = LONGEST_RECEIPT - len(link_of(body, last, GENESIS)[0])
    longest = {"text": "x" * room}
    assert require_linkable(longest) is longest
    line, _ = link_of(longest, last, GENESIS)
    assert len(line) == LONGEST_RECEIPT
    assert [link.damage for link in read_chain([line])] == [Damage.MISSING]
    longer = {"text": "x" * (room + 1)}
    for call in (lambda: require_linkable(longer), lambda: link_of(longer, last, GENESIS)):
        with pytest.raises(InputError) as caught:
            call()
        assert (caught.value.kind, caught.value.value) == ("TOO_LARGE", longer)
        assert "16777217 bytes, more than 16777216" in caught.value.message


def test_what_is_no_json_is_refused() -> None:
    """A body that canonical JSON cannot hold is refused, with a typed error."""
    with pytest.raises(InputError) as caught:
        link_of({"half": "\ud800"}, 1, GENESIS)
    assert caught.value.kind == "INVALID_CHAR"
