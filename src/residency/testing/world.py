"""What a property is given: a policy, an implementation of it, and the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, closing
from copy import copy
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Final, final

from residency.consent import ConsentEvent
from residency.geography import CLOUD_REGIONS, TERRITORIES
from residency.policy import read_policy
from residency.policy.source import read_source
from residency.testing.countries import territory_of
from residency.testing.exemptions import exempt
from residency.testing.expectation import expect
from residency.testing.reference import (
    Place,
    Placed,
    Question,
    Refused,
    Verdict,
    locate,
    place,
    transfer,
)
from residency.testing.scenes import Scene
from residency.testing.source import read_document, write_document
from residency.testing.target import Answer, Factory, Request, SignUp, Target

__all__ = ["NOON", "World"]

NOON: Final = datetime(2023, 5, 1, 12, tzinfo=UTC)
"""The moment that requests are about where the moment makes no difference."""


@final
class World:
    """One policy document, as an implementation and as the reference evaluator understand it.

    Args:
        document: the document's text.
        factory: makes the implementation from it.

    Attributes:
        policy: the document as the strategies read it.
        document: the document as the reference evaluator reads it.
        text: the document's text.
        factory: makes another instance of the implementation.
        target: the implementation.
        inquiries: for each set of designated zones that there is, a request without destination.
    """

    def __init__(self, document: str, factory: Factory) -> None:
        self.text = document
        self.policy = read_policy(document.encode())
        self.document = read_document(document.encode())
        self.factory = factory
        self.target: Target = factory(document)
        self._places: dict[tuple[object, ...], Placed | str] = {}
        self._territories: dict[str, str | None] = {}
        self._located: dict[date, tuple[Place, ...]] = {}
        self.inquiries = self._inquiries()

    def __repr__(self) -> str:
        return f"World({self.policy.reference})"

    @classmethod
    def of(cls, source: str, factory: Factory) -> World:
        """Open a world.

        Args:
            source: the name of a bundled policy document, or the path of one.
            factory: makes the implementation.

        Raises:
            PolicyError: the document cannot be read.
        """
        data = read_source(source)
        # Before it is a text: what cannot be one is refused in so many words, and the revision is
        # that of the file, byte order mark included.
        policy = read_policy(data)
        world = cls(data.decode("utf-8-sig"), factory)
        world.policy = policy
        return world

    def opened(self, document: str | None = None) -> AbstractContextManager[Target]:
        """Return a further instance of the implementation, closed at the end of the context.

        Args:
            document: the text of its policy document; this world's if left out.
        """
        return closing(self.factory(self.text if document is None else document))

    def against(self, factory: Factory) -> World:
        """Return the world of the same policy with another implementation.

        Args:
            factory: makes the implementation.
        """
        other = copy(self)
        vars(other).pop("twin", None)
        other.factory, other.target = factory, factory(self.text)
        return other

    @cached_property
    def twin(self) -> World:
        """The same world with an implementation of its own."""
        return self.against(self.factory)

    def close(self) -> None:
        """Close the implementation, and that of the twin."""
        self.target.close()
        if "twin" in vars(self):
            self.twin.close()

    # --- asking the implementation --------------------------------------------------------------

    def place(self, signup: SignUp, solution: str) -> Placed | str:
        """Return where the implementation places data, or the kind of its error."""
        try:
            return self.target.place(signup, solution)
        except Refused as refused:
            return str(refused)

    def hold(self, events: Iterable[ConsentEvent]) -> None:
        """Let the ledger hold these events and no others."""
        self.target.clear()
        for event in events:
            self.target.append(event)

    def decide(self, request: Request) -> Answer:
        """Return what the implementation decides by what its ledger holds.

        A typed error permits nothing, so it counts as a denial whose reason is the error's kind.
        """
        try:
            answer = self.target.decide(request)
        except Refused as refused:
            return Answer(permitted=False, reason=str(refused))
        agrees = answer.permitted is answer.verdict.permitted
        expect(agrees, f"{request}: the reason contradicts the answer: {answer}")
        return answer

    def ask(self, scene: Scene) -> Answer:
        """Return what the implementation decides where the ledger holds the scene's events."""
        self.hold(scene.events)
        return self.decide(scene.request)

    # --- asking the reference -------------------------------------------------------------------

    def expected_place(self, signup: SignUp, solution: str) -> Placed | str:
        """Return where data belongs, or the kind of the error; the country must be a known one."""
        territory = self.territory(signup.country)
        expect(territory is not None, f"{signup.country!r} is no country")
        agreed = dict(signup.agreements).get(solution)
        key = (territory, signup.entity, signup.day, solution, agreed)
        if key not in self._places:
            try:
                self._places[key] = place(
                    self.document,
                    territory or "",
                    signup.entity,
                    signup.day,
                    solution,
                    agreement_zone=agreed,
                )
            except Refused as refused:
                self._places[key] = str(refused)
        return self._places[key]

    def territory(self, text: str) -> str | None:
        """Return the territory that a text names; None if it names none, or not exactly one."""
        if text not in self._territories:
            self._territories[text] = territory_of(text)
        return self._territories[text]

    def expected(self, scene: Scene, placed: Placed | None = None) -> Verdict:
        """Return what the policy says of a scene.

        Where it says nothing, the reason is the kind of the error.

        Args:
            scene: the request and the events.
            placed: where the data was designated to be; decided by the policy if left out.
        """
        request = scene.request
        placed = placed or self.placed(request)
        question = Question(
            request.signup.account,
            request.solution,
            request.to,
            request.at,
            source=request.source,
            category=request.category,
            purpose=request.purpose,
        )
        try:
            verdict = transfer(self.document, placed, question, scene.events)
        except Refused as refused:
            return Verdict(str(refused), ())
        return exempt(self.document, placed, question, verdict, request.claim)

    @cached_property
    def territories(self) -> tuple[str, ...]:
        """A territory for each ground, and for each way in which accounts are placed."""
        found: dict[object, str] = {}
        for territory in TERRITORIES:
            ground = locate(self.document, f"country:{territory}", NOON.date())
            placed = tuple(
                self.expected_place(SignUp("acme", territory, entity, NOON.date()), solution)
                for entity in self.policy.entities
                for solution in self.policy.solutions
            )
            found.setdefault((ground and ground.zone, placed), territory)
        return tuple(found.values())

    @cached_property
    def outside(self) -> str | None:
        """A place that lies in no zone; None where every place lies in one."""
        return next((place.label for place in self.located(NOON) if place.zone is None), None)

    def located(self, at: datetime) -> tuple[Place, ...]:
        """Return every zone, country and cloud region as the policy sees it on a day."""
        on = at.astimezone(UTC).date()
        if on not in self._located:
            regions = (
                f"{cloud}:{region}" for cloud, known in CLOUD_REGIONS.items() for region in known
            )
            texts = [
                *(f"zone:{zone}" for zone in self.policy.zones),
                *(f"country:{territory}" for territory in TERRITORIES),
                *regions,
            ]
            found = (locate(self.document, text, on) for text in texts)
            self._located[on] = tuple(each for each in found if each is not None)
        return self._located[on]

    def placed(self, request: Request) -> Placed:
        """Return where the data of a request belongs; the country and the entity are known."""
        found = self.expected_place(request.signup, request.solution)
        if isinstance(found, str):
            raise Refused(found)
        return found

    def home(self, placed: Placed, at: datetime = NOON) -> str | None:
        """Return a place to which designated data may be written without any consent.

        A hosting country may have left the zone since; None if all have, and the policy asks for
        one of them.

        Args:
            placed: where the data is designated to be.
            at: the moment of the write.
        """
        on = at.astimezone(UTC).date()
        for text in map("country:{}".format, placed.hosting):
            place = locate(self.document, text, on)
            if place is not None and place.zone in placed.zones:
                return text
        return None if self.policy.enforce_hosting else f"zone:{placed.zones[0]}"

    def changed(self, **tables: object) -> str:
        """Return the text of the document with some of its tables replaced."""
        return write_document({**self.document, **tables})  # type: ignore[typeddict-item]  # any table

    def _inquiries(self) -> dict[tuple[str, ...], Request]:
        found: dict[tuple[str, ...], Request] = {}
        for territory in TERRITORIES:
            for entity in self.policy.entities:
                signup = SignUp("acme", territory, entity, NOON.date())
                for solution in self.policy.solutions:
                    placed = self.expected_place(signup, solution)
                    if isinstance(placed, Placed) and placed.zones not in found:
                        found[placed.zones] = Request(
                            signup=signup, solution=solution, to=(), at=NOON
                        )
        return found
