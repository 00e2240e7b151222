"""A user's own locations: read in full or refused with the place to look at."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from residency import Account, Guard, Router, load_policy
from residency.errors import ErrorKind, PolicyError
from residency.policy import LARGEST_DOCUMENT, load_locations, read_locations

_OURS = """
[[providers]]
id = "acme"
name = "Acme's own buildings"
source = "leases of 2024, kept by the facilities office"

[[providers.regions]]
id = "laval-1"
name = "Laval, hall 1"
countries = ["CA"]
also = ["Laval"]

[[providers.regions]]
id = "twin"
name = "Lyon and Turin"
countries = ["FR", "IT"]

[[providers]]
id = "aws"
name = "Amazon Web Services"
source = "announcement of 2027-01-01"

[[providers.regions]]
id = "eu-west-9"
name = "Europe (Lisbon)"
countries = ["PT"]
"""

_EU = Account("acme", "Germany", setup_date=date(2021, 3, 1))
_CA = Account("acme", "Canada", setup_date=date(2021, 3, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file with two providers."""
    written = tmp_path / "ours.toml"
    written.write_text(_OURS, encoding="utf-8")
    return written


def test_they_decide_like_the_shipped_ones(path: Path) -> None:
    """A policy that was given a user's locations permits and blocks by them."""
    guard = Guard(Router(load_policy("xmedius", locations=load_locations(path))))
    without = Guard(Router(load_policy("xmedius")))
    for account, to, permitted in [
        (_CA, "acme:laval-1", True),
        (_CA, "acme:LAVAL", True),
        (_EU, "acme:laval-1", False),
        (_EU, "acme:twin", True),
        (_EU, "aws:eu-west-9", True),
        (_EU, "aws:eu-west-1", True),
        (_EU, "aws:eu-west-2", False),
        (_EU, "acme:turin", False),
    ]:
        assert guard.decide(account, "xm-fax", to=to).permitted is permitted
        known = to == "aws:eu-west-1"
        assert without.decide(account, "xm-fax", to=to).permitted is known


def test_they_are_part_of_the_revision(path: Path) -> None:
    """A policy with other locations is another revision; the same locations, the same."""
    plain = load_policy("xmedius").reference.revision
    first, again = (
        load_policy("xmedius", locations=load_locations(each)).reference.revision
        for each in (path, str(path))
    )
    assert first == again != plain


def _row(**changes: Any) -> str:
    row = {"id": '"x"', "name": '"X"', "countries": '["CA"]'} | changes
    return "\n".join(f"{key} = {value}" for key, value in row.items() if value is not None)


def _file(*rows: str, **changes: Any) -> bytes:
    head = {"id": '"acme"', "name": '"Acme"', "source": '"a lease"'} | changes
    lines = [f"{key} = {value}" for key, value in head.items() if value is not None]
    regions = [f"[[providers.regions]]\n{row}" for row in rows]
    return "\n".join(["[[providers]]", *lines, *regions]).encode()


def test_the_least_file() -> None:
    """A provider with one region is enough."""
    found = read_locations(_file(_row())).find("acme", "X")
    assert found is not None
    assert (found.label, found.name, found.countries, found.source) == (
        "acme:x",
        "X",
        frozenset({"CA"}),
        "a lease",
    )


_BAD = {
    "an unknown key at the top": (b"regions = 1", "regions"),
    "no provider": (b"", "providers"),
    "an empty list": (b"providers = []", "providers"),
    "an unknown key": (_file(_row(), url='"x"'), "providers[0].url"),
    "an unknown key of a region": (_file(_row(zone='"EU"')), "providers[0].regions[0].zone"),
    "no source": (_file(_row(), source=None), "providers[0].source"),
    "no name": (_file(_row(), name=None), "providers[0].name"),
    "no id": (_file(_row(), id=None), "providers[0].id"),
    "an id with a colon": (_file(_row(), id='"ac:me"'), "providers[0].id"),
    "the word country": (_file(_row(), id='"country"'), "providers[0].id"),
    "the word zone": (_file(_row(), id='"zone"'), "providers[0].id"),
    "a provider twice": (_file(_row()) + b"\n" + _file(_row()), "providers[1].id"),
    "no regions": (_file(), "providers[0].regions"),
    "no countries": (_file(_row(countries=None)), "providers[0].regions[0].countries"),
    "an empty list of countries": (
        _file(_row(countries="[]")),
        "providers[0].regions[0].countries",
    ),
    "a country's name": (
        _file(_row(countries='["Canada"]')),
        "providers[0].regions[0].countries[0]",
    ),
    "a union": (_file(_row(countries='["EU"]')), "providers[0].regions[0].countries[0]"),
    "a region twice": (_file(_row(), _row()), "providers[0].regions[1].id"),
    "a region twice but for its case": (
        _file(_row(), _row(id='"X"')),
        "providers[0].regions[1].id",
    ),
    "a spelling of another": (
        _file(_row(), _row(id='"y"', also='["z", "X"]')),
        "providers[0].regions[1].also[1]",
    ),
    "a spelling that is no text": (_file(_row(also="[1]")), "providers[0].regions[0].also[0]"),
    "a region that the library knows": (
        _file(_row(id='"eu-west-2"'), id='"aws"'),
        "providers[0].regions[0].id",
    ),
    "another spelling of it": (
        _file(_row(also='["UK SOUTH"]'), id='"azure"'),
        "providers[0].regions[0].also[0]",
    ),
}


@pytest.mark.parametrize(("data", "key_path"), _BAD.values(), ids=_BAD)
def test_what_is_refused(data: bytes, key_path: str) -> None:
    """A file that lacks something or contradicts something is refused at the place."""
    with pytest.raises(PolicyError) as refused:
        read_locations(data)
    assert refused.value.kind == ErrorKind.INVALID_POLICY
    assert refused.value.key_path == key_path
    assert str(refused.value).startswith(key_path)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"providers = [", ErrorKind.MALFORMED),
        (b"\xff", ErrorKind.MALFORMED),
        (b"#" * (LARGEST_DOCUMENT + 1), ErrorKind.TOO_LARGE),
        ("providers = []", ErrorKind.TYPE),
        (None, ErrorKind.TYPE),
    ],
)
def test_what_cannot_be_read(data: Any, kind: ErrorKind) -> None:
    """What is no TOML of a bearable size is refused as such."""
    with pytest.raises(PolicyError) as refused:
        read_locations(data)
    assert refused.value.kind == kind


@pytest.mark.parametrize(
    ("source", "kind"), [("xmedius", ErrorKind.UNREADABLE), (3, ErrorKind.TYPE)]
)
def test_only_a_path_is_a_path(source: Any, kind: ErrorKind) -> None:
    """A text is a path and never the name of a bundled policy; anything else is refused."""
    with pytest.raises(PolicyError) as refused:
        load_locations(source)
    assert refused.value.kind == kind


def test_a_spelling_may_be_written_twice() -> None:
    """A region may repeat its own id among its spellings."""
    locations = read_locations(_file(_row(also='["X", "x"]')))
    assert locations.find("acme", "x") is not None


def test_locations_must_be_locations() -> None:
    """A policy takes no path where it wants what was read from one."""
    wrong: Any = "ours.toml"
    with pytest.raises(PolicyError, match="pass Locations") as refused:
        load_policy("xmedius", locations=wrong)
    assert refused.value.kind == ErrorKind.TYPE
