"""The pytest plugin that lets the properties of ``residency.testing`` check any implementation.

It is a module of its own, outside the library: pytest imports its plugins before it measures
coverage, and what they import with them counts as never run.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from itertools import chain

import pytest

__all__ = ["pytest_addoption", "pytest_configure", "pytest_terminal_summary"]

_POLICY = "xmedius"
_TARGET = "residency.testing.engine:memory"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options.

    Args:
        parser: pytest's.
    """
    group = parser.getgroup("residency", "the properties of data residency")
    group.addoption(
        "--residency-policy",
        metavar="FILE",
        default=_POLICY,
        help="the policy document, or the name of a bundled one (default: %(default)s)",
    )
    group.addoption(
        "--residency-target",
        metavar="PACKAGE.MODULE:FACTORY",
        default=_TARGET,
        help="what makes the implementation from the document's text (default: this library)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that select nothing, before any test is collected.

    Args:
        config: pytest's.

    Raises:
        UsageError: a policy cannot be read, or a target cannot be made for it.
    """
    policy = str(config.getoption("residency_policy"))
    target = str(config.getoption("residency_target"))
    if (policy, target) == (_POLICY, _TARGET):
        return
    # As with `python -m`, a module in the current folder can be named.
    folder = str(config.invocation_params.dir)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from residency import load_policy
    from residency.testing.selection import world_of

    with _refusing(f"--residency-policy={policy}"):
        load_policy(policy)
    with _refusing(f"--residency-target={target}"):
        world_of(policy, target).close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell which implementation was checked, and on which revision of which policy.

    Args:
        terminalreporter: pytest's.
    """
    # Where processes share the tests, what each of them checked is known from its reports alone.
    checked: set[str] = set()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        # What was skipped checked nothing. Other plugins' reports and properties may be anything.
        if isinstance(report, pytest.TestReport) and report.when == "call" and not report.skipped:
            target = _stated(report, "residency-target")
            if target is not None:
                checked.add(f"checked {target} on {_stated(report, 'residency-policy')}")
    for line in sorted(checked):
        terminalreporter.write_line(line)


def _stated(report: pytest.TestReport, wanted: str) -> object:
    for item in report.user_properties:
        match item:
            case (name, value) if name == wanted:
                return value
            case _:
                pass
    return None


@contextmanager
def _refusing(option: str) -> Generator[None, None, None]:
    """Refuse an option in one line, whatever goes wrong with what it selects."""
    from residency.errors import ResidencyError

    try:
        yield
    # A target is foreign code: to leave the program, or to skip, is one more way to go wrong.
    except (Exception, SystemExit, pytest.skip.Exception) as error:
        text = " ".join(str(error).split())
        ours = isinstance(error, ResidencyError)
        message = text if ours else f"{type(error).__name__}: {text}"
        raise pytest.UsageError(f"{option}: {message}") from error
