"""The reference of the command line names everything there is."""

import re

import pytest

from residency.cli.application import program
from residency.cli.decide import DECIDE
from residency.cli.place import PLACE
from residency.cli.record import Schema
from residency.cli.relocate import RELOCATE
from residency.cli.table import COLUMNS
from tests.architecture.package import REPOSITORY

REFERENCE = (REPOSITORY / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
BATCH = (REPOSITORY / "docs" / "how-to" / "batch.md").read_text(encoding="utf-8")

_COMMON = {"--version", "--help", "--policy", "--locations"}


def _section(name: str) -> str:
    return REFERENCE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", list(program.commands))
def test_each_option_is_described(name: str) -> None:
    """The section of a command has a row for each of its own options, and for no others."""
    options = {option for each in program.commands[name].params for option in each.opts} - _COMMON
    described = set(re.findall(r"^\| `(--[a-z-]+)", _section(name), flags=re.MULTILINE))
    if name in {"decide", "designate", "relocate"}:
        described |= set(re.findall(r"^\| `(--[a-z-]+)", _section("place"), flags=re.MULTILINE))
    assert described == {option for option in options if option.startswith("--")}


def test_the_common_options_are_described() -> None:
    """What several commands share has a row of its own before them."""
    assert all(f"`{option}" in REFERENCE.partition("\n## ")[0] for option in _COMMON)


@pytest.mark.parametrize(
    ("title", "schema"), [("Place", PLACE), ("Decide", DECIDE), ("Designate", RELOCATE)]
)
def test_each_field_is_described(title: str, schema: Schema) -> None:
    """The guide to batches names each field that is read and each that is written, in order."""
    section = BATCH.partition(f"\n## {title} ")[2].partition("\n## ")[0]
    read, _, written = section.partition("### What comes out")
    cells = re.findall(r"^\| (`.*?`) \|", read, flags=re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(cells))) == schema.required | schema.optional
    cells = re.findall(r"^\| (`.*?`) \|", written, flags=re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(cells)) == [*schema.written, "error"]


def test_each_column_of_the_table_is_described() -> None:
    """The reference names the columns of the table, in order."""
    cells = re.findall(r"^\| (`[a-z].*?`) \|", _section("table"), flags=re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(cells)) == list(COLUMNS)
