"""A designation: a placement pinned at setup, as a value to store and read back.

Membership and policies change; a designation does not (semantics §1, "placement is pinned at
setup"). Store its JSON beside the account, and pass it to the guard in place of account and
solution. Moving a designation is a transfer, and needs what a transfer needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import cast

from attrs import field, frozen

from residency.account import Account, Agreement, shared_key
from residency.checks import require_date, require_instance, require_str, require_text
from residency.errors import ErrorKind, InputError, ResidencyError
from residency.geography import TERRITORIES, Territory
from residency.placement import Placement
from residency.policy.document import PolicyReference
from residency.value import Value

__all__ = ["Designation"]

_FORMAT = 1
_LONGEST_JSON = 100_000
_REVISION_DIGITS = 64


@frozen(slots=True, eq=False, repr=False)
class Designation(Value):
    """The zone designated for one account and solution, with the clause and policy that did so.

    Args:
        account: the account's id.
        setup_date: the day of the initial setup, on which membership was taken.
        placement: the placement as it was decided then.

    Attributes:
        id: the account's id, under the name that an account has for it.
        key: what a decision depends on, as one text; a table look-up needs nothing else.
    """

    account: str
    setup_date: date
    placement: Placement
    id: str = field(init=False, eq=False, repr=False)
    key: str = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "account", require_text(self.account, "the account id"))
        object.__setattr__(self, "setup_date", require_date(self.setup_date, "the setup date"))
        place = require_instance(self.placement, Placement, "the placement")
        # A list's repr quotes each text, so that two designations share a key only if they decide
        # alike; an account's key never starts with a bracket.
        parts = [place.solution, place.zones, place.hosting, place.clause, str(place.policy)]
        object.__setattr__(self, "key", shared_key(repr(parts)))
        object.__setattr__(self, "id", self.account)

    @classmethod
    def of(cls, account: Account, placement: Placement) -> Designation:
        """Pin ``placement``, which was decided for ``account``.

        Raises:
            InputError: it was decided for an account of another territory (CONFLICT), or an
                argument is of another type.
        """
        require_instance(account, Account, "the account")
        place = require_instance(placement, Placement, "the placement")
        if place.territory != account.territory:
            message = f"the placement is one for {place.territory}: place this account anew"
            raise InputError(message, kind=ErrorKind.CONFLICT, value=place)
        return cls(account=account.id, setup_date=account.setup_date, placement=placement)

    def to_json(self) -> str:
        """Return the designation as one line of JSON, for :meth:`from_json` to read back."""
        place = self.placement
        agreement = place.agreement
        return json.dumps(
            {
                "format": _FORMAT,
                "account": self.account,
                "setup_date": self.setup_date.isoformat(),
                "solution": place.solution,
                "territory": place.territory,
                "zones": place.zones,
                "hosting": place.hosting,
                "clause": place.clause,
                "policy": {
                    "id": place.policy.id,
                    "effective": place.policy.effective.isoformat(),
                    "revision": place.policy.revision,
                },
                "agreement": agreement
                and {
                    "solution": agreement.solution,
                    "zone": agreement.zone,
                    "reference": agreement.reference,
                    "date": agreement.date.isoformat(),
                },
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Designation:
        """Read a designation that :meth:`to_json` wrote.

        Raises:
            InputError: the text is no designation of a format this version knows (MALFORMED).
        """
        text = require_str(text, "the designation")
        if len(text) > _LONGEST_JSON:
            message = f"the designation has {len(text)} characters: it is not one of ours"
            raise InputError(message, kind=ErrorKind.TOO_LARGE, value=text)
        try:
            document = _keys(json.loads(text, object_pairs_hook=_object), _DESIGNATION_KEYS)
            if type(document["format"]) is not int or document["format"] != _FORMAT:
                raise ValueError
            return cls(
                account=_text(document["account"]),
                setup_date=_date(document["setup_date"]),
                placement=_placement(document),
            )
        except (ResidencyError, ValueError, RecursionError):
            message = "the designation cannot be read: pass the text that to_json returned"
            raise InputError(message, kind=ErrorKind.MALFORMED, value=text) from None


_DESIGNATION_KEYS = frozenset(
    (
        "format",
        "account",
        "setup_date",
        "solution",
        "territory",
        "zones",
        "hosting",
        "clause",
        "policy",
        "agreement",
    )
)
_POLICY_KEYS = frozenset(("id", "effective", "revision"))
_AGREEMENT_KEYS = frozenset(("solution", "zone", "reference", "date"))


def _placement(document: Mapping[str, object]) -> Placement:
    policy = _keys(document["policy"], _POLICY_KEYS)
    revision = _text(policy["revision"])
    if len(revision) != _REVISION_DIGITS or not set(revision) <= set("0123456789abcdef"):
        raise ValueError
    stored = document["agreement"]
    agreement = None if stored is None else _agreement(_keys(stored, _AGREEMENT_KEYS))
    solution, zones = _text(document["solution"]), _texts(document["zones"])
    if agreement is not None and (agreement.solution, (agreement.zone,)) != (solution, zones):
        raise ValueError
    return Placement(
        solution=solution,
        territory=_territory(document["territory"]),
        zones=zones,
        hosting=tuple(_territory(country) for country in _texts(document["hosting"])),
        clause=_text(document["clause"]),
        policy=PolicyReference(_text(policy["id"]), _date(policy["effective"]), revision),
        agreement=agreement,
    )


def _agreement(stored: Mapping[str, object]) -> Agreement:
    return Agreement(
        solution=_text(stored["solution"]),
        zone=_text(stored["zone"]),
        reference=_text(stored["reference"]),
        date=_date(stored["date"]),
    )


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Of two values under one key a reader may see the one, and a person the other.
    if len(pairs) != len(dict(pairs)):
        raise ValueError
    return dict(pairs)


def _keys(value: object, keys: frozenset[str]) -> Mapping[str, object]:
    if not isinstance(value, dict) or value.keys() != keys:
        raise ValueError
    return cast("dict[str, object]", value)


def _text(value: object) -> str:
    return require_text(value, "a text of the designation")


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError
    return tuple(_text(item) for item in cast("list[object]", value))


def _date(value: object) -> date:
    day = date.fromisoformat(_text(value))
    if day.isoformat() != value:
        raise ValueError
    return day


def _territory(value: object) -> Territory:
    code = Territory(_text(value))
    if code not in TERRITORIES:
        raise ValueError
    return code
