"""The hash chain: each event carries the hash of the one before, so that none changes unnoticed.

A hash covers the hash before it and the event's text, and the text holds the event's own place in
the chain and in its account. Whoever alters, removes, inserts or moves an event must make every
later hash anew, and a head that was kept elsewhere tells that this was done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple, cast

from attrs import frozen

from residency.consent.codec import event_from_json, event_to_json, to_text
from residency.consent.event import ConsentEvent, EventKind
from residency.errors import InputError
from residency.value import Value

__all__ = [
    "GENESIS",
    "Break",
    "Damage",
    "Head",
    "Link",
    "chain_hash",
    "event_in",
    "is_intact",
    "payload_of",
    "read_account",
    "read_payload",
]

GENESIS: Final = "0" * 64
"""What stands for the hash before the first event."""

_Payload = Mapping[str, object]


class Head(NamedTuple):
    """The end of a chain: the position of its last event, counted from 1, and its hash."""

    position: int
    hash: str


class Damage(StrEnum):
    """What became of an event, as far as the chain tells."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    MISCOUNTED = "miscounted"
    """It holds, but the number of events that is kept for its account is another."""


@frozen(slots=True, eq=False, repr=False)
class Break(Value):
    """The first place where a chain does not hold.

    Args:
        position: where the event stands, or stood.
        event_id: the event's id; None where the event is gone.
        damage: what became of it.
    """

    position: int
    event_id: str | None
    damage: Damage


class Link(NamedTuple):
    """A row of the table of events, as it was read. Nothing in it is trusted yet."""

    position: int
    event_id: str
    account: str
    sequence: int
    record_id: str
    kind: str
    payload: str
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        """The end of the chain, where this is the last event."""
        return Head(self.position, self.hash)


def chain_hash(previous: str, payload: str) -> str:
    """Return the hash of an event, from the hash before it and its text."""
    return sha256(f"{previous}{payload}".encode()).hexdigest()


def payload_of(event: ConsentEvent, position: int, sequence: int) -> str:
    """Return the text of an event.

    Args:
        event: the event.
        position: its place in the chain, from 1.
        sequence: its place among the events of its account, from 1.

    Raises:
        ConsentError: the event is too large (TOO_LARGE).
    """
    return to_text({**event_to_json(event), "position": position, "sequence": sequence})


def read_payload(link: Link) -> _Payload | None:
    """Return the object in a row's text; None where there is none."""
    try:
        held: object = json.loads(link.payload)
    except (ValueError, TypeError, RecursionError):  # noise, or a value of another type
        return None
    return cast("_Payload", held) if isinstance(held, dict) else None


def is_intact(link: Link, held: _Payload) -> bool:
    """Say whether a row's hash fits its text, and its columns, but for the position, say the same.

    Args:
        link: the row.
        held: the object in its text.
    """
    return (
        chain_hash(link.previous, link.payload) == link.hash
        and held.get("event_id") == link.event_id
        and held.get("pii_principal_id") == link.account
        and held.get("sequence") == link.sequence
        and held.get("record_id") == link.record_id
        and held.get("event_state") == link.kind
    )


def event_in(held: _Payload) -> ConsentEvent | None:
    """Return the event in a row's text; None where it holds none."""
    stated = {key: held[key] for key in held if key not in {"position", "sequence"}}
    try:
        return event_from_json(stated)
    except InputError:
        return None


def read_account(links: Sequence[Link], expected: int) -> tuple[ConsentEvent, ...]:
    """Return the events of an account, with what follows where they are not all as written.

    INVARIANT (unverifiable): an event that is missing or was changed may have been the withdrawal
    of any record of the account. So if anything is wrong, each of its records is invalidated; and a
    row that calls itself a withdrawal counts as one, whatever else can be read of it.

    Args:
        links: the account's rows, in any order.
        expected: how many there should be.
    """
    intact = len(links) == expected
    events: list[ConsentEvent] = []
    sequences: set[object] = set()
    for link in links:
        held = read_payload(link)
        event = None if held is None else event_in(held)
        if event is not None:
            events.append(event)
        if (
            held is None
            or event is None
            or held.get("position") != link.position
            or not is_intact(link, held)
        ):
            intact = False
        else:
            sequences.add(link.sequence)
    if intact and len(sequences) == expected:
        return tuple(events)
    return (*events, *_suspicions(links, events))


_ENDS = {str(kind): kind for kind in (EventKind.WITHDRAWN, EventKind.REVOKED)}
_NEVER: Final = datetime.fromtimestamp(0, UTC)


def _suspicions(links: Sequence[Link], events: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """Return an event for each record named in a damaged account: that it ended, or is void."""
    named = {(event.account, event.record_id, EventKind.INVALIDATED) for event in events}
    for link in links:
        kind = _ENDS.get(link.kind, EventKind.INVALIDATED)
        named.add((link.account, link.record_id, kind))
    found: list[ConsentEvent] = []
    for account, record_id, kind in sorted(named, key=repr):
        try:
            found.append(
                ConsentEvent(
                    event_id=f"unverifiable:{kind}",
                    kind=kind,
                    record_id=record_id,
                    account=account,
                    event_time=_NEVER,
                    reason="an event of this account was altered or is missing",
                )
            )
        except InputError:  # the id is noise: no record has it
            continue
    return found
