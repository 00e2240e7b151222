"""Servers that run in a process of their own: on loopback, bounded in time, stopped by their id."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress

_LONGEST_LIFE = "1800"
_SECONDS_TO_START = 30


class ServerUnavailableError(Exception):
    """A server cannot be started here; the message says what is missing."""


def free_port() -> int:
    """Return a port on which nobody listens just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.02)
    message = f"`{process.args!r}` does not answer"
    raise ServerUnavailableError(message)


@contextmanager
def process(
    port: int, *command: str, environment: Mapping[str, str] | None = None
) -> Generator[int]:
    """Run a server until the block ends, or until it has lived too long.

    Args:
        port: where it listens when it has started.
        command: the program and its arguments.
        environment: its environment; ours if left out.
    """
    timeout = shutil.which("timeout")  # it ends with us, or by itself
    bounded = [timeout, _LONGEST_LIFE, *command] if timeout else list(command)
    quiet = subprocess.DEVNULL
    # No line of ours is to be counted in a server, which a tracer would make slow.
    chosen = os.environ if environment is None else environment
    untraced = {name: it for name, it in chosen.items() if not name.startswith("COVERAGE_")}
    started = subprocess.Popen(bounded, stdout=quiet, stderr=quiet, env=untraced)
    try:
        _wait_for(port, started)
        yield port
    finally:
        started.terminate()
        started.wait(30)
