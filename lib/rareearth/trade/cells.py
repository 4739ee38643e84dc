"""What a cell of text means: a number, a customs code, a period, an HS edition.

Each function takes a column of text and returns what it says together with the cells
that say nothing of the kind, so that they can be refused by row. Nothing is guessed: a
number has one reading or none.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

from rareearth.trade.sheet import Unreadable

# years from which customs count by each edition of the Harmonized System
EDITIONS = {
    "HS92": 0,
    "HS96": 1996,
    "HS02": 2002,
    "HS07": 2007,
    "HS12": 2012,
    "HS17": 2017,
    "HS22": 2022,
    "HS28": 2028,
}
# headings of chapters 01 to 09, where a lost zero can be put back
HEADINGS = dict(zip("123456789", (6, 10, 9, 10, 11, 4, 14, 14, 10), strict=True))
CONFIDENTIAL = r"\d{1,9}[A-Z]+"


def each(text: pd.Series, meaning: Callable[[str], Any]) -> pd.Series:
    """Apply a function to each distinct text of a column.

    Examples
    --------
    >>> each(pd.Series(["m", "x", "m"]), str.upper).tolist()
    ['M', 'X', 'M']
    """
    return text.map({one: meaning(one) for one in text.unique()})


def numbers(text: pd.Series, decimal: str = ".") -> tuple[pd.Series, pd.Series]:
    """Numbers in a column of text.

    Parameters
    ----------
    text : Series of str
        Numbers, with or without separators of thousands in groups of three; empty
        where missing. A number with such separators does not begin with 0: ``0,500``
        is half of one in another notation, not 500.
    decimal : str
        ``.`` (thousands then by comma) or ``,`` (thousands by point).

    Returns
    -------
    values : Series of float
        NaN where empty or no number.
    bad : Series of bool
        Where there is text that is no finite number.

    Examples
    --------
    >>> values, bad = numbers(pd.Series(["1,234.5", "12", "", "1,2", ">95"]))
    >>> values.tolist(), bad.tolist()
    ([1234.5, 12.0, nan, nan, nan], [False, False, False, True, True])
    >>> numbers(pd.Series(["1.234,5", "0.500"]), decimal=",")[0].tolist()
    [1234.5, nan]
    """
    empty = text == ""
    values = pd.to_numeric(text.mask(empty), errors="coerce").astype(float)
    if decimal == ",":
        values = values.where(text.str.fullmatch(r"[-+]?\d+"))
    odd = text[values.isna() & ~empty]
    if len(odd):
        group, point = (",", r"\.") if decimal == "." else (r"\.", ",")
        form = rf"[-+]?([1-9]\d{{0,2}}({group}\d{{3}})+|\d+)({point}\d+)?"
        good = odd[odd.str.fullmatch(form)]
        plain = good.str.replace("." if decimal == "," else ",", "", regex=False)
        values.loc[good.index] = plain.str.replace(",", ".", regex=False).astype(float)
    values = values.where(values.abs() != float("inf"))
    return values, values.isna() & ~empty


def decimal_mark(columns: list[pd.Series], delimiter: str = ",") -> str:
    """Decimal mark that a file writes, from all its columns of numbers together.

    Parameters
    ----------
    columns : list of Series of str
        The columns that hold numbers.
    delimiter : str
        Of the file; a comma there leaves the comma no other part than thousands.

    Returns
    -------
    str
        ``.`` or ``,``.

    Raises
    ------
    Unreadable
        If the numbers leave it open or contradict each other.

    Examples
    --------
    >>> decimal_mark([pd.Series(["12,5", "1.250"])], ";")
    ','
    """
    text = pd.concat(columns)
    text = text[text.str.contains(r"[.,]")]
    if delimiter == "," or text.empty:
        return "."

    def fraction(mark: str, other: str) -> bool:
        mark, other = (f"[{m}]" for m in (mark, other))
        tail = rf"{mark}(\d{{1,2}}|\d{{4,}})"
        form = (
            rf"[-+]?(.*{tail}|0+{mark}\d+|\d{{4,}}{mark}\d+|.*{other}\d{{3}}{mark}\d+)"
        )
        several = rf".*{other}\d+{other}.*"
        return bool(text.str.fullmatch(f"{form}|{several}").any())

    point, comma = fraction(".", ","), fraction(",", ".")
    if point == comma:
        raise Unreadable(
            f"numbers such as '{text.iloc[0]}' can be read in two ways; say which mark "
            "is the decimal one (decimal = ',' or '.' in the mapping file)"
        )
    return "." if point else ","


def codes(
    text: pd.Series, lengths: tuple[int, ...] = (2, 4, 6, 8, 10)
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Find customs codes in a column of text.

    A code one digit short gets its leading zero back if a heading of chapters 01 to 09
    begins so; otherwise it is no code.

    Parameters
    ----------
    text : Series of str
        Codes, perhaps with points, blanks or an apostrophe.
    lengths : tuple of int
        Numbers of digits that occur.

    Returns
    -------
    found : Series of str
        Digits; a withheld line keeps its letters (``850511XX``).
    restored : Series of bool
        Where a zero was put back.
    bad : Series of bool
        Where there is no code.

    Examples
    --------
    >>> found, restored, bad = codes(
    ...     pd.Series(["'280530'", "91099", "8505.11", "28053", "850511XX"])
    ... )
    >>> found.tolist(), restored.tolist(), bad.tolist()
    (['280530', '091099', '850511', '28053', '850511XX'],
     [False, True, False, False, False],
     [False, False, False, True, False])
    """
    distinct = pd.Series(text.unique(), dtype="str")
    plain = distinct.str.replace(r"[.'\s]", "", regex=True).str.upper()
    whole = plain.str.fullmatch("|".join(rf"\d{{{n}}}" for n in lengths))
    whole &= plain.str[:2] != "00"
    short = plain.str.fullmatch("|".join(rf"\d{{{n - 1}}}" for n in lengths)) & ~whole
    last = plain.str[0].map(HEADINGS)
    heading = pd.to_numeric(plain.str[1:3].where(short & last.notna()), errors="coerce")
    restored = short & (
        (heading.between(1, last)) | (plain.str.len() == 1) & last.notna()
    )
    bad = ~(whole | restored | plain.str.fullmatch(CONFIDENTIAL))
    plain = ("0" + plain).where(restored, plain)
    lookup = pd.DataFrame({"code": plain, "restored": restored, "bad": bad})
    lookup.index = pd.Index(distinct)
    found = lookup.reindex(text.to_numpy()).set_index(text.index)
    return found["code"], found["restored"].astype(bool), found["bad"].astype(bool)


