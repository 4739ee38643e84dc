"""What must hold between figures: in a row, between parts and total, between tables.

Declared in the data package beside a table's schema: ``rules`` (expressions that are
true in every row), ``sums`` (parts that make a printed total) and ``agrees`` (another
table prints the same figure). Each function yields what does not hold, in words.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd


def rule_faults(frame: pd.DataFrame, rules: list[dict[str, str]]) -> Iterable[str]:
    """Find rows in which a rule of the entry does not hold.

    Parameters
    ----------
    frame : DataFrame
        The table.
    rules : list of dict
        ``{"holds": expression, "columns": "a, b", "says": what would be right}``;
        the expression is one of `DataFrame.eval` and is true or false in each row.

    Yields
    ------
    str
        Row, columns, values and what would be right.
    """
    for rule in rules:
        holds = _where(frame, rule["holds"])
        columns = [c.strip() for c in rule["columns"].split(",")]
        for row in frame.index[~holds]:
            values = ", ".join(str(frame.loc[row, c]) for c in columns)
            yield (
                f"row {row + 2}, columns {rule['columns']}: '{values}'; {rule['says']}"
            )


def totals(frame: pd.DataFrame, total: dict[str, Any]) -> pd.DataFrame:
    """What the parts of each group add up to, beside the total that is printed.

    Parameters
    ----------
    frame : DataFrame
        The table.
    total : dict
        ``value`` (the column to add up), ``within`` (columns of a group), ``parts``
        (an expression for the rows that are parts), and either ``total`` (one for the
        row that is the total) with ``digits`` (significant digits it is printed with),
        or ``equals`` (a number) with ``step`` (what each part is rounded to).

    Returns
    -------
    DataFrame, indexed by ``within``
        ``sum`` of the parts, ``printed`` total, and ``allowed``: how far rounding may
        take them apart. Groups without a part or a total are left out.
    """
    value, within = total["value"], total["within"]
    parts = frame[_where(frame, total["parts"])].groupby(within)[value]
    sums = parts.sum(min_count=1).dropna()
    if "total" in total:
        rows = frame[_where(frame, total["total"])].set_index(within)
        printed = rows[value].reindex(sums.index).dropna()
        magnitude = np.floor(np.log10(printed.abs())) - total["digits"] + 1
        allowed = 0.5 * 10**magnitude
    else:
        printed = pd.Series(float(total["equals"]), index=sums.index)
        allowed = 0.5 * total["step"] * parts.count().reindex(sums.index)
    columns = {"sum": sums.reindex(printed.index), "printed": printed}
    return pd.DataFrame(columns | {"allowed": allowed})


def sum_faults(frame: pd.DataFrame, total: dict[str, Any]) -> Iterable[str]:
    """Find groups in which the parts do not add up to the printed total.

    Parameters
    ----------
    frame, total
        As for `totals`.

    Yields
    ------
    str
        Group, sum, printed total and the rounding that is allowed.
    """
    found = totals(frame, total)
    off = (found["sum"] - found["printed"]).abs()
    for group, row in found[off > found["allowed"] * (1 + 1e-9)].iterrows():
        names = group if isinstance(group, tuple) else (group,)
        at = ", ".join(f"{c} {g}" for c, g in zip(total["within"], names, strict=True))
        yield (
            f"{at}, column {total['value']}: the parts add up to {row['sum']:,.10g}; "
            f"they must make {row['printed']:,.10g} within {row['allowed']:,.10g}"
        )


def agreement_faults(
    frame: pd.DataFrame, other: pd.DataFrame, shared: dict[str, Any]
) -> Iterable[str]:
    """Find figures that two tables print differently.

    Parameters
    ----------
    frame, other : DataFrame
        The tables.
    shared : dict
        ``table`` (name of the other), ``where`` and ``there`` (expressions for the
        rows of the one and the other), ``on`` (column of the one to column of the
        other) and ``value``.

    Yields
    ------
    str
        What is compared, both values; or that there was nothing to compare.
    """
    on, value = shared["on"], shared["value"]
    here = frame[_where(frame, shared["where"])].dropna(subset=value)
    there = other[_where(other, shared["there"])].dropna(subset=value)
    there = there.rename(columns={theirs: own for own, theirs in on.items()})
    both = here[[*on, value]].merge(there[[*on, value]], on=list(on))
    if both.empty:
        yield f"nothing in common with {shared['table']} on {', '.join(on)}"
    for _, row in both[both[f"{value}_x"] != both[f"{value}_y"]].iterrows():
        at = ", ".join(f"{c} {row[c]}" for c in on)
        yield (
            f"{at}, column {value}: '{row[f'{value}_x']}'; it must be "
            f"{row[f'{value}_y']} as in {shared['table']}"
        )


def _where(frame: pd.DataFrame, expression: str) -> "pd.Series[bool]":
    """Evaluate an expression of true or false in each row; missing is false."""
    found = pd.Series(frame.eval(expression, engine="python"), index=frame.index)
    return found.fillna(False).astype(bool)
