"""Whether supply has become more diverse: who took over from whom, and a verdict.

``ends`` gives the two ends of a comparison, ``share_change`` and ``hhi_change`` split
what happened between them exactly, ``verdict`` answers by a rule stated beforehand.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from rareearth import concentration
from rareearth.comparison import Ends, NotComparable, ends, windows

# Present at an end is who has a thousandth of its total: samples and returned goods
# make a trickle from half the world in any year.
PRESENT = 0.001

# An end moved by one year moves China's share by less than 5 points in 72 and by less
# than 10 points in 92 of 100 cases (1,445 importers, stages and years with 5 million US
# dollars a year or more; BACI 1995-2024): ten points are a change, five may be one.
FALL = 0.10
PART = 0.05
# By 2030 no third country is to supply more than this of the EU's yearly consumption:
# Critical Raw Materials Act, Regulation (EU) 2024/1252, article 5. Here of imports.
CEILING = 0.65
WEIGHED = 0.9

RULE = f"""\
Each end is the total of three years. The answer is

- **worked** if China's share fell by at least {FALL * 100:.0f} points, the HHI of all
  suppliers (Herfindahl–Hirschman index: 1 is a single supplier) fell too, and China's
  share at the end is below {CEILING * 100:.0f} %, the most that the EU's Critical Raw
  Materials Act wants from one third country;
