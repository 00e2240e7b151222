"""`residency decide`: the batch contract of transfers."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from residency import ConsentRecord, Guard, Router, load_policy, open_ledger
from residency.cli.decide import answer_decide
from residency.consent import Expression, PartyRole
from tests.cli.running import POLICY, Refusal, one_decision, run_here

FIELDS = [
    "id",
    "permitted",
    "reason",
    "clauses",
    "consent",
    "exemption",
    "unmet",
    "obligations",
    "zone",
    "policy",
    "error",
]
ACME = {
    "id": "acme",
    "setup_country": "Germany",
    "setup_date": "2021-03-01",
    "solution": "xm-fax",
    "to": "aws:eu-west-2",
}


def _consent(**changes: object) -> ConsentRecord:
    fields: dict[str, object] = {
        "record_id": "consent-1",
        "account": "acme",
        "controller": "XMedius Solutions Inc.",
        "privacy_notice": "2020-11-01",
        "solutions": frozenset({"xm-fax"}),
        "categories": frozenset({"fax-data"}),
        "purposes": frozenset({"support"}),
        "source_zone": "EU",
        "destination_zones": frozenset({"US"}),
        "event_time": datetime(2021, 4, 1, tzinfo=UTC),
        "expression": Expression.EXPLICIT,
        "party_name": "an administrator",
        "party_role": PartyRole.ADMINISTRATOR,
        "method": "web form",
    }
    return ConsentRecord(**{**fields, **changes})  # type: ignore[arg-type]  # named in the call


def test_a_transfer_within_the_zone_is_permitted() -> None:
    """Ireland is EU territory, so a German account's data may go there (§5(ii))."""
    code, answer = one_decision(**{**ACME, "to": "aws:eu-west-1"})
    policy = str(answer.pop("policy"))
    assert answer == {
        "id": "acme",
        "permitted": True,
        "reason": "WITHIN_ZONE",
        "clauses": ["§5(ii)"],
        "consent": None,
        "exemption": None,
        "unmet": None,
        "obligations": None,
        "zone": "EU",
        "error": None,
    }
    assert policy.startswith(POLICY)
    assert code == 0


def test_a_transfer_out_of_the_zone_is_denied_without_an_error() -> None:
    """London is not EU territory: a denial, whose error is null and whose exit code is 1."""
    code, answer = one_decision(**ACME)
    assert (answer["permitted"], answer["reason"]) == (False, "NO_CONSENT")
    assert answer["clauses"] == ["§5(ii)", "§5(transfer)"]
    assert answer["error"] is None
    assert code == 1


def test_the_fields_stand_in_the_documented_order() -> None:
    """A JSON answer has the fields of the contract, in its order, decided or refused."""
    _, decided = one_decision(**ACME)
    _, refused = one_decision(**{**ACME, "setup_country": "Korea"})
    assert list(decided) == list(refused) == FIELDS
    assert {**refused, "error": None} == {**dict.fromkeys(FIELDS), "id": "acme"}


def test_csv_has_the_documented_columns() -> None:
    """In CSV a denial is false, a refusal is empty, and the clauses are joined by a blank."""
    given = (
        "id,setup_country,order_entity,setup_date,solution,to,category,source,purpose,at\n"
        "a,DE,,2021-03-01,xm-fax,zone:US,,,,\n"
        "b,DE,,2021-03-01,xm-fax,zone:EU,fax-data,,,2022-01-01T00:00:00+01:00\n"
        "c,Korea,,2021-03-01,xm-fax,zone:EU,,,,\n"
    )
    ran = run_here("decide", "--format", "csv", given=given)
    assert ran.out.splitlines()[0] == (
        "id,permitted,reason,clauses,consent,exemption,unmet,obligations,zone,policy,"
        "error_kind,error_message"
    )
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["permitted"] for row in rows] == ["false", "true", ""]
    assert [row["clauses"] for row in rows] == ["§5(ii) §5(transfer)", "§5(ii)", ""]
    assert [row["error_kind"] for row in rows] == ["", "", "AMBIGUOUS"]
    assert ran.code == 1


@pytest.mark.parametrize("field", ["setup_date", "solution"])
def test_nothing_is_assumed(field: str) -> None:
    """A transfer without its setup date or solution is refused: neither has a default here."""
    code, answer = one_decision(**{**ACME, field: None, "to": "zone:EU"})
    assert answer["permitted"] is None
    assert answer["error"] is not None
    assert code == 1


@pytest.mark.parametrize("to", [None, "", 5, [], ["zone:EU", 5], [[]], {}, "zone:EU;zone:EU"])
def test_an_unknown_destination_is_denied(to: object) -> None:
    """A destination that is missing, no text or no known place is denied."""
    code, answer = one_decision(**{**ACME, "to": to})
    assert (answer["permitted"], answer["reason"]) == (False, "UNKNOWN_DESTINATION")
    assert code == 1


