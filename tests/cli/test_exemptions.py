"""Exemptions on the command line: invoked by name, with what each has to show."""

import csv
import io

import pytest

from tests.cli.running import Refusal, one_decision, run_here

TO_THE_USA = {
    "id": "acme",
    "setup_country": "Germany",
    "setup_date": "2021-03-01",
    "solution": "xm-fax",
    "to": "country:US",
    "at": "2024-05-01T12:00:00Z",
}
ORDER = {"exemption": "LEGAL_OBLIGATION", "reference": "order 99"}
SUPPORT = {"exemption": "PERSONNEL", "personnel": "FR", "purpose": "support"}
CASE = ("explain", "Germany", "--setup-date", "2021-03-01", "--to", "country:US")


def test_a_permit_says_what_it_rests_on_and_what_to_do() -> None:
    """The answer names the exemption, its clause and the duty to try to notify (§4)."""
    code, answer = one_decision(**TO_THE_USA, **ORDER)
    assert (answer["permitted"], answer["reason"], code) == (True, "EXEMPTION", 0)
    assert answer["clauses"] == ["§5(ii)", "§5(transfer)", "§4(authority)"]
    assert (answer["exemption"], answer["unmet"]) == ("LEGAL_OBLIGATION", None)
    assert answer["obligations"] == (
        "try to notify the customer beforehand, unless the law forbids it"
    )


def test_a_denial_says_what_is_missing() -> None:
    """Without the order's reference nothing rests on it, and the answer says so."""
    code, answer = one_decision(**TO_THE_USA, exemption="LEGAL_OBLIGATION")
    assert (answer["permitted"], answer["reason"], code) == (False, "EXEMPTION_NOT_MET", 1)
    assert answer["unmet"] == "the reference of the document it rests on must be given"
    assert (answer["exemption"], answer["obligations"]) == ("LEGAL_OBLIGATION", None)


@pytest.mark.parametrize(
    ("at", "permitted"),
    [
        ("2024-04-30T23:59:59.999999Z", False),
        ("2024-05-01T00:00:00Z", True),
        ("2024-06-01T01:59:59.999999+02:00", True),
        ("2024-06-01T02:00:00+02:00", False),
    ],
)
def test_it_counts_from_its_first_moment_up_to_its_end(at: str, permitted: bool) -> None:  # noqa: FBT001 - a column of the table
    """An exemption counts from valid_from on, and no longer at valid_until, in any time zone."""
    span = {"valid_from": "2024-05-01T00:00:00Z", "valid_until": "2024-06-01T00:00:00Z"}
    _, answer = one_decision(**{**TO_THE_USA, **ORDER, **span, "at": at})
    assert answer["permitted"] is permitted


@pytest.mark.parametrize("handling", [True, "true", False, "false"])
def test_a_flag_is_a_word_or_a_value(handling: object) -> None:
    """Handling is true or false, as JSON or as text, and changes what an exemption asks for."""
    claim = {"exemption": "PROCESSOR", "provider": "public-cloud", "handling": handling}
    _, answer = one_decision(**TO_THE_USA, **claim)
    stays = "the safeguards of provider public-cloud are not on record"
    moves = "it lets data be handled, and does not let its storage move"
    assert answer["unmet"] == (stays if handling in {True, "true"} else moves)


