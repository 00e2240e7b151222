"""Run the benchmarks and print one table: call, time, ratio, target, verdict.

python benchmarks/run.py                 everything; many minutes; fails where a target is missed
python benchmarks/run.py ledger          the suites that are named alone
python benchmarks/run.py --check         quick, on ratios alone; fails past a target and margin
python benchmarks/run.py --json FILE     also write the figures, for plots.py
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pyperf

HERE = Path(__file__).parent
MARGIN = 1.25
"""How far past its target a ratio may be in a check, on a machine that is shared with others."""


@dataclass(frozen=True)
class Row:
    """One figure and what it is held to."""

    suite: str
    name: str
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    def verdict(self, value: float) -> str:
        """Say whether a value is on target."""
        if not self.target:
            return ""
        return "missed" if self.fails(value, 1) else "reached"

    def fails(self, value: float, margin: float) -> bool:
        """Say whether a value is past its target by more than a factor."""
        if self.at_most is not None:
            return value > self.at_most * margin
        return self.at_least is not None and value < self.at_least / margin

    def shown(self, value: float) -> str:
        """Return the ratio in words."""
        return f"{value:.{0 if value >= 100 else 2}f} {self.unit}"

    @property
    def target(self) -> str:
        """The target in words."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"


FLOOR, PEER, YARDSTICK = "× floor", "× residency", "× import attrs, cachetools"
# What the processor's caches hold is as near with many accounts as with few.
FEWEST = 100
ROWS = [
    Row("calls", "place", FLOOR, at_most=1.5),
    Row("calls", "enforce, within zone", FLOOR, at_most=2),
    Row("calls", "decide, consent", FLOOR, at_most=4),
    Row("calls", "decide, consent, designation", FLOOR, at_most=4),
    Row("calls", "decide, consent, shared ledger", FLOOR, at_most=4),
    Row("calls", "decide, no consent", FLOOR, at_most=4),
    Row("calls", "decide, no consent, shared ledger", FLOOR, at_most=4),
    Row("calls", "enforce, blocked", FLOOR, at_most=12),
    Row("calls", "enforce_async, within zone", FLOOR, at_most=6),
    Row("calls", "normalise, code", FLOOR, at_most=3),
    Row("calls", "normalise, name", FLOOR, at_most=6),
    Row("calls", "normalise, name in spaces", FLOOR, at_most=6),
    Row("calls", "normalise, unknown", FLOOR),
    Row("calls", "normalise, costliest", FLOOR),
    *(
        Row(
            "scale",
            f"{number} accounts, {label}, {busy} in turn",
            "× 1,000 accounts",
            at_most=1.15 if busy == FEWEST else None,
        )
        for number in (10_000, 100_000, 1_000_000)
        for label in ("within zone", "consent")
        for busy in (FEWEST, 1_000, 50_000)
    ),
    Row("threads", "eight threads, throughput", "× one thread", at_least=0.9),
    Row("startup", "import residency", YARDSTICK, at_most=1.3),
    Row("startup", "every public name", YARDSTICK),
    Row("startup", "first decision", YARDSTICK, at_most=2),
    Row("peers", "cedarpy", PEER, at_least=300),
    Row("peers", "casbin", PEER),
    Row("peers", "vakt", PEER),
    Row("put_object", "guard on put_object", "% of put_object", at_most=3),
    Row("ledger", "cold look-up", "× raw SELECT", at_most=8),
    Row("ledger", "cold look-up among all", "× 1,000 records", at_most=1.2),
    Row("ledger", "give or withdraw, SQLite", "× raw commit", at_most=2),
    Row("ledger", "give or withdraw, PostgreSQL", "× raw commit"),
    Row("ledger", "relied on elsewhere, SQLite", "× staleness bound", at_most=1),
    Row("ledger", "relied on elsewhere, PostgreSQL", "× staleness bound", at_most=1),
    Row("ledger", "memory to verify all", "MiB above 1,000", at_most=64),
]
YARDS = {
    FLOOR: ("calls", "floor, in seconds"),
    PEER: ("peers", "residency, in seconds"),
    YARDSTICK: ("startup", "yardstick, in seconds"),
}


