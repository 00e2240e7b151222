"""Libraries that read and write through fsspec: pandas, pyarrow, Dask, DuckDB, UPath."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from residency import TransferBlocked
from residency.clients import acting_for
from residency.clients.fsspec import GuardedFiles, ResidencyFileSystem
from residency.errors import ForeignAccountError, MissingAccountError, ResidencyError
from tests.clients import shelves
from tests.clients.scene import ACME, BOLT, Scene
from tests.clients.shelves import Shelves

pytestmark = pytest.mark.once

FILES: GuardedFiles | None = None


_CEPH = pytest.param("ceph", marks=[pytest.mark.ceph, pytest.mark.untraced])


@pytest.fixture(params=["local", "moto", _CEPH])
def shelf(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shelves]:
    """Return folders of two zones, which fsspec is told of, while the program acts for `acme`."""
    made = (
        shelves.local(tmp_path)
        if request.param == "local"
        else shelves.s3(Scene(request.getfixturevalue(request.param)))
    )
    # Dask makes keys for its tasks by pickling what they hold, so the files need a name.
    monkeypatch.setattr(sys.modules[__name__], "FILES", made.files)
    conf = import_module("fsspec.config").conf
    monkeypatch.setitem(conf, "residency", {"files": f"{__name__}:FILES"})
    ResidencyFileSystem.clear_instance_cache()
    with acting_for(ACME):
        yield made


def _names(shelf: Shelves) -> dict[str, list[str]]:
    return {zone: sorted(files) for zone, files in shelf.look().items()}


_FORMATS: dict[str, tuple[Callable[[Any, str], object], Callable[[Any, str], Any]]] = {
    "csv": (
        lambda frame, to: frame.to_csv(to, index=False),
        lambda pandas, path: pandas.read_csv(path),
    ),
    "json": (lambda frame, to: frame.to_json(to), lambda pandas, path: pandas.read_json(path)),
    "csv.gz": (
        lambda frame, to: frame.to_csv(to, index=False),
        lambda pandas, path: pandas.read_csv(path),
    ),
    "parquet": (
        lambda frame, to: frame.to_parquet(to),
        lambda pandas, path: pandas.read_parquet(path),
    ),
    "pickle": (
        lambda frame, to: frame.to_pickle(to),
        lambda pandas, path: pandas.read_pickle(path),
    ),
}


@pytest.mark.parametrize("kind", _FORMATS)
def test_pandas(shelf: Shelves, kind: str) -> None:
    """Pandas reads and writes URLs: home arrives, elsewhere is stopped, another's is not read."""
    pandas = import_module("pandas")
    frame = pandas.DataFrame({"n": [1, 2, 3]})
    write, read = _FORMATS[kind]
    write(frame, f"residency://acme/f.{kind}")
    assert read(pandas, f"residency://acme/f.{kind}").equals(frame)
    for elsewhere in ("acme@US", "bolt"):
        with pytest.raises(TransferBlocked):
            write(frame, f"residency://{elsewhere}/f.{kind}")
    with acting_for(BOLT), pytest.raises(ForeignAccountError):
        read(pandas, f"residency://acme/f.{kind}")
    assert _names(shelf) == {"EU": [f"acme/f.{kind}"], "US": []}


def test_pyarrow(shelf: Shelves) -> None:
    """Pyarrow reads and writes files and datasets through `filesystem=`, bound to an account."""
    arrow, parquet, dataset = map(import_module, ("pyarrow", "pyarrow.parquet", "pyarrow.dataset"))
    table = arrow.table({"n": [1, 2, 3], "p": ["a", "a", "b"]})
    bound = {"filesystem": shelf.system(account="acme")}
    parquet.write_table(table, "acme/t.parquet", **bound)
    parquet.write_to_dataset(table, "acme/d", partition_cols=["p"], **bound)
    dataset.write_dataset(table, "acme/e", format="parquet", **bound)
    assert parquet.read_table("acme/t.parquet", **bound).equals(table)
    assert dataset.dataset("acme/d", partitioning="hive", **bound).count_rows() == 3
    before = _names(shelf)
    assert (len(before["EU"]), before["US"]) == (4, [])
    blocked: tuple[Callable[[], object], ...] = (
        lambda: parquet.write_table(table, "acme@US/t.parquet", **bound),
        lambda: parquet.write_to_dataset(table, "acme@US/d", partition_cols=["p"], **bound),
        lambda: dataset.write_dataset(table, "acme@US/e", format="parquet", **bound),
    )
    for write in blocked:
        with pytest.raises(TransferBlocked):
            write()
    # Its threads act for nobody by themselves, and no account is assumed.
    with pytest.raises(MissingAccountError):
        dataset.write_dataset(table, "acme/f", format="parquet", filesystem=shelf.system())
    with acting_for(BOLT), pytest.raises(ForeignAccountError):
        parquet.read_table("acme/t.parquet", **bound)
    assert _names(shelf) == before


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # Dask's affair with pandas
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_dask(shelf: Shelves, kind: str) -> None:
    """Dask reads and writes URLs from its threads, bound to an account by `storage_options`."""
    pandas, dask, frames = map(import_module, ("pandas", "dask", "dask.dataframe"))
    frame = pandas.DataFrame({"n": range(6)})
    parts = frames.from_pandas(frame, npartitions=3)
    bound = {"storage_options": {"account": "acme"}}

    def write(to: str, **options: Any) -> object:
        if kind == "csv":
            return parts.to_csv(to, index=False, **options)
        return parts.to_parquet(to, **options)

    with dask.config.set(scheduler="threads"):
        write("residency://acme/d", **bound)
        before = _names(shelf)
        read = (
            frames.read_csv("residency://acme/d/*.part", **bound)
            if kind == "csv"
            else frames.read_parquet("residency://acme/d", **bound)
        )
        assert sorted(read["n"].compute()) == list(range(6))
        for elsewhere in ("acme@US/d", "bolt/d"):
            with pytest.raises(TransferBlocked):
                write(f"residency://{elsewhere}", **bound)
        # Its threads act for nobody by themselves, and no account is assumed.
        with acting_for(None), pytest.raises(ResidencyError):
            write("residency://acme/e")
        if kind == "csv":
            with acting_for(BOLT), pytest.raises(ForeignAccountError):
                write("residency://acme/e", **bound)
    assert _names(shelf) == before
    assert (len(before["EU"]) >= 3, before["US"]) == (True, [])


