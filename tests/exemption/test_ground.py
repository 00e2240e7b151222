"""Where the people, the data and the provider of an exemption must be: at the edges of each."""

from __future__ import annotations

from datetime import UTC, date, datetime

from residency import Account, Context, Decision, Guard, Reason, Router
from residency.exemption import Invocation
from residency.policy import read_policy
from tests.policy.documents import BUNDLED

_TEXT = BUNDLED.read_text(encoding="utf-8")
_GROUND = 'territories = ["US", "CA", "EUROPE"]'
_CLOUD = 'countries = ["US", "IE", "CA"]'
_DAY = date(2021, 3, 1)


def _decide(
    change: tuple[str, str], country: str, to: tuple[str, ...], context: Context, solution: str
) -> Decision:
    old, new = change
    assert _TEXT.count(old) == 1
    policy = read_policy(_TEXT.replace(old, new).encode())
    account = Account("acme", country, setup_date=_DAY)
    return Guard(Router(policy)).decide(account, solution, to=to, context=context)


def _support(source: str | None = None) -> Context:
    staff = Invocation("PERSONNEL", personnel="CA")
    at = datetime(2024, 5, 1, tzinfo=UTC)
    return Context(purpose="support", source=source, at=at, exemption=staff)


def test_a_zone_as_a_whole_must_lie_on_the_ground() -> None:
    """§5: data may not go to a zone of which some territory lies outside where it must be."""
    changed = (_GROUND, 'territories = ["CA"]')
    for to, permitted in (("zone:US", False), ("country:US", False)):
        decision = _decide(changed, "Canada", (to,), _support(), "xm-fax")
        assert decision.permitted is permitted
        assert decision.reason is Reason.EXEMPTION_NOT_MET
    both = (_GROUND, 'territories = ["US", "CA"]')
    assert _decide(both, "Canada", ("zone:US",), _support(), "xm-fax").permitted
    assert not _decide(both, "Canada", ("zone:EU",), _support(), "xm-fax").permitted
    assert not _decide(both, "Germany", ("zone:US",), _support(), "xm-fax").permitted


def test_data_may_be_in_every_country_of_the_ground() -> None:
    """§5: the places may be all of the ground at once; one more is too many."""
    both = (_GROUND, 'territories = ["US", "CA"]')
    every = tuple(f"country:{code}" for code in ("US", "PR", "GU", "VI", "AS", "MP", "UM"))
    home = _support("country:CA")
    assert _decide(both, "Canada", every, home, "xm-fax").reason is Reason.EXEMPTION
    more = (*every, "country:MX")
    assert _decide(both, "Canada", more, home, "xm-fax").reason is Reason.EXEMPTION_NOT_MET


def test_a_provider_may_work_wherever_it_is_known_to() -> None:
    """§4, §5: data may go to each country of the provider, all of them included."""
    one = (_CLOUD, 'countries = ["US"]\nsafeguards = "agreement 12"')
    hired = Invocation("PROCESSOR", provider="public-cloud", handling=True)
    context = Context(at=datetime(2024, 5, 1, tzinfo=UTC), exemption=hired)
    for to, reason in (
        ("country:US", Reason.EXEMPTION),
        ("country:CA", Reason.EXEMPTION_NOT_MET),
        ("zone:US", Reason.EXEMPTION_NOT_MET),
    ):
        assert _decide(one, "Germany", (to,), context, "xm-sendsecure").reason is reason
