"""The properties of consents, on ledgers in databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from residency.testing.engine import database, sqlite
from residency.testing.world import World
from tests.consent.sql.conftest import postgres_url, server
from tests.policy import documents
from tests.properties.running import MODULES, checks_of

__all__ = ["postgres_url", "server"]

_WITH_CONSENTS = [
    name
    for module in MODULES
    if module.__name__.rpartition("_")[2] in {"consent", "ledger"}
    for name in module.__all__
] + ["TestOnlyIf"]


@pytest.fixture(params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """This library with its consents in a database, once of each kind."""
    if request.param == "sqlite":
        factory = sqlite
    else:
        monkeypatch.setenv("RESIDENCY_LEDGER", request.getfixturevalue("postgres_url"))
        factory = database
    with closing(World.of(str(documents.BUNDLED), factory)) as world:
        yield world


@pytest.mark.untraced
@pytest.mark.parametrize("name", _WITH_CONSENTS)
def test_consents_in_a_database_decide_alike(name: str, stored: World) -> None:
    """Whatever ledger holds the consents, the properties of consents hold."""
    for _, check in checks_of(name, examples=8):
        check(stored)
