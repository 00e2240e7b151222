"""Where a bucket or a folder says that its bytes come to rest."""

from __future__ import annotations

from residency.checks import items_of, require_text
from residency.errors import ErrorKind, InputError

__all__ = ["places_of", "require_location"]


def require_location(location: object, owner: str) -> str | tuple[str, ...]:
    """Return a location as the guard's ``to`` takes it: one text, or each place of several.

    Args:
        location: a text, or a tuple, list or set of them.
        owner: whose location it is, as the message calls it.

    Raises:
        InputError: a text is missing or malformed.
    """
    several = items_of(location)
    places = [
        require_text(place, f"{owner}'s location")
        for place in ((location,) if several is None else several)
    ]
    if not places:
        message = f"{owner} has no location: name each place its bytes come to rest in"
        raise InputError(message, kind=ErrorKind.EMPTY, value=location)
    # One place is passed to the guard as text: the guard keeps its answers for texts.
    return places[0] if len(places) == 1 else tuple(places)


def places_of(location: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return each place of a location."""
    return (location,) if isinstance(location, str) else location
