"""Moving a designation: a transfer, and both designations stay on record."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from residency import (
    Account,
    Agreement,
    Designation,
    Guard,
    Reason,
    Router,
    TransferBlocked,
    load_policy,
    open_ledger,
)
from residency.consent import ConsentRecord, Expression, PartyRole
from residency.errors import ErrorKind, InputError, SolutionError
from residency.exemption import Invocation
from residency.relocation import Relocation, relocate
from tests.policy.documents import FOUR_ZONES

ROUTER = Router(load_policy("xmedius"))
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
# Set up before the United Kingdom left: designated for the Union, and kept there.
ACME = Account("acme", "United Kingdom", setup_date=date(2019, 5, 1))
PINNED = Designation.of(ACME, ROUTER.place(ACME, "xm-fax"))
_CATEGORIES = ("fax-data", "system-logs", "backups")


def _record(*categories: str) -> ConsentRecord:
    return ConsentRecord(
        record_id=f"r-{'-'.join(categories)}",
        account="acme",
        controller="XMedius Solutions Inc.",
        privacy_notice="2020-11-01",
        solutions=frozenset({"xm-fax"}),
        categories=frozenset(categories),
        purposes=frozenset({"*"}),
        source_zone="EU",
        destination_zones=frozenset({"CA"}),
        event_time=NOW - timedelta(days=1),
        expression=Expression.EXPLICIT,
        party_name="A. Admin",
        party_role=PartyRole.ADMINISTRATOR,
        method="web form",
    )


def _guard(*records: ConsentRecord, exemptions: bool = True) -> Guard:
    ledger = open_ledger("memory:")
    for record in records:
        ledger.give(record)
    return Guard(ROUTER, ledger, exemptions=exemptions)


def _moved() -> Relocation:
    return relocate(_guard(_record("*")), PINNED, "CA", at=NOW)


def test_a_designation_survives_membership() -> None:
    """Without a move, the data of 2019 stays in the Union, and a write to Canada is blocked."""
    assert PINNED.placement.zones == ("EU",)
    assert not _guard().decide(PINNED, to="country:CA").permitted


def test_with_consent_it_moves() -> None:
    """The new designation is where consent let it go, by the transfer clause."""
    moved = _moved()
    placement = moved.after.placement
    assert (placement.zones, placement.hosting) == (("CA",), ("CA",))
    assert (placement.clause, placement.policy) == ("§5(transfer)", ROUTER.policy.reference)
    assert (moved.after.account, moved.after.setup_date) == ("acme", ACME.setup_date)
    assert {decision.reason for decision in moved.decisions} == {Reason.CONSENT}
    assert moved.at == NOW


def test_both_stay_on_record() -> None:
    """The record holds both designations, as they read back, and the consents between them."""
    moved = _moved()
    assert moved.before == PINNED
    stored = json.loads(moved.to_json())
    for name, designation in (("before", moved.before), ("after", moved.after)):
        assert Designation.from_json(json.dumps(stored[name])) == designation
    assert stored["decisions"] == [
        {
            "reason": "CONSENT",
            "clauses": ["§5(ii)", "§5(transfer)"],
            "consents": ["r-*"],
            "exemption": None,
            "reference": None,
            "safeguards": None,
            "obligations": [],
        }
    ]
    assert stored["at"] == "2024-05-01T12:00:00+00:00"


def test_afterwards_the_way_back_needs_consent() -> None:
    """Once moved, the new zone is home, and the old one is not."""
    moved = _moved().after
    guard = _guard(_record("*"))
    assert guard.decide(moved, to="country:CA").reason is Reason.WITHIN_ZONE
    assert not guard.decide(moved, to="country:FR").permitted
    with pytest.raises(TransferBlocked):
        relocate(guard, moved, "EU", at=NOW)


def test_without_consent_nothing_moves() -> None:
    """Without consent the move is blocked, whatever the rules would say of a new account."""
    with pytest.raises(TransferBlocked) as caught:
        relocate(_guard(), PINNED, "CA", at=NOW)
    assert caught.value.decision.reason is Reason.NO_CONSENT


@pytest.mark.parametrize("missing", _CATEGORIES)
def test_every_category_must_be_covered(missing: str) -> None:
    """A designation moves all data, so a consent that leaves out one category moves nothing."""
    others = [category for category in _CATEGORIES if category != missing]
    with pytest.raises(TransferBlocked) as caught:
        relocate(_guard(_record(*others)), PINNED, "CA", at=NOW)
    assert caught.value.decision.reason is Reason.CONSENT_OUT_OF_SCOPE
    records = [_record(category) for category in _CATEGORIES]
    moved = relocate(_guard(*records), PINNED, "CA", at=NOW)
    told = json.loads(moved.to_json())["decisions"]
    assert [each["consents"] for each in told] == [[record.record_id] for record in records]


@pytest.mark.parametrize(("shift", "moves"), [(-1, False), (0, True), (1, True)])
def test_consent_counts_from_its_first_moment(shift: int, moves: bool) -> None:  # noqa: FBT001 - a column of the table
    """The move is decided for the moment at which it is made."""
    at = NOW - timedelta(days=1) + shift * timedelta(microseconds=1)
    guard = _guard(_record("*"))
    if moves:
        assert relocate(guard, PINNED, "CA", at=at).at == at
    else:
        with pytest.raises(TransferBlocked):
            relocate(guard, PINNED, "CA", at=at)


def test_an_exemption_moves_it_and_is_recorded() -> None:
    """A successor with safeguards may move it; the record says on what that rests."""
    invoked = Invocation("CORPORATE_SUCCESSOR", safeguards="record 7")
    moved = relocate(_guard(), PINNED, "US", at=NOW, exemption=invoked)
    [told] = json.loads(moved.to_json())["decisions"]
    assert (told["reason"], told["exemption"]) == ("EXEMPTION", "CORPORATE_SUCCESSOR")
    assert (told["consents"], told["safeguards"]) == ([], "record 7")
    order = Invocation("LEGAL_OBLIGATION", reference="order 99")
    moved = relocate(_guard(), PINNED, "US", at=NOW, exemption=order)
    [told] = json.loads(moved.to_json())["decisions"]
    assert told["reference"] == "order 99"
    assert told["obligations"] == [
        "try to notify the customer beforehand, unless the law forbids it"
    ]
    with pytest.raises(TransferBlocked):
        relocate(_guard(exemptions=False), PINNED, "US", at=NOW, exemption=invoked)


def test_a_move_is_a_change_of_storage() -> None:
    """An invocation that claims to handle data only is read as what a move is."""
    claimed = Invocation("PROCESSOR", provider="public-cloud", handling=True)
    with pytest.raises(TransferBlocked) as caught:
        relocate(_guard(), PINNED, "CA", at=NOW, exemption=claimed)
    unmet = caught.value.decision.unmet
    assert unmet == "it lets data be handled, and does not let its storage move"


def test_a_purpose_is_asked_about() -> None:
    """A consent for one purpose moves data for that purpose alone."""
    record = evolve(_record("*"), purposes=frozenset({"support"}))
    moved = relocate(_guard(record), PINNED, "CA", at=NOW, purpose="support")
    assert moved.after.placement.zones == ("CA",)
    with pytest.raises(TransferBlocked):
        relocate(_guard(record), PINNED, "CA", at=NOW)


def test_an_agreement_does_not_outlive_the_move() -> None:
    """What is moved rests on the consent, and no longer on an agreement."""
    agreed = Agreement("xm-fax", "EU", "contract 17", date(2019, 4, 1))
    account = evolve(ACME, agreements=(agreed,))
    pinned = Designation.of(account, ROUTER.place(account, "xm-fax"))
    moved = relocate(_guard(_record("*")), pinned, "CA", at=NOW)
    assert (moved.before.placement.agreement, moved.after.placement.agreement) == (agreed, None)


def test_a_solution_without_categories() -> None:
    """Where no category is declared, only a consent for all data moves the designation."""
    router = Router(load_policy(FOUR_ZONES))
    account = Account("acme", "Sweden", setup_date=date(2021, 3, 1))
    place = evolve(router.place(account, "status-page"), zones=("EU",), hosting=("IE",))
    pinned = Designation.of(account, place)
    ledger = open_ledger("memory:")
    guard = Guard(router, ledger)
    with pytest.raises(TransferBlocked):
        relocate(guard, pinned, "US", at=NOW)
    consent = evolve(
        _record("*"), solutions=frozenset({"status-page"}), destination_zones=frozenset({"US"})
    )
    ledger.give(consent)
    assert len(relocate(guard, pinned, "US", at=NOW).decisions) == 1


@pytest.mark.parametrize(
    ("zone", "kind"),
    [
        ("APAC", ErrorKind.NO_STORAGE),
        ("EU", ErrorKind.CONFLICT),
        ("", ErrorKind.EMPTY),
        (None, ErrorKind.TYPE),
    ],
)
def test_zones_that_cannot_be(zone: str, kind: ErrorKind) -> None:
    """A zone without storage, the present one, or none at all is refused."""
    with pytest.raises(InputError) as caught:
        relocate(_guard(_record("*")), PINNED, zone, at=NOW)
    assert caught.value.kind == kind


def test_a_solution_that_is_gone() -> None:
    """A designation for a solution that the policy no longer has cannot be moved by it."""
    foreign = evolve(PINNED, placement=evolve(PINNED.placement, solution="mailroom"))
    with pytest.raises(SolutionError):
        relocate(_guard(), foreign, "CA", at=NOW)


@pytest.mark.parametrize(
    ("guard", "designation", "fields"),
    [
        (ROUTER, PINNED, {"at": NOW}),
        (_guard(), ACME, {"at": NOW}),
        (_guard(), PINNED, {"at": NOW.replace(tzinfo=None)}),
        (_guard(), PINNED, {"at": NOW, "exemption": "LEGAL_OBLIGATION"}),
    ],
)
def test_malformed_arguments_are_refused(
    guard: Guard, designation: Designation, fields: dict[str, Any]
) -> None:
    """A guard, a designation, an aware moment and an invocation: nothing else will do."""
    with pytest.raises(InputError):
        relocate(guard, designation, "CA", **fields)
