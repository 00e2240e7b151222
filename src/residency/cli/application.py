"""The program as a whole: its commands, and how a run ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from residency.cli.consent import consent
from residency.cli.data_map import data_map_command
from residency.cli.decide import decide
from residency.cli.designate import designate
from residency.cli.explain import explain
from residency.cli.ledger import ledger
from residency.cli.place import place
from residency.cli.policy import policy_group
from residency.cli.regions import regions
from residency.cli.relocate import relocate
from residency.cli.replay import replay
from residency.cli.retention import retention
from residency.cli.table import table
from residency.cli.terminal import abandon_stdout, colour, say
from residency.cli.vectors import vectors
from residency.cli.verify import verify
from residency.errors import ResidencyError

__all__ = ["program", "run"]

_MISUSE = 2
_INTERRUPTED = 130
_NOBODY_READS = 141


@click.group(
    name="residency",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
)
@click.version_option(package_name="residency", message="%(prog)s %(version)s")
def program() -> None:
    """Decide in which storage zone an account's data lives, and what may leave it.

    Exit codes: 0 all is well; 1 a record was refused or blocked; 2 the run could not be made or
    finished.
    """


for _command in (
    place,
    decide,
    explain,
    designate,
    relocate,
    table,
    regions,
    retention,
    data_map_command,
    policy_group,
    consent,
    ledger,
    verify,
    vectors,
    replay,
):
    program.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. However it ends, nobody sees a traceback."""
    try:
        return _invoke(arguments)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, say it in words
        return _end(error)


def _invoke(arguments: Sequence[str]) -> int:
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        # A terminal that cannot show a character shows its escape: no reason to fail.
        reconfigure(errors="backslashreplace")
    try:
        with program.make_context("residency", list(arguments), color=colour()) as context:
            code: int = program.invoke(context)
    except click.exceptions.Exit as done:
        code = done.exit_code
    if sys.stdout is not None:
        sys.stdout.flush()  # while a failure can be told: the interpreter would do it too late
    return code


def _end(error: BaseException) -> int:
    """Say why a run was not finished, and return its exit code."""
    code, message = _MISUSE, str(error)
    match error:
        case click.UsageError():
            help_of = error.ctx.command_path if error.ctx else program.name
            message = f"{error.format_message()} (see {help_of} --help)"
        case ResidencyError():
            pass
        case BrokenPipeError():
            abandon_stdout()
            return _NOBODY_READS
        case OSError():
            # What fails on reading is a ResidencyError by now, so this is the output.
            abandon_stdout()
            message = f"the output cannot be written: {error.strerror or type(error).__name__}"
        case KeyboardInterrupt():
            abandon_stdout()
            code, message = _INTERRUPTED, "interrupted"
        case _:
            message = f"a fault of ours, please report it: {type(error).__name__}: {error}"
    say(message)
    return code
