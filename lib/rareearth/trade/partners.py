"""Countries as offices write them: numbers of their own, names in their spelling."""

import unicodedata
from functools import cache

import pandas as pd

from rareearth import codes, tables
from rareearth.tables import TableError


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
        or carry a remark in brackets.
    special : dict, optional
        Codes that go before all others.

    Returns
    -------
    Series of str

    Examples
    --------
    >>> iso3(pd.Series(["TÃ¼rkiye", "Reunion", "Ireland (Eire)", "na", "?"])).tolist()
    ['TUR', 'REU', 'IRL', 'NAM', nan]
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
    bare = name.partition(" (")[0].strip()
    for each in (name, bare):
        try:
            return codes.iso3(each)
        except TableError:
            known = _folded().get(_fold(each))
            if known:
                return known
    return ""


def _once(name: str) -> str:
    """Name whose UTF-8 was taken for cp1252 and encoded again, as it was at first."""
    try:
        return name.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return name


def _fold(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in letters if c.isalnum())


@cache
def _folded() -> dict[str, str]:
    """ISO3 by name without case, accents and marks."""
    countries, other = tables.load("countries"), tables.load("country_codes")
    other = other[other["scheme"] == "name"]
    names = [*zip(countries["name"], countries["iso3"], strict=True)]
    names += [*zip(other["code"], other["iso3"], strict=True)]
    return {_fold(name): iso3 for name, iso3 in names}
