"""What 03-true-origin says: China's share as a range, the origin gap, refusals."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from rareearth import concentration, mirror, origin, tellings, words
from rareearth.present import value

GOODS = {
    "280530": "rare-earth metals",
    "284610": "cerium compounds",
    "284690": "rare-earth compounds other than cerium",
    "850511": "magnets",
}
LARGEST = 15
NOTHING = (
    "The trade table holds no purchases of this good by this importer in this year, or "
    "none that had been published by then."
)
NOT_PRINTED = "There is no printed pair to show beside this page’s own trade table."

RULE = f"""\
**Two tellings.** The importer tells what it bought, with freight and insurance (CIF);
the exporters tell what they sold, without (FOB). A share is always taken within one
telling. Only their distance is compared, after the importer's is freed from freight and
insurance by the product's median factor, kept between {mirror.CIF_FOB[0]:.2f}
and {mirror.CIF_FOB[1]:.2f}. Two tellings are **refused**, and never averaged, where one
is missing, where they are more than three times apart, or (by weight) where a weight is
not marked as reported. BACI is reconciled from both: it is one telling.

**Who shipped, and what it could have shipped.** Each exporter is of one kind, the first
that applies:

1. `shipped by China`.
2. `country not named`: the office withholds it.
3. `possible re-export hub`: it bought at least as much of this very good from China as
   it sold of it to everyone. It may have passed all of it on; it need not have.
4. `mines itself`: mine output on record in that year or the {origin.YEARS_BEFORE}
   before, by any list, however small.
5. `no mine, buys from China`: no mine, and what it bought from China, of the good or at
   one stage before, comes to {words.percent(origin.NOTABLE)} or more of what it sold
   (or what it bought is not known).
6. `no mine, other sources`: no mine, and less than that from China.

**China’s share** is what China shipped itself. It is at least the smallest telling of
that, and at most that plus everything that kinds 2, 3 and 5 shipped: a ceiling under
this rule, not an estimate. **The origin gap** is the share, by value, that was shipped
by countries without a mine on record: what rare earths are in it were mined
elsewhere."""


def pairs(
    flows: pd.DataFrame, held: pd.DataFrame, product: str, year: int, trade_file: str
) -> pd.DataFrame:
    """Both tellings of a good in a year, as the table ``mirror_pairs`` has them.

    Of the reader's own file where there is one and it holds both tellings, never of
    both; empty where neither tells the flow twice.
    """
    if not trade_file:
        return held[(held["product"] == product) & (held["year"] == year)]
    rows = flows[(flows["product"] == product) & (flows["start"].dt.year == year)]
    if not set(mirror.SIDES) <= set(rows["reported_by"]):
        return held.head(0)
    rows = rows[rows["coverage"] == "complete"]
    importers = [*tellings.largest(rows, LARGEST), tellings.UNION]
    return tellings.summed(rows, importers).assign(product=product, year=year)


def shares(
    pairs: pd.DataFrame, exporters: pd.DataFrame, importer: str, source: str
) -> pd.DataFrame:
    """China's share as each telling has it, one row per telling.

    Returns
    -------
    DataFrame
        ``teller``, ``valuation``, ``china_usd``, ``total_usd``, ``share``,
        ``tellers``; the last row is the table that the rest of the page rests on.
    """
    told = tellings.china_shares(pairs, importer)
    total = float(exporters["value_usd"].sum())
    ours = exporters.loc[exporters["kind"] == "china", "value_usd"].sum()
    row = {"teller": source, "valuation": "", "china_usd": float(ours)}
    row |= {"total_usd": total, "share": ours / total if total else None}
    return pd.concat([told, pd.DataFrame([row])], ignore_index=True)


def refused(judged: pd.DataFrame) -> pd.DataFrame:
    """The pairs that must not be averaged by value, or by weight, with the reason."""
    rows = judged.assign(refused=judged["by_value"] + judged["by_weight"] != "")
    order = rows["log_gap"].abs().rename("far")
    rows = rows.assign(far=order, value_refused=rows["by_value"] != "")
    rows = rows.sort_values(
        ["value_refused", "far", "importer"], ascending=[False, False, True]
    )
    return rows[rows["refused"]].drop(columns=["far", "value_refused", "refused"])


def goods(product: str) -> str:
    """A product in words.

    Examples
    --------
    >>> goods("850511"), goods("284610")
    ('magnets', 'cerium compounds')
    """
    return GOODS.get(product, f"goods of HS {product}")


def sentence(
    importer: str,
    product: str,
    year: int,
    exporters: pd.DataFrame,
    shares: pd.DataFrame,
    judged: pd.DataFrame,
) -> str:
    """The answer: China's share and its range, the origin gap, what was refused."""
    bought = exporters["value_usd"].sum()
    who = words.country(importer)
    if not bought:
        return f"**The data hold no {goods(product)} that {who} bought in {year}.**"
    share, span = _china(exporters, shares)
    by_kind = origin.division(exporters)
    thin = ", thin" if concentration.thin(bought) else ""
    china = f"China shipped {words.percent(share)}"
    if origin.CHINA not in set(exporters["exporter"]):
        china = (
            f"China is not among the {len(exporters)} named exporters (a table of some "
            "partners only would look the same)"
        )
    lines = [
        f"**In {year} {china} of the {goods(product)} "
        f"that {who} bought ({words.usd(bought)}{thin}); by what is known of the other "
        f"exporters, up to {words.percent(span.high)} may have come from there.**",
        f"Possible re-export hubs shipped {words.percent(by_kind['hub'])}, countries "
        f"without a mine that buy from China {words.percent(by_kind['no mine'])}.",
        f"{words.percent(origin.gap(exporters))} came from countries that mine no rare "
        "earths: the origin gap.",
    ]
    if len(shares) > 1:
        lines.append(
            "By the tellings side by side China shipped "
            f"{_between(shares['share'].min(), shares['share'].max())}."
        )
    else:
        lines.append(
            "There is one telling of this year only, and no second to compare."
        )
    single = countries(judged)
    if len(single):
        lines.append(
            f"Of China’s {len(single)} flows to the largest importers that are told "
            f"twice, {_all(single['by_value'])} may not be averaged by value and "
            f"{_all(single['by_weight'])} by weight."
        )
    return " ".join(lines)


