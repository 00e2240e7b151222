"""Regions whose names mislead: each decides by the ground that it stands on, or is blocked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency import Account, Guard, Reason, Router, load_policy
from residency.destination import locate
from residency.errors import DestinationError, ErrorKind
from residency.geography import CLOUD_REGIONS, MEMBERSHIPS, PROVIDERS

_POLICY = load_policy("xmedius")
_GUARD = Guard(Router(_POLICY))
_TODAY = date(2026, 11, 23)
_HOMES = {
    "EU": Account("acme", "Germany", setup_date=date(2021, 3, 1)),
    "US": Account("acme", "United States", setup_date=date(2021, 3, 1)),
    "CA": Account("acme", "Canada", setup_date=date(2021, 3, 1)),
}
_REGIONS = [region.label for regions in CLOUD_REGIONS.values() for region in regions.values()]


def _homes(destination: str) -> set[str]:
    """Return the zones whose data may be written there without a consent."""
    return {
        zone
        for zone, account in _HOMES.items()
        if _GUARD.decide(account, "xm-fax", to=destination).permitted
    }


@pytest.mark.parametrize(
    ("destination", "zone"),
    [
        # European-looking names outside the Union.
        ("aws:eu-west-2", None),  # London
        ("gcp:europe-west2", None),
        ("azure:uksouth", None),
        ("ovh:uk", None),
        ("digitalocean:lon1", None),
        ("ibm:eu-gb", None),
        ("ibm:eu-gb-smart", None),
        ("oracle:uk-london-1", None),
        ("aws:eu-central-2", None),  # Zurich
        ("gcp:europe-west6", None),
        ("azure:switzerlandnorth", None),
        ("oracle:eu-zurich-1", None),
        ("oracle:eu-dcc-zurich-1", None),
        ("azure:norwayeast", None),  # Oslo and its pair
        ("azure:norwayeast+grs", None),
        ("ibm:osl01", None),
        ("aws:eu-central-1-ist-1a", None),  # Istanbul
        ("aws:il-central-1", None),  # Tel Aviv
        ("gcp:me-west1", None),
        ("oracle:eu-jovanovac-1", None),  # Serbia
        # A zone bears the name of its parent and stands elsewhere.
        ("aws:us-east-1", "US"),
        ("aws:us-east-1-bos-1a", "US"),
        ("aws:us-east-1-bue-1a", None),  # Buenos Aires
        ("aws:us-east-1-bue-1", None),
        ("aws:us-east-1-lim-1a", None),  # Lima
        ("aws:us-east-1-scl-1a", None),  # Santiago
        ("aws:us-east-1-qro-1a", None),  # Querétaro
        ("aws:eu-north-1-cph-1a", "EU"),
        ("aws:eu-central-1-ath-1a", "EU"),
        # One name, different ground.
        ("aws:eu-central-1", "EU"),  # Frankfurt
        ("wasabi:eu-central-1", "EU"),  # Amsterdam
        ("wasabi:eu-west-2", "EU"),  # Paris
        ("aws:eu-west-1", "EU"),  # Ireland
        ("wasabi:eu-west-1", None),  # United Kingdom
        ("alibaba:eu-west-1", None),  # London
        ("aws:eu-west-3", "EU"),  # Paris
        ("wasabi:eu-west-3", None),  # United Kingdom
        ("aws:us-west-1", "US"),
        ("alibaba:us-west-1", "US"),
        ("aws:ca-west-1", "CA"),
        # Pairs and multi-regions that leave the zone, and those that do not.
        ("azure:brazilsouth", None),
        ("azure:brazilsouth+grs", None),  # its pair is in Texas
        ("azure:southcentralus+grs", "US"),
        ("azure:westeurope+grs", "EU"),
        ("azure:canadacentral+grs", "CA"),
        ("azure:swedencentral+grs", "EU"),
        ("azure:southeastasia+grs", None),
        ("gcp:us", "US"),
        ("gcp:nam4", "US"),
        ("gcp:eu", "EU"),
        ("gcp:EU", "EU"),
        ("gcp:eur4", "EU"),
        ("gcp:eur5", None),  # London
        ("gcp:eur7", None),  # London
        ("gcp:eur8", None),  # Zürich
        ("gcp:asia", None),
        ("ibm:eu-geo", "EU"),
        ("aws:EU", "EU"),  # Ireland, in the words of S3
        # Sovereign and government partitions stand where they stand.
        ("aws:eusc-de-east-1", "EU"),
        ("aws:us-gov-west-1", "US"),
        ("aws:cn-north-1", None),
        ("azure:usgovvirginia+grs", "US"),
        ("azure:chinaeast", None),
        ("oracle:eu-frankfurt-2", "EU"),
        ("oracle:uk-gov-london-1", None),
        ("oracle:us-langley-1", "US"),
        # A guarantee is a location.
        ("cloudflare-r2:eu", "EU"),
        ("cloudflare-r2:us", "US"),
    ],
)
def test_the_ground_decides(destination: str, zone: str | None) -> None:
    """A write is within the zone exactly if all its ground is, whatever the region is called."""
    assert _homes(destination) == ({zone} - {None})


@pytest.mark.parametrize(
    "destination",
    [
        "cloudflare-r2:weur",  # a hint
        "cloudflare-r2:WEUR",
        "cloudflare-r2:auto",
        "cloudflare-r2:fedramp",
        "aws:",  # only a client's empty answer means N. Virginia
        "aws:us",
        "aws:eu-isoe-west-1",
        "aws:eu-west-3-wl1-cmn-wlz-1",  # in Casablanca
        "aws:eu-west-1a",
        "azure:polandcentral+grs",  # has no pair
        "azure:westeurope+gars",
        "azure:westeurope+",
        "gcp:eu-west-1",  # another provider's
        "aws:europe-west1",
        "hetzner:eu-central-1",
        "AWS:eu-west-1",
        "nimbus:eu-west-1",
    ],
)
def test_the_unknown_is_blocked(destination: str) -> None:
    """What no table holds is blocked for every zone, as an unknown destination."""
    for account in _HOMES.values():
        decision = _GUARD.decide(account, "xm-fax", to=destination)
        assert (decision.permitted, decision.reason) == (False, Reason.UNKNOWN_DESTINATION)


def test_a_refusal_of_a_hint_says_so() -> None:
    """Whoever names a location hint reads that the provider does not guarantee it."""
    with pytest.raises(DestinationError, match="best effort and not a guarantee") as refused:
        locate("cloudflare-r2:weur", _POLICY, _TODAY)
    assert refused.value.kind == ErrorKind.UNKNOWN_LOCATION


def test_another_spelling_is_the_same_location() -> None:
    """A spelling that a client returns is shown, and decided, as its region."""
    for destination, label in {
        "aws:EU": "aws:eu-west-1",
        "gcp:EUROPE-WEST2": "gcp:europe-west2",
        "azure:UK South": "azure:uksouth",
        "azure:UK South+Standard_RAGRS": "azure:uksouth+grs",
        "alibaba:oss-eu-central-1": "alibaba:eu-central-1",
    }.items():
        (location,) = locate(destination, _POLICY, _TODAY)
        assert location.label == label
        assert locate([destination, label], _POLICY, _TODAY) == (location,)


def test_consent_to_a_region_is_none_to_its_pair() -> None:
    """What rests in several countries answers to its own name alone, not to one of theirs."""
    names = [locate(f"azure:brazilsouth{kept}", _POLICY, _TODAY)[0].names for kept in ("", "+grs")]
    assert names == [{"azure:brazilsouth", "country:BR"}, {"azure:brazilsouth+grs"}]


_UNITED_STATES = {"US", "AS", "GU", "MP", "PR", "UM", "VI"}


def _slowly(countries: frozenset[str]) -> set[str]:
    """Return the zones that hold all these countries, the long way."""
    return {
        zone
        for zone, holds in {
            "EU": all(
                c in MEMBERSHIPS.unions["EU"] and c not in {"GB", "GI", "BL"} for c in countries
            ),
            "US": countries <= _UNITED_STATES,
            "CA": countries <= {"CA"},
        }.items()
        if holds
    }


@pytest.mark.parametrize("destination", _REGIONS)
def test_every_region_decides_by_its_countries(destination: str) -> None:
    """Every region is within exactly the zone that holds all its countries."""
    provider, _, name = destination.partition(":")
    assert _homes(destination) == _slowly(CLOUD_REGIONS[provider][name].countries)


@given(st.sampled_from(list(_HOMES)), st.lists(st.sampled_from(_REGIONS), min_size=1, max_size=4))
def test_all_ground_counts(zone: str, destinations: list[str]) -> None:
    """A write to several regions is within the zone exactly if each of them is."""
    decision = _GUARD.decide(_HOMES[zone], "xm-fax", to=destinations)
    assert decision.permitted is all(zone in _homes(each) for each in destinations)


@given(
    st.sampled_from([*PROVIDERS, "nimbus", "AWS"]),
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=30),
)
def test_the_unknown_never_permits(provider: str, name: str) -> None:
    """Whatever is written after a provider's id, a permit means that the table has it."""
    homes = _homes(f"{provider}:{name}")
    known = _POLICY.locations.find(provider, name)
    assert homes == (set() if known is None else _slowly(known.countries))
