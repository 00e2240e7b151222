"""What a request may show for an exemption: all that any could ask for, and one thing less."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from residency.testing.enumeration.domain import Domain
from residency.testing.exemptions import Claim

__all__ = ["claims_for"]

_INSTANT = timedelta(microseconds=1)


def claims_for(
    domain: Domain, at: datetime, *, whole: bool = False
) -> Iterator[tuple[str | None, Claim | None, bool]]:
    """Yield purpose, claim and whether exemptions are switched off, for each exemption and none.

    From a claim that shows everything, with each purpose, each provider and personnel in each
    hosting country, one thing at a time is taken away.

    Args:
        domain: what there is to ask about.
        at: the moment of the request, near which the claims begin and end to count.
        whole: whether to yield the claims that show everything alone.
    """
    yield None, None, False
    for exemption, served in (*domain.exemptions.items(), ("NOTHING", ())):
        purpose = next(iter((*served, *domain.purposes)), None)
        shown = Claim(
            exemption,
            personnel=(domain.hosting[0],),
            provider=next(iter(domain.providers), None),
            reference="order 1",
            safeguards="record 1",
            handling=True,
        )
        yield purpose, shown, False
        yield purpose, shown, True
        if not whole:
            for change in _changes(domain, at):
                yield purpose, shown._replace(**change), False
            for wanted in dict.fromkeys((None, *domain.purposes, "another purpose")):
                if wanted != purpose:
                    yield wanted, shown, False


def _changes(domain: Domain, at: datetime) -> Iterator[dict[str, Any]]:
    for country in (*domain.hosting[1:], *domain.others):
        yield {"personnel": (country,)}
    yield {"personnel": ()}
    yield {"personnel": (domain.hosting[0], domain.others[-1])}
    for provider in (*domain.providers[1:], "nobody", None):
        yield {"provider": provider}
    yield {"handling": False}
    yield {"reference": None}
    yield {"safeguards": None}
    yield {"valid_from": at, "valid_until": at + _INSTANT}
    yield {"valid_from": at + _INSTANT}
    yield {"valid_until": at}
