"""Servers, and the scene that plays on them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.scene import Scene
from tests.servers import s3

_SERVERS = {"moto": s3.moto, "rclone": s3.rclone}


def _running(kind: str, shared: Path) -> Iterator[s3.Cloud]:
    try:
        with s3.ceph(shared) if kind == "ceph" else _SERVERS[kind]() as cloud:
            yield cloud
    except s3.ServerUnavailableError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


_CEPH = pytest.param("ceph", marks=pytest.mark.ceph)


@pytest.fixture(scope="session", params=["moto", "rclone", _CEPH])
def cloud(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[s3.Cloud]:
    """Each kind of server in turn."""
    folder = tmp_path_factory.getbasetemp()
    yield from _running(
        request.param, folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    )


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Cloud]:
    """Moto alone, where another server would show nothing more."""
    yield from _running("moto", tmp_path_factory.getbasetemp())


@pytest.fixture
def scene(cloud: s3.Cloud) -> Scene:
    """Return two empty buckets, one in the EU and one in the USA, on each server in turn."""
    return Scene(cloud)


@pytest.fixture
def moto_scene(moto: s3.Cloud) -> Scene:
    """Return two empty buckets on moto."""
    return Scene(moto)
