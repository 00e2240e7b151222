"""``residency regions``: the places that a destination may name, and the zone of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import click

from residency.cli.csvfile import write_csv
from residency.cli.files import open_sink
from residency.cli.jsonlines import write_json
from residency.cli.options import (
    chosen_policy,
    locations_option,
    output_option,
    policy_option,
    today,
)
from residency.destination import locate
from residency.errors import ErrorKind, InputError, quote
from residency.geography import CloudRegion
from residency.policy import Policy

__all__ = ["REGION_COLUMNS", "Row", "regions", "regions_as_csv", "regions_as_json", "regions_of"]

REGION_COLUMNS = ("location", "name", "countries", "zone", "source")
"""The columns of the list, in order."""

Row = tuple[str, str, tuple[str, ...], str | None, str]
"""One region, as its columns."""

_ZONE = 3


def regions_of(
    policy: Policy, on: date, *, zone: str | None = None, provider: str | None = None
) -> Iterator[Row]:
    """Return a row for each region whose ground is known.

    Args:
        policy: the policy whose zones and locations count.
        on: the day on which membership is taken.
        zone: the one zone that must hold all its countries; None for any, and for none.
        provider: the one provider's id; None for all of them.

    Raises:
        InputError: there is no such zone or provider (UNKNOWN).
    """
    _require(zone, tuple(policy.zones), "zone")
    known = dict.fromkeys(each.id for each in policy.locations.providers())
    _require(provider, tuple(known), "provider")
    found = (
        region
        for each in policy.locations.providers()
        if provider in (None, each.id)
        for region in each.regions.values()
    )
    rows = (_row(region, policy, on) for region in found)
    return (row for row in rows if zone in (None, row[_ZONE]))


def _require(given: str | None, known: tuple[str, ...], what: str) -> None:
    if given is not None and given not in known:
        message = f"{what} {quote(given)} is not known: use one of {', '.join(known)}"
        raise InputError(message, kind=ErrorKind.UNKNOWN, value=given, suggestions=known)


def _row(region: CloudRegion, policy: Policy, on: date) -> Row:
    (location,) = locate(region.label, policy, on)
    countries = tuple(sorted(region.countries))
    return region.label, region.name, countries, location.zone, region.source


def regions_as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the list as lines of CSV, the header first."""
    yield write_csv(REGION_COLUMNS)
    for row in rows:
        yield write_csv(row)


def regions_as_json(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the list as lines of a JSON array, one object for each region."""
    separator = "[\n"
    for row in rows:
        yield separator + write_json(dict(zip(REGION_COLUMNS, row, strict=True)))
        separator = ",\n"
    # A provider may have no region in a zone.
    yield "[]\n" if separator == "[\n" else "\n]\n"


_WRITERS = {"csv": regions_as_csv, "json": regions_as_json}


@click.command
@click.option("--zone", metavar="ID", help="Only the regions that stand in this zone.")
@click.option("--provider", metavar="ID", help="Only the regions of this provider.")
@click.option(
    "--format",
    "chosen",
    type=click.Choice(list(_WRITERS)),
    default="csv",
    show_default=True,
    help="The format of the list.",
)
@output_option
@locations_option
@policy_option
def regions(
    *,
    zone: str | None,
    provider: str | None,
    chosen: str,
    sink: str,
    locations: str | None,
    policy: str,
) -> int:
    """List the cloud regions that a destination may name, with the countries of each and its zone.

    A region is in a zone if all its countries are. One that is not listed is unknown, and a write
    to it is blocked.
    """
    rows = regions_of(chosen_policy(policy, locations), today(), zone=zone, provider=provider)
    with open_sink(sink) as stream:
        for line in _WRITERS[chosen](rows):
            stream.write(line.encode())
    return 0
