"""The tables of cloud regions: whole, sourced, and true to what the places in the names say."""

import gzip
import json
import re
from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Any

import pytest

from residency.geography import (
    CLOUD_REGIONS,
    MEMBERSHIPS,
    PROVIDERS,
    TERRITORIES,
    CloudRegion,
    cloud_provider,
)
from residency.geography.cloud import spelling_key
from tests.geography.places import COUNTRY_OF

_FOLDER = files("residency.geography") / "data"
_REGIONS = [region for regions in CLOUD_REGIONS.values() for region in regions.values()]


def _document(provider: str) -> Any:
    return json.loads((_FOLDER / "regions" / f"{provider}.json").read_bytes())


def _groups() -> list[dict[str, Any]]:
    return [group for provider in PROVIDERS for group in _document(provider)["groups"]]


def _label(region: CloudRegion) -> str:
    return region.label


each_provider = pytest.mark.parametrize("provider", PROVIDERS)
each_region = pytest.mark.parametrize("region", _REGIONS, ids=_label)


def test_the_providers() -> None:
    """These providers are known, under these ids."""
    assert " ".join(PROVIDERS) == (
        "aws gcp azure cloudflare-r2 backblaze-b2 wasabi digitalocean ovh scaleway hetzner"
        " oracle ibm alibaba"
    )


@each_region
def test_a_region_is_somewhere(region: CloudRegion) -> None:
    """Every region has at least one country, each a known territory, and is filed under its own."""
    assert region.countries
    assert region.countries <= set(TERRITORIES)
    assert CLOUD_REGIONS[region.provider][region.id] == region
    assert region.source


_OF_A_UNION = {"gcp:eu", "gcp:asia", "cloudflare-r2:eu"}


@pytest.mark.parametrize(
    "region", [each for each in _REGIONS if each.label not in _OF_A_UNION], ids=_label
)
def test_a_region_stands_where_its_name_says(region: CloudRegion) -> None:
    """A region's countries are those of the places that the provider puts into its name."""
    # A Local Zone's name goes on with its parent's id, which says nothing.
    name = region.name.partition(" Local Zone")[0]
    found = {
        country
        for place, country in COUNTRY_OF.items()
        if re.search(rf"(?<!\w){re.escape(place)}(?!\w)", name)
    }
    assert found == set(region.countries)


def test_a_promise_of_the_union_is_the_whole_union() -> None:
    """Where a provider promises the Union and no state, each member of that day counts."""
    # Member states; overseas parts and islands with codes of their own are members through them.
    states = {
        territory
        for territory in MEMBERSHIPS.unions["EU"]
        if MEMBERSHIPS.is_member("EU", territory, date(2026, 11, 23))
    } - {"AX", "GF", "GP", "MF", "MQ", "RE", "YT"}
    assert len(states) == 27
    for label in ("gcp:eu", "cloudflare-r2:eu"):
        provider, _, name = label.partition(":")
        assert CLOUD_REGIONS[provider][name].countries == states


def test_asia_of_google() -> None:
    """Google's `asia` is its regions in Asia but for Hong Kong and Indonesia, which it excludes."""
    google = CLOUD_REGIONS["gcp"]
    asian = {
        country for name in google if name.startswith("asia-") for country in google[name].countries
    }
    assert google["asia"].countries == asian - {"HK", "ID"}


@each_provider
def test_no_spelling_names_two_regions(provider: str) -> None:
    """Within one provider every spelling names one region, and every id is its own spelling."""
    named: dict[str, set[str]] = {}
    for group in _document(provider)["groups"]:
        for name, row in group["regions"].items():
            for pattern in group["spellings"]:
                for each in (name, *row.get("also", ())):
                    written = spelling_key(pattern.format(each))
                    named.setdefault(written, set()).add(group["spellings"][0].format(name))
    assert [written for written, regions in named.items() if len(regions) > 1] == []
    known = cloud_provider(provider)
    assert known is not None
    assert dict(known.spellings) == {written: regions.pop() for written, regions in named.items()}
    assert all(known.spellings[name] == name for name in known.regions)


@each_provider
def test_what_is_left_out_is_unknown(provider: str) -> None:
    """What no source places has a reason instead of a country, and names no region."""
    known = cloud_provider(provider)
    assert known is not None
    assert all(known.left_out.values())
    assert [name for name in known.left_out if known.find(name) is not None] == []
    assert [name for name in known.left_out if name != spelling_key(name)] == []


def test_every_group_names_its_sources() -> None:
    """Every row rests on a page with a title, an address and the day on which it was seen."""
    for group in _groups():
        assert group["sources"]
        for source in group["sources"]:
            assert source["title"]
            assert source["url"].startswith("https://")
            assert date(2026, 1, 1) <= date.fromisoformat(source["seen"])


@each_provider
def test_the_index_seals_the_file(provider: str) -> None:
    """The index, which the revision covers, holds the digest of each provider's file."""
    index = json.loads((_FOLDER / "regions.json").read_bytes())["providers"]
    content = (_FOLDER / "regions" / f"{provider}.json").read_bytes()
    assert index[provider]["sha256"] == sha256(content).hexdigest()
    assert index[provider]["name"] == json.loads(content)["name"]
    assert json.loads(content)["provider"] == provider


def test_a_pair_is_the_union_of_both_its_regions() -> None:
    """Geo-redundant storage rests in the countries of the region and of its pair."""
    pairs = {
        f"{name}+grs": (name, row["pair"])
        for group in _document("azure")["groups"]
        for name, row in group["regions"].items()
        if "pair" in row
    }
    azure = CLOUD_REGIONS["azure"]
    assert {name for name in azure if name.endswith("+grs")} == set(pairs)
    for name, (first, second) in pairs.items():
        assert azure[name].countries == azure[first].countries | azure[second].countries


def test_the_published_regions_of_amazon() -> None:
    """Every region that botocore publishes is known under its published name, or left out."""
    botocore = pytest.importorskip("botocore", reason="the s3 extra brings botocore")
    published = json.loads((files(botocore) / "data" / "endpoints.json").read_bytes())
    names = {
        name: row["description"]
        for partition in published["partitions"]
        for name, row in partition["regions"].items()
    }
    amazon = cloud_provider("aws")
    assert amazon is not None
    ours = {name for name in amazon.regions if re.search(r"-\d$", name)}
    # An older or newer botocore than the table's may lack regions or have others.
    common = ours & names.keys()
    assert {"eu-west-1", "us-gov-west-1", "cn-north-1", "us-iso-east-1"} <= common
    assert {name: amazon.regions[name].name for name in common} == {
        name: names[name] for name in common
    }
    assert "eu-isoe-west-1" in amazon.left_out


def test_every_location_constraint_of_s3_is_known() -> None:
    """Whatever S3 returns as the location of a bucket, by botocore's model of it, is known."""
    botocore = pytest.importorskip("botocore", reason="the s3 extra brings botocore")
    model = files(botocore) / "data" / "s3" / "2006-03-01" / "service-2.json.gz"
    shapes = json.loads(gzip.decompress(model.read_bytes()))["shapes"]
    amazon = cloud_provider("aws")
    assert amazon is not None
    # What is newer than the table is unknown, and so blocked.
    known = [
        each for each in shapes["BucketLocationConstraint"]["enum"] if amazon.find(each) is not None
    ]
    assert {"EU", "eu-west-1", "us-gov-east-1", "cn-north-1"} <= set(known)
    assert amazon.regions[amazon.spellings["eu"]].id == "eu-west-1"
