"""What is refused as the country: ten kinds, each with its own cause."""

from collections.abc import Iterator
from unittest.mock import Mock

import pycountry
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from residency.errors import CountryError, ErrorKind
from residency.geography import TERRITORIES, Territory, normalise
from tests.geography.countries import (
    ASSIGNED,
    KINDS,
    SUBDIVISIONS,
    read,
    refusal_of,
    withdrawn_codes,
    words,
)


def _range(first: str, last: str) -> Iterator[str]:
    """Give the codes from ``first`` to ``last``, which differ in their last letter alone."""
    for letter in range(ord(first[-1]), ord(last[-1]) + 1):
        yield first[:-1] + chr(letter)


def test_there_are_ten_kinds() -> None:
    """One text for each of the ten kinds, and no kind besides."""
    examples = {
        "EMPTY": "",
        "TYPE": None,
        "TOO_LONG": "x" * 257,
        "INVALID_CHAR": "Fra\u200bnce",
        "UNKNOWN": "Ruritania",
        "AMBIGUOUS": "Congo",
        "SUBDIVISION": "US-CA",
        "WITHDRAWN": "AN",
        "RESERVED": "CP",
        "NOT_A_COUNTRY": "EU",
    }
    assert list(examples) == KINDS
    assert {kind: read(text) for kind, text in examples.items()} == {kind: kind for kind in KINDS}


class TestType:
    @pytest.mark.parametrize(
        "value",
        [None, False, True, 0, 250, 1.5, float("nan"), b"FR", bytearray(b"FR"), ["FR"], {"FR"}, {}],
        ids=repr,
    )
    def test_only_text_is_read(self, value: object) -> None:
        """Whatever is not text is refused, and kept in the error."""
        refusal = refusal_of(value)
        assert refusal.kind is ErrorKind.TYPE
        assert refusal.value is value

    @pytest.mark.parametrize(
        ("value", "cause"), [(False, "YAML"), (float("nan"), "pandas"), (250, "text")]
    )
    def test_the_usual_cause_is_named(self, value: object, cause: str) -> None:
        """YAML's unquoted NO and the missing value of pandas are explained."""
        assert cause in str(refusal_of(value))

    def test_what_only_claims_to_be_text_is_refused(self) -> None:
        """An object that lies about its class is refused, and none of its methods is called."""
        impostor = Mock(spec=str)
        assert isinstance(impostor, str)
        assert read(impostor) is ErrorKind.TYPE
        assert impostor.mock_calls == []

    def test_a_hostile_type_name_is_escaped(self) -> None:
        """A line break in the name of a type does not reach the message."""
        assert "\n" not in str(refusal_of(type("a\nb", (), {})()))


class TestLength:
    @pytest.mark.parametrize("text", ["x" * 257, " " * 257, "\u0300" * 100_000, "FR" + " " * 255])
    def test_the_raw_text_is_measured_first(self, text: str) -> None:
        """More than 256 characters are refused before anything else is done with them."""
        assert read(text) is ErrorKind.TOO_LONG

    def test_256_characters_are_read(self) -> None:
        """A text of exactly 256 characters is read."""
        assert read("FR" + " " * 254) == "FR"
        assert read("x" * 256) is ErrorKind.UNKNOWN


class TestEmpty:
    @pytest.mark.parametrize("text", ["", " ", "\t\r\n", "\u00a0", "\u3000\u2028\u2029\x85"])
    def test_nothing_but_white_space_is_empty(self, text: str) -> None:
        """A text of nothing or white space alone is empty."""
        assert read(text) is ErrorKind.EMPTY


class TestInvalidCharacters:
    @pytest.mark.parametrize(
        ("text", "character"),
        [
            ("\ufeffFR", "U+FEFF"),
            ("FR\ufeff", "U+FEFF"),
            ("\u200bFR", "U+200B"),
            ("FR\u200b", "U+200B"),
            ("F\u00adR", "U+00AD"),
            ("\u202eRF", "U+202E"),
            ("FR\u2066", "U+2066"),
            ("FR\x00", "U+0000"),
            ("F\tR", "U+0009"),
            ("France\nGermany", "U+000A"),
            ("France\u2028Germany", "U+2028"),
            ("\ud800", "U+D800"),
            ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "U+E0067"),
            ("F\ufe0fR", "U+FE0F"),
            ("\u3164FR", "U+3164"),
        ],
    )
    def test_unseen_characters_are_refused_by_name(self, text: str, character: str) -> None:
        """A character that no one sees is refused, inside or at an end, and named by its number."""
        refusal = refusal_of(text)
        assert refusal.kind is ErrorKind.INVALID_CHAR
        assert character in str(refusal)
        assert str(refusal).isprintable()


