"""Keep the promise of where a customer's data is stored.

``residency`` maps the country an administrator typed, and the entity that processed the order, to a
storage zone, and blocks every transfer out of it that no explicit consent covers. The rules are
data: a policy document.
"""

from residency.consent import ConsentRecord, open_ledger
from residency.designation import Designation
from residency.errors import ResidencyError
from residency.explanation import explain
from residency.guard import Guard
from residency.placement import Account, Agreement, Placement, Router
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
