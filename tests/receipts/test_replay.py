"""Receipts: what a decision rested on, so that it can be decided again, offline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from residency import Account, Context, Guard, Reason, Router, load_policy
from residency.consent import ConsentEvent, EventKind
from residency.errors import InputError
from residency.exemption import Invocation
from residency.receipts import GENESIS, Agreed, Pseudonyms, link_of, receipt_of, replay
from residency.receipts.replay import RecordedEvents
from tests.policy.documents import FOUR_ZONES
from tests.receipts.samples import KEY, ROUTER, Region, decided, requests, written
from tests.samples import NOON, consent, german, given

_ALL = requests()
_PERSONAL = ("acme", "Jo", "box 7", "order 7", "7" * 64, "contract of")

each_request = pytest.mark.parametrize("name", _ALL)


def test_every_reason_is_tried() -> None:
    """The requests of these tests are decided for every reason that a decision can have."""
    reasons = {decided(asked).reason for asked in _ALL.values()}
    assert set(Reason) - reasons == {Reason.UNDECLARED_HOSTING}


@each_request
def test_it_is_decided_again(name: str, tmp_path: Path) -> None:
    """A receipt holds all that is needed to come to the same decision again."""
    [held] = written(tmp_path / "r.jsonl", name)
    again = replay(held, ROUTER)
    assert (again.agreed, again.found) == (Agreed.YES, held["decision"])
    assert held["decision"]["reason"] == decided(_ALL[name]).reason


@each_request
def test_masked_it_is_decided_again(name: str, tmp_path: Path) -> None:
    """With pseudonyms the verdict is the same, and nothing personal is left."""
    [held] = written(tmp_path / "r.jsonl", name, pseudonyms=Pseudonyms(KEY))
    again = replay(held, ROUTER)
    assert again.agreed is Agreed.YES
    assert held["masked"] is True
    text = (tmp_path / "r.jsonl").read_text(encoding="utf-8")
    assert [word for word in _PERSONAL if word in text] == []
    [plain] = written(tmp_path / "plain.jsonl", name)
    assert held["decision"] == plain["decision"]


class _Liar(str):  # noqa: SLOT000 - a text can have no slots of its own
    """A text that says something else whenever it is asked."""

    def _lie(self, *_: object) -> str:
        return "zone:US"

    __str__ = __format__ = __getitem__ = strip = encode = _lie  # type: ignore[assignment]  # lies are the test

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        return iter("zone:US")


def test_a_kind_of_text_is_kept_as_the_guard_reads_it() -> None:
    """What a text of a class of its own says, without asking it, was decided on and is kept."""
    account = Account(
        _Liar("acme"), _Liar("Germany"), _Liar("XMedius Europe SAS"), setup_date=date(2021, 3, 1)
    )
    context = Context(
        at=NOON,
        source=_Liar("zone:CA"),
        category=_Liar("fax-data"),
        purpose=_Liar("support"),
        exemption=Invocation(
            _Liar("PROCESSOR"), personnel=_Liar("France"), provider=_Liar("somebody")
        ),
    )
    to = (_Liar("aws:eu-central-1"), Region.OHIO)
    decision = Guard(ROUTER).decide(account, _Liar("xm-fax"), to=to, context=context)
    assert decision.reason is Reason.EXEMPTION_NOT_MET
    body = receipt_of(decision, account, to=to, at=NOON, context=context)
    line, _ = link_of(body, 1, GENESIS)
    held = json.loads(line)
    assert held["subject"]["account"] == {
        "id": "acme",
        "setup_country": "Germany",
        "order_entity": "XMedius Europe SAS",
        "setup_date": "2021-03-01",
        "agreements": [],
    }
    request = held["request"]
    assert (request["solution"], request["to"]) == ("xm-fax", ["aws:eu-central-1", "aws:us-east-2"])
    assert (request["source"], request["category"], request["purpose"]) == (
        "zone:CA",
        "fax-data",
        "support",
    )
    assert request["exemption"]["exemption"] == "PROCESSOR"
    assert request["exemption"]["provider"] == "somebody"
    assert replay(held, ROUTER).agreed is Agreed.YES


def test_an_entity_that_json_cannot_hold_is_quoted(tmp_path: Path) -> None:
    """Where the country decides, the entity may be anything; it is kept as an escape."""
    [held] = written(tmp_path / "r.jsonl", "half a character as the entity")
    assert held["subject"]["account"]["order_entity"] == "`\\ud800`"


@pytest.mark.parametrize("wrong", [{"context": {}}, {"exemptions": 1}])
def test_a_wrong_argument_is_refused(wrong: dict[str, Any]) -> None:
    """What cannot be decided again is no receipt."""
    arguments: dict[str, Any] = {"to": "country:FR", "at": NOON, **wrong}
    with pytest.raises(InputError):
        receipt_of(decided(_ALL["home"]), german(), **arguments)


def test_pseudonyms_are_consistent_and_keyed(tmp_path: Path) -> None:
    """One account has one pseudonym under one key, and another under another key."""
    first, second = written(tmp_path / "1.jsonl", "home", "none", pseudonyms=Pseudonyms(KEY))
    [other] = written(tmp_path / "2.jsonl", "home", pseudonyms=Pseudonyms(KEY[::-1]))
    accounts = [held["subject"]["account"]["id"] for held in (first, second, other)]
    assert accounts[0] == accounts[1] != accounts[2]
    assert Pseudonyms(KEY).of("acme") == accounts[0]


@pytest.mark.parametrize(("key", "kind"), [(b"short", "MALFORMED"), ("a text" * 9, "TYPE")])
def test_a_weak_key_is_refused(key: Any, kind: str) -> None:
    """A key that is short or is no bytes is refused: its pseudonyms could be guessed."""
    with pytest.raises(InputError) as caught:
        Pseudonyms(key)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("decision", {"permitted": True}),
        ("decision", {"reason": "NO_CONSENT"}),
        ("decision", {"clauses": []}),
        ("decision", {"consent_ids": []}),
        ("decision", {"zones": ["US"]}),
        ("request", {"to": "zone:CA"}),
        ("request", {"solution": "xm-connect"}),
    ],
)
def test_a_difference_is_found(part: str, change: dict[str, Any], tmp_path: Path) -> None:
    """A receipt whose inputs lead to another answer differs, whatever part of the answer it is."""
    name = "withdrawn" if "permitted" in change else "consent"
    [held] = written(tmp_path / "r.jsonl", name)
    assert replay({**held, part: {**held[part], **change}}, ROUTER).agreed is Agreed.NO


def test_without_the_events_it_differs(tmp_path: Path) -> None:
    """A permit that rested on a consent is none without the event of its being given."""
    [held] = written(tmp_path / "r.jsonl", "consent")
    again = replay({**held, "events": []}, ROUTER)
    assert again.agreed is Agreed.NO
    assert again.found is not None
    assert again.found["reason"] == "NO_CONSENT"


def test_of_another_revision_nothing_is_said(tmp_path: Path) -> None:
    """A receipt of another policy, or of other data, is not judged by the one at hand."""
    [held] = written(tmp_path / "r.jsonl", "home")
    assert replay(held, Router(load_policy(FOUR_ZONES))).agreed is Agreed.ANOTHER_REVISION


_UNREADABLE: list[dict[str, Any]] = [
    {"format": 2},
    {"at": "yesterday"},
    {"at": "2023-05-01T12:00:00"},
    {"at": None},
    {"subject": {}},
    {"subject": {"designation": "{}"}},
    {"events": [{}]},
    {"events": 7},
    {"policy": None},
    {"request": {}},
]


@pytest.mark.parametrize("change", _UNREADABLE)
def test_what_cannot_be_read_is_not_judged(change: dict[str, Any], tmp_path: Path) -> None:
    """A receipt whose inputs are no inputs, or whose format is newer, is unreadable."""
    [held] = written(tmp_path / "r.jsonl", "home")
    assert replay({**held, **change}, ROUTER).agreed is Agreed.UNREADABLE


def test_what_is_recorded_is_never_added_to() -> None:
    """The ledger that a receipt is decided over takes no event, and is asked for none."""
    store = RecordedEvents(())
    event = given(consent())
    with pytest.raises(NotImplementedError):
        store.append(event)
    with pytest.raises(NotImplementedError):
        store.account_of("r-1")


def test_events_of_one_id_are_told_apart() -> None:
    """A damaged ledger says of several records under one event id that they are void: all count."""
    voided = tuple(
        ConsentEvent(
            event_id="unverifiable:invalidated",
            kind=EventKind.INVALIDATED,
            record_id=record_id,
            account="acme",
            event_time=NOON,
        )
        for record_id in ("r-1", "r-2")
    )
    asked = _ALL["consent"]._replace(events=(given(consent()), *voided))
    body = receipt_of(decided(asked), german(), to="zone:US", at=NOON, events=asked.events)
    assert len(body["events"]) == 3
    assert replay(body, ROUTER).agreed is Agreed.YES


def test_events_are_kept_only_where_they_count(tmp_path: Path) -> None:
    """A write inside the zone depends on no consent, so its receipt tells of none."""
    asked = _ALL["consent"]
    home = decided(_ALL["home"])
    body = receipt_of(home, german(), to="country:FR", at=NOON, events=asked.events)
    assert body["events"] == []
    [held] = written(tmp_path / "r.jsonl", "consent twice")
    assert len(held["events"]) == 1
