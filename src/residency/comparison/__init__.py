"""What changes from one policy document to the next, and from when it may (semantics §4)."""

from residency.comparison.change import (
    Change,
    ExemptionChange,
    PlacementChange,
    ProviderChange,
    RetentionChange,
    Site,
    TransferChange,
    Trend,
)
from residency.comparison.compare import Comparison, compare

__all__ = [
    "Change",
    "Comparison",
    "ExemptionChange",
    "PlacementChange",
    "ProviderChange",
    "RetentionChange",
    "Site",
    "TransferChange",
    "Trend",
    "compare",
]
