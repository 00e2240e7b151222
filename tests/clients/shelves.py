"""Folders of two zones on each kind of file system, and what is in them, seen from the outside."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from residency import Account, Guard, Router, load_policy, open_ledger
from residency.clients.fsspec import GuardedFiles, Place
from residency.consent import Ledger
from tests.clients.scene import ACME, BOLT, Scene
from tests.servers.recorder import Recorder
from tests.servers.stores import Store

fsspec: Any = import_module("fsspec")

DELTA = Account("delta", "France", "XMedius Europe SAS", setup_date=ACME.setup_date)
ACCOUNTS = {account.id: account for account in (ACME, BOLT, DELTA)}

Contents = dict[str, dict[str, bytes]]


class Shelves:
    """The places of the EU and the USA, and files that are guarded in them.

    Args:
        places: zone to place.
        look: returns the files that are there, as nobody who is guarded sees them.
        servers: the relays in front of the servers, where there are any.
        uploads: returns the uploads in parts that a zone has neither ended nor aborted.
        close: closes the connections of a file system below that was used in an event loop.
        part: how many bytes make a part of an upload.
        transactions: whether files can be written and appear later.
        aborts: whether an upload in parts can be aborted.
    """

    def __init__(
        self,
        places: dict[str, Place],
        look: Callable[[], Contents],
        *,
        servers: Sequence[Recorder] = (),
        uploads: Callable[[str], list[str]] = lambda _: [],
        close: Callable[[Any], Awaitable[None]] | None = None,
        part: int = 5 << 20,
        transactions: bool = True,
        aborts: bool = True,
    ) -> None:
        self.places = places
        self.look = look
        self.servers = servers
        self.uploads = uploads
        self.close = close
        self.part = part
        self.transactions = transactions
        self.aborts = aborts
        self.ledger: Ledger = open_ledger("memory:")
        self.guard = Guard(Router(load_policy("xmedius")), self.ledger)
        self.files = self.guarded()
        self.fs = self.system()
        self.forget()

    def guarded(self, **changed: Any) -> GuardedFiles:
        """Return the guarded files."""
        arguments: dict[str, Any] = {
            "places": self.places,
            "solution": "xm-fax",
            "accounts": ACCOUNTS.get,
        }
        return GuardedFiles(self.guard, **(arguments | changed))

    def system(self, **options: Any) -> Any:
        """Return a file system of its own."""
        return fsspec.filesystem(
            "residency", skip_instance_cache=True, **({"files": self.files} | options)
        )

    def forget(self) -> None:
        """Start to watch the servers anew, where there are any."""
        for server in self.servers:
            server.forget()

    @property
    def sent(self) -> bytes:
        """What reached the servers since then, where there are any."""
        return b"".join(server.seen for server in self.servers)

    @property
    def writes(self) -> list[str]:
        """The writing requests that reached the servers since then, where there are any."""
        return [line for server in self.servers for line in server.writes]


def local(folder: Path) -> Shelves:
    """Return folders of this machine."""
    roots = {"EU": folder / "eu", "US": folder / "us"}
    for root in roots.values():
        root.mkdir()

    def look() -> Contents:
        return {
            zone: {
                path.relative_to(root).as_posix(): path.read_bytes()
                for path in root.rglob("*")
                if path.is_file()
            }
            for zone, root in roots.items()
        }

    places = {
        "EU": Place(f"file://{roots['EU']}", "country:DE"),
        "US": Place(f"file://{roots['US']}", "aws:us-east-1"),
    }
    return Shelves(places, look)


def memory() -> Shelves:
    """Return folders in memory."""
    name = uuid.uuid4().hex
    store: dict[str, Any] = import_module("fsspec.implementations.memory").MemoryFileSystem.store

    def look() -> Contents:
        return {
            zone: {
                path.removeprefix(f"/{name}/{zone}/"): file.getvalue()
                for path, file in store.items()
                if path.startswith(f"/{name}/{zone}/")
            }
            for zone in ("EU", "US")
        }

    places = {
        "EU": Place(f"memory://{name}/EU", "country:DE"),
        "US": Place(f"memory://{name}/US", "aws:us-east-1"),
    }
    return Shelves(places, look, transactions=False)


def s3(scene: Scene) -> Shelves:
    """Return folders in buckets of two regions."""
    buckets = {"EU": scene.eu, "US": scene.us}

    async def close(system: Any) -> None:
        await (await system.set_session()).close()

    return Shelves(
        {zone: scene.place(zone) for zone in buckets},
        scene.shelves,
        servers=(scene.cloud.eu.server, scene.cloud.us.server),
        uploads=lambda zone: scene.uploads(buckets[zone]),
        close=close,
    )


def place(store: Store, zone: str) -> Place:
    """Return a folder in a new container of a zone."""
    return Place(f"{store.make(zone)}/accounts", store.location(zone), store.options(zone))


def stored(store: Store) -> Shelves:
    """Return folders in containers of Google's cloud or Azure."""
    places = {zone: place(store, zone) for zone in store.servers}
    containers = {
        zone: each.url.partition("://")[2].partition("/")[0] for zone, each in places.items()
    }

    def look() -> Contents:
        return {
            zone: {
                path.removeprefix("accounts/"): body
                for path, body in store.contents(zone, container).items()
            }
            for zone, container in containers.items()
        }

    return Shelves(
        places,
        look,
        servers=tuple(store.servers.values()),
        uploads=lambda zone: store.uploads(zone, containers[zone]),
        close=store.close,
        part=256 << 10,
        transactions=store.transactions,
        aborts=store.aborts,
    )
