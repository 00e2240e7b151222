"""What a warm call spends its time on: the same method, grown step by step, in floors."""

from __future__ import annotations

import dis
from statistics import median
from time import monotonic, time
from typing import Any

from ratio import beside, statement
from scene import ROUTER, Floor, account

from residency import Guard
from residency.consent.cache import AnswerCache
from residency.table import Crossing

STEPS = {
    "a call with one keyword": "pass",
    "+ is there a context?": "if context is None: pass",
    "+ the key's look-up": "if context is None: cell = self.rows[subject.key]",
    "+ the solution's and the destination's": (
        "if context is None: cell = self.rows[subject.key][solution][to]"
    ),
    "+ permitted or denied?": """
if context is None:
    cell = self.rows[subject.key][solution][to]
    if cell.permitted is not None: return cell""",
    "+ the account's answer": """
if context is None:
    cell = self.rows[subject.key][solution][to]
    if cell.permitted is not None: return cell
    decision, since, until = cell.answers[subject.id]""",
    "+ the clock": """
if context is None:
    cell = self.rows[subject.key][solution][to]
    if cell.permitted is not None: return cell
    decision, since, until = cell.answers[subject.id]
    if since < time() < until: return decision""",
    "+ freshness, and the count of hits": """
if context is None:
    cell = self.rows[subject.key][solution][to]
    if cell.permitted is not None: return cell
    decision, since, until = cell.answers[subject.id]
    if since < time() < until and (self.fresh is None or monotonic() < self.fresh.fresh_until):
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
