"""Portable vectors: cases with their expected answers, as JSON for any language."""

from residency.testing.vectors.document import (
    SCHEMA_PATH,
    VECTORS_FORMAT,
    Disagreement,
    disagreements,
    vectors_text,
)

__all__ = ["SCHEMA_PATH", "VECTORS_FORMAT", "Disagreement", "disagreements", "vectors_text"]
