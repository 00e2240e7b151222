"""The targets: each takes any bytes, and fails only where the library does what it may not do.

A refusal is a typed error with a short message that is fit for a log. What is taken is compared
with another reader of the same bytes: with the reference evaluator, which shares no decision code
with the engine, or with Python's own parser.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

import residency.policy
from residency import Account, Context, Guard, ResidencyError, Router, load_policy
from residency.cli.consent.exchange import answer_import
from residency.cli.csvfile import read_csv
from residency.cli.jsonlines import read_json_lines, write_json
from residency.cli.lines import Line, read_lines
from residency.cli.place import PLACE, answer_place
from residency.cli.record import Broken, Fields
from residency.consent import ConsentEvent, Ledger, MemoryStore
from residency.consent.codec import event_from_json, event_to_json
from residency.errors import CountryError, InputError, PolicyError
from residency.geography import TERRITORIES, normalise
from residency.policy import read_policy
from residency.testing import (
    Document,
    Question,
    Refused,
    decide,
    place,
    read_document,
    territory_of,
)

__all__ = ["TARGETS", "csv_records", "json_records", "policy", "record_import", "territory"]

_LONGEST_MESSAGE = 2_000
_DAY: Final = date(2021, 3, 1)
_XMEDIUS: Final = load_policy("xmedius/2020-11-01")
_ROUTER: Final = Router(_XMEDIUS)
_GUARD: Final = Guard(_ROUTER)
_DOCUMENT: Final = read_document(
    Path(residency.policy.__file__).parent / "documents" / "xmedius" / "2020-11-01.toml"
)
_ACME: Final = Account("acme", "DE", setup_date=_DAY)
_SOME_COUNTRIES = ("US", "PR", "FR", "GB", "CA", "CH", "BR")


def territory(data: bytes) -> None:
    """A text is read as what the reference reads, and refused where the reference refuses it."""
    text = data.decode(errors="surrogateescape")
    try:
        found: str | None = normalise(text)
    except CountryError as error:
        _require_fit(error)
        assert TERRITORIES.keys() >= set(error.suggestions)
        found = None
    assert found == territory_of(text)


def policy(data: bytes) -> None:
    """A document is refused at a key path, or places every account as the reference does."""
    try:
        read = read_policy(data)
    except PolicyError as error:
        _require_fit(error)
        assert error.message.startswith(error.key_path)
        return
    assert read_policy(data) == read
    router, document = Router(read), read_document(data)
    for country in _SOME_COUNTRIES:
        for entity in (None, *read.entities):
            for solution in read.solutions:
                account = Account("a", country, entity, setup_date=_DAY)
                assert _placed(router, account, solution) == _expected(document, account, solution)


def _placed(router: Router, account: Account, solution: str) -> object:
    try:
        placement = router.place(account, solution)
    except ResidencyError as error:
        _require_fit(error)
        return str(error.kind)
    return placement.zones, placement.hosting, placement.clause


def _expected(document: Document, account: Account, solution: str) -> object:
    try:
        entity = account.order_entity
        return tuple(place(document, account.territory, entity, account.setup_date, solution))
    except Refused as refused:
        return refused.args[0]


def csv_records(data: bytes) -> None:
    """A CSV file gives what Python's reader gives, and each other row is broken, not guessed."""
    try:
        records = list(read_csv(_lines(data), PLACE))
    except InputError as error:
        _require_fit(error)
        return
    _check_placed(records)
    if any(isinstance(record, Broken) for record in records):
        return
    text = data.removeprefix(b"\xef\xbb\xbf").decode()
    header, *rows = filter(_is_row, csv.reader(_terminated(text), strict=True))
    names = [name.strip() for name in header]
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        given = {name: cell for name, cell in zip(names, row, strict=True) if cell}
        required = dict.fromkeys(PLACE.required, "")
        assert record == required | given


def _terminated(text: str) -> Iterator[str]:
    """Yield the lines of a file: a line feed ends one, and nothing else does."""
    return (f"{line}\n" for line in text.split("\n"))


def _is_row(cells: list[str]) -> bool:
    """Say whether a row is more than a blank line."""
    return len(cells) > 1 or any(cell and not cell.isspace() for cell in cells)


def json_records(data: bytes) -> None:
    """A line is an object as Python reads it, or broken."""
    lines = [line for line in _lines(data) if line.content is None or line.content.strip()]
    records = list(read_json_lines(_lines(data)))
    _check_placed(records)
    assert len(records) == len(lines)
    for line, record in zip(lines, records, strict=True):
        if isinstance(record, Broken):
            _require_fit(record.error)
            assert str(line.number) in record.error.message
        else:
            assert line.content is not None
            assert record == json.loads(line.content.decode())


def record_import(data: bytes) -> None:
    """What an import takes in is written out as it was read, and permits just what it may."""
    store = MemoryStore()
    ledger = Ledger(store)
    imported = 0
    for record in read_json_lines(_lines(data)):
        if isinstance(record, Broken):
            continue
        answer = answer_import(ledger, record)
        if answer.error is not None:
            _require_fit(answer.error)
        else:
            assert answer.fields["new"] in {True, False}
            imported += answer.fields["new"] is True
    events = store.events("acme")
    assert len(events) <= imported
    for event in events:
        assert event_from_json(json.loads(write_json(event_to_json(event)))) == event
    _check_decisions(ledger, events)


def _check_decisions(ledger: Ledger, events: tuple[ConsentEvent, ...]) -> None:
    guard = Guard(_ROUTER, ledger)
    for to, category, purpose, at in _ASKED:
        context = Context(category=category, purpose=purpose, at=at)
        decision = guard.decide(_ACME, "xm-fax", to=to, context=context)
        expected = decide(
            _DOCUMENT,
            Question("acme", "xm-fax", to, at, category=category, purpose=purpose),
            events,
            territory="DE",
            entity=None,
            setup_date=_DAY,
        )
        assert (str(decision.reason), decision.clauses, decision.consent_ids) == expected


_ASKED = tuple(
    (to, category, purpose, datetime(year, 5, 1, 12, tzinfo=UTC))
    for to in ("zone:US", "country:CA", "zone:EU")
    for category, purpose in ((None, None), ("fax-data", "support"))
    for year in (2020, 2023)
)


# --- the parts that several targets share ---------------------------------------------------------


def _lines(data: bytes) -> Iterator[Line]:
    return read_lines(BytesIO(data), before_read=lambda _: None)


def _check_placed(records: list[Fields | Broken]) -> None:
    """Place each record as the command line does: what it takes, the reference takes too."""
    for record in records:
        if isinstance(record, Broken):
            _require_fit(record.error)
            continue
        answer = answer_place(_GUARD, _DAY, record)
        if answer.error is not None:
            _require_fit(answer.error)
        else:
            country = record["setup_country"]
            assert isinstance(country, str)
            assert answer.fields["territory"] == territory_of(country)


def _require_fit(error: ResidencyError) -> None:
    """Require that a refusal has a kind, and a message of one short line."""
    assert error.kind
    assert 0 < len(error.message) < _LONGEST_MESSAGE
    assert error.message.isprintable()
    assert all(type(suggestion) is str for suggestion in error.suggestions)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "territory": territory,
    "policy": policy,
    "csv": csv_records,
    "json": json_records,
    "import": record_import,
}
