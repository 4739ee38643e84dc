"""Words of the figures and tables of 01-dependency, computed from what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rareearth import charts, codes, concentration, stages, words
from rareearth.frames import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NAMED = 4
BACI = "CEPII BACI"
TITLES = {
    "mine": "Mines",
    "compounds": "Compounds",
    "metals": "Metals",
    "magnets": "Magnets",
}


def ladder_bars(ladder: pd.DataFrame) -> pd.DataFrame:
    """The ladder as :func:`rareearth.charts.ladder` draws it: few named suppliers."""
    rows: list[tuple[str, str, float | None, str]] = []
    for stage in stages.STAGES:
        part = ladder[ladder["stage"] == stage]
        first = part.iloc[0]
        what = TITLES[stage]
        if pd.isna(first["share"]):
            rows.append((what, first["note"], None, "none"))
            continue
        if stage == "mine":
            amount = f"world output {first['year']}\n"
            amount += words.tonnes(part["amount"].sum(), "REO")
        else:
            amount = f"imports {first['year']}\n{words.usd(first['total_usd'])}"
            amount = amount.replace("million", "M").replace("billion", "bn")
        label = f"{what}\n{amount}"
        named = part[part["supplier"] != "other"]
        china = named[named["supplier"] == stages.CHINA]
        others = named[named["supplier"] != stages.CHINA].head(MOST_NAMED)
        for row in each(pd.concat([china, others])):
            kind = "china" if row.supplier == stages.CHINA else "named"
            rows.append((label, codes.name(row.supplier), row.share, kind))
        rest = 1 - china["share"].sum() - others["share"].sum()
        if rest > 1e-9:
            rows.append((label, "others", rest, "others"))
    return pd.DataFrame(rows, columns=["label", "supplier", "share", "kind"])


def ladder_title(importer: str, ladder: pd.DataFrame) -> str:
    """What the ladder shows: where China's share is highest and lowest, or a tie."""
    shares = {
        stage: share
        for stage in stages.TRADED
        if (share := stages.share_of(ladder, stage)) is not None
    }
    whose = words.possessive(importer)
    if importer == stages.CHINA or not shares:
        return f"{whose[0].upper()}{whose[1:]} suppliers at each stage"
    if not any(shares.values()):
        return f"China supplies nothing of {whose} imports at any stage"
    high, low = max(shares, key=shares.get), min(shares, key=shares.get)  # type: ignore
    if shares[high] - shares[low] < 0.02:
        about = words.percent(shares[high])
        return f"China supplies about {about} of {whose} imports at every stage"
    near = [s for s in shares if shares[high] - shares[s] < 0.02]
    about = "about " if len(near) > 1 else ""
    return (
        f"China supplies {about}{words.percent(shares[high])} of {whose} "
        f"{words.listing(near)}, {words.percent(shares[low])} of its {low}"
    )


def ladder_alt(bars: pd.DataFrame) -> str:
    """The ladder in words, with its numbers."""
    parts = []
    for label, part in bars.groupby("label", sort=False):
        stage = str(label).split("\n")[0]
        if part["share"].isna().any():
            parts.append(f"{stage}: {part['supplier'].iloc[0]}.")
            continue
        shares = [f"{row.supplier} {words.percent(row.share)}" for row in each(part)]
        parts.append(f"{stage}: {', '.join(shares)}.")
    return f"One bar for each of {bars['label'].nunique()} stages. {' '.join(parts)}"


def ladder(importer: str, ladder: pd.DataFrame, basis: str, source: str = BACI) -> Axes:
    """Draw the ladder of stages."""
    bars = ladder_bars(ladder)
    return charts.ladder(
        bars,
        title=ladder_title(importer, ladder),
        source=ladder_source(ladder, source),
        xlabel=(
            "share of supply (mines by weight of oxide, imports by "
            f"{'value' if basis == 'value' else 'gross weight'}, %)"
        ),
    )


def ladder_source(ladder: pd.DataFrame, source: str = BACI) -> str:
    """Sources of the ladder and what to beware of."""
    traded = ladder[(ladder["stage"] != "mine") & ladder["share"].notna()]
    partial = traded.loc[traded["coverage"] != "complete", "stage"].unique()
    thin = [TITLES[s].lower() for s in traded.loc[traded["thin"], "stage"].unique()]
    lists = "complete flows"
    if len(partial):
        lists += f" (leading flows only for {words.listing(partial)})"
    notes = [
        f"USGS mine production by country (mines); {source}, {lists} (imports).",
        "Compounds HS 284610 and 284690, metals HS 280530, magnets HS 850511, "
        "which holds all metal magnets.",
    ]
    if thin:
        is_are = "is" if len(thin) == 1 else "are"
        notes.append(f"Thin, under 5 million USD, {is_are} {words.listing(thin)}.")
    return "\n".join([notes[0], " ".join(notes[1:])])


def suppliers_table(ladder: pd.DataFrame) -> pd.DataFrame:
    """Stage by stage, how much and from whom, in words."""
    rows = []
    for stage in stages.STAGES:
        part = ladder[ladder["stage"] == stage]
        first = part.iloc[0]
        if pd.isna(first["share"]):
            rows.append((TITLES[stage], "–", first["note"], "–", "–", "–"))
            continue
        share = part["share"]
        amount = (
            words.tonnes(part["amount"].sum(), "REO")
            if stage == "mine"
            else words.usd(first["total_usd"]) + (" (thin)" if first["thin"] else "")
        )
        named = [
            f"{codes.name(r.supplier)} {words.percent(r.share)}"
            for r in each(part[part["supplier"] != "other"].head(5))
        ]
        hhi = concentration.hhi(share)
        rows.append(
            (
                f"{TITLES[stage]}, {first['year']}",
                amount,
                ", ".join(named),
                words.number(hhi),
                words.number(concentration.effective_suppliers(hhi), 1),
                words.percent(concentration.without_largest(share)),
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "stage, year",
            "amount",
            "largest suppliers",
            "HHI",
            "equal suppliers",
            "left without the largest",
        ],
    )


