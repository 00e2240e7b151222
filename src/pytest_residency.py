"""The pytest plugin that lets the properties of ``residency.testing`` check any implementation.

It is a module of its own, outside the library: pytest imports its plugins before it measures
coverage, and what they import with them counts as never run.
"""

from __future__ import annotations

import sys

import pytest

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options.

    Args:
        parser: pytest's.
    """
    group = parser.getgroup("residency", "the properties of data residency")
    group.addoption(
        "--residency-policy",
        metavar="FILE",
        help="the policy document, or the name of a bundled one (default: xmedius)",
    )
    group.addoption(
        "--residency-target",
        metavar="PACKAGE.MODULE:FACTORY",
        help="what makes the implementation from the document's text (default: this library)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that select nothing, before any test is collected.

    Args:
        config: pytest's.

    Raises:
        UsageError: a policy cannot be read, or a target cannot be made for it.
    """
    policy = config.getoption("residency_policy")
    target = config.getoption("residency_target")
    if policy is None and target is None:
        return
    # As with `python -m`, a module in the current folder can be named.
    folder = str(config.invocation_params.dir)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from residency.errors import ResidencyError
    from residency.testing.selection import world_of

    try:
        world_of(policy, target).close()
    except ResidencyError as error:
        raise pytest.UsageError(str(error)) from None
