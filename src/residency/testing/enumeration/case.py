"""One question of the enumeration, as a value and as a line of text.

The line is canonical: it holds all that the answer depends on, so that whoever enumerates the same
domain writes the same lines, and a digest over them says that they did.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

from residency.consent import ConsentEvent
from residency.testing.exemptions import Claim

__all__ = [
    "ACCOUNT_ID",
    "Case",
    "CountryCase",
    "Customer",
    "DataMapCase",
    "DecisionCase",
    "Held",
    "PlaceCase",
    "PlacementCase",
    "Request",
    "RetentionCase",
    "TransferCase",
    "shown",
]

ACCOUNT_ID = "acme"
"""The account that every question is about; events of another account are part of some."""

Held: TypeAlias = tuple[ConsentEvent, ...] | None
"""What the ledger holds; None for a ledger that cannot be read."""


Request: TypeAlias = tuple[str | None, str | None, str | None, Claim | None, bool]
"""What a transfer may say of itself: source, category, purpose, claim and whether it is strict."""


class Customer(NamedTuple):
    """An account as it was set up.

    Args:
        territory: the alpha-2 code of the country that was typed.
        setup_date: the day of the initial setup.
        entity: the order entity; None where it is missing.
        agreement: the zone that a written agreement names for the solution asked about, if any.
    """

    territory: str
    setup_date: date
    entity: str | None
    agreement: str | None = None

    @property
    def line(self) -> str:
        """The account as words of a canonical line."""
        return _customer_line(self)


@lru_cache(maxsize=64)  # many questions in turn are about one customer
def _customer_line(customer: Customer) -> str:
    territory, day, entity, agreement = customer
    agreed = "" if agreement is None else f" agreed={agreement}"
    named = "" if entity is None else f" entity={entity}"
    return f"country={territory} setup={day}{named}{agreed}"


class CountryCase(NamedTuple):
    """Which territory does a text name that was typed as the country?"""

    text: str

    @property
    def line(self) -> str:
        """The canonical line."""
        return f"typed={shown(self.text)}"


class PlaceCase(NamedTuple):
    """Which place does a text name on a day, and on which zone's ground does it stand?"""

    text: str
    on: date

    @property
    def line(self) -> str:
        """The canonical line."""
        return f"place={shown(self.text)} on={self.on}"


class PlacementCase(NamedTuple):
    """Where is the data of an account's solution stored?"""

    customer: Customer
    solution: str

    @property
    def line(self) -> str:
        """The canonical line."""
        return f"{self.customer.line} solution={self.solution}"


class TransferCase(NamedTuple):
    """May the data of an account's solution be brought to some places?

    Args:
        customer: whose data it is.
        solution: the solution's id.
        to: the places, all of which the data lands on.
        state: what the ledger holds, as the name of a class of consent states.
        held: the same as events.
        at: the moment; None for the present, at which the everyday call decides.
        source: where the data lies; None for where it is designated to be.
        category: the data category, if it is known.
        purpose: the purpose, if it is known.
        claim: the exemption that is invoked, if one is.
        strict: whether exemptions are switched off.
    """

    customer: Customer
    solution: str
    to: tuple[str, ...]
    state: str
    held: Held
    at: datetime | None = None
    source: str | None = None
    category: str | None = None
    purpose: str | None = None
    claim: Claim | None = None
    strict: bool = False

    @property
    def line(self) -> str:
        """The canonical line."""
        line = (
            f"{_customer_line(self.customer)} solution={self.solution} "
            f"to={_listed(self.to)} consent={self.state}"
        )
        return line if self.at is None else f"{line}{_request_line(self.at, self.request)}"

    @property
    def request(self) -> Request:
        """Source, category, purpose, claim and whether it is strict."""
        return self[6:]


class RetentionCase(NamedTuple):
    """How long is a category of data kept, and until when by what is known to have happened?

    Args:
        solution: the solution's id.
        category: the data category's id.
        events: events with the day on which each happened, None for what has not happened. Of an
            event that is left out nothing is known.
    """

    solution: str
    category: str
    events: tuple[tuple[str, date | None], ...] = ()

    @property
    def line(self) -> str:
        """The canonical line."""
        known = "".join(f" {event}={day or 'never'}" for event, day in self.events)
        return f"solution={self.solution} category={self.category}{known}"


class DataMapCase(NamedTuple):
    """What is held for an account, where, and for how long?

    Args:
        customer: the account.
        agreed: the solution that its written agreement is about, if it has one.
        pinned: an account and a solution: where that account's data is placed, the data of this one
            was designated to be; None where nothing was.
    """

    customer: Customer
    agreed: str | None = None
    pinned: tuple[Customer, str] | None = None

    @property
    def line(self) -> str:
        """The canonical line."""
        line = f"map {self.customer.line}"
        if self.agreed is not None:
            line += f" on={self.agreed}"
        if self.pinned is not None:
            customer, solution = self.pinned
            line += f" pinned={solution} as {customer.line}"
        return line


DecisionCase: TypeAlias = CountryCase | PlaceCase | PlacementCase | TransferCase
"""A question about a decision, of which there are portable vectors."""

Case: TypeAlias = DecisionCase | RetentionCase | DataMapCase


@lru_cache(maxsize=1_024)  # a domain has few destinations
def _listed(to: tuple[str, ...]) -> str:
    return "+".join(map(shown, to))


def shown(text: str) -> str:
    """Return a text as a word of a canonical line: without a blank, and never empty."""
    return text.replace("%", "%25").replace(" ", "%20").replace("+", "%2B") or "%"


# Each request is made of many accounts and places; equal moments are written alike, all in UTC.
@lru_cache(maxsize=1_024)
def _request_line(at: datetime, request: Request) -> str:
    source, category, purpose, claim, strict = request
    named = (("source", source), ("category", category), ("purpose", purpose))
    words = [f" {name}={shown(value)}" for name, value in named if value is not None]
    claimed = "" if claim is None else f" claim={_claimed(claim)}"
    return f" at={at.isoformat()}{''.join(words)}{claimed}{' strict' if strict else ''}"


def _claimed(claim: Claim) -> str:
    return ",".join(f"{name}:{_said(value)}" for name, value in claim._asdict().items() if value)


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    texts = cast("tuple[str, ...]", value) if isinstance(value, tuple) else (str(value),)
    return shown("/".join(texts))
