"""The reference of the policy document tells the truth, and all of it."""

import re
import tomllib
from typing import cast

import pytest

from residency.policy import read_policy
from tests.architecture.package import REPOSITORY
from tests.policy.documents import BUNDLED, FOUR_ZONES, Keys, Toml, places, tree_of

_REFERENCE = (REPOSITORY / "docs" / "reference" / "policy-document.md").read_text(encoding="utf-8")
_EXAMPLES = re.findall(r"^```toml\n(.*?)^```", _REFERENCE, flags=re.MULTILINE | re.DOTALL)

# Below these, keys are the document's own ids.
_OPEN = {"clauses", "territories", "hosting", "events", "storage", "zone_by_entity"}


def _schema_keys(tree: dict[str, Toml]) -> set[str]:
    def is_schema(keys: Keys) -> bool:
        return isinstance(keys[-1], str) and not (len(keys) > 1 and keys[-2] in _OPEN)

    return {str(keys[-1]) for keys, _ in places(tree) if keys and is_schema(keys)}


_KEYS = sorted(_schema_keys(tree_of(BUNDLED)) | _schema_keys(tree_of(FOUR_ZONES)))


def test_the_small_document_is_complete() -> None:
    """The first example can be loaded as it stands."""
    policy = read_policy(_EXAMPLES[0].encode())
    assert [rule.clause for rule in policy.rules] == ["§2(a)", "§2(b)"]


def test_every_example_is_toml() -> None:
    """Every fragment can be pasted into a document."""
    assert len(_EXAMPLES) > 1
    for example in _EXAMPLES:
        assert cast("dict[str, Toml]", tomllib.loads(example))


@pytest.mark.parametrize("key", _KEYS)
def test_every_key_is_described(key: str) -> None:
    """Each key that a document can hold stands in the reference."""
    assert re.search(rf"`(\[\[?)?(\w+\.)?{key}(\]\]?|\.NAME\])?`", _REFERENCE)
