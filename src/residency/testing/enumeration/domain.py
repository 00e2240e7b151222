"""What there is to ask about a policy: every territory, era, entity, solution and place.

All of it is taken from the policy document and the data files as they are written, with the code of
the reference evaluator and none of the engine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NotRequired, TypedDict, cast

from attrs import frozen

from residency.testing.enumeration.case import Customer
from residency.testing.reference import Placed, Refused, locate, place
from residency.testing.source import GEOGRAPHY, Document

__all__ = ["Domain", "Spot", "domain_of", "spots"]

_NO_PLACES = (
    "EU",
    "country:EU",
    "country:",
    "country:ZZ",
    "country:US-CA",
    "zone:",
    "zone:ATLANTIS",
    "zone:eu",
    "aws:eu-atlantis-1",
    "aws:",
    "nimbus:north",
)

_TRAPS = (
    " de ",
    "\N{FULLWIDTH LATIN CAPITAL LETTER D}\N{FULLWIDTH LATIN CAPITAL LETTER E}",
    "\N{LATIN SMALL LIGATURE FI}",
    "\N{ROMAN NUMERAL SIX}",
    "\N{NUMERO SIGN}",
    "\N{TRADE MARK SIGN}",
    "D\N{ZERO WIDTH SPACE}E",
    "DE\n",
    "Ger",
    "Germany, DE",
    "US-CA",
    "Europe",
    "C\N{LATIN SMALL LETTER O WITH CIRCUMFLEX}te d\N{RIGHT SINGLE QUOTATION MARK}Ivoire",
    "COTE D'IVOIRE",
    "T\N{LATIN CAPITAL LETTER U WITH DIAERESIS}RKIYE",
    "",
    " ",
    "x" * 257,
)


class _Data(TypedDict):
    id: str


class _Solution(TypedDict):
    id: str
    data: NotRequired[list[_Data]]


class _Exemption(TypedDict):
    id: str
    purposes: NotRequired[list[str]]


class _Rest(TypedDict):
    events: NotRequired[dict[str, str]]
    purposes: NotRequired[list[_Data]]
    providers: NotRequired[list[_Data]]
    exemptions: NotRequired[list[_Exemption]]


@frozen(slots=True)
class Domain:
    """What can be asked, each list in the document's order and without doubles.

    Args:
        territories: every territory there is.
        eras: the first day of each era of dated membership; the first era has no first day, so the
            last one stands for it.
        entities: each order entity's id, one that nobody knows, and None for a missing one.
        solutions: each solution, with the zones in which it has storage.
        zones: the storage zones.
        hosting: every declared hosting country of any solution.
        others: for each zone a country of it where no solution is hosted, and one outside of all.
        typed: every spelling of a country, every refused one without its capitals, and some that
            look like one.
        refused: every refused spelling as it is written.
        places: every text that names a place, and some that name none.
        data: for each solution its data categories.
        events: the events from which retention runs.
        purposes: the purposes.
        providers: the registered providers.
        exemptions: each exemption, with the purposes that it serves.
    """

    territories: tuple[str, ...]
    eras: tuple[date, ...]
    entities: tuple[str | None, ...]
    solutions: dict[str, tuple[str, ...]]
    zones: tuple[str, ...]
    hosting: tuple[str, ...]
    others: tuple[str, ...]
    typed: tuple[str, ...]
    refused: tuple[str, ...]
    places: tuple[str, ...]
    data: dict[str, tuple[str, ...]]
    events: tuple[str, ...]
    purposes: tuple[str, ...]
    providers: tuple[str, ...]
    exemptions: dict[str, tuple[str, ...]]

    @property
    def days(self) -> tuple[date, ...]:
        """The first and the last day of each era, as far as it has one."""
        changes = self.eras[1:]
        return tuple(sorted({day - timedelta(days) for day in changes for days in (0, 1)}))

    @property
    def moments(self) -> tuple[datetime, ...]:
        """The first instant of each era."""
        return tuple(datetime.combine(day, time(), UTC) for day in self.eras)

    @property
    def destinations(self) -> tuple[tuple[str, ...], ...]:
        """The places that stand for all: zones, hosting countries, others, none, and several."""
        single = [f"zone:{zone}" for zone in self.zones]
        single += [f"country:{country}" for country in (*self.hosting, *self.others)]
        first, second = f"country:{self.hosting[0]}", f"country:{self.hosting[-1]}"
        away = f"country:{self.others[-1]}"
        several = dict.fromkeys((tuple(dict.fromkeys((first, second))), (first, away)))
        return (*((text,) for text in single), ("zone:ATLANTIS",), *several)


def domain_of(*documents: Document) -> Domain:
    """Return what can be asked about one policy, or about any of several."""
    eras = {
        date.fromisoformat(day)
        for members in GEOGRAPHY["unions"].values()
        for member in members
        for day in (member["start"], member["end"])
        if day is not None
    }
    first = min(eras)
    zones = _distinct(zone["id"] for each in documents for zone in each["zones"])
    stored = [
        (product["id"], zone, country)
        for each in documents
        for product in each["solutions"]
        for zone, countries in product["storage"].items()
        for country in countries
    ]
    hosting = _distinct(country for _, _, country in stored)
    entities = _distinct(entity["id"] for each in documents for entity in each["entities"])
    rest = cast("list[_Rest]", documents)
    held = [
        (solution["id"], data["id"])
        for each in documents
        for solution in cast("list[_Solution]", each["solutions"])
        for data in solution.get("data", [])
    ]
    exemptions = [made for each in rest for made in each.get("exemptions", [])]
    return Domain(
        territories=tuple(GEOGRAPHY["territories"]),
        eras=(first - timedelta(1), *sorted(eras)),
        entities=(*entities, "Nobody & Sons", None),
        solutions={
            solution: _distinct(zone for known, zone, _ in stored if known == solution)
            for solution, _, _ in stored
        },
        zones=zones,
        hosting=hosting,
        others=_others(documents, hosting, max(eras)),
        typed=_distinct(
            (
                *(spelling for spelling, _, _ in GEOGRAPHY["names"]),
                *(name for _, name, _ in GEOGRAPHY["refused"]),
                *_TRAPS,
            )
        ),
        refused=_distinct(spelling for spelling, _, _ in GEOGRAPHY["refused"]),
        places=(
            *(f"zone:{zone}" for zone in zones),
            *(f"country:{territory}" for territory in GEOGRAPHY["territories"]),
            *_regions(),
            *_NO_PLACES,
        ),
        data={
            solution: _distinct(data for known, data in held if known == solution)
            for solution, _, _ in stored
        },
        events=_distinct(event for each in rest for event in each.get("events", {})),
        purposes=_distinct(purpose["id"] for each in rest for purpose in each.get("purposes", [])),
        providers=_distinct(made["id"] for each in rest for made in each.get("providers", [])),
        exemptions={made["id"]: tuple(made.get("purposes", [])) for made in exemptions},
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _regions() -> Iterator[str]:
    for provider, regions in GEOGRAPHY["regions"].items():
        for name in regions:
            yield f"{provider}:{name}"


def _others(documents: tuple[Document, ...], hosting: tuple[str, ...], on: date) -> tuple[str, ...]:
    """Return for each zone a country where nothing is hosted, the one outside all zones last."""
    found: dict[tuple[str | None, ...], str] = {}
    for territory in GEOGRAPHY["territories"]:
        if territory not in hosting:
            places = [locate(document, f"country:{territory}", on) for document in documents]
            found.setdefault(tuple(each and each.zone for each in places), territory)
    return tuple(
        sorted(found.values(), key=lambda each: each == found.get((None,) * len(documents)))
    )


@frozen(slots=True)
class Spot:
    """An account and solution that stand for all whose data is placed alike.

    Args:
        customer: the account.
        solution: the solution.
        placed: for each document, where it stores the data and by which clause; None for one that
            refuses.
    """

    customer: Customer
    solution: str
    placed: tuple[Placed | None, ...]

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones in which any of the documents stores the data."""
        return _distinct(zone for each in self.placed if each is not None for zone in each.zones)


