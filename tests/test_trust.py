"""How far a table can be relied on: ages, gaps, statuses, revisions, totals, lights."""

import pandas as pd
import pytest

from rareearth import charts, identities, quality, tables
from rareearth.findings import trust
from rareearth.findings import trust_figures as figures
from rareearth.report import WrongCall
from rareearth.report.choices import ALLOWED, FORMS

DAY = "2026-11-24"


@pytest.fixture(scope="module")
def lights() -> pd.DataFrame:
    return trust.lights(DAY)


def light(lights, name):
    return lights.set_index("table").loc[name]


def test_every_table_has_one_light_of_the_list(lights) -> None:
    assert sorted(lights["table"]) == sorted(tables.names())
    assert set(lights["light"]) <= set(trust.LIGHTS)
    undated = {n for n in tables.names() if tables.describe(n)["vintage"]["kind"] ==
               "none"}  # fmt: skip
    assert set(lights.loc[lights["light"] == "not dated", "table"]) == undated
    dated = lights[lights["light"] != "not dated"]
    assert ((dated["light"] == "sound") == (dated["reason"] == "")).all()


def test_quotas_are_stale_since_none_was_printed_after_2024(lights) -> None:
    row = light(lights, "quotas")
    age = pd.Timestamp(DAY) - pd.Timestamp("2024-08-20")
    assert row["age_days"] == age.days > 2 * trust.PACES["yearly"]
    assert row["light"] == "doubtful" and row["stale"]


def test_an_edition_that_existed_and_is_not_held_makes_a_table_doubtful() -> None:
    then = trust.lights("2025-06-30")
    row = light(then, "production")
    assert row["light"] == "doubtful" and "EI 2025 is not held" in row["reason"]
    assert row["age_days"] < row["limit_days"]
    nothing = light(then, "trade")
    assert nothing["light"] == "doubtful" and nothing["stale"]


def test_unknown_weights_are_not_taken_for_reported_ones(lights) -> None:
    for name in ("trade", "mirror_pairs"):
        row = light(lights, name)
        assert row["light"] == "with care" and "0 % of the value" in row["reason"]
        assert pd.isna(row["estimated_share"])
        found = trust.values(name, DAY, lights, trust.revisions(name, DAY))
        values = {v["id"]: v["value"] for v in found}
        assert values["weights.estimated_share"] is None
        assert values["revision.largest"] is None


def test_without_a_day_the_newest_publication_is_the_day() -> None:
    assert trust.day("") == pd.Timestamp("2026-11-24")


def test_mine_output_of_australia_was_revised_most() -> None:
    found = trust.largest(trust.revisions("production", DAY))
    assert (found.name, found.year) == ("Australia", 2024)
    assert (found.before, found.now, found.change) == (13_000, 29_000, 16_000)
    every = tables.load("production", DAY, edition="all")
    newest = every[(every["edition"] == "MCS 2026") & (every["year"] == 2024)]
    total = newest.loc[newest["country"] != "WORLD", "tonnes_reo"].sum()
    assert found.share == pytest.approx(16_000 / total)


def test_the_largest_revision_is_named_as_that_of_a_country(lights) -> None:
    for name, of in (("production", " of a country"), ("us_supply", "")):
        rows = trust.revisions(name, DAY)
        said = trust.sentence(name, DAY, lights, rows)
        assert f"Its largest revision{of}: " in said


def test_a_revision_can_be_asked_for_against_one_edition() -> None:
    rows = trust.revisions("production", DAY, "MCS 2024")
    assert set(rows["earlier"]) == {"MCS 2024"}
    assert trust.largest(rows).name == "China"


def test_net_import_reliance_of_2024_fell_from_080_to_053() -> None:
    rows = trust.revisions("us_supply", DAY)
    row = rows[
        rows["what"].str.contains("net import reliance")
        & rows["what"].str.contains("compounds and metals")
        & (rows["year"] == 2024)
    ].iloc[0]
    assert (row["before"], row["now"]) == (0.80, 0.53)
    assert row["share"] == pytest.approx(-0.27)


def test_what_was_not_known_by_then_is_no_revision() -> None:
    rows = trust.revisions("production", "2025-06-30")
    assert set(rows["newest"]) == {"MCS 2025", "MYB 2022"}


ENTRY = {
    "name": "made",
    "title": "Made",
    "vintage": {"kind": "editions", "within": ["year"]},
    "schema": {
        "primaryKey": ["edition", "year", "country"],
        "fields": [{"name": "year", "unit": "year"}, {"name": "t", "unit": "t"}],
    },
}


def made(*rows):
    return pd.DataFrame(rows, columns=["edition", "year", "country", "t"])


