"""Placement: what the properties over the whole domain do not say about accounts and agreements."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any

import pytest

from residency import Account, Agreement, Router, load_policy
from residency.account import shared_key
from residency.errors import (
    AgreementError,
    EntityError,
    ErrorKind,
    InputError,
    ResidencyError,
    SolutionError,
)
from residency.policy import Policy

ROUTER = Router(load_policy("xmedius"))
DAY = date(2021, 3, 1)


def _account(country: str = "Brazil", entity: str | None = "xmedius-europe") -> Account:
    return Account("acme", country, entity, setup_date=DAY)


@pytest.mark.parametrize(
    ("entity", "zone"),
    [
        ("xmedius-solutions", "US"),
        ("XMedius Solutions Inc.", "US"),
        ("  xmedius solutions inc.  ", "US"),
        ("xmedius-europe", "EU"),
        ("XMedius Europe SAS", "EU"),
        ("XMEDIUS EUROPE SAS", "EU"),
    ],
)
def test_the_entity_is_read_by_id_or_full_name(entity: str, zone: str) -> None:
    """§5(iv): elsewhere the zone follows the entity, named by its id or full name."""
    placement = ROUTER.place(_account(entity=entity), "xm-fax")
    assert (placement.zone, placement.clause) == (zone, "§5(iv)")


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        (None, ErrorKind.MISSING_ENTITY),
        ("", ErrorKind.MISSING_ENTITY),
        ("  ", ErrorKind.MISSING_ENTITY),
        ("XMedius", ErrorKind.UNKNOWN_ENTITY),
        ("xmedius-europ", ErrorKind.UNKNOWN_ENTITY),
    ],
)
def test_an_entity_that_decides_is_never_defaulted(entity: str | None, kind: ErrorKind) -> None:
    """§5(iv): where the entity decides, a missing or unknown one is an error with the choices."""
    with pytest.raises(EntityError) as refused:
        ROUTER.place(_account(entity=entity), "xm-fax")
    assert (refused.value.kind, refused.value.value) == (kind, entity)
    assert refused.value.suggestions == ("xmedius-solutions", "xmedius-europe")


def test_an_entity_too_long_to_be_one_is_refused() -> None:
    """The text of an entity is bounded before anything is done with it."""
    with pytest.raises(EntityError) as refused:
        _account(entity="x" * 257)
    assert refused.value.kind is ErrorKind.TOO_LONG


@pytest.mark.parametrize("solution", ["xm-telex", "XM Fax", "XM-FAX", "", None, 7])
def test_an_unknown_solution_is_an_error(solution: str) -> None:
    """A solution is named by its exact id; the error lists them all."""
    with pytest.raises(SolutionError) as refused:
        ROUTER.place(_account(), solution)
    assert refused.value.kind in {ErrorKind.UNKNOWN_SOLUTION, ErrorKind.TYPE}


def _agreed(solution: str, zone: str, country: str = "Germany") -> Account:
    agreement = Agreement(solution, zone, "MSA-7", date(2021, 2, 1))
    return Account("acme", country, "xmedius-europe", setup_date=DAY, agreements=(agreement,))


@pytest.mark.parametrize("zone", ["US", "EU", "CA"])
def test_a_written_agreement_decides(zone: str) -> None:
    """§5 "otherwise agreed in writing": the zone agreed upon, and the writing is named."""
    account = _agreed("xm-fax", zone)
    placement = ROUTER.place(account, "xm-fax")
    assert placement.zones == (zone,)
    assert placement.clause == "§5(agreement)"
    assert placement.agreement == account.agreements[0]
    assert placement.hosting == ({"US": "US", "EU": "FR", "CA": "CA"}[zone],)


def test_an_agreement_is_for_its_solution_alone() -> None:
    """§5(ii): a solution that no agreement names is placed as if there were none."""
    placement = ROUTER.place(_agreed("xm-fax", "US"), "xm-sendsecure")
    assert (placement.zone, placement.clause, placement.agreement) == ("EU", "§5(ii)", None)


def test_the_basis_is_the_clause_and_the_agreement() -> None:
    """§5(agreement): a placement's basis is its clause, and the agreement by reference and date."""
    agreed = Agreement("xm-fax", "CA", "contract 17", date(2021, 2, 1))
    account = Account("acme", "Germany", setup_date=DAY, agreements=(agreed,))
    assert ROUTER.place(account, "xm-fax").basis == "§5(agreement): contract 17 of 2021-02-01"
    assert ROUTER.place(account, "xm-sendsecure").basis == "§5(ii)"


def test_an_account_with_an_agreement_is_not_taken_for_one_without() -> None:
    """Two accounts alike but for an agreement are placed each by its own facts, in any order."""
    plain = Account("acme", "Germany", "xmedius-europe", setup_date=DAY)
    agreed = _agreed("xm-fax", "US")
    router = Router(ROUTER.policy)
    zones = [router.place(each, "xm-fax").zone for each in (agreed, plain, agreed, plain)]
    assert zones == ["US", "EU", "US", "EU"]
    assert router.keeps(plain, "xm-fax")
    assert not router.keeps(agreed, "xm-fax")


