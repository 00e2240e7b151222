"""The command line. Importing it needs nothing optional; running it needs the extra ``cli``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

_OPTIONAL = frozenset(("click", "jsonschema", "tqdm"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``residency`` and return its exit code.

    Args:
        arguments: what stands after the program's name; ``sys.argv`` if left out.

    Returns:
        0 if all is well, 1 if a record was refused or blocked, 2 if the run could not be made or
        finished, 130 if it was interrupted, 141 if nobody reads its output any more.
    """
    try:
        from residency.cli.application import run
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _OPTIONAL:
            raise
        print(f"residency: {missing} is missing: install residency[cli]", file=sys.stderr)
        return 2
    return run(sys.argv[1:] if arguments is None else arguments)
