"""A refused document tells a program which value is to blame, and what was probably meant."""

import pytest

from residency.policy import read_policy
from tests.policy.documents import FOUR_ZONES, refusal

_TEXT = FOUR_ZONES.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "value", "suggestions"),
    [
        ('title = "Halcyon', 'titel = "Halcyon', "titel", ("title",)),
        ('except = ["GB"]', 'codes = ["GB", "GI"]\nexcept = ["GI", "GB"]', ("GB", "GI"), ()),
        (
            'aliases = ["Halcyon Deutschland"]',
            'aliases = ["halcyon post, inc."]',
            "Halcyon Post, Inc.",
            (),
        ),
        (
            ', halcyon-ltd = "UK", halcyon-inc = "US" }',
            " }",
            ("halcyon-ltd", "halcyon-inc"),
            (),
        ),
        ('codes = ["GB", "GG", "JE", "IM"]', 'codes = ["UK"]', "UK", ("GB",)),
        ('after = "creation" }]', 'after = "birth" }]', "birth", ("contract-end", "creation")),
        ("notice_days = 60", "notice_days = -1", -1, ()),
    ],
    ids=["key", "territories", "name", "entities", "territory", "event", "number"],
)
def test_what_is_to_blame_is_kept(
    old: str, new: str, value: object, suggestions: tuple[str, ...]
) -> None:
    """The value is what somebody wrote, or left out, and not the table that it stands in."""
    assert _TEXT.count(old) == 1, "the mistake is made in one place"
    error = refusal(_TEXT.replace(old, new).encode())
    assert (error.value, error.suggestions) == (value, suggestions)


def test_where_nothing_is_declared_nothing_is_suggested() -> None:
    """What cites an event of a document without events is told to declare it."""
    head, _, rest = _TEXT.partition("[events]")
    error = refusal((head + rest[rest.index("[[solutions]]") :]).encode())
    assert error.suggestions == ()
    assert "`creation` is not a known event: there is none yet: declare it" in error.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("notice_days = 60", "notice_days = 0"),
        ("notice_days = 60", "notice_days = 3660"),
        ('amount = 6, unit = "months"', 'amount = 1200, unit = "months"'),
        ('id = "halcyon"', 'id = "' + "h" * 64 + '"'),
        ('name = "European Union"', 'name = "' + "E" * 256 + '"'),
        ('"Art.3" = "A contract may name another zone."', '"Art.3" = "' + "A" * 1_000 + '"'),
    ],
    ids=["no notice", "notice", "months", "id", "name", "clause"],
)
def test_a_bound_is_within(old: str, new: str) -> None:
    """The least and the most that the schema allows are read."""
    assert _TEXT.count(old) == 1
    read_policy(_TEXT.replace(old, new).encode())
