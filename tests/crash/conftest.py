"""Ledgers and processes for the tests that break them; the databases are those of the others."""

import multiprocessing
import os
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from residency.consent.sql import create_ledger
from tests.consent.sql.conftest import open_at, postgres_url, server, url

__all__ = ["open_at", "postgres_url", "server", "sqlite_url", "url"]

Start = Callable[..., tuple[BaseProcess, Connection]]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a new ledger in SQLite, on a disk."""
    made = f"sqlite:///{tmp_path / 'consents.db'}"
    create_ledger(made)
    return made


@pytest.fixture
def start() -> Generator[Start]:
    """What starts a process of `workers`, with the end of a pipe on which it tells us something."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.crash.workers"])
    started: list[BaseProcess] = []
    pipes: list[Connection] = []

    def start_one(work: Callable[..., None], *arguments: Any) -> tuple[BaseProcess, Connection]:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(*arguments, theirs), daemon=True)
        process.start()
        theirs.close()
        started.append(process)
        pipes.append(ours)
        return process, ours

    yield start_one
    for process in started:
        if process.is_alive():
            process.kill()
        process.join()
        process.close()
    for pipe in pipes:
        pipe.close()


def times(name: str, otherwise: int) -> int:
    """Return how often, or how long, to do something: what `make crash` says, or the usual."""
    return int(os.environ.get(name, otherwise))
