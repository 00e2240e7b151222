"""`residency explain`: one case in words."""

from datetime import date

import pytest

from residency.cli import explain
from tests.cli.running import POLICY, run_here


def test_a_placement_is_told_with_its_clause() -> None:
    """The answer names the country, the zone, the hosting country, the clause and what it says."""
    ran = run_here("explain", "Germany", "--setup-date", "2021-03-01")
    assert ran.code == 0
    case, clause, policy = ran.out.splitlines()
    assert case == (
        "Germany (DE), set up on 2021-03-01: XM Fax data is stored in zone EU (European Union), "
        "hosted in France (FR)."
    )
    assert clause.startswith("§5(ii): ")
    assert policy.startswith(f"Policy: {POLICY}")


def test_several_zones_are_all_told() -> None:
    """License servers stand in both the USA and Canada (§3.5), whatever the country."""
    ran = run_here("explain", "FR", "--solution", "license-servers")
    assert "in zone US (United States of America) and CA (Canada)" in ran.out
    assert "hosted in United States (US) and Canada (CA)" in ran.out


def test_the_setup_date_defaults_to_today_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a date the case is of today, and the answer says which day that was."""
    monkeypatch.setattr(explain, "today", lambda: date(2020, 1, 31))
    ran = run_here("explain", "UK")
    assert "set up on 2020-01-31" in ran.out
    assert "zone EU" in ran.out


def test_the_entity_counts_elsewhere() -> None:
    """Outside the USA, the EU and Canada the order entity decides (§5(iv))."""
    ran = run_here("explain", "JP", "--entity", "XMedius Europe SAS")
    assert "zone EU" in ran.out
    assert "§5(iv): " in ran.out


def test_a_blocked_transfer_is_told_with_what_would_permit_it() -> None:
    """With --to outside the zone, the answer cites the transfer clause, and the exit code is 1."""
    ran = run_here("explain", "Germany", "--to", "aws:eu-west-2")
    assert ran.code == 1
    assert "\nBlocked\n" in ran.out
    assert "What would permit it:" in ran.out
    assert "\n§5(transfer): " in ran.out


def test_a_permitted_transfer_is_told() -> None:
    """With every --to inside the zone, the exit code is 0."""
    ran = run_here("explain", "Germany", "--to", "aws:eu-west-1", "--to", "country:FR")
    assert ran.code == 0
    assert "\nPermitted\n" in ran.out
    assert "country:FR" in ran.out


def test_the_moment_of_a_transfer_counts() -> None:
    """London was EU territory until the end of January 2020."""
    case = ("explain", "Germany", "--setup-date", "2019-01-01", "--to", "aws:eu-west-2", "--at")
    assert run_here(*case, "2020-01-31T00:00:00Z").code == 0
    assert run_here(*case, "2020-02-01T00:00:00Z").code == 1


def test_a_refusal_is_told_with_what_may_be_meant() -> None:
    """A country that may be two is refused with both, by name, and the exit code is 1."""
    ran = run_here("explain", "Congo")
    assert ran.code == 1
    assert ran.out.startswith("Refused (AMBIGUOUS): country `Congo`")
    assert "  CD  Congo, The Democratic Republic of the\n" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [("JP",), ("DE", "--solution", "xm-print"), ("DE", "--solution", ""), ("a\nb\x1b[31m",)],
)
def test_what_cannot_be_decided_is_refused(arguments: tuple[str, ...]) -> None:
    """A missing entity, an unknown solution or a country with control characters exits with 1."""
    ran = run_here("explain", *arguments)
    assert ran.code == 1
    assert ran.out.startswith("Refused (")
    assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    ("option", "value"),
    [("--setup-date", "03/04/2021"), ("--setup-date", "2021-02-30"), ("--at", "2021-03-01")],
)
def test_a_malformed_option_is_a_misuse(option: str, value: str) -> None:
    """A day or moment in another form exits with 2, and the message names the option."""
    ran = run_here("explain", "DE", option, value)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert option in line
    assert value in line
