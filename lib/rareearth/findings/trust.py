"""What 00-data-trust says: a light for each table, and one table looked at closely."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rareearth import identities, quality, tables, vintage, words
from rareearth.frames import each
from rareearth.present import value

LIGHTS = ("sound", "with care", "doubtful", "not dated")
SAID = {
    "sound": "is sound",
    "with care": "deserves care",
    "doubtful": "is doubtful",
    "not dated": "has no date",
}
# Days after which a table is stale, by how often it is due: its rhythm and the usual
# delay of an office, not more than one edition missed.
PACES = {"monthly": 150, "as it happens": 200, "yearly": 400}
MISSING = 0.10
REPORTED = 0.50
REVISED_TOTAL = 0.02
REVISED_OWN = 0.10

RULE = f"""\
A table is **stale** if an edition that had been published by then is not held, if
nothing of it was known, or if its newest figure was published longer ago than it should
be: {PACES["monthly"]} days for a monthly table, {PACES["as it happens"]} for one that
grows as things happen, {PACES["yearly"]} for a yearly one. The light, the first that
applies:

1. `not dated`: codes and names, which have no time.
2. `doubtful`: a newer edition is not held, nothing was known, or the table is older
   than twice its limit.
3. `with care`: the table is stale; or over {words.percent(MISSING)} of its rows hold no
   figure; or less than {words.percent(REPORTED)} of the value of its newest year has a
   weight marked as reported; or one country's figure was revised by over
   {words.percent(REVISED_TOTAL)} of the newest world total (where there is none, a
   figure by over {words.percent(REVISED_OWN)} of itself).
4. `sound`: none of these.

