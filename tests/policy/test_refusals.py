"""Each refusal about a policy has its kind, keeps what was refused, and says what there is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from residency.destination import locate
from residency.errors import CategoryError, ErrorKind, PolicyError, SolutionError
from residency.policy import (
    LARGEST_DOCUMENT,
    bundled_names,
    document_schema,
    load_locations,
    load_policy,
    read_locations,
    read_policy,
)
from residency.policy.lookup import find_category, find_solution
from residency.policy.source import read_source
from tests.policy.documents import BUNDLED, FOUR_ZONES, refusal
from tests.refusals import refused, told

_TEXT = FOUR_ZONES.read_text(encoding="utf-8")
_POLICY = load_policy("xmedius")
_PLACES = """
[[providers]]
id = "acme"
name = "Acme"
source = "leases"
[[providers.regions]]
id = "laval-1"
name = "Laval"
countries = ["CA"]
"""
_READ: Any = read_policy
_READ_PLACES: Any = read_locations
_LOAD: Any = load_policy
_LONG = "x" * 4_097


@pytest.mark.parametrize(
    ("call", "kind", "value"),
    [
        (lambda: _READ("text"), ErrorKind.TYPE, "text"),
        (lambda: _READ(b"", memberships=7), ErrorKind.TYPE, 7),
        (lambda: _READ(b"", locations=7), ErrorKind.TYPE, 7),
        (lambda: _READ(b"x" * (LARGEST_DOCUMENT + 1)), ErrorKind.TOO_LARGE, None),
        (lambda: _READ(b"="), ErrorKind.MALFORMED, None),
        (lambda: _READ_PLACES("text"), ErrorKind.TYPE, "text"),
        (lambda: _READ_PLACES(b"x" * (LARGEST_DOCUMENT + 1)), ErrorKind.TOO_LARGE, None),
        (lambda: _LOAD(7), ErrorKind.TYPE, 7),
        (lambda: _LOAD(_LONG), ErrorKind.TOO_LONG, _LONG),
        (lambda: _LOAD("nobody"), ErrorKind.UNKNOWN_POLICY, "nobody"),
        (lambda: _LOAD("nobody/2020-11-01"), ErrorKind.UNKNOWN_POLICY, "nobody/2020-11-01"),
        (lambda: _LOAD("/none.toml"), ErrorKind.UNREADABLE, "/none.toml"),
        (lambda: _LOAD("/none"), ErrorKind.UNREADABLE, "/none"),
        (lambda: _LOAD("none.toml"), ErrorKind.UNREADABLE, "none.toml"),
        (lambda: _LOAD(Path("/none")), ErrorKind.UNREADABLE, Path("/none")),
        (lambda: _LOAD(Path("/")), ErrorKind.UNREADABLE, Path("/")),
        (lambda: _LOAD("a\0.toml"), ErrorKind.UNREADABLE, "a\0.toml"),
    ],
    ids=map(str, range(17)),
)
def test_a_document_is_refused_with_what_was_given(
    call: Callable[[], object], kind: ErrorKind, value: object
) -> None:
    """A policy, or a user's places, that cannot be read at all is told by what was passed."""
    assert told(call) == (PolicyError, kind, value)


def test_what_names_no_policy_is_told_those_that_are_there() -> None:
    """The bundled names are suggested, and listed in the message."""
    error = refused(lambda: load_policy("nobody"))
    assert error.suggestions == bundled_names()
    assert ", ".join(f"`{name}`" for name in bundled_names()) in str(error)
    # As long a name as is read is looked for.
    assert told(lambda: load_policy("x" * 4_096))[1] == ErrorKind.UNKNOWN_POLICY


