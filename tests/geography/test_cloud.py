"""Where cloud regions stand: the country in, or of the city in, the name AWS gives each region."""

import json
from importlib.resources import files
from typing import Any, cast

import pytest

from residency.geography import CLOUD_REGIONS, TERRITORIES
from residency.geography.datafile import parse

_AWS = CLOUD_REGIONS["aws"]

_COUNTRY = {
    "af-south-1": "ZA",  # Cape Town
    "ap-east-1": "HK",
    "ap-east-2": "TW",  # Taipei
    "ap-northeast-1": "JP",  # Tokyo
    "ap-northeast-2": "KR",  # Seoul
    "ap-northeast-3": "JP",  # Osaka
    "ap-south-1": "IN",  # Mumbai
    "ap-south-2": "IN",  # Hyderabad
    "ap-southeast-1": "SG",
    "ap-southeast-2": "AU",  # Sydney
    "ap-southeast-3": "ID",  # Jakarta
    "ap-southeast-4": "AU",  # Melbourne
    "ap-southeast-5": "MY",
    "ap-southeast-6": "NZ",
    "ap-southeast-7": "TH",
    "ca-central-1": "CA",
    "ca-west-1": "CA",  # Calgary
    "cn-north-1": "CN",  # Beijing
    "cn-northwest-1": "CN",  # Ningxia
    "eu-central-1": "DE",  # Frankfurt
    "eu-central-2": "CH",  # Zurich
    "eu-north-1": "SE",  # Stockholm
    "eu-south-1": "IT",  # Milan
    "eu-south-2": "ES",
    "eu-west-1": "IE",
    "eu-west-2": "GB",  # London
    "eu-west-3": "FR",  # Paris
    "eusc-de-east-1": "DE",
    "il-central-1": "IL",  # Tel Aviv
    "me-central-1": "AE",
    "me-south-1": "BH",
    "mx-central-1": "MX",
    "sa-east-1": "BR",  # São Paulo
    "us-east-1": "US",
    "us-east-2": "US",
    "us-gov-east-1": "US",
    "us-gov-west-1": "US",
    "us-iso-east-1": "US",
    "us-iso-west-1": "US",
    "us-isob-east-1": "US",
    "us-isob-west-1": "US",
    "us-isof-east-1": "US",
    "us-isof-south-1": "US",
    "us-west-1": "US",
    "us-west-2": "US",
}


def test_each_region_stands_in_its_country() -> None:
    """Each AWS region stands in exactly the one country that its name gives."""
    assert {id_: set(region.countries) for id_, region in _AWS.items()} == {
        id_: {country} for id_, country in _COUNTRY.items()
    }


@pytest.mark.parametrize("region", _AWS.values(), ids=lambda region: region.id)
def test_a_region_describes_itself(region: object) -> None:
    """A region is filed under its own provider and identifier, and has a name."""
    found = next(known for known in _AWS.values() if known is region)
    assert found is CLOUD_REGIONS[found.provider][found.id]
    assert found.name


def test_each_country_is_a_territory() -> None:
    """Every country of every region is a known territory, and no region has none."""
    for regions in CLOUD_REGIONS.values():
        for region in regions.values():
            assert region.countries
            assert region.countries <= set(TERRITORIES)


def test_what_no_source_places_is_unknown() -> None:
    """A region of which no source gives the country is absent, and its absence has a reason."""
    shipped = cast("dict[str, Any]", parse("cloud_regions.json"))
    unsourced: dict[str, str] = shipped["providers"]["aws"]["unsourced"]
    assert set(unsourced) == {"eu-isoe-west-1"}
    assert all(unsourced.values())
    assert set(unsourced).isdisjoint(_AWS)


@pytest.mark.parametrize("id_", ["eu-west-1a", "aws-global", "us-east-1-bos-1a", "", "EU-WEST-1"])
def test_only_regions_are_known(id_: str) -> None:
    """Availability zones, local zones, pseudo-regions and other spellings are no regions."""
    assert id_ not in _AWS


def test_the_table_cannot_be_changed() -> None:
    """Nobody can add, move or remove a region at run time."""
    with pytest.raises(TypeError):
        CLOUD_REGIONS["aws"]["eu-west-9"] = _AWS["eu-west-1"]  # type: ignore[index]  # the test
    with pytest.raises(TypeError):
        del CLOUD_REGIONS["aws"]  # type: ignore[attr-defined]  # the test


def test_the_published_list_agrees() -> None:
    """Every known region that the installed botocore publishes is in the same partition there."""
    botocore = pytest.importorskip("botocore", reason="the s3 extra brings botocore")
    published = json.loads((files(botocore) / "data" / "endpoints.json").read_bytes())
    partitions = {
        id_: partition["partition"]
        for partition in published["partitions"]
        for id_ in partition["regions"]
    }
    shipped = cast("dict[str, Any]", parse("cloud_regions.json"))
    rows: dict[str, dict[str, str]] = shipped["providers"]["aws"]["regions"]
    common = rows.keys() & partitions.keys()
    assert {"eu-west-1", "us-gov-west-1", "cn-north-1", "us-iso-east-1"} <= common
    assert {id_: rows[id_]["partition"] for id_ in common} == {
        id_: partitions[id_] for id_ in common
    }
