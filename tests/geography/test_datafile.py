"""The data files and the revision that names them."""

from hashlib import sha256
from importlib.resources import files

import pytest

from residency.geography import GEOGRAPHY_REVISION
from residency.geography.datafile import DATA_FILES, parse, revision_of


def _shipped() -> dict[str, bytes]:
    folder = files("residency.geography") / "data"
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_each_data_file_is_listed() -> None:
    """The listed files are the files that are shipped."""
    assert set(DATA_FILES) == set(_shipped())


def test_the_revision_covers_each_file() -> None:
    """The revision is the SHA-256 over names and contents, each preceded by its length."""
    expected = sha256()
    for name, content in sorted(_shipped().items()):
        expected.update(len(name).to_bytes(8, "big") + name.encode())
        expected.update(len(content).to_bytes(8, "big") + content)
    assert expected.hexdigest() == GEOGRAPHY_REVISION


@pytest.mark.parametrize(
    "other",
    [
        {"a": b"12", "b": b"4"},
        {"a": b"123", "b": b""},
        {"ab": b"12", "b": b"3"},
        {"a": b"12"},
        {},
    ],
)
def test_different_files_have_different_revisions(other: dict[str, bytes]) -> None:
    """A changed, moved, renamed or missing byte changes the revision."""
    assert revision_of(other) != revision_of({"a": b"12", "b": b"3"})


def test_the_order_of_files_does_not_matter() -> None:
    """The same files in another order have the same revision."""
    assert revision_of({"a": b"1", "b": b"2"}) == revision_of({"b": b"2", "a": b"1"})


@pytest.mark.parametrize("name", DATA_FILES)
def test_each_file_is_json(name: str) -> None:
    """Each data file decodes to a JSON object."""
    assert isinstance(parse(name), dict)