@pytest.mark.parametrize(
    ("to", "permitted"),
    [
        (["zone:EU", "aws:eu-west-1"], True),
        (["zone:EU", "aws:eu-west-2"], False),
        (["zone:EU", ""], False),
    ],
)
def test_every_place_counts(to: list[str], permitted: bool) -> None:  # noqa: FBT001 - a test's column
    """Of several destinations, in CSV separated by semicolons, each must be inside."""
    _, answer = one_decision(**{**ACME, "to": to})
    header, row = ",".join(ACME), ",".join({**ACME, "to": " ; ".join(to)}.values())
    ran = run_here("decide", "--format", "csv", given=f"{header}\n{row}\n")
    (in_csv,) = csv.DictReader(io.StringIO(ran.out))
    assert answer["permitted"] is permitted
    assert in_csv["permitted"] == ("true" if permitted else "false")


def test_a_place_may_have_blanks_in_its_name() -> None:
    """In CSV too, a destination may be a country by its name: blanks separate nothing."""
    row = ",".join({**ACME, "to": "country:Czech Republic"}.values())
    ran = run_here("decide", "--format", "csv", given=f"{','.join(ACME)}\n{row}\n")
    assert ran.out.splitlines()[1].startswith("acme,true,WITHIN_ZONE")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"at": "2021-03-01T00:00:00"}, "NAIVE_TIME"),
        ({"at": "2021-03-01"}, "NAIVE_TIME"),
        ({"at": "yesterday"}, "INVALID_DATE"),
        ({"at": 1614556800}, "INVALID_DATE"),
        ({"at": "0001-01-01T00:00:00+23:00"}, "INVALID_DATE"),
        ({"category": "gossip"}, "UNKNOWN_CATEGORY"),
        ({"category": 5}, "TYPE"),
        ({"purpose": ""}, "EMPTY"),
        ({"purpose": 5}, "TYPE"),
        ({"source": "Mars"}, "UNKNOWN_LOCATION"),
        ({"setup_date": "soon"}, "INVALID_DATE"),
        ({"setup_date": ""}, "INVALID_DATE"),
        ({"solution": ""}, "UNKNOWN_SOLUTION"),
        ({"id": 5}, "TYPE"),
    ],
)
def test_bad_input_is_refused_with_its_kind(fields: dict[str, object], kind: str) -> None:
    """Each field of the wrong type or form is refused with its own kind; nothing is permitted."""
    code, answer = one_decision(**{**ACME, "to": "zone:EU", **fields})
    assert Refusal.of(answer).kind == kind
    assert answer["permitted"] is None
    assert code == 1


@pytest.mark.parametrize(
    ("at", "permitted"), [("2020-01-31T23:59:59Z", True), ("2020-02-01T00:00:00Z", False)]
)
def test_the_moment_decides_which_ground_it_is(at: str, permitted: bool) -> None:  # noqa: FBT001 - a test's column
    """London was EU territory until the end of January 2020 (TEU 50)."""
    _, answer = one_decision(**{**ACME, "setup_date": "2019-03-01", "at": at})
    assert answer["permitted"] is permitted


def test_a_consent_permits_what_it_covers_and_is_named() -> None:
    """A record covers its category, purpose, direction and time, and the answer names it."""
    ledger = open_ledger("memory:")
    ledger.give(_consent())
    guard = Guard(Router(load_policy("xmedius")), ledger)
    covered = {
        **ACME,
        "to": "zone:US",
        "category": "fax-data",
        "purpose": "support",
        "source": "zone:EU",
        "at": "2021-05-01T00:00:00Z",
    }
    permitted = answer_decide(guard, covered)
    assert permitted.fields["reason"] == "CONSENT"
    assert permitted.fields["consent"] == "consent-1"
    assert not permitted.blocked
    for narrower in (
        {"category": None},
        {"purpose": None},
        {"source": "zone:CA"},
        {"at": "2021-03-31T00:00:00Z"},
        {"to": ["zone:US", "zone:CA"]},
    ):
        denied = answer_decide(guard, {**covered, **narrower})
        assert denied.blocked
        assert denied.fields["consent"] is None


def test_several_consents_are_all_named() -> None:
    """A transfer to two zones that rests on two records names both, separated by a blank."""
    ledger = open_ledger("memory:")
    every = frozenset({"*"})
    for name, zone in (("to-us", "US"), ("to-ca", "CA")):
        ledger.give(
            _consent(
                record_id=name,
                destination_zones=frozenset({zone}),
                categories=every,
                purposes=every,
            )
        )
    guard = Guard(Router(load_policy("xmedius")), ledger)
    answer = answer_decide(guard, {**ACME, "to": ["zone:US", "zone:CA"]})
    assert answer.fields["consent"] == "to-ca to-us"


def test_a_ledger_is_named_by_its_url() -> None:
    """`--ledger memory:` is an empty ledger; a URL that is not known is a misuse."""
    given = json.dumps(ACME)
    assert (
        run_here("decide", "--ledger", "memory:", given=given).records[0]["reason"] == "NO_CONSENT"
    )
    unknown = run_here("decide", "--ledger", "gopher://x", given=given)
    assert (unknown.code, unknown.out) == (2, "")
    assert "`gopher://x`" in unknown.err
