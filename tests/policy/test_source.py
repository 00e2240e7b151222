"""A policy is loaded by name or path, and what cannot be one is refused without harm."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from residency.errors import ErrorKind, PolicyError
from residency.policy import LARGEST_DOCUMENT, bundled_names, load_policy, read_policy
from tests.policy.documents import BUNDLED, FOUR_ZONES


def _refused(source: object) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        load_policy(source)  # type: ignore[arg-type]  # the wrong type is the test
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300
    return caught.value


class TestNames:
    def test_a_name_with_its_date(self) -> None:
        """A bundled document is loaded by its name and date."""
        found = load_policy("xmedius/2020-11-01")
        assert found.reference == read_policy(BUNDLED.read_bytes()).reference

    def test_a_name_alone_is_its_latest(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A name without a date is its document of the latest date."""
        text = FOUR_ZONES.read_text(encoding="utf-8")
        for name, day in [
            ("halcyon", "2024-04-01"),
            ("halcyon", "2031-01-31"),
            ("zzz", "2040-01-01"),
        ]:
            (tmp_path / name).mkdir(exist_ok=True)
            changed = text.replace("2024-04-01", day).replace('"halcyon"', f'"{name}"')
            (tmp_path / name / f"{day}.toml").write_text(changed, encoding="utf-8")
        monkeypatch.setattr("residency.policy.source._DOCUMENTS", tmp_path)
        assert str(load_policy("halcyon").reference).startswith("halcyon/2031-01-31/sha256:")
        assert str(load_policy("halcyon/2024-04-01").reference).startswith("halcyon/2024-04-01/")

    def test_what_is_bundled(self) -> None:
        """The names of the bundled documents can be asked for, and each loads."""
        assert bundled_names() == ("xmedius/2020-11-01",)
        assert {f"{load_policy(name)}" for name in bundled_names()}

    @pytest.mark.parametrize(
        "name", ["xmedius/2020-11-02", "acme", "XMedius", "", " xmedius", "xmedius\n", "xmediüs"]
    )
    def test_an_unknown_name_lists_the_known(self, name: str) -> None:
        """A name of no bundled policy is refused, and the bundled ones are offered."""
        error = _refused(name)
        assert error.kind == ErrorKind.UNKNOWN_POLICY
        assert error.value == name
        assert error.suggestions == ("xmedius/2020-11-01",)
        assert "`xmedius/2020-11-01`" in error.message


