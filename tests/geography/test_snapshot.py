"""The maintainer's tool and the files that it writes."""

import importlib.util
import json
from importlib.resources import files
from types import ModuleType
from typing import Any

import pytest

from residency.geography import PROVIDERS
from residency.geography.datafile import DATA_FILES
from tests.architecture.package import REPOSITORY

pytest.importorskip("botocore", reason="the tool reads botocore, which the s3 extra brings")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """Return the tool as a module."""
    path = REPOSITORY / "tools" / "snapshot_geography.py"
    spec = importlib.util.spec_from_file_location("snapshot_geography", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_snapshot_is_what_the_tool_writes(tool: ModuleType) -> None:
    """Regenerating the territories changes none of them."""
    shipped = json.loads((files("residency.geography") / "data" / "territories.json").read_bytes())
    assert shipped["territories"] == tool.territories()["territories"]


@pytest.mark.parametrize(
    "name", [*DATA_FILES, *(f"regions/{provider}.json" for provider in PROVIDERS)]
)
def test_files_are_laid_out_alike(tool: ModuleType, name: str) -> None:
    """Each file has one record to a line, so that a change shows as the lines it changes."""
    text = (files("residency.geography") / "data" / name).read_text(encoding="utf-8")
    assert text == tool.laid_out(json.loads(text)) + "\n"


def test_a_new_region_waits_for_its_country(tool: ModuleType) -> None:
    """A region that is published and not sourced is reported, not added; one that is gone stays."""
    row = {"name": "Atlantis", "countries": ["GR"]}
    published, other = {"title": "botocore 9"}, {"title": "a page"}
    aws: dict[str, Any] = {
        "groups": [
            {"sources": [published], "regions": {"at-west-1": dict(row)}},
            {"sources": [other], "regions": {"at-west-1-xyz-1a": dict(row)}},
        ],
        "left_out": {"eu-west-1": "a reason"},
    }
    advice = tool.update_cloud_regions(aws)
    assert aws["groups"][0]["regions"] == {"at-west-1": row}
    assert any("us-east-1 is new" in line for line in advice)
    assert any("at-west-1 is no longer published" in line for line in advice)
    assert not any("eu-west-1 " in line or "xyz" in line for line in advice)


def test_a_name_is_the_published_one(tool: ModuleType) -> None:
    """A region takes the name under which it is published today."""
    row = {"name": "Eire", "countries": ["IE"]}
    group = {"sources": [{"title": "botocore 9"}], "regions": {"eu-west-1": row}}
    tool.update_cloud_regions({"groups": [group], "left_out": {}})
    assert row == {"name": "Europe (Ireland)", "countries": ["IE"]}
