"""The data map: what is held for an account, where, and for how long."""

from datetime import date
from typing import Any

import pytest

from residency import Account, Agreement, Designation, Router, load_policy
from residency.errors import EntityError, ErrorKind, InputError, SolutionError
from residency.retention import NOT_STATED, DataMapRow, data_map, retention
from tests.policy.documents import FOUR_ZONES

ROUTER = Router(load_policy("xmedius"))
ACME = Account("acme", "Germany", setup_date=date(2021, 3, 1))
DESIGNATED = Designation.of(ACME, ROUTER.place(ACME, "xm-fax"))


def _row(rows: tuple[DataMapRow, ...], solution: str, category: str) -> DataMapRow:
    [found] = [
        row
        for row in rows
        if row.placement.solution == solution
        and row.retention is not None
        and row.retention.category == category
    ]
    return found


def test_every_category_of_every_solution_is_there() -> None:
    """The map has each data category that the policy declares once, in the document's order."""
    rows = data_map(ROUTER, ACME)
    assert [(row.placement.solution, row.retention and row.retention.category) for row in rows] == [
        (solution.id, category.id)
        for solution in ROUTER.policy.solutions.values()
        for category in solution.categories
    ]


@pytest.mark.parametrize(
    ("solution", "category", "zones", "hosting", "kind", "kept", "clauses"),
    [
        (
            "xm-fax", "fax-data", ("EU",), ("FR",), "colocation",
            "90 days after account-termination", ("§5(ii)", "§3.1"),
        ),
        (
            "xm-sendsecure", "backups", ("EU",), ("IE",), "public-cloud",
            "1 year after creation", ("§5(ii)", "§3.2"),
        ),
        (
            "xm-connect", "system-logs", ("US",), ("US",), "private-cloud",
            NOT_STATED, ("§3.3", "§3.3"),
        ),
        (
            "license-servers", "licensing-data", ("US", "CA"), ("US", "CA"), "own-servers",
            NOT_STATED, ("§3.5", "§3.5"),
        ),
    ],
)  # fmt: skip
def test_a_row_says_where_and_how_long(  # noqa: PLR0917 - one column each
    solution: str,
    category: str,
    zones: tuple[str, ...],
    hosting: tuple[str, ...],
    kind: str,
    kept: str,
    clauses: tuple[str, str],
) -> None:
    """A German account's data is where §5(ii) or its solution's section says, for as long."""
    row = _row(data_map(ROUTER, ACME), solution, category)
    assert (row.placement.zones, row.placement.hosting) == (zones, hosting)
    assert row.hosting_kind == kind
    assert str(row.retention) == kept
    assert row.retention is not None
    assert (row.placement.clause, row.retention.clause) == clauses
    assert not row.pinned


def test_words_are_there_for_people() -> None:
    """A row names the solution and the category in words."""
    row = _row(data_map(ROUTER, ACME), "billing", "card-data")
    assert (row.solution, row.category) == ("XMedius Billing Platform", "credit card data")


def test_a_solution_without_categories_is_part_of_the_map() -> None:
    """A solution for which no category is declared still has a row: it stores something."""
    router = Router(load_policy(FOUR_ZONES))
    account = Account("acme", "Sweden", setup_date=date(2021, 3, 1))
    [row] = data_map(router, account, solutions=["status-page"])
    assert (row.category, row.retention) == (None, None)
    assert row.placement.zones == ("EU", "US")


def test_an_agreement_shows() -> None:
    """A written agreement moves the rows of its solution alone, and is their basis."""
    agreed = Agreement("xm-fax", "CA", "contract 17", date(2021, 2, 1))
    account = Account("acme", "Germany", setup_date=date(2021, 3, 1), agreements=(agreed,))
    rows = data_map(ROUTER, account)
    fax = _row(rows, "xm-fax", "fax-data").placement
    assert (fax.zones, fax.clause, fax.agreement) == (("CA",), "§5(agreement)", agreed)
    assert _row(rows, "xm-sendsecure", "backups").placement.zones == ("EU",)


