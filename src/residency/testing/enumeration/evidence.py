"""The evidence of a comparison: what was asked, of which data, and what came of it.

There is no time in it and nothing of the machine but the versions, so that two runs over the same
data by the same versions write the same bytes.
"""

from __future__ import annotations

import json
import platform
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Final

from residency.geography import GEOGRAPHY_REVISION
from residency.policy import Policy
from residency.testing.enumeration.comparison import Difference, Outcome
from residency.testing.enumeration.stages import STAGES

__all__ = ["EVIDENCE_FORMAT", "StageTally", "Tally", "evidence", "evidence_text"]

EVIDENCE_FORMAT: Final = 1
"""The version of the evidence's form."""


class StageTally:
    """The counts of one stage, and the digest of its parts' digests.

    Attributes:
        compared: how many inputs were compared.
        agreed: how many of them were answered alike.
    """

    def __init__(self) -> None:
        self.compared = 0
        self.agreed = 0
        self._digest = sha256()

    def add(self, outcome: Outcome) -> None:
        """Count a part in; parts come in order."""
        self.compared += outcome.compared
        self.agreed += outcome.agreed
        self._digest.update(f"{outcome.digest}\n".encode())

    @property
    def digest(self) -> str:
        """The SHA-256 of the digests of the parts, each followed by a line feed."""
        return self._digest.hexdigest()


class Tally:
    """The counts of a comparison.

    Args:
        keep: the most differences that are kept, the first of them.

    Attributes:
        stages: the counts by stage.
        differences: the first differences.
    """

    def __init__(self, keep: int = 10) -> None:
        self._keep = keep
        self.stages: dict[str, StageTally] = {}
        self.differences: list[Difference] = []

    def add(self, outcome: Outcome) -> None:
        """Count a part in."""
        self.stages.setdefault(outcome.part.stage, StageTally()).add(outcome)
        self.differences += outcome.differences[: self._keep - len(self.differences)]

    @property
    def compared(self) -> int:
        """How many inputs were compared."""
        return sum(stage.compared for stage in self.stages.values())

    @property
    def agreed(self) -> int:
        """How many of them were answered alike."""
        return sum(stage.agreed for stage in self.stages.values())


def evidence(policy: Policy, document: bytes, tally: Tally) -> dict[str, object]:
    """Return the evidence that a comparison with the reference evaluator gives.

    Args:
        policy: the policy that decided.
        document: the bytes of its document.
        tally: the counts.
    """
    return {
        "format": EVIDENCE_FORMAT,
        "policy": {
            "id": policy.reference.id,
            "effective": policy.reference.effective.isoformat(),
            "revision": policy.reference.revision,
            "document_sha256": sha256(document).hexdigest(),
        },
        "data": {
            "geography": GEOGRAPHY_REVISION,
            "locations": policy.locations.revision,
            "memberships": policy.memberships.revision,
        },
        "versions": {
            "residency": version("residency"),
            "python": platform.python_version(),
            "unicode": unicodedata.unidata_version,
        },
        "compared": tally.compared,
        "agreed": tally.agreed,
        "stages": {
            name: {
                "says": STAGES[name].says,
                "compared": stage.compared,
                "agreed": stage.agreed,
                "sha256": stage.digest,
            }
            for name, stage in tally.stages.items()
        },
        "differences": _listed(tally.differences),
    }


def _listed(differences: Iterable[Difference]) -> list[dict[str, str]]:
    return [difference._asdict() for difference in differences]


def evidence_text(found: Mapping[str, object]) -> str:
    """Return evidence as text: readable, and the same bytes for the same evidence."""
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
