"""Every exemption and provider that permits more than before, or less, is listed."""

import pytest

from residency.comparison import Change, ExemptionChange, ProviderChange, compare
from tests.comparison.documents import EUROPE_UNION, OLD, edited

_Aspects = tuple[tuple[str, ...], tuple[str, ...]]

_PURPOSES = 'purposes = ["provisioning", "billing", "support", "troubleshooting"]'
_NOTIFY = 'obligations = ["try to notify the customer beforehand, unless the law forbids it"]'


def _only(changes: tuple[Change, ...]) -> ExemptionChange | ProviderChange:
    [change] = changes
    assert isinstance(change, ExemptionChange | ProviderChange)
    return change


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("edit", "exemption", "aspect"),
    [
        ((_PURPOSES, _PURPOSES.replace("[", '["contact", ')), "PERSONNEL", "purposes"),
        ((_PURPOSES, ""), "PERSONNEL", "purposes"),
        (('territories = ["US", "CA", "EUROPE"]', ""), "PERSONNEL", "territories"),
        ((EUROPE_UNION, f'codes = ["CH"]\n{EUROPE_UNION}'), "PERSONNEL", "territories"),
        (('requires = ["reference"]', ""), "LEGAL_OBLIGATION", "requires"),
        (("handling_only = true", "handling_only = false"), "PROCESSOR", "handling_only"),
        ((_NOTIFY, ""), "LEGAL_OBLIGATION", "obligations"),
        (('id = "LEGAL_OBLIGATION"', 'id = "LEGAL"'), "LEGAL", "added"),
    ],
)  # fmt: skip
def test_what_permits_more(edit: tuple[str, str], exemption: str, aspect: str) -> None:
    """Each condition that falls away permits more; the same edit backwards permits less."""
    changed = edited(edit)
    there = {
        c.exemption: c for c in compare(OLD, changed).changes if isinstance(c, ExemptionChange)
    }
    back = {c.exemption: c for c in compare(changed, OLD).changes if isinstance(c, ExemptionChange)}
    assert (there[exemption].widened, there[exemption].narrowed) == ((aspect,), ())
    assert there[exemption].raises_risk
    undone = "removed" if aspect == "added" else aspect
    assert (back[exemption].widened, back[exemption].narrowed) == ((), (undone,))
    assert not back[exemption].raises_risk


def test_what_permits_other_cases() -> None:
    """A purpose in place of another permits more and less, so it raises risk."""
    change = _only(
        compare(OLD, edited(('"support", "troubleshooting"]', '"support", "contact"]'))).changes
    )
    assert (change.widened, change.narrowed) == (("purposes",), ("purposes",))
    assert change.raises_risk


def test_order_is_nothing() -> None:
    """An exemption whose lists stand in another order is the same."""
    assert compare(OLD, edited(('"US", "CA", "EUROPE"', '"EUROPE", "CA", "US"'))).changes == ()


_SOLUTIONS = 'solutions = ["xm-sendsecure"]'
_CLOUD = 'countries = ["US", "IE", "CA"]'


@pytest.mark.parametrize(
    ("before", "after", "aspects"),
    [
        (_CLOUD, f'{_CLOUD}\nsafeguards = "DPA 7"', (("safeguards",), ())),
        (_CLOUD, 'countries = ["US", "IE", "CA", "IN"]', (("countries",), ())),
        (_CLOUD, 'countries = ["US"]', ((), ("countries",))),
        (_SOLUTIONS, 'solutions = ["xm-fax", "xm-sendsecure"]', (("solutions",), ())),
        (_SOLUTIONS, "", ((), ("solutions",))),
    ],
)  # fmt: skip
def test_providers(before: str, after: str, aspects: _Aspects) -> None:
    """A provider permits more with safeguards on record, and with more solutions or countries."""
    change = _only(compare(OLD, edited((before, after))).changes)
    assert (change.widened, change.narrowed) == aspects
    assert change.raises_risk is bool(aspects[0])


def test_providers_that_come_and_go() -> None:
    """A provider that is gone permits nothing, and another one permits what it permits."""
    changes = compare(OLD, edited(('id = "hosted-applications"', 'id = "applications"'))).changes
    listed = {c.provider: (c.widened, c.narrowed) for c in changes if isinstance(c, ProviderChange)}
    aspects = ("solutions", "countries")
    assert listed == {"hosted-applications": ((), aspects), "applications": (aspects, ())}