def spots(documents: tuple[Document, ...], domain: Domain) -> tuple[Spot, ...]:
    """Return one account for each placement that the policies can make, by rule or by agreement.

    Of several policies it is one for each combination of what they make of an account.
    """
    found: dict[tuple[str, tuple[Placed | None, ...]], Spot] = {}
    for customer, solution in _candidates(documents, domain):
        placed = tuple(_placed(document, customer, solution) for document in documents)
        if any(placed):
            found.setdefault((solution, placed), Spot(customer, solution, placed))
    return tuple(found.values())


def _candidates(documents: tuple[Document, ...], domain: Domain) -> Iterator[tuple[Customer, str]]:
    """Yield an account for each combination of rules and for each agreement, of each entity.

    A rule is the same for all that it covers, so that the first territory that it covers on any
    day stands for the others. Two rules that cite one clause are told apart by where they lead.
    """
    # Which rule applies depends on the country and the day, so one such solution shows it.
    regional = [
        (document, solutions[0])
        for document in documents
        if (
            solutions := [each["id"] for each in document["solutions"] if each["placed_by_country"]]
        )
    ]
    covered: dict[object, tuple[str, date]] = {None: (domain.territories[0], domain.eras[-1])}
    for day in reversed(domain.eras) if regional else ():
        for territory in domain.territories:
            ruled = tuple(
                _placed(document, Customer(territory, day, entity), solution)
                for document, solution in regional
                for entity in domain.entities
            )
            covered.setdefault(ruled, (territory, day))
    for solution, zones in domain.solutions.items():
        for territory, day in covered.values():
            for entity in domain.entities:
                yield Customer(territory, day, entity), solution
        for zone in zones:
            yield Customer(domain.territories[0], domain.eras[-1], None, zone), solution


def _placed(document: Document, customer: Customer, solution: str) -> Placed | None:
    territory, day, entity, agreement = customer
    try:
        return place(document, territory, entity, day, solution, agreement_zone=agreement)
    except Refused:
        return None
