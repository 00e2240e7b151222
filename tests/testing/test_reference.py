"""What the properties do not ask of the reference evaluator: agreements, refusals, generators."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given as for_all

from residency import Account, Agreement, Guard, load_policy
from residency.consent import ConsentRecord
from residency.errors import CountryError
from residency.geography import normalise
from residency.testing import (
    Placed,
    Question,
    Refused,
    Verdict,
    decide,
    place,
    refusals_of,
    territory_of,
)
from residency.testing.exemptions import Claim, exempt
from residency.testing.limits import kept
from residency.testing.source import GEOGRAPHY
from residency.testing.strategies import records
from tests.properties.worlds import XMEDIUS, router_of
from tests.samples import NOON

DAY = date(2021, 3, 1)


@pytest.mark.parametrize("zone", ["US", "EU", "CA"])
def test_both_place_by_an_agreement(zone: str) -> None:
    """§5(agreement): the evaluator and the engine store the data where it was agreed."""
    agreement = Agreement("xm-fax", zone, "MSA-7", DAY)
    account = Account("acme", "Germany", setup_date=DAY, agreements=(agreement,))
    placement = Guard(router_of(XMEDIUS)).place(account, "xm-fax")
    placed = place(XMEDIUS.document, "DE", None, DAY, "xm-fax", agreement_zone=zone)
    assert placed == (placement.zones, placement.hosting, placement.clause)
    assert placed.clause == "§5(agreement)"


def test_every_spelling_in_the_data_is_read_as_the_engine_reads_it() -> None:
    """Each code and name in the data files, in any case, names one territory for both."""
    refused = {name for _, name, _ in GEOGRAPHY["refused"]}
    for spelling, name, territory in GEOGRAPHY["names"]:
        if name not in refused:
            for typed in (spelling, f" {spelling.lower()}"):
                assert territory_of(typed) == normalise(typed) == territory


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Germany", ""),
        ("", "EMPTY"),
        (" \n", "EMPTY"),
        ("DE".ljust(257), "TOO_LONG"),
        ("D\N{ZERO WIDTH SPACE}E", "INVALID_CHAR"),
        ("D\N{HANGUL FILLER}E", "INVALID_CHAR"),
        ("New\N{NO-BREAK SPACE}Zealand", ""),
        ("Congo", "AMBIGUOUS"),
        ("DDR", "WITHDRAWN"),
        ("EW", "RESERVED"),
        ("EU", "NOT_A_COUNTRY"),
        ("XZ", "NOT_A_COUNTRY"),
        ("\N{CIRCLED DIGIT ZERO}", "NOT_A_COUNTRY"),  # no code, so that its form does not count
        ("Holland", "SUBDIVISION"),
        ("\N{ROMAN NUMERAL ELEVEN}", "UNKNOWN SUBDIVISION"),  # only resembles `XI`
        ("US-CA", "UNKNOWN SUBDIVISION"),
        ("Atlantis", "UNKNOWN SUBDIVISION"),
    ],
)
def test_the_kind_of_a_refusal(text: str, kinds: str) -> None:
    """§1: each refusal has its kind; only lists of the parts of countries tell what is unknown."""
    assert refusals_of(text) == tuple(kinds.split())
    assert (territory_of(text) is None) is bool(kinds)
    if kinds:
        with pytest.raises(CountryError) as caught:
            normalise(text)
        assert caught.value.kind in kinds.split()
    else:
        assert normalise(text) == territory_of(text)


@pytest.mark.parametrize(
    ("solution", "zone", "kind"),
    [("xm-connect", "EU", "NO_STORAGE"), ("xm-telex", None, "UNKNOWN_SOLUTION")],
)
def test_what_cannot_be_placed_is_refused(solution: str, zone: str | None, kind: str) -> None:
    """An agreement without storage, and an unknown solution, have no answer."""
    with pytest.raises(Refused, match=kind):
        place(XMEDIUS.document, "DE", None, DAY, solution, agreement_zone=zone)


def test_an_unknown_source_has_no_answer() -> None:
    """A source that is no place is refused, wherever the data would go."""
    question = Question("acme", "xm-fax", "zone:EU", NOON, source="mars")
    with pytest.raises(Refused, match="UNKNOWN_LOCATION"):
        decide(XMEDIUS.document, question, (), territory="DE", entity=None, setup_date=DAY)


def test_a_ledger_that_cannot_be_read_denies() -> None:
    """Without the events, what leaves the zone is denied for want of the ledger."""
    question = Question("acme", "xm-fax", "zone:US", NOON)
    verdict = decide(XMEDIUS.document, question, None, territory="DE", entity=None, setup_date=DAY)
    assert (verdict.reason, verdict.permitted) == ("LEDGER_UNAVAILABLE", False)


@for_all(records(load_policy("xmedius")))
def test_generated_records_speak_the_words_of_the_policy(record: ConsentRecord) -> None:
    """A generated consent is for a solution of the policy."""
    assert record.solutions <= set(XMEDIUS.policy.solutions)


def test_an_unknown_zone_is_on_no_ground() -> None:
    """Of data designated for a zone that the policy lost, no exemption can show where it is."""
    question = Question("acme", "xm-fax", "country:US", NOON, purpose="support")
    placed = Placed(("ATLANTIS",), ("FR",), "§5(ii)")
    claim = Claim("PERSONNEL", personnel=("US",))
    denied = Verdict("NO_CONSENT", ("§5(ii)", "§5(transfer)"))
    found = exempt(XMEDIUS.document, placed, question, denied, claim)
    assert found.reason == "EXEMPTION_NOT_MET"


@pytest.mark.parametrize(
    ("solution", "category", "kind"),
    [("xm-telex", "fax-data", "UNKNOWN_SOLUTION"), ("xm-fax", "tapes", "UNKNOWN_CATEGORY")],
)
def test_what_is_not_held_has_no_limit(solution: str, category: str, kind: str) -> None:
    """An unknown solution or data category has no answer."""
    with pytest.raises(Refused, match=kind):
        kept(XMEDIUS.document, solution, category, {})
