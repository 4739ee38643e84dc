"""Reports on an approval: how far shipments came back, and what that rests on."""

from functools import cache

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from rareearth import charts, tables
from rareearth.findings import levels, recovery, recovery_figures, shipments
from rareearth.findings import shipments_figures as shared
from rareearth.verdicts import recovery_verdict

mpl.use("agg")
MAGNETS = "rare-earth magnets"
JUNE, DECEMBER = "approvals-june-2025", "approvals-december-2025"
VERDICTS = {"restored", "partly restored", "not restored", "cannot tell"}
CASES = [
    (JUNE, "USA", MAGNETS, ""),
    (DECEMBER, "USA", MAGNETS, ""),
    (JUNE, "WORLD", MAGNETS, ""),
    (JUNE, "GBR", MAGNETS, ""),
    (JUNE, "JPN", MAGNETS, ""),
    (JUNE, "USA", MAGNETS, "2025-08-31"),
    (JUNE, "WORLD", "rare earths", ""),
    (JUNE, "KOR", "terbium", ""),
    ("approvals-confirmed-december-2025", "DEU", MAGNETS, ""),
    ("licence-tianhe-october-2025", "USA", MAGNETS, ""),
]
every_case = pytest.mark.parametrize("key", CASES)
NAMES = ("events", "exports_monthly", "imports_monthly")


@cache
def known(as_of=""):
    return tuple(tables.load(name, as_of) for name in NAMES)


@cache
def case(event, importer="USA", product=MAGNETS, as_of=""):
    return shipments.case(*known(as_of), event, importer, product)


@cache
def told(event, importer="USA", product=MAGNETS, as_of=""):
    return recovery.told(case(event, importer, product, as_of), known(as_of)[2])


def values(*key):
    listed = recovery.values(case(*key), told(*key))
    return {value["id"]: value for value in listed}


def months(first, last):
    return levels.Window(pd.Period(first, "M"), pd.Period(last, "M"))


# --- the window ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "window"),
    [
        ((JUNE,), months("2025-07", "2025-12")),
        ((DECEMBER,), months("2025-12", "2026-03")),
        ((JUNE, "USA", MAGNETS, "2025-08-31"), months("2025-07", "2025-07")),
        # known by month only: it may have come at the end of it
        (("licence-tianhe-october-2025",), months("2025-11", "2026-03")),
        (("approvals-confirmed-december-2025", "DEU"), None),
    ],
)
def test_the_window_is_the_first_half_year_as_far_as_it_is_known(key, window):
    assert levels.window(case(*key)) == window


def test_an_approval_is_set_against_the_year_before_the_control_on_its_good():
    assert case(DECEMBER).control == pd.Timestamp("2025-04-04")
    later = case(DECEMBER, "WORLD", "rare earths").control
    assert later == pd.Timestamp("2025-10-09")


# --- the numbers --------------------------------------------------------------


def test_the_level_is_the_sum_over_the_same_months_before():
    rows = case(JUNE).asked.rows.query("months == 1").set_index("start")["tonnes"]
    after, before = rows["2025-07":"2025-12"], rows["2024-07":"2024-12"]
    assert len(after) == len(before) == 6
    found = values(JUNE)
    share = after.sum() / before.sum()
    assert found["recovery.usa"]["value"] == pytest.approx(share, abs=1e-4)
    table = told(JUNE).months
    assert table["before"].tolist() == before.tolist()
    assert table["after"].tolist() == after.tolist()


def test_the_relative_level_is_that_of_the_export_shares_odds():
    found = values(JUNE)
    before, after = (found[f"export_share.{e}"]["value"] for e in ("before", "after"))
    odds = (after / (1 - after)) / (before / (1 - before))
    assert found["recovery.relative"]["value"] == pytest.approx(odds, rel=0.002)


def test_more_correlated_noise_widens_the_interval_and_moves_no_level():
    choices = told(JUNE).choices
    for prefix in ("", "relative_"):
        low = choices[f"{prefix}low_share"]
        order = ["correlation_0.0", "correlation_0.1", "correlation_0.2", "stated"]
        widening = low[[*order, "correlation_0.5"]]
        assert (np.diff(widening) < 0).all()
        assert len(set(choices.loc[widening.index, f"{prefix}share"])) == 1


def test_means_of_windows_are_shown_apart():
    (row,) = told(JUNE).printed.itertuples()
    assert row.importer == "EU27"
    assert row.share == pytest.approx(row.after / row.before)
    assert "printed.eu27" in values(JUNE)


# --- what is said -------------------------------------------------------------


