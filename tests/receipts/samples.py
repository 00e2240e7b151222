"""Decisions of every kind, with the receipts that they leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from attrs import evolve

from residency import Account, Agreement, Context, Designation, Guard, Router, load_policy
from residency.consent import ConsentEvent, EventKind, Ledger
from residency.exemption import Invocation
from residency.receipts import ReceiptWriter, read_chain
from residency.table import Subject
from residency.transfer import Decision
from tests.samples import NOON, Store, consent, event, german, noon

ROUTER = Router(load_policy("xmedius"))
KEY = b"sixteen bytes at least"


class Region(StrEnum):
    """Places as a program names them: texts, but of a class of their own."""

    FRANKFURT = "aws:eu-central-1"
    OHIO = "aws:us-east-2"


class Asked(NamedTuple):
    """A request, and what the ledger holds when it is decided; None: it cannot be read."""

    subject: Subject
    to: Any
    context: Context
    events: tuple[ConsentEvent, ...] | None = ()
    exemptions: bool = True


def unreadable() -> tuple[ConsentEvent, ...]:
    """Fail, as a ledger does whose database is gone."""
    raise OSError


def ledger_of(events: tuple[ConsentEvent, ...] | None) -> Ledger:
    """Return a ledger that holds these events."""
    return Ledger(Store(unreadable if events is None else lambda: events))


def requests() -> dict[str, Asked]:
    """Return one request for each reason, and for each way to ask."""
    at = Context(at=NOON)
    given = event(EventKind.GIVEN, consent(recipient="Jo & Sons", evidence_reference="box 7"))
    ended = {
        kind: evolve(event(kind, consent()), reason="Jo Doe called")
        for kind in (EventKind.WITHDRAWN, EventKind.REVOKED, EventKind.INVALIDATED)
    }
    day = timedelta(1)
    later = event(EventKind.GIVEN, consent(valid_from=NOON + day))
    earlier = event(EventKind.GIVEN, consent(valid_until=NOON))
    named = event(EventKind.GIVEN, consent(evidence_sha256="7" * 64), "given for acme")
    agreed = Account(
        "acme",
        "Brazil",
        setup_date=date(2021, 3, 1),
        agreements=(Agreement("xm-fax", "CA", "contract of Jo Doe", date(2021, 2, 1)),),
    )
    designation = Designation.of(german(), ROUTER.place(german(), "xm-fax"))
    pinned = Designation.of(agreed, ROUTER.place(agreed, "xm-fax"))
    order = Invocation("LEGAL_OBLIGATION", reference="order 7", valid_until=NOON + day)
    return {
        "home": Asked(german(), "country:FR", at),
        "several": Asked(german(), ["country:FR", "zone:EU"], at),
        "a set": Asked(german(), {"country:FR", "aws:eu-west-1"}, at),
        "consent": Asked(german(), "zone:US", at, (given,)),
        "consent twice": Asked(german(), "zone:US", at, (given, given)),
        "named after the account": Asked(german(), "zone:US", at, (named,)),
        "none": Asked(german(), "zone:US", at),
        "withdrawn": Asked(german(), "zone:US", at, (given, ended[EventKind.WITHDRAWN])),
        "revoked": Asked(german(), "zone:US", at, (given, ended[EventKind.REVOKED])),
        "invalidated": Asked(german(), "zone:US", at, (given, ended[EventKind.INVALIDATED])),
        "later": Asked(german(), "zone:US", at, (later,)),
        "earlier": Asked(german(), "zone:US", at, (earlier,)),
        "out of scope": Asked(german(), "zone:CA", at, (given,)),
        "unavailable": Asked(german(), "zone:US", at, None),
        "unknown": Asked(german(), "zone:ATLANTIS", at),
        "unknown, and named after the account": Asked(german(), "zone:acme", at),
        "unknown among known ones": Asked(german(), ("zone:EU", "aws:acme-1"), at),
        "no text": Asked(german(), 7, at),
        "no text among others": Asked(german(), ("zone:EU", None), at),
        "half a character": Asked(german(), "\ud800", at),
        "half a character as the entity": Asked(
            Account("acme", "Germany", "\ud800", setup_date=date(2021, 3, 1)), "zone:EU", at
        ),
        "a kind of text": Asked(german(), Region.FRANKFURT, at),
        "kinds of text": Asked(
            german(), [Region.OHIO], evolve(at, source={Region.FRANKFURT}), (given,)
        ),
        "far too long": Asked(german(), "x" * 1_000_000, at),
        "far too many": Asked(german(), ("zone:EU",) * 1_000, at),
        "source": Asked(german(), "zone:EU", Context(at=NOON, source="zone:US")),
        "sources": Asked(german(), "zone:CA", Context(at=NOON, source=("zone:US", "zone:EU"))),
        "context": Asked(
            german(), "zone:US", Context(at=NOON, category="fax-data", purpose="support"), (given,)
        ),
        "exemption": Asked(german(), "zone:US", evolve(at, exemption=order)),
        "exemption not met": Asked(
            german(), "zone:US", evolve(at, exemption=Invocation("PERSONNEL", personnel="US"))
        ),
        "strict": Asked(german(), "zone:US", evolve(at, exemption=order), exemptions=False),
        "agreement": Asked(agreed, "zone:CA", at),
        "designation": Asked(designation, "zone:US", at, (given,)),
        "agreement pinned": Asked(pinned, "zone:CA", at),
    }


def decided(asked: Asked) -> Decision:
    """Return what the engine decides."""
    guard = Guard(ROUTER, ledger_of(asked.events), clock=noon, exemptions=asked.exemptions)
    solution = None if isinstance(asked.subject, Designation) else "xm-fax"
    return guard.decide(asked.subject, solution, to=asked.to, context=asked.context)


def record(writer: ReceiptWriter, times: int = 1) -> None:
    """Have a writer record a write inside the zone, once or more often."""
    home = requests()["home"]
    for _ in range(times):
        writer.record(decided(home), home.subject, to=home.to, context=home.context)


def whole(path: Path) -> int:
    """Return how many receipts a file holds, whose chain holds."""
    links = list(read_chain(path.read_bytes().splitlines(keepends=True)))
    assert [link.damage for link in links] == [None] * len(links)
    return len(links)


def written(path: Path, *names: str, **options: Any) -> list[dict[str, Any]]:
    """Write the receipts of some requests to a file; return the lines as objects."""
    known = requests()
    for name in names or known:
        asked = known[name]
        ledger = ledger_of(asked.events)
        with ReceiptWriter(path, ledger=ledger, exemptions=asked.exemptions, **options) as writer:
            writer.record(decided(asked), asked.subject, to=asked.to, context=asked.context)
    return list(read(path))


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file as objects."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
