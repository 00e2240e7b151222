"""Wrong ways to understand consents and exemptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count

from plain_geography import Geography, Json
from plain_placement import Place, Placed
from plain_residency import Plain
from tests.wrong.wrong import caught_by

Ways = Iterator[tuple[frozenset[str], Place]]


@caught_by("TestOnlyIf")
class ExemptionForTheAsking(Plain):
    """Permits whatever an exemption is invoked for, without its conditions."""

    def conditions(
        self,
        exemption: Json,
        request: Json,
        placed: Placed,
        places: tuple[list[Place], list[Place]],
        at: datetime,
    ) -> Iterator[bool]:
        return iter(())


@caught_by("TestOnlyIf", policy="four-zones")
class HandlingMovesStorage(Plain):
    """Lets storage move on an exemption that lets data be handled."""

    def conditions(
        self,
        exemption: Json,
        request: Json,
        placed: Placed,
        places: tuple[list[Place], list[Place]],
        at: datetime,
    ) -> Iterator[bool]:
        wider = {**exemption, "handling_only": False}
        return super().conditions(wider, request, placed, places, at)


@caught_by("TestOnlyIf")
class ProviderWithoutSafeguards(Plain):
    """Trusts every provider in the register."""

    def provides(self, name: str | None, solution: str, abroad: list[Place]) -> bool:
        return any(name == provider["id"] for provider in self.policy["providers"])


@caught_by("TestDefaultDeny")
class ExemptionInferred(Plain):
    """Infers from the purpose that the staff's exemption was meant."""

    def decide(self, request: Json) -> Json:
        if request["claim"] is None and request["purpose"] in {"support", "billing"}:
            names = ("provider", "reference", "safeguards", "valid_from", "valid_until")
            inferred = {"exemption": "PERSONNEL", "personnel": ["US"], "handling": True}
            request = {**request, "claim": {**dict.fromkeys(names), **inferred}}
        return super().decide(request)


@caught_by("TestOnlyIf")
class PermitWithoutRecord(Plain):
    """Permits on a record, and does not say on which."""

    def decide(self, request: Json) -> Json:
        return {**super().decide(request), "consents": []}


@caught_by("TestOnlyIf")
class OneZoneConsentsForAll(Plain):
    """Asks, of data that is kept in two zones, for a consent to leave one of them."""

    def ways(self, placed: Placed, lies: list[Place], abroad: list[Place]) -> Ways:
        return super().ways(placed._replace(zones=placed.zones[:1]), lies, abroad)


@caught_by("TestExactScope")
class BothDirections(Plain):
    """Takes consent to go there for consent to come from there."""

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        back = {
            **record,
            "source_location": next(iter(record["storage_locations"])),
            "storage_locations": [record["source_location"]],
        }
        return super().covers(record, request, start, place) or super().covers(
            back, request, start, place
        )


@caught_by("TestExactScope")
class AnySource(Plain):
    """Looks where data may go, and not from where."""

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        anywhere = {**record, "source_location": next(iter(start))}
        return super().covers(anywhere, request, start, place)


@caught_by("TestExactScope")
class AnyDestination(Plain):
    """Takes consent to leave a zone for consent to go anywhere."""

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        anywhere = {**record, "storage_locations": list(place.names)}
        return super().covers(anywhere, request, start, place)


@caught_by("TestExactScope")
class AnySolution(Plain):
    """Takes consent about one solution for consent about all."""

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        return super().covers({**record, "services": [request["solution"]]}, request, start, place)


@caught_by("TestExactScope")
class AnyCategory(Plain):
    """Takes consent for one kind of data for consent for all."""

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        every = [{"pii_type": "*"}]
        return super().covers({**record, "pii_information": every}, request, start, place)


@caught_by("TestExactScope")
class UnnamedPurpose(Plain):
    """Takes a request that names no purpose for one that any consent covers."""

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        if request["purpose"] is None:
            record = {**record, "purposes": ["*"]}
        return super().covers(record, request, start, place)


@caught_by("TestExactScope")
class WordsInAnyCase(Plain):
    """Compares what a consent is about without regard to capitals."""

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        named = {key: request[key] and request[key].lower() for key in ("category", "purpose")}
        about = {
            "services": [each.lower() for each in record["services"]],
            "pii_information": [
                {"pii_type": each["pii_type"].lower()} for each in record["pii_information"]
            ],
            "purposes": [each.lower() for each in record["purposes"]],
        }
        return super().covers({**record, **about}, {**request, **named}, start, place)


@caught_by("TestExactScope")
class PurposesByPrefix(Plain):
    """Takes a consent for each purpose whose name begins like the one agreed to."""

    def covers(self, record: Json, request: Json, start: frozenset[str], place: Place) -> bool:
        asked = request["purpose"] or ""
        agreed = [each for each in record["purposes"] if asked.startswith(each)]
        named = {**request, "purpose": agreed[0]} if agreed else request
        return super().covers(record, named, start, place)


@caught_by("TestExactScope")
class AccountsByPrefix(Plain):
    """Takes the consents of every account whose id begins alike."""

    def is_of(self, event: Json, account: str) -> bool:
        return str(account).startswith(event["pii_principal_id"])


@caught_by("TestExactScope")
class SilenceIsConsent(Plain):
    """Takes consent that was implied for one that was expressed."""

    def is_explicit(self, record: Json) -> bool:
        del record
        return True


