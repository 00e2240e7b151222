"""Exemptions: what may leave its zone without consent, if the request says so by name.

The policy document declares them, with their conditions (semantics §2, rule 3). An exemption is
never inferred: a request invokes it, and every condition must be shown to be met.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import cast

from attrs import field, frozen

from residency.checks import items_of, require_instance, require_moment, require_text
from residency.consent.history import Validity, validity_within
from residency.destination import Location
from residency.errors import ErrorKind, InputError, quote
from residency.geography import TERRITORIES, Territory, normalise
from residency.placement import Placement
from residency.policy.document import Evidence, Exemption, Policy
from residency.value import Value

__all__ = ["Invocation", "unmet_condition"]

_ALWAYS = datetime.min.replace(tzinfo=UTC)

_MOST_COUNTRIES = 256


def _territories(value: object) -> tuple[Territory, ...]:
    items = items_of(value)
    if items is None:
        return (normalise(value),)
    if len(items) > _MOST_COUNTRIES:
        message = f"the personnel is in {len(items)} countries: name at most {_MOST_COUNTRIES}"
        raise InputError(message, kind=ErrorKind.TOO_LARGE, value=value)
    return tuple(sorted({normalise(item) for item in items}))


@frozen(slots=True, eq=False, repr=False)
class Invocation(Value):
    """An exemption that a request invokes by name, with what it has to show.

    What an exemption does not ask for is recorded and makes no difference.

    Args:
        exemption: the exemption's id in the policy document, such as ``PERSONNEL``.
        personnel: the country, or the countries, of the people who work on the data.
        provider: the id of the provider who handles the data, in the policy document's register.
        reference: the reference of the document it rests on, such as an authority's order.
        safeguards: where the record of the recipient's safeguards is kept.
        handling: whether data is handled without its storage moving. By default it is a write, a
            copy or a replication.
        valid_from: the first moment it may be relied on; None for always before ``valid_until``.
        valid_until: the first moment it no longer may; None for no such end.

    Raises:
        CountryError: a country of the personnel is none.
        InputError: a text is malformed, a time is naive, or it would never be valid (CONFLICT).
    """

    exemption: str
    personnel: str | Iterable[str] = field(default=(), kw_only=True)
    provider: str | None = field(default=None, kw_only=True)
    reference: str | None = field(default=None, kw_only=True)
    safeguards: str | None = field(default=None, kw_only=True)
    handling: bool = field(default=False, kw_only=True)
    valid_from: datetime | None = field(default=None, kw_only=True)
    valid_until: datetime | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        text = require_text(self.exemption, "the exemption")
        object.__setattr__(self, "exemption", text)
        object.__setattr__(self, "personnel", _territories(self.personnel))
        for name in ("provider", "reference", "safeguards"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, require_text(getattr(self, name), name))
        require_instance(self.handling, bool, "handling")
        for name in ("valid_from", "valid_until"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, require_moment(getattr(self, name), name))
        start, end = self.valid_from, self.valid_until
        if start is not None and end is not None and end <= start:
            message = "valid_until is not after valid_from: the exemption would never be valid"
            raise InputError(message, kind=ErrorKind.CONFLICT, value=end)

    def validity(self, at: datetime) -> Validity:
        """Say whether it may be relied on ``at`` a moment, as of a consent."""
        start = _ALWAYS if self.valid_from is None else self.valid_from
        return validity_within(((start, self.valid_until),), at)


def unmet_condition(
    policy: Policy,
    invocation: Invocation,
    *,
    placement: Placement,
    source: tuple[Location, ...] | None,
    destination: tuple[Location, ...],
    purpose: str | None,
    at: datetime,
) -> str | None:
    """Return the first condition that is not shown to be met, in words; None if all are.

    Args:
        policy: the policy that declares the exemptions.
        invocation: what the request invokes and shows.
        placement: where the data is designated to be.
        source: where it lies now; None where that is its designated zone.
        destination: every place its bytes would land on.
        purpose: the purpose of the transfer, if known.
        at: the moment, in UTC.
    """
    exemption = policy.exemptions.get(invocation.exemption)
    if exemption is None:
        return f"the policy declares no exemption {quote(invocation.exemption)}"
    validity = invocation.validity(at)
    if validity is not Validity.VALID:
        return f"it is {validity.value.replace('-', ' ')}"
    if exemption.handling_only and not invocation.handling:
        return "it lets data be handled, and does not let its storage move"
    if exemption.purposes and purpose not in exemption.purposes:
        return f"its purpose must be one of {', '.join(exemption.purposes)}"
    outside = tuple(place for place in destination if place.zone not in placement.zones)
    return _unmet_ground(
        policy,
        exemption,
        cast("tuple[Territory, ...]", invocation.personnel),
        zones=placement.zones,
        places=(*(source or ()), *outside),
        on=at.date(),
    ) or _unmet_evidence(policy, exemption, invocation, placement, outside)


def _unmet_ground(
    policy: Policy,
    exemption: Exemption,
    personnel: tuple[Territory, ...],
    *,
    zones: tuple[str, ...],
    places: tuple[Location, ...],
    on: date,
) -> str | None:
    if not exemption.territories:
        return None

    def covered(territory: Territory) -> bool:
        return any(policy.contains(name, territory, on) for name in exemption.territories)

    def is_within(zone: str | None) -> bool:
        # An unknown zone cannot be shown to lie on any ground.
        known = policy.zones.get(zone or "")
        return known is not None and all(
            covered(territory)
            for territory in TERRITORIES
            if policy.contains(known.territory, territory, on)
        )

    named = ", ".join(exemption.territories)
    if not personnel or not all(map(covered, personnel)):
        return f"the personnel must be shown to be in {named}"
    whole = {*zones, *(place.zone for place in places if not place.countries)}
    countries = frozenset[Territory]().union(*(place.countries for place in places))
    if all(map(covered, countries)) and all(map(is_within, whole)):
        return None
    return f"the data must be in {named}, before and afterwards"


def _unmet_evidence(
    policy: Policy,
    exemption: Exemption,
    invocation: Invocation,
    placement: Placement,
    outside: tuple[Location, ...],
) -> str | None:
    no_reference = "the reference of the document it rests on must be given"
    no_safeguards = "the record of the recipient's safeguards must be named"
    unmet = {
        Evidence.PROVIDER: _unmet_provider(policy, invocation.provider, placement, outside),
        Evidence.REFERENCE: no_reference if invocation.reference is None else None,
        Evidence.SAFEGUARDS: no_safeguards if invocation.safeguards is None else None,
    }
    return next((unmet[each] for each in exemption.requires if unmet[each] is not None), None)


def _unmet_provider(
    policy: Policy, name: str | None, placement: Placement, outside: tuple[Location, ...]
) -> str | None:
    if name is None:
        return "the provider must be named"
    provider = policy.providers.get(name)
    if provider is None:
        return f"the policy has no provider {quote(name)}"
    if provider.safeguards is None:
        return f"the safeguards of provider {name} are not on record"
    if placement.solution not in provider.solutions:
        return f"provider {name} does not work for {placement.solution}"
    if not all(place.countries and place.countries <= provider.countries for place in outside):
        return f"provider {name} is not known to work in each place it would go to"
    return None
