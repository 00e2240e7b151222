"""Regenerate the geography snapshots from the installed pycountry and botocore.

Run by hand by a maintainer; read the difference before committing it, since a changed line can
change a decision::

    python tools/snapshot_geography.py

``territories.json`` is written whole. In ``regions/aws.json`` the names of the regions come from
botocore; the countries, and all that stands in the files of the other providers, are kept as they
were sourced by hand. A region that is new is printed and left out until someone writes its
countries, or lists it under ``left_out`` with the reason; one that is gone is printed and kept, for
data may still lie there. ``regions.json`` takes the digest of each provider's file, so run this
after every change to one of them.
"""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import botocore
import pycountry

DATA = Path(__file__).parents[1] / "src" / "residency" / "geography" / "data"
FIELDS = ("alpha_2", "alpha_3", "numeric", "name", "official_name", "common_name")
LONGEST_LINE = 320


def main() -> None:
    """Write the snapshots and print what a person must look at."""
    write("territories.json", territories())
    aws = json.loads((DATA / "regions" / "aws.json").read_bytes())
    for advice in update_cloud_regions(aws):
        print(advice)
    write("regions/aws.json", aws)
    index = json.loads((DATA / "regions.json").read_bytes())
    for provider, entry in index["providers"].items():
        entry["sha256"] = sha256((DATA / "regions" / f"{provider}.json").read_bytes()).hexdigest()
    write("regions.json", index)


def territories() -> dict[str, Any]:
    """Return the officially assigned codes with their English names, sorted by code."""
    records = sorted(pycountry.countries, key=lambda record: record.alpha_2)
    return {
        "source": "ISO 3166-1, as published by Debian iso-codes and packaged by pycountry",
        "version": f"pycountry {version('pycountry')}",
        "territories": [
            {field: getattr(record, field, None) for field in FIELDS} for record in records
        ],
    }


def update_cloud_regions(aws: dict[str, Any]) -> list[str]:
    """Bring the names up to date in place; return what must be done by hand."""
    path = Path(botocore.__file__).with_name("data") / "endpoints.json"
    published = {
        region: row["description"]
        for partition in json.loads(path.read_bytes())["partitions"]
        for region, row in partition["regions"].items()
    }
    # botocore lists regions and no zones, so only the groups that rest on it can lose one.
    sourced = {
        region: row
        for group in aws["groups"]
        if any("botocore" in source["title"] for source in group["sources"])
        for region, row in group["regions"].items()
    }
    for region, row in sourced.items():
        row["name"] = published.get(region, row["name"])
    new = sorted(published.keys() - sourced.keys() - aws["left_out"].keys())
    gone = sorted(sourced.keys() - published.keys())
    return [
        *(f"{region} is new: source its countries and add it by hand" for region in new),
        *(f"{region} is no longer published: kept" for region in gone),
    ]


def write(name: str, document: dict[str, Any]) -> None:
    """Write ``document`` as the data file ``name``, one record to a line."""
    (DATA / name).write_text(laid_out(document) + "\n", encoding="utf-8")


def laid_out(value: Any, indent: str = "") -> str:
    """Return JSON in which every record that fits takes one line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or (
        len(line) <= LONGEST_LINE and not holds_records(value)
    ):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(key)}: {laid_out(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + laid_out(item, inner) for item in value) + f"\n{indent}]"


def holds_records(value: Any) -> bool:
    """Return whether there is a record inside ``value``."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(item, dict) or holds_records(item) for item in items)


if __name__ == "__main__":
    main()
