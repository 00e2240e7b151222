"""The enumeration finds plausible mistakes of the engine: it does not agree with everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

import residency.transfer as transfer_module
from residency import Router
from residency.consent import Validity
from residency.testing.enumeration import Bench, Part, Task
from tests.policy.documents import BUNDLED

pytestmark = pytest.mark.once

_Periods = Iterable[tuple[datetime | None, datetime | None]]


def _valid_at_its_end(periods: _Periods, at: datetime) -> Validity:
    for start, end in periods:
        if (start is None or start <= at) and (end is None or at <= end):
            return Validity.VALID
    return Validity.EXPIRED


def _from_home_alone(transfer: Any) -> list[tuple[frozenset[str], frozenset[str]]]:
    zones = transfer.placement.zones
    goals = [each.names for each in transfer.destination if each.zone not in zones]
    return [(frozenset({zone}), goal) for zone in zones for goal in goals]


def _whatever_the_purpose(history: Any, transfer: Any, source: Any, destination: Any) -> bool:
    return any(
        record.source_zone in source
        and not destination.isdisjoint(record.destination_zones)
        and transfer.placement.solution in record.solutions
        for record in history.records
    )


_IN_SCOPE = transfer_module._in_scope  # pyright: ignore[reportPrivateUsage] - it is what is broken here


def _in_any_case(history: Any, transfer: Any, source: Any, destination: Any) -> bool:
    lower = [
        evolve(record, purposes={purpose.lower() for purpose in record.purposes})
        for record in history.records
    ]
    return _IN_SCOPE(SimpleNamespace(records=lower), transfer, source, destination)  # type: ignore[arg-type]  # all that it reads


def _by_its_beginning(history: Any, transfer: Any, source: Any, destination: Any) -> bool:
    asked = transfer.purpose or ""
    wider = [
        evolve(record, purposes={asked})
        if any(asked.startswith(purpose) for purpose in record.purposes)
        else record
        for record in history.records
    ]
    return _IN_SCOPE(SimpleNamespace(records=wider), transfer, source, destination)  # type: ignore[arg-type]  # all that it reads


_ENTITY: Callable[[Router, str | None], str] = Router._entity  # pyright: ignore[reportPrivateUsage] - it is what is broken here


def _first_entity(router: Router, order_entity: str | None) -> str:
    return _ENTITY(router, order_entity or next(iter(router.policy.entities)))


_MISTAKES: dict[str, tuple[str, Callable[..., object], str, str]] = {
    "<= at expiry": (
        "residency.consent.history.validity_within",
        _valid_at_its_end,
        "consents",
        "consent=expired-this-instant",
    ),
    "consent from home alone": (
        "residency.transfer._directions",
        _from_home_alone,
        "sources",
        "source=",
    ),
    "the purpose ignored": (
        "residency.transfer._in_scope",
        _whatever_the_purpose,
        "consents",
        "consent=for-another-purpose",
    ),
    "purposes in any case": (
        "residency.transfer._in_scope",
        _in_any_case,
        "consents",
        "consent=for-a-purpose-spelled-alike",
    ),
    "purposes by their beginning": (
        "residency.transfer._in_scope",
        _by_its_beginning,
        "consents",
        "consent=for-a-purpose-spelled-alike",
    ),
    "a default entity": (
        "residency.placement.Router._entity",
        _first_entity,
        "placements",
        "country=AD setup=1957-12-31 solution=xm-fax",
    ),
}


@pytest.mark.parametrize(("target", "mistake", "stage", "input"), _MISTAKES.values(), ids=_MISTAKES)
def test_a_mistake_is_found(
    target: str,
    mistake: Callable[..., object],
    stage: str,
    input: str,  # noqa: A002 - the name that a difference has for it
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each mistake is found in the stage that is meant for it, by an input that shows it."""
    monkeypatch.setattr(target, mistake)
    outcome = Bench(Task(BUNDLED.read_bytes(), keep=None)).compare(
        Part(stage, int(stage != "placements"))
    )
    assert outcome.agreed < outcome.compared
    assert any(input in difference.input for difference in outcome.differences)
