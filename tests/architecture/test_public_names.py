"""What each public module promises in `__all__`."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.package import PUBLIC_SOURCES, label, module_name, tree

_LONGEST_PUBLIC_FACE = 15

public_modules = pytest.mark.parametrize("source", PUBLIC_SOURCES, ids=label)


def _assigned(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Assign(targets=targets):
            for target in targets:
                yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.If() | ast.Try() | ast.With():
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.stmt):
                    yield from _assigned(child)
        case _:
            pass


def _defined(source: Path) -> set[str]:
    """Return the public names that a module defines, or a package re-exports."""
    names = {name for statement in tree(source).body for name in _assigned(statement)}
    if source.name == "__init__.py":
        names |= {
            alias.asname or alias.name
            for statement in tree(source).body
            if isinstance(statement, ast.ImportFrom)
            and (statement.module or "").startswith("residency")
            for alias in statement.names
        }
    return {name for name in names if not name.startswith("_")}


def _order(name: str) -> tuple[int, str]:
    """Sort as ruff does (RUF022): constants, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


@public_modules
def test_all_is_complete(source: Path) -> None:
    """`__all__` names each public definition of its module, and nothing that cannot be imported."""
    module = importlib.import_module(module_name(source))
    exported: list[str] = module.__all__
    assert _defined(source) <= set(exported)
    assert [name for name in exported if not hasattr(module, name)] == []


@public_modules
def test_all_is_sorted(source: Path) -> None:
    """`__all__` is sorted and names nothing twice."""
    exported: list[str] = importlib.import_module(module_name(source)).__all__
    assert list(exported) == sorted(set(exported), key=_order)


def test_the_public_face_is_small() -> None:
    """`residency` itself exports at most fifteen names."""
    assert len(importlib.import_module("residency").__all__) <= _LONGEST_PUBLIC_FACE


@pytest.mark.parametrize(
    "source", [source for source in PUBLIC_SOURCES if source.name == "__init__.py"], ids=label
)
def test_packages_hold_no_classes(source: Path) -> None:
    """A package's `__init__` defines no class: concepts stand in files of their own."""
    assert [node for node in ast.walk(tree(source)) if isinstance(node, ast.ClassDef)] == []
