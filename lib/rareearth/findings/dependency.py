"""The headline of 01-dependency: its sentence and its values."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rareearth import NoData, concentration, stages, words
from rareearth.frames import each
from rareearth.present import value

GOODS = {
    "mine": "rare earths mined in the world",
    "compounds": "rare-earth compounds",
    "metals": "rare-earth metals",
    "magnets": "magnets",
}


def sentence(importer: str, ladder: pd.DataFrame, basis: str) -> str:
    """The answer in two or three sentences, the first of them in bold.

    Parameters
    ----------
    importer : ISO3 or ``EU27``
    ladder : as :func:`rareearth.stages.ladder` gives it
    basis : ``value`` or ``weight``

    Raises
    ------
    NoData
        Where no stage has a figure though trade had been published.
    """
    known = {
        s: ladder[(ladder["stage"] == s) & ladder["share"].notna()]
        for s in ("magnets", "metals", "compounds")
    }
    told = {s: rows for s, rows in known.items() if len(rows)}
    by = "value" if basis == "value" else "gross weight"
    if (ladder["note"] == stages.UNPUBLISHED).any():
        mined = _mined(ladder).replace("it mines", "; China mined")
        return f"**By then {stages.UNPUBLISHED}{mined}.**"
    if not told:
        whose = words.country(importer)
        raise NoData(f"the data hold no imports of {whose}, by {by}, at any stage")
    if importer == stages.CHINA:
        parts = [_first_supplier(s, rows) for s, rows in told.items()]
        year = _years(told)
        bold = f"{year} China bought {words.listing(parts)}, by {by}."
    else:
        parts = [_bought(s, rows) for s, rows in told.items()]
        bold = (
            f"{_years(told)} China supplied {words.listing(parts)} that "
            f"{words.country(importer)} imported, by {by}"
        )
        bold += f"; {_mined(ladder)}." if _mined(ladder) else "."
    lines = [f"**{bold}**"]
    if "magnets" in told:
        lines.append(_concentrated("magnets", told["magnets"]))
    if importer != stages.CHINA:
        lines += [
            f"{GOODS[s].capitalize()} come first from "
            f"{words.country(top.supplier)} ({words.percent(top.share)})."
            for s, rows in told.items()
            if (top := rows.iloc[0]).supplier != stages.CHINA
        ]
    return " ".join(lines)


def _years(told: dict[str, pd.DataFrame]) -> str:
    """The year of all stages, or of each where they differ."""
    years = {s: int(rows["year"].iloc[0]) for s, rows in told.items()}
    common = max(years.values())
    other = [f"{s}: {y}" for s, y in years.items() if y != common]
    return f"In {common} ({', '.join(other)})" if other else f"In {common}"


def _amount(row: Any) -> str:
    """What a stage's imports come to, with a warning where that is little."""
    if row.unit != "USD":
        total = words.usd(row.total_usd)
        return f"of a trade of {total}{', thin' if row.thin else ''}"
    return words.usd(row.total_usd) + (", thin" if row.thin else "")


def _bought(stage: str, rows: pd.DataFrame) -> str:
    """China's share of one stage, as a part of a sentence."""
    share = rows.loc[rows["supplier"] == stages.CHINA, "share"].sum()
    shown = words.percent(share) if share else "none"
    return f"{shown} of the {GOODS[stage]} ({_amount(rows.iloc[0])})"


def _first_supplier(stage: str, rows: pd.DataFrame) -> str:
    """The largest supplier of one stage, as a part of a sentence."""
    top = rows.iloc[0]
    return (
        f"{words.percent(top.share)} of its imported {GOODS[stage]} from "
        f"{words.country(top.supplier)} ({_amount(top)})"
    )


def _mined(ladder: pd.DataFrame) -> str:
    """China's part in the mines of the world, as a part of a sentence."""
    share = stages.share_of(ladder, "mine")
    if share is None:
        return ""
    year = ladder.loc[ladder["stage"] == "mine", "year"].iloc[0]
    return f"it mines {words.percent(share)} of the world’s rare earths ({year})"