_SERVICE = """
from datetime import date
from pathlib import Path

from residency import Account, Guard, Router, load_policy
from residency.clients.fsspec import GuardedFiles, Place

here = Path(__file__).parent
acme = Account("acme", "Germany", "XMedius Europe SAS", setup_date=date(2021, 3, 1))
faxes = GuardedFiles(
    Guard(Router(load_policy("xmedius"))),
    solution="xm-fax",
    accounts={"acme": acme}.get,
    places={
        "EU": Place(f"file://{here}/eu", "country:DE"),
        "US": Place(f"file://{here}/us", "country:US"),
    },
)
"""

_PROGRAM = """
import dask
import dask.dataframe as frames
import pandas

from residency import TransferBlocked

if __name__ == "__main__":
    options = {"account": "acme"}
    parts = frames.from_pandas(pandas.DataFrame({"n": range(4)}), npartitions=2)
    with dask.config.set(scheduler="processes", num_workers=2):
        parts.to_csv("residency://acme/d", storage_options=options)
        read = frames.read_csv("residency://acme/d/*", storage_options=options)
        print(sorted(read["n"].compute()))
        try:
            parts.to_csv("residency://acme@US/d", storage_options=options)
        except TransferBlocked as blocked:
            print(blocked.kind)
"""


@pytest.mark.untraced
def test_dask_in_processes(tmp_path: Path) -> None:
    """In other processes Dask finds the files by their name, and decides there as well."""
    (tmp_path / "service.py").write_text(_SERVICE, encoding="utf-8")
    (tmp_path / "program.py").write_text(_PROGRAM, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "program.py")]
    named = {**os.environ, "FSSPEC_RESIDENCY_FILES": "service:faxes"}
    ran = subprocess.run(
        command, env=named, capture_output=True, text=True, timeout=120, check=False
    )
    assert (ran.stdout, ran.returncode) == ("[0, 1, 2, 3]\nNO_CONSENT\n", 0), ran.stderr
    files = sorted(path.name for path in (tmp_path / "eu").rglob("*") if path.is_file())
    assert files == ["0.part", "1.part"]
    assert not (tmp_path / "us").exists()


def test_duckdb(shelf: Shelves) -> None:
    """DuckDB reads and writes URLs once the instance is registered, bound to an account."""
    connection = import_module("duckdb").connect()
    connection.register_filesystem(shelf.system(account="acme"))
    connection.execute("COPY (SELECT range AS n FROM range(5)) TO 'residency://acme/t.parquet'")
    connection.execute("COPY (SELECT range AS n FROM range(5)) TO 'residency://acme/t.csv'")
    for name in ("t.parquet", "t.csv"):
        rows = connection.execute(f"SELECT sum(n) FROM 'residency://acme/{name}'").fetchall()
        assert rows == [(10,)]
    before = _names(shelf)
    for elsewhere in ("acme@US", "bolt"):
        with pytest.raises(Exception, match="NO_CONSENT"):
            connection.execute(f"COPY (SELECT 1) TO 'residency://{elsewhere}/t.parquet'")
    with acting_for(BOLT), pytest.raises(Exception, match="bound to another"):
        connection.execute("SELECT sum(n) FROM 'residency://acme/t.parquet'")
    assert before == _names(shelf)
    assert before == {"EU": ["acme/t.csv", "acme/t.parquet"], "US": []}


def test_upath(shelf: Shelves) -> None:
    """A UPath reads, writes, lists and moves as a path, and is stopped as the file system is."""
    path = import_module("upath").UPath("residency://acme")
    file = path / "folder" / "k"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    assert file.read_text() == "x"
    assert [found.name for found in (path / "folder").iterdir()] == ["k"]
    assert [str(found) for found in path.glob("**/k")] == ["residency://acme/folder/k"]
    before = shelf.look()
    for elsewhere in ("acme@US", "bolt"):
        target = type(path)(f"residency://{elsewhere}/k")
        with pytest.raises(TransferBlocked):
            target.write_text("x")
        with pytest.raises(ResidencyError):
            target.touch()
        with pytest.raises(TransferBlocked):
            file.rename(target)
    with acting_for(BOLT), pytest.raises(ForeignAccountError):
        file.read_text()
    assert shelf.look() == before
    file.unlink()
    assert shelf.look() == {"EU": {}, "US": {}}
