"""From a TOML document to a checked policy, or one error that says where and what to fix."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from residency.errors import ErrorKind, PolicyError, quote
from residency.geography import (
    GEOGRAPHY_REVISION,
    LOCATIONS,
    MEMBERSHIPS,
    Locations,
    Memberships,
)
from residency.geography.datafile import revision_of
from residency.policy import sections
from residency.policy.coverage import check_coverage
from residency.policy.document import Integration, Policy, PolicyReference, Purpose, Right
from residency.policy.sections import one_each
from residency.policy.source import LARGEST_DOCUMENT, read_source
from residency.policy.toml import Node, parse

if TYPE_CHECKING:
    from pathlib import Path  # which takes as long to import as to read a policy

__all__ = ["SCHEMA", "load_policy", "read_policy"]

SCHEMA: Final = 1
"""The version of the document's schema that this library reads."""

_PARTS = (
    "schema",
    "policy",
    "clauses",
    "territories",
    "zones",
    "entities",
    "rules",
    "hosting",
    "events",
    "solutions",
    "purposes",
    "providers",
    "integrations",
    "exemptions",
    "rights",
    "contact",
)
_HEAD = (
    "id",
    "title",
    "effective",
    "source",
    "controller",
    "notice_days",
    "notice_clause",
    "enforce_hosting",
    "default_solution",
    "placement_clause",
    "transfer_clause",
    "agreement_clause",
)
_MOST_NOTICE_DAYS = 3_660
_MOST_SCHEMAS = 1_000_000


def load_policy(
    source: str | Path,
    *,
    memberships: Memberships = MEMBERSHIPS,
    locations: Locations = LOCATIONS,
) -> Policy:
    """Load a policy that comes with the library, or a document of your own.

    Args:
        source: the name of a bundled policy, such as ``name`` for its latest document or
            ``name/2020-11-01`` for that of one day; or the path of a TOML document. A text is a
            path if it ends in ``.toml``, or holds a separator and is not such a name.
        memberships: the dated memberships to check it against.
        locations: the places that a destination may name; to add your own, see
            :func:`residency.policy.load_locations`.

    Returns:
        the policy, checked in full.

    Raises:
        PolicyError: there is no such policy (UNKNOWN_POLICY), the source is neither text nor a path
            (TYPE), the file cannot be read (UNREADABLE), or :func:`read_policy` refuses it.
    """
    return read_policy(read_source(source), memberships=memberships, locations=locations)


def read_policy(
    data: bytes,
    *,
    memberships: Memberships = MEMBERSHIPS,
    locations: Locations = LOCATIONS,
) -> Policy:
    """Read a policy from the bytes of a TOML document.

    Args:
        data: the document, in UTF-8, at most 1,000,000 bytes.
        memberships: the dated memberships to check it against.
        locations: the places that a destination may name.

    Returns:
        the policy, checked in full; its revision covers the document, the geography and the
        locations.

    Raises:
        PolicyError: the document is too long (TOO_LARGE), is not TOML (MALFORMED), breaks the
            schema or contradicts itself (INVALID_POLICY); or an argument has another type (TYPE).
    """
    _require(data, bytes, "the document")
    _require(memberships, Memberships, "what to check it against")
    _require(locations, Locations, "what a destination may name")
    if len(data) > LARGEST_DOCUMENT:
        message = f"the document has more than {LARGEST_DOCUMENT} bytes: shorten it"
        raise PolicyError(message, kind=ErrorKind.TOO_LARGE)
    revision = revision_of(
        {
            "document": data,
            "geography": GEOGRAPHY_REVISION.encode(),
            "locations": locations.revision.encode(),
            "memberships": memberships.revision.encode(),
        }
    )
    policy = _policy(parse(data), memberships, locations, revision)
    check_coverage(policy)
    return policy


def _require(value: object, wanted: type, what: str) -> None:
    if not isinstance(value, wanted):
        message = f"{what} is a {quote(value)}: pass {wanted.__name__}"
        raise PolicyError(message, kind=ErrorKind.TYPE, value=value)


def _policy(
    document: Node, memberships: Memberships, locations: Locations, revision: str
) -> Policy:
    _check_schema(document)
    top = document.fields(*_PARTS)
    head = top["policy"].fields(*_HEAD)
    # What a part cites must be declared by then, so parts are read in the order in which they build
    # on each other, whatever their order in the file.
    declared: dict[str, Collection[str]] = {"union": memberships.unions}
    declared["clause"] = clauses = sections.clauses(top["clauses"])
    declared["territory set"] = sets = sections.territory_sets(top["territories"], declared)
    declared["zone"] = zones = one_each(top["zones"].required(), sections.zone, declared)
    declared["entity"] = entities = sections.entities(top["entities"].required())
    declared["kind of hosting"] = hosting = sections.glossary(top["hosting"])
    declared["event"] = events = sections.glossary(top["events"])
    declared["solution"] = solutions = one_each(
        top["solutions"].required(), sections.solution, declared
    )
    declared["purpose"] = purposes = one_each(
        top["purposes"], sections.statement(Purpose), declared
    )
    return Policy(
        reference=PolicyReference(head["id"].id(), head["effective"].day(), revision),
        title=head["title"].text(),
        source=head["source"].text(),
        controller=head["controller"].text(),
        notice_days=head["notice_days"].integer(least=0, most=_MOST_NOTICE_DAYS),
        notice_clause=head["notice_clause"].one_of(clauses, "clause"),
        enforce_hosting=head["enforce_hosting"].flag(),
        default_solution=(
            head["default_solution"].one_of(solutions, "solution")
            if head["default_solution"]
            else None
        ),
        placement_clause=head["placement_clause"].one_of(clauses, "clause"),
        transfer_clause=head["transfer_clause"].one_of(clauses, "clause"),
        agreement_clause=head["agreement_clause"].one_of(clauses, "clause"),
        clauses=clauses,
        territory_sets=sets,
        zones=zones,
        entities=entities,
        rules=sections.rules(top["rules"].required(), declared),
        hosting_kinds=hosting,
        events=events,
        purposes=purposes,
        solutions=solutions,
        providers=one_each(top["providers"], sections.provider, declared),
        integrations=one_each(top["integrations"], sections.statement(Integration), declared),
        exemptions=one_each(top["exemptions"], sections.exemption, declared),
        rights=one_each(top["rights"], sections.statement(Right), declared),
        contact=sections.contact(top["contact"], declared) if top["contact"] else None,
        memberships=memberships,
        locations=locations,
    )


def _check_schema(document: Node) -> None:
    # Before the keys: a newer schema may have keys of which this library has never heard.
    schema = document.field("schema")
    if schema.integer(least=1, most=_MOST_SCHEMAS) > SCHEMA:
        raise schema.refusal(f"newer than {SCHEMA}, which this release reads: upgrade the library")
