"""Values of the wrong type, size or spelling are refused with their key path and the fix."""

import pytest

from tests.policy.documents import check_mistake

_MISTAKES = {
    "newer schema": (
        "schema = 1",
        'schema = 2\nfuture = "yes"',
        "schema",
        "upgrade",
    ),
    "no schema": (
        "schema = 1",
        "",
        "schema",
        "missing: write an integer",
    ),
    "schema zero": (
        "schema = 1",
        "schema = 0",
        "schema",
        "from 1",
    ),
    "boolean for a number": (
        "notice_days = 60",
        "notice_days = true",
        "policy.notice_days",
        "a boolean: write an integer",
    ),
    "negative number": (
        "notice_days = 60",
        "notice_days = -1",
        "policy.notice_days",
        "from 0",
    ),
    "number for a boolean": (
        "enforce_hosting = true",
        "enforce_hosting = 1",
        "policy.enforce_hosting",
        "an integer: write a boolean",
    ),
    "date with a time": (
        "effective = 2024-04-01",
        "effective = 2024-04-01T00:00:00Z",
        "policy.effective",
        "a date with a time: write a date",
    ),
    "time of day": (
        "effective = 2024-04-01",
        "effective = 00:00:00",
        "policy.effective",
        "a time: write a date",
    ),
    "float": (
        "notice_days = 60",
        "notice_days = nan",
        "policy.notice_days",
        "a float: write an integer",
    ),
    "unknown key with a near miss": (
        'title = "Halcyon',
        'titel = "Halcyon',
        "policy.titel",
        "use `title`",
    ),
    "unknown key": (
        "notice_days = 60",
        "notice_days = 60\nzzzzzz = 1",
        "policy.zzzzzz",
        "not a known key: use `id` or",
    ),
    "unknown key of one letter": (
        "notice_days = 60",
        "notice_days = 60\nz = 1",
        "policy.z",
        "not a known key",
    ),
    "unknown key as long as an id": (
        "notice_days = 60",
        "notice_days = 60\n" + "z" * 64 + " = 1",
        "policy." + "z" * 64,
        "not a known key",
    ),
    "unknown key longer than an id": (
        "notice_days = 60",
        "notice_days = 60\n" + "z" * 65 + " = 1",
        'policy."' + "z" * 60 + '…"',
        "not a known key",
    ),
    "unknown section": (
        "[contact]",
        "[kontact]",
        "kontact",
        "use `contact`",
    ),
    "blank in an id": (
        'id = "halcyon"',
        'id = "halcyon post"',
        "policy.id",
        "`halcyon post` is not an id",
    ),
    "sign at the start of an id": (
        'id = "halcyon"',
        'id = "-halcyon"',
        "policy.id",
        "not an id",
    ),
    "plus in a zone id": (
        'id = "APAC"\nname',
        'id = "AP+AC"\nname',
        "zones[3].id",
        "not an id",
    ),
    "long id": (
        'id = "halcyon"',
        'id = "' + "h" * 65 + '"',
        "policy.id",
        "65 characters: use at most 64",
    ),
    "long name": (
        'title = "Halcyon',
        'title = "' + "H" * 257,
        "policy.title",
        "use at most 256",
    ),
    "long clause": (
        '"Art.3" = "A contract',
        '"Art.3" = "' + "A" * 1001,
        'clauses."Art.3"',
        "use at most 1000",
    ),
    "empty text": (
        'name = "European Union"',
        'name = " "',
        "zones[0].name",
        "empty: write something",
    ),
    "line break in a text": (
        'name = "European Union"',
        'name = "European\\nUnion"',
        "zones[0].name",
        "`European\\nUnion` holds a character that does not print",
    ),
    "bidirectional mark in a text": (
        'name = "European Union"',
        'name = "European\\u202eUnion"',
        "zones[0].name",
        "does not print",
    ),
    "blank in a clause id": (
        '"Art.9" = ',
        '"Art. 9" = ',
        'clauses."Art. 9"',
        "is not a clause id",
    ),
    "line break in a key": (
        '"Art.9" = ',
        '"Art\\n9" = ',
        'clauses."Art\\n9"',
        "does not print",
    ),
    "empty key": (
        '"Art.9" = ',
        '"" = ',
        'clauses.""',
        "empty",
    ),
    "id of a territory set": (
        "[territories.APAC]",
        '[territories."A PAC"]',
        'territories."A PAC"',
        "not an id",
    ),
    "id of a kind of hosting": (
        'colocation = "',
        '"co location" = "',
        'hosting."co location"',
        "not an id",
    ),
}


@pytest.mark.parametrize(("old", "new", "path", "says"), _MISTAKES.values(), ids=_MISTAKES)
def test_the_mistake_is_refused(old: str, new: str, path: str, says: str) -> None:
    """A value that the schema does not allow is refused where it stands, with what to write."""
    check_mistake(old, new, path, says)
