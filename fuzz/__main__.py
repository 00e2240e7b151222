"""Let a coverage-guided fuzzer look for bytes that a target cannot bear: `python -m fuzz TARGET`.

What it learns is kept in `build/fuzz/TARGET`, so that the next run goes on from there. Bytes that
crash a target, hang for half a minute or take too much memory are written beside it: they become a
seed in `fuzz/corpus/TARGET`, which the suite replays, and a test of what should happen.
"""

import argparse
import re
import sys
from pathlib import Path

import atheris

# What the reference evaluator does is not what is looked into.
_READERS = ["residency", "csv", "json", "tomllib"]
with atheris.instrument_imports(include=_READERS, exclude=["residency.testing"]):
    from fuzz.seeds import seeds_of
    from fuzz.targets import TARGETS

_WORD = re.compile(rb"[\w.\"=\[{-]{2,40}")
_LONGEST = 16_384
_MEBIBYTES = 2_048
_HANG = 30


def main() -> None:
    """Fuzz one target for some seconds; the fuzzer ends the process."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("target", choices=TARGETS)
    options.add_argument("--seconds", type=int, default=600)
    arguments = options.parse_args()
    corpus = Path("build", "fuzz", arguments.target)
    corpus.mkdir(parents=True, exist_ok=True)
    words: set[bytes] = set()
    for name, seed in seeds_of(arguments.target).items():
        (corpus / f"seed-{name}").write_bytes(seed)
        words.update(_WORD.findall(seed))
    dictionary = corpus.with_suffix(".dict")
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in sorted(words)))
    settings = {
        "max_total_time": arguments.seconds,
        "timeout": _HANG,
        "rss_limit_mb": _MEBIBYTES,
        "max_len": _LONGEST,
        "dict": dictionary,
        "len_control": 0,
        "artifact_prefix": f"{corpus}-",
        "print_final_stats": 1,
    }
    flags = [f"-{name}={value}" for name, value in settings.items()]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], TARGETS[arguments.target])
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


main()