def test_of_several_bundled_policies_each_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names stand in the message one by one, to be copied from it."""
    known = ("acme/2024-01-01", "zeta/2025-01-01")
    monkeypatch.setattr("residency.policy.source.bundled_names", lambda: known)
    error = refused(lambda: load_policy("nobody"))
    assert "use `acme/2024-01-01`, `zeta/2025-01-01`, or the path" in str(error)


def test_a_path_is_shown_as_it_was_given(tmp_path: Path) -> None:
    """Whether a file is missing or is none, the message begins with its path."""
    for path in (tmp_path / "none.toml", tmp_path):
        assert str(refused(partial(load_policy, path))).startswith(f"`{path}"[:50])
    assert "is not a regular file" in str(refused(lambda: load_policy(Path(os.devnull))))


def test_a_bundled_document_that_cannot_be_read_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was asked for was a name, so the refusal shows the name, and not a path of the wheel."""

    def fail(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("residency.policy.source._opener", fail)
    error = refused(lambda: load_policy("xmedius"))
    assert (error.kind, error.value) == (ErrorKind.UNREADABLE, "xmedius")
    assert str(error).startswith("`xmedius` cannot be read: permission denied: ")


def test_one_byte_more_than_is_allowed_is_read_and_no_more(tmp_path: Path) -> None:
    """A file of any size costs no more memory than the largest document, and a byte."""
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * (LARGEST_DOCUMENT + 9))
    assert len(read_source(path)) == LARGEST_DOCUMENT + 1
    assert told(lambda: load_policy(path))[1] == ErrorKind.TOO_LARGE


def test_as_large_a_document_as_is_allowed_is_read() -> None:
    """A million bytes are a document, and a user's places."""
    data = BUNDLED.read_bytes()
    assert read_policy(data.ljust(LARGEST_DOCUMENT, b"\n")).reference.id == "xmedius"
    places = _PLACES.encode().ljust(LARGEST_DOCUMENT, b"\n")
    assert list(read_locations(places).own) == ["acme"]


def test_the_schema_is_the_file_beside_it() -> None:
    """The JSON Schema is returned as it is shipped, in UTF-8."""
    shipped = (files("residency.policy") / "document.schema.json").read_bytes()
    assert document_schema() == shipped.decode("utf-8")
    assert json.loads(document_schema())["$schema"].startswith("http://json-schema.org/draft-07")


