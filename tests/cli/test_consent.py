"""`residency consent` and `residency ledger`, from the first command to the last."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from residency import open_ledger
from residency.cli import main
from residency.consent.codec import record_to_json
from tests.consent.sql.conftest import RECORD, record
from tests.consent.sql.rows import change

Run = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a ledger that is not made yet, which the environment names."""
    made = f"sqlite:///{tmp_path / 'consents.db'}"
    monkeypatch.setenv("RESIDENCY_LEDGER", made)
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """What runs a command; the input, if any, is the text given."""

    def run_one(*arguments: str, text: str | None = None) -> tuple[int, list[str], str]:
        given = list(arguments)
        if text is not None:
            (tmp_path / "input.jsonl").write_text(text, encoding="utf-8")
            given += ["--input", str(tmp_path / "input.jsonl")]
        code = main(given)
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err

    return run_one


@pytest.fixture
def ready(url: str, run: Run) -> str:
    """The URL of a ledger with one consent."""
    run("ledger", "init")
    assert run("consent", "give", text=_line(record_to_json(RECORD)))[0] == 0
    return url


def _line(fields: object) -> str:
    return json.dumps(fields) + "\n"


# --- ledger --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("url")
def test_a_ledger_is_made_looked_at_and_upgraded(run: Run) -> None:
    """A ledger is made once, says how it stands, and is left alone by an upgrade to its version."""
    code, _, said = run("ledger", "status")
    assert (code, "residency ledger init" in said) == (2, True)
    assert run("ledger", "init")[:2] == (0, ["the tables are made"])
    assert run("ledger", "init")[:2] == (0, ["the tables were there"])
    code, (line,), _ = run("ledger", "status")
    assert (code, json.loads(line)["version"], json.loads(line)["events"]) == (0, 1, 0)
    upgraded = "the tables are of version 1, and were of version 1"
    assert run("ledger", "upgrade")[:2] == (0, [upgraded])


def test_tables_of_another_version_are_told(ready: str, run: Run) -> None:
    """The status of a ledger that cannot be used is told with exit code 1."""
    change(ready, "UPDATE residency_ledger SET version = 99")
    code, (line,), _ = run("ledger", "status")
    assert (code, json.loads(line)) == (
        1,
        {"version": 99, "known": 1, "events": None, "head": None},
    )
    assert run("ledger", "upgrade")[0] == 2


def test_a_chain_is_verified_against_heads_kept_elsewhere(
    ready: str, run: Run, tmp_path: Path
) -> None:
    """A chain that holds is told with exit code 0; one that was altered names the event, with 1."""
    kept = tmp_path / "heads.jsonl"
    assert run("ledger", "heads", "--output", str(kept))[0] == 0
    head = json.loads(kept.read_text(encoding="utf-8"))
    code, (line,), _ = run("ledger", "verify", "--heads", str(kept))
    assert (code, line) == (0, f"1 events hold; the head is {head['hash']}")
    kept.write_text(_line({"position": 1, "hash": "0" * 64}), encoding="utf-8")
    code, (line,), _ = run("ledger", "verify", "--heads", str(kept))
    assert (code, "given:consent-1 at position 1 was altered" in line) == (1, True)
    change(ready, "DELETE FROM residency_event")
    code, (line,), _ = run("ledger", "verify")
    assert (code, "an event at position 1 was removed" in line) == (1, True)


@pytest.mark.parametrize("text", ["nonsense\n", "{}\n", '{"position": "1", "hash": 2}\n'])
def test_heads_that_are_none_are_refused(ready: str, run: Run, tmp_path: Path, text: str) -> None:
    """A file of heads that cannot be read ends the run: nothing is verified without them."""
    del ready
    (tmp_path / "heads.jsonl").write_text(text, encoding="utf-8")
    assert run("ledger", "verify", "--heads", str(tmp_path / "heads.jsonl"))[:2] == (2, [])


@pytest.mark.parametrize("group", ["ledger", "consent"])
def test_a_group_needs_a_command(run: Run, group: str) -> None:
    """A group without a command is refused in a sentence that says where to look."""
    code, lines, said = run(group)
    assert (code, lines, said.count("\n")) == (2, [], 1)
    assert f"Missing command. (see residency {group} --help)" in said


# --- consent -------------------------------------------------------------------------------------


def test_a_consent_is_given_once(ready: str, run: Run) -> None:
    """A record is told as new once, and is then held as it was written."""
    code, (line,), _ = run("consent", "give", text=_line(record_to_json(RECORD)))
    assert (code, json.loads(line)) == (0, {"id": "consent-1", "new": False, "error": None})
    (event,) = open_ledger(ready).events("acme")
    assert event.record == RECORD


def test_what_is_no_record_is_refused_and_the_rest_is_given(ready: str, run: Run) -> None:
    """A line that is no valid record is answered by an error, and the others are given."""
    text = "nonsense\n" + _line({"record_id": "x"}) + _line(record_to_json(record(2)))
    code, lines, _ = run("consent", "give", text=text)
    answers = [json.loads(line) for line in lines]
    assert (code, [answer["new"] for answer in answers]) == (1, [None, None, True])
    assert answers[1]["id"] == "x"
    assert "JSON Schema" in answers[1]["error"]["message"]
    assert len(open_ledger(ready).events("acme")) == 2


