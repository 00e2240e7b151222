"""The user's own places: buildings of their own, other clouds, regions newer than the library."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from residency.errors import ErrorKind, PolicyError, quote
from residency.geography import LOCATIONS, CloudProvider, CloudRegion, Locations
from residency.geography.cloud import spelling_key
from residency.policy.source import LARGEST_DOCUMENT, read_source
from residency.policy.toml import LONGEST_TEXT, Node, parse

if TYPE_CHECKING:
    from pathlib import Path  # which takes as long to import as to read a policy

__all__ = ["load_locations", "read_locations"]

_RESERVED = ("country", "zone")
"""What stands before the colon of a destination that names no provider."""


def load_locations(path: str | Path) -> Locations:
    """Load the places that you add to those of the library, from a TOML file.

    Args:
        path: the file's path.

    Returns:
        the places of the library and yours; hand them to :func:`residency.load_policy`.

    Raises:
        PolicyError: it is no path (TYPE), the file cannot be read (UNREADABLE), or
            :func:`read_locations` refuses it.
    """
    if isinstance(path, str):
        from pathlib import Path

        # As a path, and not as the name of a bundled policy, which a text could be.
        return read_locations(read_source(Path(path)))
    return read_locations(read_source(path))


def read_locations(data: bytes) -> Locations:
    """Read the places that you add from the bytes of a TOML file.

    Args:
        data: the file's content, in UTF-8, at most 1,000,000 bytes.

    Raises:
        PolicyError: it is too long (TOO_LARGE), is not TOML (MALFORMED), lacks something, or
            contradicts itself or the library (INVALID_POLICY); or is not bytes (TYPE).
    """
    document = parse(_checked(data))
    providers: dict[str, CloudProvider] = {}
    for node in document.fields("providers")["providers"].required().items():
        provider = _provider(node)
        if provider.id in providers:
            raise node.field("id").refusal(f"{quote(provider.id)} stands here twice: join the two")
        providers[provider.id] = provider
    return Locations(providers)


def _checked(data: object) -> bytes:
    if not isinstance(data, bytes):
        message = f"the locations are a {quote(data)}: pass bytes"
        raise PolicyError(message, kind=ErrorKind.TYPE, value=data)
    if len(data) > LARGEST_DOCUMENT:
        message = f"the locations have more than {LARGEST_DOCUMENT} bytes: shorten the file"
        raise PolicyError(message, kind=ErrorKind.TOO_LARGE)
    return data


def _provider(node: Node) -> CloudProvider:
    fields = node.fields("id", "name", "source", "regions")
    provider = fields["id"].id()
    if provider in _RESERVED:
        raise fields["id"].refusal(f"{quote(provider)} has a meaning of its own: use another id")
    source = fields["source"].text(longest=LONGEST_TEXT)
    regions: dict[str, CloudRegion] = {}
    spellings: dict[str, str] = {}
    for item in fields["regions"].required().items():
        region, names = _region(item, provider, source)
        for name in names:
            # INVARIANT (the library's facts stand): a file adds places, and moves none.
            if LOCATIONS.find(provider, name.text()) is not None:
                raise name.refusal(f"{quote(name.text())} is known to the library: leave it out")
            other = spellings.setdefault(spelling_key(name.text()), region.id)
            if other != region.id or region.id in regions:
                raise name.refusal(f"{quote(name.text())} names {quote(other)} already: rename it")
        regions[region.id] = region
    return CloudProvider(
        provider,
        fields["name"].text(),
        MappingProxyType(regions),
        MappingProxyType(spellings),
        MappingProxyType({}),
    )


def _region(node: Node, provider: str, source: str) -> tuple[CloudRegion, list[Node]]:
    fields = node.fields("id", "name", "countries", "also")
    countries = fields["countries"].required().territories()
    region = CloudRegion(
        provider, fields["id"].id(), fields["name"].text(), frozenset(countries), source
    )
    return region, [fields["id"], *fields["also"].items()]
