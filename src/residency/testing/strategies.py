"""Hypothesis strategies made from a policy: sign-ups, places, moments, consents.

Days cluster around the dated changes of membership, and moments around those and the bounds of
validity: that is where implementations differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Final

from attrs import evolve

from residency.consent import ANY, ConsentEvent, ConsentRecord, EventKind, Expression, PartyRole
from residency.geography import CLOUD_REGIONS, TERRITORIES, Territory
from residency.policy.document import Policy
from residency.testing.countries import territory_of
from residency.testing.extra import st
from residency.testing.source import GEOGRAPHY
from residency.testing.target import SignUp
from residency.testing.words import unknown_word

__all__ = [
    "ACCOUNT_IDS",
    "BOUNDS",
    "INSTANT",
    "LOOKALIKES",
    "TIME_ZONES",
    "blank_records",
    "countries",
    "destinations",
    "entities",
    "event_histories",
    "moments",
    "owned",
    "places",
    "records",
    "scopes",
    "setup_dates",
    "sign_ups",
    "solutions",
    "territories",
    "unknown_places",
]

ACCOUNT_IDS: Final = ("acme", "acme-2", "zenith")
"""The accounts that records belong to: few, so that records of another account are common."""

BOUNDS: Final = tuple(datetime(year, 3, 1, 12, tzinfo=UTC) for year in (2021, 2022, 2023, 2024))
"""The moments at which validity begins and ends."""

INSTANT: Final = timedelta(microseconds=1)
"""The shortest time that there is."""

_SPELLED_PLACES = (
    "aws:EU",
    "aws:us-east-1-bue-1",
    "azure:Brazil South+Standard_RAGRS",
    "azure:UK South",
    "gcp:EUROPE-WEST2",
    "ibm:eu-gb-smart",
)
"""Places as clients return them: in capitals, with blanks, with the redundancy or a zone's name."""

_UNKNOWN_PLACES = (
    "EU",
    "aws:eu-atlantis-1",
    "azure:u\N{KELVIN SIGN}south",
    "cloudflare-r2:weur",
    "country:",
    "country:EU",
    "country:ZZ",
    "nimbus:north",
    "zone:",
)

_SPELLINGS = tuple(
    spelling for spelling, _, territory in GEOGRAPHY["names"] if territory_of(spelling) == territory
)
LOOKALIKES: Final = (
    "\N{LATIN SMALL LIGATURE FI}",
    "\N{NUMERO SIGN}",
    "\N{ROMAN NUMERAL SIX}",
    "\N{TRADE MARK SIGN}",
    "D\N{ZERO WIDTH SPACE}E",
    "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}",
    "\N{CYRILLIC CAPITAL LETTER ES}\N{CYRILLIC CAPITAL LETTER A}",
    "US-CA",
    "ES-CA",
    "GB-NIR",
    "DE".ljust(256),
    "DE".ljust(257),
    " ",
    "",
)
"""Texts that careful and careless readers of a country's code take differently."""

_RECORD_IDS = ("r-1", "r-2", "r-3", "r-4", "r-5")
_ENDS = (EventKind.WITHDRAWN, EventKind.REVOKED, EventKind.INVALIDATED)
TIME_ZONES: Final = (UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=9, minutes=30)))
"""Time zones far apart: there it may be another day."""


def territories() -> st.SearchStrategy[Territory]:
    """Generate territories, all that there are."""
    return st.sampled_from(tuple(TERRITORIES))


def countries() -> st.SearchStrategy[str]:
    """Generate what administrators type: names, codes, refused texts, and near misses of each."""
    spelled = st.sampled_from([*(spelling for spelling, *_ in GEOGRAPHY["names"]), *TERRITORIES])
    refused = st.sampled_from([*(spelling for spelling, *_ in GEOGRAPHY["refused"]), *LOOKALIKES])
    return st.one_of(
        spelled,
        refused,
        st.builds(_mistyped, spelled, st.sampled_from(_MISTAKES), st.integers(0, 30)),
        st.builds("{}-{}".format, territories(), territories()),
        st.text(max_size=6),
    )


_MISTAKES = ("cut", "double", "drop", "pad", "case", "hide", "long")


