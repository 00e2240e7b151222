"""`residency designate` and `relocate`, and what takes a designation in place of an account."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from residency import Account, Designation, Guard, Router, load_policy, open_ledger
from residency.cli import designate
from residency.cli.relocate import answer_relocate
from tests.cli.running import Ran, Refusal, run_here
from tests.samples import consent

BRITON = {
    "id": "acme",
    "setup_country": "UK",
    "order_entity": "xmedius-solutions",
    "setup_date": "2019-05-01",
    "solution": "xm-fax",
}
ACCOUNT = Account("acme", "UK", "xmedius-solutions", setup_date=date(2019, 5, 1))
GUARD = Guard(Router(load_policy("xmedius")))
PINNED = GUARD.designate(ACCOUNT, "xm-fax").to_json()
ORDER = {"exemption": "LEGAL_OBLIGATION", "reference": "order 99"}
MOVE = {"id": "acme", "designation": PINNED, "zone": "CA", "at": "2024-05-01T12:00:00Z"}


def _run(command: str, *arguments: str, **fields: object) -> tuple[Ran, dict[str, Any]]:
    ran = run_here(command, *arguments, given=json.dumps(fields))
    [answer] = ran.records
    return ran, answer


def test_a_sign_up_is_pinned() -> None:
    """The designation is the text that the library stores and reads back."""
    ran, answer = _run("designate", **BRITON)
    assert list(answer) == ["id", "solution", "zone", "basis", "designation", "error"]
    assert (answer["zone"], answer["basis"], ran.code) == ("EU", "§5(ii)", 0)
    assert answer["designation"] == PINNED
    assert Designation.from_json(answer["designation"]).account == "acme"


def test_an_agreement_is_pinned_with_it() -> None:
    """A written agreement is part of what is recorded."""
    agreed = {
        "agreement_zone": "CA",
        "agreement_reference": "contract 17",
        "agreement_date": "2019-04-01",
    }
    _, answer = _run("designate", **BRITON, **agreed)
    placement = Designation.from_json(answer["designation"]).placement
    assert placement.agreement is not None
    assert placement.basis == answer["basis"] == "§5(agreement): contract 17 of 2019-04-01"


@pytest.mark.parametrize(("today", "zone"), [(date(2020, 1, 31), "EU"), (date(2020, 2, 1), "US")])
def test_it_is_of_today(today: date, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without date and solution it is of today and the default one, on both sides of Brexit."""
    monkeypatch.setattr(designate, "today", lambda: today)
    _, answer = _run("designate", **{**BRITON, "setup_date": None, "solution": None})
    assert (answer["zone"], answer["solution"]) == (zone, "xm-fax")


def test_a_refused_sign_up_is_not_pinned() -> None:
    """What cannot be placed is refused with its kind, and nothing is pinned."""
    ran, answer = _run("designate", **{**BRITON, "setup_country": "Congo"})
    assert (Refusal.of(answer).kind, answer["designation"], ran.code) == ("AMBIGUOUS", None, 1)


class TestDecide:
    """A designation stands in place of country, date and solution."""

    def test_it_decides_by_what_was_pinned(self) -> None:
        """France is home for what was pinned in 2019, whatever the country is today."""
        inside, answer = _run("decide", id="acme", designation=PINNED, to="country:FR")
        assert (answer["reason"], answer["zone"], inside.code) == ("WITHIN_ZONE", "EU", 0)
        outside, answer = _run("decide", id="acme", designation=PINNED, to="country:GB")
        assert (answer["reason"], outside.code) == ("NO_CONSENT", 1)

    def test_csv_needs_no_column_that_it_stands_for(self) -> None:
        """In CSV the account's columns may be missing, or empty; without it they may not."""
        quoted = '"' + PINNED.replace('"', '""') + '"'
        for header, row in (
            ("id,designation,to", f"acme,{quoted},country:FR"),
            ("id,designation,solution,to", f"acme,{quoted},,country:FR"),
        ):
            ran = run_here("decide", "--format", "csv", given=f"{header}\n{row}\n")
            [answer] = csv.DictReader(io.StringIO(ran.out))
            assert (answer["reason"], ran.code) == ("WITHIN_ZONE", 0)
        ran = run_here("decide", "--format", "csv", given="id,to\nacme,country:FR\n")
        assert (ran.code, ran.out) == (2, "")
        assert "the header lacks setup_country, setup_date, solution" in ran.err
        ran = run_here("decide", "--format", "csv", given="id,designation,to\nacme,,zone:EU\n")
        [answer] = csv.DictReader(io.StringIO(ran.out))
        assert (answer["permitted"], ran.code) == ("", 1)

    @pytest.mark.parametrize(
        ("fields", "kind"),
        [
            ({"id": "globex"}, "CONFLICT"),
            ({"id": None}, "TYPE"),
            ({"designation": ""}, "MALFORMED"),
            ({"designation": "{}"}, "MALFORMED"),
            ({"designation": PINNED + " x"}, "MALFORMED"),
            ({"designation": json.loads(PINNED)}, "TYPE"),
            ({"designation": "x" * 100_001}, "TOO_LARGE"),
            ({"solution": "xm-connect"}, "CONFLICT"),
        ],
    )
    def test_what_is_none_is_refused(self, fields: dict[str, object], kind: str) -> None:
        """One that is malformed, another account's or another solution's is refused."""
        asked = {"id": "acme", "designation": PINNED, "to": "country:FR", **fields}
        ran, answer = _run("decide", **asked)
        assert (Refusal.of(answer).kind, answer["permitted"], ran.code) == (kind, None, 1)


