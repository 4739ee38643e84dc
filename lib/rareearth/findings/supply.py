"""Mines against separation, and what firms announced against what they delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth import charts, codes, stages, words
from rareearth.findings.dependency_figures import BACI
from rareearth.frames import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATUSES = ("running", "ramping", "announced")


def mines_and_imports(
    production: pd.DataFrame, history: pd.DataFrame, first_year: int
) -> pd.DataFrame:
    """China's share of the world's mines beside its share of what an importer buys.

    Parameters
    ----------
    production : the production table; mines come from the one series that is long
        enough, the Energy Institute's
    history : as :func:`rareearth.stages.history` gives it
    first_year : where both begin

    Returns
    -------
    DataFrame, one row per line and year: ``label``, ``year``, ``share``
    """
    series = production[
        (production["list"] == "EI series") & (production["year"] >= first_year)
    ]
    world = series[series["kind"] == "printed total"].set_index("year")["tonnes_reo"]
    china = series[series["country"] == stages.CHINA].set_index("year")["tonnes_reo"]
    mined = (china / world).rename("share").reset_index()
    lines = [mined.assign(label="Mines of the world")]
    for stage in ("compounds", "metals"):
        part = history[(history["stage"] == stage) & history["share"].notna()]
        lines.append(part.assign(label=f"Imported {stage}"))
    return pd.concat(lines, ignore_index=True)[["label", "year", "share"]].dropna()


def mines_figure(importer: str, lines: pd.DataFrame, source: str = BACI) -> Axes:
    """Draw China's share of mines and of imports."""
    moved = {
        label: f"from {words.percent(part['share'].iloc[0])} ({part['year'].iloc[0]}) "
        f"to {words.percent(part['share'].iloc[-1])} ({part['year'].iloc[-1]})"
        for label, part in lines.groupby("label")
    }
    title = f"China’s share of mines went {moved['Mines of the world']}"
    if "Imported compounds" in moved:
        whose = words.possessive(importer)
        title += f", of {whose} compounds {moved['Imported compounds']}"
    return charts.lines(
        lines,
        x="year",
        y="share",
        by="label",
        title=title,
        source=(
            "Energy Institute, Statistical Review 2026 (mines, by weight of oxide); "
            f"{source} (imports)."
        ),
        ylabel="China’s share (%)",
        colors={
            "Mines of the world": charts.LINES[3],
            "Imported compounds": charts.LINES[1],
            "Imported metals": charts.LINES[2],
        },
    )


def lines_alt(lines: pd.DataFrame) -> str:
    """The lines in words."""
    told = []
    for label, part in lines.groupby("label", sort=False):
        first, last = part.iloc[0], part.iloc[-1]
        told.append(
            f"{label}: {words.percent(first['share'])} in {first['year']}, "
            f"{words.percent(last['share'])} in {last['year']}"
        )
    return f"China’s share of mines and of imports. {'; '.join(told)}."


def plants(firms: pd.DataFrame) -> pd.DataFrame:
    """Magnet plants outside China as the newest word on each has them.

    Parameters
    ----------
    firms : the table ``firms``

    Returns
    -------
    DataFrame, one row per plant, largest first within ``status``
        ``firm``, ``site``, ``country``, ``status``, ``tonnes_per_year``,
        ``high_tonnes_per_year``, ``planned_start``, ``start`` (day of the word).
    """
    rows = firms[
        (firms["measure"] == "capacity")
        & (firms["stage"] == "magnets")
        & (firms["country"] != stages.CHINA)
    ]
    rows = rows.sort_values("start").groupby(["firm", "site"], dropna=False).tail(1)
    order = rows["status"].map(STATUSES.index)
    return rows.assign(order=order).sort_values(
        ["order", "tonnes_per_year"], ascending=[True, False], ignore_index=True
    )[
        [
            "firm",
            "site",
            "country",
            "status",
            "tonnes_per_year",
            "high_tonnes_per_year",
            "planned_start",
            "start",
        ]
    ]


