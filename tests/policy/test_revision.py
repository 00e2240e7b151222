"""The revision names the document and the geography that a decision was made with."""

from datetime import date
from hashlib import sha256

import pytest

from residency.geography import (
    GEOGRAPHY_REVISION,
    LOCATIONS,
    MEMBERSHIPS,
    Interval,
    Memberships,
    Territory,
)
from residency.policy import PolicyReference, read_policy
from tests.policy.documents import BUNDLED

_DATA = BUNDLED.read_bytes()


def _revision(data: bytes, memberships: Memberships = MEMBERSHIPS) -> str:
    return read_policy(data, memberships=memberships).reference.revision


def _other_memberships(basis: str) -> Memberships:
    unions = {union: dict(members) for union, members in MEMBERSHIPS.unions.items()}
    unions["EU"][Territory("AL")] = (Interval(date(2035, 1, 1), None, basis),)
    return Memberships(unions)


def test_it_is_stable() -> None:
    """Reading the same document again gives the same revision, and equal memberships do too."""
    again = Memberships(MEMBERSHIPS.unions)
    assert _revision(_DATA) == _revision(bytes(bytearray(_DATA))) == _revision(_DATA, again)


def test_it_changes_with_a_byte_of_the_document() -> None:
    """Another byte, even in a comment, is another revision."""
    assert len({_revision(_DATA), _revision(_DATA + b"\n"), _revision(_DATA + b"#")}) == 3


def test_it_changes_with_the_memberships() -> None:
    """Another membership, or another legal basis of the same, is another revision."""
    others = [_other_memberships(basis) for basis in ("one treaty", "another treaty")]
    assert len({_revision(_DATA), *(_revision(_DATA, other) for other in others)}) == 3


def test_it_changes_with_the_geography(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other geography data is another revision."""
    before = _revision(_DATA)
    monkeypatch.setattr("residency.policy.reader.GEOGRAPHY_REVISION", "0" * 64)
    assert _revision(_DATA) != before


def test_it_can_be_recomputed() -> None:
    """The revision is a SHA-256 of four named parts, each with its length before it."""
    digest = sha256()
    for name, content in [
        ("document", _DATA),
        ("geography", GEOGRAPHY_REVISION.encode()),
        ("locations", LOCATIONS.revision.encode()),
        ("memberships", MEMBERSHIPS.revision.encode()),
    ]:
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    assert _revision(_DATA) == digest.hexdigest()


def test_how_a_reference_is_written() -> None:
    """A reference is written as id, date and revision."""
    assert str(PolicyReference("p", date(2020, 11, 1), "ab")) == "p/2020-11-01/sha256:ab"
