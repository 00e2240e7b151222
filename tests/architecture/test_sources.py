"""The house rules that no linter knows."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.package import PACKAGE, REPOSITORY, SOURCES, label, tree

_LONGEST_FILE = 400
_EXCEPTION_MARK = re.compile(r"#\s*(noqa\b|(type|pyright):\s*ignore|pragma:\s*no)")
# The mark, the codes that it names, a dash or a second hash, then at least two words.
_WITH_REASON = re.compile(
    r"(noqa|ignore|cover|branch)(: [A-Z0-9, ]+|\[[\w, -]+\])?\s*[-–#]\s*\S+\s+\S+"
)

each_source = pytest.mark.parametrize("source", SOURCES, ids=label)


def _nodes(source: Path) -> Iterator[ast.AST]:
    yield from ast.walk(tree(source))


@each_source
def test_no_check_vanishes_when_optimised(source: Path) -> None:
    """No `assert` stands in the package: `python -O` removes it, and the check with it."""
    assert [node.lineno for node in _nodes(source) if isinstance(node, ast.Assert)] == []


@each_source
def test_no_check_is_an_attrs_validator(source: Path) -> None:
    """No attrs validator stands in the package: one call switches them off process-wide."""
    found = [
        ast.unparse(node)
        for node in _nodes(source)
        if (isinstance(node, ast.keyword) and node.arg == "validator")
        or (isinstance(node, ast.Attribute) and node.attr in {"validator", "validators"})
        or (isinstance(node, ast.alias) and node.name.rpartition(".")[2] == "validators")
    ]
    assert found == []


@each_source
def test_files_are_short(source: Path) -> None:
    """No file of the package is longer than 400 lines."""
    assert len(source.read_text(encoding="utf-8").splitlines()) <= _LONGEST_FILE


def _python_files() -> list[Path]:
    folders = [PACKAGE, *(REPOSITORY / name for name in ("tests", "examples", "tools"))]
    return [path for folder in folders for path in folder.rglob("*.py")]


def _comments(source: Path) -> Iterator[tuple[int, str]]:
    readline = io.StringIO(source.read_text(encoding="utf-8")).readline
    for token in tokenize.generate_tokens(readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_each_exception_to_a_rule_has_its_reason() -> None:
    """Each `noqa`, `type: ignore` and `no cover` ends with its reason."""
    unexplained = [
        f"{source.name}:{line}: {comment}"
        for source in _python_files()
        for line, comment in _comments(source)
        if _EXCEPTION_MARK.search(comment) and not _WITH_REASON.search(comment)
    ]
    assert unexplained == []


@pytest.mark.parametrize(
    ("comment", "explained"),
    [
        ("# noqa: BLE001 - any failure denies", True),
        ("# noqa: BLE001", False),
        ("# type: ignore[arg-type]  # the wrong type is the test", True),
        ("# type: ignore[arg-type]", False),
        ("# pragma: no cover - only on Windows", True),
        ("# pragma: no cover", False),
    ],
)
def test_what_counts_as_a_reason(comment: str, explained: bool) -> None:  # noqa: FBT001 - a test's column
    """A reason is words after a dash or a second hash."""
    assert _EXCEPTION_MARK.search(comment)
    assert bool(_WITH_REASON.search(comment)) is explained


def test_the_package_is_typed() -> None:
    """`py.typed` lies in the package, so that type checkers read its annotations."""
    assert (PACKAGE / "py.typed").is_file()
