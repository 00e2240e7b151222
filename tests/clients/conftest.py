"""Servers, the scene that plays on them, and the shelves that stand on them."""

import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.clients import shelves
from tests.clients.scene import Scene
from tests.clients.shelves import Shelves
from tests.servers import azure as azurite
from tests.servers import gcs as google
from tests.servers import s3
from tests.servers.processes import ServerUnavailableError

_Server = TypeVar("_Server")

_CEPH = pytest.param("ceph", marks=pytest.mark.ceph)


@contextmanager
def _running(server: AbstractContextManager[_Server]) -> Generator[_Server]:
    """Run a server that this machine may not have: in continuous integration, it has to."""
    try:
        with server as started:
            yield started
    except ServerUnavailableError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def moto() -> Iterator[s3.Cloud]:
    """S3 by moto."""
    with _running(s3.moto()) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def rclone() -> Iterator[s3.Cloud]:
    """S3 by rclone."""
    with _running(s3.rclone()) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Cloud]:
    """S3 by Ceph, one for all the processes of a run."""
    folder = tmp_path_factory.getbasetemp()
    with _running(s3.ceph(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)) as one:
        yield one


@pytest.fixture(scope="session")
def gcs() -> Iterator[google.Google]:
    """Google Cloud Storage."""
    with _running(google.running()) as store:
        yield store


@pytest.fixture(scope="session")
def azure() -> Iterator[azurite.Azure]:
    """Azure's Blob Storage."""
    with _running(azurite.running()) as store:
        yield store


@pytest.fixture(params=["moto", "rclone", _CEPH])
def cloud(request: pytest.FixtureRequest) -> s3.Cloud:
    """Each kind of S3 in turn."""
    found: s3.Cloud = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def scene(cloud: s3.Cloud) -> Scene:
    """Return two empty buckets, one in the EU and one in the USA, on each S3 in turn."""
    return Scene(cloud)


@pytest.fixture
def moto_scene(moto: s3.Cloud) -> Scene:
    """Return two empty buckets on moto, where another S3 would show nothing more."""
    return Scene(moto)


def _shelves(kind: str, request: pytest.FixtureRequest) -> Shelves:
    if kind == "local":
        return shelves.local(request.getfixturevalue("tmp_path"))
    if kind == "memory":
        return shelves.memory()
    server = request.getfixturevalue(kind)
    return shelves.s3(Scene(server)) if isinstance(server, s3.Cloud) else shelves.stored(server)


@pytest.fixture(params=["local", "memory", "moto", "gcs", "azure"])
def shelf(request: pytest.FixtureRequest) -> Shelves:
    """Return the folders of two zones, on each kind of file system in turn."""
    return _shelves(request.param, request)


@pytest.fixture(params=["moto", "rclone", _CEPH, "gcs", "azure"])
def clouds(request: pytest.FixtureRequest) -> Shelves:
    """Return the folders of two zones on each real server in turn."""
    return _shelves(request.param, request)


@pytest.fixture
def folders(tmp_path: Path) -> Shelves:
    """Return folders of this machine, where another kind would show nothing more."""
    return shelves.local(tmp_path)
