"""What a client reports for a bucket, and what is asked for by name: one region, or none."""

from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.errors import DestinationError, ErrorKind, InputError
from residency.geography import (
    CLOUD_REGIONS,
    LOCATIONS,
    PROVIDERS,
    CloudProvider,
    CloudRegion,
    Locations,
    Territory,
    cloud,
    cloud_provider,
    datafile,
)

_SPELLINGS = [
    (provider, spelling, region)
    for provider in PROVIDERS
    for known in [cloud_provider(provider)]
    if known is not None
    for spelling, region in known.spellings.items()
]

# What each SDK returns of a bucket, an account or a container, and the countries it means.
_REPORTED: list[tuple[str, object, str | None, str, str]] = [
    ("aws", None, None, "us-east-1", "US"),
    ("aws", "", None, "us-east-1", "US"),
    ("aws", "EU", None, "eu-west-1", "IE"),
    ("aws", "eu-central-1", None, "eu-central-1", "DE"),
    ("aws", "use1-bue1-az1", None, "us-east-1-bue-1a", "AR"),
    ("gcp", "EUROPE-WEST2", None, "europe-west2", "GB"),
    ("gcp", "US-CENTRAL1", None, "us-central1", "US"),
    ("gcp", "NAM4", None, "nam4", "US"),
    ("gcp", "EUR5", None, "eur5", "BE GB"),
    ("azure", "UK South", "Standard_LRS", "uksouth", "GB"),
    ("azure", "uksouth", "Standard_ZRS", "uksouth", "GB"),
    ("azure", "northeurope", "Standard_RAGZRS", "northeurope+grs", "IE NL"),
    ("azure", "brazilsouth", "Standard_LRS", "brazilsouth", "BR"),
    ("azure", "brazilsouth", "Standard_GRS", "brazilsouth+grs", "BR US"),
    ("azure", "Brazil South", None, "brazilsouth+grs", "BR US"),
    ("azure", "polandcentral", None, "polandcentral", "PL"),
    ("cloudflare-r2", "us", None, "us", "US"),
    ("backblaze-b2", "eu-central-003", None, "eu-central", "NL"),
    ("wasabi", "nl-1", None, "eu-central-1", "NL"),
    ("oracle", "IAD", None, "us-ashburn-1", "US"),
    ("ibm", "eu-de-smart", None, "eu-de", "DE"),
    ("ibm", "us-standard", None, "us-geo", "US"),
    ("alibaba", "oss-cn-hongkong", None, "cn-hongkong", "HK"),
]


@pytest.mark.parametrize(("provider", "region", "redundancy", "id_", "countries"), _REPORTED)
def test_what_a_client_returns(
    provider: str, region: object, redundancy: str | None, id_: str, countries: str
) -> None:
    """What the SDK of a provider really returns names its region."""
    found = LOCATIONS.reported(provider, region, redundancy=redundancy)
    assert (found.id, found.label) == (id_, f"{provider}:{id_}")
    assert " ".join(sorted(found.countries)) == countries


@pytest.mark.parametrize(
    ("provider", "region", "redundancy"),
    [
        ("aws", "eu-west-9", None),
        ("aws", "eu-west-1a", None),
        ("aws", "eu-west-3-wl1-cmn-wlz-1", None),
        ("aws", "eu-west-1", "Standard_LRS"),
        ("gcp", "europe-west2-a", None),
        ("gcp", None, None),
        ("azure", "", None),
        ("azure", "polandcentral", "Standard_GRS"),
        ("azure", "uksouth", "Standard_XRS"),
        ("cloudflare-r2", None, None),
        ("cloudflare-r2", "weur", None),
        ("cloudflare-r2", "WEUR", None),
        ("backblaze-b2", "eu-central-009", None),
        ("nimbus", "eu-west-1", None),
    ],
)
def test_what_is_not_known(provider: str, region: object, redundancy: str | None) -> None:
    """What names no region, by its provider's own table, is refused and never guessed."""
    with pytest.raises(DestinationError) as refused:
        LOCATIONS.reported(provider, region, redundancy=redundancy)
    assert refused.value.kind == ErrorKind.UNKNOWN_LOCATION


