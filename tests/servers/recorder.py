"""A TCP relay that remembers what clients sent: the proof of what a server did not see."""

import re
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

_SECONDS = 30
_WRITING = re.compile(rb"(?:PUT|POST|PATCH) /\S* HTTP/\d\.\d")


class Recorder:
    """Relays one local port to another, and keeps every byte on the way to the server."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._seen: list[bytearray] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """The URL at which clients reach the server through this relay."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def seen(self) -> bytes:
        """What clients have sent since the last :meth:`forget`, one connection after the other."""
        return b"".join(self._seen)

    @property
    def writes(self) -> list[str]:
        """The request lines, anywhere in what was sent, of requests that may carry a body."""
        # A request may follow the body of the one before it, with no line in between.
        return [line.decode() for line in _WRITING.findall(self.seen)]

    def forget(self) -> None:
        """Forget what was seen."""
        for connection in self._seen:
            connection.clear()

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._upstream), _SECONDS)
            except OSError:  # closed, or the server is gone
                return
            # Each connection by itself: the bytes of two would cut each other's lines in pieces.
            seen = bytearray()
            self._seen.append(seen)
            for ends in ((client, server, seen), (server, client, None)):
                threading.Thread(target=self._relay, args=ends, daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket, seen: bytearray | None) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if seen is not None:
                    seen += data
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def recording(upstream: int) -> Generator[Recorder]:
    """Relay to a port as long as the block lasts."""
    recorder = Recorder(upstream)
    try:
        yield recorder
    finally:
        recorder.close()
