"""What the servers of other clouds than S3 have in common: a container for each zone."""

from collections.abc import Mapping
from typing import Any, Protocol

from tests.servers.recorder import Recorder


class Store(Protocol):
    """Servers for the zones `EU` and `US`, each behind a relay that remembers."""

    aborts: bool
    """Whether an upload in parts can be aborted."""

    transactions: bool
    """Whether its file system can write files that appear later."""

    @property
    def servers(self) -> Mapping[str, Recorder]:
        """The relay of each zone's server."""
        ...

    def make(self, zone: str) -> str:
        """Make a new container and return its URL."""
        ...

    def location(self, zone: str) -> str:
        """Return where a zone's server is said to be, as the guard's `to` names it."""
        ...

    def options(self, zone: str) -> dict[str, object]:
        """Return the storage options that reach a zone's server through its relay."""
        ...

    def contents(self, zone: str, container: str) -> dict[str, bytes]:
        """Return what is in a container, as an unguarded client sees it, by path."""
        ...

    def uploads(self, zone: str, container: str) -> list[str]:
        """Return the uploads in parts that were begun, and have neither ended nor been aborted."""
        ...

    async def close(self, system: Any) -> None:
        """Close the connections of a file system that was used in this event loop."""
        ...
