"""Tamper evidence: what a walk along the chain names, and what a look-up makes of it."""

from collections.abc import Callable

import pytest
from attrs import evolve

from residency.consent import Ledger, Validity, histories
from residency.consent.sql import (
    Break,
    Damage,
    Head,
    SqlStore,
    create_ledger,
    ledger_head,
    verify_ledger,
)
from residency.consent.sql.chain import GENESIS, chain_hash
from residency.errors import LedgerError
from tests.consent.sql.conftest import RECORD, record
from tests.consent.sql.rows import change, row_at

_EVENTS = 6
"""Consents of `acme` (1 to 3) and `zenith` (4, 5), and a withdrawal of the first."""


@pytest.fixture
def filled(url: str, open_at: Callable[..., SqlStore]) -> str:
    """The URL of a ledger with six events."""
    ledger = Ledger(open_at(url))
    for number in (1, 2, 3):
        ledger.give(record(number))
    for number in (4, 5):
        ledger.give(record(number, "zenith"))
    ledger.withdraw("consent-1")
    return url


def _validities(store: SqlStore, account: str = "acme") -> dict[str, Validity]:
    found = histories(store.events(account))
    return {each.record_id: each.validity(RECORD.event_time) for each in found}


def test_an_untouched_chain_holds(filled: str) -> None:
    """A chain that nobody touched holds to its last event, and its head is the one exported."""
    found = verify_ledger(filled)
    assert (found.events, found.broken, found.head) == (_EVENTS, None, ledger_head(filled))
    assert verify_ledger(filled, heads=[found.head]).broken is None


def test_the_empty_chain_holds(url: str) -> None:
    """A ledger without events verifies."""
    assert verify_ledger(url).head == Head(0, GENESIS)


def test_the_hash_is_that_of_the_documentation() -> None:
    """The hash is SHA-256 over the hash before, in hexadecimal, and the text, as UTF-8."""
    # printf '%064d{"a":1}' 0 | sha256sum
    expected = "fc6cee09194dd2578bd7664604fcb72a539066fd34544cea0009c43eb6cdc289"
    assert chain_hash(GENESIS, '{"a":1}') == expected


_ALTERED = [
    "UPDATE residency_event SET payload = replace(payload, 'GB', 'US') WHERE position = 2",
    "UPDATE residency_event SET payload = 'noise' WHERE position = 2",
    "UPDATE residency_event SET payload = '[]' WHERE position = 2",
    "UPDATE residency_event SET account = 'zenith' WHERE position = 2",
    "UPDATE residency_event SET record_id = 'consent-9' WHERE position = 2",
    "UPDATE residency_event SET kind = 'renewed' WHERE position = 2",
    "UPDATE residency_event SET event_id = 'another' WHERE position = 2",
    "UPDATE residency_event SET sequence = 7 WHERE position = 2",
    "UPDATE residency_event SET hash = previous WHERE position = 2",
    "UPDATE residency_event SET previous = hash WHERE position = 2",
]


@pytest.mark.parametrize("statement", _ALTERED)
def test_an_altered_event_is_named(filled: str, statement: str) -> None:
    """Whatever column of an event is altered, the walk stops there and names it."""
    event_id = str(row_at(filled, 2)["event_id"])
    change(filled, statement)
    found = verify_ledger(filled)
    changed = "another" if "another" in statement else event_id
    assert (found.events, found.broken) == (1, Break(2, changed, Damage.ALTERED))


@pytest.mark.parametrize("position", [1, 2])
def test_an_event_hashed_anew_is_named(filled: str, position: int) -> None:
    """An event altered together with its own hash does not fit the one after it, and is named."""
    row = row_at(filled, position)
    payload = str(row["payload"]).replace("country:GB", "country:US")
    digest = chain_hash(str(row["previous"]), payload)
    statement = "UPDATE residency_event SET payload = :t, hash = :h WHERE position = :p"
    change(filled, statement, t=payload, h=digest, p=position)
    broken = Break(position, f"given:consent-{position}", Damage.ALTERED)
    assert verify_ledger(filled).broken == broken


def test_a_first_event_chained_to_nothing_is_named(filled: str) -> None:
    """The first event has to be chained to the hash that stands for no event."""
    payload = str(row_at(filled, 1)["payload"])
    previous = "f" * 64
    statement = "UPDATE residency_event SET previous = :q, hash = :h WHERE position = 1"
    change(filled, statement, q=previous, h=chain_hash(previous, payload))
    assert verify_ledger(filled).broken == Break(1, "given:consent-1", Damage.ALTERED)


_SHIFT = "UPDATE residency_event SET position = position {} WHERE position > {}"


def _shift(by: int, beyond: int) -> list[str]:
    """Return what moves all events beyond a position, whatever the order of the updates."""
    return [_SHIFT.format("+ 1000", beyond), _SHIFT.format(f"- {1000 - by}", 999)]


