"""The one-way flow between the parts."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports

from tests.architecture.package import MODULES, REPOSITORY, SOURCES, module_name, tree

CONFIGURATION = REPOSITORY / "pyproject.toml"


def _check(configuration: Path) -> int:
    return lint_imports(config_filename=str(configuration), no_cache=True, no_logo=True)


def _contract(kind: str) -> dict[str, Any]:
    tools = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["tool"]
    contracts: list[dict[str, Any]] = tools["importlinter"]["contracts"]
    [found] = [contract for contract in contracts if contract["type"] == kind]
    return found


def _layers() -> dict[str, Any]:
    return _contract("layers")


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


def test_the_reference_may_import_values_alone() -> None:
    """What it is not forbidden is itself, errors and checks, a consent record and its event."""
    contract = _contract("forbidden")
    forbidden = tuple(contract["forbidden_modules"])
    testing = "residency.testing"
    assert [
        module
        for module in MODULES
        if not any(f"{module}.".startswith(f"{name}.") for name in (*forbidden, testing))
    ] == [
        "residency",
        "residency.__main__",
        "residency.checks",
        "residency.consent",
        "residency.consent.event",
        "residency.consent.record",
        "residency.errors",
        "residency.value",
    ]
    assert contract["ignore_imports"] == ["residency.consent.record -> residency.geography"]


def test_the_contract_holds_all_of_the_reference() -> None:
    """No module that calls itself a part of the reference evaluator escapes the contract."""
    parts = {
        module_name(source)
        for source in SOURCES
        if (ast.get_docstring(tree(source)) or "").startswith("The reference evaluator")
    }
    assert len(parts) > 1
    assert parts <= set(_contract("forbidden")["source_modules"])


def test_a_shared_decision_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract fails where one more thing that the reference takes is forbidden to it."""
    contract = _contract("forbidden")
    lists = {
        "source_modules": contract["source_modules"],
        "forbidden_modules": [*contract["forbidden_modules"], "residency.consent.event"],
        "ignore_imports": contract["ignore_imports"],
    }
    written = "\n".join(
        f"{name} =\n" + "\n".join(f"    {entry}" for entry in lists[name]) for name in lists
    )
    configuration = tmp_path / ".importlinter"
    configuration.write_text(
        "[importlinter]\nroot_package = residency\n\n[importlinter:contract:shared]\n"
        f"name = shared\ntype = forbidden\n{written}\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    assert _check(configuration) == 1