class TestUnknown:
    @pytest.mark.parametrize(
        "text",
        [
            "Ruritania",
            "Franc",
            "Fran",
            "Germany, France",
            "FR, DE",
            "United  Kingdom",
            "en-US",
            "fr-CA",
            "en_US",
            "Allemagne",
            "Deutschland",
            "🇫🇷",
            "12",
            "4",
            "0250",
            "٢٥٠",
            "F R",
            "FRA.",
            "GER",
            "E.U.A.E.",
        ],
    )
    def test_nothing_is_guessed(self, text: str) -> None:
        """Prefixes, lists, locales, other languages, flags and loose spellings are unknown."""
        assert read(text) is ErrorKind.UNKNOWN

    @pytest.mark.parametrize(
        "text",
        [
            "Ⅵ",
            "ⅵ",
            "ﬁ",
            "№",
            "™",
            "ß",
            "℠",
            "㏕",
            "\u212aR",
            "Eſ",
            "𝐅𝐑",
            "ⓕⓡ",
            "²⁵⁰",
            "𝟐𝟓𝟎",
            "ﬁn",
            "Ⅵ ",
            "ᵁˢ",
        ],
    )
    def test_a_code_must_be_typed_as_one(self, text: str) -> None:
        """A sign that only folds into a code is none: ligatures, numerals, letter-like symbols."""
        assert read(text) is ErrorKind.UNKNOWN

    @pytest.mark.parametrize("text", ["ﬅ.", "𝐀𝐍", "𝐀𝐍𝐇𝐇", "𝐔𝐒-𝐂𝐀", "𝐙𝐙", "𝐓𝟏", "𝟗𝟎𝟎", "𝐄𝐔"])
    def test_a_refused_code_must_be_typed_as_one_too(self, text: str) -> None:
        """Nor is such a sign a withdrawn, reserved or subdivision code."""
        assert read(text) is ErrorKind.UNKNOWN

    def test_a_name_may_hold_a_ligature(self) -> None:
        """A ligature inside a name is how some software writes the name."""
        assert read("ﬁnland") == "FI"
        assert read("Paciﬁc Islands") is ErrorKind.NOT_A_COUNTRY


class TestAmbiguous:
    @pytest.mark.parametrize(
        ("text", "candidates"),
        [
            ("Congo", {"CG", "CD"}),
            ("THE CONGO", {"CG", "CD"}),
            ("Congo (the)", {"CG", "CD"}),
            ("Korea", {"KR", "KP"}),
            ("Saint Martin", {"MF", "SX"}),
            ("St. Martin", {"MF", "SX"}),
            ("St Martin", {"MF", "SX"}),
            ("Virgin Islands", {"VG", "VI"}),
            ("Macedonia", {"MK", "GR"}),
            ("Guiana", {"GF", "GY", "SR"}),
            ("Channel Islands", {"JE", "GG"}),
            ("830", {"JE", "GG"}),
            ("Republic of China", {"TW", "CN"}),
            ("British Isles", {"GB", "IE"}),
            ("Borneo", {"BN", "ID", "MY"}),
        ],
    )
    def test_the_candidates_are_suggested(self, text: str, candidates: set[str]) -> None:
        """A name that several territories share is refused, with all of them as suggestions."""
        refusal = refusal_of(text)
        assert refusal.kind is ErrorKind.AMBIGUOUS
        assert set(refusal.suggestions) == candidates

    def test_america(self) -> None:
        """America is the United States, Canada, Mexico and more."""
        refusal = refusal_of("America")
        assert refusal.kind is ErrorKind.AMBIGUOUS
        assert {"US", "CA", "MX"} < set(refusal.suggestions)


