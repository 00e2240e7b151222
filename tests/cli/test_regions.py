"""`residency regions`: the places that a destination may name."""

import csv
import io
import json
from pathlib import Path

import pytest

from residency.geography import CLOUD_REGIONS
from tests.cli.running import Ran, one_decision, run_here

HEADER = "location,name,countries,zone,source"

OURS = """
[[providers]]
id = "acme"
name = "Acme"
source = "a lease"
regions = [{ id = "laval-1", name = "Laval", countries = ["CA"] }]

[[providers]]
id = "aws"
name = "Amazon"
source = "an announcement"
regions = [{ id = "eu-west-9", name = "Lisbon", countries = ["PT"] }]
"""


@pytest.fixture
def ours(tmp_path: Path) -> str:
    """Return the path of a file with a place in Canada and one in Portugal."""
    path = tmp_path / "ours.toml"
    path.write_text(OURS, encoding="utf-8")
    return str(path)


def _rows(ran: Ran) -> dict[str, dict[str, str]]:
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == HEADER
    return {row["location"]: row for row in csv.DictReader(io.StringIO(ran.out))}


def test_the_list_is_whole() -> None:
    """Every region of every provider is listed, with its countries and the zone that holds them."""
    rows = _rows(run_here("regions"))
    assert {location: row["countries"] for location, row in rows.items()} == {
        region.label: " ".join(sorted(region.countries))
        for regions in CLOUD_REGIONS.values()
        for region in regions.values()
    }
    assert all(row["source"] for row in rows.values())
    for location, zone in {
        "aws:eu-west-1": "EU",
        "aws:eu-west-2": "",
        "aws:us-east-1-bue-1a": "",
        "azure:brazilsouth+grs": "",
        "ovh:bhs": "CA",
        "gcp:us": "US",
    }.items():
        assert rows[location]["zone"] == zone


def test_a_zone_lists_its_own() -> None:
    """`--zone EU` lists what stands wholly in zone EU, and nothing else."""
    everything, european = _rows(run_here("regions")), _rows(run_here("regions", "--zone", "EU"))
    assert european == {
        location: row for location, row in everything.items() if row["zone"] == "EU"
    }
    assert "aws:eu-central-1" in european
    assert european.keys().isdisjoint({"aws:eu-west-2", "gcp:eur5", "aws:us-east-1"})


def test_a_provider_lists_its_own() -> None:
    """`--provider ovh` lists what is of that provider; both options together, what both allow."""
    assert set(_rows(run_here("regions", "--provider", "ovh"))) == {
        region.label for region in CLOUD_REGIONS["ovh"].values()
    }
    found = _rows(run_here("regions", "--provider", "ovh", "--zone", "CA"))
    assert set(found) == {"ovh:bhs", "ovh:ca-east-tor"}


def test_json_says_the_same() -> None:
    """The JSON array has the rows of the CSV, with null for no zone and a list of countries."""
    ran = run_here("regions", "--provider", "gcp", "--format", "json")
    as_csv = {
        row["location"]: row | {"countries": " ".join(row["countries"]), "zone": row["zone"] or ""}
        for row in json.loads(ran.out)
    }
    assert as_csv == _rows(run_here("regions", "--provider", "gcp"))
    none = run_here("regions", "--provider", "scaleway", "--zone", "US", "--format", "json")
    assert json.loads(none.out) == []


def test_the_zone_is_that_of_the_policy() -> None:
    """Another policy has other zones: London is in one of its own."""
    rows = _rows(run_here("regions", "--policy", "examples/four-zones.toml", "--zone", "UK"))
    assert {"aws:eu-west-2", "azure:uksouth+grs", "ovh:uk"} <= rows.keys()


def test_own_places_are_listed(ours: str) -> None:
    """`--locations FILE` adds the places of the file, each beside its provider's."""
    rows = _rows(run_here("regions", "--locations", ours))
    assert rows["acme:laval-1"]["zone"] == "CA"
    assert rows["acme:laval-1"]["source"] == "a lease"
    assert set(_rows(run_here("regions", "--locations", ours, "--provider", "acme"))) == {
        "acme:laval-1"
    }
    amazon = _rows(run_here("regions", "--locations", ours, "--provider", "aws", "--zone", "EU"))
    assert {"aws:eu-west-9", "aws:eu-west-1"} <= amazon.keys()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--zone", "MARS"], "zone `MARS` is not known: use one of US, EU, CA"),
        (["--provider", "nimbus"], "provider `nimbus` is not known: use one of aws, gcp, "),
        (["--locations", "nowhere.toml"], "`nowhere.toml` cannot be read"),
    ],
)
def test_what_is_not_known_is_refused(arguments: list[str], says: str) -> None:
    """A zone, provider or file that is not there is refused before anything is written."""
    ran = run_here("regions", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_own_places_decide(ours: str) -> None:
    """`decide --locations` and `explain --locations` know the places of the file."""
    case = {
        "id": "acme",
        "setup_country": "Canada",
        "setup_date": "2021-03-01",
        "solution": "xm-fax",
        "to": "acme:laval-1",
    }
    assert one_decision(**case)[1]["reason"] == "UNKNOWN_DESTINATION"
    ran = run_here("decide", "--locations", ours, given=json.dumps(case))
    assert (ran.code, ran.records[0]["reason"]) == (0, "WITHIN_ZONE")
    told = run_here("explain", "Canada", "--to", "acme:laval-1", "--locations", ours)
    assert told.code == 0
    assert "Permitted" in told.out
