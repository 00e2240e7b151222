"""Regenerate the geography snapshots from the installed pycountry and botocore.

Run by hand by a maintainer; read the difference before committing it, since a changed line can
change a decision::

    python tools/snapshot_geography.py

``territories.json`` is written whole. In ``cloud_regions.json`` the identifiers and names come
from botocore and the countries are kept as they were sourced by hand. A region that is new is
printed and left out until someone writes its countries, or lists it under ``unsourced`` with the
reason; one that is gone is printed and kept, for data may still lie there.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import botocore
import pycountry

DATA = Path(__file__).parents[1] / "src" / "residency" / "geography" / "data"
FIELDS = ("alpha_2", "alpha_3", "numeric", "name", "official_name", "common_name")
LONGEST_LINE = 320


def main() -> None:
    """Write both snapshots and print what a person must look at."""
    write("territories.json", territories())
    document = json.loads((DATA / "cloud_regions.json").read_bytes())
    for advice in update_cloud_regions(document["providers"]["aws"]):
        print(advice)
    write("cloud_regions.json", document)


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
    """Bring identifiers and names up to date in place; return what must be done by hand."""
    path = Path(botocore.__file__).with_name("data") / "endpoints.json"
    published = {
        region: {"name": row["description"], "partition": partition["partition"]}
        for partition in json.loads(path.read_bytes())["partitions"]
        for region, row in partition["regions"].items()
    }
    sourced = aws["regions"]
    new = sorted(published.keys() - sourced.keys() - aws["unsourced"].keys())
    gone = sorted(sourced.keys() - published.keys())
    aws["version"] = f"botocore {version('botocore')}"
    aws["read"] = datetime.now(UTC).date().isoformat()
    aws["regions"] = {
        region: {**row, **published.get(region, {})} for region, row in sorted(sourced.items())
    }
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
