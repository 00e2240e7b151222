"""The reference evaluator's data map, and what becomes of data that is moved.

It shares no code with :mod:`residency.retention` and :mod:`residency.relocation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, NotRequired, TypedDict, cast

from residency.consent.event import ConsentEvent
from residency.testing.exemptions import Claim, exempt
from residency.testing.limits import Limit
from residency.testing.reference import Placed, Question, Refused, Verdict, place, transfer
from residency.testing.source import Document

__all__ = ["Held", "held", "moved"]


class Held(NamedTuple):
    """One row of the data map.

    Args:
        solution: the solution's id.
        category: the data category's id; None where the solution declares none.
        placed: where it is.
        hosting_kind: the id of the kind of hosting.
        limits: how long it is kept: amount, unit and event of each limit.
        clause: the clause that states the limits; None without a category.
    """

    solution: str
    category: str | None
    placed: Placed
    hosting_kind: str
    limits: tuple[tuple[int, str, str], ...] = ()
    clause: str | None = None


class _Category(TypedDict):
    id: str
    clause: str
    retention: NotRequired[list[Limit]]


class _Holder(TypedDict):
    id: str
    hosting: str
    storage: dict[str, list[str]]
    data: NotRequired[list[_Category]]


def held(
    document: Document,
    territory: str,
    entity: str | None,
    setup_date: date,
    *,
    agreements: Mapping[str, str],
    pinned: Mapping[str, Placed],
) -> list[Held]:
    """Return what is held for an account.

    Args:
        document: the policy document.
        territory: the alpha-2 code of the country that was typed at setup.
        entity: the order entity; None if it is missing.
        setup_date: the day of the initial setup.
        agreements: the zone that a written agreement names, by solution.
        pinned: where data was designated to be, by solution.

    Raises:
        Refused: a solution cannot be placed.
    """
    rows: list[Held] = []
    for holder in _holders(document):
        name, kind = holder["id"], holder["hosting"]
        if name in pinned:
            placed = pinned[name]
        else:
            agreed = agreements.get(name)
            placed = place(document, territory, entity, setup_date, name, agreement_zone=agreed)
        if not holder.get("data"):
            rows.append(Held(name, None, placed, kind))
        for category in holder.get("data", []):
            limits = tuple(
                (limit["amount"], limit["unit"], limit["after"])
                for limit in category.get("retention", [])
            )
            rows.append(Held(name, category["id"], placed, kind, limits, category["clause"]))
    return rows


def moved(
    document: Document,
    placed: Placed,
    question: Question,
    events: Iterable[ConsentEvent],
    *,
    zone: str,
    claim: Claim | None,
) -> tuple[Placed | None, list[Verdict]]:
    """Return where designated data is after an attempt to move it, and what was said of it.

    Args:
        document: the policy document.
        placed: where the data is designated to be.
        question: whose data of which solution it is, when and for what purpose it moves. The
            destination and category are not asked about: all data goes to the hosting countries.
        events: the consent events that the ledger holds.
        zone: the zone to move it to.
        claim: the exemption that is invoked; None if none is.

    Returns:
        The new place, None if it stays; and the verdict on each data category in turn, up to the
        first denial.

    Raises:
        Refused: the solution is unknown, has no storage in the zone, or is there already.
    """
    [holder] = [each for each in _holders(document) if each["id"] == question.solution]
    if zone not in holder["storage"]:
        raise Refused("NO_STORAGE")
    if zone in placed.zones:
        raise Refused("CONFLICT")
    hosting = tuple(holder["storage"][zone])
    # Storage moves, whatever is claimed.
    storing = None if claim is None else claim._replace(handling=False)
    goes = question._replace(destination=tuple(f"country:{country}" for country in hosting))
    verdicts: list[Verdict] = []
    categories: list[str | None] = [category["id"] for category in holder.get("data", [])]
    for category in categories or [None]:
        asked = goes._replace(category=category)
        verdict = transfer(document, placed, asked, events)
        verdicts.append(exempt(document, placed, asked, verdict, storing))
        if not verdicts[-1].permitted:
            return None, verdicts
    return Placed((zone,), hosting, document["policy"]["transfer_clause"]), verdicts


def _holders(document: Document) -> list[_Holder]:
    return cast("list[_Holder]", document["solutions"])