def test_a_revision_is_a_share_of_the_newest_total_of_its_year() -> None:
    rows = made(
        ("old", 2020, "AUS", 10.0), ("old", 2020, "CHN", 80.0),
        ("new", 2020, "AUS", 30.0), ("new", 2020, "CHN", 70.0),
        ("new", 2020, "WORLD", 100.0), ("new", 2021, "AUS", 5.0),
    )  # fmt: skip
    found = quality.revisions(rows, ENTRY, ["old", "new"])
    assert found[["what", "before", "now", "total"]].values.tolist() == [
        ["AUS", 10, 30, 100],
        ["CHN", 80, 70, 100],
    ]
    assert found["share"].tolist() == pytest.approx([0.20, -0.10])


def test_years_without_rows_are_told_from_rows_without_figures() -> None:
    rows = made(("new", 2018, "AUS", 1.0), ("new", 2020, "AUS", None),
                ("new", 2020, "CHN", 2.0))  # fmt: skip
    found = quality.coverage(rows, ENTRY)
    assert found["year"].tolist() == [2018, 2020]
    assert found["rows"].tolist() == [1, 2] and found["known"].tolist() == [1, 1]
    cells = figures.coverage_cells(found)
    assert cells["words"].iloc[0] == "3 rows, 1 year none"
    assert cells["known"].tolist() == [1, 0.5]
    assert quality.missing_share(rows, ENTRY) == pytest.approx(1 / 3)


def test_statuses_are_of_one_list_and_of_its_newest_year() -> None:
    rows = pd.DataFrame(
        {
            "year": [2023, 2024, 2024, 2024],
            "coverage": ["complete", "complete", "complete", "leading flows"],
            "value_usd": [9.0, 3.0, 1.0, 50.0],
            "tonnes_status": ["reported", "reported", "estimated", "missing"],
        }
    )
    found = quality.statuses(rows)
    assert found["year"].unique().tolist() == [2024]
    assert dict(zip(found["status"], found["share"], strict=True)) == {
        "reported": 0.75,
        "estimated": 0.25,
    }
    assert quality.estimated_share(found) == 0.25


@pytest.mark.parametrize(
    ("columns", "pace"),
    [
        ({"start": ["2024-01-01"], "months": [1]}, "monthly"),
        ({"start": ["2024-01-01"]}, "monthly"),
        ({"start": ["2024-01-01"], "months": [12]}, "yearly"),
        ({"start": ["2024-01-01"], "months": [3]}, "as it happens"),
        ({"date": ["2024-01-01"]}, "as it happens"),
        ({"year": [2024]}, "yearly"),
    ],
)
def test_the_pace_of_a_table_follows_from_its_periods(columns, pace) -> None:
    assert quality.pace(pd.DataFrame(columns)) == pace


def test_sums_beside_printed_totals_are_those_that_the_package_checks() -> None:
    found = trust.sums("production", DAY)
    row = found.set_index("group").loc["MCS 2026, country list, 2025"]
    assert (row["sum"], row["printed"], row["allowed"]) == (389_310, 390_000, 5_000)
    assert (found["difference"].abs() <= found["allowed"] * (1 + 1e-9)).all()
    assert trust.sums("trade", DAY).empty


def test_a_total_that_its_parts_do_not_make_is_seen() -> None:
    rows = pd.DataFrame(
        {"year": 2024, "kind": ["part", "part", "total"], "t": [40.0, 50.0, 100.0]}
    )
    total = {"value": "t", "within": ["year"], "parts": "kind == 'part'",
             "total": "kind == 'total'", "digits": 2}  # fmt: skip
    found = identities.totals(rows, total)
    assert found.values.tolist() == [[90, 100, 5]]
    assert next(identities.sum_faults(rows, total)).startswith(
        "year 2024, column t: the parts add up to 90; they must make 100 within 5"
    )


@pytest.mark.parametrize("name", tables.names())
def test_every_table_can_be_looked_at(name, lights) -> None:
    revisions = trust.revisions(name, DAY)
    told = trust.sentence(name, DAY, lights, revisions)
    assert f"The table `{name}` {trust.SAID[light(lights, name)['light']]}" in told
    covered = figures.covered(name, DAY)
    if len(covered):
        cells = figures.coverage_cells(covered)
        assert cells["known"].between(0, 1).all()
        charts.close(figures.coverage(name, covered))
    if revisions["change"].any():
        charts.close(figures.changes(name, revisions))
        assert len(figures.changes_table(revisions))


def test_editions_to_compare_with_are_those_of_the_table_known_by_then() -> None:
    allowed = ALLOWED["compare_to"]({"table": "production", "as_of": "2025-06-30"})
    assert {"", "MCS 2024", "MCS 2025"} <= set(allowed)
    assert "MCS 2026" not in allowed
    assert list(ALLOWED["compare_to"]({"table": "cpi"})) == [""]
    with pytest.raises(WrongCall, match="as_of must be"):
        FORMS["as_of"]("yesterday")
