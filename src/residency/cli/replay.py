"""``residency replay``: decide again what receipts say was decided."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from residency.checks import LONGEST_RECEIPT
from residency.cli.files import open_source
from residency.cli.options import locations_option
from residency.cli.progress import progress
from residency.errors import ErrorKind, InputError, quote
from residency.geography import LOCATIONS
from residency.placement import Router
from residency.policy import bundled_names, load_locations, load_policy

if TYPE_CHECKING:  # which needs another extra
    from residency.receipts import Link, Replay

__all__ = ["replay"]


@contextmanager
def _lines(path: str) -> Generator[Iterator[bytes], None, None]:
    """Open a file of receipts, and show how far it is read.

    Of a line that is too long for a receipt only the beginning is given, which is none.
    """
    with open_source(path) as source, progress(source.size) as show:
        # What is opened there is a file, or standard input: both are read by lines too.
        stream = cast("BinaryIO", source.stream)

        def lines() -> Iterator[bytes]:
            read = number = 0
            while line := stream.readline(LONGEST_RECEIPT):
                number += 1
                yield line
                read += len(line)
                while len(line) == LONGEST_RECEIPT and not line.endswith(b"\n"):
                    line = stream.readline(LONGEST_RECEIPT)
                    read += len(line)
                show(number if source.size is None else read)

        yield lines()


class _Policies:
    """Finds the policy that a receipt names: the one that was chosen, or a bundled one.

    Args:
        policy: the one that was chosen; None for the bundled ones.
        locations: the path of a file with places of the user's own, which any of them knows.

    Raises:
        PolicyError: either cannot be read, or is refused.
    """

    def __init__(self, policy: str | None, locations: str | None) -> None:
        # Read at once: what is refused is refused whether or not a receipt asks for it.
        self._locations = LOCATIONS if locations is None else load_locations(locations)
        self._chosen = None if policy is None else self._load(policy)
        self._found: dict[str, Router] = {}

    def _load(self, name: str) -> Router:
        return Router(load_policy(name, locations=self._locations))

    def find(self, body: Mapping[str, object]) -> Router | None:
        """Return the compiled policy of a receipt; None if it names none that is here."""
        match body.get("policy"):
            case {"id": str(policy), "effective": str(day)} if self._chosen is None:
                name = f"{policy}/{day}"
                if name not in self._found and name in bundled_names():
                    self._found[name] = self._load(name)
                return self._found.get(name)
            case _:
                return self._chosen


def _decide_again(link: Link, policies: _Policies) -> Replay | None:
    from residency.receipts import Agreed, Replay
    from residency.receipts import replay as decide_again

    if link.body is None:
        return None
    router = policies.find(link.body)
    return Replay(Agreed.UNKNOWN_POLICY) if router is None else decide_again(link.body, router)


def _problems(link: Link, again: Replay | None) -> Iterator[str]:
    """Yield what is wrong with a receipt, in words."""
    if link.damage is not None:
        yield _DAMAGE[link.damage]
    if again is not None and again.agreed != "agrees":
        yield _DISAGREEMENT[again.agreed].format(
            reason=None if again.found is None else again.found["reason"], error=again.error
        )


_DAMAGE = {
    "unreadable": "is no receipt; it was cut off, is too long, or is no canonical JSON",
    "altered": "was altered: its hash does not fit what it says",
    "missing": "does not follow the one before: one between them is missing, or was moved",
}
_DISAGREEMENT = {
    "differs": "says otherwise: decided again, the reason is {reason}",
    "another-revision": "is of another revision of the policy or the data: nothing can be said",
    "unknown-policy": "names a policy that is not here: give it with --policy",
    "unreadable": "holds inputs that cannot be read ({error})",
}


@click.command
@click.argument("source", metavar="FILE")
@click.option(
    "--policy",
    metavar="NAME|PATH",
    help="The policy document; by default the bundled one that each receipt names.",
)
@click.option("--head", metavar="HASH", help="The hash of the last receipt, kept elsewhere.")
@locations_option
def replay(*, source: str, policy: str | None, head: str | None, locations: str | None) -> int:
    """Decide again, offline, what the receipts in FILE say was decided.

    What is wrong with a receipt, or with the chain, is a line of the output. The exit code is 1 if
    anything is, and 2 if there is no receipt at all.

    Raises:
        InputError: the file cannot be opened (UNREADABLE), or holds no receipt and no head was
            given to compare with (MALFORMED).
        PolicyError: the policy or the locations cannot be read, or are refused.
    """
    from residency.receipts import GENESIS, read_chain  # needs another extra

    policies = _Policies(policy, locations)
    agreed = receipts = 0
    last, whole = GENESIS, True
    with _lines(source) as lines:
        for link in read_chain(lines):
            again = _decide_again(link, policies)
            for problem in _problems(link, again):
                click.echo(f"line {link.line}: {problem}")
                whole = False
            receipts += 1
            agreed += again is not None and again.agreed == "agrees"
            last = link.hash or GENESIS
    # Who keeps a head knows what to expect, though it be nothing.
    if not receipts and head is None:
        message = f"{quote(source)} holds no receipt, so that there is nothing to decide again"
        raise InputError(message, kind=ErrorKind.MALFORMED, value=source)
    if head is not None and head != last:
        click.echo(f"the chain does not end in {quote(head)}: receipts at its end are missing")
        whole = False
    click.echo(f"{receipts} receipts, {agreed} agree; the head is {last}")
    return 0 if whole else 1
