"""Retention: semantics §4, against the reference evaluator."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from residency.retention import due
from residency.testing.limits import kept
from residency.testing.world import World
from tests.properties.worlds import both_policies

_DAYS = st.one_of(
    # Both sides of the ends of months and of leap years.
    st.sampled_from(
        [
            date(year, month, 1) + timedelta(days)
            for year in (2000, 2023, 2024, 2100)
            for month in range(1, 13)
            for days in (-2, -1, 0)
        ]
    ),
    st.dates(date(1900, 1, 1), date(2400, 1, 1)),
)


@both_policies
class TestRetention:
    """§4: each data category of each solution, whatever is known of its events."""

    @given(data=st.data())
    def test_as_the_reference_says(self, world: World, data: st.DataObject) -> None:
        """Engine and reference agree on status and days, for any events known or unknown."""
        solution = data.draw(
            st.sampled_from([each for each in world.policy.solutions.values() if each.categories])
        )
        category = data.draw(st.sampled_from(solution.categories))
        events = data.draw(
            st.dictionaries(st.sampled_from(list(world.policy.events)), st.none() | _DAYS)
        )
        found = due(world.policy, solution.id, category.id, events)
        expected = kept(world.document, solution.id, category.id, events)
        assert (found.status.value, found.earliest, found.latest) == expected
