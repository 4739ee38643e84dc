"""Shares of suppliers and how concentrated they are.

One row of a frame is an amount from one supplier: a flow of the trade table, or a
country's production. Value and weight are two views (``basis``), never mixed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

AMOUNTS = {"value": ("value_usd",), "weight": ("tonnes", "tonnes_reo")}

# Below 5 million US dollars a year shares turn on single shipments: the largest
# supplier changes from year to year without any change in who could supply.
THIN_USD = 5_000_000.0

# In one sum all rows are of one kind: leading flows leave small suppliers out, and
# importer and exporter tell the same flow twice.
KINDS = ("coverage", "reported_by")


class Bounds(NamedTuple):
    """Lowest and highest value that the figures allow."""

    low: float
    high: float


def amount(frame: pd.DataFrame, basis: str = "value") -> str:
    """Name of the column that ``basis`` adds up; it ends in the unit."""
    if basis not in AMOUNTS:
        raise ValueError(f"basis is 'value' or 'weight', not {basis!r}")
    found = [column for column in AMOUNTS[basis] if column in frame]
    if len(found) != 1:
        raise ValueError(
            f"basis {basis!r} needs one of the columns {', '.join(AMOUNTS[basis])}"
            f" and only one; the frame has {', '.join(frame.columns)}"
        )
    return found[0]


def shares(
    flows: pd.DataFrame,
    basis: str = "value",
    supplier: str = "exporter",
    by: str | Sequence[str] = (),
) -> pd.DataFrame:
    """Share of each supplier in its group: s_i = x_i / Σ x_j, in [0, 1].

    Parameters
    ----------
    flows : DataFrame, one row per flow, or per country and year of production
        ``supplier``, the columns of ``by``, and ``value_usd`` (basis value) or one of
        ``tonnes`` and ``tonnes_reo`` (basis weight), >= 0. A missing amount is left
        out of the sums, never counted as zero.
    basis : "value" or "weight"
    supplier : column that names the supplier ("country" for production)
    by : column or columns whose values make the groups; none: one group

    Returns
    -------
    DataFrame, one row per group and supplier
        ``by``, ``supplier``, the amount under its own name and ``share``, which sums
        to 1 in each group; largest first, ties by name. A supplier of whom no amount
        is known has amount and share missing. By weight, where flows have values, also
        ``value_share_with_weight`` and ``value_share_reported``: the parts of the
        supplier's value with a weight, and with one that was reported, not estimated.

    Raises
    ------
    ValueError
        If an amount is negative, or one group mixes ``coverage`` or ``reported_by``.

    Examples
    --------
    >>> flows = pd.DataFrame(
    ...     {"exporter": ["CHN", "USA", "CHN"], "value_usd": [5.0, 2.0, 1.0]}
    ... )
    >>> shares(flows)
      exporter  value_usd  share
    0      CHN        6.0   0.75
    1      USA        2.0   0.25
    """
    unit = amount(flows, basis)
    groups = _names(by)
    keys = [*groups, supplier]
    _check(flows, groups, unit, supplier)
    out = flows.groupby(keys, as_index=False, dropna=False)[[unit]].sum(min_count=1)
    total = out.groupby(groups)[unit].transform("sum") if groups else out[unit].sum()
    out["share"] = out[unit] / total
    if basis == "weight" and "value_usd" in flows:
        out = out.merge(_weighed(flows, keys), on=keys)
    order = [*groups, unit, supplier]
    ascending = [column != unit for column in order]
    return out.sort_values(order, ascending=ascending, ignore_index=True)


def weight_coverage(flows: pd.DataFrame, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Value by status of its weight: what a weight-based figure rests on.

    One row per group and ``tonnes_status``, with ``value_usd`` and its ``share``;
    ``missing`` is the part without a weight.

    Examples
    --------
    >>> status = ["reported", "missing"]
    >>> weight_coverage(pd.DataFrame({"value_usd": [6, 2], "tonnes_status": status}))
      tonnes_status  value_usd  share
    0      reported          6   0.75
    1       missing          2   0.25
    """
    return shares(flows, supplier="tonnes_status", by=by)


def hhi(share: pd.Series) -> float:
    """Herfindahl-Hirschman index where every share is known: HHI = Σ s_i².

    Parameters
    ----------
    share : Series, one supplier each
        In [0, 1], summing to 1, else `hhi_bounds` is meant; missing ones are left out.

    Returns
    -------
    float
        From 1/n (n equal suppliers) to 1 (a single one); NaN where no share is known.
        Competition authorities print it times 10,000.

    After Hirschman (1964), The paternity of an index, American Economic Review 54(5).

    Examples
    --------
    >>> round(hhi(pd.Series([0.30, 0.30, 0.20, 0.20])), 4)
    0.26
    """
    known = _known(share)
    if known.empty:
        return float("nan")
    if abs(known.sum() - 1) > 1e-6:
        raise ValueError(f"shares sum to {known.sum():.6g}, not 1: see hhi_bounds")
    return float((known**2).sum())


