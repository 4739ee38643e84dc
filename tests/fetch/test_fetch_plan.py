"""A query in parts: resumed, split, and every empty month explained."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth.trade.fetch import census
from rareearth.trade.fetch.errors import WrongQuery
from rareearth.trade.fetch.periods import months, shifted, spans
from rareearth.trade.fetch.plan import missing
from rareearth.trade.fetch.query import Part, Query, halves

month = st.builds(
    lambda n: shifted("2013-01", n), st.integers(min_value=0, max_value=200)
)


@settings(deadline=None, max_examples=50)
@given(month, st.integers(1, 60), st.integers(1, 24))
def test_spans_cover_each_month_once_and_no_new_year(first, length, most):
    last = shifted(first, length - 1)
    found = spans(first, last, most)
    assert [m for a, b in found for m in months(a, b)] == months(first, last)
    assert all(a[:4] == b[:4] and len(months(a, b)) <= most for a, b in found)


@settings(deadline=None, max_examples=50)
@given(month, st.integers(1, 60), st.data())
def test_what_is_missing_and_what_is_held_make_the_whole(first, length, data):
    whole = Part("x", first, shifted(first, length - 1))
    inside = months(whole.first_month, whole.last_month)
    drawn = data.draw(st.lists(st.sampled_from(inside), unique=True))
    held = [Part("x", m, m) for m in drawn]
    rest = missing([whole], held)
    covered = [m for part in [*held, *rest] for m in months(*spanned(part))]
    assert sorted(covered) == inside


def spanned(part: Part) -> tuple[str, str]:
    return part.first_month, part.last_month


@settings(deadline=None, max_examples=50)
@given(month, st.integers(2, 60))
def test_halves_are_the_whole(first, length):
    whole = Part("x", first, shifted(first, length - 1))
    one, two = halves(whole)
    assert months(*spanned(one)) + months(*spanned(two)) == months(*spanned(whole))


def query(**other) -> Query:
    about = {
        "office": "census",
        "system": "US HTS",
        "products": ("8505110070",),
        "importer": "USA",
        "exporter": "",
        "first_month": "2018-01",
        "last_month": "2018-12",
    }
    return Query(**(about | other))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            {"products": ("850511",)},
            "'US HTS 850511'; .* US HTS with 10",
        ),
        ({"products": ("85O5110070",)}, "'US HTS 85O5110070'"),
        ({"products": ()}, "no product"),
        ({"system": "EU CN"}, "'EU CN 8505110070'; it must be one of US HTS"),
        ({"importer": "DEU"}, "does not tell of DEU; it must be USA"),
        ({"importer": "", "exporter": "USA"}, "exports are not fetched from it"),
        ({"exporter": "USA"}, "either an importer or an exporter"),
        ({"importer": ""}, "either an importer or an exporter"),
        ({"first_month": "2018"}, "month '2018'; it must be one like 2018-01"),
        ({"last_month": "2018-13"}, "month '2018-13'"),
        ({"first_month": "2012-12"}, "it has figures from 2013-01"),
        ({"first_month": "2019-01"}, "2019-01 is after the last, 2018-12"),
    ],
)
def test_a_query_that_cannot_be_asked_says_what_would_be_right(wrong, told):
    with pytest.raises(WrongQuery, match=f"^census: .*{told}"):
        census.checked(query(**wrong))


def test_a_query_that_can_be_asked_comes_back_as_it_is():
    assert census.checked(query()) == query()
