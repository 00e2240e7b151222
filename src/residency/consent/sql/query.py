"""Queries and their rows, as far as their types go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Insert, Select, Update

__all__ = ["Query", "Row", "Statement"]

Query: TypeAlias = Select[*tuple[Any, ...]]
"""A query; what its columns hold is for the reader of the rows to check."""

Statement: TypeAlias = Query | Insert | Update
"""What a database is asked to do, with all of its parameters named."""

Row: TypeAlias = Sequence[Any]
"""A row as the driver returns it."""
