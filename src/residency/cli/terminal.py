"""The terminal: what is said there, in colour or without, and what becomes of a closed one."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

__all__ = ["abandon_stdout", "colour", "one_line", "say"]


def colour() -> bool | None:
    """Say whether to use colour: never if ``NO_COLOR`` is set; None leaves it to the terminal."""
    return False if os.environ.get("NO_COLOR") else None


def say(message: str) -> None:
    """Write one line to standard error, whatever stands in the message."""
    head = click.style("residency:", fg="red")
    with suppress(OSError):  # nobody is left to tell
        click.echo(f"{head} {one_line(message)}", err=True, color=colour())


def one_line(text: str) -> str:
    """Return ``text`` on one line, with what does not print written as escapes."""
    joined = " ".join(text.split())
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in joined
    )


def abandon_stdout() -> None:
    """Let what is left to be written go nowhere, so that the interpreter does not try it again."""
    with suppress(OSError, AttributeError):  # closed, or not a file at all
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, sys.stdout.fileno())
        os.close(descriptor)
