"""`residency place`: the batch contract of sign-ups."""

import csv
import io
import json
from datetime import date

import pytest
from attrs import evolve

from residency import Guard, Router, load_policy
from residency.cli import place
from residency.cli.place import answer_place
from tests.architecture.package import REPOSITORY
from tests.cli.running import POLICY, Refusal, one_place, run_here

EXAMPLES = REPOSITORY / "examples"
FIELDS = ["id", "territory", "zone", "hosting", "clause", "basis", "policy", "error"]
ACME = {"id": "acme", "setup_country": "Germany", "setup_date": "2021-03-01"}


def test_a_sign_up_is_placed() -> None:
    """Germany is EU territory: zone EU by §5(ii), XM Fax hosted in France (§3.1)."""
    code, answer = one_place(**ACME, solution="xm-fax")
    policy = str(answer.pop("policy"))
    assert answer == {
        "id": "acme",
        "territory": "DE",
        "zone": "EU",
        "hosting": ["FR"],
        "clause": "§5(ii)",
        "basis": "§5(ii)",
        "error": None,
    }
    assert policy.startswith(POLICY)
    assert code == 0


def test_the_fields_stand_in_the_documented_order() -> None:
    """A JSON answer has the fields of the contract, in its order, placed or refused."""
    _, placed = one_place(**ACME)
    _, refused = one_place(id="acme", setup_country="Congo")
    assert list(placed) == list(refused) == FIELDS


def test_a_refusal_says_why_and_nothing_else() -> None:
    """Congo is two countries (AMBIGUOUS): null in every field but the id and the error."""
    code, answer = one_place(id="acme", setup_country="Congo")
    error = Refusal.of(answer)
    assert error.kind == "AMBIGUOUS"
    assert sorted(error.suggestions) == ["CD", "CG"]
    del answer["error"]
    assert answer == {**dict.fromkeys(FIELDS[:-1]), "id": "acme"}
    assert code == 1


def test_csv_has_the_documented_columns() -> None:
    """In CSV the error takes two columns, lists are joined by a blank, and null is empty."""
    given = (
        "id,setup_country,order_entity,solution,setup_date\n"
        "acme,Germany,,license-servers,2021-03-01\n"
        'globex,"Congo",,,\n'
    )
    ran = run_here("place", "--format", "csv", given=given)
    assert ran.out.splitlines()[0] == (
        "id,territory,zone,hosting,clause,basis,policy,error_kind,error_message"
    )
    acme, globex = csv.DictReader(io.StringIO(ran.out))
    assert acme["policy"].startswith(POLICY)
    assert {**acme, "policy": ""} == {
        "id": "acme",
        "territory": "DE",
        "zone": "US+CA",
        "hosting": "US CA",
        "clause": "§3.5",
        "basis": "§3.5",
        "policy": "",
        "error_kind": "",
        "error_message": "",
    }
    assert globex["error_kind"] == "AMBIGUOUS"
    assert "Congo" in globex["error_message"]
    assert not any(
        globex[name] for name in ("territory", "zone", "hosting", "clause", "basis", "policy")
    )
    assert ran.code == 1


def test_the_solution_defaults_to_the_policys() -> None:
    """A sign-up without a solution is for the default one of the document: XM Fax (§3.1)."""
    _, answer = one_place(**ACME)
    _, null = one_place(**ACME, solution=None)
    _, connect = one_place(**ACME, solution="xm-connect")
    assert answer == null
    assert answer["hosting"] == ["FR"]
    assert connect["zone"] == "US"


def test_without_a_default_solution_one_must_be_named() -> None:
    """Where the policy has no default solution, a sign-up without one is refused."""
    policy = evolve(load_policy("xmedius"), default_solution=None)
    sign_up = {"id": "acme", "setup_country": "Germany"}
    answer = answer_place(Guard(Router(policy)), date(2021, 3, 1), sign_up)
    assert answer.error is not None
    assert answer.error.kind == "UNKNOWN_SOLUTION"


