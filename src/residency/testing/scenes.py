"""Hypothesis strategies for whole questions: a request, and what the ledger holds for it.

A consent record that is drawn at random hardly ever covers a request. So records are aimed at the
request that is asked about, and at most one thing about each is then changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve, frozen

from residency.account import Account, Agreement
from residency.consent import (
    ANY,
    ConsentEvent,
    ConsentRecord,
    EventKind,
    Expression,
    PartyRole,
)
from residency.destination import locate
from residency.errors import DestinationError
from residency.geography import TERRITORIES
from residency.placement import Router
from residency.policy.document import Policy, Solution
from residency.testing.exemptions import Claim
from residency.testing.extra import assume, skip_unless, st
from residency.testing.strategies import (
    BOUNDS,
    INSTANT,
    blank_records,
    destinations,
    event_histories,
    moments,
    owned,
    places,
    scopes,
    sign_ups,
    solutions,
    territories,
)
from residency.testing.target import Request

__all__ = [
    "Chain",
    "Scene",
    "chains",
    "claimed_scenes",
    "claims",
    "consents_for",
    "covered_scenes",
    "designated",
    "exempt_scenes",
    "given_event",
    "scenes",
]


_UNHEARD_OF = "an unheard-of purpose"


@frozen(slots=True, kw_only=True)
class Scene:
    """One request, with the consent events that a ledger holds for it.

    Args:
        request: what is asked; now and then one of its places is unknown.
        events: the events, some of another account, in no order, some of them twice.
    """

    request: Request
    events: tuple[ConsentEvent, ...]

    def but(self, **changes: Any) -> Scene:
        """Return the scene with another request: the same, but for some of its fields."""
        return evolve(self, request=evolve(self.request, **changes))


@frozen(slots=True, kw_only=True)
class Chain:
    """Transfers one after another, each from where the one before brought the data.

    Args:
        hops: the places, in order; the first transfer starts in the designated zone.
        scene: the first transfer, and the events that the ledger holds all the while.
    """

    hops: tuple[str, ...]
    scene: Scene


@st.composite
def scenes(draw: st.DrawFn, policy: Policy) -> Scene:
    """Generate requests near each boundary of the scope and validity of the consents held."""
    to = draw(destinations(policy))
    source = draw(st.one_of(st.none(), st.none(), places(policy)))
    request = evolve(draw(_requests(policy)), to=to, source=source)
    starts = () if source is None else _names(policy, request.at, (source,))
    aim = _Aim(
        request=request,
        sources=(*designated(policy, request), *starts),
        goals=_names(policy, request.at, to),
    )
    given = draw(st.lists(_aimed(policy, aim), max_size=3))
    return Scene(request=request, events=draw(event_histories(policy, given)))


@st.composite
def covered_scenes(draw: st.DrawFn, policy: Policy) -> Scene:
    """Generate requests that consent just covers: to the word, and to the first and last instant.

    There is one record for each designated zone, which says what the request says and no more. The
    request names everything that a record can be about, as far as the policy has words for it.
    """
    leaving = [each for each in policy.solutions.values() if _can_leave(policy, each)]
    skip_unless(leaving, "every place lies in the zones for which data is designated")
    solution = draw(st.sampled_from([each for each in leaving if each.categories] or leaving)).id
    given, start = draw(st.sampled_from(BOUNDS[:2])), BOUNDS[1]
    until = draw(st.sampled_from((None, BOUNDS[2])))
    last = (until or datetime.max.replace(tzinfo=UTC)) - INSTANT
    known = [each.id for each in policy.solutions[solution].categories]
    category = draw(st.sampled_from(known or (None,)))
    purpose = draw(st.sampled_from(tuple(policy.purposes) or (_UNHEARD_OF,)))
    request = Request(
        signup=draw(sign_ups(policy)),
        solution=solution,
        to=(),
        at=draw(st.sampled_from((start, start + INSTANT, last))),
        category=category,
        purpose=purpose,
    )
    zones = designated(policy, request)
    assume(_has_abroad(policy, zones, request.at))
    to = draw(places(policy).filter(lambda place: _zone(policy, request.at, place) not in zones))
    target = draw(st.sampled_from(_names(policy, request.at, (to,))))
    events = tuple(
        given_event(
            evolve(
                draw(blank_records(policy)),
                record_id=f"r-{zone}",
                account=request.signup.account,
                solutions=frozenset({solution}),
                categories=frozenset({category or ANY}),
                purposes=frozenset({purpose}),
                source_zone=zone,
                destination_zones=frozenset({target}),
                event_time=given,
                valid_from=start,
                valid_until=until,
            )
        )
        for zone in zones
    )
    return Scene(request=evolve(request, to=(to,)), events=events)


@st.composite
def chains(draw: st.DrawFn, policy: Policy) -> Chain:
    """Generate chains of two to four transfers, some of whose single ways are consented to.

    Of half the chains, most ways are: without that, hardly a chain gets to its second transfer.
    """
    hops = tuple(draw(st.lists(places(policy), min_size=2, max_size=4)))
    request = evolve(draw(_requests(policy)), to=hops[:1])
    names = _names(policy, request.at, hops)
    aim = _Aim(request=request, sources=(*designated(policy, request), *names), goals=names)
    given = draw(st.lists(_aimed(policy, aim), max_size=4))
    events = draw(event_histories(policy, given))
    if draw(st.booleans()):
        goals = _all_or_some(names)
        events += consents_for(request, [(start, draw(goals)) for start in aim.sources])
    return Chain(hops=hops, scene=Scene(request=request, events=events))


@st.composite
def claims(draw: st.DrawFn, policy: Policy) -> Claim:
    """Generate invocations of exemptions, most of which show much of what they have to."""
    at_home = sorted(
        {c for each in policy.solutions.values() for cs in each.storage.values() for c in cs}
    )
    countries = st.one_of(st.sampled_from(at_home), territories())
    known = (*policy.exemptions, *policy.exemptions, "NOTHING")
    spans = ((None, None), (None, None), (BOUNDS[0], None), (None, BOUNDS[1]), (None, BOUNDS[2]))
    start, end = draw(st.sampled_from(spans))
    return Claim(
        exemption=draw(st.sampled_from(known)),
        personnel=tuple(sorted(draw(st.sets(countries, max_size=2)))),
        provider=draw(st.sampled_from([None, *policy.providers, *policy.providers, "nobody"])),
        reference=draw(st.sampled_from([None, "order 1", "order 1"])),
        safeguards=draw(st.sampled_from([None, "record 1", "record 1"])),
        handling=draw(st.booleans()),
        valid_from=start,
        valid_until=end,
    )


@st.composite
def claimed_scenes(draw: st.DrawFn, policy: Policy) -> Scene:
    """Generate requests that invoke an exemption, for one of its purposes as a rule."""
    scene, claim = draw(scenes(policy)), draw(claims(policy))
    declared = policy.exemptions.get(claim.exemption)
    purposes = (scene.request.purpose, *(declared.purposes if declared else ()))
    return scene.but(claim=claim, purpose=draw(st.sampled_from(purposes)))


@st.composite
def exempt_scenes(draw: st.DrawFn, policy: Policy) -> Scene:
    """Generate requests that show all that the exemption which they invoke asks for.

    It may still lack what the policy itself must have: a provider with safeguards on record. There
    are such requests only where the policy has exemptions.
    """
    declared = draw(st.sampled_from(tuple(policy.exemptions.values())))
    request = draw(_requests(policy))
    ground: list[str] = [
        territory
        for territory in TERRITORIES
        if not declared.territories
        or any(policy.contains(each, territory, request.at.date()) for each in declared.territories)
    ]
    provider, there, solution = None, ground, request.solution
    if policy.providers and not declared.territories:
        known = draw(st.sampled_from(tuple(policy.providers.values())))
        if known.countries and known.solutions:
            provider, there = known.id, sorted(known.countries)
            solution = draw(st.sampled_from(known.solutions))
    claim = Claim(
        exemption=declared.id,
        personnel=(draw(st.sampled_from(ground)),),
        provider=provider,
        reference="order 1",
        safeguards="record 1",
        handling=True,
    )
    shown = evolve(
        request,
        to=(f"country:{draw(st.sampled_from(there))}",),
        solution=solution,
        category=None,
        purpose=draw(st.sampled_from(declared.purposes or (request.purpose,))),
        claim=claim,
    )
    return Scene(request=shown, events=())


def designated(policy: Policy, request: Request) -> tuple[str, ...]:
    """Return the zones that the data of a request is designated for.

    Args:
        policy: the policy.
        request: the request.
    """
    signup = request.signup
    agreements = tuple(Agreement(*agreed, "as agreed", signup.day) for agreed in signup.agreements)
    account = Account(
        signup.account,
        signup.country,
        signup.entity,
        setup_date=signup.day,
        agreements=agreements,
    )
    return Router(policy).place(account, request.solution).zones


def given_event(record: ConsentRecord) -> ConsentEvent:
    """Return the event of a consent being given.

    Args:
        record: the consent.
    """
    return ConsentEvent(
        event_id=f"given:{record.record_id}",
        kind=EventKind.GIVEN,
        record_id=record.record_id,
        account=record.account,
        event_time=record.event_time,
        record=record,
    )


def consents_for(
    request: Request, ways: Iterable[tuple[str, Collection[str]]]
) -> tuple[ConsentEvent, ...]:
    """Return consents of a request's account, to each way that its data may go, for anything.

    Args:
        request: the request; the consents were given the day before it.
        ways: the zones or places that the data leaves, each with those that it may go to.
    """
    return tuple(
        given_event(
            ConsentRecord(
                record_id=f"way {number}",
                account=request.signup.account,
                controller="the controller",
                privacy_notice="1",
                solutions=frozenset({request.solution}),
                categories=frozenset({ANY}),
                purposes=frozenset({ANY}),
                source_zone=start,
                destination_zones=frozenset(goals),
                event_time=request.at - timedelta(days=1),
                expression=Expression.EXPLICIT,
                party_name="Jo Doe",
                party_role=PartyRole.ADMINISTRATOR,
                method="web form",
            )
        )
        for number, (start, goals) in enumerate(ways)
    )


@frozen(slots=True, kw_only=True)
class _Aim:
    """What a record must say to cover the transfer that is asked about."""

    request: Request
    sources: tuple[str, ...]
    goals: tuple[str, ...]


@st.composite
def _aimed(draw: st.DrawFn, policy: Policy, aim: _Aim) -> ConsentRecord:
    request = aim.request
    aimed = evolve(
        draw(blank_records(policy)),
        account=request.signup.account,
        solutions=frozenset({request.solution}),
        categories=frozenset({draw(st.sampled_from((ANY, request.category or ANY)))}),
        purposes=frozenset({draw(st.sampled_from((ANY, request.purpose or ANY)))}),
        source_zone=draw(st.sampled_from(aim.sources)),
        destination_zones=draw(_all_or_some(aim.goals)),
    )
    others = {
        **scopes(policy, request.solution),
        "solutions": st.frozensets(solutions(policy), min_size=1, max_size=1),
    }
    changed = draw(st.sampled_from((None,) * (2 * len(others)) + tuple(others)))
    return owned(aimed if changed is None else evolve(aimed, **{changed: draw(others[changed])}))


def _zone(policy: Policy, at: datetime, place: str) -> str | None:
    [location] = locate(place, policy, at.date())
    return location.zone


def _can_leave(policy: Policy, solution: Solution) -> bool:
    """Say whether there are places outside some zones that the data may be designated for."""
    storage = tuple(solution.storage)
    designated_for = [(zone,) for zone in storage] if solution.placed_by_country else [storage]
    return any(_has_abroad(policy, zones, BOUNDS[1]) for zones in designated_for)


def _has_abroad(policy: Policy, zones: Collection[str], at: datetime) -> bool:
    places = map("country:{}".format, TERRITORIES)
    return any(_zone(policy, at, place) not in zones for place in places)


@st.composite
def _requests(draw: st.DrawFn, policy: Policy) -> Request:
    """Generate requests that lack a destination."""
    solution = draw(solutions(policy))
    categories = [category.id for category in policy.solutions[solution].categories]
    return Request(
        signup=draw(sign_ups(policy)),
        solution=solution,
        to=(),
        at=draw(moments(policy)),
        category=draw(st.sampled_from((None, *categories))),
        purpose=draw(st.sampled_from((None, *policy.purposes, _UNHEARD_OF))),
    )


def _names(policy: Policy, at: datetime, texts: Sequence[str]) -> tuple[str, ...]:
    """Return all that a record may call these places on that day; an unknown one has no name."""
    names: set[str] = set()
    for text in texts:
        with suppress(DestinationError):
            [place] = locate(text, policy, at.astimezone(UTC).date())
            names |= place.names
    return tuple(sorted(names)) or ("nowhere",)


def _all_or_some(names: Sequence[str]) -> st.SearchStrategy[frozenset[str]]:
    every = st.just(frozenset(names))
    return st.one_of(every, every, st.frozensets(st.sampled_from(names), min_size=1))