def history_series(history: pd.DataFrame) -> pd.DataFrame:
    """The history as :func:`rareearth.charts.lines` draws it."""
    names = TITLES | {"mine": "Mines (world)"}
    label = history["stage"].map(names)
    isolated = (history["stage"] == "magnets") & (history["coverage"] == "complete")
    label = label.where(~isolated, "Magnets, complete")
    frame = history.assign(label=label, dashed=history["coverage"] != "complete")
    return frame.sort_values(["label", "year"])


def history_title(importer: str, history: pd.DataFrame) -> str:
    """How far each line moved from its first to its last year, the furthest first."""
    moves = {}
    for (stage, coverage), part in history.dropna(subset=["share"]).groupby(
        ["stage", "coverage"]
    ):
        if stage == "mine" or (stage == "magnets" and coverage == "complete"):
            continue
        ends = part.iloc[[0, -1]]
        moves[stage] = (*ends["share"], *ends["year"], coverage)
    if not moves:
        return f"No history of {words.possessive(importer)} imports"
    stage = max(moves, key=lambda s: abs(moves[s][1] - moves[s][0]))
    first, last, start, end, coverage = moves[stage]
    verb = "rose" if last > first else "fell"
    if abs(last - first) < 0.05:
        return (
            f"China’s share of {words.possessive(importer)} imports moved by less than "
            f"five points at every stage, {start} to {end}"
        )
    of = "" if coverage == "complete" else "the leading flows of "
    return (
        f"China’s share of {of}{words.possessive(importer)} {stage} {verb} most: from "
        f"{words.percent(first)} in {start} to {words.percent(last)} in {end}"
    )


def history(
    importer: str, history: pd.DataFrame, basis: str, source: str = BACI
) -> Axes:
    """Draw China's share of each stage, year by year."""
    by = "value" if basis == "value" else "gross weight"
    return charts.lines(
        history_series(history),
        x="year",
        y="share",
        by="label",
        title=history_title(importer, history),
        source=(
            f"{source} (imports); USGS (mines, from the first year with a full list "
            "of countries). Dashed: leading flows; open marks: complete years."
        ),
        ylabel=f"China’s share (imports by {by}, %)",
        isolated={"Magnets, complete": "o"},
        colors={
            "Magnets": charts.LINES[0],
            "Magnets, complete": charts.LINES[0],
            "Compounds": charts.LINES[1],
            "Metals": charts.LINES[2],
            "Mines (world)": charts.LINES[3],
        },
    )


def history_alt(history: pd.DataFrame) -> str:
    """The lines in words: first, lowest, highest and last value of each."""
    parts = []
    for label, part in (
        history_series(history).dropna(subset=["share"]).groupby("label")
    ):
        first, last = part.iloc[0], part.iloc[-1]
        low, high = part["share"].min(), part["share"].max()
        parts.append(
            f"{label}: {words.percent(first['share'])} in {first['year']}, "
            f"{words.percent(last['share'])} in {last['year']}, between "
            f"{words.percent(low)} and {words.percent(high)}."
        )
    return f"China’s share of imports by stage. {' '.join(parts)}"


def criteria_marks(criteria: pd.DataFrame) -> pd.DataFrame:
    """The criteria as :func:`rareearth.charts.thresholds` draws them, where defined."""
    rows = []
    for row in each(criteria.dropna(subset=["value"])):
        label = f"{TITLES[row.stage]}: {row.criterion.upper()}"
        told = f"{row.value:.2f} ({'above' if row.met else 'below'} {row.threshold:g})"
        rows.append((label, row.value / row.threshold, told, bool(row.met)))
    return pd.DataFrame(rows, columns=["label", "ratio", "words", "met"])


def criteria(importer: str, criteria: pd.DataFrame, source: str = BACI) -> Axes:
    """Draw how far each EU criterion is from its threshold."""
    known = criteria.dropna(subset=["value"])
    every = known.groupby("stage")["met"].all()
    all_met = [s for s in stages.TRADED if every.get(s, False)]
    whose = words.possessive(importer)
    if not len(known):
        title = f"No criterion can be computed for {whose} imports"
    elif len(all_met) == len(every):
        title = f"Every stage of {whose} imports is over every EU line that applies"
    elif all_met:
        which = words.listing(TITLES[s].lower() for s in all_met).capitalize()
        title = f"{which} are over every EU line that applies"
    else:
        title = f"No stage of {whose} imports is over every EU line at once"
    borrowed = ""
    if importer != "EU27":
        borrowed = f"EU rule applied to {words.country(importer)}, without CDI2. "
    years = sorted({int(y) for y in known["year"]})
    return charts.thresholds(
        criteria_marks(criteria),
        title=title,
        source=(
            f"{source}, {words.listing(map(str, years))}, by value. {borrowed}"
            "CDI1: HHI of imports from outside (line 0.4); CDI2: imports from outside "
            "over all imports (0.5); CDI3: imports from outside over all exports (1)."
        ),
    )


def criteria_alt(criteria: pd.DataFrame) -> str:
    """The criteria in words."""
    marks = criteria_marks(criteria)
    if marks.empty:
        why = "; ".join(dict.fromkeys(criteria["reason"]))
        return f"None of the {len(criteria)} criteria can be computed: {why}."
    parts = [f"{row.label} {row.words}" for row in each(marks)]
    return f"Distance of each criterion to its threshold. {'; '.join(parts)}."
