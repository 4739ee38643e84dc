"""Editions kept, compared and given to a report: never overwritten, never spliced."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from kept_editions import NDFEB, NOON, flows, kept

from rareearth.trade import editions
from rareearth.trade.fetch.periods import months
from rareearth.trade.fetch.series import NotOneSeries, fetched


def test_a_table_comes_back_as_it_was_kept(tmp_path):
    edition = kept(tmp_path)
    pd.testing.assert_frame_equal(
        edition.table(), flows(NDFEB, months("2024-01", "2024-06"))
    )


def test_a_new_edition_stands_beside_the_old_ones_also_when_the_clock_goes_back(
    tmp_path,
):
    names = [kept(tmp_path).name]
    names.append(kept(tmp_path).name)
    names.append(kept(tmp_path, at=datetime(2020, 1, 1, tzinfo=UTC)).name)
    names.append(kept(tmp_path, at=datetime(2027, 1, 1, tzinfo=UTC)).name)
    assert names == sorted(set(names))
    assert [e.name for e in editions.editions("us-ndfeb", tmp_path)] == names


def test_a_table_that_was_changed_is_not_taken(tmp_path):
    edition = kept(tmp_path)
    path = edition.folder / "table.csv"
    path.write_text(path.read_text().replace("1000.0", "1.0", 1))
    with pytest.raises(editions.Damaged, match="was changed after it was kept"):
        edition.table()


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-3], lambda b: b"", lambda b: b"x" * 9]
)
def test_an_answer_that_was_changed_is_not_taken(tmp_path, damage):
    name = editions.keep_answer(b'[["a"]]', tmp_path)
    path = tmp_path / "raw" / f"{name}.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(editions.Damaged):
        editions.answer(name, tmp_path)
    assert editions.keep_answer(b'[["a"]]', tmp_path) == name
    assert editions.answer(name, tmp_path) == b'[["a"]]'


def test_another_answer_under_a_name_is_not_taken(tmp_path):
    one, two = (editions.keep_answer(body, tmp_path) for body in (b"1", b"2"))
    raw = tmp_path / "raw"
    (raw / f"{one}.gz").write_bytes((raw / f"{two}.gz").read_bytes())
    with pytest.raises(editions.Damaged, match="is not what its name says"):
        editions.answer(one, tmp_path)


def test_a_half_written_edition_is_none(tmp_path):
    kept(tmp_path)
    (tmp_path / "us-ndfeb" / ".20270101T000000Z.new").mkdir()
    (tmp_path / "us-ndfeb" / "20270101T000000Z").mkdir()
    assert len(editions.editions("us-ndfeb", tmp_path)) == 1


@pytest.mark.parametrize("name", ["../us", "US", "a b", "", "raw/x", "$(ls)"])
def test_a_feed_cannot_leave_its_folder(tmp_path, name):
    with pytest.raises(editions.NoEdition):
        editions.publish(name, {}, flows(NDFEB, []), NOON, tmp_path)
    with pytest.raises(editions.NoEdition, match="there are: none yet"):
        editions.editions(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_differences_are_told_by_cell():
    old = flows(NDFEB, ["2024-01", "2024-02"])
    new = old.copy()
    new.loc[0, "value_usd"] = 1500.0
    new = new.drop(index=3)
    told = editions.differences(old, new, editions.key_of(old))
    assert told[["exporter", "column"]].to_numpy().tolist() == [
        ["CHN", "value_usd"],
        ["JPN", "tonnes"],
        ["JPN", "value_usd"],
    ]
    assert told["change"].tolist()[0] == 0.5
    assert told["new"].isna().tolist() == [False, True, True]
    assert editions.differences(old, old, editions.key_of(old)).empty


def test_a_series_says_where_it_is_from_and_how_far_it_goes(tmp_path):
    kept(tmp_path)
    series = fetched(NDFEB, importer="USA", root=tmp_path, today=date(2024, 7, 1))
    assert set(series.table["part"]) == {"fetched"}
    assert str(series.sources[0]).startswith(
        "2024-01 to 2024-06: fetched on 2026-11-24 from US Census Bureau, "
        "international trade, US HTS 8505110070 (edition 20261124T120000Z, sha256 "
    )
    assert str(series.standing) == "last month 2024-06; 2024-07 usual by 2024-09-09"


def test_the_package_fills_the_months_that_the_fetch_does_not_tell(tmp_path):
    states = {"2024-01": "unclear", "2024-02": "no trade", "2024-03": "data"}
    kept(tmp_path, span=("2024-01", "2024-03"), states=states)
    package = flows(NDFEB, months("2023-12", "2024-03"))
    series = fetched(
        NDFEB, importer="USA", package=package, title="imports", root=tmp_path
    )
    told = series.table.groupby(series.table["start"].dt.strftime("%Y-%m"))["part"]
    assert told.agg(set).to_dict() == {
        "2023-12": {"package"},
        "2024-01": {"package"},
        "2024-03": {"fetched"},
    }
    assert [str(source)[:60] for source in series.sources] == [
        "2023-12 to 2024-01: from the data package (imports), US HTS ",
        "2024-02 to 2024-03: fetched on 2026-11-24 from US Census Bur",
    ]


@pytest.mark.parametrize(
    ("package", "why"),
    [
        (
            flows("8505110050", ["2023-12"]),
            "8505110050 and the fetch US HTS 8505110070",
        ),
        (flows("850511", ["2023-12"]), "two codes are two goods"),
        (flows(NDFEB, ["2023-12"], valuation="cif"), "valuation is cif in the package"),
        (flows(NDFEB, ["2023-12"], reported_by="exporter"), "reported_by is exporter"),
        (flows(NDFEB, ["2023-01"], months=12), "months is 12 in the package and 1"),
    ],
)
def test_what_is_not_one_series_is_not_put_together(tmp_path, package, why):
    kept(tmp_path)
    with pytest.raises(NotOneSeries, match=why):
        fetched(NDFEB, importer="USA", package=package, root=tmp_path)


def test_a_series_that_was_not_fetched_says_what_was(tmp_path):
    with pytest.raises(editions.NoEdition, match=r"there is: nothing\. A feed"):
        fetched(NDFEB, importer="USA", root=tmp_path)
    kept(tmp_path)
    with pytest.raises(editions.NoEdition, match="US HTS 8505110070 into USA"):
        fetched("85051110", importer="GBR", root=tmp_path)
    with pytest.raises(editions.NoEdition):
        fetched(NDFEB, exporter="USA", root=tmp_path)
