"""Run the benchmarks and print one table: call, time, ratio, target, verdict.

python benchmarks/run.py                 everything; minutes
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
        if self.at_most is not None:
            return "reached" if value <= self.at_most else "missed"
        if self.at_least is not None:
            return "reached" if value >= self.at_least else "missed"
        return ""

    def fails(self, value: float) -> bool:
        """Say whether a value is past its target by more than the margin."""
        if self.at_most is not None:
            return value > self.at_most * MARGIN
        return self.at_least is not None and value < self.at_least / MARGIN

    @property
    def target(self) -> str:
        """The target in words."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"


FLOOR, PEER, YARDSTICK = "× floor", "× residency", "× import attrs, cachetools"
ROWS = [
    Row("calls", "place", FLOOR, at_most=1.5),
    Row("calls", "enforce, within zone", FLOOR, at_most=2),
    Row("calls", "decide, consent", FLOOR, at_most=4),
    Row("calls", "decide, consent, designation", FLOOR, at_most=4),
    Row("calls", "decide, consent, shared ledger", FLOOR, at_most=4),
    Row("calls", "decide, no consent", FLOOR, at_most=4),
    Row("calls", "enforce, blocked", FLOOR, at_most=12),
    Row("calls", "enforce_async, within zone", FLOOR, at_most=6),
    Row("calls", "normalise, code", FLOOR, at_most=3),
    Row("calls", "normalise, name", FLOOR, at_most=6),
    Row("calls", "normalise, name in spaces", FLOOR, at_most=6),
    Row("scale", "10000 accounts, within zone", "× 1,000 accounts", at_most=1.15),
    Row("scale", "10000 accounts, consent", "× 1,000 accounts", at_most=1.15),
    Row("scale", "100000 accounts, within zone", "× 1,000 accounts", at_most=1.15),
    Row("scale", "100000 accounts, consent", "× 1,000 accounts", at_most=1.15),
    Row("scale", "1000000 accounts, within zone", "× 1,000 accounts", at_most=1.15),
    Row("scale", "1000000 accounts, consent", "× 1,000 accounts", at_most=1.15),
    Row("threads", "eight threads, throughput", "× one thread", at_least=0.9),
    Row("startup", "import residency", YARDSTICK, at_most=1.3),
    Row("startup", "every public name", YARDSTICK),
    Row("startup", "first decision", YARDSTICK, at_most=2),
    Row("peers", "cedarpy", PEER, at_least=300),
    Row("peers", "casbin", PEER),
    Row("peers", "vakt", PEER),
]
YARDS = {
    FLOOR: ("calls", "floor, in seconds"),
    PEER: ("peers", "residency, in seconds"),
    YARDSTICK: ("startup", "yardstick, in seconds"),
}


def measure(suite: str, *effort: str) -> dict[str, float]:
    """Run a suite under pyperf and return the median of each benchmark."""
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
            time = "" if one is None else seconds(one * value)
            ratio = f"{value:.{0 if value >= 100 else 2}f} {row.unit}"
            lines.append((row.name, time, ratio, row.target, row.verdict(value)))
    return lines


def show(lines: list[tuple[str, ...]]) -> None:
    """Print the table."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("| " + " | ".join(map(str.ljust, line, widths)) + " |")
        if line is lines[0]:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main() -> None:
    """Measure, print, and judge if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.check:
        os.environ["ACCOUNTS"] = "100000"
        suites = ("calls", "scale", "threads", "startup")
        effort = ("--processes", "1", "--values", "2")
    else:
        suites = ("calls", "threads", "startup", "peers", "scale")
        effort = ("--processes", "3", "--values", "3")
    found: dict[str, Any] = {}
    for suite in suites:
        print(f"measuring {suite} …", file=sys.stderr)
        # A world of a million accounts takes minutes to make, so one process makes it once.
        once = ("--in-process", "--values", "3")
        found[suite] = measure(suite, *(once if suite == "scale" else effort))
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    print(f"floor: {seconds(found['calls']['floor, in seconds'])}")
    show(table(found))
    slowest = found["threads"]["eight threads, 99.9th percentile in seconds"]
    print(f"eight threads, 99.9th percentile of one call: {seconds(slowest)}")
    if not options.check:
        print("measuring traffic …", file=sys.stderr)
        command = [sys.executable, str(HERE / "traffic.py")]
        found["traffic"] = json.loads(subprocess.check_output(command, text=True))
        for name, figure in found["traffic"].items():
            print(f"{name}: {figure}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    failed = [
        row.name
        for row in ROWS
        if row.name in found.get(row.suite, {}) and row.fails(found[row.suite][row.name])
    ]
    if options.check and failed:
        raise SystemExit(f"past target and margin ({MARGIN}): {', '.join(failed)}")


if __name__ == "__main__":
    main()
