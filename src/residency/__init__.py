"""Keep the promise of where a customer's data is stored.

``residency`` maps the country an administrator typed, and the entity that processed the order, to a
storage zone, and blocks every transfer out of it that no explicit consent covers. The rules are
data: a policy document.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from residency.account import Account, Agreement
    from residency.consent import ConsentRecord, open_ledger
    from residency.designation import Designation
    from residency.errors import ResidencyError
    from residency.explanation import explain
    from residency.guard import Guard
    from residency.placement import Placement, Router
    from residency.policy import load_policy
    from residency.transfer import Context, Decision, Reason, TransferBlocked

__all__ = [
    "Account",
    "Agreement",
    "ConsentRecord",
    "Context",
    "Decision",
    "Designation",
    "Guard",
    "Placement",
    "Reason",
    "ResidencyError",
    "Router",
    "TransferBlocked",
    "explain",
    "load_policy",
    "open_ledger",
]

# Each name is imported when it is first asked for (PEP 562): a program that imports this package
# and decides nothing, such as a command that prints its help, does not pay for the rest.
_HOME = {
    "Account": "account",
    "Agreement": "account",
    "ConsentRecord": "consent",
    "Context": "transfer",
    "Decision": "transfer",
    "Designation": "designation",
    "Guard": "guard",
    "Placement": "placement",
    "Reason": "transfer",
    "ResidencyError": "errors",
    "Router": "placement",
    "TransferBlocked": "transfer",
    "explain": "explanation",
    "load_policy": "policy",
    "open_ledger": "consent",
}


if not TYPE_CHECKING:  # pragma: no branch - or a checker would believe that there is every name

    def __getattr__(name: str) -> object:
        home = _HOME.get(name)
        if home is None:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message, name=name)
        value: object = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
