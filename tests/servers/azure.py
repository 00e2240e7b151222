"""Azure's Blob Storage, an account in the EU and one in the USA: Azurite, started by the tests.

`make` installs it with npm. It checks the accounts' keys.
"""

import base64
import gc
import os
import shutil
import sys
import uuid
import weakref
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.servers.processes import ServerUnavailableError, free_port, process
from tests.servers.recorder import Recorder, recording

_REGIONS = {"EU": "francecentral", "US": "eastus"}
_KEY = base64.b64encode(b"residency" * 4).decode()
# Where `make` puts it: beside what it installs for Python.
_INSTALLED = Path(sys.prefix, "azurite", "node_modules", ".bin", "azurite-blob")

_blob: Any = import_module("azure.storage.blob")


class Azure:
    """The containers of both zones' accounts."""

    aborts = transactions = False

    def __init__(self, servers: dict[str, Recorder], port: int) -> None:
        self.servers = servers
        # What is arranged and looked at here is not recorded.
        direct = f"http://127.0.0.1:{port}"
        self._clients = {
            zone: _blob.BlobServiceClient.from_connection_string(_connection(zone, direct))
            for zone in _REGIONS
        }

    def make(self, zone: str) -> str:
        """Make a new container and return its URL."""
        name = f"{zone.lower()}-{uuid.uuid4().hex[:12]}"
        self._clients[zone].create_container(name)
        return f"abfs://{name}"

    def location(self, zone: str) -> str:
        """Return the region that the zone's account is said to be in; Azurite knows of none."""
        return f"azure:{_REGIONS[zone]}"

    def options(self, zone: str, *, token: bool = False) -> dict[str, object]:
        """Return the options of adlfs, with the account's key or with a token that it signed."""
        connection = _connection(zone, self.servers[zone].endpoint)
        if token:
            fields = {
                "BlobEndpoint": f"{self.servers[zone].endpoint}/{_account(zone)}",
                "SharedAccessSignature": self._token(zone),
            }
            connection = ";".join(f"{name}={value}" for name, value in fields.items())
        return {"connection_string": connection, "use_listings_cache": False}

    def _token(self, zone: str) -> str:
        signed: str = _blob.generate_account_sas(
            _account(zone),
            _KEY,
            _blob.ResourceTypes(object=True),
            _blob.AccountSasPermissions(read=True, write=True, create=True),
            datetime.now(UTC) + timedelta(hours=1),
        )
        return signed

    def contents(self, zone: str, container: str) -> dict[str, bytes]:
        """Return the blobs of a container."""
        client = self._clients[zone].get_container_client(container)
        return {name: client.download_blob(name).readall() for name in client.list_blob_names()}

    def uploads(self, zone: str, container: str) -> list[str]:
        """Return the blobs of which there are blocks alone, which nobody has put together."""
        client = self._clients[zone].get_container_client(container)
        found = client.list_blobs(include=["uncommittedblobs"])
        return sorted({blob.name for blob in found} - {*client.list_blob_names()})

    async def close(self, system: Any) -> None:
        """Close the client of an adlfs."""
        await system.service_client.close()
        # adlfs would do so once more as Python ends, in an event loop that there is not.
        registry: Any = weakref.finalize
        for each in list(registry._registry):
            if (each.peek() or (None,))[0] is system:
                each.detach()


def _account(zone: str) -> str:
    return f"residency{zone.lower()}"


def _connection(zone: str, endpoint: str) -> str:
    fields = {
        "DefaultEndpointsProtocol": "http",
        "AccountName": _account(zone),
        "AccountKey": _KEY,
        "BlobEndpoint": f"{endpoint}/{_account(zone)}",
    }
    return ";".join(f"{name}={value}" for name, value in fields.items())


def _program() -> str:
    found = str(_INSTALLED) if _INSTALLED.exists() else shutil.which("azurite-blob")
    if found is None or shutil.which("node") is None:
        message = "no Azurite: install Node.js with npm, and let `make test` install it"
        raise ServerUnavailableError(message)
    return found


@contextmanager
def running() -> Generator[Azure]:
    """Run one server with an account for each zone."""
    program, port = _program(), free_port()
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence"]
    options += ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    accounts = ";".join(f"{_account(zone)}:{_KEY}" for zone in _REGIONS)
    environment = {**os.environ, "AZURITE_ACCOUNTS": accounts}
    with ExitStack() as stack:
        stack.enter_context(process(port, program, *options, environment=environment))
        servers = {zone: stack.enter_context(recording(port)) for zone in _REGIONS}
        try:
            yield Azure(servers, port)
        finally:
            # Each closes its connections when it goes, which takes an event loop that still runs.
            import_module("adlfs").AzureBlobFileSystem.clear_instance_cache()
            gc.collect()
