"""Rows of a DataFrame one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Each row as a named tuple whose fields have whatever type they have.

    The stubs of pandas give every field the union of all scalar types, with which
    nothing can be done before it is asked what it is.

    Examples
    --------
    >>> [row.share for row in each(pd.DataFrame({"share": [0.7, 0.3]}))]
    [0.7, 0.3]
    """
    return iter(frame.itertuples())


def row_of(frame: pd.DataFrame, label: str) -> pd.Series:
    """The row with a label, of an index without duplicates.

    Examples
    --------
    >>> float(row_of(pd.DataFrame({"share": [0.7, 0.3]}, ["a", "b"]), "b")["share"])
    0.3
    """
    return frame.loc[label]  # type: ignore[return-value]
