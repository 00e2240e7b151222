"""Every placement that moves is listed, and no other."""

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency import Account, ResidencyError, Router, load_policy
from residency.comparison import PlacementChange, Site, compare
from residency.comparison.placements import placement_changes
from residency.geography import MEMBERSHIPS, TERRITORIES
from residency.policy import Policy
from tests.comparison.documents import EU_UNION, OLD, US_TERRITORIES, compared, edited
from tests.policy.documents import FOUR_ZONES

_PLACED = ("xm-fax", "xm-sendsecure", "xm-cloud-portal")
_SIX = ("AS", "GU", "MP", "PR", "UM", "VI")
_BREXIT = date(2020, 2, 1)


def _moves(old: Policy, new: Policy) -> list[PlacementChange]:
    return list(placement_changes(old, new))


def test_nothing_moves_between_equal_policies() -> None:
    """A policy compared with itself has no change."""
    assert compare(OLD, OLD).changes == ()


def test_wording_moves_nothing() -> None:
    """What a document says in other words decides the same."""
    assert (
        compared(("Any other setup country", "Elsewhere"), ("XMedius Help Desk", "Help")).changes
        == ()
    )


def test_territories_that_leave_a_zone() -> None:
    """Without §5(i) the six US territories fall under §5(iv), and their data under its entity."""
    changes = _moves(OLD, edited((US_TERRITORIES, 'codes = ["US"]')))
    assert {change.solution for change in changes} == set(_PLACED)
    assert all(change.territories == _SIX for change in changes)
    [fax] = [c for c in changes if c.solution == "xm-fax" and c.entity == "xmedius-europe"]
    assert fax.before == Site(("US",), ("US",), "§5(i)")
    assert fax.after == Site(("EU",), ("FR",), "§5(iv)")
    assert (fax.start, fax.end, fax.raises_risk) == (None, None, True)


def test_an_entity_that_is_needed_now() -> None:
    """An order without an entity had a place under §5(i) and has none under §5(iv): it shows."""
    changes = _moves(OLD, edited((US_TERRITORIES, 'codes = ["US"]')))
    [fax] = [c for c in changes if c.solution == "xm-fax" and c.entity == ""]
    assert (fax.after, fax.raises_risk) == (None, True)


def test_a_place_where_there_was_none_moves_nothing() -> None:
    """An order that was refused and is placed now is listed; no data of it can have moved."""
    changes = _moves(OLD, edited((EU_UNION, f'codes = ["CH"]\n{EU_UNION}')))
    [fax] = [c for c in changes if c.solution == "xm-fax" and c.entity == ""]
    assert (fax.territories, fax.before, fax.raises_risk) == (("CH",), None, False)


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (_BREXIT - timedelta(days=1), True),
        (_BREXIT, False),
        (_BREXIT + timedelta(days=1), False),
    ],
)
def test_eras_are_kept_apart(day: date, moved: bool) -> None:  # noqa: FBT001 - a column of the table
    """Only UK sign-ups of the days of membership move where a policy takes the UK out of its EU."""
    changes = _moves(OLD, edited((EU_UNION, f'except = ["GB"]\n{EU_UNION}')))
    covering = [
        change
        for change in changes
        if change.solution == "xm-fax"
        and change.entity == "xmedius-solutions"
        and (change.start is None or change.start <= day)
        and (change.end is None or day < change.end)
    ]
    assert bool(covering) is moved
    assert all(change.territories == ("GB",) for change in changes)


def test_hosting_that_moves_inside_its_zone() -> None:
    """Another hosting country is another place, though the zone stays."""
    [change] = _moves(OLD, edited(('EU = ["FR"]', 'EU = ["DE"]')))[:1]
    assert change.before is not None
    assert change.after is not None
    assert (change.before.hosting, change.after.hosting) == (("FR",), ("DE",))
    assert change.before.zones == change.after.zones == ("EU",)


def test_where_the_entity_makes_no_difference() -> None:
    """Data that no country places moves for all territories and entities alike, in one change."""
    edits = ('hosting = "private-cloud"\nstorage = { US = ["US"] }',
             'hosting = "private-cloud"\nstorage = { CA = ["CA"] }')  # fmt: skip
    [change] = _moves(OLD, edited(edits))
    assert (change.solution, change.entity) == ("xm-connect", None)
    assert change.territories == tuple(TERRITORIES)


