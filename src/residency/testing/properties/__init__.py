"""The properties that every implementation must have: semantics as tests, one class for each.

Run them against an implementation with ``pytest --pyargs residency.testing.properties``, and the
options ``--residency-policy`` and ``--residency-target``; or import the classes into a test module
of your own, beside a fixture ``world`` that returns a :class:`residency.testing.world.World`.
"""

__all__: list[str] = []
