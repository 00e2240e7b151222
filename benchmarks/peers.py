"""The same question, put to general-purpose policy engines: may this account's data go there?

Cedar gets all of it (`cedar.py`). Casbin and vakt are asked less: they are told the zone and know
one place in each. What can be parsed beforehand is.
"""

from __future__ import annotations

import casbin
import cedar
import cedarpy
import pyperf
import vakt
from cedar import PLACES
from ratio import alone, beside, statement
from scene import account, guards, warm
from vakt.rules import Eq

acme = account(1)
guard, _ = guards(acme)
warm(guard, acme)

# --- cedarpy: the whole question, policies and entities parsed beforehand ------------------------

cedar_policies = cedar.policies(acme.id)
cedar_entities = cedar.entities(acme)
cedar_request = cedar.request(acme, "xm-fax", PLACES["EU"])

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
for zone, place in PLACES.items():
    casbin_enforcer.add_policy(zone, place, "write")

# --- vakt: policies in memory -------------------------------------------------------------------

vakt_storage = vakt.MemoryStorage()
for number, (zone, place) in enumerate(PLACES.items()):
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
vakt_inquiry = vakt.Inquiry(subject="EU", resource=PLACES["EU"], action="write")

NAMES = {**globals(), "cedarpy": cedarpy}
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
    if not cedar.agrees(guard, acme):
        raise SystemExit("Cedar was asked another question")
    runner = pyperf.Runner()
    ours = statement(CALLS["residency"], NAMES)
    runner.bench_time_func("residency, in seconds", alone(ours))
    for name, text in CALLS.items():
        runner.bench_time_func(name, beside(statement(text, NAMES), ours))
