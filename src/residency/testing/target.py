"""The protocol of what the properties check: any implementation, behind seven calls.

A target decides by one policy document and keeps one consent ledger. Values are plain: texts, days,
moments, tuples. Whoever adapts an implementation writes a class with these calls and a factory that
makes one from the text of a policy document; :mod:`residency.testing.engine` does so for ours.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias, cast

from attrs import frozen

from residency.consent import ConsentEvent
from residency.errors import ErrorKind, InputError, quote
from residency.testing.exemptions import Claim
from residency.testing.reference import Placed, Verdict

__all__ = ["Answer", "Factory", "LedgerFault", "Request", "SignUp", "Target", "load_factory"]


@frozen(slots=True)
class SignUp:
    """An account as it was set up.

    Args:
        account: the account's id.
        country: the setup country, as the administrator typed it.
        entity: who processed the order, by id or name; None if that is missing.
        day: the day of the initial setup.
        agreements: written agreements, each a solution's id and the zone agreed upon.
    """

    account: str
    country: str
    entity: str | None
    day: date
    agreements: tuple[tuple[str, str], ...] = ()


@frozen(slots=True, kw_only=True)
class Request:
    """May this account's data be brought there?

    Args:
        signup: whose data it is.
        solution: the solution's id.
        to: every place that the bytes land on: `zone:EU`, `country:FR`, `aws:eu-west-1`.
        at: the moment to decide for, timezone-aware.
        source: where the data lies; None for where it is designated to be.
        category: the data category, if it is known.
        purpose: the purpose, if it is known.
        claim: the exemption that the request invokes; None if it invokes none.
        designation: what :meth:`Target.designate` returned when the account was set up; it decides
            in place of what was typed. None where nothing was pinned.
    """

    signup: SignUp
    solution: str
    to: tuple[str, ...]
    at: datetime
    source: str | None = None
    category: str | None = None
    purpose: str | None = None
    claim: Claim | None = None
    designation: str | None = None


class Answer(NamedTuple):
    """What an implementation decides.

    Args:
        permitted: whether the data may be brought there.
        reason: one of the reasons of the policy's evaluation, such as `WITHIN_ZONE`.
        clauses: the ids of the clauses that decide, the placement's first.
        consents: the ids of the consent records that a permit rests on, sorted.
        zones: the zones designated for the data.
    """

    permitted: bool
    reason: str
    clauses: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The answer as the reference evaluator writes one."""
        return Verdict(self.reason, self.clauses, self.consents)


class LedgerFault(StrEnum):
    """How a ledger fails."""

    ERROR = "error"
    """To read it is an error."""
    TIMEOUT = "timeout"
    """It does not answer in time."""
    GARBAGE = "garbage"
    """Beside what it holds, it returns something that is no event."""


class Target(Protocol):
    """An implementation under test."""

    def place(self, signup: SignUp, solution: str) -> Placed:
        """Return where the data is designated to be, and by which clause.

        Raises:
            Refused: with the kind of the typed error, such as `MISSING_ENTITY`.
        """
        ...

    def designate(self, signup: SignUp, solution: str) -> str:
        """Return the placement as a text to store, in whatever form.

        Raises:
            Refused: as :meth:`place`.
        """
        ...

    def decide(self, request: Request) -> Answer:
        """Decide a request by what the ledger holds.

        Raises:
            Refused: with the kind of the typed error; nothing is permitted.
        """
        ...

    def append(self, event: ConsentEvent) -> None:
        """Record a consent event. It counts as soon as this returns.

        An event that is held already changes nothing.
        """
        ...

    def fail(self, fault: LedgerFault) -> None:
        """Let reading the ledger fail from now on, until :meth:`clear`."""
        ...

    def clear(self) -> None:
        """Empty the ledger and let it work again."""
        ...

    def close(self) -> None:
        """Give back what the target holds, such as a process; it is not used again."""
        ...


Factory: TypeAlias = Callable[[str], Target]
"""Makes a target from the text of a policy document, in TOML."""


def load_factory(name: str) -> Factory:
    """Return the factory that a text names.

    Args:
        name: `package.module:factory`.

    Raises:
        InputError: it names nothing that can be imported and called.
    """
    module, _, attribute = name.partition(":")
    try:
        factory: object = getattr(importlib.import_module(module), attribute)
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        message = f"{quote(name)} is no target: {error}: write `package.module:factory`"
        raise InputError(message, kind=ErrorKind.MALFORMED, value=name) from error
    if not callable(factory):
        message = f"{quote(name)} cannot be called: name a function that makes a target"
        raise InputError(message, kind=ErrorKind.TYPE, value=name)
    return cast("Factory", factory)
