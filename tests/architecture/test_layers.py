"""The one-way flow between the parts."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports

from tests.architecture.package import REPOSITORY

CONFIGURATION = REPOSITORY / "pyproject.toml"


def _check(configuration: Path) -> int:
    return lint_imports(config_filename=str(configuration), no_cache=True, no_logo=True)


def _layers() -> dict[str, Any]:
    tools = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["tool"]
    contract: dict[str, Any] = tools["importlinter"]["contracts"][0]
    return contract


def test_each_part_knows_only_what_stands_below_it() -> None:
    """Every import obeys the layers in `pyproject.toml`, and no siblings import one another."""
    assert _check(CONFIGURATION) == 0


def test_the_layers_list_every_part() -> None:
    """A part that nobody placed in a layer breaks the contract, so that none escapes it."""
    assert _layers()["type"] == "layers"
    assert _layers()["exhaustive"] is True
    assert _layers()["containers"] == ["residency"]


def test_a_broken_layer_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check fails where the order is turned round: it does not pass because it sees nothing."""
    turned = "\n".join(f"    {layer}" for layer in reversed(_layers()["layers"]))
    configuration = tmp_path / ".importlinter"
    configuration.write_text(
        "[importlinter]\nroot_package = residency\n\n[importlinter:contract:turned]\n"
        f"name = turned\ntype = layers\ncontainers = residency\nlayers =\n{turned}\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    assert _check(configuration) == 1
