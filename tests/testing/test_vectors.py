"""The portable vectors: what is released stays, and engine and reference keep to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from residency import Router, load_policy
from residency.testing import read_document
from residency.testing.enumeration import EngineSide, ReferenceSide
from residency.testing.vectors import SCHEMA_PATH, disagreements, vectors_text
from tests.architecture.package import REPOSITORY
from tests.policy.documents import BUNDLED, FOUR_ZONES

FOLDER = REPOSITORY / "vectors"
LATEST = FOLDER / "2"
_POLICIES = {"xmedius-2020-11-01.json": BUNDLED, "halcyon-2024-04-01.json": FOUR_ZONES}

# The manifests of the released sets. A released set never changes: what changes is a new set.
_RELEASED = {
    "1": "b50752d266e7a2f6622d4df625671ca01b36723c7c9118a7e9a4b1ff7b22718c",
    "2": "b9477dd9723df1a50e488d7e1fdd3761b553233e1ef81728b8ef0f67879b380f",
}
_SETS = [
    pytest.param(FOLDER / number / name, policy, id=f"{number}/{name.removesuffix('.json')}")
    for number in _RELEASED
    for name, policy in _POLICIES.items()
]
each_set = pytest.mark.parametrize(("path", "policy"), _SETS)


def _read(path: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return held


def _errors(schema: Mapping[str, Any]) -> Callable[[object], Iterator[object]]:
    validator: object = Draft202012Validator(schema)
    return cast("Callable[[object], Iterator[object]]", getattr(validator, "iter_errors"))  # noqa: B009 - its own annotations are not complete


def test_a_released_set_never_changes() -> None:
    """Every released folder is there, with the very bytes that were released."""
    assert {path.name for path in FOLDER.iterdir()} == set(_RELEASED)
    for name, released in _RELEASED.items():
        manifest = (FOLDER / name / "SHA256SUMS").read_text(encoding="utf-8")
        assert sha256(manifest.encode()).hexdigest() == released
        held = {
            path.name: sha256(path.read_bytes()).hexdigest()
            for path in (FOLDER / name).glob("*.json")
        }
        assert manifest == "".join(f"{digest}  {file}\n" for file, digest in sorted(held.items()))


@pytest.mark.parametrize(("name", "policy"), _POLICIES.items(), ids=_POLICIES)
def test_the_latest_set_can_be_made_again(name: str, policy: Path) -> None:
    """The same document gives the same set, byte for byte; if not, release a set of its own."""
    text = (LATEST / name).read_text(encoding="utf-8")
    assert "".join(vectors_text(policy.read_bytes())) == text


def test_the_latest_set_is_the_last_one_released() -> None:
    """What can be made again is what was released last."""
    assert LATEST.name == max(_RELEASED, key=int)


@each_set
def test_the_engine_keeps_to_it(path: Path, policy: Path) -> None:
    """The engine answers every case as the set expects."""
    side = EngineSide(Router(load_policy(policy)))
    assert list(disagreements(_read(path), side)) == []


@each_set
def test_the_reference_keeps_to_it(path: Path, policy: Path) -> None:
    """The reference evaluator, asked about the cases as they were read back, answers the same."""
    side = ReferenceSide(read_document(policy))
    assert list(disagreements(_read(path), side)) == []


@pytest.mark.untraced
@each_set
def test_the_schema_describes_it(path: Path, policy: Path) -> None:
    """A set is valid by the JSON Schema that is shipped, and names the document it is about."""
    schema: Mapping[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    held = _read(path)
    Draft202012Validator.check_schema(schema)
    assert list(_errors(schema)(held)) == []
    assert held["policy"]["document_sha256"] == sha256(policy.read_bytes()).hexdigest()


@each_set
def test_it_holds_every_answer(path: Path, policy: Path) -> None:
    """Every rule's clause, every reason and every kind of refusal of an order is expected once."""
    held = _read(path)
    read = load_policy(policy)
    clauses = {case["expected"].get("clause") for case in held["placements"]}
    assert {rule.clause for rule in read.rules} | {read.agreement_clause} <= clauses
    errors = {case["expected"].get("error") for case in held["placements"]}
    assert errors - {None} == {
        "MISSING_ENTITY",
        "UNKNOWN_ENTITY",
        "UNKNOWN_SOLUTION",
        "NO_STORAGE",
    }
    reasons = {case["expected"].get("reason") for case in (*held["transfers"], *held["exemptions"])}
    every = {
        "WITHIN_ZONE",
        "CONSENT",
        "EXEMPTION",
        "NO_CONSENT",
        "CONSENT_WITHDRAWN",
        "CONSENT_REVOKED",
        "CONSENT_EXPIRED",
        "CONSENT_NOT_YET_VALID",
        "CONSENT_OUT_OF_SCOPE",
        "CONSENT_UNVERIFIABLE",
        "EXEMPTION_NOT_MET",
        "LEDGER_UNAVAILABLE",
        "UNKNOWN_DESTINATION",
    }
    assert reasons - {"UNDECLARED_HOSTING"} == every
    assert ("UNDECLARED_HOSTING" in reasons) is read.enforce_hosting


def test_a_wrong_answer_is_found() -> None:
    """An implementation that answers one case of each kind otherwise is told which it was."""
    held = _read(LATEST / "xmedius-2020-11-01.json")
    wrong: dict[str, Any] = {
        "countries": [{"typed": "Georgia", "expected": {"territory": "US"}}],
        "places": [
            {**held["places"][0], "expected": {"label": "x", "countries": [], "zone": None}}
        ],
        "placements": [{**held["placements"][0], "expected": {"error": "NO_STORAGE"}}],
        "transfers": [{**held["transfers"][1], "expected": held["transfers"][2]["expected"]}],
        "exemptions": [],
    }
    wrong["transfers"][0]["expected"] = {
        "permitted": True,
        "reason": "NO_CONSENT",
        "clauses": ["§5(iv)", "§5(transfer)"],
        "consent_ids": [],
    }
    side = EngineSide(Router(load_policy(BUNDLED)))
    found = list(disagreements(wrong, side))
    assert [each.group for each in found] == ["countries", "places", "placements", "transfers"]
    assert (found[0].found, found[0].expected) == ("GE", "US")