SUITES = ("calls", "threads", "startup", "put_object", "peers", "scale", "traffic", "ledger")
QUICK = ("calls", "threads", "startup", "put_object", "peers", "scale")
# These time what pyperf cannot repeat, and print their figures themselves.
PROGRAMS = ("put_object", "traffic", "ledger")


def measure(suite: str, *effort: str) -> dict[str, Any]:
    """Run a suite, under pyperf if it can be, and return the median of each benchmark."""
    print(f"measuring {suite} …", file=sys.stderr)
    if suite in PROGRAMS:
        found = subprocess.check_output([sys.executable, str(HERE / f"{suite}.py")], text=True)
        return dict(json.loads(found))
    if suite == "scale":
        # A world of a million accounts takes minutes to make, so one process makes it once.
        effort = ("--in-process", "--values", "3")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        command = [
            *(sys.executable, str(HERE / f"{suite}.py"), "--quiet", "--copy-env"),
            *("--warmups", "0", *effort),
            # A value is a median already, of many short turns: pyperf need not loop as well.
            *("--loops", "1", "--output", str(result)),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        loaded = pyperf.BenchmarkSuite.load(str(result))
        return {each.get_name(): median(each.get_values()) for each in loaded.get_benchmarks()}


def failing(found: dict[str, dict[str, Any]], margin: float) -> list[Row]:
    """Return the rows whose figure is past its target by more than the margin allows."""
    return [
        row
        for row in ROWS
        if row.name in found.get(row.suite, {}) and row.fails(found[row.suite][row.name], margin)
    ]


def seconds(value: float) -> str:
    """Return a time in a fitting unit."""
    for factor, unit in ((1e-3, "ns"), (1, "µs"), (1e3, "ms")):
        if value * 1e6 < factor * 1e3:
            return f"{value * 1e6 / factor:.3g} {unit}"
    return f"{value:.3g} s"


def table(found: dict[str, dict[str, float]]) -> list[tuple[str, ...]]:
    """Return the rows of the table, as texts."""
    lines = [("call", "time", "ratio", "target", "verdict")]
    for row in ROWS:
        value = found.get(row.suite, {}).get(row.name)
        if value is not None:
            suite, yard = YARDS.get(row.unit, ("", ""))
            one = found.get(suite, {}).get(yard)
            taken = found[row.suite].get(f"{row.name}, in seconds")
            if one is not None:
                taken = one * value
            time = "" if taken is None else seconds(taken)
            lines.append((row.name, time, row.shown(value), row.target, row.verdict(value)))
    return lines


def others(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the figures that no row shows, a line each."""
    shown = {name for row in ROWS for name in (row.name, f"{row.name}, in seconds")}
    for figures in found.values():
        for name, figure in figures.items():
            if name not in shown:
                is_time = isinstance(figure, float) and name.endswith("in seconds")
                yield f"{name}: {seconds(figure) if is_time else figure}"


def show(lines: list[tuple[str, ...]]) -> None:
    """Print the table."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("| " + " | ".join(map(str.ljust, line, widths)) + " |")
        if line is lines[0]:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="quick; allow a margin for targets")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    parser.add_argument("suites", nargs="*", metavar="suite", help=f"of {', '.join(SUITES)}")
    options = parser.parse_args()
    suites: tuple[str, ...] = tuple(options.suites) or (QUICK if options.check else SUITES)
    if unknown := [suite for suite in suites if suite not in SUITES]:
        parser.error(f"no such suite: {', '.join(unknown)}")
    effort = ("--processes", "3", "--values", "3")
    if options.check:
        os.environ["ACCOUNTS"] = "10000"
        effort = ("--processes", "1", "--values", "2")
    found = {suite: measure(suite, *effort) for suite in suites}
    margin = MARGIN if options.check else 1
    if options.check:
        # A busy neighbour may spoil a suite once; what costs too much does so again.
        for suite in {row.suite for row in failing(found, margin)}:
            found[suite] = measure(suite, *effort)
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    show(table(found))
    print(*others(found), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    failed = [row.name for row in failing(found, margin)]
    if failed:
        allowed = f" and margin ({MARGIN})" if options.check else ""
        raise SystemExit(f"past target{allowed}: {', '.join(failed)}")


if __name__ == "__main__":
    main()
