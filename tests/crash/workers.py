"""What the processes do that are killed, stopped, or let loose on one ledger."""

import random
from multiprocessing.connection import Connection
from time import monotonic

from attrs import evolve

from residency.consent import Ledger, Validity
from residency.consent.sql import SqlStore, open_store
from residency.errors import ConsentError, LedgerError
from tests.consent.sql.cached import CachedReader
from tests.consent.sql.conftest import RECORD

ACCOUNTS = 32

Seen = dict[str, float]
"""When each record was last permitted, or withdrawn, by the clock that all processes share."""


def write_until_killed(url: str, account: str, acknowledged: Connection) -> None:
    """Give and withdraw without end, and tell the id of each event that was acknowledged."""
    ledger = Ledger(open_store(url, timeout=30))
    number = 0
    while True:
        number += 1
        record = evolve(RECORD, record_id=f"{account}-{number}", account=account)
        ledger.give(record)
        acknowledged.send_bytes(f"given:{record.record_id}".encode())
        if number % 2:
            ledger.withdraw(record.record_id)
            acknowledged.send_bytes(f"withdrawn:{record.record_id}".encode())


def read_until_killed(url: str, bound: float, answers: Connection) -> None:
    """Ask without end whether the record is valid; tell when each asking began, and the answer."""
    reader = CachedReader(open_store(url, max_staleness=bound, timeout=5))
    while True:
        began = monotonic()
        try:
            valid = reader.validities().get("consent-1") is Validity.VALID
        except LedgerError:
            valid = False
        answers.send((began, valid))


def contend(url: str, bound: float, seconds: float, number: int, found: Connection) -> None:
    """Give, withdraw and decide for a while; then tell what was acknowledged and permitted."""
    store = open_store(url, max_staleness=bound, timeout=30)
    found.send(_contended(store, seconds, number))
    store.close()


def _contended(store: SqlStore, seconds: float, number: int) -> tuple[set[str], Seen, Seen]:
    ledger, reader = Ledger(store), CachedReader(store)
    chance = random.Random(number)
    acknowledged: set[str] = set()
    permitted: Seen = {}
    withdrawn: Seen = {}
    given = 0
    end = monotonic() + seconds
    while monotonic() < end:
        what = chance.random()
        if what < 0.05:
            given += 1
            account = f"account-{chance.randrange(ACCOUNTS)}"
            record = evolve(RECORD, record_id=f"{number}-{given}", account=account)
            ledger.give(record)
            acknowledged.add(f"given:{record.record_id}")
        elif what < 0.08:
            # Anybody's record: some do not exist, some are withdrawn by several at once.
            record_id = f"{chance.randrange(8)}-{chance.randint(1, given + 1)}"
            try:
                ledger.withdraw(record_id)
            except ConsentError:
                continue
            withdrawn[record_id] = min(withdrawn.get(record_id, end), monotonic())
            acknowledged.add(f"withdrawn:{record_id}")
        else:
            began = monotonic()
            answer = reader.validities(f"account-{chance.randrange(ACCOUNTS)}")
            for record_id, validity in answer.items():
                if validity is Validity.VALID:
                    permitted[record_id] = began
    return acknowledged, permitted, withdrawn