def test_entities_are_compared_by_what_they_answer_to() -> None:
    """An entity with another id, but the old one as alias, is the same to whoever orders."""
    renamed = edited(("xmedius-europe", "xm-europe"))
    assert {c.entity for c in _moves(OLD, renamed)} == {"xmedius-europe", "xm-europe"}
    aliased = edited(
        ("xmedius-europe", "xm-europe"),
        (
            'name = "XMedius Europe SAS"',
            'name = "XMedius Europe SAS"\naliases = ["xmedius-europe"]',
        ),
    )
    changes = _moves(OLD, aliased)
    assert {(c.entity, c.before) for c in changes} == {("xm-europe", None)}


def test_the_order_of_countries_is_nothing() -> None:
    """A solution that names its zones or countries in another order stays where it was."""
    swapped = edited(
        ('storage = { US = ["US"], CA = ["CA"] }', 'storage = { CA = ["CA"], US = ["US"] }')
    )
    assert _moves(OLD, swapped) == []


_POLICIES = [
    OLD,
    load_policy(FOUR_ZONES),
    edited((US_TERRITORIES, 'codes = ["US"]')),
    edited((EU_UNION, f'except = ["GB", "BL"]\n{EU_UNION}')),
    edited((EU_UNION, f'codes = ["CH", "GB"]\n{EU_UNION}')),
    edited(('xmedius-europe = "EU"', 'xmedius-europe = "US"')),
    edited(('"FR"', '"DE"'), ("xmedius-solutions", "xm-solutions")),
    edited(("xm-connect", "xm-voice")),
]
_DAYS = sorted(
    {day + timedelta(days=shift) for day in MEMBERSHIPS.boundaries for shift in (-1, 0, 1)}
)
_ENTITIES = [None, "", "xmedius-europe", "XMEDIUS SOLUTIONS INC.", "xm-solutions", "nobody"]


@cache
def _listed(old: int, new: int) -> list[PlacementChange]:
    return _moves(_POLICIES[old], _POLICIES[new])


def _site(policy: Policy, account: Account, solution: str) -> tuple[set[str], set[str]] | None:
    try:
        placement = Router(policy).place(account, solution)
    except ResidencyError:
        return None
    return set(placement.zones), set(placement.hosting)


@pytest.mark.untraced
@given(
    st.sampled_from([(0, new) for new in range(1, len(_POLICIES))]),
    st.booleans(),
    st.sampled_from(sorted(TERRITORIES)),
    st.sampled_from(_DAYS),
    st.sampled_from(_ENTITIES),
    st.sampled_from([*OLD.solutions, "xm-voice", "mailroom", "archive"]),
)
def test_complete_and_exact(  # noqa: PLR0917 - one for each dimension of the domain
    pair: tuple[int, int],
    back: bool,  # noqa: FBT001 - one of those drawn
    territory: str,
    day: date,
    entity: str | None,
    solution: str,
) -> None:
    """For any sign-up, the engine answers differently if and only if a change says so."""
    first, second = reversed(pair) if back else pair
    old, new = _POLICIES[first], _POLICIES[second]
    account = Account("acme", territory, entity, setup_date=day)
    before, after = _site(old, account, solution), _site(new, account, solution)
    listed = [
        change
        for change in _listed(first, second)
        if change.solution == solution
        and territory in change.territories
        and (change.start is None or change.start <= day)
        and (change.end is None or day < change.end)
        and _same(old, new, change.entity, entity)
    ]
    assert [_ground(change.before) for change in listed] == [before] * (before != after)
    assert [_ground(change.after) for change in listed] == [after] * (before != after)


def _same(old: Policy, new: Policy, listed: str | None, given: str | None) -> bool:
    """Say whether two spellings are one entity to both policies."""
    return listed is None or all(
        _understood(policy, listed) == _understood(policy, given) for policy in (old, new)
    )


def _understood(policy: Policy, entity: str | None) -> str | None:
    for known in policy.entities.values():
        if (entity or "").lower() in (known.id, known.name.lower(), *known.aliases):
            return known.id
    return None


def _ground(site: Site | None) -> tuple[set[str], set[str]] | None:
    return None if site is None else (set(site.zones), set(site.hosting))
