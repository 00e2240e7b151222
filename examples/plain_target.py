"""An adapter: lets the properties check a program that speaks JSON Lines.

    pytest --pyargs residency.testing.properties --residency-target=plain_target:spawned

Change the command to check a program of your own, in whatever language it is written; what is said
on each line is described in docs/reference/target-protocol.md.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from attrs import asdict

import residency
from residency.consent import ConsentEvent
from residency.consent.codec import event_to_json
from residency.testing import Placed, Refused
from residency.testing.target import Answer, LedgerFault, Request, SignUp

GEOGRAPHY = Path(residency.__file__).parent / "geography" / "data"
COMMAND = [sys.executable, str(Path(__file__).with_name("plain_residency.py")), str(GEOGRAPHY)]

Json = dict[str, Any]


class JsonTarget:
    """A target that answers JSON objects."""

    def __init__(self, answer: Callable[[Json], Json], close: Callable[[], None]) -> None:
        self.answer = answer
        self.close = close

    def place(self, signup: SignUp, solution: str) -> Placed:
        """Ask where data is designated to be."""
        found = self._ask("place", signup=_signup(signup), solution=solution)
        return Placed(tuple(found["zones"]), tuple(found["hosting"]), found["clause"])

    def designate(self, signup: SignUp, solution: str) -> str:
        """Ask for the placement as a text."""
        return str(self._ask("designate", signup=_signup(signup), solution=solution))

    def decide(self, request: Request) -> Answer:
        """Ask for a decision."""
        found = self._ask("decide", request=_request(request))
        return Answer(
            found["permitted"],
            found["reason"],
            tuple(found["clauses"]),
            tuple(found["consents"]),
            tuple(found["zones"]),
        )

    def append(self, event: ConsentEvent) -> None:
        """Have an event recorded."""
        self._ask("append", event=event_to_json(event))

    def fail(self, fault: LedgerFault) -> None:
        """Have the ledger fail."""
        self._ask("fail", fault=str(fault))

    def clear(self) -> None:
        """Have the ledger emptied."""
        self._ask("clear")

    def _ask(self, call: str, **arguments: object) -> Any:
        reply = self.answer({"call": call, **arguments})
        if "refused" in reply:
            raise Refused(reply["refused"])
        return reply["ok"]


def _signup(signup: SignUp) -> Json:
    return {**asdict(signup), "day": signup.day.isoformat()}


def _request(request: Request) -> Json:
    claim = request.claim and request.claim._asdict()
    return {
        **{name: getattr(request, name) for name in _PLAIN},
        "signup": _signup(request.signup),
        "at": request.at.isoformat(),
        "claim": claim and {name: _text(value) for name, value in claim.items()},
    }


_PLAIN = ("solution", "to", "source", "category", "purpose", "designation")


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def spawned(document: str) -> JsonTarget:
    """Start the program, and return a target that asks it."""
    program = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    reads, writes = program.stdout, program.stdin
    if reads is None or writes is None:
        raise RuntimeError("the program has no standard input and output")

    def answer(message: Json) -> Json:
        print(json.dumps(message), file=writes, flush=True)
        line = reads.readline()
        if not line:
            raise BrokenPipeError("the program ended without an answer")
        reply: Json = json.loads(line)
        return reply

    def close() -> None:
        with suppress(BrokenPipeError):  # it may have ended by itself
            writes.close()
        program.wait(timeout=10)
        reads.close()

    try:
        answer({"call": "open", "policy": document})
    except BaseException:
        program.kill()  # or it might wait, and hide what went wrong
        close()
        raise
    return JsonTarget(answer, close)
