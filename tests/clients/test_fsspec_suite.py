"""The conformance suite that fsspec ships, on `residency://` over each kind of file system."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from fsspec.tests.abstract import (
    AbstractCopyTests,
    AbstractFixtures,
    AbstractGetTests,
    AbstractOpenTests,
    AbstractPipeTests,
    AbstractPutTests,
)

from residency.clients import acting_for
from residency.clients.fsspec import GuardedFiles, Place
from tests.clients.scene import ACME, GUARD, Scene
from tests.clients.shelves import place
from tests.servers.s3 import Cloud
from tests.servers.stores import Store

pytestmark = [pytest.mark.once, pytest.mark.untraced]

fsspec: Any = import_module("fsspec")


class _Fixtures(AbstractFixtures):
    @pytest.fixture
    def eu(self) -> Iterator[Place]:
        raise NotImplementedError

    @pytest.fixture
    def fs(self, eu: Place) -> Iterator[Any]:
        files = GuardedFiles(GUARD, solution="xm-fax", places={"EU": eu})
        with acting_for(ACME):
            yield fsspec.filesystem("residency", files=files, skip_instance_cache=True)

    @pytest.fixture
    def local_fs(self) -> Any:
        return fsspec.filesystem("file", auto_mkdir=True)

    @pytest.fixture
    def fs_path(self) -> str:
        return "acme/test"


class _LocalFixtures(_Fixtures):
    @pytest.fixture
    def eu(self, tmp_path: Path) -> Place:
        return Place(f"file://{tmp_path}/eu", "country:DE")


class _MemoryFixtures(_Fixtures):
    @pytest.fixture
    def eu(self, tmp_path: Path) -> Place:
        return Place(f"memory://{tmp_path.name}", "country:DE")


class _S3Fixtures(_Fixtures):
    @pytest.fixture
    def eu(self, rclone: Cloud) -> Place:
        return Scene(rclone).place("EU")

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False


class _MotoFixtures(_S3Fixtures):
    """Slower than rclone, but it knows of files that must not be there yet."""

    @pytest.fixture
    def eu(self, moto: Cloud) -> Place:
        return Scene(moto).place("EU")


class _StoreFixtures(_Fixtures):
    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False


class _GoogleFixtures(_StoreFixtures):
    @pytest.fixture
    def eu(self, gcs: Store) -> Place:
        return place(gcs, "EU")


class _AzureFixtures(_StoreFixtures):
    @pytest.fixture
    def eu(self, azure: Store) -> Place:
        return place(azure, "EU")


class TestLocalCopy(_LocalFixtures, AbstractCopyTests): ...


class TestLocalGet(_LocalFixtures, AbstractGetTests): ...


class TestLocalOpen(_LocalFixtures, AbstractOpenTests): ...


class TestLocalPipe(_LocalFixtures, AbstractPipeTests): ...


class TestLocalPut(_LocalFixtures, AbstractPutTests): ...


class TestMemoryCopy(_MemoryFixtures, AbstractCopyTests): ...


class TestMemoryGet(_MemoryFixtures, AbstractGetTests): ...


class TestMemoryOpen(_MemoryFixtures, AbstractOpenTests): ...


class TestMemoryPipe(_MemoryFixtures, AbstractPipeTests): ...


class TestMemoryPut(_MemoryFixtures, AbstractPutTests): ...


class TestS3Copy(_S3Fixtures, AbstractCopyTests): ...


class TestS3Get(_S3Fixtures, AbstractGetTests): ...


class TestS3Open(_S3Fixtures, AbstractOpenTests): ...


class TestS3Pipe(_MotoFixtures, AbstractPipeTests): ...


class TestS3Put(_S3Fixtures, AbstractPutTests): ...


# What is got and copied goes by the same paths in every cloud: S3 stands for these slow servers.
class TestGoogleOpen(_GoogleFixtures, AbstractOpenTests): ...


class TestGooglePipe(_GoogleFixtures, AbstractPipeTests): ...


class TestGooglePut(_GoogleFixtures, AbstractPutTests): ...


class TestAzureOpen(_AzureFixtures, AbstractOpenTests): ...


class TestAzurePipe(_AzureFixtures, AbstractPipeTests): ...


class TestAzurePut(_AzureFixtures, AbstractPutTests): ...
