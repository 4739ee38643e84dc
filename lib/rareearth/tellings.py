"""Both tellings of what an importer buys, added up: from China and from everyone.

The shape of the table ``mirror_pairs``. What importers tell and what exporters tell
stand beside each other and never in one sum or share.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from rareearth import codes, mirror

CHINA, WORLD, UNION = "CHN", "WORLD", "EU27"


def told(rows: pd.DataFrame, exporter: str, importer: str) -> dict[str, Any]:
    """What exporters and importers tell of some flows, each added up.

    Tonnes are missing where a part of the sum has none; their status is that of all
    parts, ``unknown basis`` where it differs.
    """
    row: dict[str, Any] = {"exporter": exporter, "importer": importer}
    for side in mirror.SIDES:
        part = rows[rows["reported_by"] == side]
        statuses = set(part["tonnes_status"])
        whole = len(part) > 0 and part["tonnes"].notna().all()
        status = statuses.pop() if len(statuses) == 1 else "unknown basis"
        valuations = sorted(set(part["valuation"]))
        row[f"{side}s"] = part[side].nunique()
        row[f"{side}_usd"] = part["value_usd"].sum() if len(part) else np.nan
        row[f"{side}_valuation"] = "/".join(valuations)
        row[f"{side}_tonnes"] = part["tonnes"].sum() if whole else np.nan
        row[f"{side}_tonnes_status"] = status if whole else "missing"
    return row


def largest(flows: pd.DataFrame, count: int) -> list[str]:
    """The importers that tell the largest purchases, without China."""
    own = flows[(flows["reported_by"] == "importer") & (flows["importer"] != CHINA)]
    return list(own.groupby("importer")["value_usd"].sum().nlargest(count).index)


def summed(flows: pd.DataFrame, importers: Iterable[str]) -> pd.DataFrame:
    """Both tellings of what importers buy, from China and from all exporters.

    Parameters
    ----------
    flows : DataFrame of the trade table
        One product and year, told by exporters and importers.
    importers : ISO3, or ``EU27``: its members without the trade among them

    Returns
    -------
    DataFrame, two rows per importer
        ``exporter`` (``CHN`` or ``WORLD``), ``importer`` and the tellings of
        :func:`told`. WORLD is for an importer all that it bought, for exporters only
        what those sold that report.
    """
    flows = flows[flows["exporter"] != flows["importer"]]
    rows = []
    for importer in importers:
        union = codes.eu27() if importer == UNION else [importer]
        inside = flows["exporter"].isin(union)
        to = flows[flows["importer"].isin(union) & ~inside]
        rows.append(told(to[to["exporter"] == CHINA], CHINA, importer))
        rows.append(told(to, WORLD, importer))
    return pd.DataFrame(rows)


def judged(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs with their distance, and why two tellings must not be averaged.

    Parameters
    ----------
    pairs : rows of the table ``mirror_pairs``

    Returns
    -------
    DataFrame, the pairs of single exporters
        with the columns of :func:`rareearth.mirror.gaps`; ``factor`` between CIF and
        FOB (:func:`rareearth.mirror.cif_fob`, of countries alone); ``freed``, the ratio
        of the importer's telling to the exporter's without freight and insurance; and
        ``by_value``, ``by_weight``: why not, empty where they may be averaged.

    Examples
    --------
    >>> row = {"product": "850511", "year": 2022, "importer": "PHL", "exporter": "CHN"}
    >>> row |= {
    ...     "exporter_usd": 132.7,
    ...     "importer_usd": 36.1,
    ...     "importer_valuation": "cif",
    ... }
    >>> row |= {f"{side}_tonnes": 1.0 for side in mirror.SIDES}
    >>> row |= {f"{side}_tonnes_status": "reported" for side in mirror.SIDES}
    >>> judged(pd.DataFrame([row]))[["by_value", "by_weight"]].values.tolist()
    [['the tellings are 3.7 times apart', '']]
    """
    rows = pairs[pairs["exporter"] != WORLD].reset_index(drop=True)
    rows = mirror.gaps(rows).assign(silent=_silent(rows))
    single = rows[rows["importer"] != UNION]
    factor = rows["product"].map(mirror.cif_fob(single)["factor"])
    factor = factor.fillna(mirror.USUAL_CIF_FOB).where(mirror.valued_cif(rows), 1.0)
    return rows.assign(
        factor=factor,
        freed=rows["ratio"] / factor,
        by_value=mirror.refusals(rows),
        by_weight=mirror.refusals(rows, "weight"),
    )


def _silent(pairs: pd.DataFrame) -> pd.Series:
    """Which side does not tell a flow, if any."""
    text = pd.Series("", pairs.index)
    for side in mirror.SIDES:
        text = text.mask(pairs[f"{side}_usd"].isna(), f"the {side} does not tell it")
    return text


def china_shares(pairs: pd.DataFrame, importer: str) -> pd.DataFrame:
    """China's share of what an importer buys, by each side alone.

    Parameters
    ----------
    pairs : rows of the table ``mirror_pairs``, of one product and year
    importer : ISO3 or ``EU27``

    Returns
    -------
    DataFrame, one row per teller
        ``teller``, ``valuation``, ``china_usd``, ``total_usd``, ``share``, ``tellers``
        (countries whose tellings make the total); empty where there is no pair.
    """
    own = pairs[pairs["importer"] == importer].set_index("exporter")
    if not {CHINA, WORLD} <= set(own.index):
        return pd.DataFrame(columns=["teller", "valuation", "china_usd", "total_usd",
                                     "share", "tellers"])  # fmt: skip
    rows = [
        {
            "teller": side,
            "valuation": own.loc[WORLD, f"{side}_valuation"],
            "china_usd": own.loc[CHINA, f"{side}_usd"],
            "total_usd": own.loc[WORLD, f"{side}_usd"],
            "tellers": own.loc[WORLD, f"{side}s"],
        }
        for side in ("importer", "exporter")
    ]
    table = pd.DataFrame(rows)
    table.insert(4, "share", table["china_usd"] / table["total_usd"])
    return table
