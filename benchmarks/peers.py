"""The same question, put to general-purpose policy engines: may this account's data go there?

Cedar gets all of it: the clauses, every country and cloud region with its ground, and an account
with its setup country and order entity. Casbin and vakt are asked less: they are told the zone and
know one place in each. What can be parsed beforehand is.
"""

from __future__ import annotations

import json

import casbin
import cedarpy
import pyperf
import vakt
from ratio import alone, beside, statement
from scene import ENTITY, ROUTER, SETUP, account, guards, warm
from vakt.rules import Eq

from residency.geography import CLOUD_REGIONS, TERRITORIES

acme = account(1)
guard, _ = guards(acme)
warm(guard, acme)

ZONES = {"EU": "aws:eu-west-1", "US": "aws:us-east-1", "CA": "aws:ca-central-1"}

# --- cedarpy: policies and entities parsed beforehand -------------------------------------------

CEDAR_POLICIES = """
@id("5(i)") permit(principal, action == Action::"write", resource)
when { principal.country in Territory::"US" && resource in Zone::"US" };
@id("5(ii)") permit(principal, action == Action::"write", resource)
when { principal.country in Territory::"EU" && resource in Zone::"EU" };
@id("5(iii)") permit(principal, action == Action::"write", resource)
when { principal.country in Territory::"CA" && resource in Zone::"CA" };
@id("5(iv)US") permit(principal, action == Action::"write", resource)
when { principal.country in Territory::"elsewhere"
       && principal.entity == "XMedius Solutions Inc." && resource in Zone::"US" };
@id("5(iv)EU") permit(principal, action == Action::"write", resource)
when { principal.country in Territory::"elsewhere"
       && principal.entity == "XMedius Europe SAS" && resource in Zone::"EU" };
@id("5") permit(principal, action == Action::"write", resource)
when { principal has consents && principal.consents.contains(resource) };
"""


def cedar_entity(kind: str, name: str, *parents: tuple[str, str], **attributes: object) -> object:
    """Return an entity in the JSON that Cedar reads."""
    return {
        "uid": {"type": kind, "id": name},
        "attrs": attributes,
        "parents": [{"type": kind, "id": name} for kind, name in parents],
    }


def cedar_world() -> list[object]:
    """Return the account, every country and every cloud region, each on its ground."""
    zones = {code: ROUTER.policy.zone_of(code, SETUP) for code in TERRITORIES}
    countries = [
        cedar_entity("Country", code, ("Territory", zone or "elsewhere"))
        for code, zone in zones.items()
    ]
    grounds = {f"country:{code}": zone for code, zone in zones.items()}
    for region in CLOUD_REGIONS["aws"].values():
        [country] = region.countries
        grounds[f"aws:{region.id}"] = zones[country]
    places = [
        cedar_entity("Place", place, *([("Zone", zone)] if zone else []))
        for place, zone in grounds.items()
    ]
    german = {"__entity": {"type": "Country", "id": acme.territory}}
    return [cedar_entity("Account", acme.id, country=german, entity=ENTITY), *countries, *places]


cedar_policies = cedarpy.PolicySet.from_str(CEDAR_POLICIES)
cedar_entities = cedarpy.Entities.from_json_str(json.dumps(cedar_world()))
cedar_request = {
    "principal": {"type": "Account", "id": acme.id},
    "action": {"type": "Action", "id": "write"},
    "resource": {"type": "Place", "id": ZONES["EU"]},
    "context": {},
}

# --- casbin: an in-memory model, one rule a zone ------------------------------------------------

casbin_model = casbin.Model()
casbin_model.load_model_from_text(
    """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
"""
)
casbin_enforcer = casbin.Enforcer(casbin_model)
for zone, place in ZONES.items():
    casbin_enforcer.add_policy(zone, place, "write")

# --- vakt: policies in memory -------------------------------------------------------------------

vakt_storage = vakt.MemoryStorage()
for number, (zone, place) in enumerate(ZONES.items()):
    vakt_storage.add(
        vakt.Policy(
            number,
            subjects=[Eq(zone)],
            resources=[Eq(place)],
            actions=[Eq("write")],
            effect=vakt.ALLOW_ACCESS,
        )
    )
vakt_guard = vakt.Guard(vakt_storage, vakt.RulesChecker())
vakt_inquiry = vakt.Inquiry(subject="EU", resource=ZONES["EU"], action="write")

NAMES = {**globals()}
CALLS = {
    "residency": 'guard.decide(acme, "xm-fax", to="aws:eu-west-1")',
    "cedarpy": "cedarpy.is_authorized(cedar_request, cedar_policies, cedar_entities)",
    "casbin": 'casbin_enforcer.enforce("EU", "aws:eu-west-1", "write")',
    "vakt": "vakt_guard.is_allowed(vakt_inquiry)",
}

if __name__ == "__main__":
    # A benchmark of the wrong answer is worth nothing.
    answers = [eval(call, NAMES) for call in CALLS.values()]  # calls written above
    if not (answers[0].permitted and answers[1].allowed and answers[2] and answers[3]):
        raise SystemExit(f"the engines disagree: {answers}")
    runner = pyperf.Runner()
    ours = statement(CALLS["residency"], NAMES)
    runner.bench_time_func("residency, in seconds", alone(ours))
    for name, text in CALLS.items():
        runner.bench_time_func(name, beside(statement(text, NAMES), ours))
