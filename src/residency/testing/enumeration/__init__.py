"""The complete enumeration of what can be asked of a policy, and the comparison of two sides."""

from residency.testing.enumeration.case import (
    ACCOUNT_ID,
    Case,
    CountryCase,
    Customer,
    DataMapCase,
    Held,
    PlaceCase,
    PlacementCase,
    RetentionCase,
    TransferCase,
)
from residency.testing.enumeration.comparison import (
    Bench,
    Difference,
    Outcome,
    Task,
    compare,
    parts_of,
)
from residency.testing.enumeration.evidence import Tally, evidence, evidence_text
from residency.testing.enumeration.sides import EngineSide, ReferenceSide, Side
from residency.testing.enumeration.stages import STAGES, Part, Stage, World

__all__ = [
    "ACCOUNT_ID",
    "STAGES",
    "Bench",
    "Case",
    "CountryCase",
    "Customer",
    "DataMapCase",
    "Difference",
    "EngineSide",
    "Held",
    "Outcome",
    "Part",
    "PlaceCase",
    "PlacementCase",
    "ReferenceSide",
    "RetentionCase",
    "Side",
    "Stage",
    "Tally",
    "Task",
    "TransferCase",
    "World",
    "compare",
    "evidence",
    "evidence_text",
    "parts_of",
]
