"""The relay in front of the servers: that it misses nothing is what the tests' proofs rest on."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.servers.recorder import Recorder, recording

_PUT = b"PUT /%d HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"


def _swallow(listener: socket.socket) -> None:
    """Read what comes, and answer each piece by a dot."""

    def read(connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                connection.sendall(b".")

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # closed
            return
        threading.Thread(target=read, args=(connection,), daemon=True).start()


@pytest.fixture
def relay() -> Iterator[Recorder]:
    """Return a relay to a server that reads, and answers with dots."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=_swallow, args=(listener,), daemon=True).start()
        with recording(listener.getsockname()[1]) as recorder:
            yield recorder


def _connect(relay: Recorder) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), 10)


def _send(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    assert connection.recv(1) == b"."


def test_a_request_behind_the_body_of_another_is_seen(relay: Recorder) -> None:
    """No line ends between a body and the next request of its connection."""
    with _connect(relay) as connection:
        _send(connection, _PUT % 1)
        _send(connection, _PUT % 2)
    assert relay.writes == ["PUT /1 HTTP/1.1", "PUT /2 HTTP/1.1"]


def test_a_request_in_the_middle_of_another_connection_is_seen(relay: Recorder) -> None:
    """What two connections send at once is not mixed up."""
    with _connect(relay) as one, _connect(relay) as other:
        _send(one, b"PUT /1 HT")
        _send(other, _PUT % 2)
        _send(one, b"TP/1.1\r\n\r\n")
    assert sorted(relay.writes) == ["PUT /1 HTTP/1.1", "PUT /2 HTTP/1.1"]


def test_what_was_forgotten_is_not_seen(relay: Recorder) -> None:
    """What is sent afterwards is seen, on the same connection too."""
    with _connect(relay) as connection:
        _send(connection, _PUT % 1)
        relay.forget()
        assert (relay.seen, relay.writes) == (b"", [])
        _send(connection, b"GET /2 HTTP/1.1\r\n\r\n")
    assert (relay.seen, relay.writes) == (b"GET /2 HTTP/1.1\r\n\r\n", [])
