"""Figures and tables of 00-data-trust, and their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rareearth import charts, quality, tables, words
from rareearth.findings import trust
from rareearth.frames import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PARTS = 20
MOST_CHANGES = 10
MOST_SUMS = 12
SOURCE = "The data package of this collection, data/datapackage.json"


def lights_table(lights: pd.DataFrame) -> pd.DataFrame:
    """Each table with its light, its age and the reason, in words."""
    rows = [
        (
            f"`{row.table}`",
            row.light,
            "–" if pd.isna(row.published) else f"{row.published:%Y-%m-%d}",
            "–" if pd.isna(row.age_days) else f"{row.age_days:.0f}",
            "–" if pd.isna(row.limit_days) else f"{row.limit_days:.0f}",
            words.percent(row.estimated_share),
            row.reason or "–",
        )
        for row in each(lights)
    ]
    columns = ["table", "light", "newest published", "age, days", "limit, days",
               "estimated", "reason"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def ages(lights: pd.DataFrame, as_of: str) -> Axes:
    """How old each dated table is, against the age at which it is stale."""
    marks = age_marks(lights)
    stale = int(marks["stale"].sum())
    when = f"{trust.day(as_of):%Y-%m-%d}"
    return charts.ages(
        marks,
        title=f"On {when}, {stale or 'none'} of {len(marks)} dated tables "
        f"{'was older than its' if stale == 1 else 'were older than their'} limit",
        source=f"{SOURCE}. Days since the newest publication that each table holds; "
        + ", ".join(f"{pace} {limit} days" for pace, limit in trust.PACES.items())
        + ".",
        xlabel="age as a part of the age at which the table is stale (%)",
    )


def age_marks(lights: pd.DataFrame) -> pd.DataFrame:
    """Ages as :func:`rareearth.charts.ages` draws them, the oldest first."""
    dated = lights.dropna(subset="age_days")
    ratio = dated["age_days"] / dated["limit_days"]
    told = [f"{r.age_days:.0f} days (limit {r.limit_days:.0f})" for r in each(dated)]
    marks = pd.DataFrame(
        {"label": dated["table"], "ratio": ratio, "words": told, "stale": ratio > 1}
    )
    return marks.sort_values("ratio", ascending=False, ignore_index=True)


def ages_alt(lights: pd.DataFrame) -> str:
    """The ages in words."""
    parts = [f"{row.label} {row.words}" for row in each(age_marks(lights))]
    return f"Age of each table against its limit: {'; '.join(parts)}."


def covered(name: str, as_of: str) -> pd.DataFrame:
    """Rows and known figures of a table by part and year; a gap has no rows."""
    return quality.coverage(tables.load(name, as_of), tables.describe(name))


def coverage_cells(covered: pd.DataFrame) -> pd.DataFrame:
    """The coverage as :func:`rareearth.charts.grid` draws it: the largest parts."""
    most = covered.groupby("part")["rows"].sum().nlargest(MOST_PARTS).index
    rows = covered[covered["part"].isin(most)]
    told = {}
    for part, years in rows.groupby("part"):
        span = range(int(years["year"].min()), int(years["year"].max()) + 1)
        gaps = len(set(span) - set(years["year"]))
        count = int(years["rows"].sum())
        told[part] = f"{count:,} {'row' if count == 1 else 'rows'}"
        told[part] += f", {gaps} {'year' if gaps == 1 else 'years'} none" * (gaps > 0)
    return pd.DataFrame(
        {
            "label": rows["part"].str.slice(0, 40),
            "year": rows["year"].astype(int),
            "known": rows["known"] / rows["rows"],
            "words": rows["part"].map(told),
        }
    )


def coverage(name: str, covered: pd.DataFrame) -> Axes:
    """Draw which years each part of a table has."""
    cells = coverage_cells(covered)
    title = tables.describe(name)["title"]
    shown, every = cells["label"].nunique(), covered["part"].nunique()
    some = f"The {shown} largest of {every} parts. " if every > shown else ""
    return charts.grid(
        cells,
        title=title,
        source=f"{SOURCE}. {some}Full: every row of the year has a figure; open: some "
        "have none; cross: none has; nothing: no rows.",
        xlabel="year (one mark for each year with rows)",
    )


def coverage_alt(covered: pd.DataFrame) -> str:
    """The coverage in words."""
    cells = coverage_cells(covered)
    parts = [
        f"{label} {words.years(rows['year'].min(), rows['year'].max())}, "
        f"{rows['words'].iloc[0]}"
        for label, rows in cells.groupby("label", sort=False)
    ]
    return f"Years that the table has rows of: {'; '.join(parts)}."


def statuses_table(name: str, as_of: str) -> pd.DataFrame:
    """What the figures of the newest year rest on, in words."""
    marks = quality.statuses(tables.load(name, as_of))
    rows = [
        (row.of, str(row.year), row.status, words.percent(row.share), row.by)
        for row in each(marks)
    ]
    return pd.DataFrame(rows, columns=["of", "year", "status", "share", "by"])


NO_MARK = (
    "This table does not mark which of its figures were reported and which are "
    "estimates, so no share of estimates can be given."
)
NO_REVISION = (
    "No figure of this table moved between two of the editions that are held and were "
    "known by then. Where only one edition is held that says nothing about revisions."
)
NO_TOTAL = "No total is printed with this table, so there is nothing to add up to."
NO_YEARS = "This table has no years: it holds codes and names."


def changes(name: str, revisions: pd.DataFrame) -> Axes:
    """Draw the largest revisions."""
    bars = change_bars(revisions)
    top = trust.largest(revisions)
    compared = words.listing(sorted(revisions["earlier"].unique()))
    return charts.revised(
        bars,
        title=f"Largest revision of a single figure: {top.name}, {top.year}, by "
        f"{words.percent(abs(top.share), 1)} of {trust.base(top)}",
        source=f"{SOURCE}, table {name}: newest edition of each figure against "
        f"{compared}.",
        xlabel=f"change as a share of {trust.base(top)} (points)",
    )


def change_bars(revisions: pd.DataFrame) -> pd.DataFrame:
    """Revisions as :func:`rareearth.charts.revised` draws them."""
    rows = revisions[~revisions["what"].str.endswith("WORLD")]
    rows = rows[rows["change"] != 0].head(MOST_CHANGES)
    label = rows["name"].str.split(", ").str[-2:].str.join(", ").str.slice(0, 44)
    told = [
        f"{words.number(r.before, _digits(r.before))} → "
        f"{words.number(r.now, _digits(r.now))} {r.unit if r.unit != 'share' else ''}"
        for r in each(rows)
    ]
    return pd.DataFrame(
        {
            "label": label + ", " + rows["year"].astype(int).astype(str),
            "change": rows["share"],
            "words": told,
        }
    ).reset_index(drop=True)


def _digits(figure: float) -> int:
    """Decimals that a figure is shown with."""
    return 0 if abs(figure) >= 5 else 2


def changes_alt(revisions: pd.DataFrame) -> str:
    """The largest revisions in words."""
    parts = [
        f"{row.label} {row.words.strip()} ({words.points(row.change, 1)} points)"
        for row in each(change_bars(revisions))
    ]
    return f"Revisions between editions, the largest first: {'; '.join(parts)}."


def totals_table(sums: pd.DataFrame) -> pd.DataFrame:
    """The newest sums of parts beside their printed totals, in words."""
    rows = [
        (
            row.group,
            words.number(row.sum, _digits(row.allowed)),
            words.number(row.printed, _digits(row.allowed)),
            words.number(row.difference, _digits(row.allowed)),
            f"±{words.number(row.allowed, _digits(row.allowed))}",
        )
        for row in each(sums.head(MOST_SUMS))
    ]
    columns = ["list", "sum of parts", "printed total", "difference", "rounding allows"]
    return pd.DataFrame(rows, columns=columns)


def changes_table(revisions: pd.DataFrame) -> pd.DataFrame:
    """What the same figure was in each edition, totals as printed among them."""
    rows = [
        (
            row.name,
            str(int(row.year)),
            f"{row.earlier}: {trust.amount(row.before, row.unit)}",
            f"{row.newest}: {trust.amount(row.now, row.unit)}",
            words.points(row.share, 1),
        )
        for row in each(revisions[revisions["change"] != 0].head(MOST_SUMS))
    ]
    columns = ["what", "year", "earlier edition", "newest edition", "points"]
    return pd.DataFrame(rows, columns=columns)
