"""The properties that every implementation must have: semantics as tests, one class for each.

Each class says first what it rests on. ``§5(ii)``, with no word before it, is a clause of the
bundled policy, and ``load_policy("xmedius").clauses["§5(ii)"].says`` says it; of another policy,
the clause that takes its place is meant. What no clause spells out is our reading of the policy:
``semantics §2, rule 1`` is the first rule in section 2 of ``reading-the-policy.md``, a page in the
documentation of the source distribution.

====================  ===========================================
``semantics §1``      placement
``semantics §2``      transfers
``semantics §3``      consent records
``semantics §4``      retention, people's rights, and notice
``semantics §5``      properties that must hold: these, in a table
====================  ===========================================

Run them against an implementation with ``pytest --pyargs residency.testing.properties``, and the
options ``--residency-policy`` and ``--residency-target``; or import the classes into a test module
of your own, beside a fixture ``world`` that returns a :class:`residency.testing.world.World`.
"""

__all__: list[str] = []
