"""`residency replay`, and the receipts of `residency decide`."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from unittest.mock import patch

import pytest

from residency import Designation
from residency.checks import LONGEST_RECEIPT
from residency.cli.lines import LONGEST_LINE
from residency.receipts import GENESIS, ReceiptWriter, link_of
from tests.cli.running import run_here
from tests.policy.documents import FOUR_ZONES
from tests.receipts.samples import KEY, ROUTER, decided, ledger_of, read, requests, written
from tests.samples import consent, german, given

_LINE = {
    "id": "acme",
    "setup_country": "DE",
    "setup_date": "2021-03-01",
    "solution": "xm-fax",
    "to": "country:FR",
}
_LINES = "".join(
    json.dumps({**_LINE, **change}) + "\n"
    for change in ({}, {"to": "aws:us-east-1"}, {"setup_country": "Congo"}, {"to": "zone:MARS"})
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the receipts are."""
    return tmp_path / "receipts.jsonl"


def test_a_batch_leaves_its_receipts(path: Path) -> None:
    """Each decision of a batch has a receipt, a refusal has none, and all agree when replayed."""
    ran = run_here("decide", "--receipts", str(path), given=_LINES)
    assert ran.code == 1
    assert ran.out == run_here("decide", given=_LINES).out
    again = run_here("replay", str(path))
    head = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["hash"]
    assert (again.code, again.out) == (0, f"3 receipts, 3 agree; the head is {head}\n")


_DESIGNATION = {
    "id": "acme",
    "designation": Designation.of(german(), ROUTER.place(german(), "xm-fax")).to_json(),
}
_INVOKED = {
    **_LINE,
    "to": "zone:US",
    "exemption": "LEGAL_OBLIGATION",
    "reference": "order about Jo Doe",
}
_AGREED = {
    **_LINE,
    "agreement_zone": "CA",
    "agreement_reference": "contract of Jo Doe",
    "agreement_date": "2021-02-01",
}


def test_a_key_masks_the_receipts_of_a_batch(path: Path, tmp_path: Path) -> None:
    """With a key from a file the answers are the same, no receipt names anybody, and all agree."""
    key = tmp_path / "key"
    key.write_bytes(KEY)
    asked = (
        _DESIGNATION | {"to": "aws:us-east-1"},
        _INVOKED,
        _AGREED,
        _LINE | {"to": "zone:acme"},
    )
    lines = _LINES + "".join(json.dumps(each) + "\n" for each in asked)
    plain = run_here("decide", given=lines)
    options = ("--receipts", str(path), "--pseudonym-key", str(key))
    ran = run_here("decide", *options, given=lines)
    assert (ran.code, ran.out) == (plain.code, plain.out)
    receipts = path.read_text(encoding="utf-8")
    assert "acme" not in receipts
    assert "Jo" not in receipts
    assert [held["masked"] for held in read(path)] == [True] * 7
    again = run_here("replay", str(path))
    assert again.code == 0
    assert again.out.startswith("7 receipts, 7 agree; ")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (b"", "the key has 0 bytes: use at least 16 random ones"),
        (b"fifteen bytes..", "the key has 15 bytes: use at least 16 random ones"),
        (bytes(4_097), "has more than 4096 bytes"),
        (None, "cannot be read"),
    ],
)
def test_a_key_that_is_none_is_refused(
    key: bytes | None, said: str, path: Path, tmp_path: Path
) -> None:
    """A key that is too short, too long or not there is one line; nothing is decided or written."""
    if key is not None:
        (tmp_path / "key").write_bytes(key)
    options = ("--receipts", str(path), "--pseudonym-key", str(tmp_path / "key"))
    ran = run_here("decide", *options, given=_LINES)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert said in ran.err
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--pseudonym-key", "key"], "--pseudonym-key is for receipts"),
        (["--receipts", "r.jsonl", "--pseudonym-key", "-"], "--pseudonym-key is a file"),
    ],
)
def test_a_key_needs_receipts_and_a_file(options: list[str], said: str) -> None:
    """A key without receipts, or from where the transfers come from, is a misuse."""
    ran = run_here("decide", *options, given=_LINES)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_second_batch_goes_on(path: Path) -> None:
    """A later run appends to the chain of an earlier one."""
    for _ in range(2):
        run_here("decide", "--receipts", str(path), given=_LINES)
    assert run_here("replay", str(path)).out.startswith("6 receipts, 6 agree; ")