@pytest.mark.parametrize("position", [1, 3, _EVENTS])
def test_a_removed_event_is_missed(filled: str, position: int) -> None:
    """Where an event is removed, its place is named: the first, one between, or the last."""
    change(filled, f"DELETE FROM residency_event WHERE position = {position}")
    assert verify_ledger(filled).broken == Break(position, None, Damage.REMOVED)


def test_a_removed_event_is_missed_if_the_gap_is_closed(filled: str) -> None:
    """Moving up the later events does not hide that one was removed."""
    change(filled, "DELETE FROM residency_event WHERE position = 3", *_shift(-1, 3))
    assert verify_ledger(filled).broken == Break(3, None, Damage.REMOVED)


_INSERT = (
    "INSERT INTO residency_event SELECT :p, 'forged', account, sequence, record_id, kind, :t, :q,"
    " :h FROM residency_event WHERE event_id = 'given:consent-1'"
)


def _forge(url: str, position: int, *before: str, previous: str | None = None) -> None:
    """Put in an event whose own hash fits."""
    first = str(row_at(url, 1)["payload"])
    if previous is None:
        previous = str(row_at(url, position - 1)["hash"])
    payload = first.replace('"given:consent-1"', '"forged"')
    payload = payload.replace('"position":1,', f'"position":{position},')
    digest = chain_hash(previous, payload)
    change(url, *before, _INSERT, p=position, t=payload, q=previous, h=digest)


def test_an_inserted_event_is_named(filled: str) -> None:
    """An event put in between, with the right hash, pushes on the later ones, and is named."""
    _forge(filled, 3, *_shift(1, 2))
    assert verify_ledger(filled).broken == Break(3, "forged", Damage.INSERTED)


def test_an_event_beyond_the_head_is_named(filled: str) -> None:
    """An event put in behind the last one is not one that the ledger counted."""
    _forge(filled, _EVENTS + 1)
    assert verify_ledger(filled).broken == Break(_EVENTS + 1, "forged", Damage.INSERTED)


def test_an_event_before_the_first_is_named(filled: str) -> None:
    """An event put in before the first is named."""
    _forge(filled, 0, previous=GENESIS)
    assert verify_ledger(filled).broken == Break(0, "forged", Damage.INSERTED)


def test_an_event_pushed_on_from_the_start_is_named(filled: str) -> None:
    """Where all events are pushed on, a forged first one is named."""
    _forge(filled, 1, *_shift(1, 0), previous=GENESIS)
    assert verify_ledger(filled).broken == Break(1, "forged", Damage.INSERTED)


def test_reordered_events_are_named(filled: str) -> None:
    """Where two events have changed places, the first of the two places is named."""
    swap = "UPDATE residency_event SET position = {} WHERE position = {}"
    change(filled, swap.format(99, 2), swap.format(2, 5), swap.format(5, 99))
    assert verify_ledger(filled).broken == Break(2, "given:consent-5", Damage.REORDERED)


def test_a_chain_made_anew_does_not_have_the_heads_kept_elsewhere(
    filled: str, open_at: Callable[..., SqlStore], url: str
) -> None:
    """Whoever makes every hash anew is betrayed by a head that was exported before."""
    kept = Head(4, str(row_at(filled, 4)["hash"]))
    change(
        filled,
        "DELETE FROM residency_event",
        "DELETE FROM residency_account",
        "UPDATE residency_ledger SET position = 0, hash = :h",
        h=GENESIS,
    )
    ledger = Ledger(open_at(url))
    for number in range(1, 6):
        ledger.give(record(number, "forged"))
    assert verify_ledger(filled).broken is None
    found = verify_ledger(filled, heads=[kept]).broken
    assert found == Break(4, "given:consent-4", Damage.ALTERED)
    last = Head(5, kept.hash)
    assert verify_ledger(filled, heads=[last]).broken == Break(5, "given:consent-5", Damage.ALTERED)
    gone = Head(50, kept.hash)
    assert verify_ledger(filled, heads=[gone]).broken == Break(6, None, Damage.REMOVED)


def test_a_wrong_count_is_named(filled: str) -> None:
    """Where an account's count of events was changed, its last event is named."""
    change(filled, "UPDATE residency_account SET events = 1 WHERE account = 'zenith'")
    broken = Break(5, "given:consent-5", Damage.MISCOUNTED)
    assert verify_ledger(filled).broken == broken
    change(filled, "DELETE FROM residency_account WHERE account = 'zenith'")
    assert verify_ledger(filled).broken == broken


