"""Cases and their expected answers as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from residency.checks import require_moment
from residency.consent.codec import event_from_json, event_to_json
from residency.testing.countries import territory_of
from residency.testing.enumeration.case import (
    ACCOUNT_ID,
    CountryCase,
    Customer,
    DecisionCase,
    PlaceCase,
    PlacementCase,
    TransferCase,
)
from residency.testing.enumeration.sides import (
    place_line,
    placement_line,
    refused_country_line,
    transfer_line,
)
from residency.testing.exemptions import Claim, exempt
from residency.testing.reference import Question, Refused, Verdict, locate, place, transfer
from residency.testing.source import Document

__all__ = ["Json", "answer_of", "case_from_json", "case_to_json", "line_of"]

# What the JSON Schema describes; the types inside are checked by it, not here.
Json: TypeAlias = Mapping[str, Any]

_AGREED: Final = {"reference": "C-1", "date": "2020-01-01"}


def case_to_json(case: DecisionCase) -> dict[str, object]:
    """Return the inputs of a case; what is not given is left out."""
    match case:
        case CountryCase():
            return {"typed": case.text}
        case PlaceCase():
            return {"place": case.text, "on": case.on.isoformat()}
        case PlacementCase():
            return {"account": _account(case.customer, case.solution), "solution": case.solution}
        case _:
            return _without_none(
                {
                    "account": _account(case.customer, case.solution),
                    "solution": case.solution,
                    "to": list(case.to),
                    "at": None if case.at is None else case.at.isoformat(),
                    "source": case.source,
                    "category": case.category,
                    "purpose": case.purpose,
                    "exemption": None if case.claim is None else _claim(case.claim),
                    "exemptions": False if case.strict else None,
                }
            ) | {
                "consent": case.state,
                "events": None
                if case.held is None
                else [event_to_json(each) for each in case.held],
            }


def _without_none(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _account(customer: Customer, solution: str) -> dict[str, object]:
    territory, day, entity, agreement = customer
    agreed = {"solution": solution, "zone": agreement, **_AGREED}
    return _without_none(
        {
            "id": ACCOUNT_ID,
            "setup_country": territory,
            "order_entity": entity,
            "setup_date": day.isoformat(),
            "agreements": None if agreement is None else [agreed],
        }
    )


def _claim(claim: Claim) -> dict[str, object]:
    fields = claim._asdict()
    for name in ("valid_from", "valid_until"):
        if fields[name] is not None:
            fields[name] = fields[name].isoformat()
    return _without_none({**fields, "personnel": list(claim.personnel)})


def case_from_json(value: Json) -> DecisionCase:
    """Return the case whose inputs an object holds."""
    if "typed" in value:
        return CountryCase(value["typed"])
    if "place" in value:
        return PlaceCase(value["place"], date.fromisoformat(value["on"]))
    account = value["account"]
    agreements = account.get("agreements", [])
    customer = Customer(
        account["setup_country"],
        date.fromisoformat(account["setup_date"]),
        account.get("order_entity"),
        agreements[0]["zone"] if agreements else None,
    )
    if "to" not in value:
        return PlacementCase(customer, value["solution"])
    events, claim = value["events"], value.get("exemption")
    return TransferCase(
        customer,
        value["solution"],
        tuple(value["to"]),
        value["consent"],
        None if events is None else tuple(map(event_from_json, events)),
        at=datetime.fromisoformat(value["at"]),
        source=value.get("source"),
        category=value.get("category"),
        purpose=value.get("purpose"),
        claim=None if claim is None else _claim_from(claim),
        strict=not value.get("exemptions", True),
    )


def _claim_from(value: Json) -> Claim:
    fields: dict[str, Any] = {**value, "personnel": tuple(value["personnel"])}
    for name in ("valid_from", "valid_until"):
        if name in value:
            fields[name] = datetime.fromisoformat(value[name])
    return Claim(**fields)


def answer_of(document: Document, case: DecisionCase) -> dict[str, object]:
    """Return what the reference evaluator answers, as an object."""
    try:
        match case:
            case CountryCase():
                return {"territory": territory_of(case.text)}
            case PlaceCase():
                return _place(document, case)
            case PlacementCase():
                placed = _placed(document, case.customer, case.solution)
                return {
                    "zones": list(placed.zones),
                    "hosting": list(placed.hosting),
                    "clause": placed.clause,
                }
            case _:
                return _verdict(document, case)
    except Refused as refused:
        return {"error": str(refused)}


def _place(document: Document, case: PlaceCase) -> dict[str, object]:
    found = locate(document, case.text, case.on)
    if found is None:
        raise Refused("UNKNOWN_LOCATION")
    return {"label": found.label, "countries": sorted(found.countries), "zone": found.zone}


def _placed(document: Document, customer: Customer, solution: str) -> Any:
    territory, day, entity, agreement = customer
    return place(document, territory, entity, day, solution, agreement_zone=agreement)


def _verdict(document: Document, case: TransferCase) -> dict[str, object]:
    placed = _placed(document, case.customer, case.solution)
    at = require_moment(case.at, "the moment of a transfer")
    question = Question(
        ACCOUNT_ID, case.solution, case.to, at, case.source, case.category, case.purpose
    )
    verdict = transfer(document, placed, question, case.held)
    verdict = exempt(document, placed, question, verdict, case.claim, strict=case.strict)
    return {
        "permitted": verdict.permitted,
        "reason": verdict.reason,
        "clauses": list(verdict.clauses),
        "consent_ids": list(verdict.consents),
    }


def line_of(case: Json) -> str:
    """Return what a case expects as the line in which the sides of a comparison answer."""
    expected: Json = case["expected"]
    if "error" in expected:
        return f"refused {expected['error']}"
    if "territory" in expected:
        return expected["territory"] or refused_country_line(case["typed"])
    if "label" in expected:
        return place_line(expected["label"], expected["zone"], expected["countries"])
    if "reason" not in expected:
        return placement_line(expected["zones"], expected["hosting"], expected["clause"])
    verdict = Verdict(
        expected["reason"], tuple(expected["clauses"]), tuple(expected["consent_ids"])
    )
    return transfer_line(permitted=expected["permitted"], verdict=verdict)
