"""Changes between two policies, as values; each says whether it raises privacy risk.

A change raises privacy risk if a placement moves, a transfer becomes permitted or a retention grows
(semantics §4). What cannot be shown not to, does.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from residency.geography import Territory
from residency.policy.document import RetentionLimit
from residency.transfer import Reason
from residency.value import Value

__all__ = [
    "Change",
    "ExemptionChange",
    "PlacementChange",
    "ProviderChange",
    "RetentionChange",
    "Site",
    "TransferChange",
    "Trend",
]


@frozen(slots=True, eq=False, repr=False)
class Site(Value):
    """Where data is stored: zones and hosting countries, each sorted, and the clause that says so.

    Two sites are equal if the ground is the same, whichever clause leads there.
    """

    zones: tuple[str, ...]
    hosting: tuple[str, ...]
    clause: str = field(eq=False)


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class PlacementChange(Value):
    """New placements of a solution that are made elsewhere than before.

    Args:
        solution: the solution's id.
        territories: the setup countries for which it is so.
        start: the first setup day; None for always before ``end``.
        end: the first setup day after it; None for always since ``start``.
        entity: who processed the order, as it may be spelled; empty for an order without one; None
            where it makes no difference.
        before: the old placement; None where the old policy refuses to place.
        after: the new one; None where the new policy refuses.
    """

    solution: str
    territories: tuple[Territory, ...]
    start: date | None
    end: date | None
    entity: str | None
    before: Site | None
    after: Site | None

    @property
    def raises_risk(self) -> bool:
        """Whether data that had a place has another one, or none."""
        return self.before is not None


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class TransferChange(Value):
    """Transfers without consent that become permitted, or become blocked.

    Args:
        solution: the solution whose data it is.
        zones: the zones designated for the data.
        destinations: where it would go, ``country:FR`` or ``zone:EU``.
        start: the first day on which it is so.
        end: the first day after it; None if it stays so.
        before: the old policy's reason.
        after: the new one's.
    """

    solution: str
    zones: tuple[str, ...]
    destinations: tuple[str, ...]
    start: date
    end: date | None
    before: Reason
    after: Reason

    @property
    def raises_risk(self) -> bool:
        """Whether the transfers become permitted."""
        return self.after is Reason.WITHIN_ZONE


class Trend(StrEnum):
    """Which way a retention changes."""

    GROWS = "grows"
    SHRINKS = "shrinks"
    UNCLEAR = "unclear"
    """It may grow: longer for some accounts and shorter for others, or from another event."""


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class RetentionChange(Value):
    """Data that may be kept longer than before, or must be deleted sooner.

    Args:
        solution: the solution's id.
        category: the data category's id.
        before: the old limits; empty where none was stated; None where there was no such category.
        after: the new limits, likewise.
        trend: which way.
    """

    solution: str
    category: str
    before: tuple[RetentionLimit, ...] | None
    after: tuple[RetentionLimit, ...] | None
    trend: Trend

    @property
    def raises_risk(self) -> bool:
        """Whether the retention may grow."""
        return self.trend is not Trend.SHRINKS


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class ExemptionChange(Value):
    """An exemption that permits more transfers than before, or fewer.

    Args:
        exemption: the exemption's id.
        widened: what lets it permit more, such as ``purposes``; ``added`` for a new exemption.
        narrowed: what lets it permit less; ``removed`` for one that is gone.
    """

    exemption: str
    widened: tuple[str, ...]
    narrowed: tuple[str, ...]

    @property
    def raises_risk(self) -> bool:
        """Whether a transfer may become permitted."""
        return bool(self.widened)


@frozen(slots=True, kw_only=True, eq=False, repr=False)
class ProviderChange(Value):
    """A provider on which an exemption may rest in more cases than before, or in fewer.

    Args:
        provider: the provider's id.
        widened: what makes it more, such as ``countries``.
        narrowed: what makes it fewer.
    """

    provider: str
    widened: tuple[str, ...]
    narrowed: tuple[str, ...]

    @property
    def raises_risk(self) -> bool:
        """Whether a transfer may become permitted."""
        return bool(self.widened)


Change: TypeAlias = (
    PlacementChange | TransferChange | RetentionChange | ExemptionChange | ProviderChange
)
"""Any of the changes."""
