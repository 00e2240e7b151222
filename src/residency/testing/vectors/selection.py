"""Which cases a set of vectors holds: each rule at each of its edges, and few that say the same.

It is a choice from the enumeration, small enough to be read and shipped; the enumeration itself is
for those who can run this library.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

from residency.testing.enumeration.case import (
    CountryCase,
    Customer,
    PlaceCase,
    PlacementCase,
    TransferCase,
)
from residency.testing.enumeration.claims import claims_for
from residency.testing.enumeration.consents import STATES
from residency.testing.enumeration.domain import Spot
from residency.testing.enumeration.stages import World
from residency.testing.reference import locate
from residency.testing.source import GEOGRAPHY

__all__ = ["countries", "exemptions", "placements", "places", "transfers"]

_WITH_SOURCE = ("none", "valid", "from-where-it-lies", "from-home-and-where-it-lies")


def countries(world: World) -> Iterator[CountryCase]:
    """Yield every text that an administrator may type, as far as it is known, and traps.

    Refused spellings are without their capitals, as in the first set: more of them are another set.
    """
    yield from map(CountryCase, world.domain.typed)


def places(world: World) -> Iterator[PlaceCase]:
    """Yield each place by its own name, on the last day on which its zone changed."""
    domain = world.domain
    labels = {
        region["label"]: None
        for known in GEOGRAPHY["regions"].values()
        for region in known.values()
    }
    texts = [text for text in domain.places if text.partition(":")[0] not in GEOGRAPHY["regions"]]
    for text in (*texts, *labels):
        zones = [_zone(world, text, day) for day in domain.eras]
        changes = [
            day
            for day, zone, before in zip(domain.eras[1:], zones[1:], zones, strict=False)
            if zone != before
        ]
        for day in changes[-1:]:
            yield PlaceCase(text, day - timedelta(1))
        yield PlaceCase(text, (changes or domain.eras)[-1])


def _zone(world: World, text: str, on: date) -> str | None:
    found = locate(world.document, text, on)
    return None if found is None else found.zone


def placements(world: World) -> Iterator[PlacementCase]:
    """Yield each territory on the day before and of each change of its rule, with each entity.

    They are asked about one solution; the others are asked about where the rules differ.
    """
    domain = world.domain
    regional = [each["id"] for each in world.document["solutions"] if each["placed_by_country"]]
    for territory in domain.territories if regional else ():
        days = [domain.eras[-1]]
        for day in domain.eras[1:]:
            if _grounds(world, territory, day) != _grounds(world, territory, day - timedelta(1)):
                days += [day - timedelta(1), day]
        for day, entity in product(dict.fromkeys(days), domain.entities):
            yield PlacementCase(Customer(territory, day, entity), regional[0])
    for spot in world.spots:
        yield PlacementCase(spot.customer, spot.solution)
        yield PlacementCase(spot.customer._replace(entity=None), spot.solution)
    for solution in domain.solutions:
        customer = Customer(domain.territories[0], domain.eras[-1], None, "ATLANTIS")
        yield PlacementCase(customer, solution)
    yield PlacementCase(Customer(domain.territories[0], domain.eras[-1], None), "no-such-solution")


def _grounds(world: World, territory: str, on: date) -> str | None:
    return _zone(world, f"country:{territory}", on)


def transfers(world: World) -> Iterator[TransferCase]:
    """Yield each destination without consent and with, and each class of consent state."""
    domain = world.domain
    at = domain.moments[-1]
    purpose = next(iter(domain.purposes), None)
    shown = _shown(world)
    for spot in shown:
        category = next(iter(domain.data[spot.solution]), None)
        asked = TransferCase(
            spot.customer, spot.solution, (), "", (), at=at, category=category, purpose=purpose
        )
        for to, state in product(domain.destinations, ("none", "valid")):
            yield _held(world, spot, asked._replace(to=to, state=state))
        if spot in (shown[0], shown[-1]):
            for to, state in product(_abroad(world, spot), STATES):
                yield _held(world, spot, asked._replace(to=to, state=state))
                bare = asked._replace(to=to, state=state, category=None, purpose=None)
                if state.startswith("valid"):
                    yield _held(world, spot, bare)
            for to, source, state in product(
                _abroad(world, spot), _abroad(world, spot)[:1], _WITH_SOURCE
            ):
                yield _held(world, spot, asked._replace(to=to, source=source[0], state=state))


def exemptions(world: World) -> Iterator[TransferCase]:
    """Yield each exemption with all that it could ask for, and with each thing missing."""
    at = world.domain.moments[-1]
    spot = _shown(world)[0]
    for to in (*_abroad(world, spot), (f"zone:{spot.zones[0]}",)):
        for purpose, claim, strict in claims_for(world.domain, at):
            if claim is not None:
                yield TransferCase(
                    spot.customer,
                    spot.solution,
                    to,
                    "none",
                    (),
                    at,
                    None,
                    None,
                    purpose,
                    claim,
                    strict,
                )


def _shown(world: World) -> list[Spot]:
    """Return one account for each solution and each set of zones that it is placed in."""
    found: dict[object, Spot] = {}
    for spot in world.spots:
        if spot.customer.agreement is None:
            found.setdefault((spot.solution, spot.zones), spot)
    # The one with the most zones last: its transfers need the most consents.
    return sorted(found.values(), key=lambda spot: len(spot.zones))


def _abroad(world: World, spot: Spot) -> list[tuple[str, ...]]:
    """Return a zone away from home, and the same zone with a country outside all zones."""
    zone = next((zone for zone in world.domain.zones if zone not in spot.zones), "ATLANTIS")
    country = f"country:{world.domain.others[-1]}"
    return [(f"zone:{zone}",), (country, f"zone:{zone}")]


def _held(world: World, spot: Spot, case: TransferCase) -> TransferCase:
    return case._replace(held=STATES[case.state](world.aim(spot, case)))
