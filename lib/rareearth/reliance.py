"""How much of what is used comes from outside: net import reliance, EU criteria."""

import math
import re
from collections.abc import Collection
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from rareearth import concentration

Amount = TypeVar("Amount", float, pd.Series)

# Printed by USGS in the place of a number.
WORDS = {
    "E": "net exporter",
    "W": "withheld",
    "XX": "not applicable",
    "NA": "not available",
    "": "not available",
}
NUMBER = r"(\d[\d,]*\.?\d*)"

UNION = "EU27"

# A product above all three is a foreign dependence of the EU: European Commission
# (2021), Strategic dependencies and capacities, SWD(2021) 352 final.
THRESHOLDS = {"cdi1": 0.4, "cdi2": 0.5, "cdi3": 1.0}
MEANINGS = {
    "cdi1": "HHI of imports from outside",
    "cdi2": "imports from outside / all imports",
    "cdi3": "imports from outside / all exports",
}


class Printed(NamedTuple):
    """A published share: its value, or the limits that a token sets, and its status."""

    value: float | None
    low: float | None
    high: float | None
    status: str


def apparent_consumption(
    production: Amount, imports: Amount, exports: Amount, stock_change: float = 0.0
) -> Amount:
    """Apparent consumption: AC = P + I − E − ΔS.

    Parameters
    ----------
    production, imports, exports : float or Series
        In one unit and of one material: concentrates are not compounds.
    stock_change : closing less opening stocks; what goes into stock is not consumed

    References
    ----------
    USGS, Mineral Commodity Summaries, appendix on terms.

    Examples
    --------
    >>> apparent_consumption(5_400, imports=13_019, exports=6_170)
    12249.0
    """
    return production + imports - exports - stock_change


def net_import_reliance(
    production: Amount, imports: Amount, exports: Amount, stock_change: float = 0.0
) -> Amount:
    """Part of apparent consumption met by net imports and stocks: (I − E − ΔS) / AC.

    Parameters
    ----------
    production, imports, exports, stock_change : as for `apparent_consumption`

    Returns
    -------
    float or Series, at most 1
        1 without production of one's own; below 0 for a net exporter.

    Examples
    --------
    >>> round(net_import_reliance(5_400, imports=13_019, exports=6_170), 3)
    0.559
    """
    consumption = apparent_consumption(production, imports, exports, stock_change)
    return from_consumption(consumption, production)


def from_consumption(consumption: Amount, production: Amount) -> Amount:
    """Net import reliance from two published figures: (AC − P) / AC.

    Raises
    ------
    ValueError
        If consumption is not above zero: the figures do not belong together.

    Examples
    --------
    >>> round(from_consumption(27_000, 8_900), 4)
    0.6704
    """
    if np.any(np.asarray(consumption) <= 0):
        raise ValueError(
            f"apparent consumption is {consumption}, not above zero:"
            " production, imports, exports and stocks do not fit together"
        )
    return (consumption - production) / consumption


def as_printed(token: str | float, comparator: str | float = "") -> Printed:
    """Share behind a percentage as a statistics office prints it.

    Parameters
    ----------
    token : number or text
        Percent: 67, ">95", "<25", "50–75"; or E (net exporter: at most 0), W, NA, XX,
        — (zero). Missing means not available.
    comparator : the sign or letter, where it stands in a column of its own

    Returns
    -------
    Printed
        ``value`` only where one number is printed; else ``low`` and ``high``, in
        [0, 1], as far as the token limits them. Reliance is never above 1.

    Examples
    --------
    >>> as_printed(">95")
    Printed(value=None, low=0.95, high=1.0, status='bound')
    >>> as_printed(67).value
    0.67
    """
    parts = ["" if pd.isna(part) else str(part).strip() for part in (comparator, token)]
    text = "".join(parts)
    if text in WORDS:
        high = 0.0 if text == "E" else None
        return Printed(None, None, high, WORDS[text])
    if text in ("—", "--"):
        return Printed(0.0, 0.0, 0.0, "value")
    found = re.fullmatch(rf"([<>≤≥]?)\s*{NUMBER}(?:\s*[-–]\s*{NUMBER})?\s*%?", text)
    if not found:
        raise ValueError(f"{text!r} is no percentage, bound, range or one of {WORDS}")
    sign, first, second = found.groups()
    share = float(first.replace(",", "")) / 100
    if second:
        return Printed(None, share, float(second.replace(",", "")) / 100, "range")
    if sign in ("<", "≤"):
        return Printed(None, 0.0, share, "bound")
    if sign in (">", "≥"):
        return Printed(None, share, 1.0, "bound")
    return Printed(share, share, share, "value")


