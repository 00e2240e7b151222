"""`residency policy`: check, show, compare, and the schema."""

import csv
import io
import json
from pathlib import Path

import pytest

from residency.cli.policy_diff import COLUMNS
from residency.policy import document_schema
from tests.cli.running import Ran, run_here
from tests.policy.documents import BUNDLED, FOUR_ZONES

_TEXT = BUNDLED.read_text(encoding="utf-8")


def _edited(folder: Path, *edits: tuple[str, str]) -> str:
    text = _TEXT
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    path = folder / "new.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


class TestCheck:
    """`check` answers whether a document can be used."""

    def test_a_sound_document(self) -> None:
        """A sound document is named with its revision."""
        ran = run_here("policy", "check", str(FOUR_ZONES))
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("Sound: halcyon")

    @pytest.mark.parametrize(
        ("before", "after", "shown"),
        [
            ('zone = "EU"', 'zone = "EUROPA"', "(INVALID_POLICY): rules[1].zone: "),
            ("schema = 1", "schema = ", "(MALFORMED): line "),
        ],
    )
    def test_a_mistake(self, tmp_path: Path, before: str, after: str, shown: str) -> None:
        """The first mistake is told with the place where it stands, and the exit code is 1."""
        ran = run_here("policy", "check", _edited(tmp_path, (before, after)))
        assert (ran.code, ran.err) == (1, "")
        assert shown in ran.out

    def test_a_file_that_is_not_there(self) -> None:
        """What cannot be read was not checked: the exit code is 2."""
        ran = run_here("policy", "check", "missing.toml")
        assert (ran.code, ran.out) == (2, "")


class TestShow:
    """`show` says what a policy promises."""

    @pytest.mark.parametrize(
        "line",
        [
            "XMedius Website Privacy Policy",
            "  30 days' notice of what raises privacy risk (§1(notice))",
            "  EU: European Union",
            "  within EU: EU (§5(ii))",
            "  elsewhere: US by xmedius-solutions, EU by xmedius-europe (§5(iv))",
            "  xm-fax: US in US, EU in FR, CA in CA, by country, colocation (§3.1)",
            "    system-logs: 1 year after creation (§3.1)",
            "    card-data: not stated (§3.4)",
            "  license-servers: US in US, CA in CA, always, own-servers (§3.5)",
            "  LEGAL_OBLIGATION: a public authority demands data; shown reference (§4(authority))",
            "  sms-voice: SMS and voice providers; no safeguards on record (§3.2)",
        ],
    )
    def test_its_promises(self, line: str) -> None:
        """Each part of the document is a line, with its clause."""
        ran = run_here("policy", "show")
        assert (ran.code, ran.err) == (0, "")
        assert line in ran.out.splitlines()

    def test_another_policy(self) -> None:
        """A document of one's own is shown by its path."""
        assert "APAC" in run_here("policy", "show", "--policy", str(FOUR_ZONES)).out


def test_the_schema() -> None:
    """`schema` writes the JSON Schema as it is shipped."""
    ran = run_here("policy", "schema")
    assert (ran.code, ran.out) == (0, document_schema())


_SWISS = ('union = "EU"\nsource = "TEU 52, TFEU 349 and 355: where',
          'codes = ["CH"]\nunion = "EU"\nsource = "TEU 52, TFEU 349 and 355: where')  # fmt: skip
_AFTER = "days after account-termination"
_ALL = (
    _SWISS,
    ("amount = 90", "amount = 80"),
    ("handling_only = true", "handling_only = false"),
    ('countries = ["US"]', 'countries = ["US", "CA"]'),
    ('id = "card-data"', 'id = "cards"'),
)


