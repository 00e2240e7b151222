"""The package's own data files: their bytes, read once, and the revision that names them.

Every table of the geography package comes from these files and from nothing else, so one digest
over them says which geography a decision was made with.
"""

from __future__ import annotations

import json
import os.path
from hashlib import sha256
from typing import Final

__all__ = ["DATA_FILES", "GEOGRAPHY_REVISION", "parse", "revision_of"]

DATA_FILES: Final = (
    "aliases.json",
    "cloud_regions.json",
    "memberships.json",
    "refused.json",
    "territories.json",
)
"""The data files, in the order in which the revision reads them."""


def revision_of(files: dict[str, bytes]) -> str:
    """Return the SHA-256, in lower-case hexadecimal, of named contents.

    Each name and each content is preceded by its length, so that no two different sets of files
    can run together into the same bytes.
    """
    digest = sha256()
    for name, content in sorted(files.items()):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def parse(name: str) -> object:
    """Return the data file ``name``, decoded from JSON."""
    return json.loads(_CONTENT[name])


_FOLDER = os.path.join(os.path.dirname(__file__), "data")  # noqa: PTH118, PTH120 - pathlib is slow to import


def _read(name: str) -> bytes:
    with open(os.path.join(_FOLDER, name), "rb") as file:  # noqa: PTH118, PTH123 - as above, slow
        return file.read()


_CONTENT: Final = {name: _read(name) for name in DATA_FILES}

GEOGRAPHY_REVISION: Final = revision_of(_CONTENT)
"""Which geography this is: the SHA-256 of all its data files."""
