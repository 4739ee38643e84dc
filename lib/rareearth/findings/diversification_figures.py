"""Words of the figures and tables of 02-diversification, from what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rareearth import charts, codes, comparison, diversification, stages, words
from rareearth.findings.dependency import GOODS
from rareearth.findings.dependency_figures import BACI, TITLES
from rareearth.findings.diversification import Told, period
from rareearth.frames import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 9


def ends_frame(told: dict[str, Told]) -> pd.DataFrame:
    """China's share at both ends of each stage, with the verdict."""
    rows = []
    for stage, one in told.items():
        change, ends = one.share, one.ends
        rows.append(
            {
                "stage": stage,
                "first_years": period(ends.first_years) if ends else "",
                "last_years": period(ends.last_years) if ends else "",
                "coverage": ends.coverage if ends else "",
                "share_first": change.first if change else None,
                "share_last": change.last if change else None,
                "verdict": one.verdict.answer,
                "reason": one.reason or one.verdict.reason,
            }
        )
    return pd.DataFrame(rows).astype({"share_first": float, "share_last": float})


def ends(importer: str, told: dict[str, Told], basis: str, source: str = BACI) -> Axes:
    """Draw China's share at both ends, one row for each stage."""
    frame = ends_frame(told)
    known = frame.dropna(subset=["share_first"])
    fell = [
        TITLES[r.stage].lower()
        for r in each(known)
        if r.share_last < r.share_first - 0.05
    ]
    rose = [
        TITLES[r.stage].lower()
        for r in each(known)
        if r.share_last > r.share_first + 0.05
    ]
    said = [
        f"{verb} for {words.listing(group)}"
        for verb, group in (("fell", fell), ("rose", rose))
        if group
    ]
    whose = words.possessive(importer)
    title = (
        f"China’s share of {whose} imports {words.listing(said)}"
        if said
        else f"China’s share of {whose} imports moved by at most five points"
    )
    by = "value" if basis == "value" else "gross weight"
    return charts.dumbbells(
        pd.DataFrame(
            {
                "label": [
                    f"{TITLES[r.stage]}\n{r.first_years} to {r.last_years}"
                    if r.first_years
                    else TITLES[r.stage]
                    for r in each(frame)
                ],
                "first": frame["share_first"],
                "last": frame["share_last"],
                "words": [
                    f"{words.percent(r.share_first)} → {words.percent(r.share_last)}"
                    if r.first_years
                    else "cannot tell"
                    for r in each(frame)
                ],
            }
        ),
        title=title,
        source=(
            f"{source}, totals of three years at each end; compounds and metals "
            "complete flows, magnets leading flows."
        ),
        xlabel=f"China’s share of imports (by {by}, %)",
    )


def ends_alt(told: dict[str, Told]) -> str:
    """China's share at both ends in words."""
    parts = [
        f"{TITLES[r.stage]}: {words.percent(r.share_first)} in {r.first_years}, "
        f"{words.percent(r.share_last)} in {r.last_years} ({r.verdict})"
        if r.first_years
        else f"{TITLES[r.stage]}: {r.reason}"
        for r in each(ends_frame(told))
    ]
    return f"China’s share of imports at two ends. {'; '.join(parts)}."


def parts_frame(one: Told) -> pd.DataFrame:
    """Change of each supplier's share, largest first, small ones added up."""
    if one.share is None:
        return pd.DataFrame(columns=["supplier", "part", "change"])
    table = one.share.suppliers.rename_axis("supplier").reset_index()
    order = table["change"].abs().sort_values(ascending=False).index
    named = table.loc[order[:NAMED]]
    rest = table.loc[order[NAMED:]]
    rows = named[["supplier", "part", "share_first", "share_last", "change"]]
    if len(rest):
        total = rest[["share_first", "share_last", "change"]].sum()
        added = pd.DataFrame([{"supplier": "other", "part": "several", **total}])
        rows = pd.concat([rows, added], ignore_index=True)
    return rows.sort_values("change", ascending=False, ignore_index=True)


