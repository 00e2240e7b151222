"""Where a cloud provider's regions stand: what its client calls a region, to countries.

The name of a region says little of its ground: ``eu-west-2`` is London at one provider and Paris at
another, and a zone that is named after Virginia stands in Buenos Aires. So a name is looked up
whole in its provider's table and never taken apart; one that is not in the table is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NotRequired, TypedDict, cast, final

from attrs import field, frozen

from residency.geography.datafile import parse, parse_sealed
from residency.geography.gazetteer import Territory
from residency.value import Value

__all__ = [
    "CLOUD_REGIONS",
    "PROVIDERS",
    "CloudProvider",
    "CloudRegion",
    "cloud_provider",
    "spelling_key",
]


@frozen(slots=True, eq=False, repr=False)
class CloudRegion(Value):
    """One region of a provider: a place that data can be written to.

    Args:
        provider: the provider's id, such as ``aws``.
        id: the region's id, such as ``eu-west-2``.
        name: what the provider calls the place, such as ``Europe (London)``.
        countries: every territory in which its bytes may rest; never empty.
        source: what says so, and on which day it was seen.
    """

    provider: str
    id: str
    name: str
    countries: frozenset[Territory]
    source: str = ""

    @property
    def label(self) -> str:
        """The region as a destination is written: ``PROVIDER:REGION``."""
        return f"{self.provider}:{self.id}"


@frozen(slots=True, eq=False, repr=False)
class CloudProvider(Value):
    """A provider's regions, and every spelling under which its clients report them.

    Args:
        id: the provider's id, which stands before the colon of a destination.
        name: the provider's name.
        regions: id to region.
        spellings: key (see :func:`spelling_key`) to the id of the region that it names; the ids
            themselves are spellings too.
        left_out: what the provider offers as a place and the table does not hold, with the reason.
        absent: the id of the region that a client means when it reports none; None if it means
            nothing.
        widest: what follows the id of a region that keeps copies in its paired region too.
    """

    id: str
    name: str
    regions: Mapping[str, CloudRegion] = field(repr=False)
    spellings: Mapping[str, str] = field(repr=False)
    left_out: Mapping[str, str] = field(repr=False)
    absent: str | None = None
    widest: str = ""

    def find(self, text: str) -> CloudRegion | None:
        """Return the region that ``text`` names, whatever its case; None if it names none."""
        known = self.spellings.get(spelling_key(text))
        return None if known is None else self.regions[known]


def spelling_key(text: str) -> str:
    """Return the key under which the spelling of a region is looked up.

    INVARIANT (a name is typed as one): only ASCII is folded. U+212A is no K, though it folds to k.
    """
    return text.strip().lower() if text.isascii() else text


if TYPE_CHECKING:

    class _Source(TypedDict):
        title: str
        url: str
        seen: str

    class _Row(TypedDict):
        name: str
        countries: list[str]
        also: NotRequired[list[str]]

    class _Group(TypedDict):
        sources: list[_Source]
        spellings: list[str]
        regions: dict[str, _Row]

    class _Document(TypedDict):
        name: str
        groups: list[_Group]
        left_out: dict[str, str]
        absent: NotRequired[str]
        widest: NotRequired[str]

    class _Entry(TypedDict):
        name: str
        sha256: str


_INDEX = cast("dict[str, dict[str, _Entry]]", parse("regions.json"))["providers"]

PROVIDERS: Final = tuple(_INDEX)
"""The ids of the providers whose regions come with the library."""


def cloud_provider(provider: str) -> CloudProvider | None:
    """Return the provider with this id as it comes with the library; None if there is none.

    Its file is read when it is first asked for.
    """
    return _shipped(provider) if provider in _INDEX else None


@cache
def _shipped(provider: str) -> CloudProvider:
    # INVARIANT (replayable): the revision covers a file by its digest in the index, so a file with
    # another digest is refused.
    content = parse_sealed(f"regions/{provider}.json", _INDEX[provider]["sha256"])
    document = cast("_Document", content)
    regions: dict[str, CloudRegion] = {}
    spellings: dict[str, str] = {}
    for group in document["groups"]:
        source = "; ".join(f"{each['title']}, seen {each['seen']}" for each in group["sources"])
        for name, row in group["regions"].items():
            countries = frozenset(map(Territory, row["countries"]))
            names = (name, *row.get("also", ()))
            written = [pattern.format(each) for pattern in group["spellings"] for each in names]
            # The first pattern, applied to the first name, is how the table itself writes it.
            region = CloudRegion(provider, written[0], row["name"], countries, source)
            regions[region.id] = region
            spellings.update((spelling_key(each), region.id) for each in written)
    return CloudProvider(
        provider,
        document["name"],
        MappingProxyType(regions),
        MappingProxyType(spellings),
        MappingProxyType(document["left_out"]),
        document.get("absent"),
        document.get("widest", ""),
    )


@final
class _Regions(Mapping[str, Mapping[str, CloudRegion]]):
    """The regions of each provider, read when they are first asked for."""

    def __getitem__(self, provider: str) -> Mapping[str, CloudRegion]:
        known = cloud_provider(provider)
        if known is None:
            raise KeyError(provider)
        return known.regions

    def __iter__(self) -> Iterator[str]:
        return iter(PROVIDERS)

    def __len__(self) -> int:
        return len(PROVIDERS)


CLOUD_REGIONS: Final[Mapping[str, Mapping[str, CloudRegion]]] = _Regions()
"""Provider to region id to region. A region whose country could not be sourced is absent."""