def hhi_bounds(share: pd.Series, unnamed: float | None = None) -> Bounds:
    """Range of the HHI where part of supply is unnamed: [Σ s_i², Σ s_i² + s_other²].

    The rest may come from very many suppliers (low) or from a single one (high).

    Parameters
    ----------
    share : Series of the named suppliers, each in [0, 1]
    unnamed : share of the rest; by default what the named ones leave of 1

    Examples
    --------
    >>> low, high = hhi_bounds(pd.Series([0.70, 0.13, 0.06, 0.05]), unnamed=0.06)
    >>> round(low, 4), round(high, 4)
    (0.513, 0.5166)
    """
    known = _known(share)
    other = max(0.0, 1 - known.sum()) if unnamed is None else unnamed
    if other < 0 or abs(known.sum() + other - 1) > 0.02:
        raise ValueError(
            f"named {known.sum():.6g} and unnamed {other:.6g} should add up to 1"
        )
    low = float((known**2).sum())
    return Bounds(low, low + other**2)


def effective_suppliers(hhi: float) -> float:
    """How many equal suppliers would have this HHI: 1 / HHI, from 1 up.

    After Laakso and Taagepera (1979), Comparative Political Studies 12(1).

    Examples
    --------
    >>> effective_suppliers(0.25)
    4.0
    """
    if hhi <= 0 or hhi > 1 + 1e-6:
        raise ValueError(f"an HHI lies above 0 and up to 1; this one is {hhi}")
    return 1 / hhi


def without_largest(share: pd.Series) -> float:
    """Share of supply that is left without the largest supplier, in [0, 1)."""
    return float(1 - _known(share).max())


def top_supplier(supply: pd.DataFrame, supplier: str = "exporter") -> str | None:
    """Name of the largest supplier in one group of `shares`; None if none is known.

    Examples
    --------
    >>> top_supplier(pd.DataFrame({"exporter": ["CHN", "USA"], "share": [0.7, 0.3]}))
    'CHN'
    """
    share = _by_name(supply, supplier).dropna().sort_index()
    return None if share.empty else str(share.idxmax())


def share_of(supply: pd.DataFrame, name: str, supplier: str = "exporter") -> float:
    """Share of one supplier in one group of `shares`.

    0 if it is not among them, NaN if its own or every amount is missing.

    Examples
    --------
    >>> share_of(pd.DataFrame({"exporter": ["CHN"], "share": [1.0]}), "USA")
    0.0
    """
    share = _by_name(supply, supplier)
    return float("nan") if share.isna().all() else float(share.get(name, 0.0))


def thin(total_usd: float) -> bool:
    """Whether a year's trade is below `THIN_USD`, or not known."""
    return not total_usd >= THIN_USD


def _names(by: str | Sequence[str]) -> list[str]:
    """One name or several, as a list."""
    return [by] if isinstance(by, str) else list(by)


def _check(flows: pd.DataFrame, groups: list[str], unit: str, supplier: str) -> None:
    """Refuse negative amounts, and a sum over two kinds of list or of teller."""
    negative = flows[unit] < 0
    if negative.any():
        row, name, wrong = flows.loc[negative, [supplier, unit]].reset_index().iloc[0]
        raise ValueError(f"row {row}: {unit} of {name} is {wrong}, below zero")
    for kind in [column for column in KINDS if column in flows]:
        names = sorted(flows[kind].unique())
        if len(names) < 2:
            continue
        if not groups or flows.groupby(groups)[kind].nunique().max() > 1:
            raise ValueError(f"{kind} is {' and '.join(names)} in one sum: choose one")


def _by_name(supply: pd.DataFrame, supplier: str) -> pd.Series:
    """Shares of one group by supplier; refuses several groups."""
    share = supply.set_index(supplier)["share"]
    if not share.index.is_unique:
        raise ValueError(f"{supplier} repeats names: choose one group of shares")
    return share


def _known(share: pd.Series) -> pd.Series:
    """Shares that are not missing, all within [0, 1]."""
    known = share.dropna()
    outside = known[(known < 0) | (known > 1 + 1e-6)]
    if len(outside):
        raise ValueError(
            f"{outside.index[0]}: share {outside.iloc[0]} is not in [0, 1]"
        )
    return known


def _weighed(flows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Parts of each supplier's value with a weight, and with a reported weight."""
    value, status = flows["value_usd"], flows["tonnes_status"]
    parts = flows[[*keys, "value_usd"]].assign(
        value_share_with_weight=value * flows["tonnes"].notna(),
        value_share_reported=value * (status == "reported"),
    )
    sums = parts.groupby(keys, dropna=False).sum()
    return sums.div(sums.pop("value_usd"), axis=0).reset_index()
