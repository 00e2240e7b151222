"""What the code cites is there: a clause of the bundled policy, or a section of our reading."""

from __future__ import annotations

import re

import pytest

from residency import load_policy
from residency.testing import properties
from tests.architecture.package import REPOSITORY, SOURCES, label
from tests.properties.running import PROPERTIES

_PAGE = REPOSITORY / "docs" / "explanation" / "reading-the-policy.md"
_SECTION = re.compile(r"^## (\d)\. (.+?)\n(.+?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_SECTIONS = {
    number: (title, re.findall(r"^(\d)\. ", text, re.MULTILINE))
    for number, title, text in _SECTION.findall(_PAGE.read_text(encoding="utf-8"))
}

# A citation may be broken into two lines, of a comment too.
_CITED = re.compile(
    r"(semantics[\s#]+)?§(\d(?:\.\d)*(?:\([a-z]+\))?)(?:,[\s#]+rules? (\d)(?: and (\d))?)?"
)
_ONE = r"(?:§[\d.]+(?:\([a-z]+\))?|semantics §\d(?:, rules? \d(?: and \d)?)?)"
_DOCSTRING = re.compile(rf"{_ONE}(?:, {_ONE})*: \w+ \w+ ")


def _wrong_in(text: str) -> list[str]:
    """Return the citations in a text of what is not there."""
    clauses = load_policy("xmedius").clauses
    wrong: list[str] = []
    for found in _CITED.finditer(text):
        semantics, name, *rules = found.groups()
        _, numbered = _SECTIONS.get(name, ("", []))
        is_there = name in _SECTIONS if semantics else f"§{name}" in clauses
        if not is_there or not set(filter(None, rules)) <= set(numbered):
            wrong.append(found.group())
    return wrong


@pytest.mark.parametrize("name", PROPERTIES)
def test_each_property_cites_what_it_rests_on(name: str) -> None:
    """A class says first which clauses and sections demand it, and then in words what must hold."""
    docstring = PROPERTIES[name].__doc__ or ""
    assert _DOCSTRING.match(docstring), docstring
    assert _wrong_in(docstring) == []


def test_what_is_cited_is_there() -> None:
    """No module cites a clause that the policy lacks, or a section that nobody wrote."""
    wrong = {label(source): _wrong_in(source.read_text(encoding="utf-8")) for source in SOURCES}
    assert {source: found for source, found in wrong.items() if found} == {}


def test_the_form_of_a_citation_is_told() -> None:
    """Who has the wheel alone reads there what a citation means, and what each section is about."""
    told = properties.__doc__ or ""
    assert _PAGE.name in told
    for number, (title, _) in _SECTIONS.items():
        assert f"``semantics §{number}``" in told
        assert title.lower() in told


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("§5(ii), §3.1 and (§5(transfer)).", []),
        ("semantics §2, rules 2 and 3; semantics §5", []),
        ("(semantics\n# §1)", []),
        ("§3: consent", ["§3"]),
        ("§5(v), §3.9", ["§5(v)", "§3.9"]),
        ("semantics §6, semantics §5(ii)", ["semantics §6", "semantics §5(ii)"]),
        ("semantics §2, rule 5", ["semantics §2, rule 5"]),
        ("semantics §1, rule 1", ["semantics §1, rule 1"]),
    ],
)
def test_what_is_not_there_is_noticed(text: str, wrong: list[str]) -> None:
    """A number alone is no clause, whatever section of ours has it; nor is one beyond the last."""
    assert _wrong_in(text) == wrong