class TestWithdrawn:
    @pytest.mark.parametrize("code", sorted(set(withdrawn_codes())))
    def test_each_withdrawn_code(self, code: str) -> None:
        """Each code of ISO 3166-3 that nobody bears today is withdrawn, with its successors."""
        refusal = refusal_of(code)
        assert refusal.kind is ErrorKind.WITHDRAWN
        assert refusal.suggestions

    @pytest.mark.parametrize(
        "record", list(pycountry.historic_countries), ids=lambda record: record.alpha_4
    )
    def test_each_withdrawn_name(self, record: object) -> None:
        """Each name of ISO 3166-3 is withdrawn, but for the one that is still in use."""
        name = str(getattr(record, "name", ""))
        assert read(name) == ("TL" if name == "East Timor" else ErrorKind.WITHDRAWN)

    @pytest.mark.parametrize("code", ["AI", "BQ", "BY", "GE", "SK", "ATF", "104", "626", "548"])
    def test_a_code_that_was_given_again_is_its_new_bearers(self, code: str) -> None:
        """A withdrawn code that is assigned today is accepted for its bearer."""
        assert code in ASSIGNED
        assert read(code) in TERRITORIES

    @pytest.mark.parametrize(
        ("text", "successors"),
        [
            ("AN", "CW SX BQ"),
            ("YU", "RS ME HR BA SI"),
            ("CS", "RS ME CZ SK"),
            ("DD", "DE"),
            ("East Germany", "DE"),
            ("USSR", "RU UA UZ KZ BY"),
            ("ZR", "CD"),
            ("Zaire", "CD"),
            ("TP", "TL"),
            ("BU", "MM"),
            ("FX", "FR"),
            ("Czechoslovakia", "CZ SK"),
            ("Serbia and Montenegro", "RS ME"),
            ("Netherlands Antilles", "CW SX BQ"),
            ("ROM", "RO"),
            ("Ceylon", "LK"),
        ],
    )
    def test_the_successors_are_suggested(self, text: str, successors: str) -> None:
        """What took the place of a withdrawn code or name is suggested."""
        refusal = refusal_of(text)
        assert refusal.kind is ErrorKind.WITHDRAWN
        assert refusal.suggestions == tuple(successors.split())


class TestReserved:
    @pytest.mark.parametrize(
        ("code", "suggestion"),
        [
            ("AC", "SH"),
            ("ASC", "SH"),
            ("CP", "FR"),
            ("CPT", "FR"),
            ("CQ", "GG"),
            ("DG", "IO"),
            ("DGA", "IO"),
            ("TA", "SH"),
            ("TAA", "SH"),
            ("SF", "FI"),
            ("RA", "AR"),
            ("FL", "LI"),
            ("EW", "EE"),
            ("JA", "JM"),
            ("RP", "PH"),
            ("ROK", "KR"),
            ("EAK", "KE"),
            ("GBJ", "JE"),
        ],
    )
    def test_a_reserved_code_is_no_country(self, code: str, suggestion: str) -> None:
        """A code that ISO 3166/MA reserves for something else is refused, with what it is near."""
        refusal = refusal_of(code)
        assert refusal.kind is ErrorKind.RESERVED
        assert refusal.suggestions == (suggestion,)


class TestNotACountry:
    @pytest.mark.parametrize(
        "code",
        [
            "AA",
            *_range("QM", "QZ"),
            *(code for code in _range("XA", "XZ") if code not in {"XI", "XK"}),
            "ZZ",
            "AAA",
            "AAZ",
            "QMA",
            "QZZ",
            "XAA",
            "XZZ",
            "ZZA",
            "ZZZ",
            "900",
            "999",
        ],
    )
    def test_codes_left_to_users(self, code: str) -> None:
        """The codes that ISO 3166-1 leaves to users name no country, but for XK and XI."""
        assert read(code) is ErrorKind.NOT_A_COUNTRY
        assert read(code.lower()) is ErrorKind.NOT_A_COUNTRY

    @pytest.mark.parametrize("code", ["AB", "QL", "QLZ", "YZ", "ABA", "ZYZ", "899"])
    def test_the_codes_beside_them_are_unknown(self, code: str) -> None:
        """The ranges end where ISO 3166-1 ends them."""
        assert read(code) is ErrorKind.UNKNOWN

    @pytest.mark.parametrize(
        "text",
        words(
            "EU|European Union|Europe|EUROPE|EZ|Eurozone|UN|United Nations|EEA|AP|EP|WO|T1|"
            "A1|A2|O1|Africa|Asia|North America|South America|Oceania|Americas|001|150|419|"
            "World|Worldwide|N/A|n/a|None|null|NaN|Unknown|Other|International|Global|"
            "Please select|-|--|?|Scandinavia|Middle East|Caribbean|EMEA|Benelux|Stateless",
            "|",
        ),
    )
    def test_unions_regions_and_placeholders(self, text: str) -> None:
        """Unions, continents, regions, network codes and placeholders are no country."""
        assert read(text) is ErrorKind.NOT_A_COUNTRY


