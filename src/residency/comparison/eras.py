"""The days that stand for all days: between two of them no membership changes."""

from __future__ import annotations

from datetime import date

from residency.policy.document import Policy

__all__ = ["days_from"]


def days_from(first: date, *policies: Policy) -> tuple[date, ...]:
    """Return ``first``, and each day after it on which a membership changes for a policy."""
    boundaries = {day for policy in policies for day in policy.memberships.boundaries}
    return (first, *sorted(day for day in boundaries if day > first))
