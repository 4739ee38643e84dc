"""What 05-prices says, for every material and market that was quoted."""

import json
from functools import cache

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from rareearth import charts, quotes, tables
from rareearth.findings import prices, prices_figures, prices_markets, prices_moves
from rareearth.findings import prices_tables as shown

mpl.use("agg")
HELD = quotes.held()
EVENTS = tables.load("events")
CASES = [(m, market) for m, there in quotes.offered(HELD).items() for market in there]
OXIDES = ("neodymium", "praseodymium", "dysprosium", "terbium")


@cache
def case(material, market="FOB China", since="2018-01", as_of=""):
    held = quotes.held(as_of) if as_of else HELD
    events = tables.load("events", as_of) if as_of else EVENTS
    line = quotes.line(held, material, market, since)
    moved = prices_moves.moved(line, events)
    premiums = prices_markets.premiums(held, line)
    values = prices.values(line, moved, premiums)
    told = prices.sentence(line, moved, premiums, events)
    return line, moved, premiums, told, {value["id"]: value for value in values}


@pytest.mark.parametrize("material", OXIDES)
def test_the_headline_ids_that_other_programs_read_are_there(material):
    values = case(material)[4]
    wanted = "last drift volatility break_count last_break"
    assert {f"price.{name}" for name in wanted.split()} <= set(values)
    assert values["price.last"]["unit"] == "USD per kg"
    assert values["price.last"]["year"] == "2026-09-24"
    for name in ("drift", "volatility"):
        value = values[f"price.{name}"]
        assert value["low"] < value["value"] < value["high"]


@pytest.mark.parametrize(
    ("material", "last"),
    [
        ("neodymium", 127.75),
        ("praseodymium", 128.5),
        ("dysprosium", 252.5),
        ("terbium", 1132.5),
    ],
)
def test_the_last_quotes_are_equal_and_called_perhaps_silent(material, last):
    _, _, _, told, values = case(material)
    assert values["price.last"]["value"] == last
    assert values["price.unmoved_months"]["value"] == 1
    assert values["price.silence"]["value"] == "may be silent"
    assert "of August 2026 and September 2026, are equal" in told
    assert "a market without deals rather than of a calm one" in told


@pytest.mark.parametrize("material", OXIDES)
def test_every_verdict_follows_from_the_values_beside_it(material):
    values = case(material)[4]
    for of, verdict, line, below, above in (
        ("drift", "drift_verdict", 0, "falling", "rising"),
        ("volatility_ratio", "volatility_verdict", 1, "smaller", "larger"),
    ):
        value, told = values[f"price.{of}"], values[f"price.{verdict}"]["value"]
        assert (told == above) == (value["low"] > line)
        assert (told == below) == (value["high"] < line)
        assert told in (above, below, "cannot tell")


def test_a_premium_is_that_of_one_publisher_with_the_ends_of_its_ranges():
    value = case("neodymium")[4]["price.premium"]
    # SMM, 13 February 2026: Rotterdam 235-255, FOB China 165-195
    assert value["value"] == pytest.approx(245 / 180 - 1, abs=5e-5)
    assert value["low"] == pytest.approx(235 / 195 - 1, abs=5e-5)
    assert value["high"] == pytest.approx(255 / 165 - 1, abs=5e-5)
    assert value["year"] == "2026-02-13"
    for material in ("praseodymium", "terbium"):
        assert "price.premium" not in case(material)[4]
        assert "no premium can be told" in case(material)[3]


def test_nothing_is_said_of_a_level_that_has_no_unit_root_rejected():
    _, moved, _, _, _ = case("neodymium")
    table = shown.breaks(moved).set_index("break in")
    assert "not testable: a unit root is not rejected" in table.loc["level"].iloc[-1]


def test_controls_that_do_not_name_a_material_are_not_said_to_be_its_own():
    assert "(they do not name neodymium)" in case("neodymium")[3]
    assert "do not name" not in case("dysprosium")[3]


def test_a_known_day_shows_what_was_known():
    line, moved, _, told, values = case("neodymium", as_of="2025-06-30")
    assert values["price.last"]["year"].startswith("2025-06")
    assert moved.swings.now == "in the last 12 months"
    assert "general licences" not in prices_figures.nominal_alt(
        line, tables.load("events", "2025-06-30")
    )
    assert "2026" not in told


@pytest.mark.parametrize("material", OXIDES)
def test_means_of_full_years_lie_within_the_stated_tolerance_of_the_usgs(material):
    line = case(material)[0]
    both = shown.annual(line, tables.load("prices_annual"))
    assert both["year"].max() == 2025
    assert (both["difference_share"].abs() <= shown.TOLERANCE).all()
    assert "they agree on the level" in shown.annual_text(line, both)
    assert "January 2026" in shown.annual_text(line, both)


def test_neodymium_of_2022_stands_beside_the_134_of_the_usgs():
    both = shown.annual(case("neodymium")[0], tables.load("prices_annual"))
    row = both.set_index("year").loc[2022]  # O09
    assert row["price_usd_per_kg"] == 134
    assert row["mean_usd_per_kg"] == pytest.approx(134, rel=0.01)


