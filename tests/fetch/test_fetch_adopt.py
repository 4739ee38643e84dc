"""Editions taken into the data package: as one, checked, and only where allowed."""

import csv
import gzip
import hashlib
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from kept_editions import NDFEB, flows, kept

from rareearth import tables
from rareearth.tables import TableError
from rareearth.trade import editions
from rareearth.trade.fetch import package as packages
from rareearth.trade.fetch.adopt import NotAdopted, adopt
from rareearth.trade.fetch.periods import months

TABLE = "us_imports_monthly"
DECEMBER = datetime(2026, 12, 20, 12, tzinfo=UTC)


def copied(folder: Path, *names: str) -> Path:
    """A copy of the data package with a few of its tables."""
    folder.mkdir()
    whole = json.loads((tables.PACKAGE / "datapackage.json").read_text("utf-8"))
    whole["resources"] = [e for e in whole["resources"] if e["name"] in names]
    for name in ["README.md", *(entry["path"] for entry in whole["resources"])]:
        shutil.copy(tables.PACKAGE / name, folder)
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def package(tmp_path) -> Path:
    return copied(tmp_path / "data", "editions", "countries")


@pytest.fixture
def series_package(tmp_path) -> Path:
    return copied(tmp_path / "data", "editions", "cpi", "exchange_rates")


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "fetched"


def files(package: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in package.iterdir() if p.is_file()}


def test_a_first_adoption_makes_a_table_with_its_entry(package, root):
    [told] = adopt([kept(root)], package)
    assert (told.table, told.rows) == (TABLE, 12)
    assert told.edition == "US Census 2026-11-24"
    table = tables.load(TABLE, package=package)
    pd.testing.assert_frame_equal(
        table.drop(columns=["edition", "system"]).sort_values(
            ["start", "exporter"], ignore_index=True
        ),
        flows(NDFEB, months("2024-01", "2024-06")),
        check_dtype=False,
    )
    assert set(table["system"]) == {"US HTS"}
    entry = tables.describe(TABLE, package)
    assert entry["licenses"][0]["name"] == "US-public-domain"
    assert entry["sources"][0]["edition"] == "US Census 2026-11-24"
    assert entry["bytes"] == (package / entry["path"]).stat().st_size
    listed = tables.load("editions", package=package).set_index("edition")
    assert listed.loc["US Census 2026-11-24", "published"] == pd.Timestamp("2026-11-24")
    assert listed.loc["US Census 2026-11-24", "held"]
    assert f"| `{TABLE}` |" in (package / "README.md").read_text()


