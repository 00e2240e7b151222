"""The enumeration: that it is complete, and that engine and reference agree all over it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch

import pytest

from residency import Decision, Guard, Reason, Router, load_policy
from residency.consent import ConsentEvent
from residency.errors import CountryError, ErrorKind
from residency.policy import read_policy
from residency.testing import read_document
from residency.testing.enumeration import (
    STAGES,
    Bench,
    Case,
    CountryCase,
    Customer,
    EngineSide,
    Part,
    PlacementCase,
    ReferenceSide,
    Tally,
    Task,
    TransferCase,
    World,
    compare,
    parts_of,
)
from residency.testing.enumeration.consents import STATES, Aim
from residency.testing.enumeration.sides import HeldEvents
from residency.testing.source import GEOGRAPHY
from tests.policy import documents
from tests.samples import consent, given

_DATA = {
    "xmedius": documents.BUNDLED.read_bytes(),
    "four-zones": documents.FOUR_ZONES.read_bytes(),
}
_WORLDS = {name: World(read_document(data)) for name, data in _DATA.items()}

each_policy = pytest.mark.parametrize("name", _DATA)
each_stage = pytest.mark.parametrize("stage", STAGES)


def _some(world: World, stage: str) -> list[Part]:
    """Return a part or two of a stage: those that are many are small."""
    last = STAGES[stage].size(world) - 1
    return [Part(stage, number) for number in ((0, last) if last > 99 else (last // 2,))]


def _cases(world: World, part: Part) -> list[Case]:
    return list(STAGES[part.stage].cases(world, part.number))


@each_policy
@each_stage
def test_engine_and_reference_agree(name: str, stage: str) -> None:
    """On every case of these parts both sides give the same answer; `residency verify` does all."""
    bench = Bench(Task(_DATA[name]))
    for part in _some(bench.world, stage):
        outcome = bench.compare(part)
        assert outcome.differences == ()
        assert outcome.agreed == outcome.compared > 0


@each_policy
@each_stage
def test_no_case_is_asked_twice(name: str, stage: str) -> None:
    """Each case of a part has a line of its own, in one piece: the line holds all that it asks."""
    world = _WORLDS[name]
    for part in _some(world, stage):
        lines = [case.line for case in _cases(world, part)]
        assert len(set(lines)) == len(lines)
        assert [line for line in lines if not line.isprintable() or "\t" in line] == []


def test_each_refused_spelling_is_asked_about_as_it_is_written() -> None:
    """`EU` is asked about as well as `eu`: one may refuse the one and not the other."""
    world = _WORLDS["xmedius"]
    asked = {case for part in parts_of(world, ["typed"]) for case in _cases(world, part)}
    assert {CountryCase(text) for text in ("EU", "eu", "Congo", "congo", "N/A")} <= asked
    written = {spelling for spelling, *_ in GEOGRAPHY["refused"]}
    assert set(map(CountryCase, written)) <= asked


@pytest.mark.parametrize("text", ["Congo", "EU", "DDR", "EW", "Holland", "", "x" * 257, "D\u200be"])
def test_the_kind_of_a_refusal_counts(text: str) -> None:
    """An engine that refuses a country for another reason does not agree with the reference."""
    wrong = CountryError("no", kind=ErrorKind.RESERVED if text != "EW" else ErrorKind.EMPTY)
    case, router = CountryCase(text), Router(load_policy("xmedius"))
    expected = ReferenceSide(_WORLDS["xmedius"].document).answer(case)
    assert EngineSide(router).answer(case) == expected
    with patch("residency.testing.enumeration.sides.normalise", side_effect=wrong):
        assert EngineSide(router).answer(case) != expected


@each_policy
def test_every_account_is_asked_about(name: str) -> None:
    """Placements are asked for each territory, era, entity, missing and unknown, and solution."""
    world, policy = _WORLDS[name], load_policy(documents.BUNDLED)
    if name == "four-zones":
        policy = load_policy(documents.FOUR_ZONES)
    parts = parts_of(world, ["placements"])
    assert len(parts) == 250
    cases = _cases(world, parts[-1])
    plain = {
        (case.customer.entity, case.customer.setup_date, case.solution)
        for case in cases
        if isinstance(case, PlacementCase) and case.customer.agreement is None
    }
    boundaries = policy.memberships.boundaries
    days = {date.fromordinal(day.toordinal() - step) for day in boundaries for step in (0, 1)}
    entities = {*policy.entities, None, "Nobody & Sons"}
    solutions = {*policy.solutions, "no-such-solution"}
    assert plain == {(e, day, s) for e in entities for day in days for s in solutions}


@each_policy
def test_every_placement_has_its_spot(name: str) -> None:
    """Each clause and zone of the decision table has an account in the stages about consents."""
    world = _WORLDS[name]
    router = Router(load_policy(documents.BUNDLED if name == "xmedius" else documents.FOUR_ZONES))
    table = {
        (row.placement.solution, row.placement.zones, row.placement.clause)
        for row in router.table()
    }
    spots = {
        (spot.solution, placed.zones, placed.clause)
        for spot in world.spots
        for placed in spot.placed
        if placed is not None
    }
    agreed = {
        (solution.id, (zone,), router.policy.agreement_clause)
        for solution in router.policy.solutions.values()
        for zone in solution.storage
    }
    assert spots == table | agreed


@each_policy
def test_every_reason_is_decided(name: str) -> None:
    """The cases are decided for every reason that a policy can give: no class is empty."""
    world = _WORLDS[name]
    reference = ReferenceSide(world.document)
    found = {
        reference.answer(case).split()[1]
        for stage in ("consents", "exemptions")
        for case in _cases(world, Part(stage, 0))
    }
    expected = set(Reason) - {Reason.UNDECLARED_HOSTING}
    assert found == expected | ({Reason.UNDECLARED_HOSTING} if name == "four-zones" else set())


@pytest.mark.parametrize("clause", ["Art.2(c)", "Art.2(e)"])
def test_rules_of_one_clause_each_have_their_spots(clause: str) -> None:
    """Where two rules cite one clause, the placements of both are asked about.

    Even where one of them leads the first order entity where the other leads everyone.
    """
    text = _DATA["four-zones"].decode().replace(f'"{clause}"\n', '"Art.2(a)"\n')
    one, many = World(read_document(text.encode())), _WORLDS["four-zones"]
    assert text.encode() != _DATA["four-zones"]
    found = {(spot.solution, spot.zones) for spot in one.spots}
    assert found == {(spot.solution, spot.zones) for spot in many.spots}
    table = {
        (row.placement.solution, row.placement.zones, row.placement.clause)
        for row in Router(read_policy(text.encode())).table()
    }
    assert table <= {
        (spot.solution, placed.zones, placed.clause)
        for spot in one.spots
        for placed in spot.placed
        if placed is not None
    }


def test_two_policies_have_a_spot_for_each_combination() -> None:
    """An account that two policies place otherwise is asked about, though each places others so.

    Consents are aimed at both placements; a territory that leaves a zone is one such account.
    """
    old = _DATA["four-zones"]
    bench = Bench(Task(old, old.replace(b'"FJ", ', b""), keep=None))
    moved = [spot for spot in bench.world.spots if spot.customer.territory == "FJ"]
    assert {
        (spot.customer.entity, spot.zones) for spot in moved if spot.solution == "mailroom"
    } == {
        ("halcyon-gmbh", ("APAC", "EU")),
        ("halcyon-ltd", ("APAC", "UK")),
        ("halcyon-inc", ("APAC", "US")),
        ("Nobody & Sons", ("APAC",)),  # refused by the second, as a missing one is
    }
    number = next(
        number
        for number, spot in enumerate(bench.world.spots)
        if spot.customer.territory == "FJ" and spot.customer.entity == "halcyon-gmbh"
    )
    consents = {each.input: each for each in bench.compare(Part("consents", number)).differences}
    at = bench.world.domain.moments[-1]
    customer = Customer("FJ", at.date(), "halcyon-gmbh")
    case = TransferCase(customer, "mailroom", ("country:SG",), "none", (), at=at)
    assert consents[case.line].found.startswith("permit WITHIN_ZONE")
    assert consents[case.line].expected.startswith("deny NO_CONSENT")
    valid = {line for line in consents if "to=country:SG consent=valid" in line}
    assert valid
    assert all(consents[line].expected.startswith("permit CONSENT") for line in valid)


def test_a_solution_of_the_other_policy_has_its_spots() -> None:
    """What one of the policies refuses, and the other places, is asked about as well."""
    world = World(*map(read_document, _DATA.values()))
    assert {spot.solution for spot in world.spots} == set(world.domain.solutions)


_WORTH = {
    "valid": "CONSENT",
    "renewed": "CONSENT",
    "expired": "CONSENT_EXPIRED",
    "not": "CONSENT_NOT_YET_VALID",
    "withdrawn": "CONSENT_WITHDRAWN",
    "revoked": "CONSENT_REVOKED",
    "invalidated": "CONSENT_UNVERIFIABLE",
    "contradictory": "CONSENT_UNVERIFIABLE",
    "expressed": "CONSENT_UNVERIFIABLE",
    "implied": "CONSENT_UNVERIFIABLE",
    "of": "CONSENT_OUT_OF_SCOPE",
    "for": "CONSENT_OUT_OF_SCOPE",
    "from": "CONSENT_OUT_OF_SCOPE",
    "to": "CONSENT_OUT_OF_SCOPE",
    "none": "NO_CONSENT",
    "unavailable": "LEDGER_UNAVAILABLE",
    "but": "NO_CONSENT",
}
_OTHERWISE = {
    "renewed-with-another-purpose": "CONSENT_UNVERIFIABLE",
    "renewed-with-another-goal": "CONSENT_UNVERIFIABLE",
    "renewed-not-explicitly": "CONSENT_EXPIRED",
    "renewed-never-given": "NO_CONSENT",
    "withdrawn-never-given": "NO_CONSENT",
    "of-another-account": "NO_CONSENT",
    "but-for-one-goal": "CONSENT_OUT_OF_SCOPE",
    "from-where-it-lies": "NO_CONSENT",
    "from-home-and-where-it-lies": "CONSENT",
}


@pytest.mark.parametrize("state", STATES)
def test_each_class_is_what_it_is_called(state: str) -> None:
    """The events of each class are decided as its name says, from the EU to the US."""
    aim = Aim(
        solution="xm-fax",
        zones=("EU",),
        goals=(frozenset({"zone:US", "US"}),),
        other="CA",
        at=datetime(2023, 5, 1, tzinfo=UTC),
        category="fax-data",
        purpose="support",
    )
    case = TransferCase(
        Customer("DE", date(2021, 3, 1), None),
        "xm-fax",
        ("zone:US",),
        state,
        STATES[state](aim),
        at=aim.at,
        category="fax-data",
        purpose="support",
    )
    answer = EngineSide(Router(load_policy("xmedius"))).answer(case)
    assert answer.split()[1] == _OTHERWISE.get(state, _WORTH[state.partition("-")[0]])


def test_other_processes_come_to_the_same(tmp_path: object) -> None:
    """The outcomes are the same, in the same order, whatever the number of processes."""
    del tmp_path
    task = Task(_DATA["xmedius"], stages=("typed",))
    parts = parts_of(_WORLDS["xmedius"], task.stages)
    assert list(compare(task, parts, jobs=2)) == list(compare(task, parts, jobs=1))


def test_the_other_processes_end_with_the_run() -> None:
    """Who stops half way does not wait for the parts that nobody asks for any more."""
    task = Task(_DATA["xmedius"], stages=("typed",))
    outcomes = compare(task, parts_of(_WORLDS["xmedius"], task.stages), jobs=2)
    assert next(outcomes).part == Part("typed", 0)
    with pytest.raises(KeyboardInterrupt):
        outcomes.throw(KeyboardInterrupt)  # type: ignore[attr-defined]  # a generator has it


_COMMON = Customer("DE", date(2021, 3, 1), None)


def test_a_cached_answer_that_differs_is_told() -> None:
    """The everyday call is made twice, and the line says so where the second differs.

    Whatever the engine says of what it keeps.
    """
    reads = iter((False, True))
    read = HeldEvents.events

    def fickle(store: HeldEvents, account: str) -> tuple[ConsentEvent, ...]:
        """Fail the first time."""
        store.hold(() if next(reads) else None)
        return read(store, account)

    def never(*_: object) -> bool:
        """Say that nothing is kept."""
        return False

    case = TransferCase(_COMMON, "xm-fax", ("zone:US",), "none", held=())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("residency.placement.Router.keeps", never, raising=False)
        patched.setattr("residency.testing.enumeration.sides.HeldEvents.events", fickle)
        answer = EngineSide(Router(load_policy("xmedius"))).answer(case)
    first, second = answer.split(" then ")
    assert first.startswith("deny LEDGER_UNAVAILABLE")
    assert second.startswith("deny NO_CONSENT")


@pytest.mark.parametrize(
    ("customer", "times"),
    [
        (_COMMON, 2),
        (_COMMON._replace(entity="xmedius-europe"), 2),
        (_COMMON._replace(entity="Nobody & Sons"), 1),
        (_COMMON._replace(agreement="CA"), 1),
    ],
)
def test_whose_answers_may_be_kept_is_asked_twice(customer: Customer, times: int) -> None:
    """Twice are asked a missing and a known entity; of the endless many others nothing is kept."""
    asked: list[object] = []
    decide = Guard.decide

    def counted(guard: Guard, *arguments: Any, **named: Any) -> Decision:
        """Decide, and count it."""
        asked.append(arguments)
        return decide(guard, *arguments, **named)

    side = EngineSide(Router(load_policy("xmedius")))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("residency.guard.Guard.decide", counted)
        side.answer(TransferCase(customer, "xm-fax", ("zone:US",), "none", held=()))
    assert len(asked) == times


def test_what_a_guard_keeps_is_put_to_the_test() -> None:
    """The guard is told when other events are held; one that is not told answers as before."""

    def deaf(*_: object) -> None:
        """Forget nothing."""

    task = Task(_DATA["xmedius"], stages=("consents",))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("residency.consent.cache.AnswerCache.forget", deaf)
        assert Bench(task).compare(Part("consents", 0)).differences != ()


def test_a_settled_ledger_takes_nothing() -> None:
    """The ledger of a case takes no event, and is asked for none."""
    store = HeldEvents()
    with pytest.raises(NotImplementedError):
        store.append(given(consent()))
    with pytest.raises(NotImplementedError):
        store.account_of("r-1")


@pytest.mark.untraced
def test_a_tally_keeps_the_first_differences() -> None:
    """Of many differences the first ten are kept, and all are counted."""
    task = Task(_DATA["four-zones"], _DATA["xmedius"], ("transfers",))
    tally = Tally()
    for outcome in compare(task, [Part("transfers", 0), Part("transfers", 1)], jobs=1):
        tally.add(outcome)
    assert len(tally.differences) == 10
    assert tally.compared - tally.agreed > 10


def test_a_policy_without_a_choice_can_be_enumerated() -> None:
    """Where no solution is placed by country, each is asked about where it always is."""
    text = (
        _DATA["four-zones"]
        .decode()
        .replace("placed_by_country = true", "placed_by_country = false")
    )
    world = World(read_document(text.encode()))
    assert {spot.solution for spot in world.spots} == set(world.domain.solutions)
    assert {case.line for case in _cases(world, Part("typed", 0))}
    assert CountryCase("").line == "typed=%"