class TestPaths:
    def test_a_path_or_its_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A document is loaded by a Path, or by a text with a separator or ending in .toml."""
        monkeypatch.chdir(FOUR_ZONES.parent)
        loaded = [
            load_policy(source) for source in (FOUR_ZONES, str(FOUR_ZONES), "four-zones.toml")
        ]
        assert {policy.reference.id for policy in loaded} == {"halcyon"}

    def test_a_path_that_looks_like_a_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is written like a bundled name is one; a Path is always a file."""
        monkeypatch.chdir(tmp_path)
        Path("xmedius").mkdir()
        Path("xmedius/2020-11-01").write_bytes(FOUR_ZONES.read_bytes())
        assert load_policy("xmedius/2020-11-01").reference.id == "xmedius"
        assert load_policy(Path("xmedius/2020-11-01")).reference.id == "halcyon"

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            ("missing.toml", "no such file"),
            ("no/such/folder/policy.toml", "no such file"),
            ("./", "is a directory"),
            ("folder.toml", "is a directory"),
            ("loop.toml", "too many levels"),
            (f"{'n' * 300}.toml", "name too long"),
            ("nul\0.toml", "no file can have this path"),
            ("surrogate\udcff\ud800.toml", "no file can have this path"),
            ("pipe.toml", "not a regular file"),
            ("/dev/null", "not a regular file"),
        ],
    )
    def test_a_file_that_cannot_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, says: str
    ) -> None:
        """What is no readable file is refused at once, a pipe without waiting for its writer."""
        monkeypatch.chdir(tmp_path)
        Path("folder.toml").mkdir()
        Path("loop.toml").symlink_to("loop.toml")
        os.mkfifo("pipe.toml")
        for given in (source, Path(source)):
            error = _refused(given)
            assert error.kind == ErrorKind.UNREADABLE
            assert error.value == given
            assert says in error.message

    def test_what_is_no_file_is_not_read(self, tmp_path: Path) -> None:
        """A pipe that somebody writes to is refused, and what is in it is left for its reader."""
        path = tmp_path / "pipe.toml"
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open(path, os.O_WRONLY)
        try:
            os.write(writer, b"schema = 1")
            assert "not a regular file" in _refused(path).message
            assert os.read(reader, 99) == b"schema = 1"
        finally:
            os.close(writer)
            os.close(reader)

    @pytest.fixture
    def unprivileged(self) -> Iterator[None]:
        """A user who may not read everything, where the tests run as root."""
        uid = os.geteuid()
        if uid == 0:
            os.seteuid(65534)
        yield
        os.seteuid(uid)

    def test_a_file_without_permission(
        self, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        """A file that may not be read is refused."""
        path = tmp_path / "secret.toml"
        path.write_bytes(FOUR_ZONES.read_bytes())
        path.chmod(0)
        request.getfixturevalue("unprivileged")
        error = _refused(path)
        assert error.kind == ErrorKind.UNREADABLE
        assert "permission" in error.message


class TestSize:
    def test_a_file_of_the_largest_size(self, tmp_path: Path) -> None:
        """A document of 1,000,000 bytes is read, one byte more is refused before it is parsed."""
        data = FOUR_ZONES.read_bytes()
        padded = data + b"#" * (1_000_000 - len(data))
        path = tmp_path / "policy.toml"
        path.write_bytes(padded)
        assert load_policy(path).reference.id == "halcyon"
        path.write_bytes(padded + b"[")
        assert _refused(path).kind == ErrorKind.TOO_LARGE

    def test_no_more_is_read_than_is_allowed(self, tmp_path: Path) -> None:
        """Of a file of a terabyte at most one byte more than the limit is read."""
        path = tmp_path / "huge.toml"
        with path.open("wb") as file:
            file.truncate(1_000_000_000_000)
        assert _refused(path).kind == ErrorKind.TOO_LARGE

    def test_bytes_that_are_too_many(self) -> None:
        """Bytes are measured before they are looked at."""
        with pytest.raises(PolicyError) as caught:
            read_policy(b"\xff" * (LARGEST_DOCUMENT + 1))
        assert caught.value.kind == ErrorKind.TOO_LARGE


class TestTypes:
    @pytest.mark.parametrize(
        "source", [None, 0, 3, True, b"xmedius", float("nan"), ["xmedius"], object()]
    )
    def test_neither_name_nor_path(self, source: object) -> None:
        """Anything but text and paths is refused; a number is no file descriptor."""
        error = _refused(source)
        assert error.kind == ErrorKind.TYPE
        assert error.value is source

    def test_a_hostile_text(self) -> None:
        """Ten million characters are refused by their number alone."""
        assert _refused("x" * 10_000_000).kind == ErrorKind.TOO_LONG
        assert _refused("a/" * 5_000_000).kind == ErrorKind.TOO_LONG

    @pytest.mark.parametrize("data", [None, "schema = 1", bytearray(b"schema = 1"), 1, object()])
    def test_a_document_is_bytes(self, data: object) -> None:
        """Text would have no revision: a document is bytes."""
        with pytest.raises(PolicyError) as caught:
            read_policy(data)  # type: ignore[arg-type]  # the wrong type is the test
        assert caught.value.kind == ErrorKind.TYPE

    @pytest.mark.parametrize("memberships", [None, {}, "EU"])
    def test_memberships_are_memberships(self, memberships: object) -> None:
        """A policy is checked against Memberships and nothing else."""
        with pytest.raises(PolicyError) as caught:
            load_policy(FOUR_ZONES, memberships=memberships)  # type: ignore[arg-type]  # the wrong type is the test
        assert caught.value.kind == ErrorKind.TYPE