def test_the_schema_is_read_as_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a system takes for its encoding, the schema is in UTF-8."""
    read, asked = Path.read_text, list[str | None]()

    def noted(path: Path, encoding: str | None = None) -> str:
        asked.append(encoding)
        return read(path, encoding)

    monkeypatch.setattr(Path, "read_text", noted)
    document_schema()
    assert asked == ["utf-8"]


def test_the_revision_of_places_can_be_recomputed() -> None:
    """It is the SHA-256 of all that the places say, as the shortest JSON."""
    rows = [
        [
            "acme",
            "Acme",
            [["laval-1", "laval-1"]],
            [["laval-1", "Laval", ["CA"], "leases"]],
        ]
    ]
    text = json.dumps(rows, separators=(",", ":"))
    assert read_locations(_PLACES.encode()).revision == sha256(text.encode()).hexdigest()


def test_each_way_of_contact_is_kept() -> None:
    """A document may give each of five ways to write to whoever answers for privacy."""
    ways = {
        "email": "privacy@example.com",
        "phone": "+1 514 555 0100",
        "fax": "+1 514 555 0101",
        "address": "1 Example Street",
        "web": "https://example.com/privacy",
    }
    head, _, _ = _TEXT.partition("[contact]")
    clause = load_policy(FOUR_ZONES).transfer_clause
    lines = "".join(f'{way} = "{value}"\n' for way, value in ways.items())
    document = f'{head}\n[contact]\nrole = "Officer"\nclause = "{clause}"\n{lines}'
    contact = read_policy(document.encode()).contact
    assert contact is not None
    assert (contact.role, contact.clause) == ("Officer", clause)
    assert {way: getattr(contact, way) for way in ways} == ways


@pytest.mark.parametrize(("length", "suggested"), [(64, True), (65, False)], ids=["an id", "no id"])
def test_a_key_of_the_length_of_an_id_is_compared(length: int, *, suggested: bool) -> None:
    """64 characters are an id, for which like ones are looked up; a longer text is none."""
    known = "k" * 63
    text = _TEXT.replace("[events]\n", f'[events]\n{known} = "x"\n')
    wrong = 'after = "' + "k" * length + '"'
    line = next(line for line in _TEXT.splitlines() if "after = " in line)
    start = line.index('after = "')
    end = line.index('"', start + len('after = "')) + 1
    error = refusal(text.replace(line, line[:start] + wrong + line[end:], 1).encode())
    assert (error.suggestions == (known,)) is suggested
    assert error.value == "k" * length


def test_at_most_three_like_ids_are_suggested() -> None:
    """Of many ids that are alike the three nearest are told."""
    more = "".join(f'near-{number} = "x"\n' for number in range(6))
    text = _TEXT.replace("[events]\n", f"[events]\n{more}")
    line = next(line for line in _TEXT.splitlines() if "after = " in line)
    start = line.index('after = "')
    end = line.index('"', start + len('after = "')) + 1
    error = refusal(text.replace(line, line[:start] + 'after = "near-x"' + line[end:], 1).encode())
    assert len(error.suggestions) == 3
    assert all(each.startswith("near-") for each in error.suggestions)


def test_a_solution_or_category_is_refused_with_those_there_are() -> None:
    """What a request names and the policy does not is told, with what there is to choose from."""
    solutions = tuple(_POLICY.solutions)
    fax = _POLICY.solutions["xm-fax"]
    held = tuple(each.id for each in fax.categories)
    for call, error, kind, value, known in (
        (lambda: find_solution(_POLICY, "x"), SolutionError, "UNKNOWN_SOLUTION", "x", solutions),
        (lambda: find_solution(_POLICY, 7), SolutionError, "TYPE", 7, ()),
        (lambda: find_category(fax, "x"), CategoryError, "UNKNOWN_CATEGORY", "x", held),
        (lambda: find_category(fax, 7), CategoryError, "TYPE", 7, ()),
    ):
        assert told(call) == (error, kind, value)
        assert refused(call).suggestions == known
    assert str(refused(lambda: find_solution(_POLICY, 7))).startswith("the solution ")
    assert str(refused(lambda: find_category(fax, 7))).startswith("the category ")
    assert str(refused(lambda: find_category(fax, "x"))).endswith(f"use one of {', '.join(held)}")
    bare = evolve(fax, categories=())
    assert str(refused(lambda: find_category(bare, "x"))).endswith("the policy declares none")
    assert ", ".join(solutions) in str(refused(lambda: find_solution(_POLICY, "x")))


@pytest.mark.parametrize(
    ("old", "new", "path", "value"),
    [
        (
            'codes = ["US"]',
            'codes = ["US", "JP", "AU"]',
            "zones[3].territory",
            ("AU", "JP"),
        ),
        (
            'storage = { EU = ["SE"] }',
            'storage = { EU = ["US"] }',
            "solutions[2].storage.EU",
            ("US",),
        ),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused_with_the_territories(
    old: str, new: str, path: str, value: object
) -> None:
    """Which territories are to blame is told in full, in order."""
    assert _TEXT.count(old) == 1
    error = refusal(_TEXT.replace(old, new).encode())
    assert (error.key_path, error.value, error.kind) == (path, value, ErrorKind.INVALID_POLICY)


def test_a_zone_without_storage_is_told() -> None:
    """§1: a rule that leads where a solution has no storage is refused with that zone."""
    text = BUNDLED.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("storage") and "CA" in line)
    start = line.index("CA = ")
    without = line[:start].rstrip(", ") + " }"
    error = refusal(text.replace(line, without, 1).encode())
    assert (error.key_path, error.value) == ("solutions[0].storage.CA", "CA")


def test_a_users_places_are_read_from_a_path_of_either_kind(tmp_path: Path) -> None:
    """A text is a path, even one that could be the name of a bundled policy."""
    (tmp_path / "xmedius").write_text(_PLACES, encoding="utf-8")
    for path in (tmp_path / "xmedius", str(tmp_path / "xmedius")):
        assert list(load_locations(path).own) == ["acme"]


def test_a_place_may_be_spelled_with_a_colon() -> None:
    """What stands before the first colon is the provider; the rest is the place, whatever it is."""
    spelled = _PLACES + 'also = ["hall:1"]\n'
    policy = load_policy("xmedius", locations=read_locations(spelled.encode()))
    (place,) = locate("acme:hall:1", policy, date(2024, 1, 1))
    assert (place.label, place.zone) == ("acme:laval-1", "CA")
