"""Draw the figures that run.py wrote, as SVG, into the documentation.

python benchmarks/plots.py benchmarks/results/cpython-3.12.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from itertools import pairwise
from math import log10
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "explanation"
WIDTH, HEIGHT, LEFT, TOP = 640, 300, 150, 40
STYLE = "font-family='sans-serif' font-size='13' fill='#222'"


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Return a text."""
    return f"<text x='{x:.0f}' y='{y:.0f}' text-anchor='{anchor}' {STYLE}>{words}</text>"


def line(x: float, y: float, to_x: float, to_y: float, colour: str = "#bbb") -> str:
    """Return a line."""
    return f"<line x1='{x:.1f}' y1='{y:.1f}' x2='{to_x:.1f}' y2='{to_y:.1f}' stroke='{colour}'/>"


def picture(title: str, parts: Iterable[str]) -> str:
    """Return a whole picture."""
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img'>"
        f"<title>{title}</title><rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>"
    )
    return "\n".join([head, text(LEFT, TOP - 16, title), *parts, "</svg>\n"])


SERIES = {
    "within zone, 50,000 in turn": "#1668a8",
    "consent, 100 in turn": "#2a8a3e",
    "consent, 1,000 in turn": "#c98a00",
    "consent, 50,000 in turn": "#8a3ea0",
}


def flatness(scale: dict[str, float]) -> str:
    """Draw the cost of a warm call against the number of accounts."""
    low, high = 0.8, 3.2

    def at(accounts: int, ratio: float) -> tuple[float, float]:
        x = LEFT + (log10(accounts) - 3) / 3 * (WIDTH - LEFT - 40)
        return x, TOP + (high - ratio) / (high - low) * (HEIGHT - TOP - 50)

    parts: list[str] = []
    for ratio in (1.0, 1.15, 1.5, 2.0, 2.5, 3.0):
        colour = "#c33" if ratio == 1.15 else "#ddd"
        parts += [line(*at(1_000, ratio), *at(1_000_000, ratio), colour)]
        parts += [text(LEFT - 8, at(1_000, ratio)[1] + 4, f"{ratio:g} ×", "end")]
    for accounts in (1_000, 10_000, 100_000, 1_000_000):
        parts += [text(at(accounts, low)[0], HEIGHT - 28, f"{accounts:,}", "middle")]
    for place, (label, colour) in enumerate(SERIES.items()):
        points = [at(1_000, 1.0)]
        points += [
            at(int(name.split()[0]), ratio)
            for name, ratio in scale.items()
            if name.endswith(f", {label.replace(',000', '000')}")
        ]
        parts += [line(*start, *end, colour) for start, end in pairwise(points)]
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4' fill='{colour}'/>" for x, y in points]
        down = 18 * place
        parts += [
            f"<circle cx='{LEFT + 20}' cy='{TOP + 14 + down}' r='4' fill='{colour}'/>",
            text(LEFT + 30, TOP + 18 + down, label),
        ]
    parts += [text((WIDTH + LEFT) / 2, HEIGHT - 8, "accounts, each with a consent", "middle")]
    return picture("Cost of a warm call, against 1,000 accounts (target: 1.15 ×)", parts)


def peers(found: dict[str, float]) -> str:
    """Draw the time of one decision beside other engines, on a logarithmic scale."""
    one = found["residency, in seconds"] * 1e9
    bars = [(name, one * found[name]) for name in ("residency", "vakt", "casbin", "cedarpy")]
    full = log10(max(time for _, time in bars)) - 1
    parts: list[str] = []
    for place, (name, time) in enumerate(bars):
        y = TOP + 14 + place * 56
        width = (log10(time) - 1) / full * (WIDTH - LEFT - 130)
        colour = "#1668a8" if name == "residency" else "#999"
        parts += [
            f"<rect x='{LEFT}' y='{y}' width='{width:.1f}' height='34' fill='{colour}'/>",
            text(LEFT - 10, y + 22, name, "end"),
            text(LEFT + width + 8, y + 22, f"{time:,.0f} ns"),
        ]
    return picture("Time of one decision (logarithmic)", parts)


def main() -> None:
    """Draw both pictures."""
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "performance-accounts.svg").write_text(flatness(found["scale"]), encoding="utf-8")
    (FOLDER / "performance-peers.svg").write_text(peers(found["peers"]), encoding="utf-8")


if __name__ == "__main__":
    main()
