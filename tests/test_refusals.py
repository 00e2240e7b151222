"""Each refusal of the decision core has its kind, keeps the value refused, and names what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from attrs import evolve

from residency import Account, Agreement, Context, Designation, Guard, Router, load_policy
from residency.checks import (
    read_clock,
    require_callable,
    require_date,
    require_instance,
    require_moment,
    require_str,
    require_text,
    require_texts,
)
from residency.destination import locate
from residency.errors import (
    AgreementError,
    CategoryError,
    ConsentError,
    DestinationError,
    EntityError,
    ErrorKind,
    InputError,
    SolutionError,
)
from residency.geography import normalise
from tests.refusals import refused, told
from tests.samples import DAY, NOON, german

POLICY = load_policy("xmedius")
ROUTER = Router(POLICY)
SOLUTIONS = tuple(POLICY.solutions)
MANY = tuple(map(str, range(257)))
# The classes as they are, for calls that a type checker would refuse too.
_ACCOUNT: Any = Account
_AGREEMENT: Any = Agreement
_CONTEXT: Any = Context
_DESIGNATION: Any = Designation
_GUARD: Any = Guard
_ROUTER: Any = Router


def _fail() -> datetime:
    raise ZeroDivisionError


_NAIVE = NOON.replace(tzinfo=None)
_FAR = datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("call", "kind", "value"),
    [
        (lambda: require_instance("1", int, "it", error=ConsentError), ErrorKind.TYPE, "1"),
        (lambda: require_str(1, "it", error=ConsentError), ErrorKind.TYPE, 1),
        (lambda: require_text(1, "it", error=ConsentError), ErrorKind.TYPE, 1),
        (lambda: require_text("", "it", error=ConsentError), ErrorKind.EMPTY, ""),
        (lambda: require_text(" ", "it", error=ConsentError), ErrorKind.EMPTY, " "),
        (lambda: require_text("abc", "it", error=ConsentError, longest=2), "TOO_LONG", "abc"),
        (lambda: require_text("a\n", "it", error=ConsentError), ErrorKind.INVALID_CHAR, "a\n"),
        (lambda: require_texts("abc", "it", error=ConsentError), ErrorKind.TYPE, "abc"),
        (lambda: require_texts([], "it", error=ConsentError), ErrorKind.EMPTY, []),
        (lambda: require_texts(MANY, "it", error=ConsentError), ErrorKind.TOO_LARGE, MANY),
    ],
    ids=map(str, range(10)),
)
def test_a_check_raises_the_error_it_was_given(
    call: Callable[[], object], kind: str, value: object
) -> None:
    """A check raises what its caller said, with the kind and the value, and names the argument."""
    assert told(call) == (ConsentError, kind, value)
    assert str(refused(call)).startswith("it ")


def test_an_entry_is_refused_as_one() -> None:
    """Of several texts the one that is refused is told, as an entry of them."""
    error = refused(lambda: require_texts(["a", ""], "it", error=ConsentError))
    assert (type(error), error.kind, error.value) == (ConsentError, ErrorKind.EMPTY, "")
    assert str(error).startswith("an entry of it ")
    assert require_texts(MANY[1:], "it", error=ConsentError) == set(MANY[1:])


@pytest.mark.parametrize(
    ("call", "kind", "value"),
    [
        (lambda: require_instance("1", int, "it"), ErrorKind.TYPE, "1"),
        (lambda: require_str(1, "it"), ErrorKind.TYPE, 1),
        (lambda: require_text("", "it"), ErrorKind.EMPTY, ""),
        (lambda: require_callable(7, "it"), ErrorKind.TYPE, 7),
        (lambda: require_date("now", "it"), ErrorKind.INVALID_DATE, "now"),
        (lambda: require_date(NOON, "it"), ErrorKind.INVALID_DATE, NOON),
        (lambda: require_moment("now", "it"), ErrorKind.TYPE, "now"),
        (lambda: require_moment(_NAIVE, "it"), ErrorKind.NAIVE_TIME, _NAIVE),
        (lambda: require_moment(_FAR, "it"), ErrorKind.INVALID_DATE, _FAR),
    ],
    ids=map(str, range(9)),
)
def test_a_check_raises_an_input_error(
    call: Callable[[], object], kind: str, value: object
) -> None:
    """Where its caller says nothing else, a check raises an input error."""
    assert told(call) == (InputError, kind, value)
    assert str(refused(call)).startswith("it ")


def test_a_clock_is_refused_as_one() -> None:
    """A clock that fails is told; so is what it answers, if that is no moment."""
    assert told(lambda: read_clock(_fail)) == (InputError, ErrorKind.TYPE, _fail)
    assert isinstance(refused(lambda: read_clock(_fail)).__cause__, ZeroDivisionError)
    error = refused(lambda: read_clock(lambda: "now"))
    assert (error.kind, error.value) == (ErrorKind.TYPE, "now")
    assert str(error).startswith("the clock's answer ")
    assert read_clock(lambda: NOON) == NOON


def test_a_moment_is_the_same_in_utc() -> None:
    """An hour east of Greenwich noon is an hour earlier; whatever the fold says."""
    east = timezone(timedelta(hours=1))
    assert require_moment(datetime(2023, 5, 1, 13, tzinfo=east), "it") == NOON
    found = require_moment(datetime(2023, 5, 1, 13, tzinfo=east, fold=1), "it")
    assert (found, found.tzinfo, found.fold) == (NOON, UTC, 0)


_TWO = (Agreement("xm-fax", "US", "a", date(2021, 1, 1)),) * 2


@pytest.mark.parametrize(
    ("changes", "error", "kind", "value"),
    [
        ({"solution": ""}, AgreementError, ErrorKind.EMPTY, ""),
        ({"zone": 7}, AgreementError, ErrorKind.TYPE, 7),
        ({"reference": "a\n"}, AgreementError, ErrorKind.INVALID_CHAR, "a\n"),
        ({"date": "now"}, InputError, ErrorKind.INVALID_DATE, "now"),
    ],
)
def test_an_agreement_is_refused_with_what_is_wrong(
    changes: dict[str, object], error: type[InputError], kind: ErrorKind, value: object
) -> None:
    """An agreement tells which of its parts is refused."""
    fields = {"solution": "xm-fax", "zone": "US", "reference": "a", "date": date(2021, 1, 1)}
    assert told(lambda: _AGREEMENT(**fields | changes)) == (error, kind, value)
    message = str(refused(lambda: _AGREEMENT(**fields | changes)))
    assert message.startswith(f"the agreement's {next(iter(changes))} ")


@pytest.mark.parametrize(
    ("changes", "error", "kind", "value", "what"),
    [
        ({"id": ""}, InputError, ErrorKind.EMPTY, "", "the account id"),
        ({"order_entity": 7}, EntityError, ErrorKind.TYPE, 7, "the order entity"),
        ({"order_entity": "x" * 257}, EntityError, "TOO_LONG", "x" * 257, "the order entity"),
        ({"setup_date": NOON}, InputError, ErrorKind.INVALID_DATE, NOON, "the setup date"),
        ({"agreements": [_TWO[0]]}, AgreementError, ErrorKind.TYPE, [_TWO[0]], "agreements"),
        ({"agreements": ("US",)}, AgreementError, ErrorKind.TYPE, "US", "an agreement"),
        ({"agreements": _TWO}, AgreementError, ErrorKind.CONFLICT, _TWO[1], "two agreements"),
    ],
)
def test_an_account_is_refused_with_what_is_wrong(
    changes: dict[str, object], error: type[InputError], kind: str, value: object, what: str
) -> None:
    """An account tells which of its parts is refused."""
    fields = {"id": "acme", "setup_country": "DE", "setup_date": date(2021, 1, 1)}
    assert told(lambda: _ACCOUNT(**fields | changes)) == (error, kind, value)
    assert str(refused(lambda: _ACCOUNT(**fields | changes))).startswith(f"{what} ")


def test_an_entity_may_be_as_long_as_a_text() -> None:
    """256 characters are a name, and an entity of them is compared folded."""
    assert _ACCOUNT("a", "DE", "X" * 256, setup_date=date(2021, 1, 1)).key.endswith("|" + "x" * 256)


_PLACED = ROUTER.place(german(), "xm-fax")
_LARGE = "x" * 100_001
_HELD = Designation.of(german(), _PLACED).to_json()


@pytest.mark.parametrize(
    ("call", "kind", "value", "what"),
    [
        (lambda: _DESIGNATION("", DAY, _PLACED), "EMPTY", "", "the account id"),
        (lambda: _DESIGNATION("a", 7, _PLACED), "INVALID_DATE", 7, "the setup date"),
        (lambda: _DESIGNATION("a", date.min, 7), "TYPE", 7, "the placement"),
        (lambda: _DESIGNATION.of("acme", _PLACED), "TYPE", "acme", "the account"),
        (lambda: _DESIGNATION.of(german(), "EU"), "TYPE", "EU", "the placement"),
        (
            lambda: Designation.of(german(), evolve(_PLACED, territory=normalise("FR"))),
            "CONFLICT",
            evolve(_PLACED, territory=normalise("FR")),
            "the placement",
        ),
        (lambda: _DESIGNATION.from_json(7), "TYPE", 7, "the designation"),
        (lambda: Designation.from_json(_LARGE), "TOO_LARGE", _LARGE, "the designation"),
        (lambda: Designation.from_json("{"), "MALFORMED", "{", "the designation"),
    ],
    ids=map(str, range(9)),
)
def test_a_designation_is_refused_with_what_is_wrong(
    call: Callable[[], object], kind: str, value: object, what: str
) -> None:
    """A designation tells which of its parts is refused, or the whole text that is none."""
    assert told(call) == (InputError, kind, value)
    assert str(refused(call)).startswith(f"{what} ")


def test_a_text_as_long_as_is_said_is_read() -> None:
    """100,000 characters are read, and what is not ASCII stands there as it is."""
    assert Designation.from_json(_HELD.ljust(100_000)).account == "acme"
    spelled = Designation("é", date(2021, 1, 1), _PLACED).to_json()
    assert '"é"' in spelled
    assert "§5(ii)" in spelled


@pytest.mark.parametrize(
    ("changes", "kind", "value", "what"),
    [
        ({"zones": ["EU"]}, "TYPE", ["EU"], "zones"),
        ({"zones": ()}, "EMPTY", (), "zones"),
        ({"zones": (None,)}, "TYPE", None, "one of zones"),
        ({"hosting": "FR"}, "TYPE", "FR", "hosting"),
        ({"hosting": ("",)}, "EMPTY", "", "one of hosting"),
        ({"solution": ""}, "EMPTY", "", "the solution"),
        ({"territory": 7}, "TYPE", 7, "the territory"),
        ({"clause": "\n"}, "EMPTY", "\n", "the clause"),
        ({"policy": "xmedius"}, "TYPE", "xmedius", "the policy"),
        ({"agreement": "MSA"}, "TYPE", "MSA", "the agreement"),
    ],
)
def test_a_placement_is_refused_with_what_is_wrong(
    changes: dict[str, Any], kind: str, value: object, what: str
) -> None:
    """A placement tells which of its parts is refused."""
    assert told(lambda: evolve(_PLACED, **changes)) == (InputError, kind, value)
    assert str(refused(lambda: evolve(_PLACED, **changes))).startswith(f"{what} ")


_BRAZIL = Account("acme", "Brazil", setup_date=date(2021, 1, 1))
_NOBODY = Account("acme", "Brazil", "Nobody", setup_date=date(2021, 1, 1))
_AGREED = Agreement("xm-connect", "EU", "MSA", date(2021, 1, 1))
_ABROAD = Account("acme", "Brazil", setup_date=date(2021, 1, 1), agreements=(_AGREED,))
_ENTITIES = ("xmedius-solutions", "xmedius-europe")


@pytest.mark.parametrize(
    ("call", "error", "kind", "value", "suggestions"),
    [
        (lambda: _ROUTER("xmedius"), InputError, "TYPE", "xmedius", ()),
        (lambda: _ROUTER(POLICY).place("acme", "xm-fax"), InputError, "TYPE", "acme", ()),
        (lambda: ROUTER.place(_BRAZIL, "x"), SolutionError, "UNKNOWN_SOLUTION", "x", SOLUTIONS),
        (lambda: _ROUTER(POLICY).place(_BRAZIL, 7), SolutionError, "TYPE", 7, ()),
        (lambda: ROUTER.place(_BRAZIL, "xm-fax"), EntityError, "MISSING_ENTITY", None, _ENTITIES),
        (
            lambda: ROUTER.place(_NOBODY, "xm-fax"),
            EntityError,
            "UNKNOWN_ENTITY",
            "Nobody",
            _ENTITIES,
        ),
        (
            lambda: ROUTER.place(_ABROAD, "xm-connect"),
            AgreementError,
            "NO_STORAGE",
            _AGREED,
            ("US",),
        ),
    ],
    ids=map(str, range(7)),
)
def test_a_router_refuses_with_what_there_is(
    call: Callable[[], object],
    error: type[InputError],
    kind: str,
    value: object,
    suggestions: tuple[str, ...],
) -> None:
    """§1: what cannot be placed is told, with what there is to choose from."""
    assert told(call) == (error, kind, value)
    assert refused(call).suggestions == suggestions


@pytest.mark.parametrize("text", ["", 7, (), MANY, "country:Atlantis", "zone:XX", "nowhere"])
def test_a_destination_is_refused_with_its_value(text: object) -> None:
    """A destination that is none is told as it was given."""
    kinds: dict[object, ErrorKind] = {"": ErrorKind.EMPTY, 7: ErrorKind.TYPE}
    kind = kinds.get(text, ErrorKind.UNKNOWN_LOCATION)
    assert told(lambda: locate(text, POLICY, date(2021, 1, 1))) == (DestinationError, kind, text)


def test_as_many_places_as_are_allowed_are_located() -> None:
    """256 places are one destination, in the order of their labels."""
    places = ["country:FR", *["country:DE"] * 255]
    assert [each.label for each in locate(places, POLICY, date(2021, 1, 1))] == [
        "country:DE",
        "country:FR",
    ]


@pytest.mark.parametrize(
    ("changes", "error", "kind", "value", "what"),
    [
        ({"category": ""}, CategoryError, "EMPTY", "", "the category"),
        ({"purpose": 7}, InputError, "TYPE", 7, "the purpose"),
        ({"at": "now"}, InputError, "TYPE", "now", "the context's moment"),
        ({"exemption": "PERSONNEL"}, InputError, "TYPE", "PERSONNEL", "the exemption"),
    ],
)
def test_a_context_is_refused_with_what_is_wrong(
    changes: dict[str, object], error: type[InputError], kind: str, value: object, what: str
) -> None:
    """A context tells which of its parts is refused."""
    assert told(lambda: _CONTEXT(**changes)) == (error, kind, value)
    assert str(refused(lambda: _CONTEXT(**changes))).startswith(f"{what} ")


_PINNED = Designation.of(german(), _PLACED)


@pytest.mark.parametrize(
    ("call", "error", "kind", "value", "what"),
    [
        (lambda: _GUARD("xmedius"), InputError, "TYPE", "xmedius", "the router"),
        (lambda: _GUARD(ROUTER, "memory:"), InputError, "TYPE", "memory:", "the ledger"),
        (lambda: _GUARD(ROUTER, clock=7), InputError, "TYPE", 7, "the clock"),
        (lambda: _GUARD(ROUTER, cache_size="1"), InputError, "TYPE", "1", "cache_size"),
        (lambda: _GUARD(ROUTER, cache_size=-1), InputError, "MALFORMED", -1, "cache_size"),
        (lambda: _GUARD(ROUTER, cache_size=True), InputError, "TYPE", True, "cache_size"),
        (lambda: _GUARD(ROUTER, exemptions=1), InputError, "TYPE", 1, "exemptions"),
        (lambda: _GUARD(ROUTER).place(_PINNED, 7), SolutionError, "TYPE", 7, "the solution"),
        (lambda: _GUARD(ROUTER).place(_PINNED, "x"), SolutionError, "CONFLICT", "x", "the desig"),
        (lambda: _GUARD(ROUTER).place(german()), SolutionError, "UNKNOWN_SOLUTION", None, "an "),
        (lambda: _GUARD(ROUTER).place("a", "xm-fax"), InputError, "TYPE", "a", "the account"),
        (
            lambda: _GUARD(ROUTER).decide(german(), "xm-fax", to="zone:EU", context="x"),
            InputError,
            "TYPE",
            "x",
            "context",
        ),
    ],
    ids=map(str, range(12)),
)
def test_a_guard_refuses_with_what_is_wrong(
    call: Callable[[], object], error: type[InputError], kind: str, value: object, what: str
) -> None:
    """A guard tells which of its parts, or of what it is asked, is refused."""
    assert told(call) == (error, kind, value)
    assert str(refused(call)).startswith(what)


def test_a_category_is_refused_with_those_there_are() -> None:
    """A category that a solution does not hold is told, with those that it does."""
    guard = Guard(ROUTER)
    voice = Context(category="voice")

    def asked() -> object:
        return guard.decide(german(), "xm-fax", to="zone:EU", context=voice)

    def asked_elsewhere() -> object:
        return asyncio.run(guard.decide_async(german(), "xm-fax", to="zone:EU", context=voice))

    held = tuple(each.id for each in POLICY.solutions["xm-fax"].categories)
    for decide in (asked, asked_elsewhere):
        assert told(decide) == (CategoryError, ErrorKind.UNKNOWN_CATEGORY, "voice")
        assert refused(decide).suggestions == held