def _list(coverage: str) -> str:
    """The list of flows as it is said."""
    return "complete flows" if coverage == "complete" else coverage


def _period(one: Told) -> str:
    """Both ends as they are written."""
    assert one.ends is not None
    return f"{period(one.ends.first_years)} against {period(one.ends.last_years)}"


def parts(importer: str, stage: str, one: Told, source: str = BACI) -> Axes:
    """Draw who gained and who lost share."""
    frame = parts_frame(one)
    names = [
        "others" if r.supplier == "other" else codes.name(r.supplier)
        for r in each(frame)
    ]
    kinds = ["china" if r.supplier == stages.CHINA else r.part for r in each(frame)]
    told = [
        f"{words.points(r.change, 1)}"
        + (f" ({r.part})" if r.part in ("new", "lost") else "")
        for r in each(frame)
    ]
    gained = frame[frame["supplier"] != "other"].iloc[0]
    gainer = codes.name(gained["supplier"])
    assert one.ends is not None
    return charts.contributions(
        pd.DataFrame(
            {"label": names, "change": frame["change"], "kind": kinds, "words": told}
        ),
        title=(
            f"{gainer} gained the most share of {words.possessive(importer)} {stage}: "
            f"{words.points(gained['change'])} points"
        ),
        source=(
            f"{source}, {_list(one.ends.coverage)}, {_period(one)}. New or lost: "
            "below 0.1 % of imports at the other end."
        ),
        xlabel="change of share (percentage points)",
    )


def parts_alt(stage: str, one: Told) -> str:
    """Who gained and who lost, in words."""
    told = [
        f"{'others' if r.supplier == 'other' else codes.name(r.supplier)} "
        f"{words.points(r.change, 1)}"
        for r in each(parts_frame(one))
    ]
    return f"Change of share of {GOODS[stage]} in percentage points: {', '.join(told)}."


def tried(one: Told) -> pd.DataFrame:
    """What each choice of the two ends said."""
    table = one.verdict.tried
    if "share_first" not in table:
        return pd.DataFrame(
            {"answer": [one.verdict.answer], "why": [one.reason or one.verdict.reason]}
        )
    table = table.dropna(subset=["answer"])
    return pd.DataFrame(
        {
            "first end begins": table["first_year"],
            "last end ends": table["last_year"],
            "China’s share, first": table["share_first"].map(words.percent),
            "last": table["share_last"].map(words.percent),
            "HHI, first": table["hhi_first"].map(words.number),
            "HHI, last": table["hhi_last"].map(words.number),
            "answer": table["answer"],
        }
    )


def entry_and_exit(imports: pd.DataFrame) -> pd.DataFrame:
    """New and lost suppliers of magnets between the first and last complete year."""
    rows = imports[
        (imports["stage"] == "magnets") & (imports["coverage"] == "complete")
    ]
    years = sorted(rows["year"].unique())
    if len(years) < 2:
        return pd.DataFrame({"note": ["fewer than two complete years of magnets"]})
    both = comparison.ends(rows, int(years[0]), int(years[-1]), 1, "complete")
    change = diversification.share_change(both)
    told = []
    for part in ("continuing", "new", "lost"):
        names = change.suppliers[change.suppliers["part"] == part]
        names = names.drop(index=stages.CHINA, errors="ignore")
        largest = names["change"].abs().sort_values(ascending=False).index[:5]
        told.append(
            (
                {"continuing": "present at both", "new": "new", "lost": "lost"}[part],
                str(len(names)),
                words.points(getattr(change, part), 1),
                ", ".join(
                    f"{codes.name(s)} {words.points(names.loc[s, 'change'], 1)}"
                    for s in largest
                ),
            )
        )
    china = words.points(change.change, 1)
    told.append(("China", "1", china, f"{words.percent(change.last)} in {years[-1]}"))
    first, last = years[0], years[-1]
    return pd.DataFrame(
        told,
        columns=[f"{first} to {last}", "suppliers", "points of share", "largest moves"],
    )
