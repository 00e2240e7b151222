"""The comparison of two policies as a whole, and the notice that it asks for."""

from __future__ import annotations

from datetime import date, timedelta

from attrs import frozen

from residency.checks import require_date, require_instance
from residency.comparison.change import Change
from residency.comparison.exemptions import exemption_changes, provider_changes
from residency.comparison.placements import placement_changes
from residency.comparison.retentions import retention_changes
from residency.comparison.transfers import transfer_changes
from residency.errors import ErrorKind, InputError
from residency.policy.document import Policy, PolicyReference
from residency.value import Value

__all__ = ["Comparison", "compare"]


@frozen(slots=True, eq=False, repr=False)
class Comparison(Value):
    """What changes from one policy to the next.

    Args:
        old: the policy in force.
        new: the policy that is to replace it.
        changes: every change of a placement, transfer, retention, exemption or provider.
        notice_days: how many days ahead a change that raises privacy risk must be announced.
        notice_clause: the clause that promises it.

    The notice is the one that the *old* policy promises: customers rely on it until the new one is
    in force, so the new one cannot shorten the notice of itself.
    """

    old: PolicyReference
    new: PolicyReference
    changes: tuple[Change, ...]
    notice_days: int
    notice_clause: str

    @property
    def risks(self) -> tuple[Change, ...]:
        """The changes that raise privacy risk, or cannot be shown not to."""
        return tuple(change for change in self.changes if change.raises_risk)

    def earliest_effective(self, announced: date) -> date:
        """Return the first day on which the new policy may take effect.

        Args:
            announced: the day on which customers are told of it.

        Returns:
            That day itself where no change raises privacy risk; else ``notice_days`` after it.

        Raises:
            InputError: ``announced`` is not a ``date``, or the notice ends beyond the year 9999.
        """
        day = require_date(announced, "the day of the announcement")
        try:
            return day + timedelta(days=self.notice_days if self.risks else 0)
        except OverflowError:
            message = f"{self.notice_days} days after {day} lie beyond the year 9999: announce it"
            raise InputError(
                f"{message} earlier", kind=ErrorKind.INVALID_DATE, value=announced
            ) from None


def compare(old: Policy, new: Policy) -> Comparison:
    """Return every change from one policy to the next.

    Compared is what the documents decide, not how they say it: the wording of a clause, the name of
    a solution or who is to be written to changes nothing here.

    Args:
        old: the policy in force.
        new: the policy that is to replace it.

    Raises:
        InputError: one of them is not a :class:`~residency.policy.Policy`.
    """
    require_instance(old, Policy, "the old policy")
    require_instance(new, Policy, "the new policy")
    changes: tuple[Change, ...] = (
        *placement_changes(old, new),
        *transfer_changes(old, new),
        *retention_changes(old, new),
        *exemption_changes(old, new),
        *provider_changes(old, new),
    )
    return Comparison(old.reference, new.reference, changes, old.notice_days, old.notice_clause)
