"""The program as a whole: options, exit codes and how a run ends."""

import errno
import importlib.metadata
import sys
from pathlib import Path

import click
import pytest

from residency.cli import main, place, terminal
from residency.cli.application import program
from tests.cli.running import run_here

GOOD = b'{"id": "acme", "setup_country": "DE"}\n'


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [(), ("place",), ("decide",), ("explain",), ("table",)])
def test_help_is_given(command: tuple[str, ...], option: str) -> None:
    """Each command explains itself on standard output."""
    ran = run_here(*command, option)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(" ".join(("Usage: residency", *command)))


def test_help_names_the_exit_codes() -> None:
    """The help of the program says what its exit codes mean."""
    shown = run_here("--help").out
    assert all(f"{code} " in shown for code in (0, 1, 2))


def test_the_version_is_the_packages() -> None:
    """`--version` tells the version of the installed package."""
    version = importlib.metadata.version("residency")
    assert run_here("--version") == (0, f"residency {version}\n", "")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "Missing command"),
        (("remove",), "No such command 'remove'"),
        (("a\nb\x1b[31m",), "No such command"),
        (("place", "--shout"), "No such option"),
        (("place", "--x\n\x1b[31m"), "No such option"),
        (("place", "--format", "xml"), "Invalid value for '--format'"),
        (("place", "file.csv"), "unexpected extra argument"),
        (("place", "--policy", "nobody"), "no bundled policy is named `nobody`"),
        (("place", "--policy", "missing.toml"), "`missing.toml` cannot be read"),
        (("table", "--format", "jsonl"), "Invalid value for '--format'"),
        (("explain",), "Missing argument 'COUNTRY'"),
        (("explain", "--to", "zone:EU"), "Missing argument 'COUNTRY'"),
    ],
)
def test_misuse_is_told_in_one_line(arguments: tuple[str, ...], problem: str) -> None:
    """Misuse exits with 2, says nothing on standard output and one safe line on the other."""
    ran = run_here(*arguments)
    assert (ran.code, ran.out) == (2, "")
    (line,) = ran.err.splitlines()
    assert line.startswith("residency: ")
    assert problem in line
    assert line.isprintable()


def test_the_arguments_are_the_command_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without arguments of its own, `main` takes those of the process."""
    monkeypatch.setattr(sys, "argv", ["residency", "--version"])
    assert main() == 0


@pytest.mark.parametrize("missing", ["click", "tqdm"])
def test_a_missing_extra_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without click or tqdm, one line says what to install, and the exit code is 2."""
    _forget_the_program(monkeypatch)
    monkeypatch.setitem(sys.modules, missing, None)
    ran = run_here("--version")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"residency: {missing} is missing: install residency[cli]\n"


def test_another_missing_module_is_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of our own that cannot be imported is a fault, and is not blamed on the extra."""
    monkeypatch.setitem(sys.modules, "residency.cli.application", None)
    with pytest.raises(ImportError, match=r"residency\.cli\.application"):
        run_here("--version")


def _forget_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    # Those alone that lead to what is missing: the others stay what the other tests know.
    for name in ("application", "decide", "batch", "progress"):
        monkeypatch.delitem(sys.modules, f"residency.cli.{name}")


@pytest.mark.parametrize(
    ("error", "code", "problem"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 141, None),
        (OSError(errno.ENOSPC, "No space left"), 2, "the output cannot be written: No space left"),
        (OSError("strange"), 2, "the output cannot be written: OSError"),
        (RuntimeError("a\nb\x1b[31m"), 2, "a fault of ours, please report it: RuntimeError: a b"),
    ],
)
def test_nothing_ends_in_a_traceback(
    error: BaseException, code: int, problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong has an exit code and at most one safe line."""

    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr(place, "run_batch", fail)
    ran = run_here("place", given=GOOD)
    assert (ran.code, ran.out) == (code, "")
    if problem is None:
        assert ran.err == ""
    else:
        (line,) = ran.err.splitlines()
        assert problem in line
        assert line.isprintable()


def test_a_misuse_without_a_command_names_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A usage error that no command raised points to the help of the program."""

    def fail(*_: object, **__: object) -> None:
        raise click.UsageError("something is off")

    monkeypatch.setattr(program, "make_context", fail)
    assert run_here("place").err == "residency: something is off (see residency --help)\n"


def test_with_several_bundled_policies_one_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where a single policy is bundled is it the default: which of two is not ours to say."""
    names = ("globex/2020-01-01", "globex/2021-01-01")
    monkeypatch.setattr("residency.cli.options.bundled_names", lambda: names)
    assert "no bundled policy is named `globex`" in run_here("place").err
    monkeypatch.setattr("residency.cli.options.bundled_names", lambda: (*names, "acme/2020-01-01"))
    ran = run_here("place")
    assert ran.code == 2
    assert "name one (acme, globex)" in ran.err


def test_a_closed_standard_output_stops_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where standard output is closed, a run that writes to a file goes on."""
    monkeypatch.setattr(sys, "stdout", None)
    path = tmp_path / "table.csv"
    assert main(["table", "--output", str(path)]) == 0
    assert path.stat().st_size > 0


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    """`NO_COLOR` forbids colour, whatever the terminal; empty or unset it leaves it to that."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert terminal.colour() is False
    monkeypatch.setenv("NO_COLOR", "")
    assert terminal.colour() is None
    monkeypatch.delenv("NO_COLOR")
    assert terminal.colour() is None