def test_an_average_that_lies_far_away_is_told():
    line = case("terbium")[0]
    published = tables.load("prices_annual")
    published["price_usd_per_kg"] *= np.where(published["year"] == 2022, 2, 1)
    told = shown.annual_text(line, shown.annual(line, published))
    assert "1 lie more than 6 %" in told and "2022 (−50 %)" in told


def test_the_real_line_has_its_gap_and_ends_with_the_index():
    line, cpi = case("neodymium")[0], tables.load("cpi")
    both = prices_figures.real_points(line, cpi, 2025)
    real = both[both["label"] == "in money of 2025"].set_index("month")
    price = real["price_usd_per_kg"]
    assert [str(m) for m in price.index[price.isna()]] == ["2025-10"]
    assert str(price.index[-1]) == "2026-05"
    index = cpi.set_index("start")["index_1982_84"]
    expected = line.price["2026-05"] * index["2025"].mean() / index["2026-05-01"]
    assert price["2026-05"] == pytest.approx(expected)
    told = prices_figures.real_alt(both, 2025)
    assert "No index for October 2025" in told and "ends with May 2026" in told


def test_others_are_compared_over_the_months_that_both_have():
    line = case("terbium")[0]
    rows = prices_markets.beside(HELD, line).set_index(["publisher", "market"])
    row = rows.loc[("SMM", "China domestic")]
    own = line.price[row["last"]] / line.price[row["first"]] - 1
    assert row["line_share"] == pytest.approx(own)


def test_quotes_that_cannot_be_compared_are_a_range():
    line = case("dysprosium")[0]
    ranges = prices_markets.compared(HELD, line)
    told = prices_markets.ranges_text(HELD, line)
    # Argus, Europe, 6 May 2025: 700-1,000; its middle is quoted
    assert "in May 2025" in told and "850 in Europe (Argus)" in told
    assert "a range and no premium" in told
    assert not set(ranges.columns) & {"premium_share"}


def test_before_and_after_begin_with_the_quote_just_before():
    line = case("neodymium")[0]
    row = shown.around(line, EVENTS).set_index("event").loc["controls"]
    price = line.price
    assert row["before_usd_per_kg"] == price["2025-03"]
    grown = price["2025-07"] / price["2025-03"] - 1
    assert row["after_3_months_share"] == pytest.approx(grown)
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]
    old = case("neodymium", "China domestic", "2013-01")[0]
    assert "no quote both just before" in shown.around_text(
        shown.around(old, EVENTS), old
    )


@pytest.mark.parametrize(("material", "market"), CASES)
def test_every_material_and_market_gets_a_sentence_figures_and_tables(material, market):
    line, moved, premiums, told, values = case(material, market, "")
    assert told.startswith(f"**{material.capitalize()} oxide")
    assert "nan" not in told.lower()
    json.dumps(list(values.values()), allow_nan=False)
    if len(line.price) < 13:
        assert "too few to tell a trend" in told
        assert values["price.drift"]["value"] is None
    charts.close(prices_figures.nominal(line, EVENTS))
    both = prices_figures.real_points(line, tables.load("cpi"), 2025)
    charts.close(prices_figures.real(line, both, 2025))
    if len(prices_figures.swings_frame(moved)):
        charts.close(prices_figures.swings(line, moved))
    else:
        assert "too few" in prices_figures.no_swings(line)
    charts.close(prices_markets.figure(HELD, line))
    around = shown.around(line, EVENTS)
    ranges = prices_markets.compared(HELD, line)
    frames = [
        shown.breaks(moved),
        shown.around_table(around),
        prices_markets.premiums_table(premiums),
        prices_markets.ranges_table(ranges),
        prices_markets.beside_table(prices_markets.beside(HELD, line), line),
    ]
    texts = [shown.season(line), prices_markets.premiums_text(premiums, line)]
    texts.append(prices_figures.nominal_alt(line, EVENTS))
    texts += [prices_markets.ranges_text(HELD, line)] if len(ranges) else []
    texts += [frame.to_csv() for frame in frames]
    assert not [text for text in texts if "nan" in text.split()]


def test_in_a_simulated_line_that_halves_its_swings_they_are_smaller():
    months = pd.period_range("2018-01", "2026-09", freq="M")
    rng = np.random.default_rng(5)
    size = np.where(months < pd.Period("2025-04", "M"), 0.1, 0.01)
    path = pd.Series(np.exp(np.cumsum(rng.standard_normal(len(months)) * size)), months)
    assert prices_moves.swings(path, EVENTS).verdict == "smaller"
    back = pd.Series(path.to_numpy(), months)
    back["2025-04":] = back["2025-03"] * np.exp(np.cumsum(rng.normal(0, 0.5, 18)))
    assert prices_moves.swings(back, EVENTS).verdict == "larger"
