"""The comparison of policies: semantics §4, against the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency import Router
from residency.comparison import (
    Comparison,
    PlacementChange,
    RetentionChange,
    Site,
    TransferChange,
    compare,
)
from residency.policy import Policy, Solution, load_policy, read_policy
from residency.testing import Placed, read_document, transfer
from residency.testing.changes import is_within, sites, trend
from residency.testing.exemptions import exempt
from residency.testing.limits import Limit
from residency.testing.source import Document, plain
from residency.testing.strategies import entities, territories
from tests.comparison.documents import EU_UNION, EUROPE_UNION, US_TERRITORIES
from tests.policy.documents import BUNDLED, FOUR_ZONES
from tests.properties.test_exemptions import claimed
from tests.properties.worlds import account_of, placed, question_of

pytestmark = pytest.mark.once

_TEXT = BUNDLED.read_text(encoding="utf-8")
_NINETY = '{ amount = 90, unit = "days", after = "account-termination" }'
_YEAR = '{ amount = 1, unit = "years", after = "creation" }'

_EDITS = {
    "nothing": (),
    "one-territory-less": ((US_TERRITORIES, 'codes = ["US"]'),),
    "never-a-member": ((EU_UNION, f'except = ["GB"]\n{EU_UNION}'),),
    "one-more": ((EU_UNION, f'codes = ["CH"]\n{EU_UNION}'),),
    "declared-hosting": (("enforce_hosting = false", "enforce_hosting = true"),),
    "other-ground": (('EU = ["FR"]', 'EU = ["DE"]'),),
    "shorter": ((_NINETY, _NINETY.replace("90", "89")),),
    "longer": ((_NINETY, _NINETY.replace("90", "91")),),
    "three-months": ((_NINETY, _NINETY.replace("90", "3").replace("days", "months")),),
    "so-many-days": ((_YEAR, _YEAR.replace("1,", "365,").replace("years", "days")),),
    "twelve-months": ((_YEAR, _YEAR.replace("1,", "12,").replace("years", "months")),),
    "no-limit": ((f"retention = [{_YEAR}]\n", ""),),
    "personnel-anywhere": ((EUROPE_UNION, f'codes = ["CH", "GB", "JP"]\n{EUROPE_UNION}'),),
    "storage-too": (("handling_only = true", "handling_only = false"),),
    "on-record": (('countries = ["US", "IE", "CA"]', 'countries = ["US"]\nsafeguards = "r 3"'),),
}


class Side(NamedTuple):
    """One of two policies: as the engine reads it, and as the reference evaluator does."""

    policy: Policy
    document: Document


def _side(*edits: tuple[str, str]) -> Side:
    text = _TEXT
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return Side(read_policy(text.encode()), read_document(text.encode()))


class Pair:
    """Two policies, and what the engine says of the way from one to the other."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.comparison: Comparison = compare(old.policy, new.policy)


@cache
def _pair(name: str) -> Pair:
    if name == "another-company":
        return Pair(_side(), Side(load_policy(FOUR_ZONES), read_document(FOUR_ZONES)))
    forth, back = _side(), _side(*_EDITS[name.removesuffix(", back")])
    return Pair(back, forth) if name.endswith(", back") else Pair(forth, back)


_NAMES = [*_EDITS, *(f"{name}, back" for name in _EDITS if name != "nothing"), "another-company"]

# The pairs differ in these above all.
_TOUCHED = ("GB", "GI", "CH", "PR", "UM", "FR", "DE", "JP")
_anywhere = st.sampled_from(_TOUCHED) | territories()

