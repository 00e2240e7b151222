"""The JSON Schema of the policy document, for editors to complete and check while you write.

A schema cannot say that what is cited is declared, or that every territory has one rule: only
:func:`residency.policy.read_policy` accepts a document.
"""

from __future__ import annotations

__all__ = ["document_schema"]


def document_schema() -> str:
    """Return the schema, as the text of a JSON document (draft 7, which TOML editors know)."""
    from pathlib import Path  # which takes as long to import as to read a policy

    return Path(__file__).with_name("document.schema.json").read_text(encoding="utf-8")
