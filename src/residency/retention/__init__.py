"""How long data is kept, until when it must be deleted, and what is held where (semantics §4)."""

from residency.retention.datamap import DataMapRow, data_map
from residency.retention.deadline import Due, DueStatus, due
from residency.retention.limit import NOT_STATED, Retention, in_words, retention

__all__ = [
    "NOT_STATED",
    "DataMapRow",
    "Due",
    "DueStatus",
    "Retention",
    "data_map",
    "due",
    "in_words",
    "retention",
]
