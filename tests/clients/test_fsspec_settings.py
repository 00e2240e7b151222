"""The places, the guard and the accounts of `residency://`, and how a program finds them."""

from importlib import import_module
from typing import Any

import pytest
from attrs import evolve

from residency import Context, TransferBlocked
from residency.clients import acting_for
from residency.clients.fsspec import GuardedFiles, Place
from residency.errors import (
    DestinationError,
    InputError,
)
from tests.clients.scene import ACME, BOLT, CANARY, GUARD, consent
from tests.clients.shelves import Shelves

fsspec: Any = import_module("fsspec")


@pytest.mark.parametrize(
    "wrong",
    [
        {"guard": None},
        {"places": [("EU", Place("memory://eu", "country:DE"))]},
        {"places": {"": Place("memory://eu", "country:DE")}},
        {"places": {"EU": "memory://eu"}},
        {"solution": 3},
        {"accounts": {}},
        {"context": {}},
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any]) -> None:
    """Files are refused when they are made, not when something is written."""
    right: dict[str, Any] = {"guard": GUARD, "places": {}, "solution": "xm-fax"}
    with pytest.raises(InputError):
        GuardedFiles(**(right | wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        ("/data", "country:DE"),
        ("://data", "country:DE"),
        ("memory://", "country:DE"),
        ("file:///", "country:DE"),
        ("file:///data/../other", "country:DE"),
        ("", "country:DE"),
        (None, "country:DE"),
        ("memory://eu", ""),
        ("memory://eu", ()),
        ("memory://eu", "country:DE", ["key"]),
    ],
)
def test_a_place_that_cannot_be_is_refused(wrong: tuple[Any, ...]) -> None:
    """A place has a URL with its protocol, a location and a mapping of options."""
    with pytest.raises(InputError):
        Place(*wrong)


def test_places_do_not_overlap() -> None:
    """No place lies in another, where an account's name could lead from zone to zone."""
    for one, other in (
        ("memory://d", "memory://d/us/"),
        ("file:///d", "file:///d//us"),
        ("gs://d", "gcs://d/us"),
        ("abfs://d/us", "az://d"),
    ):
        for first, second in ((one, other), (other, one), (one, one)):
            places = {"EU": Place(first, "country:DE"), "US": Place(second, "country:US")}
            with pytest.raises(InputError, match="overlap"):
                GuardedFiles(GUARD, places=places)
    apart = {"EU": Place("memory://d", "country:DE"), "US": Place("memory://de", "country:US")}
    GuardedFiles(GUARD, places=apart)


def test_a_place_shows_no_secrets() -> None:
    """The options of a place, which hold credentials, do not show, and do not change."""
    options = {"secret": "hidden-secret"}
    place = Place("s3://fax", "aws:eu-west-3", options)
    options["secret"] = "other"
    assert "hidden-secret" not in repr(place)
    assert place.options["secret"] == "hidden-secret"


def test_the_context_reaches_the_guard(folders: Shelves) -> None:
    """What is known of the data is decided with: a consent for one category covers that alone."""
    folders.ledger.give(evolve(consent("c-1"), categories=frozenset({"fax-data"})))
    covered = folders.system(files=folders.guarded(context=Context(category="fax-data")))
    with acting_for(ACME):
        covered.pipe_file("acme@US/k", b"x")
        covered.pipe_file("acme/k", b"x")
        covered.cp_file("acme/k", "acme@US/l")
        with pytest.raises(TransferBlocked):
            folders.fs.pipe_file("acme@US/m", CANARY)
    assert sorted(folders.look()["US"]) == ["acme/k", "acme/l"]


def test_a_zone_without_a_place_is_named(folders: Shelves) -> None:
    """An account whose zone has no place, and a path into such a zone, are refused."""
    fs = folders.system(files=folders.guarded(places={"EU": folders.places["EU"]}))
    with acting_for(BOLT), pytest.raises(DestinationError, match="zone `US`"):
        fs.pipe_file("bolt/k", CANARY)
    with acting_for(ACME), pytest.raises(DestinationError, match="zone `MOON`"):
        fs.pipe_file("acme@MOON/k", CANARY)
    assert folders.look() == {"EU": {}, "US": {}}


def test_a_place_that_is_elsewhere_is_not_written_to(folders: Shelves) -> None:
    """The table of places does not decide: a place of the zone that lies outside of it blocks."""
    wrong = Place(folders.places["EU"].url, ("country:DE", "country:GB"))
    fs = folders.system(files=folders.guarded(places={"EU": wrong}))
    with acting_for(ACME), pytest.raises(TransferBlocked, match="country:GB"):
        fs.pipe_file("acme/k", CANARY)
    assert folders.look() == {"EU": {}, "US": {}}


@pytest.mark.parametrize("name", [f"{__name__}:NOTHING", "no.such.module:x", "nothing", ":x"])
def test_files_that_are_not_there_are_refused(name: str) -> None:
    """A name that leads to no files is refused when the instance is made."""
    with pytest.raises(InputError, match="module:attribute"):
        fsspec.filesystem("residency", files=name)


def test_files_have_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without files nothing is made, and what is no such value is refused."""
    monkeypatch.delitem(import_module("fsspec.config").conf, "residency", raising=False)
    with pytest.raises(InputError, match="no files"):
        fsspec.filesystem("residency")
    wrongs: tuple[object, ...] = (f"{__name__}:CANARY", {})
    for wrong in wrongs:
        with pytest.raises(InputError, match="GuardedFiles"):
            fsspec.filesystem("residency", files=wrong)


def test_the_files_may_be_set_once(folders: Shelves, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fsspec's own configuration a URL alone is enough."""
    conf = import_module("fsspec.config").conf
    monkeypatch.setitem(conf, "residency", {"files": folders.files})
    with acting_for(ACME), fsspec.open("residency://acme/k", "w") as file:
        file.write("x")
    assert folders.look() == {"EU": {"acme/k": b"x"}, "US": {}}