def test_csv_invokes_one_too() -> None:
    """In CSV people in several countries are separated by semicolons, and a flag is a word."""
    header = [*TO_THE_USA, "purpose", "exemption", "personnel", "provider", "handling"]
    common = list(TO_THE_USA.values())
    rows = [
        [*common, "support", "PERSONNEL", "France; US", "", "false"],
        [*common, "support", "PERSONNEL", "FR;JP", "", ""],
        [*common, "", "PROCESSOR", "", "public-cloud", "true"],
    ]
    given = "\n".join(",".join(row) for row in [header, *rows])
    ran = run_here("decide", "--format", "csv", given=given)
    answers = list(csv.DictReader(io.StringIO(ran.out)))
    assert [each["reason"] for each in answers] == [
        "EXEMPTION",
        "EXEMPTION_NOT_MET",
        "EXEMPTION_NOT_MET",
    ]
    assert answers[1]["unmet"] == "the personnel must be shown to be in US, CA, EUROPE"
    assert answers[2]["unmet"] == "the safeguards of provider public-cloud are not on record"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"reference": "order 99"}, "CONFLICT"),
        ({"handling": True}, "CONFLICT"),
        ({**ORDER, "handling": "yes"}, "TYPE"),
        ({**ORDER, "handling": 1}, "TYPE"),
        ({**ORDER, "personnel": "Europe"}, "NOT_A_COUNTRY"),
        ({**ORDER, "personnel": ["FR", 7]}, "TYPE"),
        ({**ORDER, "valid_until": "2024-05-01"}, "NAIVE_TIME"),
        ({**ORDER, "valid_from": "soon"}, "INVALID_DATE"),
        ({**ORDER, "reference": " "}, "EMPTY"),
        ({"exemption": ""}, "EMPTY"),
        ({"exemption": "x" * 257}, "TOO_LONG"),
        ({"exemption": ["PERSONNEL"]}, "TYPE"),
        (
            {**ORDER, "valid_from": "2024-05-01T00:00Z", "valid_until": "2024-05-01T00:00Z"},
            "CONFLICT",
        ),
    ],
)
def test_a_malformed_invocation_is_refused(fields: dict[str, object], kind: str) -> None:
    """What is shown for no exemption, or is malformed, is refused, and nothing is permitted."""
    code, answer = one_decision(**TO_THE_USA, **fields)
    assert (Refusal.of(answer).kind, answer["permitted"], code) == (kind, None, 1)


def test_strict_has_none() -> None:
    """With --strict no exemption permits anything, in a batch and for one case."""
    given = ",".join([*TO_THE_USA, *ORDER]) + "\n"
    given += ",".join([*TO_THE_USA.values(), *ORDER.values()]) + "\n"
    ran = run_here("decide", "--strict", "--format", "csv", given=given)
    assert "exemptions are switched off here" in ran.out
    told = run_here(*CASE, "--strict", "--exemption", "LEGAL_OBLIGATION", "--reference", "order 99")
    assert (told.code, ran.code) == (1, 1)
    assert "\nBlocked\n" in told.out
    # There is nothing that the exemption could ask for.
    assert "or what the exemption asks for" not in told.out


def test_one_case_spells_the_duty_out() -> None:
    """`explain` tells what was shown, the clause in words, and the obligation."""
    told = run_here(*CASE, "--exemption", "LEGAL_OBLIGATION", "--reference", "order 99")
    assert told.code == 0
    assert "LEGAL_OBLIGATION, reference order 99." in told.out
    assert "You must: try to notify the customer beforehand, unless the law" in told.out
    assert "\n§4(authority): " in told.out


def test_one_case_takes_several_countries() -> None:
    """Each --personnel counts: one that is elsewhere denies."""
    support = (*CASE, "--exemption", "PERSONNEL", "--purpose", "support", "--personnel", "FR")
    assert run_here(*support).code == 0
    assert run_here(*support, "--personnel", "Canada").code == 0
    assert run_here(*support, "--personnel", "Japan").code == 1


def test_circumstances_belong_to_a_transfer() -> None:
    """An exemption or purpose without --to is a misuse; one that is malformed is refused."""
    ran = run_here("explain", "Germany", "--purpose", "support")
    assert (ran.code, ran.out) == (2, "")
    assert "say with --to where it goes" in ran.err
    assert run_here(*CASE, "--reference", "order 99").out.startswith("Refused (CONFLICT)")
    late = run_here(*CASE, "--exemption", "PERSONNEL", "--valid-until", "2024-05-01")
    assert (late.code, late.out) == (2, "")
    assert "--valid-until" in late.err
