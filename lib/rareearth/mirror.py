"""Two tellings of one flow: the exporter's (FOB) and the importer's (mostly CIF).

`pairs` puts them side by side, `refusals` says which must not be averaged and why. What
may be is averaged in `reconciliation`.
"""

import math

import numpy as np
import pandas as pd

FLOW = ["exporter", "importer", "product"]
KEY = [*FLOW, "year"]
SIDES = ("exporter", "importer")

# Tellings more than three times apart do not measure the same thing.
FAR = math.log(3)
# So often, and in so many years, the same side must be above: then it is no accident.
PERSISTENT_YEARS = 2
PERSISTENT_PART = 2 / 3

# A median outside these limits shows errors, not freight and insurance; and where a
# product has few pairs, the IMF's factor (Direction of Trade Statistics Yearbook 2017).
CIF_FOB = (1.02, 1.30)
USUAL_CIF_FOB = 1.06
ENOUGH_PAIRS = 10


def pairs(flows: pd.DataFrame) -> pd.DataFrame:
    """Both tellings of each flow in one row, and how far they are apart.

    Parameters
    ----------
    flows : DataFrame of the trade table, all partners and products that are held
        ``year`` or ``start``, ``exporter``, ``importer``, ``product``, ``value_usd``,
        ``reported_by`` (exporter or importer); where known ``tonnes``,
        ``tonnes_status`` and ``valuation``. One row per flow, year and teller.

    Returns
    -------
    DataFrame, one row per flow and year
        ``exporter_usd``, ``importer_usd`` and so on; the columns of `gaps`; and
        ``silent``: why a telling is missing, empty where none is.

    Raises
    ------
    ValueError
        If a row is reconciled (one telling only), or a side tells a flow twice.

    Examples
    --------
    >>> flows = pd.DataFrame(
    ...     {
    ...         "year": 2018,
    ...         "exporter": "USA",
    ...         "importer": "CHN",
    ...         "product": "2846",
    ...         "reported_by": ["exporter", "importer"],
    ...         "value_usd": [72_735_867, 37_614_639],
    ...     }
    ... )
    >>> pairs(flows)[["exporter_usd", "importer_usd", "ratio"]].round(3)
       exporter_usd  importer_usd  ratio
    0      72735867      37614639  0.517
    """
    if "year" not in flows:
        flows = flows.assign(year=pd.to_datetime(flows["start"]).dt.year)
    _check(flows)
    told = flows.columns.intersection(
        ["value_usd", "tonnes", "tonnes_status", "valuation"]
    )
    sides = []
    for side in SIDES:
        names = {c: f"{side}_{c.removeprefix('value_')}" for c in told}
        rows = flows.loc[flows["reported_by"] == side, [*KEY, *told]]
        sides.append(rows.rename(columns=names))
    out = gaps(sides[0].merge(sides[1], on=KEY, how="outer"))
    teller = flows["exporter"].where(
        flows["reported_by"] == "exporter", flows["importer"]
    )
    heard = set(zip(flows["year"], teller, strict=True))
    out["silent"] = ""
    for side in SIDES:
        reports = [told in heard for told in zip(out["year"], out[side], strict=True)]
        words = np.where(reports, " reports, but not this flow", " does not report")
        missing = out[f"{side}_usd"].isna()
        out["silent"] = out["silent"].mask(missing, out[side] + words)
    return out


def gaps(pairs: pd.DataFrame) -> pd.DataFrame:
    """Distance of two tellings: M the importer's, X the exporter's.

    Adds ``ratio`` M / X, ``log_gap`` ln(M / X), ``symmetry`` |M − X| / (M + X) in
    [0, 1], and ``tonnes_ratio`` where there are weights; missing where a side is.

    Examples
    --------
    >>> both = pd.DataFrame({"exporter_usd": [100.0], "importer_usd": [300.0]})
    >>> gaps(both)[["ratio", "symmetry"]]
       ratio  symmetry
    0    3.0       0.5
    """
    sold, bought = (pairs[f"{s}_usd"].where(pairs[f"{s}_usd"] > 0) for s in SIDES)
    out = pairs.assign(
        ratio=bought / sold,
        log_gap=np.log(bought / sold),
        symmetry=(bought - sold).abs() / (bought + sold),
    )
    if "importer_tonnes" in pairs:
        sold, bought = (
            pairs[f"{s}_tonnes"].where(pairs[f"{s}_tonnes"] > 0) for s in SIDES
        )
        out["tonnes_ratio"] = bought / sold
    return out


