"""What claims to equal what a guard keeps is decided as if it had kept nothing (semantics §5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from residency import Account, Designation, Guard, Reason, Router, TransferBlocked
from residency.errors import InputError, ResidencyError
from tests.ledgers import ROUTER, german

ACME = german()
WAYS = ["decide", "decide_async", "enforce", "enforce_async"]


class _Text(str):  # noqa: SLOT000 - a text can have no slots of its own
    """A text that claims to be another one."""

    claimed: str

    def __new__(cls, text: str, claimed: str) -> _Text:
        """Make a text that reads one way, and compares another."""
        made = super().__new__(cls, text)
        made.claimed = claimed
        return made

    def __eq__(self, other: object) -> bool:
        return self.claimed == other

    def __hash__(self) -> int:
        return hash(self.claimed)


class _Borrowed(Account):
    """An account that may show the key of another one."""


def _warm() -> Guard:
    """Return a guard that has met what the disguises claim to be."""
    guard = Guard(Router(ROUTER.policy))
    pinned = guard.designate(ACME, "xm-fax")
    for to in ("zone:EU", ("zone:EU", "country:FR"), ("country:FR", "zone:EU")):
        guard.enforce(ACME, "xm-fax", to=to)
        guard.enforce(pinned, to=to)
    guard.place(ACME, "xm-fax")
    return guard


def _told(call: Callable[[], Any]) -> object:
    """Return what a call answers, or why it refuses to."""
    try:
        answer = call()
        return asyncio.run(answer) if asyncio.iscoroutine(answer) else answer
    except TransferBlocked as blocked:
        return blocked.decision
    except ResidencyError as error:
        return type(error), error.kind


_AMERICAN = _Borrowed("zenith", "US", setup_date=ACME.setup_date)
object.__setattr__(_AMERICAN, "key", ACME.key)
_CALLS: dict[str, tuple[Any, Any, Any]] = {
    "place": (ACME, "xm-fax", _Text("zone:US", "zone:EU")),
    "place in a set": (ACME, "xm-fax", (_Text("zone:US", "zone:EU"), "country:FR")),
    "solution": (ACME, _Text("xm-connect", "xm-fax"), "zone:EU"),
    "account": (_AMERICAN, "xm-fax", "zone:EU"),
    "any object": (SimpleNamespace(key=ACME.key, id="acme"), "xm-fax", "zone:EU"),
    "a designation's solution": (
        Designation.of(ACME, ROUTER.place(ACME, "xm-fax")),
        _Text("xm-connect", "xm-fax"),
        "zone:EU",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", _CALLS)
def test_a_disguise_is_seen_through(name: str, way: str) -> None:
    """A guard that has kept much answers as one that has kept nothing, and never permits."""
    subject, solution, to = _CALLS[name]
    warm, cold = _warm(), Guard(Router(ROUTER.policy))
    found = _told(lambda: getattr(warm, way)(subject, solution, to=to))
    assert found == _told(lambda: getattr(cold, way)(subject, solution, to=to))
    assert not getattr(found, "permitted", False)


@pytest.mark.parametrize("name", ["solution", "account", "any object"])
def test_a_disguise_is_placed_as_what_it_is(name: str) -> None:
    """So does a placement: it is that of the solution and the account that were passed."""
    subject, solution, _ = _CALLS[name]
    warm, cold = _warm(), Guard(Router(ROUTER.policy))
    assert _told(lambda: warm.place(subject, solution)) == _told(
        lambda: cold.place(subject, solution)
    )


def test_what_is_no_subject_is_refused_however_warm() -> None:
    """An object with the key of an account is no account."""
    guard = _warm()
    for call in (guard.place, guard.router.place):
        with pytest.raises(InputError, match="pass a"):
            call(SimpleNamespace(key=ACME.key), "xm-fax")  # type: ignore[arg-type]  # that is what is tried


def test_a_borrowed_key_teaches_a_guard_nothing() -> None:
    """What is decided for an account of another class is not found by anybody else."""
    guard = Guard(Router(ROUTER.policy))
    assert guard.place(_AMERICAN, "xm-fax").zones == ("US",)
    assert guard.decide(_AMERICAN, "xm-fax", to="zone:US").reason is Reason.WITHIN_ZONE
    assert guard.place(ACME, "xm-fax").zones == ("EU",)
    assert guard.decide(ACME, "xm-fax", to="zone:US").reason is Reason.NO_CONSENT
