"""Hypothesis strategies for whole questions: a request, and what the ledger holds for it.

A consent record that is drawn at random hardly ever covers a request. So records are aimed at the
request that is asked about, and at most one thing about each is then changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from attrs import evolve, frozen

from residency.account import Account
from residency.consent import ANY, ConsentEvent, ConsentRecord, EventKind
from residency.destination import locate
from residency.errors import DestinationError
from residency.placement import Router
from residency.policy.document import Policy
from residency.testing.extra import st
from residency.testing.strategies import (
    BOUNDS,
    INSTANT,
    accounts,
    blank_records,
    destinations,
    event_histories,
    moments,
    places,
    scopes,
    solutions,
)
from residency.transfer import Context

__all__ = ["Chain", "Scene", "chains", "covered_scenes", "scenes"]


@frozen(slots=True, kw_only=True)
class Scene:
    """One request, with the consent events that a ledger holds for it.

    Args:
        account: whose data it is.
        solution: the solution's id.
        to: every place that the bytes land on; now and then one is unknown.
        context: the category, purpose, source and moment; the moment is always there.
        events: the events, some of another account, in no order, some of them twice.
    """

    account: Account
    solution: str
    to: tuple[str, ...]
    context: Context
    events: tuple[ConsentEvent, ...]


@frozen(slots=True, kw_only=True)
class Chain:
    """Transfers one after another, each from where the one before brought the data.

    Args:
        account: whose data it is.
        solution: the solution's id.
        hops: the places, in order; the first transfer starts in the designated zone.
        context: the category, purpose and moment of every transfer.
        events: the events that the ledger holds all the while.
    """

    account: Account
    solution: str
    hops: tuple[str, ...]
    context: Context
    events: tuple[ConsentEvent, ...]


@st.composite
def scenes(draw: st.DrawFn, policy: Policy) -> Scene:
    """Generate requests near each boundary of the scope and validity of the consents held."""
    account = draw(accounts(policy))
    solution = draw(solutions(policy))
    to = draw(destinations(policy))
    source = draw(st.one_of(st.none(), st.none(), places(policy)))
    context = evolve(draw(_contexts(policy, solution)), source=source)
    target = _Target(
        account=account.id,
        solution=solution,
        sources=(
            *Router(policy).place(account, solution).zones,
            *(() if source is None else _names(policy, context, (source,))),
        ),
        goals=_names(policy, context, to),
        context=context,
    )
    given = draw(st.lists(_aimed(policy, target), max_size=3))
    events = draw(event_histories(policy, given))
    return Scene(account=account, solution=solution, to=to, context=context, events=events)


@st.composite
def covered_scenes(draw: st.DrawFn, policy: Policy) -> Scene:
    """Generate requests that consent just covers: to the word, and to the first and last instant.

    There is one record for each designated zone, which says what the request says and no more. The
    request names everything that a record can be about.
    """
    account = draw(accounts(policy))
    solution = draw(st.sampled_from(_with_data(policy)))
    zones = Router(policy).place(account, solution).zones
    start, until = BOUNDS[1], draw(st.sampled_from((None, BOUNDS[2])))
    last = (until or datetime.max.replace(tzinfo=UTC)) - INSTANT
    context = Context(
        category=draw(st.sampled_from([each.id for each in policy.solutions[solution].categories])),
        purpose=draw(st.sampled_from(tuple(policy.purposes))),
        at=draw(st.sampled_from((start, start + INSTANT, last))),
    )
    abroad = places(policy).filter(lambda place: _zone(policy, context, place) not in zones)
    to = draw(abroad)
    target = draw(st.sampled_from(_names(policy, context, (to,))))
    events = tuple(
        _given(
            evolve(
                draw(blank_records(policy)),
                record_id=f"r-{zone}",
                account=account.id,
                solutions=frozenset({solution}),
                categories=frozenset({context.category or ANY}),
                purposes=frozenset({context.purpose or ANY}),
                source_zone=zone,
                destination_zones=frozenset({target}),
                event_time=start,
                valid_from=start,
                valid_until=until,
            )
        )
        for zone in zones
    )
    return Scene(account=account, solution=solution, to=(to,), context=context, events=events)


@st.composite
def chains(draw: st.DrawFn, policy: Policy) -> Chain:
    """Generate chains of two to four transfers, some of whose single ways are consented to."""
    account = draw(accounts(policy))
    solution = draw(solutions(policy))
    hops = tuple(draw(st.lists(places(policy), min_size=2, max_size=4)))
    context = draw(_contexts(policy, solution))
    names = _names(policy, context, hops)
    target = _Target(
        account=account.id,
        solution=solution,
        sources=(*Router(policy).place(account, solution).zones, *names),
        goals=names,
        context=context,
    )
    given = draw(st.lists(_aimed(policy, target), max_size=4))
    events = draw(event_histories(policy, given))
    return Chain(account=account, solution=solution, hops=hops, context=context, events=events)


@frozen(slots=True, kw_only=True)
class _Target:
    """What a record must say to cover the transfer that is asked about."""

    account: str
    solution: str
    sources: tuple[str, ...]
    goals: tuple[str, ...]
    context: Context


@st.composite
def _aimed(draw: st.DrawFn, policy: Policy, target: _Target) -> ConsentRecord:
    aimed = evolve(
        draw(blank_records(policy)),
        account=target.account,
        solutions=frozenset({target.solution}),
        categories=frozenset({draw(st.sampled_from((ANY, target.context.category or ANY)))}),
        purposes=frozenset({draw(st.sampled_from((ANY, target.context.purpose or ANY)))}),
        source_zone=draw(st.sampled_from(target.sources)),
        destination_zones=draw(_all_or_some(target.goals)),
    )
    others = {
        **scopes(policy, target.solution),
        "solutions": st.frozensets(solutions(policy), min_size=1, max_size=1),
    }
    changed = draw(st.sampled_from((None,) * (2 * len(others)) + tuple(others)))
    return aimed if changed is None else evolve(aimed, **{changed: draw(others[changed])})


def _with_data(policy: Policy) -> list[str]:
    return [solution.id for solution in policy.solutions.values() if solution.categories]


def _zone(policy: Policy, context: Context, place: str) -> str | None:
    [location] = locate(place, policy, (context.at or BOUNDS[0]).date())
    return location.zone


def _given(record: ConsentRecord) -> ConsentEvent:
    return ConsentEvent(
        event_id=f"given:{record.record_id}",
        kind=EventKind.GIVEN,
        record_id=record.record_id,
        account=record.account,
        event_time=record.event_time,
        record=record,
    )


def _contexts(policy: Policy, solution: str) -> st.SearchStrategy[Context]:
    categories = [category.id for category in policy.solutions[solution].categories]
    return st.builds(
        Context,
        category=st.sampled_from((None, *categories)),
        purpose=st.sampled_from((None, *policy.purposes, "an unheard-of purpose")),
        at=moments(policy),
    )


def _names(policy: Policy, context: Context, texts: Sequence[str]) -> tuple[str, ...]:
    """Return all that a record may call these places on that day; an unknown one has no name."""
    on = (context.at or BOUNDS[0]).date()
    names: set[str] = set()
    for text in texts:
        with suppress(DestinationError):
            [place] = locate(text, policy, on)
            names |= place.names
    return tuple(sorted(names)) or ("nowhere",)


def _all_or_some(names: Sequence[str]) -> st.SearchStrategy[frozenset[str]]:
    every = st.just(frozenset(names))
    return st.one_of(every, every, st.frozensets(st.sampled_from(names), min_size=1))