@pytest.mark.parametrize(
    ("provider", "region", "redundancy", "kind"),
    [
        ("aws", 7, None, ErrorKind.TYPE),
        ("aws", False, None, ErrorKind.TYPE),
        ("aws", ["eu-west-1"], None, ErrorKind.TYPE),
        ("aws", " ", None, ErrorKind.EMPTY),
        ("aws", "e" * 300, None, ErrorKind.TOO_LONG),
        ("aws", "eu-west-1\n", None, ErrorKind.INVALID_CHAR),
        ("azure", "uksouth", 3, ErrorKind.TYPE),
        (["aws"], "eu-west-1", None, ErrorKind.TYPE),
    ],
)
def test_what_is_no_text(provider: Any, region: object, redundancy: Any, kind: ErrorKind) -> None:
    """What is no line of text is refused as such."""
    with pytest.raises(DestinationError) as refused:
        LOCATIONS.reported(provider, region, redundancy=redundancy)
    assert refused.value.kind == kind


def test_a_refusal_says_why() -> None:
    """A refusal names the provider's reason where there is one, and else where to look."""
    assert "best effort" in LOCATIONS.why_unknown("cloudflare-r2", " WEUR ")
    assert "Amazon Web Services" in LOCATIONS.why_unknown("aws", "eu-west-9")
    assert "country:CODE" in LOCATIONS.why_unknown("nimbus", "eu-west-9")


@given(st.sampled_from(_SPELLINGS), st.sampled_from([str.upper, str.lower, str.title]), st.data())
def test_spellings_agree(spelled: tuple[str, str, str], case: Any, data: st.DataObject) -> None:
    """Every spelling in every case, with blanks around it, names the same region."""
    provider, spelling, region = spelled
    around = data.draw(st.sampled_from(["{}", " {}", "{} ", "  {}  "]))
    found = LOCATIONS.find(provider, around.format(case(spelling)))
    assert found == CLOUD_REGIONS[provider][region]


def test_only_plain_letters_are_folded() -> None:
    """The sign of the kelvin, whose lower case is a k, completes the name of no region."""
    with_k = [(provider, each) for provider, each, _ in _SPELLINGS if "k" in each]
    assert {"uksouth", "uk south+standard_ragrs"} <= {each for _, each in with_k}
    for provider, spelling in with_k:
        typed = spelling.replace("k", "\N{KELVIN SIGN}")
        assert typed.lower() == spelling
        assert LOCATIONS.find(provider, typed) is None


@given(st.sampled_from(PROVIDERS), st.text(max_size=20))
def test_nothing_is_known_by_likeness(provider: str, text: str) -> None:
    """A text names a region only if it is one of the spellings in the table."""
    known = cloud_provider(provider)
    assert known is not None
    named = text.isascii() and text.strip().lower() in known.spellings
    assert (LOCATIONS.find(provider, text) is not None) is named