@every_case
def test_verdicts_are_of_the_closed_list_and_the_ids_are_there(key):
    found = values(*key)
    names = "recovery.relative export_share.before export_share.after "
    names += "recovery.verdict recovery.relative_verdict recovery.world"
    assert set(names.split()) <= set(found)
    assert f"recovery.{key[1].lower()}" in found
    for id, value in found.items():
        if value["unit"] == "verdict":
            assert value["value"] in VERDICTS, id


def test_the_report_on_the_united_states_stands_beside_the_others():
    beside = ("usa", "world", "deu", "jpn", "kor", "gbr", "eu27")
    there = {f"recovery.{iso3}" for iso3 in beside}
    for event in (JUNE, DECEMBER):
        assert there <= set(values(event))


@every_case
def test_every_verdict_follows_from_the_interval_beside_it(key):
    found = values(*key)
    asked = f"recovery.{key[1].lower()}"
    pairs = {"recovery.verdict": asked,
             "recovery.relative_verdict": "recovery.relative"}  # fmt: skip
    for id, value in found.items():
        if value["unit"] == "verdict":
            own = found[pairs.get(id, id.removesuffix(".verdict"))]
            ends = [float("nan") if own[end] is None else own[end]
                    for end in ("low", "high")]  # fmt: skip
            assert value["value"] == recovery_verdict(*ends), id


def test_months_that_the_press_chose_have_a_level_and_no_interval():
    for name in ("deu", "jpn", "kor", "eu27"):
        value = values(JUNE)[f"recovery.{name}"]
        assert value["value"] > 0
        assert (value["low"], value["high"]) == (None, None)
    said = recovery_figures.beside_text(case(JUNE), told(JUNE))
    assert "Germany" in said and "they are selected" in said


def test_two_tellings_never_share_a_ratio():
    for key in ((JUNE, "GBR"), (JUNE, "WORLD")):
        found = values(*key)
        for id in ("recovery.relative", "export_share.before", "export_share.after"):
            assert found[id]["value"] is None
        assert found["recovery.relative_verdict"]["value"] == "cannot tell"


def test_too_few_points_cannot_tell_and_say_how_many_are_needed():
    key = (JUNE, "USA", MAGNETS, "2025-08-31")
    found = values(*key)
    assert found["recovery.verdict"]["value"] == "cannot tell"
    assert found["recovery.usa"]["low"] is None
    assert "points give no interval; 3 are needed" in recovery.sentence(
        case(*key), told(*key)
    )


def test_what_rests_on_derived_figures_is_said():
    said = recovery.sentence(case(DECEMBER), told(DECEMBER))
    count = int(told(DECEMBER).months["derived"].sum())
    assert f"{count} of the 3 points rest on a derived figure." in said


def test_the_sentence_names_every_choice_that_turns_a_verdict():
    choices = told(JUNE).choices
    known = choices[choices["relative_share"].notna()]
    turned = known[known["relative_verdict"] != known["relative_verdict"]["stated"]]
    said = recovery.sentence(case(JUNE), told(JUNE))
    assert all(label in said for label in turned["label"])
    assert f"{len(turned)} of {len(known) - 1} other choices" in said


# --- what is shown ------------------------------------------------------------


@every_case
def test_figures_and_tables_can_be_made_of_every_case(key):
    one, found = case(*key), told(*key)
    assert recovery.sentence(one, found).count("**") == 2
    for draw, alt in (
        (recovery_figures.answer, recovery_figures.answer_alt),
        (recovery_figures.beside, recovery_figures.beside_alt),
    ):
        charts.close(draw(one, found))
        assert any(character.isdigit() for character in alt(one, found))
        assert ",," not in alt(one, found) and "’s, " not in alt(one, found)
    assert len(recovery_figures.tried_table(found)) == len(found.choices)
    assert len(recovery_figures.answer_table(one, found)) == len(found.months)
    drawn = recovery_figures.levels(one, found)
    charts.close(shared.months(one, drawn, shipments.marks(one, known()[0])))


def test_the_months_before_are_drawn_where_they_are():
    one = case(JUNE)
    window = months("2026-02", "2026-05")  # the same months: two at each end of a year
    moved = told(JUNE)._replace(window=window)
    drawn = recovery_figures.levels(one, moved)
    spans = drawn[["first", "last"]].apply(lambda day: day.dt.strftime("%Y-%m"))
    assert spans.to_numpy().tolist() == [
        ["2024-04", "2024-05"],
        ["2025-02", "2025-03"],
        ["2026-02", "2026-05"],
    ]
