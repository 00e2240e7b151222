"""A file that is open for writing, and asks again before each of its writes."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import NoReturn, Protocol, final

from residency.clients.files import Write
from residency.errors import ErrorKind, InputError

__all__ = ["GuardedFile"]


class _WritableFile(Protocol):
    """The part of fsspec's files that is used."""

    closed: bool

    def close(self) -> object: ...

    def commit(self) -> object: ...

    def discard(self) -> object: ...

    def flush(self) -> object: ...

    def read(self, size: int = -1, /) -> bytes: ...

    def readable(self) -> bool: ...

    def seek(self, position: int, whence: int = 0, /) -> int: ...

    def seekable(self) -> bool: ...

    def tell(self) -> int: ...

    def truncate(self, size: int | None = None, /) -> int: ...

    def write(self, data: bytes, /) -> int: ...


@final
class GuardedFile(io.IOBase):
    """A file whose every write, and whose end, is decided when its turn comes.

    Once a write is denied, nothing more is written: what a file system keeps back until the end is
    thrown away, so that an upload in parts leaves none behind.

    Args:
        file: the file, open.
        mode: how it was opened.
        write: what to ask.
    """

    def __init__(self, file: _WritableFile, mode: str, write: Write) -> None:
        self._file = file
        self._write = write
        self._ended = False
        self._abandoned = False
        self.mode = mode

    def __reduce__(self) -> NoReturn:
        message = "a file that is open for writing cannot be pickled: close it first"
        raise InputError(message, kind=ErrorKind.TYPE, value=self.mode)

    def ask(self) -> None:
        """Return if the file may still be written.

        Raises:
            TransferBlocked: it may not, and what was written is thrown away where it can be.
        """
        try:
            self._write.enforce()
        except BaseException:  # an interrupt too: what was not decided is not sent later
            self.discard()
            raise

    def write(self, data: bytes) -> int:
        """Write bytes, if they may still be written."""
        self.ask()
        return self._file.write(data)

    def flush(self) -> None:
        """Pass on what is buffered, if it may still be written."""
        if not self._ended:
            self.ask()
            self._file.flush()

    def truncate(self, size: int | None = None) -> int:
        """Cut the file off, or fill it up, if it may still be written."""
        self.ask()
        return self._file.truncate(size)

    def close(self) -> None:
        """Write the end, if it may still be written."""
        if not self._ended:
            self.ask()
            self._ended = True
            self._file.close()

    def commit(self) -> None:
        """Let the file of a transaction appear, if it may still be written."""
        self.ask()
        self._file.commit()

    def discard(self) -> None:
        """Throw away what was written, where the file system has kept it back."""
        if self._abandoned:
            return
        self._abandoned = self._ended = True
        with suppress(Exception):  # a file that is written in place cannot be discarded
            self._file.discard()
        try:
            self._file.closed = True  # or closing it would send the rest
        except AttributeError:
            self._file.close()

    @property
    def closed(self) -> bool:
        """Whether the file has ended."""
        return self._ended

    def readable(self) -> bool:
        """Whether it can be read as well."""
        return "+" in self.mode

    def writable(self) -> bool:
        """Whether it can be written, which it was opened for."""
        return True

    def seekable(self) -> bool:
        """Whether its position can be changed."""
        return self._file.seekable()

    def read(self, size: int = -1) -> bytes:
        """Read bytes."""
        return self._file.read(size)

    def readinto(self, buffer: memoryview) -> int:
        """Read bytes into a buffer."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, position: int, whence: int = 0) -> int:
        """Change the position."""
        return self._file.seek(position, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()