@caught_by("TestExactScope")
class LastInstantIncluded(Plain):
    """Counts a consent up to and at the moment that it ends: `<=` for `<`."""

    def is_valid(self, record: Json, at: datetime) -> bool:
        until = record.get("valid_until")
        ends_now = until is not None and at == datetime.fromisoformat(until)
        return ends_now or super().is_valid(record, at)


@caught_by("TestExactScope")
class FirstInstantExcluded(Plain):
    """Counts a consent from the moment after its first: `<` for `<=`."""

    def is_valid(self, record: Json, at: datetime) -> bool:
        begins = datetime.fromisoformat(record["valid_from"])
        return begins < at and super().is_valid(record, at)


@caught_by("TestExactScope")
class ValidWhenGiven(Plain):
    """Counts a consent from when it was given, although it says that it begins later."""

    def is_valid(self, record: Json, at: datetime) -> bool:
        return super().is_valid({**record, "valid_from": record["event_time"]}, at)


@caught_by("TestExactScope")
class NeverExpires(Plain):
    """Counts a consent that was ever given."""

    def is_valid(self, record: Json, at: datetime) -> bool:
        return super().is_valid({**record, "valid_until": None}, at)


@caught_by("TestExactScope")
class WholeDays(Plain):
    """Compares days, so that a consent counts from midnight before it was given."""

    def is_valid(self, record: Json, at: datetime) -> bool:
        begins = datetime.fromisoformat(record["valid_from"])
        same_day = at.date() == begins.date()
        return super().is_valid(record, begins if same_day else at)


@caught_by("TestExactScope")
class NaiveMoments(Plain):
    """Drops the time zone of a moment before it compares."""

    def is_valid(self, record: Json, at: datetime) -> bool:
        begins = datetime.fromisoformat(record["valid_from"])
        return super().is_valid(record, at.replace(tzinfo=begins.tzinfo))


@caught_by("TestNoLaundering")
class TransitiveConsent(Plain):
    """Takes consent to EU→US and to US→CA for consent to EU→US→CA."""

    def covers_any(
        self, events: list[Json], request: Json, start: frozenset[str], place: Place
    ) -> bool:
        reached = set(start)
        for _ in self.events:
            for event in self.events:
                record: Json = event.get("consent_record", {"source_location": None})
                if record["source_location"] in reached:
                    reached.update(record["storage_locations"])
        return super().covers_any(events, request, frozenset(reached), place)


@caught_by("TestNoLaundering")
class OnlyTheLastWay(Plain):
    """Asks, of data that lies elsewhere, for consent to leave that place alone."""

    def ways(self, placed: Placed, lies: list[Place], abroad: list[Place]) -> Ways:
        strays = [place for place in lies if place.zone not in placed.zones]
        return super().ways(placed._replace(zones=[]) if strays else placed, lies, abroad)


@caught_by("TestExactScope")
class SourceIgnored(Plain):
    """Takes data for lying where it was designated to be, whatever is said."""

    def ways(self, placed: Placed, lies: list[Place], abroad: list[Place]) -> Ways:
        del lies
        return super().ways(placed, [], abroad)


@caught_by("TestMonotone")
class LatestRecordOnly(Plain):
    """Looks at the record that was given last, whatever it is about."""

    def readable(self, held: list[Json], account: str) -> list[Json]:
        events = super().readable(held, account)
        return [each for each in events if each["record_id"] == events[-1]["record_id"]]


@caught_by("TestMonotone")
class OneEndEndsAll(Plain):
    """Takes the withdrawal of one consent for that of all."""

    def state(self, events: list[Json], at: datetime) -> str:
        account = events[0]["pii_principal_id"]
        ends = [
            each
            for each in self.events
            if each["event_state"] == "withdrawn" and each["pii_principal_id"] == account
        ]
        return super().state([*events, *ends], at)


@caught_by("TestMonotone")
class EveryonesConsents(Plain):
    """Reads the consents of all accounts as those of the one that is asked about."""

    def is_of(self, event: Json, account: str) -> bool:
        del event, account
        return True


@caught_by("TestOrderIndependent")
class LastEventDecides(Plain):
    """Judges a record by the event that was appended last."""

    def state(self, events: list[Json], at: datetime) -> str:
        given = [each for each in events if each["event_state"] == "given"]
        ended = events[-1]["event_state"] not in {"given", "renewed"}
        return super().state([*given, *events[-1:]] if ended else given, at)


@caught_by("TestOrderIndependent")
class EventsAreCounted(Plain):
    """Takes a record for valid while it was given more often than it ended."""

    def state(self, events: list[Json], at: datetime) -> str:
        given = [each for each in events if each["event_state"] == "given"]
        return super().state(given if 2 * len(given) > len(events) else events, at)


@caught_by("TestReplayable")
class AnyRecordWillDo(Plain):
    """Names whichever valid record it finds first, which is another one each time it starts."""

    _started = count()

    def __init__(self, document: str, geography: Geography) -> None:
        super().__init__(document, geography)
        self.turned = next(self._started) % 2 == 1

    def decide(self, request: Json) -> Json:
        decided = super().decide(request)
        return {**decided, "clauses": decided["clauses"][:: -1 if self.turned else 1]}
