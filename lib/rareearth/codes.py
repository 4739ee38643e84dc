"""Countries and goods: what a code means, and which codes a stage has.

A country is its ISO 3166 alpha-3 code everywhere; `iso3` turns names and numbers of
providers into it (490, "Other Asia, nes", is Taiwan; 842 is the United States). The
European Union is the 27 members of 2020 in every year. Goods are customs codes as
text; a stage of the chain has the six-digit codes that all countries share.
"""

from functools import cache

import pandas as pd

from rareearth import schema, tables
from rareearth.tables import TableError

STAGES = ("mine", "compounds", "metals", "alloys", "magnets")


def name(iso3: str) -> str:
    """Name of a country or aggregate as a reader expects it.

    Examples
    --------
    >>> name("KOR"), name("EU27")
    ('South Korea', 'European Union')
    """
    return _look_up(iso3, _names(), "country")


def iso3(key: str | int) -> str:
    """ISO3 code of a country from a name, number or code of a provider.

    Parameters
    ----------
    key : str or int
        Name ("Burma", "Viet Nam"), number in UN trade data or M49 (842, "490"), ISO2
        or ISO3; case does not matter.

    Returns
    -------
    str
        ISO3; ``EU27``, ``WORLD`` and the like for aggregates.

    Raises
    ------
    TableError
        If nothing is called so, with the nearest names.

    Examples
    --------
    >>> iso3("Burma"), iso3(490), iso3("842"), iso3("kr")
    ('MMR', 'TWN', 'USA', 'KOR')
    """
    return _look_up(_plain(key), _keys(), "country")


def iso3_of(keys: pd.Series) -> pd.Series:
    """ISO3 codes of a column of names, numbers or codes.

    Parameters
    ----------
    keys : Series
        As `iso3` takes them.

    Returns
    -------
    Series
        ISO3, same index.

    Raises
    ------
    TableError
        At the first key that is not known, with its place.
    """
    found = {}
    for key in keys.unique():
        try:
            found[key] = iso3(key)
        except TableError as error:
            row = keys.index[keys == key][0]
            raise TableError(f"column {keys.name}, row {row}: {error}") from None
    return keys.map(found).astype("str")


def countries(kind: str = "country") -> pd.DataFrame:
    """Countries (or former countries, unspecified areas, aggregates), one per row."""
    table = tables.load("countries")
    kinds = set(table["kind"])
    if kind not in kinds:
        raise TableError(f"kind is '{kind}'; it must be {schema.nearest(kind, kinds)}")
    return table[table["kind"] == kind].reset_index(drop=True)


@cache
def eu27() -> tuple[str, ...]:
    """ISO3 of the 27 members of the European Union of 2020.

    Examples
    --------
    >>> len(eu27()), "GBR" in eu27()
    (27, False)
    """
    table = tables.load("countries")
    return tuple(table.loc[table["eu27_2020"], "iso3"])


def extra_eu(flows: pd.DataFrame) -> pd.DataFrame:
    """Flows with the European Union as one country; trade between members is left out.

    Parameters
    ----------
    flows : DataFrame
        Rows of the trade table.

    Returns
    -------
    DataFrame
        Members replaced by ``EU27`` on either side, values and tonnes added up. Flows
        with and without tonnes stay apart (`tonnes_status`), so that a sum of tonnes
        never passes for more than it covers: the key of the trade table then needs
        `tonnes_status` too.

    Examples
    --------
    >>> flows = pd.DataFrame(
    ...     {
    ...         "exporter": ["CHN", "CHN", "DEU", "DEU"],
    ...         "importer": ["DEU", "FRA", "FRA", "USA"],
    ...         "value_usd": [5, 2, 9, 4],
    ...         "tonnes": [1.0, 1.0, 1.0, 1.0],
    ...     }
    ... )
    >>> extra_eu(flows)
      exporter importer  value_usd  tonnes
    0      CHN     EU27          7     2.0
    1     EU27      USA          4     1.0
    """
    members = set(eu27())
    sides = ["exporter", "importer"]
    inside = flows[sides].isin(members)
    outer = flows[~inside.all(axis=1)].copy()
    for side in sides:
        outer[side] = outer[side].mask(outer[side].isin(members), "EU27")
    amounts = ["value_usd", "tonnes"]
    keys = [c for c in flows.columns if c not in amounts]
    added = outer.groupby(keys, as_index=False, dropna=False)[amounts].sum(min_count=1)
    return added[list(flows.columns)]


def products(system: str = "HS", stage: str = "") -> pd.DataFrame:
    """Goods of a customs code system, all or those of one stage.

    Parameters
    ----------
    system : str
        ``HS`` (six digits, the same everywhere), ``US HTS``, ``EU CN``, ``UK tariff``,
        ``China HS`` or ``Brazil NCM``.
    stage : str
        One of `STAGES`, or ``""`` for all.

    Returns
    -------
    DataFrame
        Rows of the table ``products``.
    """
    table = tables.load("products")
    systems = set(table["system"])
    if system not in systems:
        raise TableError(
            f"system is '{system}'; it must be {schema.nearest(system, systems)}"
        )
    table = table[table["system"] == system]
    if stage:
        table = table[table["stage"] == _stage(stage)]
    return table.reset_index(drop=True)


def stage_products(stage: str) -> tuple[str, ...]:
    """Name the six-digit codes of a stage; mines have none of their own.

    Examples
    --------
    >>> stage_products("compounds"), stage_products("magnets")
    (('284610', '284690'), ('850511',))
    """
    return tuple(products("HS", stage)["code"])


def stage(product: str) -> str:
    """Stage of a six-digit code.

    Examples
    --------
    >>> stage("280530")
    'metals'
    """
    table = products("HS")
    return _look_up(
        product, dict(zip(table["code"], table["stage"], strict=True)), "HS code"
    )


def _stage(stage: str) -> str:
    """Return the stage if there is one of that name."""
    if stage not in STAGES:
        raise TableError(
            f"stage is '{stage}'; it must be {schema.nearest(stage, STAGES)}"
        )
    return stage


def _look_up(key: str, known: dict[str, str], what: str) -> str:
    """Look up what a key stands for, or tell the nearest keys."""
    if key not in known:
        raise TableError(
            f"{what} '{key}' is not known; it must be {schema.nearest(key, known)}"
        )
    return known[key]


def _plain(key: str | int) -> str:
    """Strip a key of case, outer blanks and leading zeros."""
    text = str(key).strip().casefold()
    return text.lstrip("0") if text.isdecimal() else text


@cache
def _names() -> dict[str, str]:
    """Name by ISO3."""
    table = tables.load("countries")
    return dict(zip(table["iso3"], table["name"], strict=True))


@cache
def _keys() -> dict[str, str]:
    """ISO3 by every code, number and name; ISO codes win over names."""
    codes = tables.load("country_codes")
    table = tables.load("countries")
    found = dict(zip(codes["code"].map(_plain), codes["iso3"], strict=True))
    for column in ("name", "iso2", "iso3"):
        full = table[table[column].notna()]
        found |= dict(zip(full[column].map(_plain), full["iso3"], strict=True))
    return found