def test_a_designation_outranks_the_rules_of_today() -> None:
    """Data is where it was designated to be, whatever membership says of a new account."""
    before = Account("acme", "United Kingdom", setup_date=date(2019, 1, 1))
    pinned = Designation.of(before, ROUTER.place(before, "xm-fax"))
    after = Account("acme", "United Kingdom", "XMedius Solutions Inc.", setup_date=date(2021, 1, 1))
    rows = data_map(ROUTER, after, designations=[pinned])
    fax = _row(rows, "xm-fax", "fax-data")
    assert (fax.placement, fax.pinned) == (pinned.placement, True)
    secure = _row(rows, "xm-sendsecure", "backups")
    assert (secure.placement.zones, secure.pinned) == (("US",), False)


def test_chosen_solutions_are_mapped_once() -> None:
    """Only the solutions that the account uses are mapped, each once."""
    rows = data_map(ROUTER, ACME, solutions=["billing", "help-desk", "billing"])
    assert [row.placement.solution for row in rows] == ["billing", "billing", "help-desk"]
    assert rows[0].retention == retention(ROUTER.policy, "billing", "billing-data")


def test_nothing_is_left_out_in_silence() -> None:
    """Where one placement cannot be made there is no map: a partial one would look whole."""
    swiss = Account("acme", "Switzerland", setup_date=date(2021, 3, 1))
    with pytest.raises(EntityError):
        data_map(ROUTER, swiss)
    assert data_map(ROUTER, swiss, solutions=["xm-connect"])


def test_unknown_solutions_are_refused() -> None:
    """A solution that the policy does not have is refused, asked for or designated."""
    with pytest.raises(SolutionError):
        data_map(ROUTER, ACME, solutions=["fax"])
    router = Router(load_policy(FOUR_ZONES))
    foreign = Designation.of(ACME, router.place(ACME, "mailroom"))
    with pytest.raises(SolutionError):
        data_map(ROUTER, ACME, designations=[foreign])


def test_contradicting_designations_are_refused() -> None:
    """A designation of another account, or a second one for a solution, is refused."""
    other = Account("other", "Germany", setup_date=date(2021, 3, 1))
    theirs = Designation.of(other, ROUTER.place(other, "xm-fax"))
    ours = Designation.of(ACME, ROUTER.place(ACME, "xm-fax"))
    for designations in ([theirs], [ours, ours]):
        with pytest.raises(InputError) as caught:
            data_map(ROUTER, ACME, designations=designations)
        assert caught.value.kind == ErrorKind.CONFLICT


@pytest.mark.parametrize(
    ("router", "account"), [(ROUTER.policy, ACME), (ROUTER, "acme")], ids=["router", "account"]
)
def test_other_types_are_refused(router: Router, account: Account) -> None:
    """A policy is no router, and an id is no account."""
    with pytest.raises(InputError) as caught:
        data_map(router, account)
    assert caught.value.kind == ErrorKind.TYPE


@pytest.mark.parametrize("bad", [5, "xm-fax", [None], [[]], [5], iter(["xm-fax"])])
def test_solutions_that_are_none_are_refused(bad: Any) -> None:
    """Solutions that are no list of ids, or hold what is no text, get a typed error."""
    with pytest.raises(InputError) as caught:
        data_map(ROUTER, ACME, solutions=bad)
    assert caught.value.kind == ErrorKind.TYPE


@pytest.mark.parametrize("bad", [5, "xm-fax", None, DESIGNATED])
def test_designations_that_are_none_are_refused(bad: Any) -> None:
    """Designations that are no list of them, or a single one, get a typed error."""
    with pytest.raises(InputError) as caught:
        data_map(ROUTER, ACME, designations=bad)
    assert caught.value.kind == ErrorKind.TYPE


def test_a_solution_named_twice_is_mapped_once() -> None:
    """A solution is mapped once, however often it is named."""
    once = data_map(ROUTER, ACME, solutions=("xm-fax",))
    assert data_map(ROUTER, ACME, solutions=["xm-fax", "xm-fax"]) == once
