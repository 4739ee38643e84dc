"""The one trade table: its columns, what may stand in them, and the check of it.

One row is one flow from `exporter` to `importer` of one `product` in one period, as
told by one teller (see `COLUMNS`). Every reader ends here, every report starts here.
"""

from functools import cache
from typing import Any

import pandas as pd

from rareearth import codes
from rareearth.trade.cells import CONFIDENTIAL, EDITIONS, each

COLUMNS = {
    "start": "datetime64[us]",  # first day of the period
    "months": "int64",  # its length, 12 or 1
    "exporter": "str",  # ISO3; XXX where the office does not name the country
    "importer": "str",
    "product": "str",  # HS or national code, with its zeros
    "hs_edition": "str",  # HS92 to HS22; missing where the file does not say
    "value_usd": "float64",
    "valuation": "str",
    "tonnes": "float64",  # gross, as declared
    "tonnes_status": "str",
    "reported_by": "str",
    "coverage": "str",
    "source": "str",
}
PRODUCT = rf"\d{{2,10}}|{CONFIDENTIAL}"  # a customs code
VALUATIONS = ("fob", "cif", "customs", "fas")
STATUSES = ("reported", "estimated", "unknown basis", "missing")
TELLERS = ("exporter", "importer", "reconciled")
COVERAGES = ("complete", "leading flows")
KEY = [
    "start",
    "months",
    "exporter",
    "importer",
    "product",
    "hs_edition",
    "valuation",
    "reported_by",
    "coverage",
    "source",
]
UNNAMED = "XXX"  # a country that an office withholds or does not name


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """Trade table in its columns, types and order of rows.

    Parameters
    ----------
    table : DataFrame
        At least the columns of `COLUMNS`.

    Returns
    -------
    DataFrame
        Sorted by product and period, so that equal tables are equal row by row.
    """
    ordered = table[list(COLUMNS)].astype(COLUMNS)
    return ordered.sort_values(
        ["product", *(k for k in KEY if k != "product")], ignore_index=True
    )


def empty() -> pd.DataFrame:
    """Return a trade table without rows."""
    return typed(pd.DataFrame(columns=list(COLUMNS)))


@cache
def places() -> frozenset[str]:
    """ISO3 and the like of all that may export or import."""
    kinds = ("country", "former country", "unspecified area")
    return frozenset().union(*(codes.countries(kind)["iso3"] for kind in kinds))


def faults(table: pd.DataFrame) -> pd.DataFrame:
    """Find what in a trade table is not as it must be, all at once.

    Parameters
    ----------
    table : DataFrame
        Columns of `COLUMNS`, in any order.

    Returns
    -------
    DataFrame
        One row per fault: ``index`` (of the row in `table`), ``column``, ``value``,
        ``expected``.

    Examples
    --------
    >>> row = {"start": pd.Timestamp("2024-01-01"), "months": 12, "exporter": "CHN"}
    >>> row |= {"importer": "World", "product": "280530", "hs_edition": "HS22"}
    >>> row |= {"value_usd": 5.0, "valuation": "cif", "tonnes": None}
    >>> row |= {"tonnes_status": "missing", "reported_by": "importer"}
    >>> row |= {"coverage": "complete", "source": "mine"}
    >>> faults(typed(pd.DataFrame([row])))[["column", "value"]].values.tolist()
    [['importer', 'World']]
    """
    import pandera.pandas as pa

    def one_of(allowed: Any, said: str = "") -> Any:
        return pa.Check.isin(
            list(allowed), error=said or "one of " + ", ".join(allowed)
        )

    country = one_of(sorted(places()), "the ISO3 code of a country")
    told = table["value_usd"].notna() | table["tonnes"].notna()
    columns = {
        "months": [pa.Check.in_range(1, 12, error="1 to 12")],
        "exporter": [country],
        "importer": [country],
        "product": [
            pa.Check.str_matches(
                rf"^({PRODUCT})$",
                error="a customs code of 2 to 10 digits",
            ),
            pa.Check(
                lambda s: _held(s, table["hs_edition"]),
                error="a code that its HS edition holds",
            ),
        ],
        "hs_edition": [one_of(EDITIONS)],
        "value_usd": [
            pa.Check.in_range(0, 1e14, error="a value of 0 to 1e14 USD"),
            pa.Check(lambda _: told, error="a value or a weight", ignore_na=False),
        ],
        "valuation": [one_of(VALUATIONS)],
        "tonnes": [
            pa.Check.in_range(0, 1e11, include_min=False, error="more than 0 tonnes")
        ],
        "tonnes_status": [
            one_of(STATUSES),
            pa.Check(
                lambda s: (s == "missing") == table["tonnes"].isna(),
                error="'missing' where there are no tonnes, and only there",
            ),
        ],
        "reported_by": [one_of(TELLERS)],
        "coverage": [one_of(COVERAGES)],
        "source": [pa.Check.str_length(min_value=1, error="who published it")],
    }
    empties = {"hs_edition", "value_usd", "tonnes"}
    shape = {
        name: pa.Column(None, checks, nullable=name in empties)
        for name, checks in columns.items()
    }
    shape["start"] = pa.Column("datetime64[us]")
    return found(pa.DataFrameSchema(shape), table)


def found(shape: Any, table: pd.DataFrame) -> pd.DataFrame:
    """Faults that a pandera schema finds in a table, lazily, all at once."""
    import pandera.errors

    columns = ["index", "column", "failure_case", "check"]
    try:
        shape.validate(table, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases[columns]
        missing = cases["check"] == "not_nullable"
        cases["check"] = cases["check"].mask(missing, "a value")
    else:
        cases = pd.DataFrame(columns=columns)
    cases = cases.drop_duplicates(["index", "column"])
    return cases.set_axis(["index", "column", "value", "expected"], axis=1)


def _held(products: pd.Series, editions: pd.Series) -> pd.Series:
    """Whether the HS edition of each row holds its six-digit code, as far as known."""
    order = {edition: n for n, edition in enumerate(EDITIONS)}
    first, last = _spans()
    said = editions.map(order)
    six = each(products, lambda code: code[:6])
    return ~((said < six.map(first)) | (said > six.map(last)))


@cache
def _spans() -> tuple[dict[str, int], dict[str, int]]:
    """Order of the first and of the last HS edition that holds a code."""
    known = codes.products("HS").set_index("code")
    order = {edition: n for n, edition in enumerate(EDITIONS)}
    spans = (
        known[f"{end}_hs_edition"].map(order).dropna() for end in ("first", "last")
    )
    first, last = ({str(k): int(n) for k, n in span.items()} for span in spans)
    return first, last
