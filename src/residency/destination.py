"""Locations: where bytes would come to rest, and which zone's ground that is.

A location is written ``country:FR``, ``zone:EU`` or ``PROVIDER:REGION``. The name of a cloud region
says little of the ground it stands on: ``aws:eu-west-2`` is London, which is not EU territory.
"""

from __future__ import annotations

from datetime import date

from attrs import frozen

from residency.checks import items_of, require_text
from residency.errors import CountryError, DestinationError, ErrorKind, quote
from residency.geography import Territory, normalise
from residency.policy.document import Policy
from residency.value import Value

__all__ = ["Location", "as_given", "locate"]

_MOST_LOCATIONS = 256
_MOST_SHOWN = 10


@frozen(slots=True, eq=False, repr=False)
class Location(Value):
    """One physical place as a policy sees it on a given day.

    Args:
        label: how it was written, in canonical form.
        countries: every country its bytes may rest in; empty for a zone as a whole.
        zone: the one zone that holds all of them; None where there is none.
    """

    label: str
    countries: frozenset[Territory]
    zone: str | None

    @property
    def names(self) -> frozenset[str]:
        """What a consent record may call it: its label, its zone, or its one country."""
        names = {self.label}
        if self.zone is not None:
            names.add(self.zone)
        if len(self.countries) == 1:
            names.update(f"country:{country}" for country in self.countries)
        return frozenset(names)


def locate(text: object, policy: Policy, on: date) -> tuple[Location, ...]:
    """Return the locations that a destination names, each once, in the order of their labels.

    Args:
        text: one location, or a tuple, list or set of them: every place the bytes land on,
            replicas included.
        policy: the policy whose zones count.
        on: the day on which membership is taken.

    Raises:
        DestinationError: a location is malformed or unknown, or there is none (UNKNOWN_LOCATION).
    """
    items = items_of(text)
    if items is None:
        return (_locate(text, policy, on),)
    if not 0 < len(items) <= _MOST_LOCATIONS:
        message = f"a transfer names {len(items)} locations: name 1 to {_MOST_LOCATIONS}"
        raise DestinationError(message, kind=ErrorKind.UNKNOWN_LOCATION, value=text)
    found = {_locate(item, policy, on) for item in items}
    return tuple(sorted(found, key=lambda location: location.label))


def as_given(to: object) -> tuple[Location, ...]:
    """Return the first ten of places of which some are not known, as they were given.

    Args:
        to: what :func:`locate` refuses.
    """
    asked = items_of(to) or (to,)
    return tuple(Location(quote(each), frozenset(), None) for each in asked[:_MOST_SHOWN])


def _locate(text: object, policy: Policy, on: date) -> Location:
    checked = require_text(text, "a location", error=DestinationError)
    scheme, _, name = checked.partition(":")
    if scheme == "zone":
        if name in policy.zones:
            return Location(checked, frozenset(), name)
    elif scheme == "country":
        try:
            territory = normalise(name)
        except CountryError:
            pass
        else:
            return _on_ground(f"country:{territory}", frozenset({territory}), policy, on)
    else:
        region = policy.locations.find(scheme, name)
        if region is not None:
            return _on_ground(region.label, region.countries, policy, on)
    message = f"{quote(checked)} {policy.locations.why_unknown(scheme, name)}"
    raise DestinationError(message, kind=ErrorKind.UNKNOWN_LOCATION, value=text)


def _on_ground(label: str, countries: frozenset[Territory], policy: Policy, on: date) -> Location:
    zones = {policy.zone_of(country, on) for country in countries}
    return Location(label, countries, zones.pop() if len(zones) == 1 else None)
