"""The package's own data files: their bytes, read once, and the revision that names them.

Every table of the geography package comes from these files and from nothing else, so one digest
over them says which geography a decision was made with.
"""

from __future__ import annotations

import json
import os.path
from hashlib import sha256
from typing import Final

from residency.errors import ErrorKind, InputError, quote

__all__ = ["DATA_FILES", "GEOGRAPHY_REVISION", "parse", "parse_sealed", "revision_of"]

DATA_FILES: Final = (
    "aliases.json",
    "memberships.json",
    "refused.json",
    "regions.json",
    "territories.json",
)
"""The data files, in the order in which the revision reads them.

``regions.json`` holds the digests of further files, which are not read until they are needed.
"""


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


def parse_sealed(name: str, digest: str) -> object:
    """Return a data file that is read only when it is needed, decoded from JSON.

    Args:
        name: the file, below the folder of the data files.
        digest: the digest of its content, in lower-case hexadecimal.

    Raises:
        InputError: the file cannot be read (UNREADABLE), or is not the one that has this digest
            (CONFLICT).
    """
    try:
        content = _read(name)
    except OSError:
        message = f"the data file {quote(name)} cannot be read: install the library again"
        raise InputError(message, kind=ErrorKind.UNREADABLE, value=name) from None
    if sha256(content).hexdigest() != digest:
        message = f"the data file {quote(name)} was changed: install the library again"
        raise InputError(message, kind=ErrorKind.CONFLICT, value=name)
    return json.loads(content)


_FOLDER = os.path.join(os.path.dirname(__file__), "data")  # noqa: PTH118, PTH120 - pathlib is slow to import


def _read(name: str) -> bytes:
    with open(os.path.join(_FOLDER, name), "rb") as file:  # noqa: PTH118, PTH123 - as above, slow
        return file.read()


_CONTENT: Final = {name: _read(name) for name in DATA_FILES}

GEOGRAPHY_REVISION: Final = revision_of(_CONTENT)
"""Which geography this is: the SHA-256 of all its data files."""
