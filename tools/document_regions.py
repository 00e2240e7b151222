"""Write the tables of docs/reference/cloud-regions.md from the data of the library.

Run by a maintainer after a change to the data::

    python tools/document_regions.py --write

Without ``--write`` it prints the document as it should be; a test compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[1] / "docs" / "reference" / "cloud-regions.md"
DATA = files("residency.geography") / "data"
MARK = "<!-- What follows is written by tools/document_regions.py. -->\n"


def main() -> None:
    """Print the document, or write it."""
    written = DOCUMENT.read_text(encoding="utf-8").partition(MARK)[0]
    document = written + MARK + "".join(tables())
    if sys.argv[1:] == ["--write"]:
        DOCUMENT.write_text(document, encoding="utf-8")
    else:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # it is the real one
        sys.stdout.write(document)


def tables() -> Iterator[str]:
    """Yield the section of each provider."""
    for provider in json.loads((DATA / "regions.json").read_bytes())["providers"]:
        document = json.loads((DATA / "regions" / f"{provider}.json").read_bytes())
        yield f"\n## {document['name']}: `{provider}`\n"
        if "note" in document:
            yield f"\n{document['note']}\n"
        for group in document["groups"]:
            yield from table(provider, group)
        if document["left_out"]:
            yield "\nUnknown, and so blocked:\n\n| place | why |\n| --- | --- |\n"
            for name, reason in document["left_out"].items():
                yield f"| `{provider}:{name}` | {reason} |\n"


def table(provider: str, group: dict[str, Any]) -> Iterator[str]:
    """Yield the table of one group of regions, with what it rests on."""
    yield f"\n### {document_title(provider, group)}\n\n"
    if "note" in group:
        yield f"{group['note']}\n\n"
    for source in group["sources"]:
        yield f"- [{source['title']}]({source['url']}), seen {source['seen']}\n"
    canonical, *others = group["spellings"]
    if others:
        shown = ", ".join(f"`{each.format('REGION')}`" for each in others)
        yield f"\nAlso accepted: {shown}.\n"
    yield "\n| write | place | countries | also accepted |\n| --- | --- | --- | --- |\n"
    for name, row in group["regions"].items():
        also = ", ".join(f"`{each}`" for each in row.get("also", ()))
        written = f"`{provider}:{canonical.format(name)}`"
        yield f"| {written} | {row['name']} | {' '.join(row['countries'])} | {also} |\n"


def document_title(provider: str, group: dict[str, Any]) -> str:
    """Return the heading of a group, which names its provider so that each is found once."""
    return f"{provider}: {group['title']}"


if __name__ == "__main__":
    main()
