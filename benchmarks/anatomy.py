"""What a warm call spends its time on: the same method, grown step by step, in floors."""

from __future__ import annotations

import dis
from statistics import median
from time import monotonic, time
from typing import Any

from ratio import beside, statement
from scene import ROUTER, Floor, account

from residency import Account, Designation, Guard
from residency.consent.cache import AnswerCache
from residency.table import Crossing

ASKED = "context is None"
PLAIN = (
    f"{ASKED} and type(to) is str and (type(subject) is Account or type(subject) is Designation)"
    " and (type(solution) is str or solution is None)"
)
FOUND = f"""
if {PLAIN}:
    cell = self.rows[subject.key][solution][to]"""
JUDGED = f"{FOUND}\n    if cell.permitted is not None: return cell"
ANSWERED = f"{JUDGED}\n    decision, since, until = cell.answers[subject.id]"
STEPS = {
    "a call with one keyword": "pass",
    "+ is there a context?": f"if {ASKED}: pass",
    "+ are the others what they should be?": f"if {PLAIN}: pass",
    "+ the key's look-up": f"if {PLAIN}: cell = self.rows[subject.key]",
    "+ the solution's and the destination's": FOUND,
    "+ permitted or denied?": JUDGED,
    "+ the account's answer": ANSWERED,
    "+ the clock": f"{ANSWERED}\n    if since < time() < until: return decision",
    "+ freshness, and the count of hits": f"""{JUDGED}
    fresh = self.fresh
    fresh_until = None if fresh is None else fresh.fresh_until
    decision, since, until = cell.answers[subject.id]
    if since < time() < until and (fresh_until is None or monotonic() < fresh_until):
        self.cache.hits += 1
        return decision""",
}


def grown(body: str) -> Any:
    """Return an object with a method of this body."""
    lines = "\n        ".join(body.strip().splitlines())
    source = (
        "class Grown:\n"
        "    __slots__ = ('cache', 'fresh', 'rows')\n"
        "    def decide(self, subject, solution=None, *, to, context=None):\n"
        f"        {lines}\n"
    )
    names: dict[str, Any] = {"time": time, "monotonic": monotonic}
    names |= {"Account": Account, "Designation": Designation}
    exec(source, names)  # the text stands above
    return names["Grown"]()


def main() -> None:
    """Print each step's cost so far."""
    acme = account(1)
    floor = Floor({(acme.key, "xm-fax"): None})
    yard = statement('floor.get(key, "xm-fax")', {"floor": floor, "key": acme.key})
    decision = Guard(ROUTER).decide(acme, "xm-fax", to="zone:US")
    cell = Crossing(decision.destination)
    cell.answers[acme.id] = (decision, 0.0, 1e12)
    for name, body in STEPS.items():
        made = grown(body)
        made.rows = {acme.key: {"xm-fax": {"zone:US": cell}}}
        made.cache, made.fresh = AnswerCache(1, 1), None
        call = statement('made.decide(acme, "xm-fax", to="zone:US")', {"made": made, "acme": acme})
        found = median(beside(call, yard)(1) for _ in range(5))
        count = len(list(dis.get_instructions(type(made).decide)))
        print(f"{name:42} {found:.2f} × floor, {count} instructions")
    floors = len(list(dis.get_instructions(Floor.get)))
    for method in (Guard.place, Guard.enforce, Guard.decide):
        print(f"{method.__name__}: {len(list(dis.get_instructions(method)))} instructions in all")
    print(f"the floor: {floors} instructions")


if __name__ == "__main__":
    main()
