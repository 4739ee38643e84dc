"""Which rows of a table were known on a day, and what else had been published.

A statistic that is published again and again has editions; a table then says within
which columns its rows belong together (the list of countries of a year), and such a
group always comes whole from one edition, the newest published by then.
"""

from typing import Any

import pandas as pd

STANDING = [
    "statistic",
    "used",
    "published",
    "newest",
    "newest_published",
    "not_held",
]


def column(declared: dict[str, Any]) -> str:
    """Name the column that dates a row: the edition, or the day of publication."""
    return str(declared.get("column", "edition"))


def ordered(editions: pd.DataFrame) -> pd.DataFrame:
    """Sort editions by day of publication, the oldest first."""
    return editions.sort_values(["published", "edition"], ignore_index=True)


def of_editions(
    frame: pd.DataFrame,
    declared: dict[str, Any],
    editions: pd.DataFrame,
    day: pd.Timestamp,
    every: bool = False,
) -> pd.DataFrame:
    """Select what had been published by a day, of each group the newest edition.

    Parameters
    ----------
    frame : DataFrame
        All editions of a table.
    declared : dict
        Its ``vintage``: ``within``, and ``column`` if that is not ``edition``.
    editions : DataFrame
        The table of editions.
    day : Timestamp
        The day.
    every : bool
        Keep every edition published by then.

    Returns
    -------
    DataFrame
        Rows of `frame`, in its order.
    """
    name, within = column(declared), declared["within"]
    order = ordered(editions)
    known = order.loc[order["published"] <= day, "edition"]
    frame = frame[frame[name].isin(known)]
    if every or frame.empty:
        return frame
    rank = dict(zip(order["edition"], order.index, strict=True))
    groups = frame[[*within, name]].drop_duplicates()
    groups = groups.sort_values(name, key=lambda edition: edition.map(rank))
    newest = groups.drop_duplicates(within, keep="last") if within else groups.tail(1)
    return frame if len(newest) == len(groups) else frame.merge(newest)


def standing(
    frame: pd.DataFrame,
    declared: dict[str, Any],
    editions: pd.DataFrame,
    day: pd.Timestamp,
) -> pd.DataFrame:
    """Say which editions are used on a day, which was the newest, which are not held.

    Parameters
    ----------
    frame : DataFrame
        All editions of a table.
    declared : dict
        Its ``vintage``.
    editions : DataFrame
        The table of editions.
    day : Timestamp
        The day.

    Returns
    -------
    DataFrame
        One row per statistic that the table draws on, in the columns `STANDING`; no
        row for a table without editions. An edition that only revises another one and
        left this table as it was counts as held.
    """
    if declared["kind"] != "editions":
        return pd.DataFrame(columns=STANDING)
    name = column(declared)
    drawn = of_editions(frame, declared, editions, day)[name]
    exist = ordered(editions)[::-1]
    held = exist["edition"].isin(frame[name]) | exist["revises"].isin(frame[name])
    exist = exist.assign(held=held, used=exist["edition"].isin(drawn))
    exist = exist[exist["statistic"].isin(exist.loc[held, "statistic"])]
    rows = []
    for statistic, group in exist[exist["published"] <= day].groupby("statistic"):
        used = group[group["used"]]
        since = used["published"].max() if len(used) else pd.Timestamp.min
        missing = group[~group["held"] & (group["published"] > since)]
        row = (
            statistic,
            tuple(used["edition"]),
            used["published"].max(),
            group["edition"].iloc[0],
            group["published"].iloc[0],
            tuple(missing["edition"]),
        )
        rows.append(row)
    return pd.DataFrame(rows, columns=STANDING)
