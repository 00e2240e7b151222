"""What a refusal tells a program: its class, its kind and the value that it keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from residency.errors import ResidencyError

Told: TypeAlias = tuple[type[ResidencyError], str, object]


def refused(call: Callable[[], object]) -> ResidencyError:
    """Return the error that a call raises."""
    with pytest.raises(ResidencyError) as caught:
        call()
    return caught.value


def told(call: Callable[[], object]) -> Told:
    """Return the class, the kind and the value of the error that a call raises."""
    error = refused(call)
    return type(error), error.kind, error.value
