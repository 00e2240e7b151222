"""Run the examples in README.md and docs: what a document shows is what happens.

Each fenced ``python`` block is run, those of one document in order and in one namespace; a block
written as a ``>>>`` session has its output compared. In a ``console`` block, the text below each
``$ command`` is what a terminal would show for it, where ``...`` stands for anything. All of it
happens in a temporary folder that holds a copy of ``examples``. A command that installs or builds
(``pip``, ``make`` …) is not run.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

REPOSITORY = Path(__file__).resolve().parent.parent
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]

_NOT_RUN = re.compile(r"(cd|git|make|pip|uv|python3? -m (pip|venv)) ")
_SECONDS = 60
# A slow machine also shows how far a command is.
_PROGRESS = re.compile(r"^ *\d+%\|.*\n?", re.MULTILINE)


class _Step(NamedTuple):
    command: str
    expected: str


def _steps(block: str) -> Iterator[_Step]:
    """Yield each ``$ command`` of a console block with the output shown below it."""
    for chunk in f"\n{block}".split("\n$ ")[1:]:
        lines = chunk.splitlines()
        length = 1
        while length < len(lines) and lines[length - 1].endswith("\\"):
            length += 1
        command = "\n".join(line.removeprefix("> ") for line in lines[:length])
        yield _Step(command, "\n".join(lines[length:]).rstrip())


def _terminal(command: str) -> tuple[str, int]:
    """Return what a terminal would show for a command, and its exit code."""
    environment = {
        **os.environ,
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONUNBUFFERED": "1",  # or the order of the two streams would be lost
        "PYTHONUTF8": "1",
    }
    ran = subprocess.run(
        ["/bin/sh", "-c", command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    return _PROGRESS.sub("", ran.stdout).rstrip(), ran.returncode


def _run_console(example: Example) -> str | None:
    """Run the commands of a console block; return the first difference."""
    block = str(example.parsed)
    if not block.startswith("$ "):
        return "a console block starts with `$ ` and a command"
    status = 0
    for step in _steps(block):
        if _NOT_RUN.match(f"{step.command} "):
            continue
        # `$?` of one command is known to the next, though each has its own shell.
        shown, status = _terminal(f"(exit {status}); {step.command}")
        if not doctest.OutputChecker().check_output(step.expected, shown, doctest.ELLIPSIS):
            return f"$ {step.command}\nexpected:\n{step.expected}\nshown:\n{shown}"
    return None


_SYBIL = Sybil(
    [
        PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS),
        CodeBlockParser(language="console", evaluator=_run_console),
    ]
)


def _check(document: Path) -> None:
    for example in _SYBIL.parse(document).examples():
        example.evaluate()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a temporary folder with a copy of the examples."""
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)


@pytest.mark.untraced
@pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix()
)
def test_the_examples_are_true(document: Path) -> None:
    """Every example of the document runs, and shows what the document says it shows."""
    _check(document)


@pytest.mark.parametrize(
    "wrong",
    [
        "```python\nx = 1\n```\n\n```python\n>>> x + 1\n3\n```\n",
        "```python\nassert False\n```\n",
        "```console\n$ echo one\ntwo\n```\n",
        "```console\n$ pip install nothing\nnever compared\n$ echo one\n```\n",
        "```console\n$ false\n$ echo $?\n0\n```\n",
        "```console\n$ echo one >&2\n```\n",
        "```console\necho one\none\n```\n",
    ],
)
def test_a_wrong_example_is_noticed(wrong: str, tmp_path: Path) -> None:
    """The check fails where a document is wrong: it does not pass because it runs nothing."""
    document = tmp_path / "wrong.md"
    document.write_text(wrong, encoding="utf-8")
    with pytest.raises(AssertionError):
        _check(document)


def test_a_right_example_passes(tmp_path: Path) -> None:
    """Continued lines, exit codes, errors and `...` are read as a terminal shows them."""
    document = tmp_path / "right.md"
    document.write_text(
        "```console\n$ echo one \\\n> two\none two\n$ echo three >&2; exit 4\nthree\n"
        "$ echo $?\n4\n$ echo five six\nfive ...\n```\n",
        encoding="utf-8",
    )
    _check(document)