def cif_fob(pairs: pd.DataFrame) -> pd.DataFrame:
    """Factor between CIF and FOB of each product: the median of M / X, within limits.

    Pairs more than three times apart do not count, nor imports that are not valued
    CIF. With fewer than ``ENOUGH_PAIRS`` pairs the factor is ``USUAL_CIF_FOB``.

    Returns
    -------
    DataFrame indexed by ``product``
        ``factor`` in `CIF_FOB`, ``median`` as found, number of ``pairs``.

    Examples
    --------
    >>> told = pd.DataFrame({"product": "850511", "ratio": [1.1, 1.2, 0.9] * 4})
    >>> cif_fob(told.assign(log_gap=np.log(told["ratio"])))
             factor  median  pairs
    product
    850511      1.1     1.1     12
    """
    counts = (pairs["log_gap"].abs() <= FAR) & valued_cif(pairs)
    ratio = pairs["ratio"].where(counts).groupby(pairs["product"])
    out = pd.DataFrame({"median": ratio.median(), "pairs": ratio.count()})
    factor = out["median"].clip(*CIF_FOB).where(out["pairs"] >= ENOUGH_PAIRS)
    out.insert(0, "factor", factor.fillna(USUAL_CIF_FOB))
    return out


def mismatch(pairs: pd.DataFrame) -> pd.DataFrame:
    """Flows whose two tellings are not of the same good.

    That is so where |ln R| > ln 3 in at least two years, in two thirds of all years
    with both tellings, and always with the same side above.

    Returns
    -------
    DataFrame indexed by exporter, importer and product, of flows told twice
        ``years`` with both tellings, of which ``far`` apart, ``median_ratio`` and
        ``other_good`` (bool).

    Examples
    --------
    >>> told = pd.DataFrame({"year": [2021, 2022], "ratio": [0.05, 0.04]})
    >>> told = told.assign(exporter="USA", importer="CHN", product="2846")
    >>> mismatch(told.assign(log_gap=np.log(told["ratio"])))["other_good"].item()
    True
    """
    both = pairs.dropna(subset="log_gap")
    both = both.assign(above=both["log_gap"] > FAR, below=both["log_gap"] < -FAR)
    flows = both.groupby(FLOW)
    out = flows.agg(
        years=("year", "count"),
        above=("above", "sum"),
        below=("below", "sum"),
        median_ratio=("ratio", "median"),
    )
    above, below = out.pop("above"), out.pop("below")
    out.insert(1, "far", above + below)
    one_sided = (above == 0) | (below == 0)
    often = out["far"] >= (PERSISTENT_PART * out["years"]).clip(PERSISTENT_YEARS)
    out["other_good"] = one_sided & often
    return out


def refusals(pairs: pd.DataFrame, basis: str = "value") -> pd.Series:
    """Why the two tellings of a flow must not be averaged; empty where they may be.

    One side is silent, the flow is a `mismatch`, its tellings are more than three times
    apart in this year, or (basis weight) a weight is not as reported.

    Examples
    --------
    >>> told = pd.DataFrame({"exporter_usd": [100.0], "importer_usd": [900.0]})
    >>> told = told.assign(exporter="PHL", importer="JPN", product="850511", year=2022)
    >>> refusals(gaps(told.assign(silent=""))).item()
    'the tellings are 9.0 times apart'
    """
    out = pairs["silent"]
    gap = pairs["log_gap"]
    reasons = []
    if basis == "weight":
        gap = np.log(pairs["tonnes_ratio"])
        for side in SIDES:
            status = pairs[f"{side}_tonnes_status"]
            said = status.replace("unknown basis", "of unknown basis")
            text = "the weight told by " + pairs[side] + " is " + said
            reasons.append((status != "reported", text))
    known = mismatch(pairs).reindex(pd.MultiIndex.from_frame(pairs[FLOW]))
    known.index = pairs.index
    counts = known[["far", "years"]].astype("Int64").astype(str)
    often = counts["far"] + " of " + counts["years"] + " years"
    other_good = known["other_good"].eq(True)
    times = np.exp(gap.abs()).round(1).astype(str)
    reasons += [
        (gap.isna(), pd.Series("a telling is zero", index=pairs.index)),
        (other_good, "not the same good, far apart in " + often),
        (gap.abs() > FAR, "the tellings are " + times + " times apart"),
    ]
    for applies, text in reasons:
        out = out.mask((out == "") & applies, text)
    return out


def valued_cif(pairs: pd.DataFrame) -> pd.Series:
    """Whether imports are valued CIF; so it is taken to be where nothing is said."""
    if "importer_valuation" not in pairs:
        return pd.Series(True, index=pairs.index)
    return pairs["importer_valuation"] == "cif"


def _check(flows: pd.DataFrame) -> None:
    """Refuse flows that are not two tellings, or tell one thing twice."""
    strange = sorted(set(flows["reported_by"]) - set(SIDES))
    if strange:
        raise ValueError(
            f"reported_by is {', '.join(strange)}: two tellings are reported by"
            " exporter and importer; reconciled flows are one"
        )
    twice = flows[flows.duplicated([*KEY, "reported_by"])]
    if len(twice):
        row = twice.iloc[0]
        raise ValueError(
            f"row {row.name}: the {row['reported_by']} tells"
            f" {' '.join(str(row[key]) for key in KEY)} twice; add up its parts first"
        )
