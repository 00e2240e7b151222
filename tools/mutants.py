"""Mutate the library with mutmut, and hold every survivor against the list of those explained.

Run by `make mutants`; what is mutated, and which tests run, stands in `pyproject.toml` under
`tool.mutmut`. Prose is not mutated: what a message says to a person decides nothing, so a literal
with a blank in it, a formatted one with all that is put into it, and what is called `message` stay
as they are. Nor is the type that `cast` is told, which it does not look at. The exit code is 0 if
at least 95 % of the mutants were killed, and each of the others is explained in
`docs/explanation/mutants.md`.
"""

import argparse
import os
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from pathlib import Path

# The tests are chosen by the environment before mutmut forks the processes that run them.
os.environ["HYPOTHESIS_PROFILE"] = "brief"

import libcst as cst
import libcst.matchers as m
import mutmut.__main__
import pytest
from _pytest.config import _prepareconfig
from mutmut.configuration import config
from mutmut.mutation import file_mutation
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.mutators import (
    operator_arg_removal,
    operator_assignment,
    operator_string,
)
from mutmut.runners.harness import PytestRunner
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import change_cwd, walk_mutatable_files
from mutmut.workers.isolation import ForkRunner

_PAGE = Path("docs/explanation/mutants.md")
_EXPLAINED = re.compile(
    # As in Markdown, two backticks hold a text in which there is one.
    r"^- `(?P<where>[\w.]+)`: (?P<tick>`+)(?P<old>.*?)(?P=tick) → (?P=tick)(?P<new>.*?)(?P=tick): "
    r"\S",
    re.MULTILINE,
)
_LEAST = 0.95
# What mutmut takes the exit codes of a forked process to mean.
_FAILED = 1
_SUSPICIOUS = 35


