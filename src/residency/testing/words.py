"""Words that are in no policy, and words that only a careless reader takes for another one."""

from __future__ import annotations

from collections.abc import Container

__all__ = ["near_misses", "unknown_word"]


def near_misses(word: str) -> tuple[str, ...]:
    """Return what is spelled much like a word and is another one: scope is exact (semantics §3).

    Args:
        word: the id of a solution, a data category or a purpose.

    Returns:
        The word in capitals, with a first capital, lengthened, and without its last character, each
        if it is a word and differs from the one given.
    """
    like = (word.upper(), word.capitalize(), f"{word}s", f"{word}-x", word[:-1].strip())
    return tuple(each for each in dict.fromkeys(like) if each not in {word, ""})


def unknown_word(known: Container[str | None], word: str = "nothing") -> str:
    """Return a word that is not among those known.

    Args:
        known: the words that there are.
        word: what it is if that is unknown; else what it begins with.
    """
    while word in known:
        word += "-x"
    return word
