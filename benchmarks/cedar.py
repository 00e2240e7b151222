"""The policy of 2020-11-01 in Cedar: the whole question that we answer, with nothing left to parse.

Every rule of placement, a written agreement, a consent with its span and the four exemptions are
policies; every country and every region of the largest cloud is an entity on its ground. Asked
about each country, order entity, solution and zone, it answers as the guard does: see `agrees`.
"""

from __future__ import annotations

import json
from itertools import product
from time import time

import cedarpy
from scene import GIVEN, ROUTER, SETUP, VALID_DAYS

from residency import Account, Guard
from residency.geography import CLOUD_REGIONS, TERRITORIES

__all__ = ["PLACES", "agrees", "entities", "policies", "request"]

PLACES = {"EU": "aws:eu-west-1", "US": "aws:us-east-1", "CA": "aws:ca-central-1"}

_POLICIES = """
@id("§5(i)") permit(principal, action == Action::"write", resource in Zone::"US")
when { context.solution in Hosting::"by country" && principal.country in Territory::"US"
       && !principal.agreed.contains(context.solution) };
@id("§5(ii)") permit(principal, action == Action::"write", resource in Zone::"EU")
when { context.solution in Hosting::"by country" && principal.country in Territory::"EU"
       && !principal.agreed.contains(context.solution) };
@id("§5(iii)") permit(principal, action == Action::"write", resource in Zone::"CA")
when { context.solution in Hosting::"by country" && principal.country in Territory::"CA"
       && !principal.agreed.contains(context.solution) };
@id("§5(iv), US") permit(principal, action == Action::"write", resource in Zone::"US")
when { context.solution in Hosting::"by country" && principal.country in Territory::"elsewhere"
       && principal.entity == "XMedius Solutions Inc."
       && !principal.agreed.contains(context.solution) };
@id("§5(iv), EU") permit(principal, action == Action::"write", resource in Zone::"EU")
when { context.solution in Hosting::"by country" && principal.country in Territory::"elsewhere"
       && principal.entity == "XMedius Europe SAS"
       && !principal.agreed.contains(context.solution) };
@id("§3.3, §3.4") permit(principal, action == Action::"write", resource in Zone::"US")
when { context.solution in Hosting::"US" };
@id("§3.5") permit(principal, action == Action::"write", resource)
when { context.solution in Hosting::"US and CA"
       && (resource in Zone::"US" || resource in Zone::"CA") };
@id("§5(agreement)") permit(principal, action == Action::"write", resource)
when { principal.agreed.contains(context.solution)
       && principal.agreements.contains({solution: context.solution, zone: resource.zone}) };
@id("§5(personnel)") permit(principal, action == Action::"write", resource)
when { context has exemption && context.exemption == "PERSONNEL"
       && ["provisioning", "billing", "support", "troubleshooting"].contains(context.purpose)
       && (resource in Zone::"US" || resource in Zone::"CA" || resource in Zone::"EU") };
@id("§4(providers)") permit(principal, action == Action::"handle", resource)
when { context has exemption && context.exemption == "PROCESSOR" && context has provider };
@id("§4(authority)") permit(principal, action == Action::"write", resource)
when { context has exemption && context.exemption == "LEGAL_OBLIGATION" && context has reference };
@id("§4(successor)") permit(principal, action == Action::"write", resource)
when { context has exemption && context.exemption == "CORPORATE_SUCCESSOR"
       && context has safeguards };
"""
_CONSENT = """
@id("consent of {account}")
permit(principal == Account::"{account}", action == Action::"write", resource in Zone::"US")
when {{ context.solution == Solution::"xm-fax"
       && {begins} <= context.now && context.now < {ends} }};
"""


def policies(*consenting: str) -> cedarpy.PolicySet:
    """Return the policies, with a consent for some accounts' faxes to go from EU to US."""
    begins = int(GIVEN.timestamp())
    ends = begins + VALID_DAYS * 86_400
    consents = [_CONSENT.format(account=each, begins=begins, ends=ends) for each in consenting]
    return cedarpy.PolicySet.from_str(_POLICIES + "".join(consents))


def entities(*accounts: Account) -> cedarpy.Entities:
    """Return some accounts, and every solution, country and region on its ground."""
    zones = {code: ROUTER.policy.zone_of(code, SETUP) for code in TERRITORIES}
    found = [
        _entity("Country", code, ("Territory", zone or "elsewhere")) for code, zone in zones.items()
    ]
    for solution in ROUTER.policy.solutions.values():
        kept = "by country" if solution.placed_by_country else " and ".join(solution.storage)
        found.append(_entity("Solution", solution.id, ("Hosting", kept)))
    grounds = {f"country:{code}": zone for code, zone in zones.items()}
    for region in CLOUD_REGIONS["aws"].values():
        [country] = region.countries
        grounds[region.label] = zones[country]
    for place, zone in grounds.items():
        known = [] if zone is None else [("Zone", zone)]
        found.append(_entity("Place", place, *known, zone=_named("Zone", zone or "none")))
    for account in accounts:
        agreements = [
            {"solution": _named("Solution", each.solution), "zone": _named("Zone", each.zone)}
            for each in account.agreements
        ]
        found.append(
            _entity(
                "Account",
                account.id,
                country=_named("Country", account.territory),
                entity=account.order_entity,
                agreed=[each["solution"] for each in agreements],
                agreements=agreements,
            )
        )
    return cedarpy.Entities.from_json_str(json.dumps(found))


def request(account: Account, solution: str, place: str) -> dict[str, object]:
    """Return the question whether an account's data may be written to a place."""
    return {
        "principal": {"type": "Account", "id": account.id},
        "action": {"type": "Action", "id": "write"},
        "resource": {"type": "Place", "id": place},
        "context": {"solution": _named("Solution", solution), "now": int(time())},
    }


def agrees(guard: Guard, *consenting: Account) -> bool:
    """Say whether Cedar answers as the guard: for each country, entity, solution and zone."""
    declared = [entity.name for entity in ROUTER.policy.entities.values()]
    accounts = [
        Account(f"{code}-{number}", code, entity, setup_date=SETUP)
        for code in TERRITORIES
        for number, entity in enumerate(declared)
    ]
    asked = [*product((*accounts, *consenting), ROUTER.policy.solutions, PLACES.values())]
    answers = cedarpy.is_authorized_batch(
        requests=[request(*each) for each in asked],
        policies=policies(*(each.id for each in consenting)),
        entities=entities(*accounts, *consenting),
    )
    return all(
        answer.allowed == guard.decide(account, solution, to=place).permitted
        for answer, (account, solution, place) in zip(answers, asked, strict=True)
    )


def _named(kind: str, name: str) -> dict[str, object]:
    return {"__entity": {"type": kind, "id": name}}


def _entity(
    kind: str, name: str, *parents: tuple[str, str], **attributes: object
) -> dict[str, object]:
    return {
        "uid": {"type": kind, "id": name},
        "attrs": attributes,
        "parents": [{"type": each, "id": parent} for each, parent in parents],
    }
