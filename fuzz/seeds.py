"""Where the fuzzer starts from: a few small inputs for each target, and what it once found."""

from __future__ import annotations

from pathlib import Path

__all__ = ["seeds_of"]

_REPOSITORY = Path(__file__).resolve().parent.parent


def seeds_of(target: str) -> dict[str, bytes]:
    """Return the seeds of a target, by name."""
    folder = _REPOSITORY / "fuzz" / "corpus" / target
    seeds = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    if target == "policy":
        seeds["four-zones.toml"] = (_REPOSITORY / "examples" / "four-zones.toml").read_bytes()
    return seeds
