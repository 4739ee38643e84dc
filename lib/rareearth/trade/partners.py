"""Countries as offices write them: numbers of their own, names in their spelling."""

import re
import unicodedata
from functools import cache

import pandas as pd

from rareearth import codes, tables
from rareearth.tables import TableError

NOTED = re.compile(r"([^(]+?)\s*\(\s*(.+?)\s*\)")
# notes behind a name with which the country is still the same
REMARK = re.compile(
    r"""(incl|excl|including|excluding)\b.*
    | (from|as\ from|since|after|until|till|to|up\ to|before|as\ of)\b\D*\d{4}
    | \W*\d{4}(\W+(\d{4})?)?  # ...1990, 1993-2005
    | plurinational\ state\ of | (islamic|bolivarian|united|socialist)\ republic\ of
    | (federal|co-operative)\ republic\ of | federated\ states\ of
    | kingdom\ of(\ the)? | mainland | eire | malvinas | vatican\ city(\ state)?
    | of\ america""",
    re.VERBOSE | re.IGNORECASE,
)
BESIDE_CHINA = {"HKG", "MAC", "TWN"}  # offices write China beside their names
SAINT_MARTIN = {"french part": "MAF", "dutch part": "SXM"}


@cache
def of_office(office: str) -> dict[str, str]:
    """ISO3 by the code of an office.

    Parameters
    ----------
    office : str
        As in the table ``partner_codes``: ``GACC``, ``US Census``, ``Japan Customs``
        or ``Eurostat`` (there only what differs from ISO 3166).

    Examples
    --------
    >>> of_office("GACC")["502"], of_office("US Census")["5700"]
    ('USA', 'CHN')
    """
    table = tables.load("partner_codes")
    table = table[table["office"] == office]
    return dict(zip(table["code"], table["iso3"], strict=True))


@cache
def names_of(office: str) -> dict[str, str]:
    """ISO3 by the name that an office prints beside its code.

    Examples
    --------
    >>> names_of("GACC")["美国"]
    'USA'
    """
    table = tables.load("partner_codes")
    table = table[(table["office"] == office) & table["name"].notna()]
    return dict(zip(table["name"], table["iso3"], strict=True))


def iso3(keys: pd.Series, special: dict[str, str] | None = None) -> pd.Series:
    """ISO3 of a column of names or codes; missing where there is no such country.

    Parameters
    ----------
    keys : Series of str
        Names, ISO2, ISO3 or UN numbers. A name may be encoded twice, lack its accents
        or carry a note in brackets that makes no other country of it.
    special : dict, optional
        Codes that go before all others.

    Returns
    -------
    Series of str

    Examples
    --------
    >>> iso3(pd.Series(["TÃ¼rkiye", "Reunion", "Ireland (Eire)", "na", "?"])).tolist()
    ['TUR', 'REU', 'IRL', 'NAM', nan]
    >>> iso3(pd.Series(["Sudan (South)", "China (Taiwan)", "Niger (ia)"])).tolist()
    ['SSD', 'TWN', nan]
    """
    found = {}
    for key in keys.unique():
        known = (special or {}).get(key) or _country(key)
        if known:
            found[key] = known
    return keys.map(found).astype("str")


def _country(key: str) -> str:
    """ISO3 of a country by its code or its name in any spelling, or nothing."""
    name = _once(key).replace("`", "'").strip()
    noted = NOTED.fullmatch(name)
    return _known(name) or (_noted(*noted.groups()) if noted else "")


def _noted(name: str, note: str) -> str:
    """ISO3 of a country whose name has a note in brackets behind it, or nothing.

    The note may be a part of the name (``Sudan (South)``), the same country once more
    (``Canada (CA)``), or say what is counted with it; with any other note it may be
    another country, and is none.
    """
    ways = [f"{note} {name}", f"{note} of {name}"]
    if len(note) > 2:  # two letters are a code; Niger (ia) is not Nigeria
        ways.append(f"{name} {note}")
    whole = next(filter(None, map(_known, ways)), "")
    if whole:
        return whole
    country, other = _known(name), _known(note)
    if country in SAINT_MARTIN.values() and note.casefold() in SAINT_MARTIN:
        return SAINT_MARTIN[note.casefold()]
    if other and other != country:
        two = {country, other}
        part = two & BESIDE_CHINA
        return part.pop() if "CHN" in two and part else ""
    return country if other or REMARK.fullmatch(note) else ""


def _known(name: str) -> str:
    """ISO3 of a code or a name of the tables, or nothing."""
    try:
        return codes.iso3(name)
    except TableError:
        return _folded().get(_fold(name), "")


def _once(name: str) -> str:
    """Name whose UTF-8 was taken for cp1252 and encoded again, as it was at first."""
    try:
        return name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return name


def _fold(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in letters if c.isalnum() or c in "()")


@cache
def _folded() -> dict[str, str]:
    """ISO3 by name without case, accents and marks other than brackets."""
    countries, other = tables.load("countries"), tables.load("country_codes")
    other = other[other["scheme"] == "name"]
    names = [*zip(countries["name"], countries["iso3"], strict=True)]
    names += [*zip(other["code"], other["iso3"], strict=True)]
    return {_fold(name): iso3 for name, iso3 in names}