def test_every_kind_of_receipt_agrees(path: Path) -> None:
    """Receipts for every reason, read back from standard input, agree."""
    written(path)
    ran = run_here("replay", "-", given=path.read_bytes())
    number = len(requests())
    assert ran.code == 0
    assert ran.out.startswith(f"{number} receipts, {number} agree; ")


def test_what_is_wrong_is_named(path: Path) -> None:
    """A receipt that differs, was altered, is missing, or cannot be read has a line of its own."""
    written(path, "home", "none", "consent", "withdrawn", "unknown")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("NO_CONSENT", "CONSENT")
    lines[3] = "{}"
    path.write_text("\n".join([*lines[:2], *lines[3:]]) + "\n", encoding="utf-8")
    ran = run_here("replay", str(path))
    assert ran.code == 1
    assert ran.out.splitlines()[:-1] == [
        "line 2: was altered: its hash does not fit what it says",
        "line 2: says otherwise: decided again, the reason is NO_CONSENT",
        "line 3: is no receipt; it was cut off, is too long, or is no canonical JSON",
        "line 4: does not follow the one before: one between them is missing, or was moved",
    ]


def test_a_head_tells_what_is_missing_at_the_end(path: Path) -> None:
    """Receipts cut off at the end leave a chain that holds; a head kept elsewhere tells."""
    *_, before, last = written(path, "home", "none")
    assert run_here("replay", str(path), "--head", last["hash"]).code == 0
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    assert run_here("replay", str(path)).code == 0
    ran = run_here("replay", str(path), "--head", last["hash"])
    assert ran.code == 1
    assert ran.out.splitlines()[0].endswith("receipts at its end are missing")
    assert run_here("replay", str(path), "--head", before["hash"]).code == 0


def test_an_empty_file_is_refused(path: Path) -> None:
    """Where there is no receipt nothing agreed: one line says so, and the exit code is not 0."""
    path.touch()
    ran = run_here("replay", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert "holds no receipt" in ran.err


def test_an_empty_file_is_held_against_a_head(path: Path) -> None:
    """A head kept elsewhere says whether there were receipts, or that there were none yet."""
    path.touch()
    assert run_here("replay", str(path), "--head", "f" * 64).code == 1
    ran = run_here("replay", str(path), "--head", GENESIS)
    assert (ran.code, ran.out) == (0, f"0 receipts, 0 agree; the head is {GENESIS}\n")


def test_a_policy_of_ones_own_is_given(path: Path) -> None:
    """A receipt of a policy that is not bundled is decided again by the document that is given."""
    line = json.dumps({**_LINE, "solution": "archive", "to": "country:DE"})
    run_here("decide", "--policy", str(FOUR_ZONES), "--receipts", str(path), given=line)
    assert run_here("replay", str(path), "--policy", str(FOUR_ZONES)).code == 0
    ran = run_here("replay", str(path))
    assert ran.code == 1
    assert "names a policy that is not here: give it with --policy" in ran.out
    ran = run_here("replay", str(path), "--policy", "xmedius")
    assert ran.code == 1
    assert "is of another revision" in ran.out


_HALL = """
[[providers]]
id = "acme"
name = "Acme's own buildings"
source = "the lease"

[[providers.regions]]
id = "laval-1"
name = "Laval, hall 1"
countries = ["CA"]
"""


def test_places_of_ones_own_are_known_to_whichever_policy_decides(
    path: Path, tmp_path: Path
) -> None:
    """Receipts of places of one's own agree by the policy that they name, and by a chosen one."""
    ours = tmp_path / "ours.toml"
    ours.write_text(_HALL, encoding="utf-8")
    line = json.dumps({**_LINE, "setup_country": "CA", "to": "acme:laval-1"})
    run_here("decide", "--locations", str(ours), "--receipts", str(path), given=line)
    for options in ([], ["--policy", "xmedius"]):
        ran = run_here("replay", str(path), "--locations", str(ours), *options)
        assert (ran.code, ran.out[:20]) == (0, "1 receipts, 1 agree;")
        ran = run_here("replay", str(path), *options)
        assert ran.code == 1
        assert "is of another revision of the policy or the data" in ran.out


def test_places_that_cannot_be_read_are_refused_at_once(path: Path) -> None:
    """Locations that are not there are refused, though no receipt needs them."""
    path.touch()
    ran = run_here("replay", str(path), "--locations", "nowhere.toml", "--head", GENESIS)
    assert (ran.code, ran.out) == (2, "")
    assert "`nowhere.toml` cannot be read" in ran.err


def test_what_is_too_long_for_a_receipt_is_told(path: Path) -> None:
    """Of a line that is too long the beginning is read; it costs no other receipt."""
    written(path, "none", "home")
    first, second = path.read_bytes().splitlines(keepends=True)
    longest = len(first)
    assert len(second) <= longest
    for noise in (b" " * longest + b"\n", b" " * 3 * longest + b"\n"):
        path.write_bytes(first + noise + second)
        with patch("residency.cli.replay.LONGEST_RECEIPT", longest):
            ran = run_here("replay", str(path))
        assert ran.code == 1
        assert ran.out.splitlines()[:-1] == [
            "line 2: is no receipt; it was cut off, is too long, or is no canonical JSON",
            "line 3: does not follow the one before: one between them is missing, or was moved",
        ]
        assert ran.out.splitlines()[-1].startswith("3 receipts, 2 agree; ")


def test_an_endless_line_takes_little_memory(path: Path) -> None:
    """A line of 100 MiB takes a few times the memory of the longest receipt, and no more."""
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)  # it holds nothing but noughts
    tracemalloc.start()
    try:
        assert run_here("replay", str(path)).code == 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * LONGEST_RECEIPT