def agrees(computed: float, printed: Printed, tolerance: float = 0.01) -> bool | None:
    """Whether a computed share fits a printed one; None where nothing is printed.

    A printed number may be missed by ``tolerance``, a bound or a range not at all.

    Examples
    --------
    >>> agrees(0.985, as_printed(">95")), agrees(0.52, as_printed(67))
    (True, False)
    """
    if printed.low is None and printed.high is None:
        return None
    low = -math.inf if printed.low is None else printed.low
    high = math.inf if printed.high is None else printed.high
    slack = 0.0 if printed.value is None else tolerance
    return low - slack <= computed <= high + slack


def eu_criteria(
    flows: pd.DataFrame, importer: str, members: Collection[str]
) -> pd.DataFrame:
    """Value of each EU criterion of foreign dependence, and its distance to the limit.

    CDI1 is the HHI of imports from outside, CDI2 their part in all imports (those from
    members included), CDI3 their ratio to all exports (those to members included).

    Parameters
    ----------
    flows : DataFrame of the trade table, one product or stage, all countries
        ``exporter``, ``importer``, ``value_usd``. With ``reported_by``, imports are
        taken as importers tell them and exports as exporters do.
    importer : ISO3 of a country, or "EU27"
        For a country the rule is borrowed: outside is every other country, and CDI2
        does not exist.
    members : ISO3 of the EU's members

    Returns
    -------
    DataFrame indexed by ``criterion`` (cdi1, cdi2, cdi3)
        ``label``, ``value`` (CDI1 and CDI2 in [0, 1]), ``threshold``, ``distance``
        (value − threshold), ``met`` (missing with the value), ``reason`` why missing.

    Examples
    --------
    >>> flows = pd.DataFrame(
    ...     {
    ...         "exporter": ["CHN", "USA", "DEU", "DEU"],
    ...         "importer": ["DEU", "FRA", "FRA", "USA"],
    ...         "value_usd": [30.0, 10.0, 10.0, 10.0],
    ...     }
    ... )
    >>> eu_criteria(flows, "EU27", {"DEU", "FRA"})[["value", "distance", "met"]]
               value  distance   met
    criterion
    cdi1       0.625     0.225  True
    cdi2       0.800     0.300  True
    cdi3       2.000     1.000  True
    """
    if UNION in {*flows["importer"], *flows["exporter"]}:
        raise ValueError(f"{UNION} is a row here; its members' own flows are needed")
    inside = set(members) if importer == UNION else {importer}
    bought = _told_by(flows, "importer")
    bought = bought[bought["importer"].isin(inside)]
    outside = bought[~bought["exporter"].isin(inside)]
    sold = _told_by(flows, "exporter")
    exports = sold.loc[sold["exporter"].isin(inside), "value_usd"].sum()
    imports = outside["value_usd"].sum()
    reasons = dict.fromkeys(THRESHOLDS, "" if imports else "no imports are recorded")
    if not exports:
        reasons["cdi3"] = "no exports are recorded"
    if importer != UNION:
        reasons["cdi2"] = "a single country has no trade among members"
    value = pd.Series(
        {
            "cdi1": concentration.hhi(concentration.shares(outside)["share"]),
            "cdi2": np.divide(imports, bought["value_usd"].sum() or np.nan),
            "cdi3": np.divide(imports, exports or np.nan),
        }
    )
    return _against_thresholds(value, reasons, importer)


def _against_thresholds(
    value: pd.Series, reasons: dict[str, str], importer: str
) -> pd.DataFrame:
    """Values beside their thresholds; missing where there is a reason."""
    reason = pd.Series(reasons)
    value = value.where(reason == "")
    distance = value - pd.Series(THRESHOLDS)
    whose = "" if importer == UNION else f"EU rule applied to {importer}: "
    table = pd.DataFrame(
        {
            "label": whose + pd.Series(MEANINGS),
            "value": value,
            "threshold": THRESHOLDS,
            "distance": distance,
            "met": (distance > 0).astype("boolean").mask(distance.isna()),
            "reason": reason,
        }
    )
    return table.rename_axis("criterion")


def _told_by(flows: pd.DataFrame, teller: str) -> pd.DataFrame:
    """Flows that this side tells, or that are reconciled between both."""
    if "reported_by" not in flows:
        return flows
    return flows[flows["reported_by"].isin([teller, "reconciled"])]