def test_the_package_stays_one_that_others_can_read(package, root):
    from frictionless import Package

    adopt([kept(root)], package)
    whole = json.loads((package / "datapackage.json").read_text("utf-8"))
    assert list(Package.metadata_validate(whole)) == []
    for entry in whole["resources"]:
        data = (package / entry["path"]).read_bytes()
        assert entry["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
        assert entry["bytes"] == len(data)


def test_a_table_is_plain_and_sorted_by_its_key(package, root):
    adopt([kept(root), kept(root, feed="us-smco", product="8505110050")], package)
    entry = tables.describe(TABLE, package)
    text = gzip.decompress((package / entry["path"]).read_bytes()).decode()
    again = io.StringIO()
    csv.writer(again, lineterminator="\n").writerows(csv.reader(io.StringIO(text)))
    assert again.getvalue() == text
    frame = tables.load(TABLE, edition="all", package=package)
    key = entry["schema"]["primaryKey"]
    assert list(frame[key].sort_values(key).index) == list(range(len(frame)))
    for field in entry["schema"]["fields"]:
        assert ("unit" in field) == (field["type"] in ("number", "integer"))
        assert field["description"]


def test_the_same_again_changes_nothing(package, root):
    edition = kept(root)
    adopt([edition], package)
    before = files(package)
    assert adopt([edition], package) == []
    assert files(package) == before


def test_only_new_and_revised_months_are_written_again(package, root):
    adopt([kept(root)], package)
    revised = flows(NDFEB, months("2024-01", "2024-07"))
    revised.loc[revised["start"] == "2024-03-01", "value_usd"] += 1
    later = kept(root, span=("2024-01", "2024-07"), at=DECEMBER, table=revised)
    [told] = adopt([later], package)
    assert told.rows == 4  # March and July, two origins each
    every = tables.load(TABLE, edition="all", package=package)
    assert len(every) == 16
    newest = tables.load(TABLE, package=package)
    assert newest.groupby("start")["value_usd"].sum()["2024-03-01"] == 2003.0
    assert len(newest) == 14


def test_a_day_in_the_past_finds_what_was_known_then(package, root):
    adopt([kept(root)], package)
    revised = flows(NDFEB, months("2024-01", "2024-06"))
    revised["value_usd"] *= 2
    adopt([kept(root, at=DECEMBER, table=revised)], package)
    sums = {
        day: tables.load(TABLE, as_of=day, package=package)["value_usd"].sum()
        for day in ("2026-11-23", "2026-11-24", "2026-12-19", "2026-12-20")
    }
    assert list(sums.values()) == [0, 12006, 12006, 24012]


def test_a_month_without_trade_any_more_is_told_as_zero(package, root):
    adopt([kept(root)], package)
    states = dict.fromkeys(months("2024-01", "2024-06"), "data")
    states["2024-05"] = "no trade"
    adopt([kept(root, at=DECEMBER, states=states)], package)
    table = tables.load(TABLE, package=package)
    may = table[table["start"] == "2024-05-01"]
    assert set(may["value_usd"]) == {0.0}
    assert set(may["tonnes_status"]) == {"missing"}
    assert adopt([kept(root, at=DECEMBER, states=states)], package) == []


def test_a_month_that_is_not_whole_is_not_taken(package, root):
    states = {"2024-01": "data", "2024-02": "partial", "2024-03": "unclear"}
    table = flows(NDFEB, ["2024-01", "2024-02"])
    edition = kept(root, span=("2024-01", "2024-03"), states=states, table=table)
    adopt([edition], package)
    told = tables.load(TABLE, package=package)["start"].dt.strftime("%Y-%m")
    assert set(told) == {"2024-01"}


def test_two_feeds_of_an_office_share_its_table(package, root):
    smco = "8505110050"
    other = kept(root, feed="us-smco", product=smco)
    told = adopt([kept(root), other], package)
    assert [(t.table, t.rows) for t in told] == [(TABLE, 12), (TABLE, 12)]
    table = tables.load(TABLE, package=package)
    assert set(table["product"]) == {NDFEB, smco}
    assert len(tables.describe(TABLE, package)["sources"]) == 1


def test_comtrade_is_never_adopted(package, root):
    before = files(package)
    about = {"office": "comtrade", "system": "HS"}
    edition = kept(root, adoptable=False, title="UN Comtrade", **about)
    with pytest.raises(NotAdopted, match="UN Comtrade does not allow its figures"):
        adopt([edition], package)
    lying = kept(root, adoptable=True, title="UN Comtrade", **about)
    with pytest.raises(NotAdopted):
        adopt([kept(root), lying], package)
    assert files(package) == before


def series(root, office: str, products: list[str], table: pd.DataFrame):
    span = [f"{d:%Y-%m}" for d in table["start"].unique()]
    states = {p: dict.fromkeys(span, "data") for p in products}
    about = {
        "office": office,
        "title": office,
        "licence": "public domain",
        "adoptable": True,
        "query": {"system": "series", "products": products, "importer": ""},
        "fetched": "2026-11-24T12:00:00+00:00",
        "parts": [],
        "states": states,
        "notes": [],
        "account": {},
    }
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    return editions.publish(f"some-{office}", about, table, at, root)


def test_consumer_prices_go_on_where_the_package_ends(series_package, root):
    held = tables.load("cpi", package=series_package)
    last = held["start"].max()
    new = pd.date_range(last, periods=4, freq="MS")
    values = [held["index_1982_84"].iloc[-1], 336.0, None, 338.0]
    states = ["published", "published", "never published", "published"]
    table = pd.DataFrame({"start": new, "index_1982_84": values, "status": states})
    [told] = adopt([series(root, "bls", ["consumer prices"], table)], series_package)
    assert told.rows == 3
    after = tables.load("cpi", package=series_package)
    assert after["index_1982_84"].tolist()[-3:][0] == 336.0
    assert pd.isna(after["index_1982_84"].tolist()[-2])
    assert (after["published"].iloc[-3:] <= pd.Timestamp("2026-11-24")).all()
    entry = tables.describe("cpi", series_package)
    assert entry["title"].endswith(f"to {new[-1]:%B %Y}")
    assert entry["sources"][-1]["accessed"] == "2026-11-24"


def test_exchange_rates_go_on_where_the_package_ends(series_package, root):
    held = tables.load("exchange_rates", package=series_package)
    after = held["start"].max() + pd.DateOffset(months=1)
    table = pd.DataFrame(
        {"currency": ["EUR", "JPY"], "start": after, "units_per_usd": [0.85, 151.25]}
    )
    [told] = adopt([series(root, "fed", ["EUR", "JPY"], table)], series_package)
    assert told.rows == 2
    new = tables.load("exchange_rates", package=series_package)
    assert len(new) == len(held) + 2


def test_a_figure_of_the_package_is_not_changed_by_an_adoption(series_package, root):
    before = files(series_package)
    held = tables.load("exchange_rates", package=series_package)
    row = held[held["currency"] == "EUR"].tail(1)
    table = row[["currency", "start", "units_per_usd"]].assign(units_per_usd=9.0)
    with pytest.raises(
        NotAdopted, match=r"EUR .* in the package and 9.0 at the office"
    ):
        adopt([series(root, "fed", ["EUR"], table)], series_package)
    assert files(series_package) == before


def test_a_table_that_would_not_hold_is_not_written(package, root):
    before = files(package)
    wrong = flows(NDFEB, months("2024-01", "2024-06"))
    wrong.loc[0, "value_usd"] = -5.0
    with pytest.raises(TableError, match=r"column value_usd: '-5\.0'"):
        adopt([kept(root, table=wrong)], package)
    assert files(package) == before


@pytest.mark.parametrize("number", [0, 3])
def test_a_full_disk_leaves_the_package_as_it_was(package, root, monkeypatch, number):
    adopt([kept(root)], package)
    before = files(package)
    later = kept(root, span=("2024-01", "2024-08"), at=DECEMBER)
    writes = []

    def full(path, data, write=packages.write):
        if path.parent == package:
            writes.append(path)
            if len(writes) == number + 1:
                raise OSError("No space left on device")
        write(path, data)

    monkeypatch.setattr(packages, "write", full)
    with pytest.raises(OSError, match="No space left"):
        adopt([later], package)
    assert files(package) == before
    assert not (package / packages.ASIDE).exists()


@pytest.mark.parametrize("number", [0, 3, 4, 7])
def test_a_run_that_is_killed_is_put_back_by_the_next(
    package, root, monkeypatch, number
):
    adopt([kept(root)], package)
    before = files(package)
    later = kept(root, span=("2024-01", "2024-08"), at=DECEMBER)
    writes = []

    def killed(path, data, write=packages.write):
        writes.append(path)
        if len(writes) == number + 1:
            raise KeyboardInterrupt  # nothing cleans up after it
        write(path, data)

    monkeypatch.setattr(packages, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        adopt([later], package)
    monkeypatch.undo()
    packages.recover(package)
    assert files(package) == before
    assert adopt([later], package)[0].rows == 4


def test_the_rest_of_the_package_file_stays_as_it_is():
    text = (tables.PACKAGE / "datapackage.json").read_text(encoding="utf-8")
    entry = tables.describe("cpi")
    data = (tables.PACKAGE / entry["path"]).read_bytes()
    new = packages.with_entry(text, entry, data)
    assert json.loads(new) == json.loads(text)
    place = text.index('"name": "cpi"')
    assert new[: place - 10] == text[: place - 10]
    assert new.endswith(text[-200:])