def _mistyped(text: str, mistake: str, position: int) -> str:
    at = position % len(text)
    return {
        "cut": text[: at + 1],
        "double": text[: at + 1] + text[at:],
        "drop": text[:at] + text[at + 1 :],
        "pad": f"\t{text}  ",
        "case": text.swapcase(),
        "hide": text[:at] + "\N{ZERO WIDTH SPACE}" + text[at:],
        "long": text + " " * 256,
    }[mistake]


def setup_dates(policy: Policy) -> st.SearchStrategy[date]:
    """Generate days, most of them the day before, of or after a dated change of membership."""
    changes = policy.memberships.boundaries
    near = [day + timedelta(days) for day in changes for days in (-1, 0, 1)]
    return st.one_of(st.sampled_from(near), st.dates(date(1950, 1, 1), date(2100, 1, 1)))


def entities(policy: Policy) -> st.SearchStrategy[str]:
    """Generate ways to name each order entity: id, full name and aliases, in any case."""
    names = [
        name
        for entity in policy.entities.values()
        for name in (entity.id, entity.name, *entity.aliases)
    ]
    return st.sampled_from([*names, *(name.upper() for name in names)])


def solutions(policy: Policy) -> st.SearchStrategy[str]:
    """Generate ids of the policy's solutions."""
    return st.sampled_from(tuple(policy.solutions))


@st.composite
def sign_ups(draw: st.DrawFn, policy: Policy, *, ids: Sequence[str] = ACCOUNT_IDS) -> SignUp:
    """Generate accounts of every territory and entity, set up around the dated changes.

    One in five has agreed in writing on a zone for one solution, in which that one has storage.
    """
    agreed = [((each.id, zone),) for each in policy.solutions.values() for zone in each.storage]
    return SignUp(
        draw(st.sampled_from(ids)),
        draw(st.sampled_from(_SPELLINGS)),
        draw(entities(policy)),
        draw(setup_dates(policy)),
        draw(st.sampled_from(agreed)) if draw(_one_in(5)) else (),
    )


def places(policy: Policy) -> st.SearchStrategy[str]:
    """Generate places: zones, hosting countries, any countries, and cloud regions."""
    zones = [f"zone:{zone}" for zone in policy.zones]
    hosts = {
        f"country:{country}"
        for solution in policy.solutions.values()
        for hosting in solution.storage.values()
        for country in hosting
    }
    regions = [
        f"{provider}:{region}" for provider, known in CLOUD_REGIONS.items() for region in known
    ]
    everywhere = [f"country:{territory}" for territory in TERRITORIES]
    return st.one_of(
        *map(st.sampled_from, (zones, sorted(hosts), regions, _SPELLED_PLACES, everywhere))
    )


def unknown_places(policy: Policy) -> tuple[str, ...]:
    """Return texts that name no place: unknown, incomplete, or of another kind.

    Args:
        policy: the policy, for a zone that it does not have.
    """
    return (*_UNKNOWN_PLACES, f"zone:{unknown_word(policy.zones, 'ATLANTIS')}")


@st.composite
def destinations(draw: st.DrawFn, policy: Policy) -> tuple[str, ...]:
    """Generate one to three places on which the bytes land; now and then one is unknown."""
    one = places(policy)
    chosen = [draw(one) for _ in range(draw(st.sampled_from((1, 1, 1, 1, 2, 2, 3))))]
    if draw(_one_in(10)):
        chosen.append(draw(st.sampled_from(unknown_places(policy))))
    return tuple(chosen)


def moments(policy: Policy) -> st.SearchStrategy[datetime]:
    """Generate moments within an instant of a bound of validity or a change of membership."""
    changes = [datetime.combine(day, time(), UTC) for day in policy.memberships.boundaries]
    return st.builds(
        _moment,
        st.sampled_from((*BOUNDS * 4, *BOUNDS[1:3] * 8, *changes)),
        st.sampled_from((-INSTANT, timedelta(), INSTANT)),
        st.sampled_from(TIME_ZONES),
    )


def _moment(bound: datetime, step: timedelta, zone: timezone) -> datetime:
    return (bound + step).astimezone(zone)


@st.composite
def records(draw: st.DrawFn, policy: Policy) -> ConsentRecord:
    """Generate consent records of any scope that the policy's words allow."""
    solution = draw(solutions(policy))
    scope = {name: draw(strategy) for name, strategy in scopes(policy, solution).items()}
    return owned(evolve(draw(blank_records(policy)), solutions=frozenset({solution}), **scope))


