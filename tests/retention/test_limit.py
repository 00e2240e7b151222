"""What the policy states about how long data is kept."""

import pytest

from residency import ResidencyError, load_policy
from residency.errors import CategoryError, ErrorKind, InputError, SolutionError
from residency.policy import RetentionUnit
from residency.retention import NOT_STATED, retention

POLICY = load_policy("xmedius")

_TABLE = [
    ("xm-fax", "fax-data", "90 days after account-termination", "§3.1"),
    ("xm-fax", "system-logs", "1 year after creation", "§3.1"),
    ("xm-fax", "backups", "1 year after creation", "§3.1"),
    ("xm-sendsecure", "account-management", "90 days after account-termination", "§3.2"),
    ("xm-sendsecure", "application-data", "90 days after account-termination", "§3.2"),
    ("xm-sendsecure", "system-logs", "1 year after creation", "§3.2"),
    ("xm-sendsecure", "backups", "1 year after creation", "§3.2"),
    ("xm-cloud-portal", "account-management", "90 days after account-termination", "§3.2"),
    ("xm-cloud-portal", "application-data", "90 days after account-termination", "§3.2"),
    ("xm-cloud-portal", "system-logs", "1 year after creation", "§3.2"),
    ("xm-cloud-portal", "backups", "1 year after creation", "§3.2"),
    ("xm-connect", "voice-messages", "60 days after account-termination", "§3.3"),
    ("xm-connect", "account-management", "60 days after account-termination", "§3.3"),
    ("xm-connect", "application-data", "60 days after account-termination", "§3.3"),
    ("xm-connect", "system-logs", NOT_STATED, "§3.3"),
    (
        "help-desk",
        "support-tickets",
        (
            "90 days after account-termination or 2 years after maintenance-contract-end, "
            "as applicable"
        ),
        "§3.4",
    ),
    ("billing", "billing-data", "7 years after account-termination", "§3.4"),
    ("billing", "card-data", NOT_STATED, "§3.4"),
    ("license-servers", "licensing-data", NOT_STATED, "§3.5"),
]


@pytest.mark.parametrize(("solution", "category", "words", "clause"), _TABLE)
def test_each_statement_of_the_policy(
    solution: str, category: str, words: str, clause: str
) -> None:
    """Each data category is kept for as long as sections 3.1 to 3.5 say, or nothing is stated."""
    found = retention(POLICY, solution, category)
    assert (str(found), found.clause) == (words, clause)
    assert found.stated is (words != NOT_STATED)
    assert (found.solution, found.category) == (solution, category)
    assert found.policy == POLICY.reference


def test_the_table_is_complete() -> None:
    """The table above has every data category of every solution."""
    declared = [
        (solution.id, category.id)
        for solution in POLICY.solutions.values()
        for category in solution.categories
    ]
    assert [(solution, category) for solution, category, _, _ in _TABLE] == declared


def test_silence_is_not_a_number() -> None:
    """Where the policy is silent there is no limit at all, not one of zero days or a default."""
    assert retention(POLICY, "billing", "card-data").limits == ()


def test_limits_are_values() -> None:
    """A limit holds its amount, its calendar unit and the event that it runs from."""
    [limit] = retention(POLICY, "billing", "billing-data").limits
    assert (limit.amount, limit.unit, limit.after) == (
        7,
        RetentionUnit.YEARS,
        "account-termination",
    )


@pytest.mark.parametrize(
    ("solution", "category", "error", "kind"),
    [
        ("fax", "fax-data", SolutionError, ErrorKind.UNKNOWN_SOLUTION),
        (None, "fax-data", SolutionError, ErrorKind.TYPE),
        ("xm-fax", "voice-messages", CategoryError, ErrorKind.UNKNOWN_CATEGORY),
        ("xm-fax", 7, CategoryError, ErrorKind.TYPE),
    ],
)
def test_what_is_unknown_is_refused(
    solution: str, category: str, error: type[ResidencyError], kind: ErrorKind
) -> None:
    """A solution or category that the policy does not have is refused, never "not stated"."""
    with pytest.raises(error) as caught:
        retention(POLICY, solution, category)
    assert caught.value.kind == kind


def test_an_unknown_category_is_answered_with_the_known_ones() -> None:
    """The refusal names the solution's categories, or says that it has none."""
    with pytest.raises(CategoryError, match="use one of billing-data, card-data") as caught:
        retention(POLICY, "billing", "invoices")
    assert caught.value.suggestions == ("billing-data", "card-data")


def test_only_a_policy_states_something() -> None:
    """Anything but a policy is refused."""
    with pytest.raises(InputError) as caught:
        retention("xmedius", "xm-fax", "fax-data")  # type: ignore[arg-type]  # the wrong type is the test
    assert caught.value.kind == ErrorKind.TYPE
