"""A TCP relay that remembers what clients sent: the proof of what a server did not see."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

_SECONDS = 30


class Recorder:
    """Relays one local port to another, and keeps every byte on the way to the server."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._seen = bytearray()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """The URL at which clients reach the server through this relay."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def seen(self) -> bytes:
        """What clients have sent since the last :meth:`forget`."""
        return bytes(self._seen)

    @property
    def writes(self) -> list[str]:
        """The request lines, among what was sent, of requests that may carry a body."""
        lines = self.seen.split(b"\r\n")
        verbs = (b"PUT /", b"POST /", b"PATCH /")
        return [
            line.decode() for line in lines if line.startswith(verbs) and line[-9:-3] == b" HTTP/"
        ]

    def forget(self) -> None:
        """Forget what was seen."""
        self._seen.clear()

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
            for source, sink, recorded in ((client, server, True), (server, client, False)):
                relay = threading.Thread(
                    target=self._relay, args=(source, sink, recorded), daemon=True
                )
                relay.start()

    def _relay(self, source: socket.socket, sink: socket.socket, recorded: bool) -> None:  # noqa: FBT001 - one of two directions
        with suppress(OSError):
            while data := source.recv(65536):
                if recorded:
                    self._seen += data
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