def withheld(codes: pd.Series) -> pd.Series:
    """Whether each code is a line whose digits an office withholds.

    Examples
    --------
    >>> withheld(pd.Series(["85051110", "850511XX"])).tolist()
    [False, True]
    """
    return codes.str.fullmatch(CONFIDENTIAL).astype(bool)


def periods(text: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Periods in a column of text.

    Parameters
    ----------
    text : Series of str
        ``2024`` or ``202452`` (a year), ``202403``, ``2024-03`` or a day (a month);
        ``2024-52`` is a week and none of them.

    Returns
    -------
    start : Series of datetime64
        First day.
    months : Series of int
        12 or 1.
    bad : Series of bool
        Where there is no period from 1960 to 2100, or no such day.

    Examples
    --------
    >>> start, months, bad = periods(pd.Series(["2024", "202403", "2024-13"]))
    >>> start.dt.strftime("%Y-%m").tolist(), months.tolist(), bad.tolist()
    (['2024-01', '2024-03', nan], [12, 1, 1], [False, False, True])
    """
    distinct = pd.Series(text.unique(), dtype="str")
    parts = distinct.str.extract(
        r"^(?P<year>\d{4})(?:-?(?P<month>\d\d)(?:-(?P<day>\d\d))?)?$"
    ).astype(float)
    annual = parts["month"].isna() | distinct.str.fullmatch(r"\d{4}52")
    month = parts["month"].mask(annual, 1)
    good = parts["year"].between(1960, 2100) & month.between(1, 12)
    day = pd.to_datetime(
        parts.assign(month=month, day=parts["day"].fillna(1))[good], errors="coerce"
    )
    good &= day.reindex(good.index).notna()
    stamp = (parts["year"] * 10000 + month * 100 + 1).where(good)
    start = pd.to_datetime(
        stamp.astype("Int64").astype("str").where(good), format="%Y%m%d"
    )
    months = annual.map({True: 12, False: 1})
    lookup = pd.DataFrame({"start": start, "months": months, "bad": ~good})
    lookup.index = pd.Index(distinct)
    found = lookup.reindex(text.to_numpy()).set_index(text.index)
    return found["start"], found["months"].astype(int), found["bad"].astype(bool)


def edition_of(start: pd.Series) -> pd.Series:
    """HS edition by which customs counted at a date.

    Offices change on 1 January of the first year of an edition.

    Examples
    --------
    >>> edition_of(pd.to_datetime(pd.Series(["2021-12-01", "2022-01-01"]))).tolist()
    ['HS17', 'HS22']
    """
    years = [*list(EDITIONS.values())[1:], 10000]
    cut = pd.cut(start.dt.year, [0, *years], right=False, labels=list(EDITIONS))
    return cut.astype("str")