def test_progress_is_told(filled: str) -> None:
    """Whoever shows progress hears how many events were walked, of how many."""
    told: list[tuple[int, int]] = []
    verify_ledger(filled, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (_EVENTS, _EVENTS)


# --- what a look-up makes of it ------------------------------------------------------------------


@pytest.mark.parametrize("statement", _ALTERED)
def test_an_account_with_an_altered_event_has_no_valid_record(
    filled: str, open_at: Callable[..., SqlStore], statement: str
) -> None:
    """INVARIANT (unverifiable): one altered event may have been anything, so no record is valid."""
    change(filled, statement)
    found = _validities(open_at(filled))
    assert found["consent-1"] is Validity.WITHDRAWN
    assert found["consent-3"] is Validity.UNVERIFIABLE
    assert Validity.VALID not in found.values()


def test_an_altered_record_is_unverifiable(filled: str, open_at: Callable[..., SqlStore]) -> None:
    """A record whose hash does not fit is unverifiable, and not merely unknown."""
    change(filled, _ALTERED[0])
    assert _validities(open_at(filled))["consent-2"] is Validity.UNVERIFIABLE


def test_other_accounts_are_not_affected(filled: str, open_at: Callable[..., SqlStore]) -> None:
    """What was altered in one account leaves the records of another as they are."""
    change(filled, _ALTERED[0])
    found = _validities(open_at(filled), "zenith")
    assert found == {"consent-4": Validity.VALID, "consent-5": Validity.VALID}


@pytest.mark.parametrize("kind", ["withdrawn", "revoked"])
def test_an_unreadable_end_is_an_end(
    filled: str, open_at: Callable[..., SqlStore], kind: str
) -> None:
    """A withdrawal or revocation that cannot be read counts as one (semantics §3)."""
    store = open_at(filled)
    ledger = Ledger(store)
    (ledger.withdraw if kind == "withdrawn" else ledger.revoke)("consent-2")
    change(filled, "UPDATE residency_event SET payload = '\\' WHERE position = 7")
    assert _validities(store)["consent-2"] == Validity(kind)


def test_a_removed_withdrawal_is_missed(filled: str, open_at: Callable[..., SqlStore]) -> None:
    """Where a withdrawal was removed, no record of the account is valid any more."""
    change(filled, "DELETE FROM residency_event WHERE position = 6")
    found = _validities(open_at(filled))
    assert set(found.values()) == {Validity.UNVERIFIABLE}


def test_an_event_that_is_there_twice_is_noticed(
    filled: str, open_at: Callable[..., SqlStore]
) -> None:
    """An account whose withdrawal was replaced by a copy of another event has no valid record."""
    change(
        filled,
        "UPDATE residency_event SET payload = o.payload, previous = o.previous, hash = o.hash,"
        " kind = o.kind, record_id = o.record_id, sequence = o.sequence"
        " FROM residency_event AS o WHERE o.position = 3 AND residency_event.position = 6",
    )
    assert Validity.VALID not in _validities(open_at(filled)).values()


@pytest.mark.parametrize("account", ["acme", "zenith"])
def test_a_missing_account_covers_nothing(
    filled: str, open_at: Callable[..., SqlStore], account: str
) -> None:
    """Without an account's count, or without all of its events, nothing of it is valid."""
    if account == "acme":
        change(filled, "DELETE FROM residency_account WHERE account = 'acme'")
    else:
        change(filled, "DELETE FROM residency_event WHERE account = 'zenith'")
    assert _validities(open_at(filled), account) == {}


def test_ids_that_are_noise_invalidate_the_rest(
    filled: str, open_at: Callable[..., SqlStore]
) -> None:
    """An event whose record id is no text at all still invalidates the account's other records."""
    change(filled, "UPDATE residency_event SET record_id = '' WHERE position = 2")
    assert _validities(open_at(filled))["consent-3"] is Validity.UNVERIFIABLE


def test_a_retry_of_an_altered_event_is_not_acknowledged(
    filled: str, open_at: Callable[..., SqlStore]
) -> None:
    """A withdrawal is not said to be held where what is held under its id was altered."""
    change(filled, "UPDATE residency_event SET payload = '{}' WHERE position = 6")
    with pytest.raises(LedgerError, match="altered"):
        Ledger(open_at(filled)).withdraw("consent-1")


def test_evidence_is_inside_the_hash(url: str, open_at: Callable[..., SqlStore]) -> None:
    """The reference and digest of the evidence are part of what is hashed."""
    ledger = Ledger(open_at(url))
    ledger.give(evolve(RECORD, evidence_reference="s3://a", evidence_sha256="0" * 64))
    change(url, "UPDATE residency_event SET payload = replace(payload, 's3://a', 's3://b')")
    assert verify_ledger(url).broken == Break(1, "given:consent-1", Damage.ALTERED)


def test_making_the_tables_again_keeps_the_events(filled: str) -> None:
    """Making the tables where they are leaves every event as it is."""
    assert create_ledger(filled) is False
    assert verify_ledger(filled).events == _EVENTS
