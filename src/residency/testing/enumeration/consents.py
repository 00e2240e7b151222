"""The classes of consent state: everything that a ledger may say of one transfer.

A ledger can hold any number of events, but an answer depends on few things about them: whether a
record covers the transfer in each dimension of its scope, what became of it, and the moment. Each
class is one combination in which these could be told apart, aimed at one transfer; the classes at
a bound of validity are one instant to either side of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from residency.consent import ANY, ConsentEvent, ConsentRecord, EventKind, Expression, PartyRole
from residency.testing.enumeration.case import ACCOUNT_ID, Held
from residency.testing.words import near_misses

__all__ = ["STATES", "Aim", "State", "given", "held_in", "record_for", "wide"]

_INSTANT = timedelta(microseconds=1)
_LONG = timedelta(days=366)


class Aim(NamedTuple):
    """The transfer that records are aimed at.

    Args:
        solution: the solution's id.
        zones: the designated zones.
        goals: for each place that the data would land on, the names a record may call it.
        other: the id of a zone that is neither designated nor a goal, or a name of no zone.
        at: the moment.
        category: the category that the request names, if it does.
        purpose: the purpose that the request names, if it does.
        lies: the names of the place where the data lies, if the request names one.
    """

    solution: str
    zones: tuple[str, ...]
    goals: tuple[frozenset[str], ...]
    other: str
    at: datetime
    category: str | None = None
    purpose: str | None = None
    lies: frozenset[str] = frozenset()


State: TypeAlias = Callable[[Aim], Held]
"""Makes the events of a class, for one transfer."""


def record_for(aim: Aim, zone: str, **changes: Any) -> ConsentRecord:
    """Return a record that covers the transfer from one zone, and no more, but for the changes."""
    return ConsentRecord(**{**_terms(aim, zone), **changes}) if changes else _covering(aim, zone)


@lru_cache(maxsize=64)  # most classes begin with the same record
def _covering(aim: Aim, zone: str) -> ConsentRecord:
    return ConsentRecord(**_terms(aim, zone))


@lru_cache(maxsize=64)  # the others change a term or two
def _terms(aim: Aim, zone: str) -> Mapping[str, Any]:
    return {
        "record_id": f"r-{zone}",
        "account": ACCOUNT_ID,
        "controller": "the controller",
        "privacy_notice": "1",
        "solutions": frozenset({aim.solution}),
        "categories": frozenset({aim.category or ANY}),
        "purposes": frozenset({aim.purpose or ANY}),
        "source_zone": zone,
        "destination_zones": frozenset({min(names) for names in aim.goals} or {aim.other}),
        "event_time": aim.at - _LONG,
        "expression": Expression.EXPLICIT,
        "party_name": "Jo Doe",
        "party_role": PartyRole.ADMINISTRATOR,
        "method": "web form",
    }


def given(record: ConsentRecord) -> ConsentEvent:
    """Return the event of a record being given."""
    return _event(EventKind.GIVEN, record)


def wide(zones: Mapping[str, object], solutions: Mapping[str, object], aim: Aim) -> Held:
    """Return one record for each zone: of all solutions, to every goal, for everything."""
    return tuple(
        given(record_for(aim, zone, solutions=set(solutions), categories={ANY}, purposes={ANY}))
        for zone in zones
    )


def _event(kind: EventKind, record: ConsentRecord, number: int = 1) -> ConsentEvent:
    return ConsentEvent(
        event_id=f"{kind}-{number}-{record.record_id}",
        kind=kind,
        record_id=record.record_id,
        account=record.account,
        event_time=record.event_time,
        record=record if kind in {EventKind.GIVEN, EventKind.RENEWED} else None,
    )


def _each(*kinds: EventKind, **changes: Any) -> State:
    """Return the class in which a record for each zone was given, and these things befell it."""

    def held(aim: Aim) -> Held:
        records = [record_for(aim, zone, **changes) for zone in aim.zones]
        return tuple(
            _event(kind, record) for record in records for kind in (EventKind.GIVEN, *kinds)
        )

    return held


def _at(make: Callable[[datetime], dict[str, Any]], *kinds: EventKind) -> State:
    """Return the class of records whose validity is told from the moment of the transfer."""
    return lambda aim: _each(*kinds, **make(aim.at))(aim)


def _about(make: Callable[[Aim], dict[str, Any]]) -> State:
    """Return the class of records whose scope is told from the transfer."""
    return lambda aim: _each(**make(aim))(aim)


def _alike(term: str, word: Callable[[Aim], str | None]) -> State:
    """Return the class of records that name, of one term, what is only spelled like the word."""

    def held(aim: Aim) -> Held:
        return tuple(
            given(record_for(aim, zone, **{"record_id": f"r-{number}-{zone}", term: {like}}))
            for number, like in enumerate(near_misses(word(aim) or "word"))
            for zone in aim.zones
        )

    return held


def _renewed(**changes: Any) -> State:
    """Return the class of records that expired and were renewed, with these changes."""

    def held(aim: Aim) -> Held:
        expired = [record_for(aim, zone, valid_until=aim.at) for zone in aim.zones]
        anew = [record_for(aim, zone, valid_from=aim.at, **changes) for zone in aim.zones]
        return (*map(given, expired), *(_event(EventKind.RENEWED, each) for each in anew))

    return held


def _only(kind: EventKind) -> State:
    """Return the class in which one kind of event is known, and none of a record being given."""
    return lambda aim: tuple(_event(kind, record_for(aim, zone)) for zone in aim.zones)


def _contradictory(aim: Aim) -> Held:
    records = [record_for(aim, zone) for zone in aim.zones]
    others = [record_for(aim, zone, privacy_notice="2") for zone in aim.zones]
    return (*map(given, records), *(_event(EventKind.GIVEN, each, 2) for each in others))


def _two(aim: Aim) -> Held:
    return tuple(
        given(record_for(aim, zone, record_id=f"r-{number}-{zone}"))
        for number in (2, 1)
        for zone in aim.zones
    )


def _beside(*kinds: EventKind) -> State:
    """Return the class of a valid record beside one that met another end."""

    def held(aim: Aim) -> Held:
        return tuple(
            event
            for zone in aim.zones
            for ended in [record_for(aim, zone, record_id=f"a-{zone}")]
            for event in (
                *(_event(kind, ended) for kind in (EventKind.GIVEN, *kinds)),
                given(record_for(aim, zone)),
            )
        )

    return held


def _turned(aim: Aim) -> Held:
    """Return records of the way back."""
    return tuple(
        given(record_for(aim, min(names), record_id=f"r-{number}", destination_zones=aim.zones))
        for number, names in enumerate(aim.goals)
    )


def _but_one_goal(aim: Aim) -> Held:
    return _each()(aim._replace(goals=aim.goals[:-1]))


def _but_one_zone(aim: Aim) -> Held:
    return _each()(aim._replace(zones=aim.zones[:-1]))


def _from_where_it_lies(aim: Aim) -> Held:
    return _each()(aim._replace(zones=(min(aim.lies),) if aim.lies else ()))


def _both_ways(aim: Aim) -> Held:
    return (*(_each()(aim) or ()), *(_from_where_it_lies(aim) or ()))


def _by_every_name(aim: Aim) -> Held:
    return _each(destination_zones=frozenset().union(*aim.goals) or {aim.other})(aim)


def _twice_and_turned(aim: Aim) -> Held:
    events = _beside(EventKind.WITHDRAWN)(aim) or ()
    return (*reversed(events), *events)


_ANYTHING: dict[str, Any] = {"categories": {ANY}, "purposes": {ANY}}

STATES: Final[Mapping[str, State]] = MappingProxyType(
    {
        "none": lambda _: (),
        "unavailable": lambda _: None,
        "valid": _each(),
        "valid-for-anything": _each(**_ANYTHING),
        "valid-by-every-name": _by_every_name,
        "valid-from-this-instant": _at(lambda at: {"valid_from": at}),
        "valid-until-the-next-instant": _at(lambda at: {"valid_until": at + _INSTANT}),
        "valid-beside-a-withdrawn-one": _beside(EventKind.WITHDRAWN),
        "valid-beside-an-invalidated-one": _beside(EventKind.INVALIDATED),
        "valid-beside-another": _two,
        "valid-told-twice-in-no-order": _twice_and_turned,
        "expired-this-instant": _at(lambda at: {"valid_until": at}),
        "expired-the-instant-before": _at(lambda at: {"valid_until": at - _INSTANT}),
        "not-valid-until-the-next-instant": _at(lambda at: {"valid_from": at + _INSTANT}),
        "renewed": _renewed(),
        "renewed-with-another-purpose": _renewed(purposes={"another purpose"}),
        "renewed-with-another-goal": _renewed(destination_zones={"another goal"}),
        "renewed-not-explicitly": _renewed(expression=Expression.IMPLIED),
        "withdrawn": _each(EventKind.WITHDRAWN),
        "withdrawn-and-revoked": _each(EventKind.REVOKED, EventKind.WITHDRAWN),
        "withdrawn-and-invalidated": _each(EventKind.INVALIDATED, EventKind.WITHDRAWN),
        "withdrawn-and-expired": _at(lambda at: {"valid_until": at}, EventKind.WITHDRAWN),
        "revoked": _each(EventKind.REVOKED),
        "revoked-and-invalidated": _each(EventKind.INVALIDATED, EventKind.REVOKED),
        "revoked-and-expired": _at(lambda at: {"valid_until": at}, EventKind.REVOKED),
        "invalidated": _each(EventKind.INVALIDATED),
        "invalidated-and-expired": _at(lambda at: {"valid_until": at}, EventKind.INVALIDATED),
        "contradictory": _contradictory,
        "expressed-not-explicitly": _each(expression=Expression.EXPRESSED),
        "implied": _each(expression=Expression.IMPLIED),
        "renewed-never-given": _only(EventKind.RENEWED),
        "withdrawn-never-given": _only(EventKind.WITHDRAWN),
        "of-another-account": _each(account="zenith"),
        "of-another-solution": _each(solutions={"another solution"}),
        "of-another-category": _each(categories={"another category"}),
        "for-another-purpose": _each(purposes={"another purpose"}),
        "of-a-solution-spelled-alike": _alike("solutions", lambda aim: aim.solution),
        "of-a-category-spelled-alike": _alike("categories", lambda aim: aim.category),
        "for-a-purpose-spelled-alike": _alike("purposes", lambda aim: aim.purpose),
        "from-another-zone": _about(lambda aim: {"source_zone": aim.other}),
        "to-another-zone": _about(lambda aim: {"destination_zones": {aim.other}}),
        "of-the-way-back": _turned,
        "but-for-one-goal": _but_one_goal,
        "but-for-one-zone": _but_one_zone,
        "from-where-it-lies": _from_where_it_lies,
        "from-home-and-where-it-lies": _both_ways,
    }
)
"""Each class by its name, with what makes its events."""


@lru_cache(maxsize=8_192)  # accounts whose solution is in the same zones are asked about alike
def held_in(state: str, aim: Aim) -> Held:
    """Return the events of a class, by its name, for one transfer."""
    return STATES[state](aim)
