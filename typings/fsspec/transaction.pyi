from collections import deque

class Transaction:
    files: deque[object]
    def complete(self, commit: bool = True) -> None: ...
