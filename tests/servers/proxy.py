"""A proxy between a client and a server, whose connections the tests cut or let hang."""

import select
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress


class _Tunnel:
    """One connection on its way through."""

    def __init__(self, client: socket.socket, server: socket.socket, passing: threading.Event):
        self._ends = client, server
        self._passing = passing
        self._cut = threading.Event()
        self._threads = [
            threading.Thread(target=self._pass, args=pair, daemon=True)
            for pair in ((client, server), (server, client))
        ]
        for thread in self._threads:
            thread.start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                while not self._passing.wait(0.02):
                    if self._cut.is_set():
                        return
                sink.sendall(data)
        self._shut()

    def _shut(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self._cut.set()
        self._shut()
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()


class Proxy:
    """Passes bytes on, on loopback; can cut every connection, or pass nothing on any more."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._passing = threading.Event()
        self._passing.set()
        self._closing = threading.Event()
        self._tunnels: list[_Tunnel] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            ready, _, _ = select.select([self._listener], [], [], 0.05)
            if ready:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
                except OSError:
                    client.close()
                else:
                    server.settimeout(None)
                    with self._lock:
                        self._tunnels.append(_Tunnel(client, server, self._passing))

    def cut(self) -> None:
        """Break every connection that there is; new ones are served."""
        with self._lock:
            tunnels, self._tunnels = self._tunnels, []
        for tunnel in tunnels:
            tunnel.cut()

    def partition(self) -> None:
        """Pass nothing on any more, but leave the connections, and new ones, open."""
        self._passing.clear()

    def heal(self) -> None:
        """Pass everything on again, what was held back included."""
        self._passing.set()

    def close(self) -> None:
        """Stop."""
        self._closing.set()
        self._thread.join()
        self._listener.close()
        self.cut()


@contextmanager
def proxied(target: int) -> Generator[Proxy]:
    """Run a proxy to a port as long as the block lasts."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
