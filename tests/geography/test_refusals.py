"""What is refused as the country: ten kinds, each with its own cause."""

from collections.abc import Iterator

import pycountry
import pytest

from residency.errors import ErrorKind
from residency.geography import TERRITORIES
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
