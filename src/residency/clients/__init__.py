"""Storage clients and web frameworks that keep the promise, each in one file, each optional.

The core knows none of them. :func:`acting_for` says for whom a program writes; a guarded client
asks the guard before it does.
"""

from residency.clients.context import Acting, acting_for, carry, current_account

__all__ = ["Acting", "acting_for", "carry", "current_account"]