def _concentrated(stage: str, rows: pd.DataFrame) -> str:
    """How concentrated a stage's supply is, in a sentence."""
    hhi = concentration.hhi(rows["share"])
    without = concentration.without_largest(rows["share"])
    equal = concentration.effective_suppliers(hhi)
    side = "above" if hhi > 0.4 else "not above"
    top = words.country(rows["supplier"].iloc[0])
    return (
        f"Supply of {GOODS[stage]} has an HHI of {hhi:.2f}, as {equal:.1f} equal "
        f"suppliers would have ({side} the EU’s line of 0.4); without {top} "
        f"{words.percent(without)} would be left."
    )


def values(
    ladder: pd.DataFrame,
    criteria: pd.DataFrame,
    production: pd.DataFrame,
    net_import_reliance: pd.DataFrame,
) -> list[dict[str, Any]]:
    """The values of ``headline.json``.

    Parameters
    ----------
    ladder : as :func:`rareearth.stages.ladder` gives it
    criteria : one row per stage and EU criterion, with ``stage``, ``criterion``,
        ``value``, ``year``, ``label``
    production : the production table, for the publisher's own rounded world total
    net_import_reliance : one row per ``material`` with ``share``, ``low``, ``high``,
        ``year``; empty for an importer that has none published
    """
    found = []
    for stage in stages.STAGES:
        rows = ladder[ladder["stage"] == stage]
        known = rows[rows["share"].notna()]
        year = None if rows["year"].isna().all() else int(rows["year"].iloc[0])
        table = "production" if stage == "mine" else "trade"
        why = rows["note"].iloc[0] or "share of the sum of suppliers"
        if len(known) and stage != "mine":
            why = (
                f"by {'value' if known['unit'].iloc[0] == 'USD' else 'gross weight'}, "
            )
            why += f"{known['coverage'].iloc[0]} list"
        named = known.loc[known["supplier"] != "other", "share"]
        low, high = concentration.hhi_bounds(named) if len(known) else (None, None)
        about: dict[str, Any] = {"method": why, "sources": [table]}
        goods = GOODS[stage]
        hhi = concentration.hhi(known["share"]) if len(known) else None
        share = stages.share_of(ladder, stage)
        found += [
            value(f"{stage}.china_share", f"China’s share of {goods}", share, "share",
                  year, **about),
            value(f"{stage}.hhi", f"HHI of {goods}", hhi, "index", year, low=low,
                  high=high, **about),
        ]  # fmt: skip
        if stage == "mine":
            printed = _of_printed(known, production)
            found.append(
                value("mine.china_share_of_printed_total",
                      "China’s share of the rounded world total", printed, "share",
                      year, method="publisher’s rounded total", sources=["production"])
            )  # fmt: skip
            continue
        equal = None if hhi is None else concentration.effective_suppliers(hhi)
        top = known["supplier"].iloc[0] if len(known) else None
        total = rows["total_usd"].iloc[0]
        found += [
            value(f"{stage}.effective_suppliers", f"equal suppliers of {goods}", equal,
                  "suppliers", year, **about),
            value(f"{stage}.top_supplier", f"largest supplier of {goods}", top, "ISO3",
                  year, **about),
            value(f"{stage}.total_usd", f"imports of {goods}", total, "USD", year,
                  **about),
        ]  # fmt: skip
        found += [
            value(f"{stage}.{row.criterion}", row.label, row.value, "index",
                  None if pd.isna(row.year) else int(row.year), sources=["trade"],
                  method=row.reason or f"line {row.threshold:g}, by value")
            for row in each(criteria[criteria["stage"] == stage])
        ]  # fmt: skip
    prefix = {"rare earths": "", "heavy rare earths": "heavy.", "yttrium": "yttrium."}
    for row in each(net_import_reliance):
        found.append(
            value(f"{prefix[row.material]}net_import_reliance",
                  f"net import reliance, {row.material}", row.share, "share", row.year,
                  low=row.low, high=row.high, method=f"as printed, {row.edition}",
                  sources=["us_supply"])
        )  # fmt: skip
    return found


def _of_printed(mines: pd.DataFrame, production: pd.DataFrame) -> float | None:
    """China's mines as a share of the printed total of the same year."""
    total = production[
        (production["list"] == "country list")
        & (production["kind"] == "printed total")
        & (production["year"] == mines["year"].max())
    ]["tonnes_reo"]
    if not len(mines) or not len(total):
        return None
    ours = mines.loc[mines["supplier"] == stages.CHINA, "amount"].sum()
    return float(ours / total.iloc[0])