# There are thirty pairs, and each example asks many questions.
_few = settings(max_examples=max(1, settings().max_examples // 5))

every_pair = pytest.mark.parametrize("name", _NAMES)


def _days(pair: Pair, *others: date) -> st.SearchStrategy[date]:
    """Generate the days before, of and after each dated change of membership, and of ``others``."""
    changes = (*pair.old.policy.memberships.boundaries, *others)
    near = sorted({day + timedelta(step) for day in changes for step in (-1, 0, 1)})
    return st.sampled_from(near)


def _solutions(pair: Pair) -> st.SearchStrategy[str]:
    return st.sampled_from(list({**pair.old.policy.solutions, **pair.new.policy.solutions}))


def _understood(pair: Pair, entity: str | None) -> list[str | None]:
    """Return who the two policies take an order entity for."""
    return [
        next(
            (
                known.id
                for known in world.policy.entities.values()
                if plain(entity or "") in map(plain, (known.id, known.name, *known.aliases))
            ),
            None,
        )
        for world in (pair.old, pair.new)
    ]


def _ground(site: Site | None) -> tuple[frozenset[str], frozenset[str]] | None:
    return None if site is None else (frozenset(site.zones), frozenset(site.hosting))


def _designated(world: Side) -> Iterator[tuple[Solution, tuple[str, ...]]]:
    """Yield all zones that data may be designated for, by rule or agreement."""
    for solution in world.policy.solutions.values():
        yield from ((solution, (zone,)) for zone in solution.storage)
        if not solution.placed_by_country and len(solution.storage) > 1:
            yield solution, tuple(solution.storage)


@every_pair
class TestComparison:
    """§4: comparing two documents lists exactly what moves, opens, closes, grows and shrinks."""

    @pytest.mark.untraced
    @_few
    @given(st.data())
    def test_placements(self, name: str, data: st.DataObject) -> None:
        """A placement is listed, once, if the reference places it elsewhere; else it is not."""
        pair = _pair(name)
        solution, day = data.draw(_solutions(pair)), data.draw(_days(pair))
        entity = data.draw(st.none() | entities(pair.old.policy) | entities(pair.new.policy))
        understood = _understood(pair, entity)
        changes = [
            change
            for change in pair.comparison.changes
            if isinstance(change, PlacementChange)
            and change.solution == solution
            and (change.start is None or change.start <= day)
            and (change.end is None or day < change.end)
            and (change.entity is None or _understood(pair, change.entity) == understood)
        ]
        for territory in (*_TOUCHED, data.draw(territories())):
            before, after = (
                sites(world.document, territory, entity, day, solution)
                for world in (pair.old, pair.new)
            )
            listed = [change for change in changes if territory in change.territories]
            found = [(_ground(each.before), _ground(each.after)) for each in listed]
            assert found == ([] if before == after else [(before, after)])
            assert all(each.raises_risk is (before is not None) for each in listed)

    @_few
    @given(st.data())
    def test_transfers(self, name: str, data: st.DataObject) -> None:
        """A transfer is listed, once, if the reference permits it under one policy alone."""
        pair = _pair(name)
        known = {**pair.old.policy.zones, **pair.new.policy.zones}
        destination = data.draw(
            st.sampled_from([f"zone:{zone}" for zone in known]) | _anywhere.map("country:{}".format)
        )
        effective = pair.new.policy.reference.effective
        day = data.draw(_days(pair, effective).filter(lambda day: day >= effective))
        for solution, zones in _designated(pair.old):
            hosting = tuple(country for zone in zones for country in solution.storage[zone])
            where = Placed(zones, hosting, solution.clause)
            before, after = (
                is_within(world.document, where, solution.id, destination, day)
                for world in (pair.old, pair.new)
            )
            listed = [
                change
                for change in pair.comparison.changes
                if isinstance(change, TransferChange)
                and (change.solution, change.zones) == (solution.id, zones)
                and destination in change.destinations
                and change.start <= day
                and (change.end is None or day < change.end)
            ]
            assert len(listed) == (before is not after)
            assert all(each.raises_risk is after for each in listed)

    @pytest.mark.untraced
    def test_retentions(self, name: str) -> None:
        """Each category whose limits last otherwise on any day is listed with the way it goes."""
        pair = _pair(name)
        old, new = _limits(pair.old.document), _limits(pair.new.document)
        listed = {
            (change.solution, change.category): str(change.trend)
            for change in pair.comparison.changes
            if isinstance(change, RetentionChange)
        }
        expected = {key: trend(limits, new.get(key, [])) for key, limits in old.items()}
        held = pair.old.policy.solutions
        added = {key: "unclear" for key in new if key not in old and key[0] in held}
        assert listed == {**{key: way for key, way in expected.items() if way}, **added}

    @_few
    @given(st.data())
    def test_whatever_opens_is_told(self, name: str, data: st.DataObject) -> None:
        """Where a request is permitted that was denied, some change is said to raise risk."""
        pair = _pair(name)
        if pair.old.policy.solutions.keys() != pair.new.policy.solutions.keys():
            return
        scene = data.draw(claimed(pair.new.policy))
        request = scene.but(source=None).request
        account = account_of(request.signup)
        where = placed(Router(pair.old.policy).place(account, request.solution))
        asked = question_of(request)
        verdicts = [
            exempt(
                world.document,
                where,
                asked,
                transfer(world.document, where, asked, scene.events),
                request.claim,
            )
            for world in (pair.old, pair.new)
        ]
        opens = verdicts[1].permitted and not verdicts[0].permitted
        if opens and request.at.date() >= pair.new.policy.reference.effective:
            assert pair.comparison.risks

    @_few
    @given(st.dates(date(2000, 1, 1), date(9999, 1, 1)))
    def test_notice(self, name: str, announced: date) -> None:
        """What raises risk may take effect thirty days later, to the day; all else at once (§1)."""
        comparison = _pair(name).comparison
        notice = timedelta(days=30 if comparison.risks else 0)
        assert comparison.earliest_effective(announced) == announced + notice


def _limits(document: Document) -> dict[tuple[str, str], list[Limit]]:
    found: dict[tuple[str, str], list[Limit]] = {}
    for solution in cast("list[dict[str, object]]", document["solutions"]):
        for category in cast("list[dict[str, object]]", solution.get("data", [])):
            key = str(solution["id"]), str(category["id"])
            found[key] = cast("list[Limit]", category.get("retention", []))
    return found