def _ramping(total: pd.Series) -> str:
    """What part of the plants' capacity is ramping up, or nothing."""
    ramping = total.get("ramping", 0.0)
    if not ramping:
        return ""
    return f", {words.percent(ramping / total.sum())} ramping up"


def _plant(row: Any) -> str:
    """A plant and the month of the newest word on it."""
    site = "" if pd.isna(row.site) else f", {row.site}"
    return f"{row.firm}{site} ({row.start:%Y-%m})"


def plants_figure(plants: pd.DataFrame) -> Axes:
    """Draw what is running, ramping and announced."""
    total = plants.groupby("status")["tonnes_per_year"].sum()
    running = total.get("running", 0.0)
    return charts.bars(
        pd.DataFrame(
            {
                "label": [_plant(r) for r in each(plants)],
                "amount": plants["tonnes_per_year"],
                "words": [f"{r.tonnes_per_year:,.0f} {r.status}" for r in each(plants)],
                "kind": [
                    "solid" if r.status == "running" else "pale" for r in each(plants)
                ],
            }
        ),
        title=(
            f"Of {total.sum():,.0f} tonnes a year of magnet plants outside China in "
            f"this list, {words.percent(running / total.sum())} are running"
            f"{_ramping(total)}"
        ),
        source=(
            "Firms’ own statements, nameplate capacity of NdFeB magnets; each status "
            "is as of the month in brackets and may have changed since. The list is "
            "of new plants and leaves out the old ones of Japan and Europe."
        ),
        xlabel="capacity (tonnes a year, gross)",
    )


def plants_alt(plants: pd.DataFrame) -> str:
    """The plants in words."""
    told = [
        f"{_plant(r)} {r.tonnes_per_year:,.0f} t a year, {r.status}"
        for r in each(plants)
    ]
    return f"Magnet plants outside China. {'; '.join(told)}."


def announced_and_delivered(plants: pd.DataFrame, firms: pd.DataFrame) -> pd.DataFrame:
    """Capacity by country and status, beside output where it is published."""
    made = firms[
        (firms["measure"] == "production")
        & (firms["stage"] == "magnets")
        & (firms["country"] != stages.CHINA)
    ]
    rows = []
    for country, part in plants.groupby("country"):
        sums = part.groupby("status")["tonnes_per_year"].sum()
        output = made.loc[made["country"] == country, "tonnes"].sum(min_count=1)
        rows.append(
            (
                codes.name(str(country)),
                *(words.tonnes(sums.get(s)) for s in STATUSES),
                "not published" if pd.isna(output) else words.tonnes(output),
            )
        )
    return pd.DataFrame(
        rows,
        columns=["country", *(f"{s}, a year" for s in STATUSES), "magnets delivered"],
    )


def _separated(firms: pd.DataFrame) -> pd.DataFrame:
    """Output of NdPr oxide in whole years."""
    return firms[
        (firms["measure"] == "production")
        & (firms["product"] == "NdPr oxide")
        & (firms["months"] == 12)
    ]


def separators_text(firms: pd.DataFrame) -> str:
    """What the table of separators counts, and whose years are which."""
    text = "NdPr oxide (of neodymium and praseodymium) produced outside China, tonnes"
    kinds = []
    for firm, part in _separated(firms).groupby("firm"):
        last = part["start"].iloc[-1] + pd.DateOffset(months=11)
        kind = "calendar years" if last.month == 12 else f"fiscal years to {last:%B}"
        kinds.append(f"{firm} by {kind}")
    return f"{'; '.join([text, ', '.join(kinds)]) if kinds else text}."


def separators(firms: pd.DataFrame) -> pd.DataFrame:
    """NdPr oxide made outside China, year by year, as the firms print it."""
    rows = _separated(firms)
    label = [
        words.years(r.start.year, r.start.year + (r.start.month > 1))
        for r in each(rows)
    ]
    told = rows.assign(year=label, told=rows["tonnes"].map(words.tonnes))
    wide = told.pivot_table(
        index="year", columns="firm", values="told", aggfunc="first"
    )
    return wide.fillna(words.MISSING).reset_index()
