"""The world for the other implementation: what names a territory, unions, and regions of clouds.

Read from the data files that come with the library, and from nothing else of it.
"""

import json
import unicodedata
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_LONGEST_CODE = 3


def plain(text: str) -> str:
    """Return a text of which case, width and the kind of apostrophe do not count."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip()


class Geography:
    """The world, from the folder with its data files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        aliases = self._read("aliases.json")
        self.names: dict[str, str] = {}
        self.codes: set[str] = set()
        self.territories: list[str] = []
        for row in (*self._read("territories.json")["territories"], *aliases["additions"]):
            self.territories.append(row["alpha_2"])
            for key in ("alpha_2", "alpha_3", "numeric"):
                self._add(row[key], row["alpha_2"], code=True)
            for key in ("name", "official_name", "common_name"):
                self._add(row[key], row["alpha_2"])
        for group in aliases["groups"]:
            for territory, spellings in group.get("codes", {}).items():
                for spelling in spellings:
                    self._add(spelling, territory, code=True)
            for territory, spellings in group.get("names", {}).items():
                for spelling in spellings:
                    self._add(spelling, territory)
        self.refused: dict[str, str] = {}
        self.refused_shapes: dict[str, str] = {}
        self._add_refused(self._read("refused.json"))
        self.unions: Json = self._read("memberships.json")["unions"]
        self.regions: dict[str, tuple[str, tuple[str, ...]]] = {}
        for provider in self._read("regions.json")["providers"]:
            self._add_regions(provider)

    def _read(self, name: str) -> Json:
        data: Json = json.loads((self._folder / name).read_text(encoding="utf-8"))
        return data

    def _add(self, spelling: str | None, territory: str, *, code: bool = False) -> None:
        if spelling is not None:
            self.names.setdefault(plain(spelling), territory)
            if code or (
                spelling.isupper() and spelling.isalnum() and len(spelling) <= _LONGEST_CODE
            ):
                self.codes.add(plain(spelling))

    def _add_refused(self, refused: Json) -> None:
        for group in refused["groups"]:
            for row in group["rows"]:
                codes = [plain(code) for code in row.get("codes", [])]
                self.codes.update(codes)
                for key in (*codes, *map(plain, row.get("names", []))):
                    self.refused[key] = group["kind"]
        for shape in refused["patterns"]:
            self.refused_shapes[shape["pattern"]] = shape["kind"]

    def _add_regions(self, provider: str) -> None:
        for group in self._read(f"regions/{provider}.json")["groups"]:
            for name, row in group["regions"].items():
                label = f"{provider}:{group['spellings'][0].replace('{}', name)}"
                for pattern in group["spellings"]:
                    for each in (name, *row.get("also", [])):
                        key = f"{provider}:{pattern.replace('{}', each).lower()}"
                        self.regions[key] = (label, tuple(row["countries"]))
