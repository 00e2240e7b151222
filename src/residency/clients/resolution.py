"""What the web integrations share: asking a resolver, which the user gives, for the account."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable

from residency.guard import Subject

__all__ = ["Answer", "resolved"]

Answer = Subject | None | Awaitable[Subject | None]
"""What a resolver returns: an account or a designation, None for nobody, or one to await."""


async def resolved(answer: Answer) -> Subject | None:
    """Return a resolver's answer, awaited if it has to be."""
    if inspect.isawaitable(answer):
        return await answer
    return answer
