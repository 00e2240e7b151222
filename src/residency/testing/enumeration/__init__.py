"""The complete enumeration of what can be asked of a policy, and the comparison of two sides."""

from residency.testing.enumeration.case import (
    ACCOUNT_ID,
    Case,
    Customer,
    Held,
    PlaceCase,
    PlacementCase,
    TransferCase,
)

__all__ = [
    "ACCOUNT_ID",
    "Case",
    "Customer",
    "Held",
    "PlaceCase",
    "PlacementCase",
    "TransferCase",
]