@pytest.mark.parametrize(("command", "done"), [("withdraw", "withdrawn"), ("revoke", "revoked")])
def test_a_consent_is_ended_for_good(ready: str, run: Run, command: str, done: str) -> None:
    """Ending a consent is told once, kept with its moment and reason, and shown as its validity."""
    arguments = "--at", "2022-05-01T00:00:00Z", "--reason", "by letter", "consent-1"
    assert run("consent", command, *arguments)[:2] == (0, [f"consent-1 is {done}"])
    assert run("consent", command, *arguments)[:2] == (0, [f"consent-1 was {done} already"])
    code, lines, _ = run("consent", "show", "consent-1")
    events = [json.loads(line) for line in lines]
    assert (code, [event["event_state"] for event in events]) == (0, ["given", done])
    assert (events[1]["event_time"], events[1]["reason"]) == (
        "2022-05-01T00:00:00+00:00",
        "by letter",
    )
    code, (line,), _ = run("consent", "list", "acme")
    assert (code, json.loads(line)["validity"]) == (0, done)
    assert ready


def test_a_record_that_is_not_held_is_told(ready: str, run: Run) -> None:
    """An unknown record ends the run with a sentence; an unknown account has no consents."""
    assert ready
    for command in ("withdraw", "revoke", "show"):
        code, lines, said = run("consent", command, "unknown")
        assert (code, lines, "holds no record" in said) == (2, [], True)
    assert run("consent", "list", "unknown")[:2] == (0, [])


def test_consents_are_listed_as_of_a_moment(ready: str, run: Run) -> None:
    """A list shows each record's validity at the moment asked for, its bounds and its scope."""
    assert ready
    code, (line,), _ = run("consent", "list", "--at", "2021-03-01T00:00:00Z", "acme")
    assert (code, json.loads(line)) == (
        0,
        {
            "record_id": "consent-1",
            "validity": "not-yet-valid",
            "valid_from": "2021-03-02T09:30:00+00:00",
            "valid_until": None,
            "services": ["xm-fax"],
            "source_location": ["EU"],
            "storage_locations": ["country:GB"],
        },
    )


def test_only_explicit_consents_have_a_period(ready: str, run: Run) -> None:
    """A consent that was not expressed explicitly is listed as what counts for nothing."""
    assert ready
    implied = {**record_to_json(record(2, "zenith")), "event_type": "ImpliedConsent"}
    run("consent", "give", text=_line(implied))
    _, (line,), _ = run("consent", "list", "zenith")
    found = json.loads(line)
    assert (found["validity"], found["valid_from"]) == ("unverifiable", None)


def test_an_export_can_be_imported(ready: str, run: Run, tmp_path: Path) -> None:
    """What one ledger exports another imports, withdrawals included; again, nothing is new."""
    run("consent", "give", text=_line(record_to_json(record(2, "zenith"))))
    run("consent", "withdraw", "consent-1")
    code, lines, _ = run("consent", "export")
    assert (code, len(lines)) == (0, 3)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    run("ledger", "init", "--ledger", other)
    text = "\n".join(lines)
    for new in (True, False):
        code, answers, _ = run("consent", "import", "--ledger", other, text=text)
        assert (code, {json.loads(answer)["new"] for answer in answers}) == (0, {new})
    for account in ("acme", "zenith"):
        assert open_ledger(other).events(account) == open_ledger(ready).events(account)
    assert run("consent", "export", "--ledger", other)[1] == lines
    assert run("consent", "export", "--account", "zenith")[1] == lines[1:2]


def test_an_import_takes_records_and_refuses_what_is_neither(ready: str, run: Run) -> None:
    """A record from elsewhere is given; an event that is not valid is answered by an error."""
    assert ready
    event = {"event_state": "given", "record_id": "consent-3"}
    text = _line(record_to_json(record(2))) + _line(event)
    code, lines, _ = run("consent", "import", text=text)
    answers = [json.loads(line) for line in lines]
    assert (code, [answer["new"] for answer in answers]) == (1, [True, None])


def test_an_altered_event_is_not_exported(ready: str, run: Run, tmp_path: Path) -> None:
    """An event that is not as it was written ends the export, and no file appears."""
    change(ready, "UPDATE residency_event SET kind = 'renewed'")
    target = tmp_path / "export.jsonl"
    code, _, said = run("consent", "export", "--output", str(target))
    assert (code, "ledger verify" in said, target.exists()) == (2, True, False)


def test_the_impact_of_a_consent_is_what_rested_on_it(run: Run) -> None:
    """Of recorded decisions those are listed that name the record, alone or among others."""
    decisions: list[dict[str, object]] = [
        {"id": "1", "consent": "consent-1"},
        {"id": "2", "consent": "consent-10"},
        {"id": "3", "consent": "consent-2 consent-1"},
        {"id": "4", "consent": None},
        {"id": "5", "consent": ["consent-1"]},
        {"id": "6"},
    ]
    text = "".join(map(_line, decisions))
    code, lines, _ = run("consent", "impact", "consent-1", text=text)
    assert (code, [json.loads(line)["id"] for line in lines]) == (0, ["1", "3", "5"])
    code, lines, said = run("consent", "impact", "consent-1", text=text + "nonsense\n")
    assert (code, len(lines), "line 7" in said) == (1, 3, True)
