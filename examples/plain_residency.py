"""Another implementation of data residency, as small as it can be, speaking JSON Lines.

It shares no code with the library: it reads a policy document and the geography's data files, and
answers one request a line, as docs/reference/target-protocol.md says. It is an example of what the
properties can check, not of how to write one: it keeps nothing that it read. Placement is in
`plain_placement.py` beside it, and the world in `plain_geography.py`.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from plain_geography import Geography, Json
from plain_placement import Place, Placed, PlainPlacement, RefusedError

_TERMS = (
    "services",
    "pii_information",
    "purposes",
    "source_location",
    "storage_locations",
    "pii_controllers",
    "recipient_third_parties",
)
_EXPLICIT = "ExplicitlyExpressedConsent"


class Plain(PlainPlacement):
    """One policy, and one ledger: a list of consent events."""

    def __init__(self, document: str, geography: Geography) -> None:
        super().__init__(document, geography)
        self.events: list[Any] = []
        self.fault: str | None = None

    def answer(self, message: Json) -> Json:
        """Answer one message."""
        call = message["call"]
        try:
            if call == "place":
                placed = self.place(message["signup"], message["solution"])
                return {"ok": placed._asdict()}
            if call == "designate":
                return {"ok": json.dumps(self.place(message["signup"], message["solution"]))}
            if call == "decide":
                return {"ok": self.decide(message["request"])}
        except RefusedError as refused:
            return {"refused": str(refused)}
        if call == "append":
            self.append(message["event"])
        elif call == "fail":
            self.fault = message["fault"]
        elif call == "clear":
            self.clear()
        return {"ok": None}

    # --- what may go where -----------------------------------------------------------------------

    def decide(self, request: Json) -> Json:
        """Decide a request."""
        placed = self.designated(request)
        at = datetime.fromisoformat(request["at"])
        on = at.astimezone(UTC).date()
        transfer_clause = self.policy["policy"]["transfer_clause"]
        lies: list[Place] = []
        if request["source"] is not None:
            source = self.locate(request["source"], on)
            if source is None:
                raise RefusedError("UNKNOWN_LOCATION")
            lies = [source]
        goes = self.places(request["to"], on)
        if not goes:
            return _told("UNKNOWN_DESTINATION", placed, transfer_clause)
        home = [place for place in goes if self.is_home(place, placed)]
        if self.policy["policy"].get("enforce_hosting") and not all(
            place.countries and set(place.countries) <= set(placed.hosting) for place in home
        ):
            declares = self.solution(request["solution"])["clause"]
            return _told("UNDECLARED_HOSTING", placed, declares)
        abroad = [place for place in goes if place not in home]
        if not abroad:
            return _told("WITHIN_ZONE", placed)
        try:
            reason, consents = self.by_consent(request, at, self.ways(placed, lies, abroad))
        except OSError:
            return self.without_ledger(placed, transfer_clause)
        if not consents and request["claim"] is not None:
            return self.by_exemption(request, placed, (lies, abroad), at)
        return _told(reason, placed, transfer_clause, consents=consents)

    def designated(self, request: Json) -> Placed:
        """Return where the data of a request is designated to be."""
        if request["designation"] is not None:
            return Placed(*json.loads(request["designation"]))
        return self.place(request["signup"], request["solution"])

    def places(self, texts: list[str], on: date) -> list[Place]:
        """Return all places, each once; none if one of them is unknown."""
        found = [self.locate(text, on) for text in texts]
        known = {place.label: place for place in found if place is not None}
        return [] if None in found else [known[label] for label in sorted(known)]

    def is_home(self, place: Place, placed: Placed) -> bool:
        """Say whether a place lies in a designated zone."""
        return place.zone in placed.zones

    def without_ledger(self, placed: Placed, clause: str) -> Json:
        """Decide while the ledger fails."""
        return _told("LEDGER_UNAVAILABLE", placed, clause)

    def ways(
        self, placed: Placed, lies: list[Place], abroad: list[Place]
    ) -> Iterator[tuple[frozenset[str], Place]]:
        """Yield every way that must be consented to: from where, and to where."""
        starts = [frozenset({zone}) for zone in placed.zones]
        starts += [place.names for place in lies if place.zone not in placed.zones]
        for start in starts:
            for place in abroad:
                if start.isdisjoint(place.names):
                    yield start, place

    # --- consents --------------------------------------------------------------------------------

    def append(self, event: Json) -> None:
        """Record an event."""
        self.events.append(event)

    def clear(self) -> None:
        """Forget all events."""
        self.events, self.fault = [], None

    def read(self, account: str) -> list[Json]:
        """Return the events of an account."""
        if self.fault in {"error", "timeout"}:
            raise OSError(self.fault)
        if self.fault == "garbage":
            return self.readable([*self.events, "garbage"], account)
        return self.readable(self.events, account)

    def readable(self, held: list[Any], account: str) -> list[Json]:
        """Return the events of an account among what is held."""
        if not all(isinstance(event, dict) for event in held):
            raise OSError("what is held is no event")
        return [event for event in held if self.is_of(event, account)]

    def is_of(self, event: Json, account: str) -> bool:
        """Say whether an event is an account's."""
        return bool(event["pii_principal_id"] == account)

    def by_consent(
        self, request: Json, at: datetime, ways: Iterator[tuple[frozenset[str], Place]]
    ) -> tuple[str, list[str]]:
        """Return the reason, and the records that a permit rests on."""
        records: dict[str, list[Json]] = {}
        for event in self.read(request["signup"]["account"]):
            records.setdefault(event["record_id"], []).append(event)
        given = {
            name: events
            for name, events in sorted(records.items())
            if any(event["event_state"] == "given" for event in events)
        }
        relied_on: set[str] = set()
        for start, place in ways:
            states = [
                (self.state(events, at), name)
                for name, events in given.items()
                if self.covers_any(events, request, start, place)
            ]
            valid = [name for state, name in states if state == "VALID"]
            if not valid:
                return _worst([state for state, _ in states], known=bool(given)), []
            relied_on.add(valid[0])
        return "CONSENT", sorted(relied_on)

    def covers_any(
        self, events: list[Json], request: Json, start: frozenset[str], place: Place
    ) -> bool:
        """Say whether a record, as it was given, is about a way."""
        return any(
            self.covers(event["consent_record"], request, start, place)
            for event in events
            if event["event_state"] == "given"
        )

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        """Say whether a record is about a way."""
        categories = {each["pii_type"] for each in record["pii_information"]}
        return (
            request["solution"] in record["services"]
            and not categories.isdisjoint({request["category"], "*"})
            and not {request["purpose"], "*"}.isdisjoint(record["purposes"])
            and record["source_location"] in start
            and not place.names.isdisjoint(record["storage_locations"])
        )

    def state(self, events: list[Json], at: datetime) -> str:
        """Return what a record is worth."""
        kinds = {event["event_state"] for event in events}
        for kind in ("withdrawn", "revoked"):
            if kind in kinds:
                return kind.upper()
        given = [each["consent_record"] for each in events if each["event_state"] == "given"]
        renewed = [each["consent_record"] for each in events if each["event_state"] == "renewed"]
        stated = [*given, *renewed]
        explicit = [record for record in stated if self.is_explicit(record)]
        if (
            "invalidated" in kinds
            or any(record != given[0] for record in given)
            or any(record.get(term) != given[0].get(term) for record in stated for term in _TERMS)
            or not explicit
        ):
            return "UNVERIFIABLE"
        if any(self.is_valid(record, at) for record in explicit):
            return "VALID"
        late = all(datetime.fromisoformat(record["valid_from"]) <= at for record in explicit)
        return "EXPIRED" if late else "NOT_YET_VALID"

    def is_explicit(self, record: Json) -> bool:
        """Say whether consent was expressed so that it counts."""
        explicit: bool = record["event_type"] == _EXPLICIT
        return explicit

    def is_valid(self, record: Json, at: datetime) -> bool:
        """Say whether a moment lies within a record's validity: half-open."""
        until = record.get("valid_until")
        begun = datetime.fromisoformat(record["valid_from"]) <= at
        return begun and (until is None or at < datetime.fromisoformat(until))

    # --- exemptions ------------------------------------------------------------------------------

    def by_exemption(
        self, request: Json, placed: Placed, places: tuple[list[Place], list[Place]], at: datetime
    ) -> Json:
        """Decide by the exemption that a request invokes."""
        claim = request["claim"]
        declared = self.policy.get("exemptions", ())
        found = [each for each in declared if each["id"] == claim["exemption"]]
        clauses = [clause for each in found for clause in each["clauses"]]
        is_met = bool(found) and all(self.conditions(found[0], request, placed, places, at))
        reason = "EXEMPTION" if is_met else "EXEMPTION_NOT_MET"
        return _told(reason, placed, self.policy["policy"]["transfer_clause"], *clauses)

    def conditions(
        self,
        exemption: Json,
        request: Json,
        placed: Placed,
        places: tuple[list[Place], list[Place]],
        at: datetime,
    ) -> Iterator[bool]:
        """Yield whether each condition of an exemption is met."""
        claim, (lies, abroad) = request["claim"], places
        start, end = claim["valid_from"], claim["valid_until"]
        yield start is None or datetime.fromisoformat(start) <= at
        yield end is None or at < datetime.fromisoformat(end)
        yield claim["handling"] or not exemption["handling_only"]
        yield not exemption.get("purposes") or request["purpose"] in exemption["purposes"]
        if exemption.get("territories"):
            on = at.astimezone(UTC).date()
            ground = {
                territory
                for territory in self.geography.territories
                if any(self.is_within(each, territory, on) for each in exemption["territories"])
            }
            yield bool(claim["personnel"]) and ground.issuperset(claim["personnel"])
            for zone in placed.zones:
                yield ground.issuperset(self.ground_of(zone, on))
            for place in (*lies, *abroad):
                yield ground.issuperset(place.countries or self.ground_of(place.zone, on))
        required = exemption.get("requires", ())
        yield "reference" not in required or claim["reference"] is not None
        yield "safeguards" not in required or claim["safeguards"] is not None
        if "provider" in required:
            yield self.provides(claim["provider"], request["solution"], abroad)

    def ground_of(self, zone: str | None, on: date) -> set[str]:
        """Return the territories of a zone."""
        [group] = [each["territory"] for each in self.policy["zones"] if each["id"] == zone]
        return {each for each in self.geography.territories if self.is_within(group, each, on)}

    def provides(self, name: str | None, solution: str, abroad: list[Place]) -> bool:
        """Say whether a provider with safeguards on record works for a solution in some places."""
        return any(
            provider["id"] == name
            and "safeguards" in provider
            and solution in provider.get("solutions", ())
            and all(
                place.countries and set(place.countries) <= set(provider.get("countries", ()))
                for place in abroad
            )
            for provider in self.policy.get("providers", ())
        )


def _worst(states: list[str], *, known: bool) -> str:
    for state in ("WITHDRAWN", "REVOKED", "UNVERIFIABLE", "NOT_YET_VALID", "EXPIRED"):
        if state in states:
            return f"CONSENT_{state}"
    return "CONSENT_OUT_OF_SCOPE" if known else "NO_CONSENT"


def _told(reason: str, placed: Placed, *clauses: str, consents: list[str] | None = None) -> Json:
    return {
        "permitted": reason in {"WITHIN_ZONE", "CONSENT", "EXEMPTION"},
        "reason": reason,
        "clauses": list(dict.fromkeys((placed.clause, *clauses))),
        "consents": consents or [],
        "zones": placed.zones,
    }


def main() -> None:
    """Answer each line of standard input; the first one opens the policy."""
    geography = Geography(Path(sys.argv[1]))
    opened: Plain | None = None
    for line in sys.stdin:
        message = json.loads(line)
        if message["call"] == "open":
            opened = Plain(message["policy"], geography)
            reply: Json = {"ok": None}
        elif opened is None:
            reply = {"refused": "NOT_OPEN"}
        else:
            reply = opened.answer(message)
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
