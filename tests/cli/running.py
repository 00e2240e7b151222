"""Running the program, in this process for speed or in one of its own for real."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple, Self, cast
from unittest.mock import patch

from residency.cli import main

POLICY = "xmedius/2020-11-01/sha256:"


class Refusal(NamedTuple):
    """The error of an answer: these keys, in this order, and no others."""

    kind: str
    message: str
    suggestions: list[str]

    @classmethod
    def of(cls, answer: Mapping[str, object]) -> Self:
        """Return the error of an answer that has one."""
        error = cast("dict[str, Any]", answer["error"])
        assert tuple(error) == cls._fields
        return cls(**error)


class Ran(NamedTuple):
    """What a run said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, object]]:
        """The output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def run_here(*arguments: str, given: bytes | str = b"") -> Ran:
    """Run the program in this process, with ``given`` as its standard input."""
    data = given.encode() if isinstance(given, str) else given
    stdin = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
    out, err = io.BytesIO(), io.BytesIO()
    stdout = io.TextIOWrapper(out, encoding="utf-8", newline="")
    stderr = io.TextIOWrapper(err, encoding="utf-8", errors="backslashreplace", newline="")
    with patch.object(sys, "stdin", stdin), redirect_stdout(stdout), redirect_stderr(stderr):
        code = main(arguments)
    stdout.flush()
    stderr.flush()
    return Ran(code, out.getvalue().decode(), err.getvalue().decode())


def run_apart(
    *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None
) -> Ran:
    """Run the program in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "residency", *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def one_place(**fields: object) -> tuple[int, dict[str, object]]:
    """Run ``place`` on one record; return the exit code and the answer."""
    return _one("place", fields)


def one_decision(**fields: object) -> tuple[int, dict[str, object]]:
    """Run ``decide`` on one record; return the exit code and the answer."""
    return _one("decide", fields)


def _one(command: str, fields: Mapping[str, object]) -> tuple[int, dict[str, object]]:
    ran = run_here(command, given=json.dumps(fields))
    (answer,) = ran.records
    return ran.code, answer
