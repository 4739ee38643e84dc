"""One figure out of two tellings, weighted by how reliable each teller is."""

import numpy as np
import pandas as pd

from rareearth import mirror
from rareearth.concentration import Bounds


def reliability(pairs: pd.DataFrame, basis: str = "value") -> pd.Series:
    """Typical error of each country as a teller, as a standard deviation in logs.

    The gap of a flow, freed from freight and insurance, is the error of one teller less
    the error of the other; one variance per country makes the gaps most likely (EM for
    normal errors). One more gap of average size counts for each, so that few flows do
    not make a perfect teller. After Gaulier and Zignago, who decompose the absolute
    gaps by least squares.

    References
    ----------
    Gaulier and Zignago (2010), BACI: international trade database at the product level,
    CEPII working paper 2010-23, section 2.4.
    """
    fit = pairs[mirror.refusals(pairs, basis) == ""]
    if fit.empty:
        return pd.Series(dtype=float)
    sold, bought = _logs(fit, basis)
    square = ((bought - sold) ** 2).to_numpy()
    teller, names = pd.factorize(pd.concat([fit["exporter"], fit["importer"]]))
    seller, buyer = np.split(teller, 2)
    typical = max(square.mean() / 2, 1e-12)
    variance = np.full(len(names), typical)
    for _ in range(200):
        sells, buys = variance[seller], variance[buyer]
        both = sells + buys
        shared = sells * buys / both
        expected = [shared + (v / both) ** 2 * square for v in (sells, buys)]
        sums = np.bincount(teller, np.concatenate(expected))
        variance = (sums + typical) / (np.bincount(teller) + 1)
    return pd.Series(np.sqrt(variance), index=names).sort_values()


def reconcile(pairs: pd.DataFrame, basis: str = "value") -> pd.DataFrame:
    """One figure of each flow from its two tellings, FOB, where that is allowed.

    ln V = w ln X + (1 − w) ln(M / factor): the factor is that of `mirror.cif_fob` (of
    tonnes there is none), and w the importer's part in the sum of both error variances
    (`reliability`), which makes it the inverse-variance mean.

    Returns
    -------
    DataFrame, the pairs
        with ``reason`` (`mirror.refusals`); ``value_usd`` (or ``tonnes``), missing
        where there is a reason; ``low_usd`` and ``high_usd`` (or ``low_tonnes`` and
        ``high_tonnes``), the range of what is told; and ``exporter_weight`` w.

    Examples
    --------
    >>> told = pd.DataFrame({"exporter_usd": [100.0], "importer_usd": [106.0]})
    >>> told = told.assign(exporter="JPN", importer="PHL", product="850511", year=2022)
    >>> reconcile(mirror.gaps(told.assign(silent="")))["value_usd"].round(6).item()
    100.0
    """
    name, unit = ("value_usd", "usd") if basis == "value" else ("tonnes", "tonnes")
    reason = mirror.refusals(pairs, basis)
    variance = reliability(pairs, basis) ** 2
    sells, buys = (pairs[side].map(variance) for side in mirror.SIDES)
    weight = (buys / (sells + buys)).where(reason == "")
    sold, bought = _logs(pairs, basis)
    tellings = np.exp(pd.concat([sold, bought], axis=1))
    return pairs.assign(
        **{
            name: np.exp(weight * sold + (1 - weight) * bought),
            f"low_{unit}": tellings.min(axis=1),
            f"high_{unit}": tellings.max(axis=1),
            "exporter_weight": weight,
            "reason": reason,
        }
    )


def share_range(reconciled: pd.DataFrame, of: str = "CHN") -> Bounds:
    """Range of an exporter's share in what is imported, as the tellings differ.

    Low is its lower telling against the higher ones of all others, high the reverse.

    Examples
    --------
    >>> told = pd.DataFrame({"exporter": ["CHN", "JPN"], "low_usd": [60.0, 20.0]})
    >>> share_range(told.assign(high_usd=[80.0, 40.0]))
    Bounds(low=0.6, high=0.8)
    """
    its = reconciled["exporter"] == of
    low, high = reconciled["low_usd"], reconciled["high_usd"]
    return Bounds(
        float(low[its].sum() / (low[its].sum() + high[~its].sum())),
        float(high[its].sum() / (high[its].sum() + low[~its].sum())),
    )


def _logs(pairs: pd.DataFrame, basis: str) -> tuple[pd.Series, pd.Series]:
    """Both tellings in logs, the importer's freed from freight and insurance."""
    unit = "usd" if basis == "value" else "tonnes"
    sold, bought = (
        np.log(pairs[f"{s}_{unit}"].where(pairs[f"{s}_{unit}"] > 0))
        for s in mirror.SIDES
    )
    if basis == "value":
        factor = pairs["product"].map(mirror.cif_fob(pairs)["factor"])
        bought -= np.log(factor.where(mirror.valued_cif(pairs), 1.0))
    return sold, bought
