"""What is accepted as the country (semantics of "reading what the administrator typed")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.geography import TERRITORIES, gazetteer, normalise, territory
from tests.geography.countries import OFFICIAL, SPELLINGS, read

official = pytest.mark.parametrize(("spelling", "code"), SPELLINGS)
a_spelling = st.sampled_from(SPELLINGS)
white_space = st.text(" \t\r\n\x0b\x0c\x1c\x1f\x85\u00a0\u2003\u2028\u2029\u3000", max_size=5)


class TestOfficialSpellings:
    @official
    def test_each_is_accepted(self, spelling: str, code: str) -> None:
        """Each official code and each ISO, official and common name reads as its territory."""
        assert normalise(spelling) == code

    @official
    def test_case_makes_no_difference(self, spelling: str, code: str) -> None:
        """Each is accepted in lower case, capitals, title case and with the cases swapped."""
        forms = (spelling.lower(), spelling.upper(), spelling.title(), spelling.swapcase())
        assert {normalise(form) for form in forms} == {code}

    @given(a_spelling, white_space, white_space)
    def test_surrounding_space_makes_no_difference(
        self, spelling: tuple[str, str], before: str, after: str
    ) -> None:
        """Any white space around a text is ignored."""
        assert normalise(before + spelling[0] + after) == spelling[1]

    @official
    def test_full_width_makes_no_difference(self, spelling: str, code: str) -> None:
        """Each is accepted in the full-width forms that East Asian keyboards produce."""
        wide = "".join(
            chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character
            for character in spelling
        )
        assert normalise(wide) == code

    def test_all_249_and_one_more_are_territories(self) -> None:
        """The territories are the 249 official codes and XK, each with a name that is accepted."""
        assert set(TERRITORIES) == OFFICIAL | {"XK"}
        assert len(TERRITORIES) == 250
        assert {normalise(name): code for code, name in TERRITORIES.items()} == {
            code: code for code in TERRITORIES
        }

    def test_short_names(self) -> None:
        """A territory is called by its common name, else its ISO name, if that is accepted."""
        assert TERRITORIES[normalise("BO")] == "Bolivia"
        assert TERRITORIES[normalise("FR")] == "France"
        assert TERRITORIES[normalise("CG")] == "Republic of the Congo"


class TestAliases:
    @pytest.mark.parametrize(
        ("code", "spellings"),
        {
            "GB": "UK|U.K.|The UK|United Kingdom (UK)|the united kingdom",
            "GR": "EL",
            "ES": "IC|EA",
            "XK": "XK|XKX|XKK|Kosovo|Republic of Kosovo",
            "US": "USA|U.S.|U.S.A.|US|The United States|United States of America|the usa",
            "AE": "UAE|U.A.E.|The United Arab Emirates",
            "CI": "Ivory Coast|Cote d'Ivoire|Côte d’Ivoire|Cote d´Ivoire|COTE D'IVOIRE",
            "RU": "Russia|RUSSIA|Russian Federation (the)",
            "KR": "South Korea|Korea, Republic of|Korea, South|Republic of Korea|Korea (South)",
            "KP": "North Korea|DPRK|Korea, North|Korea (the Democratic People's Republic of)",
            "TR": "Turkey|Türkiye|Turkiye|TÜRKİYE|TURKEY|Tu\u0308rkiye",
            "CZ": "Czech Republic|Czechia|The Czech Republic",
            "VN": "Vietnam|Viet Nam|VIETNAM",
            "LA": "Laos|Lao PDR",
            "SY": "Syria",
            "IR": "Iran|Iran (Islamic Republic of)",
            "TZ": "Tanzania",
            "MD": "Moldova",
            "BO": "Bolivia",
            "VE": "Venezuela",
            "BN": "Brunei",
            "CV": "Cape Verde|Cabo Verde",
            "SZ": "Swaziland|Eswatini",
            "TL": "East Timor|Timor Leste",
            "MM": "Burma|Myanmar|Myanmar (Burma)",
            "VA": "Vatican|Vatican City|Holy See|The Vatican",
            "PS": "Palestine|Palestinian Territories|State of Palestine",
            "MO": "Macau|Macao SAR China",
            "HK": "Hong Kong SAR China|Hong Kong, China",
            "TW": "Taiwan|Taiwan, Province of China|Chinese Taipei",
            "NL": "The Netherlands|Netherlands (the)|Netherlands, The",
            "GM": "The Gambia|Gambia, The",
            "BS": "The Bahamas|Bahamas (the)",
            "IE": "Republic of Ireland|Ireland, Republic of",
            "CD": "DRC|DR Congo|Congo - Kinshasa|Congo (DRC)|Democratic Republic of Congo",
            "CG": "Congo - Brazzaville|Republic of the Congo|Congo (Brazzaville)",
            "MK": "FYROM|North Macedonia",
            "KN": "St. Kitts & Nevis|St Kitts and Nevis|Saint Kitts & Nevis",
            "LC": "St. Lucia|St Lucia|Saint Lucia",
            "VC": "St. Vincent & Grenadines|St Vincent and the Grenadines",
            "BL": "St. Barthélemy|Saint Barthelemy|St Barthelemy",
            "MF": "St. Martin (French part)",
            "SX": "Sint Maarten|St. Maarten",
            "SH": "St. Helena|Saint Helena",
            "PM": "St. Pierre & Miquelon",
            "BA": "Bosnia & Herzegovina|Bosnia|Bosnia-Herzegovina",
            "TT": "Trinidad & Tobago",
            "AG": "Antigua & Barbuda",
            "ST": "São Tomé & Príncipe|Sao Tome & Principe",
            "CW": "Curacao|Curaçao",
            "RE": "Reunion|Réunion",
            "AX": "Aland Islands|Åland|Åland Islands",
            "VG": "British Virgin Islands|BVI|Virgin Islands (British)",
            "VI": "U.S. Virgin Islands|US Virgin Islands|USVI",
            "UM": "U.S. Outlying Islands",
            "BQ": "Caribbean Netherlands",
            "CC": "Cocos Islands",
            "FK": "Falkland Islands",
            "FM": "Micronesia",
            "PN": "Pitcairn Islands",
            "SA": "KSA",
            "CN": "PRC|Mainland China",
            "ZA": "RSA",
        }.items(),
    )
    def test_common_forms_are_accepted(self, code: str, spellings: str) -> None:
        """What English-language forms commonly hold reads as the territory it names."""
        assert {spelling: read(spelling) for spelling in spellings.split("|")} == dict.fromkeys(
            spellings.split("|"), code
        )

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("Georgia", "GE"),
            ("Guinea", "GN"),
            ("Samoa", "WS"),
            ("Ireland", "IE"),
            ("Luxembourg", "LU"),
            ("Niger", "NE"),
            ("Dominica", "DM"),
            ("Jersey", "JE"),
            ("CA", "CA"),
            ("NA", "NA"),
            ("no", "NO"),
            ("Sudan", "SD"),
        ],
    )
    def test_an_iso_name_is_its_country(self, name: str, code: str) -> None:
        """A name or code of ISO 3166-1 is its country, whatever else is called so."""
        assert normalise(name) == code


class TestProperties:
    @given(a_spelling)
    def test_normalising_is_idempotent(self, spelling: tuple[str, str]) -> None:
        """A territory that was read is read as itself."""
        code = normalise(spelling[0])
        assert normalise(code) == code

    @pytest.mark.parametrize("code", ["FR", "gbr", " 276 ", "Türkiye"])
    def test_a_subclass_of_text_is_read_as_its_text(self, code: str) -> None:
        """A subclass such as NumPy's is read by its text; nothing it redefines is run."""

        class Hostile(str):
            __slots__ = ()

            def __eq__(self, other: object) -> bool:
                raise NotImplementedError

            def __hash__(self) -> int:
                raise NotImplementedError

            def __str__(self) -> str:
                return "US"

            def __len__(self) -> int:
                raise NotImplementedError

            def strip(self, chars: str | None = None, /) -> str:  # noqa: ARG002 - as its parent's
                return "US"

        assert normalise(Hostile(code)) == normalise(code)
        assert type(normalise(Hostile(code))) is str

    def test_the_fast_answer_is_the_slow_answer(self) -> None:
        """Each text that is answered at sight would be read as the same territory."""
        at_sight = {**gazetteer.ACCEPTED, **gazetteer.SPELLINGS}
        # With a space behind it no text is known at sight.
        assert {text: normalise(text + " ") for text in at_sight} == at_sight
        assert {text: normalise(text) for text in at_sight} == at_sight

    def test_what_is_spelled_as_its_source_spells_it_is_answered_at_sight(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Codes and names that forms hold most are found by one look-up, without folding."""
        monkeypatch.setattr(territory, "_read", None)
        assert {text: normalise(text) for text in gazetteer.SPELLINGS} == gazetteer.SPELLINGS

    def test_what_is_remembered_is_bounded(self) -> None:
        """Texts that were read are remembered up to a limit, whatever callers send."""
        remembered = vars(territory)["_read"].cache_info
        limit = remembered().maxsize
        for number in range(limit + 1):
            normalise("fr" + " " * (number % 200) + "\t" * (number // 200 + 1))
        assert remembered().currsize == limit
