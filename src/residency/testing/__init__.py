"""What a ledger author, an auditor or another implementation checks itself with.

:mod:`residency.testing.reference` is the slow, obvious evaluator that every answer can be compared
with; it needs no extra. :mod:`residency.testing.strategies` and :mod:`residency.testing.scenes`
make inputs for Hypothesis from a policy, and need ``residency[testing]``.
"""

from residency.testing.countries import refusals_of, territory_of
from residency.testing.reference import (
    Place,
    Placed,
    Question,
    Refused,
    Verdict,
    decide,
    locate,
    place,
    transfer,
)
from residency.testing.source import Document, read_document

__all__ = [
    "Document",
    "Place",
    "Placed",
    "Question",
    "Refused",
    "Verdict",
    "decide",
    "locate",
    "place",
    "read_document",
    "refusals_of",
    "territory_of",
    "transfer",
]