@pytest.mark.parametrize(
    ("solution", "zone"), [("xm-connect", "EU"), ("billing", "CA"), ("xm-fax", "APAC")]
)
def test_an_agreement_needs_storage_where_it_says(solution: str, zone: str) -> None:
    """§5: an agreement that names a zone without storage for the solution is an error."""
    with pytest.raises(AgreementError) as refused:
        ROUTER.place(_agreed(solution, zone), solution)
    assert refused.value.kind is ErrorKind.NO_STORAGE
    assert refused.value.suggestions == tuple(ROUTER.policy.solutions[solution].storage)


def test_two_agreements_on_one_solution_contradict_each_other() -> None:
    """Which of two agreements holds is not for the library to guess."""
    both = tuple(Agreement("xm-fax", zone, "MSA", DAY) for zone in ("US", "CA"))
    with pytest.raises(AgreementError) as refused:
        Account("acme", "Germany", setup_date=DAY, agreements=both)
    assert refused.value.kind is ErrorKind.CONFLICT


def test_an_agreement_on_no_known_solution_is_an_error() -> None:
    """An agreement that names no solution was meant for one, so that it is not passed over."""
    with pytest.raises(SolutionError):
        ROUTER.place(_agreed("xm_fax", "US"), "xm-fax")


def test_an_account_is_made_anew_where_it_is_read() -> None:
    """A pickled account equals itself, and its key is that of the release that reads it."""
    account = _agreed("xm-fax", "US")
    again = pickle.loads(pickle.dumps(account))
    assert again == account
    assert (again.key, again.territory) == (account.key, "DE")


def test_agreements_that_cannot_be_read_through_are_refused() -> None:
    """A tuple of a kind that fails when it is read is told as it is, and never passed over."""

    class Broken(tuple[Agreement, ...]):
        __slots__ = ()

        def __iter__(self) -> Any:
            raise ZeroDivisionError

    broken = Broken()
    with pytest.raises(AgreementError) as refused:
        Account("acme", "Germany", setup_date=DAY, agreements=broken)
    assert refused.value.kind is ErrorKind.TYPE
    assert refused.value.value is broken


def test_equal_keys_are_one_object_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of equal keys stands for all; past the bound each stands for itself."""
    keys: dict[str, str] = {}
    monkeypatch.setattr("residency.account._KEYS", keys)
    monkeypatch.setattr("residency.account._MOST_KEYS", 1)
    first, again, other = (f"DE{tail}" for tail in ("|1", "|1", "|2"))
    assert first is not again
    assert (shared_key(first), shared_key(again)) == (first, again)
    assert shared_key(again) is first
    assert shared_key(other) is other
    assert keys == {first: first}


def test_an_entity_nobody_knows_is_not_kept() -> None:
    """The table keeps finitely many placements: an entity that changes nothing adds no row."""
    router = Router(ROUTER.policy)
    for number in range(100):
        account = Account("acme", "Germany", f"nobody {number}", setup_date=DAY)
        assert router.place(account, "xm-fax").zone == "EU"
        assert not router.keeps(account, "xm-fax")


def test_a_router_needs_a_policy_and_an_account() -> None:
    """Anything else is refused with a typed error."""
    with pytest.raises(InputError):
        Router("xmedius")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - the refusal is what is tested
    with pytest.raises(ResidencyError):
        ROUTER.place("acme", "xm-fax")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - the refusal is what is tested


def test_the_table_covers_every_day_once() -> None:
    """For each territory, entity and solution the rows of the table follow on each other."""
    spans: dict[tuple[str, str, str], list[tuple[date | None, date | None]]] = {}
    for row in ROUTER.table():
        key = (row.placement.territory, row.entity, row.placement.solution)
        spans.setdefault(key, []).append((row.start, row.end))
    assert len(spans) == 250 * 2 * 7
    for rows in spans.values():
        starts, ends = zip(*rows, strict=True)
        assert starts == (None, *ends[:-1])
        assert ends[-1] is None


def test_the_table_knows_the_united_kingdom() -> None:
    """TEU 50: the United Kingdom is in zone EU from 1973-01-01 until 2020-02-01."""
    rows = [
        (row.start, row.end, row.placement.zone, row.placement.clause)
        for row in ROUTER.table()
        if (row.placement.territory, row.entity, row.placement.solution)
        == ("GB", "xmedius-solutions", "xm-fax")
    ]
    assert rows == [
        (None, date(1973, 1, 1), "US", "§5(iv)"),
        (date(1973, 1, 1), date(2020, 2, 1), "EU", "§5(ii)"),
        (date(2020, 2, 1), None, "US", "§5(iv)"),
    ]


def test_a_placement_in_several_zones_names_them_all() -> None:
    """§3.5: license servers stand in the USA and in Canada, and no single zone is claimed."""
    placement = ROUTER.place(_account("Germany"), "license-servers")
    assert (placement.zones, placement.zone) == (("US", "CA"), "US+CA")
    assert set(placement.hosting) == {"US", "CA"}
    policy: Policy = ROUTER.policy
    assert placement.policy == policy.reference