@pytest.mark.parametrize(("today", "zone"), [(date(2020, 1, 31), "EU"), (date(2020, 2, 1), "US")])
def test_the_setup_date_defaults_to_today(
    today: date, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign-up without a date is of today: the United Kingdom left the EU on 2020-02-01."""
    monkeypatch.setattr(place, "today", lambda: today)
    _, answer = one_place(id="acme", setup_country="UK", order_entity="xmedius-solutions")
    assert answer["zone"] == zone


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"setup_country": ""}, "EMPTY"),
        ({"setup_country": None}, "TYPE"),
        ({"setup_country": False}, "TYPE"),
        ({"setup_country": 276}, "TYPE"),
        ({"setup_country": ["DE"]}, "TYPE"),
        ({"setup_country": 1e999}, "TYPE"),
        ({"setup_country": "D" * 257}, "TOO_LONG"),
        ({"setup_country": "Germ\u200bany"}, "INVALID_CHAR"),
        ({"setup_country": "\ud800"}, "INVALID_CHAR"),
        ({"setup_country": "Germny"}, "UNKNOWN"),
        ({"setup_country": "US-CA"}, "SUBDIVISION"),
        ({"setup_country": "AN"}, "WITHDRAWN"),
        ({"setup_country": "EU"}, "NOT_A_COUNTRY"),
        ({"setup_country": "Japan"}, "MISSING_ENTITY"),
        ({"setup_country": "Japan", "order_entity": "XMedius GmbH"}, "UNKNOWN_ENTITY"),
        ({"order_entity": 5}, "TYPE"),
        ({"solution": "xm-print"}, "UNKNOWN_SOLUTION"),
        ({"solution": ""}, "UNKNOWN_SOLUTION"),
        ({"solution": {}}, "TYPE"),
        ({"setup_date": "2021-02-30"}, "INVALID_DATE"),
        ({"setup_date": "20210301"}, "INVALID_DATE"),
        ({"setup_date": "2021-W09-1"}, "INVALID_DATE"),
        ({"setup_date": "2021-03-01T00:00:00Z"}, "INVALID_DATE"),
        ({"setup_date": ""}, "INVALID_DATE"),
        ({"setup_date": 20210301}, "INVALID_DATE"),
        ({"id": ""}, "EMPTY"),
        ({"id": "a\nb"}, "INVALID_CHAR"),
        ({"id": "a" * 257}, "TOO_LONG"),
    ],
)
def test_bad_input_is_refused_with_its_kind(fields: dict[str, object], kind: str) -> None:
    """Each field of the wrong type, form or content is refused with its own kind, on one line."""
    # Python writes what JSON has no word for as `Infinity`; a number too large for it is JSON.
    given = json.dumps({**ACME, **fields}).replace("Infinity", "1e999")
    ran = run_here("place", given=given)
    (answer,) = ran.records
    error = Refusal.of(answer)
    assert error.kind == kind
    assert error.message.isprintable()
    assert answer["zone"] is None
    assert ran.code == 1


@pytest.mark.parametrize("id_", ["", "a\nb", "\u2028", "\ud800", 5, 1.5, True, False, 10**4000])
def test_an_id_is_echoed_as_given(id_: object) -> None:
    """A refused record keeps its id as it was given, if it is one value."""
    code, answer = one_place(id=id_, setup_country="DE")
    assert answer["id"] == id_
    assert type(answer["id"]) is type(id_)
    assert code == 1


@pytest.mark.parametrize("id_", ['["a"]', '{"a": 1}', "1e999", "-1e999", "null"])
def test_an_id_that_is_no_single_value_is_null(id_: str) -> None:
    """An id that is a list, an object or no finite number is answered with null, and refused."""
    ran = run_here("place", given=f'{{"id": {id_}, "setup_country": "DE"}}')
    (answer,) = ran.records
    assert (answer["id"], Refusal.of(answer).kind) == (None, "TYPE")


def test_each_answer_is_one_line_for_every_reader() -> None:
    """No id breaks the output's lines, not even for readers that break them at U+2028."""
    ids = ["a\u2028b", "a\u0085b", "a\x0bb", "a\nb", "a\x1cb"]
    given = "\n".join(json.dumps({"id": each, "setup_country": "DE"}) for each in ids)
    ran = run_here("place", given=given)
    assert [answer["id"] for answer in ran.records] == ids


_AGREED = {
    "agreement_zone": "CA",
    "agreement_reference": "contract 17",
    "agreement_date": "2021-02-01",
}


def test_a_written_agreement_decides_and_shows_in_the_basis() -> None:
    """Agreed in writing, the data is stored in that zone, and the basis names the writing (§5)."""
    code, answer = one_place(**ACME, **_AGREED)
    assert (answer["zone"], answer["clause"], code) == ("CA", "§5(agreement)", 0)
    assert answer["basis"] == "§5(agreement): contract 17 of 2021-02-01"


def test_a_zone_that_is_suggested_is_no_country() -> None:
    """What may have been meant is told by name if it is a country, and not if it is a zone."""
    told = run_here("explain", "DE", "--agreement", "xm-fax", "MOON", "contract 17", "2021-02-01")
    [line] = told.out.splitlines()
    assert line.startswith("Refused (NO_STORAGE): an agreement names zone `MOON`")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"agreement_zone": "APAC"}, "NO_STORAGE"),
        ({"agreement_zone": None}, "EMPTY"),
        ({"agreement_reference": None}, "EMPTY"),
        ({"agreement_reference": ""}, "EMPTY"),
        ({"agreement_date": None}, "EMPTY"),
        ({"agreement_date": "2021-02-29"}, "INVALID_DATE"),
        ({"agreement_date": 20210201}, "INVALID_DATE"),
        ({"agreement_zone": 5}, "TYPE"),
        ({"agreement_reference": "a\nb"}, "INVALID_CHAR"),
    ],
)
def test_half_an_agreement_is_none(fields: dict[str, object], kind: str) -> None:
    """An agreement without its zone, reference or date, or with a bad one, is refused."""
    code, answer = one_place(**{**ACME, **_AGREED, **fields})
    assert (Refusal.of(answer).kind, answer["zone"], code) == (kind, None, 1)


def test_the_shipped_sign_ups_are_placed_as_expected() -> None:
    """Each shipped sign-up has the territory, zone and clause, or the refusal, worked out apart."""
    ran = run_here("place", "--input", str(EXAMPLES / "sign-ups.csv"), "--format", "csv")
    with (EXAMPLES / "sign-ups.expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    answers = [
        {name: answer[name] for name in expected[0]}
        for answer in csv.DictReader(io.StringIO(ran.out))
    ]
    assert answers == expected
    assert ran.code == 1


def test_the_shipped_sign_ups_leave_out_no_territory() -> None:
    """The sign-ups hold all 250 territories, and at least a dozen that must be refused."""
    with (EXAMPLES / "sign-ups.expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    assert len({row["territory"] for row in expected} - {""}) == 250
    assert sum(row["error_kind"] != "" for row in expected) >= 12
