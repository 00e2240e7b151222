"""Geography: what was typed to a territory, who belonged to a union when, where a region stands."""

from residency.geography.cloud import (
    CLOUD_REGIONS,
    PROVIDERS,
    CloudProvider,
    CloudRegion,
    cloud_provider,
)
from residency.geography.datafile import GEOGRAPHY_REVISION
from residency.geography.folding import fold
from residency.geography.locations import LOCATIONS, Locations
from residency.geography.membership import MEMBERSHIPS, Interval, Memberships
from residency.geography.territory import TERRITORIES, Territory, normalise

__all__ = [
    "CLOUD_REGIONS",
    "GEOGRAPHY_REVISION",
    "LOCATIONS",
    "MEMBERSHIPS",
    "PROVIDERS",
    "TERRITORIES",
    "CloudProvider",
    "CloudRegion",
    "Interval",
    "Locations",
    "Memberships",
    "Territory",
    "cloud_provider",
    "fold",
    "normalise",
]
