"""Pairs of policies: the bundled one, and what becomes of it by an edit."""

from __future__ import annotations

from residency.comparison import Comparison, compare
from residency.policy import Policy, load_policy, read_policy
from tests.policy.documents import BUNDLED

OLD = load_policy("xmedius")
_TEXT = BUNDLED.read_text(encoding="utf-8")

US_TERRITORIES = 'codes = ["US", "PR", "GU", "VI", "AS", "MP", "UM"]'
EU_UNION = 'union = "EU"\nsource = "TEU 52, TFEU 349 and 355: where'
EUROPE_UNION = 'union = "EU"\nsource = "TEU 52, TFEU 349 and 355; the'


def edited(*edits: tuple[str, str], text: str = _TEXT) -> Policy:
    """Return the bundled policy with each first text replaced by its second, wherever it stands."""
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    return read_policy(text.encode())


def compared(*edits: tuple[str, str]) -> Comparison:
    """Return what the edits change."""
    return compare(OLD, edited(*edits))