def owned(record: ConsentRecord) -> ConsentRecord:
    """Return the record under an id that no record of another account has: a ledger refuses that.

    Args:
        record: the record.
    """
    return evolve(record, record_id=f"{record.account}/{record.record_id}")


def scopes(policy: Policy, solution: str) -> dict[str, st.SearchStrategy[Any]]:
    """Return strategies for the fields that say what a record covers, but for its solutions."""
    names = st.one_of(st.sampled_from(tuple(policy.zones)), places(policy))
    categories = [category.id for category in policy.solutions[solution].categories]
    return {
        "account": st.sampled_from(ACCOUNT_IDS),
        "categories": _one_or_any(categories),
        "purposes": _one_or_any(policy.purposes),
        "source_zone": names,
        "destination_zones": st.frozensets(names, min_size=1, max_size=2),
        "expression": st.sampled_from((Expression.EXPLICIT, *Expression)),
    }


@st.composite
def blank_records(draw: st.DrawFn, policy: Policy) -> ConsentRecord:
    """Generate explicit records that cover nothing that there is, with any validity.

    Some become valid later than they were given.
    """
    given = draw(st.sampled_from((BOUNDS[0], BOUNDS[0], *BOUNDS[:-1])))
    start = draw(st.sampled_from((given, *(bound for bound in BOUNDS[:-1] if bound >= given))))
    later = [bound for bound in BOUNDS if bound > start]
    return ConsentRecord(
        record_id=draw(st.sampled_from(_RECORD_IDS)),
        account="nobody",
        controller=policy.controller,
        privacy_notice="1",
        solutions=frozenset({"nothing"}),
        categories=frozenset({"nothing"}),
        purposes=frozenset({"nothing"}),
        source_zone="nowhere",
        destination_zones=frozenset({"nowhere"}),
        event_time=given,
        valid_from=start,
        valid_until=draw(st.sampled_from((None, None, *later))),
        expression=Expression.EXPLICIT,
        party_name="Jo Doe",
        party_role=PartyRole.ADMINISTRATOR,
        method="web form",
    )


@st.composite
def event_histories(
    draw: st.DrawFn, policy: Policy, given: Sequence[ConsentRecord]
) -> tuple[ConsentEvent, ...]:
    """Generate what a ledger may hold of these records, in no order, some of it twice."""
    held: list[ConsentEvent] = []
    for record in given:
        if not draw(_one_in(12)):
            held.append(_event(EventKind.GIVEN, record, len(held)))
        if draw(_one_in(4)):
            held.append(_event(EventKind.RENEWED, draw(_renewals(policy, record)), len(held)))
        if draw(_one_in(5)):
            held.append(_event(draw(st.sampled_from(_ENDS)), record, len(held)))
    repeated = draw(_one_in(4))
    if held and repeated:
        held.append(draw(st.sampled_from(held)))
    return tuple(draw(st.permutations(held)))


@st.composite
def _renewals(draw: st.DrawFn, policy: Policy, record: ConsentRecord) -> ConsentRecord:
    start = draw(st.sampled_from(BOUNDS))
    renewed = evolve(record, event_time=start, valid_from=start, valid_until=None)
    # Now and then it is none: a renewal may change neither the terms nor the expression.
    others = {
        **scopes(policy, next(iter(policy.solutions))),
        "solutions": _one_or_any(policy.solutions),
        "controller": st.just("another controller"),
        "recipient": st.just("another recipient"),
    }
    del others["account"]  # another account's renewal is no event of this record
    changed = draw(st.sampled_from((None,) * len(others) + tuple(others)))
    return renewed if changed is None else evolve(renewed, **{changed: draw(others[changed])})


def _event(kind: EventKind, record: ConsentRecord, number: int) -> ConsentEvent:
    return ConsentEvent(
        event_id=f"e-{number}",
        kind=kind,
        record_id=record.record_id,
        account=record.account,
        event_time=BOUNDS[-1],
        record=None if kind in _ENDS else record,
    )


def _one_or_any(names: Iterable[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.sampled_from([frozenset({name}) for name in (ANY, *names)])


def _one_in(number: int) -> st.SearchStrategy[bool]:
    return st.integers(1, number).map(lambda drawn: drawn == number)
