"""Requests that invoke an exemption, each of which is met."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from residency import Account, Context, Decision, Guard, Router, load_policy
from residency.exemption import Invocation
from residency.policy import Policy, read_policy
from tests.policy.documents import BUNDLED

__all__ = ["ACME", "NOW", "ON_RECORD", "POLICY", "VALID", "decide", "permits"]

_TEXT = BUNDLED.read_text(encoding="utf-8")
_CLOUD = 'countries = ["US", "IE", "CA"]'
POLICY = load_policy("xmedius")
# The bundled document names kinds of providers, and no record of their safeguards.
ON_RECORD = read_policy(_TEXT.replace(_CLOUD, f'{_CLOUD}\nsafeguards = "agreement 12"').encode())
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ACME = Account("acme", "Germany", setup_date=date(2021, 3, 1))


def decide(
    invocation: Invocation | None,
    *,
    to: str | tuple[str, ...] = "country:US",
    purpose: str | None = "support",
    policy: Policy = ON_RECORD,
    solution: str = "xm-sendsecure",
    source: str | None = None,
) -> Decision:
    """Decide a transfer that invokes an exemption, out of the EU unless told otherwise."""
    context = Context(purpose=purpose, source=source, at=NOW, exemption=invocation)
    return Guard(Router(policy)).decide(ACME, solution, to=to, context=context)


def permits(invocation: Invocation | None, **changes: Any) -> bool:
    """Say whether such a transfer is permitted."""
    return decide(invocation, **changes).permitted


VALID: Mapping[str, Invocation] = {
    "PERSONNEL": Invocation("PERSONNEL", personnel="FR"),
    "PROCESSOR": Invocation("PROCESSOR", provider="public-cloud", handling=True),
    "LEGAL_OBLIGATION": Invocation("LEGAL_OBLIGATION", reference="order 99"),
    "CORPORATE_SUCCESSOR": Invocation("CORPORATE_SUCCESSOR", safeguards="record 7"),
}
