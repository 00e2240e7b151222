"""The simplest reader that keeps answers, by the rules that a store's freshness is made for."""

from time import monotonic

from residency.consent import Validity, histories
from residency.consent.sql import SqlStore
from tests.consent.sql.conftest import RECORD


class CachedReader:
    """Keeps for each account whether its records are valid, and forgets what it is told to."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._kept: dict[str, dict[str, Validity]] = {}
        self._generation = 0
        self.told: list[str | None] = []
        store.subscribe(self._forget)

    def _forget(self, account: str | None) -> None:
        self._generation += 1
        self.told.append(account)
        if account is None:
            self._kept.clear()
        else:
            self._kept.pop(account, None)

    def validities(self, account: str = "acme") -> dict[str, Validity]:
        """Return the validity of each record of an account, perhaps as kept."""
        if monotonic() >= self._store.fresh_until:
            self._store.refresh()
        elif account in self._kept:
            return self._kept[account]
        generation = self._generation
        found = {
            each.record_id: each.validity(RECORD.event_time)
            for each in histories(self._store.events(account))
        }
        if generation == self._generation:
            self._kept[account] = found
        return found
