"""What the processes do that are killed, stopped, or let loose on one ledger."""

import random
from datetime import date
from multiprocessing.connection import Connection
from time import monotonic, sleep

from attrs import evolve

from residency import Account, Decision, Guard, Router, load_policy
from residency.consent import Ledger
from residency.consent.sql import SqlStore, open_store
from residency.errors import ConsentError
from tests.consent.sql.conftest import RECORD

ACCOUNTS = 32
_PAUSE = 0.03  # seconds, at most
_ROUTER = Router(load_policy("xmedius"))

Seen = dict[str, float]
"""When each record was last permitted, or withdrawn, by the clock that all processes share."""


class Worker:
    """A worker that asks before it writes to London, on whose behalf it may be."""

    def __init__(self, ledger: Ledger) -> None:
        self._guard = Guard(_ROUTER, ledger)

    def ask(self, account: str) -> Decision:
        """Return what the guard decides."""
        known = Account(account, "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
        return self._guard.decide(known, "xm-fax", to="aws:eu-west-2")

    def note(self, account: str, permitted: Seen) -> Decision:
        """Ask, and note when the asking began that was permitted on a record."""
        began = monotonic()
        decision = self.ask(account)
        if decision.consent_id is not None:
            permitted[decision.consent_id] = began
        return decision


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
    """Ask without end for a permit; tell when each asking began, and whether it was granted."""
    worker = Worker(Ledger(open_store(url, max_staleness=bound, timeout=5)))
    while True:
        began = monotonic()
        answers.send((began, worker.ask("acme").permitted))


def contend(url: str, bound: float, seconds: float, number: int, found: Connection) -> None:
    """Give, withdraw and decide for a while; then tell what was acknowledged and permitted."""
    store = open_store(url, max_staleness=bound, timeout=30)
    found.send(_contended(store, seconds, number))
    store.close()


def _contended(store: SqlStore, seconds: float, number: int) -> tuple[set[str], Seen, Seen]:
    ledger = Ledger(store)
    worker = Worker(ledger)
    chance = random.Random(number)
    acknowledged: set[str] = set()
    permitted: Seen = {}
    withdrawn: Seen = {}
    given = 0
    end = monotonic() + seconds
    while monotonic() < end:
        # As between two uploads: the order of events shows here, and not how many there are.
        sleep(chance.random() * _PAUSE)
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
            worker.note(f"account-{chance.randrange(ACCOUNTS)}", permitted)
    return acknowledged, permitted, withdrawn
