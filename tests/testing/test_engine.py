"""This library as a target, and what a property shows when it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from attrs import evolve

from residency.consent.sql import create_ledger
from residency.errors import InputError
from residency.testing import Refused
from residency.testing.engine import EngineTarget, database, memory, sqlite
from residency.testing.expectation import expect, expect_equal
from residency.testing.scenes import given_event
from residency.testing.selection import world_of
from residency.testing.target import Answer, LedgerFault, Request, SignUp
from residency.testing.world import NOON, World
from tests.properties.worlds import XMEDIUS
from tests.samples import consent

_GERMAN = SignUp("acme", "Germany", "XMedius Europe SAS", date(2021, 3, 1))
_TO_US = Request(signup=_GERMAN, solution="xm-fax", to=("zone:US",), at=NOON)


@pytest.mark.parametrize("factory", [memory, sqlite])
def test_clearing_forgets_everything(factory: Callable[[str], EngineTarget]) -> None:
    """After `clear` nothing is held, and a ledger that failed works again."""
    with closing(factory(XMEDIUS.text)) as target:
        target.append(given_event(consent()))
        assert target.decide(_TO_US) == Answer(
            permitted=True,
            reason="CONSENT",
            clauses=("§5(ii)", "§5(transfer)"),
            consents=("r-1",),
            zones=("EU",),
        )
        assert target.store.account_of("r-1") is None  # it has an id of the target's own
        target.clear()
        target.fail(LedgerFault.TIMEOUT)
        assert target.decide(_TO_US).reason == "LEDGER_UNAVAILABLE"
        target.clear()
        assert target.decide(_TO_US).reason == "NO_CONSENT"


def test_a_database_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is the one that RESIDENCY_LEDGER names; without it there is none."""
    monkeypatch.delenv("RESIDENCY_LEDGER", raising=False)
    with pytest.raises(InputError, match="RESIDENCY_LEDGER"):
        database(XMEDIUS.text)
    url = f"sqlite:///{tmp_path / 'consents.db'}"
    create_ledger(url)
    monkeypatch.setenv("RESIDENCY_LEDGER", url)
    for _ in range(2):  # the second run finds nothing of the first
        with closing(database(XMEDIUS.text)) as target:
            assert target.decide(_TO_US).reason == "NO_CONSENT"
            target.append(given_event(consent()))
            assert target.decide(_TO_US).permitted


def test_refusals_have_their_kinds() -> None:
    """What cannot be placed, designated or decided is refused with the kind of the error."""
    nobody = evolve(_GERMAN, country="Brazil", entity=None)
    with closing(memory(XMEDIUS.text)) as target:
        with pytest.raises(Refused, match="MISSING_ENTITY"):
            target.place(nobody, "xm-fax")
        with pytest.raises(Refused, match="MISSING_ENTITY"):
            target.designate(nobody, "xm-fax")
        with pytest.raises(Refused, match="MISSING_ENTITY"):
            target.decide(evolve(_TO_US, signup=nobody))


def test_a_world_refuses_an_answer_that_contradicts_itself() -> None:
    """An implementation that permits for a reason to deny is caught by whatever asks it."""

    class Contradictory:
        def __init__(self, document: str) -> None:
            self._target = memory(document)

        def decide(self, request: Request) -> Answer:
            return self._target.decide(request)._replace(permitted=True)

        def __getattr__(self, name: str) -> object:
            return getattr(self._target, name)

    world = XMEDIUS.against(Contradictory)  # type: ignore[arg-type]  # the rest is delegated
    with pytest.raises(AssertionError, match="contradicts"):
        world.decide(_TO_US)


def test_a_world_says_what_it_cannot_be_asked() -> None:
    """Only known countries and entities have an expected place."""
    with pytest.raises(AssertionError, match="Atlantis"):
        XMEDIUS.expected_place(evolve(_GERMAN, country="Atlantis"), "xm-fax")
    with pytest.raises(Refused, match="UNKNOWN_ENTITY"):
        XMEDIUS.placed(evolve(_TO_US, signup=evolve(_GERMAN, country="Brazil", entity="Nobody")))


def test_two_texts_select_a_world() -> None:
    """The name of a policy, and that of a factory, are all that a run of the properties needs."""
    with closing(world_of("xmedius", "residency.testing.engine:memory")) as world:
        assert repr(world) == f"World({XMEDIUS.policy.reference})"
        assert world.place(_GERMAN, "xm-fax") == XMEDIUS.place(_GERMAN, "xm-fax")
        assert world.twin is world.twin
        assert isinstance(world, World)


def test_an_expectation_shows_both_sides() -> None:
    """What does not hold is shown with the question, the answer, and what it must be."""
    expect(1, "nothing")
    expect_equal(1, 1, "nothing")
    with pytest.raises(AssertionError, match=r"^what was asked$"):
        expect((), "what was asked")
    with pytest.raises(AssertionError) as raised:
        expect_equal(1, 2, "what was asked")
    assert str(raised.value) == "what was asked\n  expected: 2\n  answered: 1"
