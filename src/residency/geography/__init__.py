"""Geography: what was typed to a territory, who belonged to a union when, where a region stands."""

from residency.geography.cloud import CLOUD_REGIONS, CloudRegion
from residency.geography.datafile import GEOGRAPHY_REVISION
from residency.geography.folding import fold
from residency.geography.membership import MEMBERSHIPS, Interval, Memberships
from residency.geography.territory import TERRITORIES, Territory, normalise

__all__ = [
    "CLOUD_REGIONS",
    "GEOGRAPHY_REVISION",
    "MEMBERSHIPS",
    "TERRITORIES",
    "CloudRegion",
    "Interval",
    "Memberships",
    "Territory",
    "fold",
    "normalise",
]
