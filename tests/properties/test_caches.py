"""What changes no decision: semantics §5, the rows cache transparent, pinned and replayable."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from residency import (
    Account,
    Agreement,
    Context,
    Designation,
    Guard,
    Router,
    open_ledger,
)
from residency.consent import Ledger
from residency.testing.strategies import BOUNDS, INSTANT, destinations, solutions
from residency.testing.world import World
from tests.policy import documents
from tests.properties.worlds import XMEDIUS, every_world, router_of
from tests.samples import consent, german

_LEFT = date(2020, 2, 1)


def _alike(world: World, territory: str, entity: str, day: date) -> list[Account | Designation]:
    """Return subjects that a careless cache would take for one another."""
    plain = Account("acme", territory, entity, setup_date=day)
    subjects: list[Account | Designation] = [
        plain,
        evolve(plain, order_entity=world.policy.entities[entity].name.upper()),
        evolve(plain, setup_date=day + timedelta(days=400)),
        evolve(plain, id="zenith"),
    ]
    for solution in world.policy.solutions.values():
        for zone in solution.storage:
            agreement = Agreement(solution.id, zone, "C-1", day)
            agreed = evolve(plain, agreements=(agreement,))
            subjects.append(agreed)
            subjects.append(Designation.of(agreed, router_of(world).place(agreed, solution.id)))
        subjects.append(Designation.of(plain, router_of(world).place(plain, solution.id)))
    return subjects


@every_world
class TestCacheTransparent:
    """§5: cached and uncached decisions agree over every sequence of operations."""

    @given(data=st.data())
    def test_a_used_guard_decides_as_a_new_one(self, world: World, data: st.DataObject) -> None:
        """Whatever was asked, given and ended before, a guard decides as a new one would.

        Subjects differ in one thing each, moments go back and forth over the bounds of validity,
        and the cache is large, tiny, or none.
        """
        entity = data.draw(st.sampled_from(tuple(world.policy.entities)))
        territory = data.draw(st.sampled_from(("DE", "GB", "BR", "US")))
        subjects = _alike(world, territory, entity, date(2020, 1, 31))
        asked = st.tuples(
            st.sampled_from(subjects),
            solutions(world.policy),
            st.sampled_from(_TO) | destinations(world.policy),
            st.none() | _contexts(),
        )
        # A few questions, asked again and again, for what is not asked twice is not kept.
        questions = data.draw(st.lists(asked, min_size=1, max_size=3))
        ledger = open_ledger("memory:")
        used = Guard(
            router_of(world), ledger, cache_size=data.draw(st.sampled_from((0, 1, 2, 65_536)))
        )
        for step in range(data.draw(st.integers(2, 10))):
            if data.draw(st.booleans()):
                data.draw(st.sampled_from((_consent_to_all, _end_something)))(world, ledger, step)
            subject, solution, to, context = data.draw(st.sampled_from(questions))
            named = solution if isinstance(subject, Account) else None
            new = Guard(Router(world.policy), ledger, cache_size=0)
            expected = new.decide(subject, named, to=to, context=context)
            assert used.decide(subject, named, to=to, context=context) == expected
            assert used.place(subject, named) == new.place(subject, named)

    @given(data=st.data())
    def test_a_moving_clock_is_followed(self, world: World, data: st.DataObject) -> None:
        """A guard whose clock goes over a change of membership, and back, decides for its time."""
        now = [datetime(2020, 1, 31, 23, 59, tzinfo=UTC)]
        used = Guard(router_of(world), clock=lambda: now[0])
        account = Account("acme", "GI", next(iter(world.policy.entities)), setup_date=now[0].date())
        texts = ("country:GB", "country:GI", "country:DE", "zone:EU", "aws:eu-west-2")
        for _ in range(data.draw(st.integers(2, 8))):
            now[0] += data.draw(st.sampled_from((timedelta(minutes=1), -timedelta(minutes=1))))
            to = data.draw(st.sampled_from(texts))
            solution = data.draw(solutions(world.policy))
            expected = Guard(router_of(world)).decide(
                account, solution, to=to, context=Context(at=now[0])
            )
            assert used.decide(account, solution, to=to) == expected


_TO = ("zone:US", "zone:EU", "country:GB", "aws:eu-west-1", ("zone:EU", "zone:US"))


def _contexts() -> st.SearchStrategy[Context]:
    moments = [bound + step for bound in BOUNDS for step in (-INSTANT, 0 * INSTANT, INSTANT)]
    return st.builds(
        Context,
        purpose=st.sampled_from((None, "support")),
        source=st.sampled_from((None, "zone:US", "country:GB")),
        at=st.sampled_from((None, *moments)),
    )


def _consent_to_all(world: World, ledger: Ledger, step: int) -> None:
    """Let `acme` consent to everything, for a while."""
    for zone in world.policy.zones:
        record = consent(
            record_id=f"{zone}-{step}",
            solutions=set(world.policy.solutions),
            purposes={"support" if step % 3 == 0 else "*"},
            source_zone=zone,
            destination_zones={*world.policy.zones, "country:GB"},
            event_time=BOUNDS[step % len(BOUNDS)],
            valid_until=BOUNDS[-1] if step % len(BOUNDS) == 0 else None,
        )
        ledger.give(record)


def _end_something(world: World, ledger: Ledger, step: int) -> None:
    """End every consent that `acme` gave up to now, each in its own way."""
    del world
    for held in ledger.events("acme"):
        end = (ledger.withdraw, ledger.revoke, ledger.invalidate)[step % 3]
        end(held.record_id)


class TestPinned:
    """§1: a designation survives changes of membership and of the policy. It never moves."""

    def test_leaving_moves_nobody(self) -> None:
        """A British account of 2019 is EU and stays EU; one set up after the exit is not."""
        before, after = (
            Account("acme", "UK", "XMedius Solutions Inc.", setup_date=day)
            for day in (_LEFT - timedelta(days=1), _LEFT)
        )
        guard = Guard(router_of(XMEDIUS))
        eu, us = guard.place(before, "xm-fax"), guard.place(after, "xm-fax")
        assert (eu.zone, eu.clause) == ("EU", "§5(ii)")
        assert (us.zone, us.clause) == ("US", "§5(iv)")
        for at in (_moment(_LEFT) - timedelta(days=1), _moment(_LEFT), _moment(date(2090, 1, 1))):
            context = Context(at=at)
            assert guard.decide(before, "xm-fax", to="country:FR", context=context).permitted
            assert not guard.decide(after, "xm-fax", to="country:FR", context=context).permitted

    @pytest.mark.untraced
    @every_world
    def test_a_designation_is_stored_and_read_back(self, world: World) -> None:
        """Every designation there is comes back from its JSON as the same value, on one line."""
        for row in router_of(world).table():
            place = row.placement
            agreement = Agreement(place.solution, place.zones[0], "C–1/β", date(2021, 1, 1))
            for agreed in (None, agreement)[: 2 if len(place.zones) == 1 else 1]:
                designation = Designation(
                    "acme", date(2021, 3, 1), evolve(row.placement, agreement=agreed)
                )
                stored = designation.to_json()
                assert len(stored.splitlines()) == 1
                assert Designation.from_json(stored) == designation

    def test_moving_a_designation_needs_consent(self) -> None:
        """Bringing an account's data from its designated zone to another is a transfer."""
        ledger = open_ledger("memory:")
        guard = Guard(router_of(XMEDIUS), ledger)
        designation = guard.designate(german(), "xm-fax")
        assert not guard.decide(designation, to="zone:US").permitted
        ledger.give(consent())
        assert guard.decide(designation, to="zone:US").consent_id == "r-1"


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_DECIDE_ALL = """
import sys
from datetime import UTC, date, datetime
from residency import Account, ConsentRecord, Context, Guard, Router
from residency import explain, load_policy, open_ledger
from residency.consent import Expression, PartyRole
policy = load_policy(sys.argv[1])
ledger = open_ledger("memory:")
for number in range(6):
    ledger.give(ConsentRecord(
        record_id=f"r-{number}", account="acme", controller="x", privacy_notice="1",
        solutions=set(policy.solutions), categories={"*"}, purposes={"*"},
        source_zone=[*policy.zones][number % len(policy.zones)],
        destination_zones={"country:BR", "aws:eu-west-2", *list(policy.zones)[number % 2:]},
        event_time=datetime(2021, 1, 1, tzinfo=UTC), expression=Expression.EXPLICIT,
        party_name="Jo", party_role=PartyRole.ADMINISTRATOR, method="form",
    ))
guard = Guard(Router(policy), ledger)
context = Context(at=datetime(2023, 1, 1, tzinfo=UTC))
for entity in policy.entities:
    account = Account("acme", "Brazil", entity, setup_date=date(2021, 1, 1))
    for solution in policy.solutions:
        for to in ("country:FR", {"zone:US", "country:GB", "country:BR"}, {"zone:EU", "zone:US"}):
            decision = guard.decide(account, solution, to=to, context=context)
            print(decision.reason, decision.clauses, decision.consent_ids, decision.zones)
            print(explain(decision))
"""


class TestReplayable:
    """§5: the same policy revision, inputs and records give the same decision, anywhere."""

    def test_a_program_decides_the_same_every_time(self) -> None:
        """Two processes, whose sets and dicts hash differently, print the same decisions."""
        for document in (documents.BUNDLED, documents.FOUR_ZONES):
            printed = {
                subprocess.run(
                    [sys.executable, "-c", _DECIDE_ALL, str(document)],
                    env={**os.environ, "PYTHONHASHSEED": seed},
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                for seed in ("1", "2")
            }
            assert len(printed) == 1
            assert "\nCONSENT (" in printed.pop()
