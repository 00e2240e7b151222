"""Folders of two zones on each kind of file system, and what is in them, seen from the outside."""

import uuid
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from residency import Account, Guard, Router, load_policy, open_ledger
from residency.clients.fsspec import GuardedFiles, Place
from residency.consent import Ledger
from tests.clients.scene import ACME, BOLT, Scene

fsspec: Any = import_module("fsspec")

DELTA = Account("delta", "France", "XMedius Europe SAS", setup_date=ACME.setup_date)
ACCOUNTS = {account.id: account for account in (ACME, BOLT, DELTA)}

Contents = dict[str, dict[str, bytes]]


class Shelves:
    """The places of the EU and the USA, and files that are guarded in them."""

    def __init__(
        self, places: dict[str, Place], look: Callable[[], Contents], scene: Scene | None = None
    ) -> None:
        self.places = places
        self.look = look
        self.scene = scene
        self.ledger: Ledger = open_ledger("memory:")
        self.guard = Guard(Router(load_policy("xmedius")), self.ledger)
        self.files = self.guarded()
        self.fs = self.system()

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
        if self.scene is not None:
            self.scene.forget()

    @property
    def sent(self) -> bytes:
        """What reached the servers since then, where there are any."""
        return b"" if self.scene is None else self.scene.sent


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
    return Shelves(places, look)


def s3(scene: Scene) -> Shelves:
    """Return folders in buckets of two regions."""
    places = {zone: scene.place(zone) for zone in ("EU", "US")}
    return Shelves(places, scene.shelves, scene)