@given(st.sampled_from(_SPELLINGS), st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-"))
def test_a_name_is_never_taken_apart(spelled: tuple[str, str, str], more: str) -> None:
    """What goes on after the name of a region is not that region, unless the table has it too."""
    provider, spelling, _ = spelled
    found = LOCATIONS.find(provider, spelling + more)
    known = cloud_provider(provider)
    assert known is not None
    assert (found is not None) is ((spelling + more) in known.spellings)


def _own(provider: str = "acme", name: str = "Acme", **regions: str) -> CloudProvider:
    made = {
        id_: CloudRegion(provider, id_, id_.title(), frozenset({Territory(country)}), "a lease")
        for id_, country in regions.items()
    }
    spellings = {id_: id_ for id_ in made}
    return CloudProvider(provider, name, MappingProxyType(made), spellings, MappingProxyType({}))


def test_own_locations_are_found_beside_the_shipped() -> None:
    """A user's provider is known by its id, and further regions of a shipped one beside its own."""
    ours = Locations(
        {"acme": _own(laval="CA"), "aws": _own("aws", "More AWS", **{"eu-west-9": "PT"})}
    )
    assert ours.find("acme", "LAVAL") == ours.own["acme"].regions["laval"]
    assert ours.find("aws", "eu-west-9") == ours.own["aws"].regions["eu-west-9"]
    assert ours.find("aws", "eu-west-1") == CLOUD_REGIONS["aws"]["eu-west-1"]
    assert ours.reported("acme", "laval").countries == {"CA"}
    assert LOCATIONS.find("acme", "laval") is None
    assert LOCATIONS.find("aws", "eu-west-9") is None


def test_the_providers_in_order() -> None:
    """Listed are the shipped providers, each with the user's additions, then the user's own."""
    ours = Locations({"acme": _own(laval="CA"), "aws": _own("aws", "More AWS", x="PT")})
    assert [each.id for each in LOCATIONS.providers()] == list(PROVIDERS)
    assert [each.id for each in ours.providers()] == ["aws", *PROVIDERS, "acme"]


def test_the_revision_covers_every_word() -> None:
    """Another place, country, name or spelling is another revision; the order is none."""
    first, second = _own(a="CA"), _own("beta", b="FR")
    other_spelling = CloudProvider("acme", "Acme", first.regions, {"a": "a", "b": "a"}, {})
    revisions = [
        Locations(own).revision
        for own in (
            {},
            {"acme": first},
            {"acme": _own(a="US")},
            {"acme": _own(name="ACME", a="CA")},
            {"acme": other_spelling},
            {"acme": first, "beta": second},
        )
    ]
    assert len(set(revisions)) == len(revisions)
    assert Locations({"beta": second, "acme": first}).revision == revisions[-1]
    assert Locations({"acme": first}) == Locations({"acme": _own(a="CA")})


def test_nobody_can_change_the_tables() -> None:
    """Nobody can add, move or remove a region at run time."""
    with pytest.raises(TypeError):
        CLOUD_REGIONS["aws"]["eu-west-9"] = CLOUD_REGIONS["aws"]["eu-west-1"]  # type: ignore[index]  # the test
    with pytest.raises(TypeError):
        del CLOUD_REGIONS["aws"]  # type: ignore[attr-defined]  # the test
    with pytest.raises(KeyError):
        CLOUD_REGIONS["nimbus"]
    assert len(CLOUD_REGIONS) == len(list(CLOUD_REGIONS)) == len(PROVIDERS)


def _unread() -> Any:
    """Return the reader of tables as it is before anything was read."""
    return cache(vars(cloud)["_shipped"].__wrapped__)


def test_a_table_that_was_changed_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A provider's file that is not the one of the revision is refused, and so is a missing one."""
    (tmp_path / "regions").mkdir()
    monkeypatch.setattr(cloud, "_shipped", _unread())
    monkeypatch.setattr(datafile, "_FOLDER", tmp_path)
    with pytest.raises(InputError, match="install the library again") as missing:
        LOCATIONS.find("ovh", "gra")
    (tmp_path / "regions" / "ovh.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="install the library again") as changed:
        LOCATIONS.find("ovh", "gra")
    assert (missing.value.kind, changed.value.kind) == (ErrorKind.UNREADABLE, ErrorKind.CONFLICT)


def test_a_table_is_read_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for a region of one provider reads the file of that one alone."""
    read: list[str] = []

    def recorded(name: str, digest: str) -> object:
        read.append(name)
        return datafile.parse_sealed(name, digest)

    monkeypatch.setattr(cloud, "_shipped", _unread())
    monkeypatch.setattr(cloud, "parse_sealed", recorded)
    for _ in range(2):
        assert LOCATIONS.find("ovh", "gra") is not None
    assert LOCATIONS.find("nimbus", "gra") is None
    assert read == ["regions/ovh.json"]
