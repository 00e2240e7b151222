"""Where a cloud region's data centres stand: region identifier to countries.

Only regions are known. An availability zone or a local zone has an identifier of its own and may
stand in another country than the region that it is named after.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypedDict, cast

from attrs import frozen

from residency.geography.datafile import parse
from residency.geography.gazetteer import Territory

__all__ = ["CLOUD_REGIONS", "CloudRegion"]


@frozen(slots=True)
class CloudRegion:
    """One region of a cloud provider.

    Args:
        provider: the provider's prefix, such as ``aws``.
        id: the provider's identifier, such as ``eu-west-2``.
        name: the provider's name for it, such as ``Europe (London)``.
        countries: every territory its data centres stand in; never empty.
    """

    provider: str
    id: str
    name: str
    countries: frozenset[Territory]


class _Region(TypedDict):
    name: str
    partition: str
    countries: list[str]


class _Provider(TypedDict):
    regions: dict[str, _Region]


def _shipped() -> Mapping[str, Mapping[str, CloudRegion]]:
    document = cast("dict[str, dict[str, _Provider]]", parse("cloud_regions.json"))
    return MappingProxyType(
        {
            provider: MappingProxyType(
                {
                    region: CloudRegion(provider, region, row["name"], _countries(row))
                    for region, row in rows["regions"].items()
                }
            )
            for provider, rows in document["providers"].items()
        }
    )


def _countries(row: _Region) -> frozenset[Territory]:
    return frozenset(Territory(code) for code in row["countries"])


CLOUD_REGIONS: Final = _shipped()
"""Provider to region identifier to region; a region whose country no source gives is absent."""
