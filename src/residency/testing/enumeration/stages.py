"""The stages of the enumeration: which questions are asked, part by part, in a fixed order.

The domain without consents is finite, and the first four stages cover it whole. What a consent or
an exemption changes depends on the placement, the request and the ledger, and on nothing else about
the account; so the stages after them take one account for each placement that the policy can make.
How long data is kept depends on the solution, the category and the events alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from itertools import product
from typing import Final, NamedTuple

from residency.testing.enumeration.case import (
    Case,
    CountryCase,
    Customer,
    PlaceCase,
    PlacementCase,
    TransferCase,
)
from residency.testing.enumeration.claims import claims_for
from residency.testing.enumeration.consents import STATES, Aim, held_in, wide
from residency.testing.enumeration.domain import Domain, Spot, domain_of, spots
from residency.testing.enumeration.keeping import NOWHERE, data_map_cases, retention_cases
from residency.testing.reference import Place, locate
from residency.testing.source import Document

__all__ = ["STAGES", "Part", "Stage", "World"]


class World:
    """A policy document with all that can be asked about it.

    Args:
        document: the policy document.
        others: further documents, whose territories, entities, solutions, zones and placements
            are asked about too.
    """

    def __init__(self, document: Document, *others: Document) -> None:
        self.document = document
        self._documents = (document, *others)
        self.domain: Domain = domain_of(*self._documents)
        self.spots: tuple[Spot, ...] = spots(self._documents, self.domain)
        self._places: dict[tuple[str, date], tuple[Place | None, ...]] = {}

    def aim(self, spot: Spot, case: TransferCase) -> Aim:
        """Return what a consent has to say to cover a transfer, by any of the documents."""
        at = case.at or datetime.combine(self.domain.eras[-1], time(), UTC)
        goals = [self._seen(text, at) for text in case.to]
        zones = spot.zones
        known = {*zones, *(each.zone for places in goals for each in places if each is not None)}
        free = [zone for zone in self.domain.zones if zone not in known]
        return Aim(
            solution=spot.solution,
            zones=zones,
            goals=tuple(_names(places) for places in goals if _is_abroad(spot, places)),
            other=free[0] if free else "nowhere",
            at=at,
            category=case.category,
            purpose=case.purpose,
            lies=frozenset() if case.source is None else _names(self._seen(case.source, at)),
        )

    def _seen(self, text: str, at: datetime) -> tuple[Place | None, ...]:
        """Return the place that a text names as each document sees it on a day."""
        key = (text, at.date())
        if key not in self._places:
            self._places[key] = tuple(locate(document, *key) for document in self._documents)
        return self._places[key]


def _is_abroad(spot: Spot, places: tuple[Place | None, ...]) -> bool:
    """Say whether a place lies, by any of the documents, outside the zones that it designates."""
    return any(
        placed is not None and found is not None and found.zone not in placed.zones
        for placed, found in zip(spot.placed, places, strict=True)
    )


def _names(places: tuple[Place | None, ...]) -> frozenset[str]:
    return frozenset(name for each in places if each is not None for name in each.names)


class Part(NamedTuple):
    """A part of a stage: which stage, and the number of the part in it."""

    stage: str
    number: int


class Stage(NamedTuple):
    """One stage of the enumeration.

    Args:
        says: what it asks, in words.
        size: says into how many parts it falls.
        cases: yields the cases of a part, in order.
    """

    says: str
    size: Callable[[World], int]
    cases: Callable[[World, int], Iterator[Case]]


_TYPED_PARTS = 16


def _typed(world: World, number: int) -> Iterator[Case]:
    texts = tuple(dict.fromkeys((*world.domain.typed, *world.domain.refused)))
    yield from map(CountryCase, texts[number::_TYPED_PARTS])


def _places(world: World, number: int) -> Iterator[Case]:
    day = world.domain.days[number]
    for text in world.domain.places:
        yield PlaceCase(text, day)


def _customers(world: World, number: int) -> Iterator[Customer]:
    territory = world.domain.territories[number]
    for day, entity in product(world.domain.eras, world.domain.entities):
        yield Customer(territory, day, entity)


def _placements(world: World, number: int) -> Iterator[Case]:
    domain = world.domain
    territory = domain.territories[number]
    for day, entity in product(domain.days, domain.entities):
        customer = Customer(territory, day, entity)
        for solution in (*domain.solutions, "no-such-solution"):
            yield PlacementCase(customer, solution)
    for day, entity in product(domain.eras, domain.entities):
        for solution, zones in domain.solutions.items():
            for zone in (*zones, "ATLANTIS"):
                yield PlacementCase(Customer(territory, day, entity, zone), solution)


def _transfers(world: World, number: int) -> Iterator[Case]:
    domain = world.domain
    goals = frozenset({*domain.zones, *(f"country:{each}" for each in domain.others)})
    names = tuple(frozenset({goal}) for goal in sorted(goals))
    aim = Aim(next(iter(domain.solutions)), (), names, "", domain.moments[-1])
    zones = dict.fromkeys(domain.zones)
    every = tuple(_customers(world, number))
    latest = [customer for customer in every if customer.setup_date == domain.eras[-1]]
    places = (*(f"zone:{zone}" for zone in domain.zones), *map("country:{}".format, domain.hosting))
    destinations = [(text,) for text in (*places, f"country:{domain.others[-1]}")]
    for customer, solution, to in product(every, domain.solutions, destinations):
        yield TransferCase(customer, solution, to, "none", ())
    held = wide(zones, domain.solutions, aim)
    for customer, solution, to in product(latest, domain.solutions, destinations):
        yield TransferCase(customer, solution, to, "valid", held)


def _countries(world: World, number: int) -> Iterator[Case]:
    spot = world.spots[number]
    zones = (f"zone:{zone}" for zone in world.domain.zones)
    countries = map("country:{}".format, world.domain.territories)
    destinations = [(text,) for text in (*zones, *countries)]
    for at in world.domain.moments:
        latest = at == world.domain.moments[-1]
        for state in ("none", "valid-for-anything") if latest else ("none",):
            for to in destinations:
                yield _held(world, spot, TransferCase(*_whose(spot), to, state, (), at))


def _whose(spot: Spot) -> tuple[Customer, str]:
    return spot.customer, spot.solution


def _held(world: World, spot: Spot, case: TransferCase) -> TransferCase:
    if case.state == "none":
        return case
    return case._replace(held=held_in(case.state, world.aim(spot, case)))


def _consents(world: World, number: int) -> Iterator[Case]:
    domain, spot = world.domain, world.spots[number]
    customer, solution = _whose(spot)
    category = _first(domain.data[solution])
    for at, to in product(_far_apart(domain), domain.destinations):
        asked = [(category, _first(domain.purposes)), (None, None)]
        for wanted, purpose in asked if at == domain.moments[-1] else asked[:1]:
            request = (at, None, wanted, purpose)
            aim = world.aim(spot, TransferCase(customer, solution, to, "none", (), *request))
            for state in STATES:
                held = held_in(state, aim)
                yield TransferCase(customer, solution, to, state, held, *request)


def _far_apart(domain: Domain) -> tuple[datetime, ...]:
    """Return moments between which the ground changed: before all changes, the last, after it.

    What a consent is worth is told from the moment itself, whenever that is.
    """
    return tuple(dict.fromkeys((domain.moments[0], *domain.moments[-2:])))


def _first(texts: tuple[str, ...]) -> str | None:
    return texts[0] if texts else None


_WITH_SOURCE = (
    "none",
    "unavailable",
    "valid",
    "valid-for-anything",
    "withdrawn",
    "from-where-it-lies",
    "from-home-and-where-it-lies",
    "from-another-zone",
    "of-the-way-back",
)


def _sources(world: World, number: int) -> Iterator[Case]:
    domain, spot = world.domain, world.spots[number]
    at = domain.moments[-1]
    places = [to[0] for to in domain.destinations if len(to) == 1]
    for source, place in product(places, places):
        whose, to = _whose(spot), (place,)
        aim = world.aim(spot, TransferCase(*whose, to, "none", (), at, source))
        for state in _WITH_SOURCE:
            yield TransferCase(*whose, to, state, held_in(state, aim), at, source)


def _exemptions(world: World, number: int) -> Iterator[Case]:
    domain, spot = world.domain, world.spots[number]
    at, away = domain.moments[-1], f"country:{domain.others[-1]}"
    asked, whole = tuple(claims_for(domain, at)), tuple(claims_for(domain, at, whole=True))
    for to in domain.destinations:
        for purpose, claim, strict in asked:
            yield TransferCase(
                *_whose(spot), to, "none", (), at, None, None, purpose, claim, strict
            )
    for to, (state, source) in product(
        domain.destinations, (("withdrawn", None), ("valid", None), ("none", away))
    ):
        case = _held(world, spot, TransferCase(*_whose(spot), to, state, (), at, source))
        for purpose, claim, strict in whole:
            yield TransferCase(*case[:8], purpose, claim, strict)


def _retention(world: World, number: int) -> Iterator[Case]:
    return retention_cases(world.domain, _kept_by(world)[number])


def _kept_by(world: World) -> tuple[str, ...]:
    return (*world.domain.solutions, NOWHERE[0])


def _data_maps(world: World, number: int) -> Iterator[Case]:
    return data_map_cases(world.spots, number)


def _typed_size(_: World) -> int:
    return _TYPED_PARTS


def _days(world: World) -> int:
    return len(world.domain.days)


def _territories(world: World) -> int:
    return len(world.domain.territories)


def _spots(world: World) -> int:
    return len(world.spots)


def _solutions(world: World) -> int:
    return len(_kept_by(world))


STAGES: Final[Mapping[str, Stage]] = {
    "typed": Stage(
        "each text that may be typed as the country: every spelling, every refusal, and traps",
        _typed_size,
        _typed,
    ),
    "places": Stage(
        "each place that a destination may name, on the day before and of each dated change",
        _days,
        _places,
    ),
    "placements": Stage(
        "territory x day before and of each dated change x entity x solution, and agreements",
        _territories,
        _placements,
    ),
    "transfers": Stage(
        "territory x era x entity x solution x zone and hosting country, "
        "in the last era with consent too",
        _territories,
        _transfers,
    ),
    "countries": Stage(
        "placement x era x every territory and zone as the destination, "
        "in the last era with consent too",
        _spots,
        _countries,
    ),
    "consents": Stage(
        "placement x era x destination x class of consent state x request",
        _spots,
        _consents,
    ),
    "sources": Stage(
        "placement x where the data lies x destination x class of consent state",
        _spots,
        _sources,
    ),
    "exemptions": Stage(
        "placement x destination x what is shown for each exemption x whether they count",
        _spots,
        _exemptions,
    ),
    "retention": Stage(
        "solution x data category x what is known of each event, and its day",
        _solutions,
        _retention,
    ),
    "data-maps": Stage(
        "account of each placement x each placement that may be pinned",
        _spots,
        _data_maps,
    ),
}
"""The stages by name, in order."""
