"""What must hold of any file: order, splitting, packing and writing change nothing."""

import gzip
import random
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth import trade
from rareearth.trade import cells

PARTNERS = [156, 392, 842, 490, 899, 251]
FLOWS = ["M", "X"]
amounts = st.integers(1, 10**9).map(lambda n: n / 1000)
keys = st.tuples(
    st.sampled_from([2021, 2022]),
    st.sampled_from([276, 528]),
    st.sampled_from(PARTNERS),
    st.sampled_from(["280530", "091099"]),
    st.sampled_from(FLOWS),
)
worlds = st.dictionaries(keys, st.lists(amounts, min_size=1, max_size=4), min_size=1)
COLUMNS = ["year", "reporter", "partner", "cmd", "flow", "value", "netwgt"]


def rows(world: dict[tuple, list[float]]) -> list[dict[str, Any]]:
    """Flows with their parts, and World, as a query without a filter returns them.

    A flow of one part stands there twice; what divides it is not told.
    """
    found, totals = [], {}
    for key, parts in world.items():
        total = round(sum(parts), 3)
        for value in [total, *parts]:
            found.append(dict(zip(COLUMNS, [*key, value, value * 2], strict=True)))
        group = (*key[:2], 0, *key[3:])
        totals[group] = round(totals.get(group, 0) + total, 3)
    for key, total in totals.items():
        found.append(dict(zip(COLUMNS, [*key, total, ""], strict=True)))
    return found


def text(told: list[dict[str, Any]], columns: list[str]) -> bytes:
    lines = [",".join(columns)]
    lines += [",".join(str(row[c]) for c in columns) for row in told]
    return "\n".join(lines).encode()


@settings(deadline=None, max_examples=8)
@given(world=worlds, seed=st.integers(0, 99))
def test_order_columns_splitting_and_gzip_do_not_matter(world, seed: int) -> None:
    told, columns = rows(world), list(COLUMNS)
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.csv").write_bytes(text(told, columns))
        expected = trade.read(folder / "a.csv")
        draw.shuffle(told)
        draw.shuffle(columns)
        cut = draw.randrange(len(told))
        parts = [p for p in (told[:cut], told[cut:]) if p]
        paths = []
        for n, part in enumerate(parts):
            path = folder / f"{n}.csv.gz"
            path.write_bytes(gzip.compress(text(part, columns)))
            paths.append(path)
        found = trade.read(paths)
    pd.testing.assert_frame_equal(found.table, expected.table)
    fates = [r.account.groupby("fate")["rows"].sum() for r in (found, expected)]
    pd.testing.assert_series_equal(*fates)
    assert found.account["rows"].sum() == len(told)


@settings(deadline=None, max_examples=8)
@given(world=worlds)
def test_partners_add_up_to_world_and_each_flow_is_its_total(world) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.csv"
        path.write_bytes(text(rows(world), COLUMNS))
        reading = trade.read(path)
    assert len(reading.table) == len(world)
    assert reading.table["value_usd"].sum() == pytest.approx(
        sum(map(sum, world.values()))
    )
    assert any("partners add up to World in all" in note for note in reading.notes)


@settings(deadline=None, max_examples=5)
@given(world=worlds)
def test_a_written_table_reads_back_the_same(world) -> None:
    with tempfile.TemporaryDirectory() as name:
        path, out = Path(name) / "a.csv", Path(name) / "a.parquet"
        path.write_bytes(text(rows(world), COLUMNS))
        trade.convert(path, out)
        table = trade.read(path).table
        pd.testing.assert_frame_equal(trade.read(out).table, table)
        pd.testing.assert_frame_equal(trade.query(out), table)
        table.to_csv(Path(name) / "b.csv", index=False)
        pd.testing.assert_frame_equal(trade.read(Path(name) / "b.csv").table, table)
        pd.testing.assert_frame_equal(trade.query(Path(name) / "b.csv"), table)


@given(value=st.decimals(0, 10**12, places=3), comma=st.booleans())
def test_a_number_means_the_same_in_every_notation(value, comma: bool) -> None:
    plain = f"{value:f}"
    grouped = f"{value:,f}"
    if comma:
        plain, grouped = (
            t.translate(str.maketrans(",.", ".,")) for t in (plain, grouped)
        )
    found, bad = cells.numbers(pd.Series([plain, grouped]), "," if comma else ".")
    assert not bad.any()
    assert found.tolist() == [float(value)] * 2


@given(
    code=st.integers(0, 10**6 - 1).map(lambda n: f"{n:06d}"),
    cut=st.integers(0, 5),
)
def test_a_code_is_whole_or_restored_or_refused(code: str, cut: int) -> None:
    found, restored, bad = cells.codes(pd.Series([code, code[cut:]]), (6,))
    assert bad[0] == code.startswith("00")
    if restored[1]:
        assert found[1] == "0" + code[cut:]
    assert bad[1] or len(found[1]) == 6