def _between(low: float, high: float) -> str:
    """Two shares as a range, or as one where they round to the same."""
    same = words.percent(low) == words.percent(high)
    return words.percent(low) if same else words.span(low, high)


def _all(reasons: pd.Series) -> str:
    """How many are refused, in a word where it is all or none."""
    count = int((reasons != "").sum())
    return "all" if count == len(reasons) else str(count or "none")


def countries(judged: pd.DataFrame) -> pd.DataFrame:
    """Flows to single countries, so that none counts a second time in the union."""
    return judged[judged["importer"] != tellings.UNION]


def _china(
    exporters: pd.DataFrame, shares: pd.DataFrame
) -> tuple[float | None, concentration.Bounds]:
    """China's share and its range, over all tellings."""
    told = [float(s) for s in shares["share"].dropna()]
    return origin.china_share(exporters, told)


def values(
    product: str,
    year: int,
    exporters: pd.DataFrame,
    shares: pd.DataFrame,
    judged: pd.DataFrame,
) -> list[dict[str, Any]]:
    """The values of ``headline.json``; arguments as for :func:`sentence`."""
    what = goods(product)
    share, (low, high) = _china(exporters, shares)
    found = [
        value("china_share", f"China’s share of {what}", share, "share", year,
              low=_known(low), high=_known(high), sources=["trade", "mirror_pairs"],
              method="shipped by China; low: smallest telling; high: and all that may "
              "be Chinese by the stated rule"),
        value("origin_gap", f"{what} from countries without a mine",
              origin.gap(exporters), "share", year, sources=["trade", "production"],
              method=f"no mine output in {year} or the {origin.YEARS_BEFORE} years "
              "before, by value"),
    ]  # fmt: skip
    for kind, share_of in origin.division(exporters).items():
        if kind != "china":
            label = f"{what}: {origin.KINDS[str(kind)]}"
            found.append(
                value(f"{str(kind).replace(' ', '_')}.share", label,
                      share_of if len(exporters) else None, "share", year,
                      method="by value", sources=["trade", "production"])
            )  # fmt: skip
    single = countries(judged)
    count, weights, reason = None, None, "nothing is told twice"
    if len(single):
        count = int((single["by_value"] != "").sum())
        weights = int((single["by_weight"] != "").sum())
        reason = f"of {len(single)} flows from China that are told twice"
    found += [
        value("refused", f"flows of {what} whose tellings are refused, by value", count,
              "count", year, method=reason, sources=["mirror_pairs"]),
        value("refused.weight", f"flows of {what} whose weights are refused", weights,
              "count", year, method=reason, sources=["mirror_pairs"]),
    ]  # fmt: skip
    return found


def _known(bound: float) -> float | None:
    """A bound, or nothing where there is none."""
    return None if math.isnan(bound) else bound


def printed(
    held: pd.DataFrame, product: str, year: int, trade_file: str
) -> pd.DataFrame:
    """Pairs that others printed, up to the year; none beside a file of one's own.

    Of the page's own good in its own year there is none here: it stands with the rest.
    """
    if trade_file:
        return held.head(0)
    rows = held[(held["kind"] == "printed") & (held["year"] <= year)]
    return rows[(rows["product"] != product) | (rows["year"] != year)]


def nothing_twice(trade_file: str) -> str:
    """Why there are no two tellings to show."""
    if trade_file:
        return (
            "The file tells each flow of this good and year once, or by one side only: "
            "there is nothing to set beside it."
        )
    return (
        "The table of tellings holds magnets of 2022 and a few printed pairs; of this "
        "good in this year BACI is the only telling here, and it is reconciled already."
    )
