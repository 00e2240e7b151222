"""Wrong ways to read what the administrator typed."""

from __future__ import annotations

import difflib
import json
import unicodedata

from plain_geography import Json, plain
from plain_placement import Placed, RefusedError
from plain_residency import Plain
from tests.wrong.wrong import caught_by


@caught_by("TestTotal")
class FuzzyNames(Plain):
    """Takes the country whose name is most like the text."""

    def territory(self, text: str) -> str:
        try:
            return super().territory(text)
        except RefusedError:
            close = difflib.get_close_matches(plain(text[:40]), self.geography.names, 1, 0.8)
            if not close:
                raise
            return self.geography.names[close[0]]


@caught_by("TestTotal")
class NamesByPrefix(Plain):
    """Takes the first country whose name begins with the text."""

    def territory(self, text: str) -> str:
        try:
            return super().territory(text)
        except RefusedError:
            for name, territory in self.geography.names.items():
                if plain(text) and name.startswith(plain(text)):
                    return territory
            raise


@caught_by("TestTotal")
class NamesByCase(Plain):
    """Knows a name only as it is written in the table, in capitals or not."""

    def territory(self, text: str) -> str:
        found = super().territory(text)
        if text.strip() not in {text.strip().upper(), text.strip().title()}:
            raise RefusedError("UNKNOWN")
        return found


@caught_by("TestTotal")
class SubdivisionIsItsLastPart(Plain):
    """Reads `US-CA` by what stands after the hyphen, as Canada."""

    def territory(self, text: str) -> str:
        return super().territory(text[-2:] if text[-3:-2] == "-" else text)


@caught_by("TestTotal")
class SubdivisionIsItsCountry(Plain):
    """Reads `US-CA` by what stands before the hyphen."""

    def territory(self, text: str) -> str:
        return super().territory(text[:2] if text[2:3] == "-" else text)


@caught_by("TestTotal")
class AmbiguityDecided(Plain):
    """Takes `Congo`, `America` and their like for some country."""

    def territory(self, text: str) -> str:
        try:
            return super().territory(text)
        except RefusedError as refused:
            if str(refused) != "AMBIGUOUS":
                raise
            return "US"


@caught_by("TestTotal")
class RefusedForOneReason(Plain):
    """Refuses whatever is no country, and says of all of it that it is empty."""

    def territory(self, text: str) -> str:
        try:
            return super().territory(text)
        except RefusedError:
            raise RefusedError("EMPTY") from None


@caught_by("TestTotal")
class WithdrawnCodesLiveOn(Plain):
    """Takes the code of a country that is no more for a successor."""

    def territory(self, text: str) -> str:
        return super().territory({"CS": "CZ", "YU": "RS", "DD": "DE"}.get(text, text))


@caught_by("TestTotal")
class EuropeIsACountry(Plain):
    """Takes the European Union for a member state."""

    def territory(self, text: str) -> str:
        return super().territory("BE" if plain(text) in {"eu", "europe"} else text)


@caught_by("TestTotal")
class LigaturesAreLetters(Plain):
    """Normalises first and looks then: a ligature is Finland, a Roman six the Virgin Islands."""

    def territory(self, text: str) -> str:
        return super().territory(unicodedata.normalize("NFKC", text))


@caught_by("TestTotal")
class HiddenSignsVanish(Plain):
    """Removes signs that nobody sees from inside a text."""

    def territory(self, text: str) -> str:
        return super().territory(text.replace("\N{ZERO WIDTH SPACE}", ""))


@caught_by("TestTotal")
class AnyLength(Plain):
    """Trims a text before it measures it."""

    def territory(self, text: str) -> str:
        return super().territory(text.strip())


@caught_by("TestTotal")
class DefaultCountry(Plain):
    """Places an unknown country where the company is."""

    def territory(self, text: str) -> str:
        try:
            return super().territory(text)
        except RefusedError:
            return "CA"


@caught_by("TestTotal")
class DefaultZone(Plain):
    """Leads to the first zone where nobody knows who processed the order."""

    def zone(self, rule: Json, entity: str | None) -> str:
        try:
            return super().zone(rule, entity)
        except RefusedError:
            return str(self.policy["zones"][0]["id"])


@caught_by("TestTotal")
class MissingEntityIsTheFirst(Plain):
    """Takes an order that names no entity for one of the parent company."""

    def entity(self, name: str | None) -> str:
        return super().entity(name or self.policy["entities"][0]["id"])


@caught_by("TestTotal")
class DefaultSolution(Plain):
    """Takes a solution that nobody knows for the first one."""

    def solution(self, name: str) -> Json:
        try:
            return super().solution(name)
        except RefusedError:
            return super().solution(self.policy["solutions"][0]["id"])


@caught_by("TestTotal")
class SolutionOutOfPlace(Plain):
    """Says of a solution that nobody knows that it has no storage."""

    def solution(self, name: str) -> Json:
        try:
            return super().solution(name)
        except RefusedError:
            raise RefusedError("NO_STORAGE") from None


@caught_by("TestTotal")
class NobodysDataGoesAnywhere(Plain):
    """Permits every transfer of an account that it cannot place."""

    def decide(self, request: Json) -> Json:
        try:
            self.designated(request)
        except RefusedError:
            nothing = dict.fromkeys(("clauses", "consents", "zones"), ())
            return {"permitted": True, "reason": "WITHIN_ZONE", **nothing}
        return super().decide(request)


@caught_by("TestTotal")
class NobodysDataIsPinned(Plain):
    """Pins an account that it cannot place to the first zone."""

    def answer(self, message: Json) -> Json:
        answered = super().answer(message)
        if message["call"] == "designate" and "refused" in answered:
            zone = self.policy["zones"][0]["id"]
            return {"ok": json.dumps(Placed([zone], [], ""))}
        return answered


@caught_by("TestTotal")
class AgreementWithoutStorage(Plain):
    """Passes over a written agreement that cannot be kept."""

    def agreed_zone(self, signup: Json, solution: str) -> str | None:
        agreed = super().agreed_zone(signup, solution)
        return agreed if agreed in self.solution(solution)["storage"] else None


@caught_by("TestEntityIrrelevant")
class EntityByFirstWord(Plain):
    """Knows an order entity by the first word of its name."""

    def entity(self, name: str | None) -> str:
        try:
            return super().entity(name)
        except RefusedError:
            for entity in self.policy["entities"]:
                if plain(entity["name"]).startswith(plain(name or " ").split(" ")[0] or " "):
                    return str(entity["id"])
            raise


@caught_by("TestEntityIrrelevant")
class EntityByCase(Plain):
    """Knows an order entity only as it is written in the policy."""

    def entity(self, name: str | None) -> str:
        found = super().entity(name)
        for entity in self.policy["entities"]:
            if name in (entity["id"], entity["name"], *entity.get("aliases", ())):
                return found
        raise RefusedError("UNKNOWN_ENTITY")


@caught_by("TestEntityIrrelevant")
class EntityAlwaysRequired(Plain):
    """Refuses an account without an order entity where the country decides."""

    def zone(self, rule: Json, entity: str | None) -> str:
        self.entity(entity)
        return super().zone(rule, entity)


@caught_by("TestEntityIrrelevant")
class EntityDecidesEverywhere(Plain):
    """Lets the order entity decide for customers in the European Union, too."""

    def zone(self, rule: Json, entity: str | None) -> str:
        elsewhere = next(each for each in self.policy["rules"] if each.get("elsewhere"))
        known = entity in elsewhere["zone_by_entity"]
        return super().zone(elsewhere if known else rule, entity)
