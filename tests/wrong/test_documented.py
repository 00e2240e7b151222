"""The table of wrong implementations in the documentation."""

from tests.architecture.package import REPOSITORY
from tests.properties.running import PROPERTIES
from tests.wrong import consenting, keeping, placing, reading
from tests.wrong.wrong import WRONG

_PAGE = REPOSITORY / "docs" / "explanation" / "assurance.md"


def test_every_wrong_implementation_is_listed() -> None:
    """The page lists each of them in order, with its mistake and the property that catches it."""
    assert {consenting, keeping, placing, reading}
    rows = [
        f"| {wrong.implementation.__doc__} | `{wrong.caught_by}` |"
        for wrong in sorted(WRONG.values(), key=lambda each: list(PROPERTIES).index(each.caught_by))
    ]
    page = _PAGE.read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line in set(rows)] == rows
    assert f"{len(WRONG)} wrong implementations" in page


def test_every_property_is_listed() -> None:
    """The page names each property class."""
    page = _PAGE.read_text(encoding="utf-8")
    assert [name for name in PROPERTIES if f"`{name}`" not in page] == []