- **partly** if it fell by at least {PART * 100:.0f} points, but not all of this holds;
- **not** if it fell by less, or rose;
- **cannot tell** if an end lacks a year, if it has less than
  {concentration.THIN_USD / 1e6:.0f} million US dollars of trade a year or, by weight,
  a weight for less than {WEIGHED * 100:.0f} % of them, if the two ends come from
  different lists, if China is below {FALL * 100:.0f} % at both, or if the answer
  changes when an end is moved by one year either way."""

CANNOT_TELL = "cannot tell"
LEADING = (
    "a list of leading flows leaves small suppliers out: who came or left is unknown"
)


class Change(NamedTuple):
    """A measure at both ends, and its change split by who stayed, came and left."""

    first: float
    last: float
    change: float
    own: float
    continuing: float
    new: float | None
    lost: float | None
    reason: str
    suppliers: pd.DataFrame


class Verdict(NamedTuple):
    """Answer by `RULE`, why, and what each choice of the two ends said."""

    answer: str
    reason: str
    tried: pd.DataFrame


Measured = dict[tuple[str, tuple[int, ...]], tuple[float, float, str]]


def share_change(
    ends: Ends, of: str = "CHN", basis: str = "value", supplier: str = "exporter"
) -> Change:
    """Exact shift-share of the change in one supplier's share.

    Shares make 1 at both ends, so what one supplier lost, −Δs, is Σ Δs of the others:
    those at both ends (``continuing``, with those below `PRESENT` at both), those only
    at the last (``new``) and those only at the first (``lost``, negative).

    Returns
    -------
    Change
        −change = continuing + new + lost; ``own`` is the change. Between leading flows
        ``new`` and ``lost`` are None, with the ``reason``, and ``continuing`` is what
        all others gained. ``suppliers``, indexed by name, has ``share_first``,
        ``share_last``, ``change`` and ``part``.

    Raises
    ------
    NotComparable
        If at one end the amount of ``of``, or every amount, is missing.

    Examples
    --------
    >>> flows = pd.DataFrame(
    ...     {
    ...         "year": [2010, 2010, 2024, 2024, 2024],
    ...         "exporter": ["CHN", "JPN", "CHN", "JPN", "MYS"],
    ...         "value_usd": [8.0, 2.0, 6.0, 3.0, 1.0],
    ...     }
    ... )
    >>> change = share_change(ends(flows, 2010, 2024, window=1))
    >>> [round(part, 3) for part in (change.change, change.continuing, change.new)]
    [-0.2, 0.1, 0.1]
    """
    table = _suppliers(ends, of, basis, supplier)
    first, last = table["share_first"], table["share_last"]
    table.insert(2, "change", last - first)
    return _split(table, float(first[of]), float(last[of]), ends.coverage)


def hhi_change(
    ends: Ends, of: str = "CHN", basis: str = "value", supplier: str = "exporter"
) -> Change:
    """Exact split of the change in HHI: Σ Δ(s²) of the same groups as `share_change`.

    Returns
    -------
    Change
        change = own + continuing + new + lost, where ``own`` is Δ(s²) of ``of``: an HHI
        falls as the largest shrinks, and rises with whoever grows in its place.

    Examples
    --------
    >>> flows = pd.DataFrame(
    ...     {
    ...         "year": [2010, 2024, 2024],
    ...         "exporter": ["CHN", "CHN", "MYS"],
    ...         "value_usd": [8.0, 3.0, 1.0],
    ...     }
    ... )
    >>> change = hhi_change(ends(flows, 2010, 2024, window=1))
    >>> change.change, change.own, change.new
    (-0.375, -0.4375, 0.0625)
    """
    table = _suppliers(ends, of, basis, supplier)
    first, last = table["share_first"] ** 2, table["share_last"] ** 2
    table.insert(2, "change", last - first)
    return _split(table, float(first.sum()), float(last.sum()), ends.coverage)


def answer(first: float, last: float, hhi_first: float, hhi_last: float) -> str:
    """Answer by `RULE` from one supplier's share and the HHI at both ends.

    Ten points with a lower HHI tell diversity from one supplier in another's place; the
    ceiling tells it from a fall of 95 to 80 %.

    Examples
    --------
    >>> answer(0.80, 0.60, hhi_first=0.66, hhi_last=0.42)
    'worked'
    """
    fall = round(first - last, 9)  # 0.75 − 0.65 is ten points
    if max(first, last) < FALL:
        return CANNOT_TELL
    if fall >= FALL and hhi_last < hhi_first and last < CEILING:
        return "worked"
    return "partly" if fall >= PART else "not"


def verdict(
    flows: pd.DataFrame,
    first_year: int,
    last_year: int,
    of: str = "CHN",
    basis: str = "value",
    supplier: str = "exporter",
) -> Verdict:
    """Whether diversification worked, by `RULE`.

    Parameters
    ----------
    flows, first_year, last_year : as for `ends`, of one importer and stage
    of, basis, supplier : as for `share_change`

    Returns
    -------
    Verdict
        ``tried`` has a row per choice of ends, first the one asked for: ``first_year``,
        ``last_year``, ``answer`` (missing where a moved end has no data), ``reason``,
        ``share_first``, ``share_last``, ``hhi_first``, ``hhi_last``.

    Examples
    --------
    >>> flows = pd.DataFrame(
    ...     [(year, "CHN", 6e6) for year in range(2010, 2025)]
    ...     + [(year, "MYS", 6e6) for year in range(2018, 2025)],
    ...     columns=["year", "exporter", "value_usd"],
    ... )
    >>> verdict(flows, 2010, 2024).answer
    'worked'
    """
    case = {"of": of, "basis": basis, "supplier": supplier}
    moves = product((0, -1, 1), repeat=2)
    years = [(first_year + first, last_year + last) for first, last in moves]
    measured: Measured = {}  # nine choices have six ends between them
    tried = pd.DataFrame([_tried(flows, *pair, case, measured) for pair in years])
    asked, moved = tried.iloc[0], tried.iloc[1:].dropna(subset="answer")
    if asked["answer"] not in ("worked", "partly", "not"):
        return Verdict(CANNOT_TELL, asked["reason"], tried)
    for end in ("first_year", "last_year"):
        if (moved[end] == asked[end]).all():
            reason = f"there are no other years to move {end} to"
            return Verdict(CANNOT_TELL, reason, tried)
    other = moved[moved["answer"] != asked["answer"]]
    if len(other):
        reason = "{answer} from {first_year} to {last_year} ({reason})"
        said = [reason.format(**row) for row in (asked, other.iloc[0])]
        return Verdict(CANNOT_TELL, ", but ".join(said), tried)
    return Verdict(asked["answer"], asked["reason"], tried)


def _tried(
    flows: pd.DataFrame,
    first_year: int,
    last_year: int,
    case: dict[str, str],
    measured: Measured,
) -> dict[str, object]:
    """Answer for one choice of ends, without an answer where these do not exist."""
    row: dict[str, object] = {"first_year": first_year, "last_year": last_year}
    try:
        both = ends(flows, first_year, last_year)
        for held, end in zip(both[2:4], both[:2], strict=True):
            if (both.coverage, held) not in measured:
                measured[both.coverage, held] = _measured(end, **case)
    except NotComparable as refusal:
        return row | {"answer": None, "reason": str(refusal)}
    missing = set.union(*windows(first_year, last_year))
    missing -= {*both.first_years, *both.last_years}
    if missing:
        years = ", ".join(map(str, sorted(missing)))
        return row | {"answer": None, "reason": f"{years} not in the data"}
    first, hhi_first, doubt_first = measured[both.coverage, both.first_years]
    last, hhi_last, doubt_last = measured[both.coverage, both.last_years]
    row |= {
        "answer": answer(first, last, hhi_first, hhi_last),
        "reason": f"{case['of']} {first * 100:.1f} to {last * 100:.1f} %,"
        f" HHI {hhi_first:.3f} to {hhi_last:.3f}",
        "share_first": first,
        "share_last": last,
        "hhi_first": hhi_first,
        "hhi_last": hhi_last,
    }
    if doubt_first or doubt_last:
        row |= {"answer": CANNOT_TELL, "reason": max(doubt_first, doubt_last)}
    return row


def _measured(
    end: pd.DataFrame, of: str, basis: str, supplier: str
) -> tuple[float, float, str]:
    """Share of one supplier at an end, the HHI of all, and what makes both doubtful."""
    share = _shares(end, of, basis, supplier)
    of_one = float(share.get(of, 0.0))
    return of_one, concentration.hhi(share), _doubt(end, basis)


def _doubt(end: pd.DataFrame, basis: str) -> str:
    """Why three years of flows are too little for an answer; empty if they are not."""
    if "value_usd" not in end:
        return ""
    total = end["value_usd"].sum()
    if concentration.thin(total / 3):
        return f"trade of {total / 3e6:.2f} million US dollars a year is thin"
    if basis == "weight":
        weighed = end.loc[end["tonnes"].notna(), "value_usd"].sum() / total
        if weighed < WEIGHED:
            return f"only {weighed * 100:.0f} % of the value has a weight"
    return ""


def _suppliers(ends: Ends, of: str, basis: str, supplier: str) -> pd.DataFrame:
    """Shares of every supplier at both ends, and the part it belongs to."""
    first, last = (_shares(end, of, basis, supplier) for end in (ends.first, ends.last))
    names = first.index.union(last.index).union([of])
    table = pd.DataFrame(
        {
            "share_first": first.reindex(names, fill_value=0.0),
            "share_last": last.reindex(names, fill_value=0.0),
        }
    )
    was, stays = (~(table[end] < PRESENT) for end in table)  # unknown is not absent
    part = np.select([was & ~stays, ~was & stays], ["lost", "new"], "continuing")
    complete = ends.coverage == "complete"
    table["part"] = part if complete else "continuing or unknown"
    table.loc[of, "part"] = "own"
    return table.fillna(0.0)


def _shares(end: pd.DataFrame, of: str, basis: str, supplier: str) -> pd.Series:
    """Share of every supplier at an end, that of ``of`` being known."""
    table = concentration.shares(end, basis, supplier)
    share: pd.Series = table.set_index(supplier)["share"]
    if share.isna().all() or np.isnan(share.get(of, 0.0)):
        raise NotComparable(f"at one end the amount of {of} by {basis} is missing")
    return share


def _split(table: pd.DataFrame, first: float, last: float, coverage: str) -> Change:
    """Both ends, and the suppliers' changes added up by part."""
    parts = table.groupby("part")["change"].sum()
    complete = coverage == "complete"
    return Change(
        first=first,
        last=last,
        change=last - first,
        own=float(parts["own"]),
        continuing=float(parts.filter(like="continuing").sum()),
        new=float(parts.get("new", 0.0)) if complete else None,
        lost=float(parts.get("lost", 0.0)) if complete else None,
        reason="" if complete else LEADING,
        suppliers=table.sort_values("change"),
    )
