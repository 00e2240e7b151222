"""Any text at all is read as one territory, or refused in one line."""

from hypothesis import example, given
from hypothesis import strategies as st

from residency.errors import CountryError, ErrorKind
from residency.geography import TERRITORIES, Territory, normalise
from tests.geography.countries import (
    ASSIGNED,
    KINDS,
    read,
)

anything = st.one_of(
    st.text(),
    st.text(st.characters(max_codepoint=0x17F), max_size=12),
    st.from_regex(r"[A-Za-z]{2,4}|[0-9]{1,4}|[A-Za-z]{2}-[A-Za-z0-9]{1,3}", fullmatch=True),
    st.sampled_from([*ASSIGNED, *TERRITORIES.values()]).flatmap(
        lambda name: st.permutations(name).map("".join)
    ),
)


def _answer(text: str) -> tuple[Territory | None, CountryError | None]:
    try:
        return normalise(text), None
    except CountryError as refusal:
        return None, refusal


class TestEveryText:
    @given(anything)
    @example("`")
    @example("France`\n` is accepted")
    @example("\\")
    def test_a_text_is_a_territory_or_refused_in_one_line(self, text: str) -> None:
        """Any text reads as one territory or is refused with a kind, on one printable line."""
        territory, refusal = _answer(text)
        if refusal is None:
            assert territory in TERRITORIES
            assert normalise(territory) == territory
        else:
            assert refusal.kind in KINDS
            assert refusal.value == text
            assert str(refusal).isprintable()
            assert str(refusal)[0].islower()
            assert len(str(refusal)) < 400

    @given(anything)
    def test_suggestions_are_few_valid_and_distinct(self, text: str) -> None:
        """A refusal suggests at most five territories, none twice, and decides for none."""
        territory, refusal = _answer(text)
        if refusal is not None:
            assert territory is None
            assert len(refusal.suggestions) <= 5
            assert set(refusal.suggestions) <= set(TERRITORIES)
            assert len(set(refusal.suggestions)) == len(refusal.suggestions)

    @given(anything)
    def test_the_same_text_gets_the_same_answer(self, text: str) -> None:
        """The same text is answered alike each time, suggestions included."""
        (one, refusal), (other, again) = _answer(text), _answer(text)
        assert one == other
        assert str(refusal) == str(again)
        assert getattr(refusal, "suggestions", ()) == getattr(again, "suggestions", ())

    @given(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.binary()
        | st.dates()
        | st.lists(st.text())
        | st.dictionaries(st.text(), st.text())
    )
    def test_whatever_is_not_text_is_a_type_error(self, value: object) -> None:
        """No other value is ever read."""
        assert read(value) is ErrorKind.TYPE
