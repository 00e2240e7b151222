"""Nothing in the library's code knows the company whose policy comes with it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from residency.policy import load_policy
from tests.architecture.package import PACKAGE, SOURCES, label, tree

_POLICY = load_policy("xmedius")
_WORDS = {
    *_POLICY.zones,
    *_POLICY.solutions,
    *_POLICY.entities,
    *(entity.name for entity in _POLICY.entities.values()),
    *_POLICY.clauses,
    *(
        code
        for zone in _POLICY.zones.values()
        for code in _POLICY.territory_sets[zone.territory].codes
    ),
}
_COMPANY = re.compile(re.escape(_POLICY.reference.id), re.IGNORECASE)


def _cites(text: str) -> bool:
    return any(clause in text for clause in _POLICY.clauses)


def _docstrings(module: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _literals(source: Path) -> Iterator[ast.Constant]:
    module = tree(source)
    docstrings = {id(node) for node in _docstrings(module)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield node


# What is shipped to test with may name whom it tests.
_CODE = [source for source in SOURCES if "testing" not in source.relative_to(PACKAGE).parts]


@pytest.mark.parametrize("source", _CODE, ids=label)
def test_no_code_knows_the_company(source: Path) -> None:
    """No text in the code is a zone, clause, solution, entity, code or name of the document."""
    found = [
        f"line {node.lineno}: {node.value!r}"
        for node in _literals(source)
        if isinstance(node.value, str)
        and (node.value in _WORDS or _COMPANY.search(node.value) or _cites(node.value))
    ]
    assert found == []


def test_the_words_are_found() -> None:
    """The words searched for are those of the document, so that the search can fail."""
    assert {"US", "EU", "CA", "xm-fax", "xmedius-europe", "§5(iv)", "PR"} <= _WORDS
