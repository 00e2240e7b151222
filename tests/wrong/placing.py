"""Wrong ways to place data, and to see on whose ground a place stands."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from plain_geography import Geography, Json
from plain_placement import Place, Placed, RefusedError
from plain_residency import Plain
from tests.wrong.wrong import caught_by

TODAY = date(2023, 5, 1)


@caught_by("TestClauseFidelity")
class StatesOnly(Plain):
    """Lists the member states, and forgets the territories that belong to them."""

    def is_during(self, member: Json, on: date) -> bool:
        outlying = {"GF", "GP", "MQ", "RE", "YT", "MF", "AX"}
        return member["territory"] not in outlying and super().is_during(member, on)


@caught_by("TestClauseFidelity")
class NobodyLeaves(Plain):
    """Knows who joined the Union, and not who left it."""

    def is_during(self, member: Json, on: date) -> bool:
        return super().is_during({**member, "end": None}, on)


@caught_by("TestClauseFidelity")
class LastDayIncluded(Plain):
    """Counts a member up to the day on which it is none any more."""

    def is_during(self, member: Json, on: date) -> bool:
        end = member["end"]
        return super().is_during(member, on) or (end is not None and on == date.fromisoformat(end))


@caught_by("TestClauseFidelity")
class FirstDayExcluded(Plain):
    """Counts a member from the day after its accession."""

    def is_during(self, member: Json, on: date) -> bool:
        return super().is_during(member, on) and on != date.fromisoformat(member["start"])


@caught_by("TestClauseFidelity")
class EconomicAreaIsUnion(Plain):
    """Takes the European Economic Area for the European Union."""

    def is_within(self, group: str, territory: str, on: date) -> bool:
        return (group == "EU" and territory in {"IS", "LI", "NO"}) or super().is_within(
            group, territory, on
        )


@caught_by("TestClauseFidelity")
class CustomsTiesCount(Plain):
    """Takes the overseas countries of a member state for its territory."""

    def is_within(self, group: str, territory: str, on: date) -> bool:
        return (group == "EU" and territory in {"NC", "PF", "GL", "FO"}) or super().is_within(
            group, territory, on
        )


@caught_by("TestClauseFidelity")
class MainlandOnly(Plain):
    """Counts the fifty states alone as the United States."""

    def is_within(self, group: str, territory: str, on: date) -> bool:
        outlying = {"PR", "GU", "VI", "AS", "MP", "UM"}
        return territory not in outlying and super().is_within(group, territory, on)


@caught_by("TestClauseFidelity", policy="four-zones")
class ExceptionForgotten(Plain):
    """Passes over the members that a policy takes out of a union."""

    def is_within(self, group: str, territory: str, on: date) -> bool:
        members: Json = {**self.policy["territories"][group], "except": []}
        self.policy["territories"][group] = members
        return super().is_within(group, territory, on)


@caught_by("TestClauseFidelity")
class AgreementIgnored(Plain):
    """Places by the country although something else was agreed in writing."""

    def agreed_zone(self, signup: Json, solution: str) -> str | None:
        del signup, solution
        return None


@caught_by("TestClauseFidelity")
class AgreementForEverything(Plain):
    """Takes a written agreement on one solution for one on all."""

    def agreed_zone(self, signup: Json, solution: str) -> str | None:
        storage = self.solution(solution)["storage"]
        return next((zone for _, zone in signup["agreements"] if zone in storage), None)


@caught_by("TestClauseFidelity")
class AgreementOnPaper(Plain):
    """Places as was agreed in writing, and decides as if it was not."""

    def designated(self, request: Json) -> Placed:
        forgotten: Json = {**request["signup"], "agreements": []}
        return super().designated({**request, "signup": forgotten})


@caught_by("TestClauseFidelity")
class EntityIgnored(Plain):
    """Takes every order for one of the parent company, where the order entity decides."""

    def zone(self, rule: Json, entity: str | None) -> str:
        parent = self.policy["entities"][0]["id"]
        return super().zone(rule, parent if entity else None)


@caught_by("TestClauseFidelity")
class FirstZoneOnly(Plain):
    """Names one zone for data that is kept in several."""

    def place(self, signup: Json, name: str) -> Placed:
        placed = super().place(signup, name)
        return placed._replace(zones=placed.zones[:1], hosting=placed.hosting[:1])


@caught_by("TestClauseFidelity")
class WrongClause(Plain):
    """Places by the right rule, and cites the clause of the first."""

    def rule(self, territory: str, on: date) -> Json:
        return {**super().rule(territory, on), "clause": self.policy["rules"][0]["clause"]}


@caught_by("TestPinned")
class MembershipOfToday(Plain):
    """Takes membership on the day of asking, not on the day of the setup."""

    def rule(self, territory: str, on: date) -> Json:
        del on
        return super().rule(territory, TODAY)


@caught_by("TestPinned")
class DesignationDecidedAnew(Plain):
    """Keeps a designation, and decides by what was typed all the same."""

    def designated(self, request: Json) -> Placed:
        return self.place(request["signup"], request["solution"])


@caught_by("TestPinned")
class DesignationOfAZoneOnly(Plain):
    """Keeps the zones of a designation, and cites the clause that would decide today."""

    def designated(self, request: Json) -> Placed:
        now = self.place(request["signup"], request["solution"])
        pinned = request["designation"]
        return now if pinned is None else now._replace(zones=json.loads(pinned)[0])


@caught_by("TestDefaultDeny")
class RegionsByTheirNames(Plain):
    """Takes every cloud region whose name begins with `eu` for ground of the European Union."""

    def locate(self, text: str, on: date) -> Place | None:
        place = super().locate(text, on)
        if place is not None and text.partition(":")[2].startswith("eu-"):
            return place._replace(zone="EU", names=place.names | {"EU"})
        return place


@caught_by("TestDefaultDeny")
class GroundOfToday(Plain):
    """Takes membership of today for the ground of every day."""

    def ground(self, label: str, countries: tuple[str, ...], on: date) -> Place:
        del on
        return super().ground(label, countries, TODAY)


@caught_by("TestDefaultDeny")
class OnePlaceInsideIsEnough(Plain):
    """Permits a write that lands in its zone, wherever the replicas go."""

    def places(self, texts: list[str], on: date) -> list[Place]:
        return sorted(super().places(texts, on), key=_in_some_zone)[:1]


def _in_some_zone(place: Place) -> bool:
    return place.zone is None


@caught_by("TestDefaultDeny")
class UnknownPlacesPassedOver(Plain):
    """Decides by the places that it knows."""

    def places(self, texts: list[str], on: date) -> list[Place]:
        return super().places([text for text in texts if self.locate(text, on)], on)


@caught_by("TestDefaultDeny")
class AdequacyIsEnough(Plain):
    """Takes a country whose protection is adequate for one of the European Union."""

    def is_home(self, place: Place, placed: Placed) -> bool:
        is_adequate = set(place.countries) in ({"GB"}, {"CH"}, {"JP"})
        return super().is_home(place, placed) or ("EU" in placed.zones and is_adequate)


@caught_by("TestDefaultDeny")
class UnnamedPlaceIsHome(Plain):
    """Takes a place that lies in no zone for one that harms none."""

    def is_home(self, place: Place, placed: Placed) -> bool:
        return place.zone is None or super().is_home(place, placed)


@caught_by("TestHomeIsFree")
class LedgerFirst(Plain):
    """Reads the ledger before it looks where the data goes."""

    def designated(self, request: Json) -> Placed:
        placed = super().designated(request)
        self.read_or_refuse(request["signup"]["account"])
        return placed

    def read_or_refuse(self, account: str) -> None:
        """Read the ledger; its failure is a refusal."""
        try:
            self.read(account)
        except OSError:
            raise RefusedError("LEDGER_UNAVAILABLE") from None


@caught_by("TestHomeIsFree")
class HostingAlwaysEnforced(Plain):
    """Blocks a write inside the zone that goes to no declared hosting country."""

    def __init__(self, document: str, geography: Geography) -> None:
        super().__init__(document, geography)
        self.policy["policy"]["enforce_hosting"] = True


@caught_by("TestHomeIsFree", policy="four-zones")
class HostingNeverEnforced(Plain):
    """Passes over a policy that asks for the declared hosting countries."""

    def __init__(self, document: str, geography: Geography) -> None:
        super().__init__(document, geography)
        self.policy["policy"]["enforce_hosting"] = False


@caught_by("TestHomeIsFree")
class ReturnNeedsConsent(Plain):
    """Asks for consent before data may come home."""

    def decide(self, request: Json) -> Json:
        decided = super().decide(request)
        on = datetime.fromisoformat(request["at"]).astimezone(UTC).date()
        source = request["source"] and self.locate(request["source"], on)
        if source and decided["reason"] == "WITHIN_ZONE" and source.zone not in decided["zones"]:
            return {**decided, "permitted": False, "reason": "NO_CONSENT"}
        return decided


@caught_by("TestHomeIsFree")
class ZoneByItsMainCountry(Plain):
    """Knows a zone by the countries in which it hosts, and by no other ground of it."""

    def is_home(self, place: Place, placed: Placed) -> bool:
        hosted = not place.countries or set(place.countries) <= set(placed.hosting)
        return hosted and super().is_home(place, placed)


@caught_by("TestOrderIndependent")
class FirstPlaceOnly(Plain):
    """Looks at the first of several places."""

    def places(self, texts: list[str], on: date) -> list[Place]:
        found = super().places(texts, on)
        return [place for place in found if place == self.locate(texts[0], on)]


@caught_by("TestCacheTransparent")
class PlacementKeptByCountry(Plain):
    """Keeps a placement by country and solution, whoever set up the account and when."""

    def place(self, signup: Json, name: str) -> Placed:
        kept: dict[Any, Placed] = vars(self).setdefault("kept", {})
        key = (signup["country"], name)
        if key not in kept:
            kept[key] = super().place(signup, name)
        return kept[key]


@caught_by("TestReplayable")
class ConsentUsedUp(Plain):
    """Takes each consent for one that permits once."""

    def decide(self, request: Json) -> Json:
        asked: dict[str, int] = vars(self).setdefault("asked", {})
        decided = super().decide(request)
        key = json.dumps(request, sort_keys=True)
        asked[key] = asked.get(key, 0) + 1
        if asked[key] > 1 and decided["permitted"]:
            return {**decided, "permitted": False, "reason": "CONSENT_EXPIRED"}
        return decided