class TestSubdivision:
    def test_each_iso_3166_2_code(self) -> None:
        """Each code of ISO 3166-2 is a part of the country that its first letters name."""
        wrong = {
            code: refusal
            for code, _ in SUBDIVISIONS
            if (refusal := refusal_of(code)).kind is not ErrorKind.SUBDIVISION
            or refusal.suggestions[0] != code[:2]
        }
        assert wrong == {}

    def test_a_part_with_the_name_of_a_country(self) -> None:
        """A part's name is accepted only where it is also the name of a country."""
        shared = {
            name: territory for _, name in SUBDIVISIONS if (territory := read(name)) in TERRITORIES
        }
        assert (
            shared.items()
            <= {
                "American Samoa": "AS",
                "Aruba": "AW",
                "Ba": "BA",
                "Belize": "BZ",
                "Curaçao": "CW",
                "Djibouti": "DJ",
                "Est": "EE",
                "Georgia": "GE",
                "Guadeloupe": "GP",
                "Guam": "GU",
                "Guatemala": "GT",
                "Hong Kong SAR": "HK",
                "Luxembourg": "LU",
                "Macao SAR": "MO",
                "Mali": "ML",
                "Martinique": "MQ",
                "Mayotte": "YT",
                "Niger": "NE",
                "Northern Mariana Islands": "MP",
                "Puerto Rico": "PR",
                "Saint Helena": "SH",
                "Saint-Barthélemy": "BL",
                "Sint Maarten": "SX",
                "United States Minor Outlying Islands": "UM",
                "Virgin Islands, U.S.": "VI",
            }.items()
        )

    @pytest.mark.parametrize(
        ("text", "countries"),
        [
            ("US-CA", "US"),
            ("us-ca", "US"),
            ("ＵＳ－ＣＡ", "US"),
            ("ES-CA", "ES"),
            ("GB-ENG", "GB"),
            ("US-PR", "US PR"),
            ("FR-NC", "FR NC"),
            ("England", "GB"),
            ("Scotland", "GB"),
            ("Wales", "GB"),
            ("Northern Ireland", "GB"),
            ("Great Britain", "GB"),
            ("Britain", "GB"),
            ("XI", "GB"),
            ("Holland", "NL"),
            ("Bavaria", "DE"),
            ("Catalonia", "ES"),
            ("Canary Islands", "ES"),
            ("Ceuta & Melilla", "ES"),
            ("Azores", "PT"),
            ("Madeira", "PT"),
            ("Hawaii", "US"),
            ("Alaska", "US"),
            ("California", "US"),
            ("Georgia, USA", "US"),
            ("Quebec", "CA"),
            ("Ontario", "CA"),
            ("Northern Cyprus", "CY"),
            ("Bonaire", "BQ"),
            ("Svalbard", "SJ"),
            ("Trinidad", "TT"),
            ("Antigua", "AG"),
            ("Punjab", "IN PK"),
            ("Catalunya", "ES"),
            ("Cataluña", "ES"),
        ],
    )
    def test_the_country_is_suggested(self, text: str, countries: str) -> None:
        """A part of a country is refused, with the country as a suggestion."""
        refusal = refusal_of(text)
        assert refusal.kind is ErrorKind.SUBDIVISION
        assert refusal.suggestions == tuple(countries.split())


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
