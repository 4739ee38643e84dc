"""Numbers and names as a reader wants them in a sentence.

Near-ties, tiny shares and small sums are said as such: ``under 1 %`` is not ``0 %``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

WITH_ARTICLE = {
    "United States", "United Kingdom", "Netherlands", "Philippines", "European Union",
    "Czech Republic", "United Arab Emirates", "Dominican Republic", "Bahamas",
    "Maldives", "Seychelles", "Solomon Islands", "Marshall Islands", "Gambia", "world",
}  # fmt: skip
MISSING = "–"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip


def missing(number: float | None) -> bool:
    """Whether there is no number to show."""
    return number is None or math.isnan(number)


def percent(share: float | None, digits: int = 0) -> str:
    """A share in [0, 1] as a percentage that never rounds to none or all.

    Examples
    --------
    >>> percent(0.5249), percent(0.001), percent(0.998), percent(0), percent(1)
    ('52 %', 'under 1 %', 'over 99 %', '0 %', '100 %')
    >>> percent(0.5249, 1)
    '52.5 %'
    """
    if missing(share):
        return MISSING
    assert share is not None
    step = 10.0**-digits
    shown = round(100 * share, digits)
    if shown <= 0 < share:
        return f"under {step:g} %"
    if shown >= 100 > 100 * share:
        return f"over {100 - step:g} %"
    return f"{shown:.{digits}f} %"


def points(change: float | None, digits: int = 0) -> str:
    """A change of a share in percentage points, signed with a true minus.

    Examples
    --------
    >>> points(-0.0391), points(0.12, 1), points(0.001)
    ('−4', '+12.0', '0')
    """
    if missing(change):
        return MISSING
    assert change is not None
    shown = round(100 * change, digits)
    sign = "−" if shown < 0 else "+" if shown > 0 else ""
    return f"{sign}{abs(shown):.{digits}f}"


def change(share: float | None, digits: int = 0) -> str:
    """A relative change in percent, signed with a true minus.

    Examples
    --------
    >>> change(-0.409), change(0.06), change(0.0001), change(None)
    ('−41 %', '+6 %', '0 %', '–')
    """
    return MISSING if missing(share) else f"{points(share, digits)} %"


def probability(p: float) -> str:
    """A p-value in words.

    Examples
    --------
    >>> probability(0.0314), probability(0.0001)
    ('p = 0.031', 'p under 0.001')
    """
    return f"p = {p:.3f}" if p >= 0.001 else "p under 0.001"


def capital(text: str) -> str:
    """The text with a capital letter first; nothing else changes.

    Examples
    --------
    >>> capital("the EU27")
    'The EU27'
    """
    return text[:1].upper() + text[1:]


def usd(amount: float | None) -> str:
    """An amount of US dollars in words.

    Examples
    --------
    >>> usd(39_400_000), usd(3_110_000_000), usd(412_000), usd(80)
    ('39.4 million USD', '3.11 billion USD', '0.4 million USD', '80 USD')
    """
    if missing(amount):
        return MISSING
    assert amount is not None
    if abs(amount) >= 1e9:
        return f"{amount / 1e9:.2f} billion USD"
    if abs(amount) >= 1e5:
        digits = 0 if abs(amount) >= 1e8 else 1
        return f"{amount / 1e6:.{digits}f} million USD"
    return f"{amount:,.0f} USD"


def tonnes(amount: float | None, of: str = "") -> str:
    """A mass in tonnes with thousands commas.

    Examples
    --------
    >>> tonnes(389_310, "REO"), tonnes(46.4)
    ('389,310 t REO', '46.4 t')
    """
    if missing(amount):
        return MISSING
    assert amount is not None
    number = f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:.3g}"
    return f"{number} t {of}".rstrip()


def number(value: float | None, digits: int = 2) -> str:
    """A plain number, a dash where it is missing.

    Examples
    --------
    >>> number(0.4192), number(None), number(2.385, 1)
    ('0.42', '–', '2.4')
    """
    if missing(value):
        return MISSING
    assert value is not None
    return f"{value:,.{digits}f}".replace("-", "−")


def price(usd_per_kg: float | None) -> str:
    """A price in US dollars per kilogram, to the cent below a thousand.

    Examples
    --------
    >>> price(127.75), price(252.5), price(1132.5), price(2046.7975), price(180)
    ('127.75', '252.5', '1,132.5', '2,046.8', '180')
    """
    if missing(usd_per_kg):
        return MISSING
    assert usd_per_kg is not None
    digits = 1 if abs(usd_per_kg) >= 1000 else 2
    shown = f"{usd_per_kg:,.{digits}f}"
    return shown.rstrip("0").rstrip(".")


def month(when: Any) -> str:
    """The month of a day or a period with its year, in English whatever the locale.

    Examples
    --------
    >>> import datetime
    >>> month(datetime.date(2025, 4, 4)), day(datetime.date(2025, 4, 4))
    ('April 2025', '4 April 2025')
    """
    return f"{MONTHS[when.month - 1]} {when.year}"


def day(when: Any) -> str:
    """A day with its month and year; see :func:`month`."""
    return f"{when.day} {month(when)}"


def span(low: float | None, high: float | None, digits: int = 0) -> str:
    """A range of two shares in percent.

    Examples
    --------
    >>> span(0.683, 0.747), span(0.9, 1.0)
    ('68–75 %', '90–100 %')
    """
    if missing(low) or missing(high):
        return MISSING
    assert low is not None and high is not None
    return f"{100 * low:.{digits}f}–{100 * high:.{digits}f} %"


def years(first: int, last: int) -> str:
    """A year, or the first and the last of several.

    Examples
    --------
    >>> years(2010, 2012), years(2024, 2024), years(1998, 2001)
    ('2010–12', '2024', '1998–2001')
    """
    if first == last:
        return f"{first}"
    same = first // 100 == last // 100
    return f"{first}–{last % 100:02d}" if same else f"{first}–{last}"


def listing(items: Iterable[str], last: str = "and") -> str:
    """Items in a sentence.

    Examples
    --------
    >>> listing(["ore", "metal", "magnets"]), listing(["ore"]), listing([])
    ('ore, metal and magnets', 'ore', '')
    """
    words: Sequence[str] = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def country(iso3: str, *, start: bool = False) -> str:
    """A country's name as a sentence needs it, with its article.

    Examples
    --------
    >>> country("USA"), country("USA", start=True), country("JPN"), country("EU27")
    ('the United States', 'The United States', 'Japan', 'the European Union')
    >>> country("WORLD")
    'the world'
    """
    from rareearth import codes

    name = "world" if iso3 == "WORLD" else codes.name(iso3)
    if name not in WITH_ARTICLE:
        return name
    return f"The {name}" if start else f"the {name}"


def possessive(iso3: str) -> str:
    """The genitive of a country's name.

    Examples
    --------
    >>> possessive("CAN"), possessive("USA")
    ('Canada’s', 'the United States’')
    """
    name = country(iso3)
    return f"{name}’" if name.endswith("s") else f"{name}’s"
