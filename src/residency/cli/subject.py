"""Whose data a record is about: an account, with its written agreement, or a designation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, cast

from residency.account import Account, Agreement
from residency.checks import require_text
from residency.cli.csvfile import read_csv
from residency.cli.files import Format, open_source
from residency.cli.jsonlines import read_json_lines
from residency.cli.lines import read_lines
from residency.cli.record import Broken, Fields, Schema
from residency.cli.values import read_day
from residency.designation import Designation
from residency.errors import AgreementError, ErrorKind, InputError
from residency.guard import Subject

__all__ = ["AGREEMENT", "account_of", "designation_of", "designations_in", "subject_of"]

AGREEMENT: Final = ("agreement_zone", "agreement_reference", "agreement_date")
"""The fields of a written agreement: all of them, or none."""


def account_of(fields: Fields, solution: object, *, on: date | None = None) -> Account:
    """Return the account of a record.

    Args:
        fields: the record.
        solution: the solution that a written agreement is about.
        on: the setup date of a record that has none; None where it must have one.

    Raises:
        ResidencyError: a field is missing or malformed.
    """
    setup_date = fields.get("setup_date")
    return Account(
        cast("str", fields.get("id")),
        cast("str", fields.get("setup_country")),
        cast("str | None", fields.get("order_entity")),
        setup_date=on if setup_date is None and on else read_day(setup_date, "the setup date"),
        agreements=_agreements(fields, solution),
    )


def _agreements(fields: Fields, solution: object) -> tuple[Agreement, ...]:
    given = {name: fields.get(name) for name in AGREEMENT}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == len(given):
        return ()
    if missing:
        message = f"{missing[0]} is missing: an agreement has a zone, a reference and a date"
        raise AgreementError(message, kind=ErrorKind.EMPTY, value=None)
    zone, reference, day = given.values()
    agreed = read_day(day, "the agreement's date")
    named = cast("str", solution)
    return (Agreement(named, cast("str", zone), cast("str", reference), agreed),)


def designation_of(fields: Fields) -> Designation:
    """Return the designation of a record.

    Raises:
        InputError: it is none, or one for another account than the record's (CONFLICT).
    """
    account = require_text(fields.get("id"), "the account id")
    designation = Designation.from_json(cast("str", fields.get("designation")))
    if designation.account != account:
        message = "the designation is another account's: give the one of this id"
        raise InputError(message, kind=ErrorKind.CONFLICT, value=account)
    return designation


def subject_of(fields: Fields) -> tuple[Subject, str | None]:
    """Return whose data a record is about, and the solution; None if a designation names it.

    Raises:
        ResidencyError: a field is missing or malformed.
    """
    solution = fields.get("solution")
    if fields.get("designation") is None:
        return account_of(fields, solution), cast("str", solution)
    # A column that a designation stands in place of is empty.
    return designation_of(fields), None if solution == "" else cast("str | None", solution)


_DESIGNATIONS: Final = Schema(
    required=frozenset(("id", "designation")), optional=frozenset(), written=()
)


def designations_in(path: str, account: str) -> Iterator[Designation]:
    """Yield an account's designations in a file that ``residency designate`` wrote.

    Args:
        path: the file's path, whose extension says its format; ``-`` for standard input.
        account: the account's id.

    Raises:
        InputError: the file cannot be read, or a record of this account holds no designation: to
            leave it out might hide where data is.
    """
    with open_source(path) as source:
        lines = read_lines(source, before_read=lambda _: None)
        is_csv = Format.of(path) is Format.CSV
        for record in read_csv(lines, _DESIGNATIONS) if is_csv else read_json_lines(lines):
            if isinstance(record, Broken):
                raise record.error
            if record.get("id") == account:
                yield designation_of(record)