class TestRelocate:
    """Moving one is a transfer, and leaves both on record."""

    def test_without_consent_it_stays(self) -> None:
        """Nothing moves without consent, and the answer says why."""
        ran, answer = _run("relocate", **MOVE)
        assert (answer["moved"], answer["reason"], ran.code) == (False, "NO_CONSENT", 1)
        assert (answer["designation"], answer["relocation"]) == (None, None)
        assert list(answer) == [
            "id",
            "moved",
            "reason",
            "unmet",
            "designation",
            "relocation",
            "error",
        ]

    def test_with_consent_it_moves(self) -> None:
        """The record holds the designation before and after, and the new one is returned."""
        ledger = open_ledger("memory:")
        ledger.give(consent(record_id="r-1", destination_zones={"CA"}))
        answer = answer_relocate(Guard(GUARD.router, ledger), MOVE)
        fields = answer.fields
        assert (fields["moved"], fields["reason"], answer.blocked) == (True, "CONSENT", False)
        stored = json.loads(str(fields["relocation"]))
        assert stored["before"] == json.loads(PINNED)
        assert stored["after"] == json.loads(str(fields["designation"]))
        assert stored["after"]["zones"] == ["CA"]

    def test_an_exemption_moves_it_unless_strict(self) -> None:
        """An exemption for storage moves it; with --strict, or for handling alone, none does."""
        assert _run("relocate", **MOVE, **ORDER)[1]["reason"] == "EXEMPTION"
        ran, answer = _run("relocate", "--strict", "--ledger", "memory:", **MOVE, **ORDER)
        assert (answer["unmet"], ran.code) == ("exemptions are switched off here", 1)

    @pytest.mark.parametrize(
        ("fields", "kind"),
        [
            ({"zone": "MOON"}, "NO_STORAGE"),
            ({"zone": "EU"}, "CONFLICT"),
            ({"zone": None}, "TYPE"),
            ({"at": None}, "INVALID_DATE"),
            ({"at": "2024-05-01"}, "NAIVE_TIME"),
            ({"id": "globex"}, "CONFLICT"),
            ({"designation": None}, "TYPE"),
            ({"purpose": ""}, "EMPTY"),
            ({"reference": "order 99"}, "CONFLICT"),
        ],
    )
    def test_bad_input_is_refused(self, fields: dict[str, object], kind: str) -> None:
        """Each field that is missing or malformed is refused with its kind, and nothing moves."""
        ran, answer = _run("relocate", **{**MOVE, **fields})
        assert (Refusal.of(answer).kind, answer["moved"], ran.code) == (kind, None, 1)


class TestDataMap:
    """The data map says where pinned data is."""

    CASE = ("data-map", "UK", "--entity", "xmedius-solutions", "--setup-date", "2024-01-01")

    def _zones(self, *arguments: str) -> set[str]:
        ran = run_here(*self.CASE, "--solution", "xm-fax", "--format", "csv", *arguments)
        assert (ran.code, ran.err) == (0, "")
        return {row["zone"] for row in csv.DictReader(io.StringIO(ran.out))}

    @pytest.mark.parametrize("name", ["pinned.jsonl", "pinned.csv"])
    def test_designations_of_the_account_count(self, tmp_path: Path, name: str) -> None:
        """What `designate` wrote for this account counts, and no other account's."""
        path = str(tmp_path / name)
        given = "".join(json.dumps({**BRITON, "id": each}) + "\n" for each in ("other", "acme"))
        source = tmp_path / "sign-ups.jsonl"
        source.write_text(given, encoding="utf-8")
        assert run_here("designate", "--input", str(source), "--output", path).code == 0
        assert self._zones("--designations", path, "--account", "acme") == {"EU"}
        assert self._zones("--designations", path, "--account", "third") == {"US"}
        assert self._zones() == {"US"}

    @pytest.mark.parametrize("given", ['{"id": "acme", "designation": null}\n', "{"])
    def test_one_that_cannot_be_read_ends_it(self, tmp_path: Path, given: str) -> None:
        """A line that is broken might be this account's, so there is no map."""
        path = tmp_path / "pinned.jsonl"
        path.write_text(given, encoding="utf-8")
        ran = run_here(*self.CASE, "--account", "acme", "--designations", str(path))
        assert (ran.code, ran.out) == (2, "")

    def test_agreements_count(self) -> None:
        """A written agreement on a solution shows in its rows."""
        ran = run_here(*self.CASE, "--agreement", "xm-fax", "CA", "contract 17", "2021-02-01")
        assert "§5(agreement): contract 17 of 2021-02-01" in ran.out
        told = ("explain", "UK", "--agreement", "xm-fax", "CA", "contract 17", "2021-02-01")
        assert "Agreed in writing: contract 17 of 2021-02-01." in run_here(*told).out

    @pytest.mark.parametrize("day", ["soon", "2021-02-29"])
    def test_an_agreement_of_no_day_is_a_misuse(self, day: str) -> None:
        """A day that is none exits with 2, and the message names the option."""
        ran = run_here(*self.CASE, "--agreement", "xm-fax", "CA", "contract 17", day)
        assert (ran.code, ran.out) == (2, "")
        assert "--agreement" in ran.err
