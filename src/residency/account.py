"""An account as it stood when it was set up, with the written agreements that speak of it.

It holds what the administrator typed, the country that the text names, and the key under which
every table finds what was decided for accounts like it (semantics §1).
"""

from __future__ import annotations

from datetime import date
from typing import Final

from attrs import field, frozen

from residency.checks import (
    LONGEST_TEXT,
    items_of,
    require_date,
    require_instance,
    require_str,
    require_text,
)
from residency.errors import AgreementError, EntityError, ErrorKind, quote
from residency.geography import MEMBERSHIPS, Territory, fold, normalise
from residency.value import Value

__all__ = ["LONGEST_KEY", "Account", "Agreement", "folded_entity", "shared_key"]


@frozen(slots=True, eq=False, repr=False)
class Agreement(Value):
    """A written agreement that names the zone of one solution, §5(agreement).

    Args:
        solution: the solution's id.
        zone: the zone agreed upon.
        reference: where the writing is kept, such as a contract number.
        date: the day it was agreed.

    Raises:
        AgreementError: a text is missing or malformed.
        InputError: the date is not a ``date``.
    """

    solution: str
    zone: str
    reference: str
    date: date

    def __attrs_post_init__(self) -> None:
        for name in ("solution", "zone", "reference"):
            text = require_text(
                getattr(self, name), f"the agreement's {name}", error=AgreementError
            )
            object.__setattr__(self, name, text)
        object.__setattr__(self, "date", require_date(self.date, "the agreement's date"))


@frozen(slots=True, eq=False, repr=False)
class Account(Value):
    """A customer's account, as it stood when it was set up.

    Args:
        id: the account's id, at most 256 printable characters.
        setup_country: the country as the administrator typed it at initial setup.
        order_entity: the legal entity that processed the order, by id or full name. It may be
            missing where the placement does not depend on it.
        setup_date: the day of the initial setup.
        agreements: written agreements, at most one for each solution.

    Attributes:
        territory: the ISO 3166-1 alpha-2 code (or ``XK``) that the text names.
        key: what the placement depends on, as one text; a table look-up needs nothing else.

    Raises:
        CountryError: the text does not name exactly one country.
        EntityError: the entity is neither text nor None, or longer than 256 characters.
        AgreementError: two agreements name the same solution.
        InputError: the id or the date is malformed.
    """

    id: str
    setup_country: str
    order_entity: str | None = None
    setup_date: date = field(kw_only=True)
    agreements: tuple[Agreement, ...] = field(default=(), kw_only=True)
    territory: Territory = field(init=False, eq=False)
    key: str = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "id", require_text(self.id, "the account id"))
        territory = normalise(self.setup_country)
        entity = folded_entity(self.order_entity)
        day = require_date(self.setup_date, "the setup date")
        object.__setattr__(self, "setup_date", day)
        object.__setattr__(self, "agreements", _checked_agreements(self.agreements))
        object.__setattr__(self, "territory", territory)
        # INVARIANT (cache transparent): no table holds a key with this prefix, so that an account
        # with agreements is never answered with the placement of one without.
        agreed = "agreed|" if self.agreements else ""
        key = f"{agreed}{territory}|{MEMBERSHIPS.era(day)}|{entity}"
        object.__setattr__(self, "key", shared_key(key))

    def __reduce__(self) -> tuple[object, ...]:
        # Made anew where it is read: the key counts eras, of which another release may have more.
        told = (self.id, self.setup_country, self.order_entity)
        return _account, (*told, self.setup_date, self.agreements)


def _account(
    account_id: str,
    setup_country: str,
    order_entity: str | None,
    setup_date: date,
    agreements: tuple[Agreement, ...],
) -> Account:
    return Account(
        account_id, setup_country, order_entity, setup_date=setup_date, agreements=agreements
    )


LONGEST_KEY: Final = 256
"""The longest key, in characters, that is kept beyond the object whose key it is."""

_MOST_KEYS = 65_536
_KEYS: dict[str, str] = {}


def shared_key(key: str) -> str:
    """Return the one object that stands for all equal keys.

    A million accounts then share a few keys, which saves memory, and a look-up compares addresses
    instead of texts. Keys come from outside, so the number of those shared is bounded, and their
    length.
    """
    if len(key) > LONGEST_KEY:
        return key
    return _KEYS.setdefault(key, key) if len(_KEYS) < _MOST_KEYS else _KEYS.get(key, key)


def folded_entity(order_entity: object) -> str:
    """Return the name of an order entity as it is compared; empty where there is none.

    Raises:
        EntityError: it is neither text nor None (TYPE), or longer than 256 characters (TOO_LONG).
    """
    if order_entity is None:
        return ""
    name = require_str(order_entity, "the order entity", error=EntityError)
    if len(name) > LONGEST_TEXT:
        message = f"the order entity has more than {LONGEST_TEXT} characters: pass its id"
        raise EntityError(message, kind=ErrorKind.TOO_LONG, value=order_entity)
    return fold(name)


def _checked_agreements(agreements: object) -> tuple[Agreement, ...]:
    require_instance(agreements, tuple, "agreements", error=AgreementError)
    items = items_of(agreements)
    if items is None:
        message = "agreements cannot be read through: pass a plain tuple of Agreement"
        raise AgreementError(message, kind=ErrorKind.TYPE, value=agreements)
    checked: list[Agreement] = []
    for item in items:
        agreement = require_instance(item, Agreement, "an agreement", error=AgreementError)
        if any(agreement.solution == other.solution for other in checked):
            message = f"two agreements name {quote(agreement.solution)}: keep the one in force"
            raise AgreementError(message, kind=ErrorKind.CONFLICT, value=agreement)
        checked.append(agreement)
    return tuple(checked)
