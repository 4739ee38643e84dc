"""Numbers in sentences never say more than they are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rareearth import words


@given(st.floats(0, 1))
def test_a_share_is_none_or_all_only_if_it_is(share):
    shown = words.percent(share)
    assert (shown == "0 %") == (share == 0)
    assert (shown == "100 %") == (share == 1)


@given(st.floats(-1, 1))
def test_a_change_has_its_sign_and_no_hyphen(change):
    shown = words.points(change, 1)
    assert "-" not in shown
    assert shown.startswith("−") == (round(100 * change, 1) < 0)


@pytest.mark.parametrize("show", [words.percent, words.usd, words.tonnes, words.number])
@pytest.mark.parametrize("missing", [None, math.nan])
def test_what_is_missing_is_a_dash_and_not_a_zero(show, missing):
    assert show(missing) == "–"
