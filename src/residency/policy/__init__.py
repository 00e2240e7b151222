"""The policy: a company's promise as a document, read and checked before anything rests on it."""

from residency.policy.document import (
    Clause,
    Contact,
    DataCategory,
    Entity,
    Evidence,
    Exemption,
    Integration,
    Policy,
    PolicyReference,
    Provider,
    Purpose,
    RetentionLimit,
    RetentionUnit,
    Right,
    Rule,
    Solution,
    TerritorySet,
    Zone,
)
from residency.policy.locations import load_locations, read_locations
from residency.policy.reader import SCHEMA, load_policy, read_policy
from residency.policy.schema import document_schema
from residency.policy.source import LARGEST_DOCUMENT, bundled_names

__all__ = [
    "LARGEST_DOCUMENT",
    "SCHEMA",
    "Clause",
    "Contact",
    "DataCategory",
    "Entity",
    "Evidence",
    "Exemption",
    "Integration",
    "Policy",
    "PolicyReference",
    "Provider",
    "Purpose",
    "RetentionLimit",
    "RetentionUnit",
    "Right",
    "Rule",
    "Solution",
    "TerritorySet",
    "Zone",
    "bundled_names",
    "document_schema",
    "load_locations",
    "load_policy",
    "read_locations",
    "read_policy",
]