def test_a_receipt_without_a_policy_is_not_judged(path: Path) -> None:
    """A receipt that names no policy, or holds no inputs, is in doubt."""
    path.write_bytes(link_of({"format": 1}, 1, GENESIS)[0])
    ran = run_here("replay", str(path))
    assert ran.code == 1
    assert "line 1: names a policy that is not here" in ran.out
    ran = run_here("replay", str(path), "--policy", "xmedius")
    assert "line 1: holds inputs that cannot be read" in ran.out


def test_a_file_that_is_not_there(path: Path) -> None:
    """A file that cannot be read is one line on standard error, and exit code 2."""
    ran = run_here("replay", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be read" in ran.err


def test_the_impact_of_a_consent_is_read_from_receipts(path: Path) -> None:
    """`consent impact` lists the receipts of decisions that rested on a consent."""
    expected = written(path, "home", "consent", "none", "consent", "withdrawn")[1::2][:1]
    ran = run_here("consent", "impact", "r-1", "--input", str(path))
    assert ran.code == 0
    assert [held["sequence"] for held in ran.records] == [2, 4]
    assert ran.records[0] == expected[0]
    assert run_here("consent", "impact", "r-2", "--input", str(path)).records == []


def test_the_impact_is_read_from_receipts_of_any_length(path: Path) -> None:
    """What the writer writes, and `replay` reads, `consent impact` reads too."""
    events = tuple(given(consent(record_id=f"r-{number}")) for number in range(2_000))
    asked = requests()["consent"]._replace(events=events)
    decision = decided(asked)
    with ReceiptWriter(path, ledger=ledger_of(events)) as writer:
        writer.record(decision, asked.subject, to=asked.to, context=asked.context)
    assert path.stat().st_size > LONGEST_LINE
    [relied_on] = decision.consent_ids
    ran = run_here("consent", "impact", relied_on, "--input", str(path))
    assert (ran.code, len(ran.records)) == (0, 1)
    assert run_here("replay", str(path)).code == 0


def test_what_is_longer_than_a_receipt_is_told_by_its_limit(path: Path) -> None:
    """A line that is too long for a receipt too is refused, and the message says at what length."""
    path.write_bytes(b" " * (LONGEST_RECEIPT + 1) + b"\n{}\n")
    ran = run_here("consent", "impact", "r-1", "--input", str(path))
    assert (ran.code, ran.out) == (1, "")
    assert "line 1: longer than 16777216 bytes" in ran.err