class TestDiff:
    """`diff` says what changes, and from when it may."""

    def _lines(self, ran: Ran) -> list[str]:
        assert ran.err == ""
        return ran.out.splitlines()

    def test_nothing(self) -> None:
        """Equal policies have no changes, which need no notice."""
        ran = run_here("policy", "diff", "xmedius", "xmedius", "--announced", "2020-11-01")
        lines = self._lines(ran)
        assert ran.code == 0
        assert lines[2] == "0 changes, 0 of which may raise privacy risk (!)."
        assert lines[3] == (
            "Announced on 2020-11-01, it may take effect on 2020-11-01 at the earliest: "
            "no notice needed (§1(notice) of the old policy)."
        )

    def test_text(self, tmp_path: Path) -> None:
        """Each change is a line, marked if it may raise privacy risk."""
        lines = self._lines(run_here("policy", "diff", "xmedius", _edited(tmp_path, *_ALL)))
        for line in (
            "! placement xm-fax CH (order by xmedius-solutions): US in US -> EU in FR",
            "  placement xm-fax CH (order by nobody): refused -> EU in FR",
            "! transfer xm-fax from EU to country:CH since 2020-11-01: NO_CONSENT -> WITHIN_ZONE",
            f"  retention shrinks xm-fax fax-data: 90 {_AFTER} -> 80 {_AFTER}",
            "! retention unclear billing cards: no such category -> not stated",
            "! exemption PROCESSOR: wider: handling_only",
            "! provider hosted-applications: wider: countries",
        ):
            assert line in lines

    def test_eras_and_all_territories(self, tmp_path: Path) -> None:
        """Setup days and all territories at once are said in words."""
        new = _edited(
            tmp_path,
            ("union = \"EU\"\nsource = \"TEU 52, TFEU 349 and 355: where",
             "union = \"EU\"\nexcept = [\"GB\"]\nsource = \"TEU 52, TFEU 349 and 355: where"),
            ('hosting = "private-cloud"\nstorage = { US = ["US"] }',
             'hosting = "private-cloud"\nstorage = { CA = ["CA"] }'),
        )  # fmt: skip
        lines = self._lines(run_here("policy", "diff", "xmedius", new))
        assert "! placement xm-connect all territories: US in US -> CA in CA" in lines
        assert (
            "! placement xm-fax GB (order by xmedius-solutions) since 1973-01-01 until 2020-02-01: "
            "EU in FR -> US in US"
        ) in lines

    @pytest.mark.parametrize(
        ("effective", "announced", "code"),
        [
            ("2026-01-31", "2026-01-01", 0),
            ("2026-01-31", "2026-01-02", 1),
            ("2026-01-30", "2026-01-01", 1),
        ],
    )
    def test_notice(self, tmp_path: Path, effective: str, announced: str, code: int) -> None:
        """§1: what raises privacy risk takes effect 30 days after it was announced, or is early."""
        new = _edited(tmp_path, _SWISS, ("effective = 2020-11-01", f"effective = {effective}"))
        ran = run_here("policy", "diff", "xmedius", new, "--announced", announced)
        assert ran.code == code
        assert "30 days' notice (§1(notice) of the old policy)" in ran.out
        assert ("that is too early" in ran.out) is bool(code)

    def test_rows(self, tmp_path: Path) -> None:
        """CSV and JSON have a row for each change, with the documented columns."""
        new = _edited(tmp_path, *_ALL)
        as_csv = run_here("policy", "diff", "xmedius", new, "--format", "csv").out
        as_json = run_here("policy", "diff", "xmedius", new, "--format", "json").out
        rows = list(csv.DictReader(io.StringIO(as_csv)))
        read = json.loads(as_json)
        assert tuple(rows[0]) == tuple(read[0]) == COLUMNS
        assert len(rows) == len(read)
        [moved] = [
            row
            for row in read
            if (row["change"], row["subject"], row["entity"]) == ("transfer", "xm-fax", None)
        ]
        assert (moved["risk"], moved["zones"]) == (True, ["EU"])
        assert moved["destinations"] == ["country:CH"]

    def test_no_rows(self) -> None:
        """Where nothing changes, JSON is an empty array and CSV its header."""
        assert run_here("policy", "diff", "xmedius", "xmedius", "--format", "json").out == "[]\n"
        out = run_here("policy", "diff", "xmedius", "xmedius", "--format", "csv").out
        assert out == ",".join(COLUMNS) + "\n"

    def test_into_a_file(self, tmp_path: Path) -> None:
        """The comparison goes where it is told to."""
        sink = tmp_path / "changes.txt"
        ran = run_here("policy", "diff", "xmedius", "xmedius", "--output", str(sink))
        assert (ran.code, ran.out) == (0, "")
        assert "0 changes" in sink.read_text(encoding="utf-8")
