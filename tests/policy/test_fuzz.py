"""Whatever stands in a document, it is read or refused: nothing else ever happens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.errors import PolicyError, ResidencyError
from residency.geography import TERRITORIES
from residency.policy import Policy, load_policy, read_policy
from tests.policy.documents import BUNDLED, FOUR_ZONES, Toml, places, replaced, tree_of, written

_DATA = FOUR_ZONES.read_bytes()
_TREES = [tree_of(FOUR_ZONES), tree_of(BUNDLED)]

SCALARS: st.SearchStrategy[Toml] = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["EU", "US", "UK", "halcyon-ltd", "Art.2(a)", "creation", "PERSONNEL"]),
)
VALUES: st.SearchStrategy[Toml] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=5), st.sampled_from(["id", "name", "EU", "codes"])),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


def _read_or_refused(data: bytes) -> None:
    refusal: PolicyError | None = None
    policy: Policy | None = None
    try:
        policy = read_policy(data)
    except PolicyError as error:
        refusal = error
    if refusal is not None:
        assert refusal.message.isprintable()
        assert len(refusal.message) < 2_000
        assert refusal.message.startswith(refusal.key_path)
    if policy is not None:
        for code in TERRITORIES:
            assert policy.rule_for(code, policy.reference.effective) in policy.rules


@given(st.binary(max_size=200))
def test_arbitrary_bytes(data: bytes) -> None:
    """Arbitrary bytes are refused, never fatal."""
    with pytest.raises(PolicyError):
        read_policy(data)


@given(st.data())
def test_altered_bytes(data: st.DataObject) -> None:
    """A document with some of its bytes replaced is read or refused."""
    start = data.draw(st.integers(0, len(_DATA)))
    length = data.draw(st.integers(0, 40))
    middle = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"[", b'"', b"=", b"\n"])))
    _read_or_refused(_DATA[:start] + middle + _DATA[start + length :])


@pytest.mark.untraced
@given(st.data())
def test_altered_values(data: st.DataObject) -> None:
    """A document with any one value replaced by any other, or removed, is read or refused."""
    tree = data.draw(st.sampled_from(_TREES))
    keys = data.draw(st.sampled_from([keys for keys, _ in places(tree) if keys]))
    value = data.draw(st.one_of(st.none(), VALUES))
    _read_or_refused(written(replaced(tree, keys, value)))


@given(st.one_of(st.text(), st.binary(), st.integers(), st.floats(), st.none()))
def test_arbitrary_sources(source: object) -> None:
    """Arbitrary names and paths are refused, never fatal."""
    with pytest.raises(ResidencyError):
        load_policy(source)  # type: ignore[arg-type]  # the wrong type is the test
