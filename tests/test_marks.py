"""Events on an axis of time: every name can be read."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth import charts

MONTHS = pd.date_range("2018-01", "2026-03", freq="MS")
DAYS = st.dates(MONTHS[0].date(), MONTHS[-1].date())


def drawn(days, words, log=False):
    """Axes with a line of data up to 1, and the names of events on it."""
    ax = charts.canvas("Title", "Source: nobody", height=3.7)
    ax.plot(MONTHS, [1.0] * len(MONTHS))
    if log:
        ax.set_yscale("log")
    ax.set_ylim(0.1, 1.1)
    events = pd.DataFrame({"date": pd.to_datetime(days), "label": words})
    return ax, charts.event_marks(ax, events)


@given(st.lists(st.tuples(DAYS, st.text("event ", min_size=3, max_size=30)), min_size=1,
                max_size=9))  # fmt: skip
@settings(deadline=None, max_examples=8)
def test_no_name_overlaps_another_the_data_or_the_edge(events):
    ax, names = drawn(*zip(*events, strict=True))
    assert len(names) == len(events)
    boxes = [name.get_window_extent() for name in names]
    edge = ax.get_window_extent()
    data = ax.transData.transform((0, 1.1))[1]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
        assert box.x0 >= edge.x0 - 1
        assert data - 1 <= box.y0 < box.y1 <= edge.y1 + 1
    charts.close(ax)


def test_names_stand_in_order_of_time_and_what_lies_outside_is_left_out():
    days = ["2025-12-02", "2010-09-21", "2025-04-04", "2030-01-01"]
    ax, names = drawn(days, ["licences", "embargo", "controls", "future"])
    assert [name.get_text() for name in names] == ["controls", "licences"]
    charts.close(ax)


@pytest.mark.parametrize("log", [False, True])
def test_names_get_room_above_the_data_on_any_scale(log):
    ax, _ = drawn(["2025-04-04"], ["controls"], log=log)
    low, high = ax.get_ylim()
    assert low == pytest.approx(0.1)
    assert high > 1.1
    charts.close(ax)


def test_nothing_is_drawn_where_there_is_no_event():
    ax, names = drawn([], [])
    assert names == []
    assert ax.get_ylim() == (0.1, 1.1)
    charts.close(ax)
