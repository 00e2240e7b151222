"""How hard Hypothesis tries: `dev` on a desk, `ci` in continuous integration, `thorough` by hand.

`brief` is for runs that are many or slow: while lines are counted, on each wheel, and for each
mutant. It takes few examples, always the same ones, and does not look for the smallest that fails.

The environment variable `HYPOTHESIS_PROFILE` chooses; without it, `CI` does. No profile has a
deadline: how long something takes is for the benchmarks to say.
"""

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile(
    "ci",
    max_examples=50,
    deadline=None,
    # The same commit gives the same verdict, on whatever machine it is checked.
    derandomize=True,
    print_blob=True,
    # A shared machine may be slow, which says nothing about the code.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", max_examples=10_000, deadline=None, print_blob=True)
settings.register_profile(
    "brief",
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
