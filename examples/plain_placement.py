"""Placement and places, for the other implementation: the country that was typed, and the rules."""

import re
import tomllib
from datetime import date
from typing import NamedTuple

from plain_geography import Geography, Json, plain

_LONGEST_TEXT = 256
# Control characters, and what Unicode calls default-ignorable.
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_PLAIN_SIGNS = frozenset(map(chr, (*range(0x21, 0x7F), *range(0xFF01, 0xFF5F))))


class RefusedError(Exception):
    """There is no answer; the argument is the kind of the error."""


class Placed(NamedTuple):
    """Where data is designated to be."""

    zones: list[str]
    hosting: list[str]
    clause: str


class Place(NamedTuple):
    """A place, and all that a consent may call it."""

    label: str
    names: frozenset[str]
    countries: tuple[str, ...]
    zone: str | None


class PlainPlacement:
    """One policy, and the world that it is about."""

    def __init__(self, document: str, geography: Geography) -> None:
        self.policy: Json = tomllib.loads(document)
        self.geography = geography

    def territory(self, text: str) -> str:
        """Return the one territory that a text names."""
        if len(text) > _LONGEST_TEXT:
            raise RefusedError("TOO_LONG")
        stripped = text.strip()
        if not stripped:
            raise RefusedError("EMPTY")
        if _HIDDEN.search(stripped):
            raise RefusedError("INVALID_CHAR")
        key = plain(text)
        is_plain = _PLAIN_SIGNS.issuperset(stripped)
        if key in self.geography.codes and not is_plain:
            raise RefusedError("UNKNOWN")
        if key in self.geography.refused:
            raise RefusedError(self.geography.refused[key])
        if key in self.geography.names:
            return self.geography.names[key]
        for shape, kind in self.geography.refused_shapes.items():
            if is_plain and re.fullmatch(shape, key):
                raise RefusedError(kind)
        raise RefusedError("UNKNOWN")

    def is_within(self, group: str, territory: str, on: date) -> bool:
        """Say whether a territory lies in a territory group on a day."""
        members = self.policy["territories"][group]
        if territory in members.get("codes", ()):
            return True
        if territory in members.get("except", ()):
            return False
        return any(
            member["territory"] == territory and self.is_during(member, on)
            for member in self.geography.unions.get(members.get("union"), ())
        )

    def is_during(self, member: Json, on: date) -> bool:
        """Say whether a membership lasts on a day: from its first to before its end."""
        end = member["end"]
        begun = date.fromisoformat(member["start"]) <= on
        return begun and (end is None or on < date.fromisoformat(end))

    def entity(self, name: str | None) -> str:
        """Return the id of the order entity that a text names."""
        if name is None or not plain(name):
            raise RefusedError("MISSING_ENTITY")
        for entity in self.policy["entities"]:
            for known in (entity["id"], entity["name"], *entity.get("aliases", ())):
                if plain(known) == plain(name):
                    found: str = entity["id"]
                    return found
        raise RefusedError("UNKNOWN_ENTITY")

    def solution(self, name: str) -> Json:
        """Return a solution."""
        for solution in self.policy["solutions"]:
            if solution["id"] == name:
                found: Json = solution
                return found
        raise RefusedError("UNKNOWN_SOLUTION")

    def rule(self, territory: str, on: date) -> Json:
        """Return the placement rule that a territory falls under on a day."""
        rules: list[Json] = self.policy["rules"]
        for rule in rules:
            if "within" in rule and self.is_within(rule["within"], territory, on):
                return rule
        return next(rule for rule in rules if rule.get("elsewhere"))

    def place(self, signup: Json, name: str) -> Placed:
        """Return where the data of a solution is designated to be."""
        territory = self.territory(signup["country"])
        solution = self.solution(name)
        zones, clause = list(solution["storage"]), solution["clause"]
        agreed = self.agreed_zone(signup, name)
        if agreed is not None:
            if agreed not in zones:
                raise RefusedError("NO_STORAGE")
            zones, clause = [agreed], self.policy["policy"]["agreement_clause"]
        elif solution["placed_by_country"]:
            rule = self.rule(territory, date.fromisoformat(signup["day"]))
            zones, clause = [self.zone(rule, signup["entity"])], rule["clause"]
        hosting = [country for zone in zones for country in solution["storage"][zone]]
        return Placed(zones, hosting, clause)

    def agreed_zone(self, signup: Json, solution: str) -> str | None:
        """Return the zone that a written agreement names for a solution."""
        return dict(signup["agreements"]).get(solution)

    def zone(self, rule: Json, entity: str | None) -> str:
        """Return the zone that a rule leads to."""
        found: str = rule["zone"] if "zone" in rule else rule["zone_by_entity"][self.entity(entity)]
        return found

    def locate(self, text: str, on: date) -> Place | None:
        """Return the place that a text names; None for no place."""
        scheme, _, name = text.partition(":")
        if scheme == "zone":
            known = any(zone["id"] == name for zone in self.policy["zones"])
            return Place(text, frozenset({text, name}), (), name) if known else None
        if scheme == "country":
            try:
                territory = self.territory(name)
            except RefusedError:
                return None
            return self.ground(f"country:{territory}", (territory,), on)
        found = self.geography.regions.get(f"{scheme}:{name.strip().lower()}")
        return self.ground(*found, on) if found and name.isascii() else None

    def ground(self, label: str, countries: tuple[str, ...], on: date) -> Place:
        """Return a place that stands on the ground of some countries."""
        names = {label, *(f"country:{each}" for each in countries if len(countries) == 1)}
        for zone in self.policy["zones"]:
            if all(self.is_within(zone["territory"], country, on) for country in countries):
                return Place(label, frozenset({*names, zone["id"]}), countries, zone["id"])
        return Place(label, frozenset(names), countries, None)