def main() -> int:
    """Mutate, or only report on what was mutated before."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--workers", type=int, default=os.cpu_count(), help="processes at a time")
    options.add_argument("--report", action="store_true", help="report on the last run only")
    options.add_argument("names", nargs="*", help="mutants to run again, with * for any text")
    arguments = options.parse_args()
    if not arguments.report:
        _leave_prose_alone()
        run = ["run", "--max-children", str(arguments.workers), *arguments.names]
        mutmut.__main__.get_mutant_runner = _Collected
        mutmut.__main__.cli.main(run, standalone_mode=False)
    return _report()


class _Failures:
    """Notices whether a test failed, in any of its phases."""

    def __init__(self) -> None:
        self.seen = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seen = self.seen or report.failed


class _Session(PytestRunner):
    """Collects the tests once, so that a forked process has nothing to do but to run some."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[str, pytest.Item] = {}
        self._failures = _Failures()

    def collect(self) -> None:
        """Collect all tests; those of each mutant are chosen among them."""
        arguments = [*self._pytest_add_cli_args, *self._pytest_add_cli_args_test_selection]
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept with the session
        with change_cwd("mutants"), redirect_stdout(nowhere):
            # As `pytest.main` begins, but the session is kept.
            arguments = ["--rootdir=.", "--capture=no", "-q", *arguments]
            prepared = _prepareconfig(arguments, [self._failures])
            prepared._do_configure()
            session = pytest.Session.from_config(prepared)
            prepared.hook.pytest_sessionstart(session=session)
            self._items = {item.nodeid: item for item in session.perform_collect()}

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:  # noqa: ARG002 - mutmut passes it by name
        """Run the tests in the order given, until one fails; in a process of its own."""
        try:
            os.chdir("mutants")
            chosen = [self._items[test] for test in tests] or [*self._items.values()]
            for item, following in zip(chosen, [*chosen[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                if self._failures.seen:
                    return _FAILED
        except BaseException:  # noqa: BLE001 - whatever it is, it must not go on as mutmut itself
            traceback.print_exc(file=sys.__stderr__)
            return _SUSPICIOUS
        return 0


class _Collected(ForkRunner):
    """Forks from a process that has collected the tests."""

    def __init__(self, max_workers: int = 1) -> None:
        self._session = _Session()
        super().__init__(max_workers, self._session, debug=config().debug)

    def run_clean_tests(self, tests: Iterable[str]) -> int:
        """Collect the tests while no mutant is active, and see that they pass."""
        self._session.collect()
        return self._apart(tests)

    def run_forced_fail(self) -> int:
        """See that a test fails where every mutated function does."""
        return self._apart(())

    def _apart(self, tests: Iterable[str]) -> int:
        if (child := os.fork()) == 0:
            os._exit(self._session.run_tests(mutant_name=None, tests=tests))
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _is_prose(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.ConcatenatedString):
        return _is_prose(node.left) or _is_prose(node.right)
    if isinstance(node, cst.FormattedString):
        return True
    if isinstance(node, cst.Name):
        return node.value == "message"
    return isinstance(node, cst.SimpleString) and " " in node.raw_value.strip()


def _is_sentence(node: cst.CSTNode) -> bool:
    """Say whether a formatted text is prose; one without a blank may be a key."""
    return isinstance(node, cst.FormattedString) and any(
        isinstance(part, cst.FormattedStringText) and " " in part.value for part in node.parts
    )


def _is_cast(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and m.matches(node.func, m.Name("cast"))


class _Mutations(file_mutation.MutationVisitor):
    """Passes over what decides nothing."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if _is_cast(node):
            self._types = {*getattr(self, "_types", ()), node.args[0]}
        return (
            _is_sentence(node)
            or node in getattr(self, "_types", ())
            or super()._skip_node_and_children(node)
        )


def _without_prose(call: cst.Call) -> Iterable[cst.Call]:
    """Remove arguments, or put None in their place; but no prose, and no type of a `cast`."""
    for mutated in operator_arg_removal(call):
        kept = {id(argument.value) for argument in mutated.args}
        removed = [each for each in call.args if id(each.value) not in kept]
        if not any(_is_prose(each.value) for each in removed) and not (
            _is_cast(call) and call.args[0] in removed
        ):
            yield mutated


def _other_text(string: cst.BaseString) -> Iterable[cst.BaseString]:
    """Alter a text in one way: of those that mutmut has, the first is the furthest off."""
    return () if _is_prose(string) else list(operator_string(string))[:1]


def _assigned(node: cst.Assign | cst.AnnAssign) -> Iterable[cst.CSTNode]:
    """Assign None in place of any value but prose."""
    return () if node.value and _is_prose(node.value) else operator_assignment(node)


def _leave_prose_alone() -> None:
    file_mutation.MutationVisitor = _Mutations
    instead = {
        operator_arg_removal: _without_prose,
        operator_string: _other_text,
        operator_assignment: _assigned,
    }
    file_mutation.mutation_operators[:] = [
        (kind, instead.get(operator, operator))
        for kind, operator in file_mutation.mutation_operators
    ]


def _report() -> int:
    """Print what became of the mutants of each module, and say whether that is enough."""
    explained = {
        (found["where"], found["old"], found["new"])
        for found in _EXPLAINED.finditer(_PAGE.read_text(encoding="utf-8"))
    }
    totals: Counter[str] = Counter()
    unexplained: list[str] = []
    remaining: set[tuple[str, str, str]] = set()
    print(f"{'module':<36}{'mutants':>9}{'killed':>9}{'timeout':>9}{'survived':>9}{'not run':>9}")
    for path in sorted(walk_mutatable_files()):
        data = SourceFileMutationData(path=path)
        data.load()
        counts = Counter(map(_fate, data.exit_code_by_key.values()))
        if not counts:
            continue
        totals += counts
        _row(".".join(path.with_suffix("").parts[1:]), counts)
        for name, code in data.exit_code_by_key.items():
            if _fate(code) == "survived":
                mutation = (_function(name), *_change(name, path))
                remaining.add(mutation)
                if mutation not in explained:
                    unexplained.append("{}\n  {}: `{}` → `{}`".format(name, *mutation))
    _row("in all", totals)
    for line in unexplained:
        print(f"not explained: {line}")
    for mutation in sorted(explained - remaining):
        print("explained, but did not survive: {}: `{}` → `{}`".format(*mutation))
    done = totals.total() - totals["not run"]
    share = (totals["killed"] + totals["timeout"]) / max(done, 1)
    print(f"{share:.1%} killed; {len(unexplained)} of {totals['survived']} survivors not explained")
    return int(share < _LEAST or bool(unexplained) or bool(totals["not run"]))


def _fate(code: int | None) -> str:
    status = status_by_exit_code[code]
    if status in {"killed", "timeout"}:
        return status
    # What no test calls survives.
    return "survived" if status in {"survived", "no tests"} else "not run"


def _row(name: str, counts: Counter[str]) -> None:
    fates = ("killed", "timeout", "survived", "not run")
    print(f"{name:<36}{counts.total():>9}{''.join(f'{counts[fate]:>9}' for fate in fates)}")


def _function(mutant: str) -> str:
    module, _, name = mutant.rpartition(".")
    function = name.rpartition("__mutmut_")[0]
    return f"{module}.{function.removeprefix('x').removeprefix('_').replace('ǁ', '.').strip('.')}"


def _change(mutant: str, path: Path) -> tuple[str, str]:
    lines = get_diff_for_mutant(mutant, path=path).splitlines()
    return _joined(lines, "-"), _joined(lines, "+")


def _joined(lines: Iterable[str], sign: str) -> str:
    return " ".join(line[1:].strip() for line in _signed(lines, sign))


def _signed(lines: Iterable[str], sign: str) -> Iterator[str]:
    return (line for line in lines if line.startswith(sign) and not line.startswith(sign * 3))


if __name__ == "__main__":
    sys.exit(main())
