"""Wrong ways to read a ledger, to keep what was read, and to fail."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from plain_geography import Json
from plain_placement import Placed
from plain_residency import Plain
from tests.wrong.wrong import caught_by


@caught_by("TestFinality")
class WithdrawalKeptWaiting(Plain):
    """Keeps what it read of an account, and does not see what happens later."""

    def read(self, account: str) -> list[Json]:
        kept: dict[str, list[Json]] = vars(self).setdefault("kept", {})
        if account not in kept:
            kept[account] = super().read(account)
        return kept[account]

    def clear(self) -> None:
        super().clear()
        vars(self).pop("kept", None)


@caught_by("TestFinality")
class WithdrawalFromItsDate(Plain):
    """Lets a withdrawal count from the moment that is written in it."""

    def state(self, events: list[Json], at: datetime) -> str:
        known = [
            each
            for each in events
            if each["event_state"] in {"given", "renewed"}
            or datetime.fromisoformat(each["event_time"]) <= at
        ]
        return super().state(known, at)


@caught_by("TestFinality")
class RenewalRevives(Plain):
    """Lets a renewal undo a withdrawal."""

    def state(self, events: list[Json], at: datetime) -> str:
        if any(each["event_state"] == "renewed" for each in events):
            events = [each for each in events if each["event_state"] in {"given", "renewed"}]
        return super().state(events, at)


@caught_by("TestFinality")
class GivenAgain(Plain):
    """Takes a record that is given once more for a new one."""

    def state(self, events: list[Json], at: datetime) -> str:
        given = [each for each in events if each["event_state"] == "given"]
        return super().state(given if len(given) > 1 else events, at)


@caught_by("TestFinality")
class RevocationIgnored(Plain):
    """Knows of no party but the customer who could end a consent."""

    def append(self, event: Json) -> None:
        if event["event_state"] != "revoked":
            super().append(event)


@caught_by("TestFinality")
class InvalidationIgnored(Plain):
    """Takes a record for evidence although it was found to be none."""

    def append(self, event: Json) -> None:
        if event["event_state"] != "invalidated":
            super().append(event)


@caught_by("TestFinality")
class RevocationIsWithdrawal(Plain):
    """Does not tell who ended a consent."""

    def append(self, event: Json) -> None:
        ended = event["event_state"] == "revoked"
        super().append({**event, "event_state": "withdrawn"} if ended else event)


@caught_by("TestFailClosed")
class OpenOnError(Plain):
    """Permits while the ledger fails, so that nobody has to wait."""

    def without_ledger(self, placed: Placed, clause: str) -> Json:
        decided = super().without_ledger(placed, clause)
        return {**decided, "permitted": True, "reason": "WITHIN_ZONE"}


@caught_by("TestFailClosed")
class OpenOnTimeout(Plain):
    """Goes by what it knows when the ledger is late."""

    def read(self, account: str) -> list[Json]:
        return (
            self.readable(self.events, account)
            if self.fault == "timeout"
            else super().read(account)
        )


@caught_by("TestFailClosed")
class GarbagePassedOver(Plain):
    """Passes over what it cannot read, though it may be a withdrawal."""

    def readable(self, held: list[Any], account: str) -> list[Json]:
        return super().readable([each for each in held if isinstance(each, dict)], account)


@caught_by("TestFailClosed")
class ExemptionWithoutLedger(Plain):
    """Takes a ledger that fails for one that holds nothing, and looks at the exemption then."""

    def read(self, account: str) -> list[Json]:
        try:
            return super().read(account)
        except OSError:
            return []


@caught_by("TestFailClosed")
class FirstContentsCount(Plain):
    """Goes by the first of two records under one id."""

    def readable(self, held: list[Any], account: str) -> list[Json]:
        first: dict[str, Any] = {}
        for event in super().readable(held, account):
            first.setdefault(f"{event['record_id']} {event['event_state']}", event)
        return list(first.values())


class _ComparingPurposes(Plain):
    """Compares one kind of event with the consent that was given by its purposes alone."""

    compared = ""

    def state(self, events: list[Json], at: datetime) -> str:
        given = next(each for each in events if each["event_state"] == "given")["consent_record"]
        alike = [
            {**each, "consent_record": {**given, "purposes": each["consent_record"]["purposes"]}}
            if each["event_state"] == self.compared
            else each
            for each in events
        ]
        return super().state(alike, at)


@caught_by("TestFailClosed")
class RenewalOnOtherTerms(_ComparingPurposes):
    """Lets a renewal change everything but the purposes."""

    compared = "renewed"


@caught_by("TestFailClosed")
class ContradictionOverlooked(_ComparingPurposes):
    """Takes two records under one id for the same if their purposes are."""

    compared = "given"


@caught_by("TestFailClosed")
class OtherEndOverlooked(Plain):
    """Takes two records under one id for the same if they only end at another time."""

    def state(self, events: list[Json], at: datetime) -> str:
        given = next(each for each in events if each["event_state"] == "given")["consent_record"]
        end = {"valid_until": given.get("valid_until")}
        alike = [
            {**each, "consent_record": {**each["consent_record"], **end}}
            if each["event_state"] == "given"
            else each
            for each in events
        ]
        return super().state(alike, at)


@caught_by("TestFailClosed")
class FailureIsSilence(Plain):
    """Says, while the ledger fails, that nothing was consented to."""

    def without_ledger(self, placed: Placed, clause: str) -> Json:
        return {**super().without_ledger(placed, clause), "reason": "NO_CONSENT"}


@caught_by("TestFailClosed")
class RenewalIsConsent(Plain):
    """Takes a renewal of what was never given for a consent."""

    def append(self, event: Json) -> None:
        renewed = event["event_state"] == "renewed"
        super().append({**event, "event_state": "given"} if renewed else event)


class _Keeping(Plain):
    """Keeps its decisions by some part of the question, until the ledger is cleared."""

    def key(self, request: Json) -> Json:
        """Return what a decision is kept by."""
        return request

    def decide(self, request: Json) -> Json:
        kept: dict[str, Json] = vars(self).setdefault("kept", {})
        key = json.dumps(self.key(request), sort_keys=True)
        if key not in kept:
            kept[key] = super().decide(request)
        return kept[key]

    def append(self, event: Json) -> None:
        super().append(event)
        vars(self).pop("kept", None)

    def clear(self) -> None:
        super().clear()
        vars(self).pop("kept", None)


@caught_by("TestCacheTransparent")
class KeptWithoutItsMoment(_Keeping):
    """Keeps a decision whatever the moment, so that it outlives the consent."""

    def key(self, request: Json) -> Json:
        return {**request, "at": None}


@caught_by("TestCacheTransparent")
class KeptWithoutItsPurpose(_Keeping):
    """Keeps a decision whatever the purpose."""

    def key(self, request: Json) -> Json:
        return {**request, "purpose": None}


@caught_by("TestCacheTransparent")
class KeptWithoutItsAccount(_Keeping):
    """Keeps a decision for all accounts that set up alike."""

    def key(self, request: Json) -> Json:
        return {**request, "signup": {**request["signup"], "account": None}}


@caught_by("TestCacheTransparent")
class DenialsKept(_Keeping):
    """Keeps a denial although consent was given since."""

    def append(self, event: Json) -> None:
        kept = {
            key: each for key, each in vars(self).get("kept", {}).items() if not each["permitted"]
        }
        super().append(event)
        vars(self)["kept"] = kept


@caught_by("TestCacheTransparent")
class SourceLeftOut(_Keeping):
    """Keeps a decision wherever the data lies."""

    def key(self, request: Json) -> Json:
        return {**request, "source": None}
