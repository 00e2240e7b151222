"""Run the command line as ``python -m residency``."""

import sys

from residency.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
