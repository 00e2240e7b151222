"""``residency policy diff``: what changes from one policy document to the next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import cast

import click

from residency.cli.columns import FORMATS, written
from residency.cli.files import open_sink
from residency.cli.options import checked, output_option
from residency.cli.values import read_day
from residency.comparison import (
    Change,
    Comparison,
    ExemptionChange,
    PlacementChange,
    ProviderChange,
    RetentionChange,
    Site,
    TransferChange,
    compare,
)
from residency.geography import TERRITORIES
from residency.policy import RetentionLimit, load_policy
from residency.retention import in_words

__all__ = ["COLUMNS", "diff"]

COLUMNS = (
    "risk",
    "change",
    "subject",
    "category",
    "territories",
    "entity",
    "zones",
    "destinations",
    "start",
    "end",
    "before",
    "after",
)
"""The columns of a comparison, in order."""


def _cells(change: Change) -> dict[str, object]:
    match change:
        case PlacementChange():
            return {
                "change": "placement",
                "subject": change.solution,
                "territories": change.territories,
                "entity": change.entity,
                "start": change.start and change.start.isoformat(),
                "end": change.end and change.end.isoformat(),
                "before": _site(change.before),
                "after": _site(change.after),
            }
        case TransferChange():
            return {
                "change": "transfer",
                "subject": change.solution,
                "zones": change.zones,
                "destinations": change.destinations,
                "start": change.start.isoformat(),
                "end": change.end and change.end.isoformat(),
                "before": str(change.before),
                "after": str(change.after),
            }
        case RetentionChange():
            return {
                "change": f"retention {change.trend}",
                "subject": change.solution,
                "category": change.category,
                "before": _limits(change.before),
                "after": _limits(change.after),
            }
        case ExemptionChange():
            return {"change": "exemption", "subject": change.exemption, "after": _scope(change)}
        case _:
            return {"change": "provider", "subject": change.provider, "after": _scope(change)}


def _site(site: Site | None) -> str:
    return f"{'+'.join(site.zones)} in {' '.join(site.hosting)}" if site else "refused"


def _limits(limits: tuple[RetentionLimit, ...] | None) -> str:
    return "no such category" if limits is None else in_words(limits)


def _scope(change: ExemptionChange | ProviderChange) -> str:
    said = {"wider": change.widened, "narrower": change.narrowed}
    return "; ".join(f"{name}: {', '.join(each)}" for name, each in said.items() if each)


def _rows(comparison: Comparison) -> list[list[object]]:
    return [
        [{"risk": change.raises_risk, **_cells(change)}.get(column) for column in COLUMNS]
        for change in comparison.changes
    ]


def _text(comparison: Comparison, announced: date | None) -> Iterator[str]:
    yield f"from {comparison.old}\nto   {comparison.new}\n"
    for change in comparison.changes:
        yield _line(change) + "\n"
    risks = len(comparison.risks)
    yield f"{len(comparison.changes)} changes, {risks} of which may raise privacy risk (!).\n"
    if announced is not None:
        earliest = comparison.earliest_effective(announced)
        days = f"{comparison.notice_days} days' notice" if risks else "no notice needed"
        yield (
            f"Announced on {announced}, it may take effect on {earliest} at the earliest: {days} "
            f"({comparison.notice_clause} of the old policy).\n"
        )
        if comparison.new.effective < earliest:
            yield f"The new policy says {comparison.new.effective}: that is too early.\n"


def _line(change: Change) -> str:
    cells = {name: value for name, value in _cells(change).items() if value is not None}
    if cells.get("territories") == tuple(TERRITORIES):
        cells["territories"] = "all territories"
    entity = cells.get("entity")
    start, end = cells.get("start"), cells.get("end")
    parts = [
        str(cells["change"]),
        str(cells["subject"]),
        str(cells.get("category", "")),
        _joined(cells.get("territories")),
        "" if entity is None else f"(order by {entity or 'nobody'})",
        f"from {_joined(cells.get('zones'))} to {_joined(cells.get('destinations'))}"
        if "zones" in cells
        else "",
        f"since {start}" if start else "",
        f"until {end}" if end else "",
    ]
    before = f"{cells['before']} -> " if "before" in cells else ""
    mark = "!" if change.raises_risk else " "
    return f"{mark} {' '.join(part for part in parts if part)}: {before}{cells['after']}"


def _joined(value: object) -> str:
    return (
        " ".join(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else str(value or "")
    )


@click.command
@click.argument("old")
@click.argument("new")
@click.option(
    "--announced",
    callback=checked(read_day),
    metavar="DAY",
    help="When customers are told of it; says from when it may take effect.",
)
@click.option(
    "--format",
    "chosen",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="The format of the comparison.",
)
@output_option
def diff(*, old: str, new: str, announced: date | None, chosen: str, sink: str) -> int:
    """Say what changes from the policy OLD to the policy NEW, and which of it raises privacy risk.

    Listed is every placement that moves, every transfer without consent that becomes permitted or
    blocked, every retention that grows or shrinks, and every exemption or provider that permits
    more or less. With --announced, the exit code is 1 if NEW says to take effect too early.
    """
    comparison = compare(load_policy(old), load_policy(new))
    lines = (
        _text(comparison, announced)
        if chosen == "text"
        else written(chosen, COLUMNS, _rows(comparison))
    )
    with open_sink(sink) as stream:
        for line in lines:
            stream.write(line.encode())
    too_early = announced is not None and (
        comparison.new.effective < comparison.earliest_effective(announced)
    )
    return 1 if too_early else 0
