"""Suggestions: what a person may have meant, and never a decision."""

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.errors import ErrorKind
from residency.geography import TERRITORIES
from residency.geography import suggestion as module
from residency.geography.folding import fold
from residency.geography.gazetteer import Refusal
from residency.geography.suggestion import MOST_SUGGESTIONS, investigate
from tests.geography.countries import read, refusal_of


def _forget() -> None:
    for name in ("_parts", "_translated_names", "investigate"):
        vars(module)[name].cache_clear()


@pytest.fixture
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put ``request.param`` in the place of pycountry."""
    monkeypatch.setitem(sys.modules, "pycountry", request.param)
    _forget()
    yield
    monkeypatch.undo()
    _forget()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Germny", "DE"),
        ("Gernany", "DE"),
        ("Germanny", "DE"),
        ("Germnay", "DE"),
        ("Frnace", "FR"),
        ("Untied Kingdom", "GB"),
        ("United  Kingdom", "GB"),
        ("UnitedKingdom", "GB"),
        ("Swizerland", "CH"),
        ("Phillipines", "PH"),
        ("Columbia", "CO"),
        ("Lichtenstein", "LI"),
        ("Cote dIvoir", "CI"),
        ("Türkye", "TR"),
        ("Japn", "JP"),  # the shortest text that is compared
    ],
)
def test_a_slip_suggests_the_name(text: str, meant: str) -> None:
    """A letter missing, doubled, wrong or swapped, and loose spacing, suggest the English name."""
    refusal = refusal_of(text)
    assert refusal.kind is ErrorKind.UNKNOWN
    assert refusal.suggestions == (meant,)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Allemagne", "DE"),
        ("Deutschland", "DE"),
        ("Alemania", "DE"),
        ("Österreich", "AT"),
        ("Osterreich", "AT"),
        ("España", "ES"),
        ("espana", "ES"),
        ("Sverige", "SE"),
        ("Ελλάδα", "GR"),
        ("日本", "JP"),
        ("Éire", "IE"),
        ("Suisse", "CH"),
        ("🇫🇷", "FR"),
    ],
)
def test_another_language_suggests_the_territory(text: str, meant: str) -> None:
    """A name in another language, with or without its accents, and a flag suggest the territory."""
    refusal = refusal_of(text)
    assert refusal.kind is ErrorKind.UNKNOWN
    assert refusal.suggestions == (meant,)


def test_a_part_and_a_translation_are_both_suggested() -> None:
    """A name that is a part of one country and another country's in Spanish suggests both."""
    assert investigate("granada") == Refusal(ErrorKind.SUBDIVISION, ("ES", "NI", "GD"))  # type: ignore[arg-type]  # plain codes equal territories


@pytest.mark.parametrize(
    "text", ["xyzzy", "qx", "ger", "en-us", "x" * 256, "irak " * 50, "42", "ira", "cub", "fraz"]
)
def test_what_is_like_nothing_suggests_nothing(text: str) -> None:
    """Short codes, locales, long and senseless texts suggest nothing."""
    assert investigate(text) == Refusal(ErrorKind.UNKNOWN, ())


def test_no_more_than_five_are_suggested() -> None:
    """A name that parts of more than five countries bear suggests five of them."""
    assert len(set(investigate("central").suggestions)) == MOST_SUGGESTIONS == 5


def test_a_long_text_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """No near miss is looked for in a text longer than any name."""
    investigate("x" * 64)
    monkeypatch.setattr(module, "_names_less_a_letter", None)
    assert investigate("y" * 65) == Refusal(ErrorKind.UNKNOWN, ())


@pytest.mark.untraced
@given(st.text(max_size=80).map(fold))
def test_suggestions_are_few_and_valid(key: str) -> None:
    """Any text is refused with at most five territories, none twice."""
    refusal = investigate(key)
    assert refusal.kind in {ErrorKind.UNKNOWN, ErrorKind.SUBDIVISION}
    assert len(refusal.suggestions) <= MOST_SUGGESTIONS
    assert len(set(refusal.suggestions)) == len(refusal.suggestions)
    assert set(refusal.suggestions) <= set(TERRITORIES)


@pytest.mark.parametrize("name", [name for name in TERRITORIES.values() if len(name) > 5])
def test_a_name_less_a_letter_is_suggested_not_read(name: str) -> None:
    """The nearest miss of a name is still a miss."""
    refusal = refusal_of(name[:2] + name[3:])
    assert refusal.kind in {ErrorKind.UNKNOWN, ErrorKind.SUBDIVISION, ErrorKind.NOT_A_COUNTRY}


def test_what_is_remembered_is_bounded() -> None:
    """Misses are remembered up to a limit, whatever callers send."""
    limit = investigate.cache_info().maxsize
    assert limit is not None
    assert limit <= 10_000


def _raising() -> ModuleType:
    class Broken(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

    return Broken("pycountry")


@pytest.mark.parametrize("broken", [None, _raising()], ids=["missing", "raising"], indirect=True)
@pytest.mark.usefixtures("broken")
def test_without_pycountry_the_refusal_stands() -> None:
    """If pycountry is missing or broken, all is read and refused as before, with fewer hints."""
    assert read("Germany") == "DE"
    assert read("Türkiye") == "TR"
    assert read("England") is ErrorKind.SUBDIVISION
    assert refusal_of("Allemagne").suggestions == ()
    assert refusal_of("Allemagne").kind is ErrorKind.UNKNOWN
    assert refusal_of("US-CA").kind is ErrorKind.UNKNOWN
    assert refusal_of("Germny").suggestions == ("DE",)


_CHANGED = SimpleNamespace(
    subdivisions=[SimpleNamespace(code="QQ-1", name="Ruritania", country_code="QQ")],
    countries=[SimpleNamespace(alpha_2="??", name="Germany", flag=None)],
    LOCALES_DIR=".",
)


@pytest.mark.parametrize("broken", [_CHANGED], ids=["changed"], indirect=True)
@pytest.mark.usefixtures("broken")
def test_a_changed_record_decides_nothing() -> None:
    """Records that someone changed in the running pycountry neither decide nor are suggested."""
    assert read("Germany") == "DE"
    assert refusal_of("Ruritania").suggestions == ()
    assert refusal_of("QQ-1").suggestions == ()


def test_pycountry_is_not_imported_before_it_is_needed() -> None:
    """Accepted texts and listed refusals are answered without pycountry."""
    import subprocess

    program = (
        "import sys\n"
        "from residency.errors import CountryError\n"
        "from residency.geography import normalise\n"
        "normalise('Germany')\n"
        "try:\n"
        "    normalise('England')\n"
        "except CountryError:\n"
        "    print('pycountry' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout == "False\n"