Sums are not part of the light: a table whose parts do not make its printed totals
within rounding is refused when it is loaded."""

LIGHT = ["table", "light", "stale", "published", "age_days", "limit_days", "pace",
         "missing_share", "estimated_share", "revised_share", "reason"]  # fmt: skip
SUMS = ["group", "sum", "printed", "difference", "allowed"]


def day(as_of: str) -> pd.Timestamp:
    """The day on which tables are judged; empty: that of the newest publication held.

    Examples
    --------
    >>> day("2026-11-24").day_name()
    'Tuesday'
    """
    if as_of:
        return pd.Timestamp(as_of)
    days = [_published(name, "") for name in tables.names()]
    return max(found for found in days if pd.notna(found))


def lights(as_of: str) -> pd.DataFrame:
    """One light for each table of the package, by `RULE`.

    Returns
    -------
    DataFrame, one row per table, the worst first
        ``table``, ``light`` (one of `LIGHTS`), ``stale``, ``published``,
        ``age_days``, ``limit_days``, ``pace``, ``missing_share``,
        ``estimated_share``, ``revised_share`` and ``reason``; missing where a
        question does not apply to the table.
    """
    rows = pd.DataFrame([_light(name, as_of) for name in tables.names()], columns=LIGHT)
    worst = ["doubtful", "with care", "sound", "not dated"]
    rows = rows.assign(
        order=rows["light"].map(worst.index),
        late=-rows["age_days"] / rows["limit_days"],
    )
    rows = rows.sort_values(["order", "late", "table"], ignore_index=True)
    return rows.drop(columns=["order", "late"])


def _published(name: str, as_of: str) -> pd.Timestamp:
    """Day of the newest publication behind a table."""
    entry, frame = tables.describe(name), tables.load(name, as_of)
    return quality.published(frame, entry, tables.editions(name, as_of))


def _light(name: str, as_of: str) -> dict[str, Any]:
    """The row of one table."""
    entry, frame = tables.describe(name), tables.load(name, as_of)
    if entry["vintage"]["kind"] == "none":
        return {"table": name, "light": "not dated", "reason": "codes and names"}
    if frame.empty:
        reason = "nothing of it had been published"
        return {"table": name, "light": "doubtful", "stale": True, "reason": reason}
    pace = quality.pace(frame)
    published = _published(name, as_of)
    age, limit = (day(as_of) - published).days, PACES[pace]
    ahead = [e for held in tables.editions(name, as_of)["not_held"] for e in held]
    missing = quality.missing_share(frame, entry)
    marks = quality.statuses(frame)
    revised = largest(revisions(name, as_of))
    cares = []
    if age > limit:
        cares.append(f"newest figure {age} days old")
    if missing is not None and missing > MISSING:
        cares.append(f"{words.percent(missing)} of its rows hold no figure")
    if weights := _weights(marks):
        cares.append(weights)
    if revised is not None and abs(revised.share) > _most(revised):
        share = words.percent(abs(revised.share))
        cares.append(f"a figure was revised by {share} of {base(revised)}")
    doubts = [f"{edition} is not held" for edition in ahead]
    light = "doubtful" if doubts or age > 2 * limit else "with care"
    return {
        "table": name,
        "light": light if doubts or cares else "sound",
        "stale": bool(ahead) or age > limit,
        "published": published,
        "age_days": age,
        "limit_days": limit,
        "pace": pace,
        "missing_share": missing,
        "estimated_share": quality.estimated_share(marks),
        "revised_share": None if revised is None else abs(revised.share),
        "reason": "; ".join(doubts + cares),
    }


def _weights(marks: pd.DataFrame) -> str:
    """Why weights need care, or nothing."""
    by_value = marks[marks["by"] == "value"]
    if by_value.empty:
        return ""
    total = by_value["amount"].sum()
    reported = by_value.loc[by_value["status"] == "reported", "amount"].sum() / total
    if reported >= REPORTED:
        return ""
    return f"weights marked as reported: {words.percent(reported)} of the value"


def _most(revision: Any) -> float:
    """The largest revision that passes: of a world total, or of the figure itself."""
    return REVISED_TOTAL if revision.of_total else REVISED_OWN


def order(as_of: str) -> list[str]:
    """Editions known on a day, the oldest first."""
    return vintage.ordered(tables.load("editions"))["edition"].tolist()


def revisions(name: str, as_of: str, compare_to: str = "") -> pd.DataFrame:
    """Revisions of a table, as :func:`rareearth.quality.revisions` gives them.

    ``of_total`` says whether ``share`` is of a world total; ``name`` is what was
    revised in words.
    """
    entry = tables.describe(name)
    every = tables.load(name, as_of, edition="all")
    rows = quality.revisions(every, entry, order(as_of), compare_to)
    countries = tables.load("countries")
    names = dict(zip(countries["iso3"], countries["name"], strict=True))
    named = [_named(what, names) for what in rows["what"]]
    return rows.assign(name=named, of_total="country" in every)


def _named(what: str, countries: dict[str, str]) -> str:
    """A key in words: countries by name, without the name of the main list."""
    parts = [countries.get(part, part) for part in what.split(", ")]
    return ", ".join(p for p in parts if p not in ("country list", "summary"))


def largest(revisions: pd.DataFrame) -> Any:
    """The largest revision of a single figure; None where nothing stands twice."""
    rows = revisions[~revisions["what"].str.endswith("WORLD")]
    return next(each(rows.head(1)), None)


def sums(name: str, as_of: str) -> pd.DataFrame:
    """What the parts of a table add up to, beside each total that is printed.

    Returns
    -------
    DataFrame, one row per group of parts, the newest first
        ``group``, ``sum``, ``printed``, ``difference`` and ``allowed`` by rounding;
        empty where no total is printed.
    """
    every = tables.load(name, as_of, edition="all")
    found = []
    for total in tables.describe(name).get("sums", []):
        rows = identities.totals(every, total).reset_index()
        cells = [rows[c].astype(str) for c in total["within"]]
        group = cells[0].str.cat(cells[1:], sep=", ")
        year = rows.get("year", rows.get("last_year"))
        columns = rows[["sum", "printed", "allowed"]]
        found.append(columns.assign(group=group, year=year))
    if not found:
        return pd.DataFrame(
            columns=["group", "sum", "printed", "difference", "allowed"]
        )
    rows = pd.concat(found).sort_values(["year", "group"], ascending=[False, True])
    rows["difference"] = rows["sum"] - rows["printed"]
    return rows[SUMS].reset_index(drop=True)


def sentence(
    name: str, as_of: str, lights: pd.DataFrame, revisions: pd.DataFrame
) -> str:
    """The answer: what is stale, and what of the chosen table was estimated, revised.

    Parameters
    ----------
    name : the table looked at closely
    as_of : the day, or empty
    lights : as :func:`lights` gives them
    revisions : of the table, as :func:`revisions` gives them
    """
    dated = lights[lights["light"] != "not dated"]
    stale = dated[dated["stale"].eq(True)]
    when = words.day(day(as_of))
    which = words.listing(f"`{t}`" for t in stale["table"])
    told = f": {which}" if which else ""
    lines = [
        f"**On {when}, {len(stale) or 'none'} of {len(dated)} dated tables "
        f"{'was' if len(stale) == 1 else 'were'} stale{told}.**"
    ]
    row = next(each(lights[lights["table"] == name]))
    reason = f" ({row.reason})" if row.reason else ""
    lines.append(f"The table `{name}` {SAID[row.light]}{reason}.")
    lines.append(_estimated(name, as_of))
    change = largest(revisions)
    if change is not None:
        lines.append(
            f"Its largest revision{whose(change)}: {change.name}, {change.year}, from "
            f"{amount(change.before, change.unit)} in {change.earlier} to "
            f"{amount(change.now, change.unit)} in {change.newest}, "
            f"{words.percent(abs(change.share), 1)} of {base(change)}."
        )
    return " ".join(line for line in lines if line)


def whose(revision: Any) -> str:
    """Whose figure the largest revision is of: totals of the world are left aside."""
    return " of a country" if revision.of_total else ""


def base(revision: Any) -> str:
    """What a revision is a share of, in words."""
    if revision.of_total:
        return "the newest world total"
    return "the whole" if revision.unit == "share" else "the newest figure"


def amount(figure: float, unit: str) -> str:
    """A figure with its unit."""
    if unit == "share":
        return words.percent(figure)
    digits = 0 if abs(figure) >= 100 else 2
    return f"{figure:,.{digits}f} {unit}"


def _estimated(name: str, as_of: str) -> str:
    """What part of the newest year is an estimate, in a sentence."""
    marks = quality.statuses(tables.load(name, as_of))
    share = quality.estimated_share(marks)
    if share is None:
        return "None of its figures is marked as reported or as an estimate."
    year, by = int(marks["year"].max()), marks["by"].iloc[0]
    return f"Of its figures of {year}, {words.percent(share)} are estimates, by {by}."


def values(
    name: str, as_of: str, lights: pd.DataFrame, revisions: pd.DataFrame
) -> list[dict[str, Any]]:
    """The values of ``headline.json``; arguments as for :func:`sentence`."""
    stale = int(lights["stale"].eq(True).sum())
    year = day(as_of).year
    marks = quality.statuses(tables.load(name, as_of))
    change = largest(revisions)
    row = next(each(lights[lights["table"] == name]))
    told = "no figure stands in two editions"
    if change is not None:
        told = f"{change.name} {change.year}, {change.earlier} to {change.newest}"
        told += f", of {base(change)}"
    return [
        value("tables.stale", "tables that are stale", stale, "count", year,
              method="stated rule of age and editions", sources=tables.names()),
        value("table.light", f"light of {name}", row.light, "verdict", year,
              method=row.reason or "no reason for care", sources=[name]),
        value("weights.estimated_share", f"estimated part of {name}",
              quality.estimated_share(marks), "share",
              int(marks["year"].max()) if len(marks) else None,
              method=f"by {marks['by'].iloc[0]}, of what is marked" if len(marks)
              else "the table marks no estimates", sources=[name]),
        value("revision.largest", f"largest revision of {name}",
              None if change is None else abs(change.share), "share",
              None if change is None else int(change.year), method=told,
              sources=[name]),
    ]  # fmt: skip
