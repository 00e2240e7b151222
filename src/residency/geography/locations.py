"""The places that have a name: the cloud regions of the library, and those of its user."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final, cast

from attrs import Factory, field, frozen

from residency.checks import require_text
from residency.errors import DestinationError, ErrorKind, quote
from residency.geography.cloud import PROVIDERS, CloudProvider, CloudRegion, cloud_provider
from residency.value import Value

__all__ = ["LOCATIONS", "Locations"]


_NONE: Final[Mapping[str, CloudProvider]] = MappingProxyType({})


def _read_only(own: Mapping[str, CloudProvider]) -> Mapping[str, CloudProvider]:
    return MappingProxyType(dict(sorted(own.items())))


def _revision_of(own: Mapping[str, CloudProvider]) -> str:
    rows = [
        [
            provider.id,
            provider.name,
            sorted(provider.spellings.items()),
            [
                [region.id, region.name, sorted(region.countries), region.source]
                for region in provider.regions.values()
            ],
        ]
        for provider in own.values()
    ]
    return sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


@frozen(slots=True, eq=False, repr=False)
class Locations(Value):
    """Every provider of storage whose regions are known, and where those stand.

    Args:
        own: the user's own providers, by id: other clouds, buildings of their own, and further
            regions of a provider that the library knows. Read them with
            :func:`residency.policy.load_locations`, which refuses what contradicts the library.
        revision: lower-case hexadecimal SHA-256 of them all: equal places, equal locations.
    """

    own: Mapping[str, CloudProvider] = field(default=_NONE, converter=_read_only, eq=False)
    revision: str = field(
        init=False, default=Factory(lambda self: _revision_of(self.own), takes_self=True)
    )

    def providers(self) -> Iterator[CloudProvider]:
        """Yield each provider, the library's first; one that the user adds to comes twice."""
        for shipped in PROVIDERS:
            yield from self._with_id(shipped)
        for provider in self.own.values():
            if provider.id not in PROVIDERS:
                yield provider

    def find(self, provider: str, text: str) -> CloudRegion | None:
        """Return the region of ``provider`` that ``text`` names, whatever its case, or None."""
        for each in self._with_id(provider):
            region = each.find(text)
            if region is not None:
                return region
        return None

    def why_unknown(self, provider: str, text: str) -> str:
        """Say why ``text`` names no region of ``provider`` that can be relied on."""
        known = tuple(self._with_id(provider))
        if not known:
            return "is no known location: write country:CODE, zone:ID or PROVIDER:REGION"
        for each in known:
            reason = each.left_out.get(text.strip().lower())
            if reason is not None:
                return f"cannot be relied on: {reason}"
        return f"is no known location of {known[0].name}: see `residency regions`"

    def reported(
        self, provider: str, region: object, *, redundancy: str | None = None
    ) -> CloudRegion:
        """Return the region that a provider's client reports for a bucket or an account.

        Args:
            provider: the provider's id, such as ``aws``.
            region: what the client returned, as it returned it: ``None`` and an empty text are
                what S3 says of its first region.
            redundancy: how the provider keeps copies, such as ``Standard_RAGRS`` of Azure. Where
                it is left out, the region counts with its pair if it has one.

        Returns:
            the region; write to its ``label``.

        Raises:
            DestinationError: it is not known (UNKNOWN_LOCATION), or is not text.
        """
        known = self._named(require_text(provider, "the provider", error=DestinationError))
        # A subclass of str may call itself empty; its plain text is taken without asking it.
        if region is None or (
            issubclass(type(region), str) and not len(str.__str__(cast("str", region)))
        ):
            absent = known.absent
            if absent is not None:
                return known.regions[absent]
            message = f"{known.name} reported no region: read it from the bucket's settings"
            raise DestinationError(message, kind=ErrorKind.UNKNOWN_LOCATION, value=region)
        text = require_text(region, "the reported region", error=DestinationError)
        if redundancy is not None:
            kept = require_text(redundancy, "the redundancy", error=DestinationError)
            text = widest = f"{text}+{kept}"
        else:
            widest = f"{text}{known.widest}"
        found = self.find(provider, widest) or self.find(provider, text)
        if found is not None:
            return found
        message = f"{quote(f'{provider}:{text}')} {self.why_unknown(provider, text)}"
        raise DestinationError(message, kind=ErrorKind.UNKNOWN_LOCATION, value=region)

    def _named(self, provider: str) -> CloudProvider:
        for each in self._with_id(provider):
            return each
        message = f"{quote(provider)} is no known provider: use one of {', '.join(PROVIDERS)}"
        raise DestinationError(
            message, kind=ErrorKind.UNKNOWN_LOCATION, value=provider, suggestions=PROVIDERS
        )

    def _with_id(self, provider: str) -> Iterator[CloudProvider]:
        shipped = cloud_provider(provider)
        if shipped is not None:
            yield shipped
        if provider in self.own:
            yield self.own[provider]


LOCATIONS: Final = Locations()
"""The places that come with the library."""
