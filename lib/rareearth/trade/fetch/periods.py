"""Months as text such as ``2018-01``, which sort as they follow each other."""


def is_month(text: str) -> bool:
    """Whether a text is a month such as ``2018-01``.

    Examples
    --------
    >>> is_month("2018-01"), is_month("2018-13"), is_month("2018")
    (True, False, False)
    """
    year, dash, month = text.partition("-")
    return (
        dash == "-"
        and len(year) == 4
        and len(month) == 2
        and (year + month).isdecimal()
        and 1 <= int(month) <= 12
    )


def shifted(month: str, by: int) -> str:
    """A month so many months later.

    Examples
    --------
    >>> shifted("2018-11", 3), shifted("2018-01", -1)
    ('2019-02', '2017-12')
    """
    count = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def months(first: str, last: str) -> list[str]:
    """All months from the first to the last.

    Examples
    --------
    >>> months("2018-11", "2019-01")
    ['2018-11', '2018-12', '2019-01']
    """
    found = []
    while first <= last:
        found.append(first)
        first = shifted(first, 1)
    return found


def spans(first: str, last: str, most: int) -> list[tuple[str, str]]:
    """Spans of at most so many months, none across a new year.

    A year's span is the same at every run, so that its answer can be compared.

    Examples
    --------
    >>> spans("2018-11", "2019-03", 12)
    [('2018-11', '2018-12'), ('2019-01', '2019-03')]
    """
    found: list[tuple[str, str]] = []
    for month in months(first, last):
        if found and month[5:] != "01" and len(months(found[-1][0], month)) <= most:
            found[-1] = (found[-1][0], month)
        else:
            found.append((month, month))
    return found


def periods(first: str, last: str, step: int) -> list[str]:
    """Months, or, with a step of 12, years.

    Examples
    --------
    >>> periods("2018-01", "2019-12", 12), periods("2018-01", "2018-02", 1)
    (['2018', '2019'], ['2018-01', '2018-02'])
    """
    every = months(first, last)
    return every if step == 1 else sorted({month[:4] for month in every})
