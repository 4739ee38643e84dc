"""BACI, the reconciled world trade of CEPII by year, product and pair of countries.

CEPII publishes a zip per HS edition with a file per year; a row holds year ``t``,
exporter ``i``, importer ``j``, product ``k``, value ``v`` in thousand current USD (FOB)
and quantity ``q`` in tonnes. Quantities carry no flag, so a weight's basis is unknown;
``NA`` is missing.
"""

import gzip
import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

import pandas as pd

from rareearth import codes
from rareearth.tables import TableError

COLUMNS = [
    "start",
    "months",
    "exporter",
    "importer",
    "product",
    "hs_edition",
    "value_usd",
    "valuation",
    "tonnes",
    "tonnes_status",
    "reported_by",
    "coverage",
    "source",
]
KEY = ["start", "months", "exporter", "importer", "product", "coverage"]

YEARLY = re.compile(r"BACI_(HS\d\d)_Y(\d{4})_(V\d{6}[a-z]?)\.csv(\.gz)?")


def read(path: Path, products: Collection[str] = ()) -> pd.DataFrame:
    """Trade rows of a file of CEPII.

    Parameters
    ----------
    path : Path
        A zip (``BACI_HS17_V202601.zip``) or one of its yearly files
        (``BACI_HS17_Y2024_V202601.csv``, also gzipped), under CEPII's own name.
    products : collection of str
        Six-digit codes to keep; empty keeps all.

    Returns
    -------
    DataFrame
        Rows of the trade table, sorted by its key, coverage ``complete``.

    Raises
    ------
    TableError
        If the name or the header is not CEPII's, or a country code is not known.
    """
    parts = [
        flows(part, hs_edition, f"BACI {release}")
        for raw, hs_edition, release in _yearly(path)
        for part in _chunks(raw, products, path)
    ]
    return pd.concat(parts).sort_values(KEY, ignore_index=True)


def flows(
    raw: pd.DataFrame, hs_edition: str, source: str, coverage: str = "complete"
) -> pd.DataFrame:
    """Trade rows from rows in BACI's own layout.

    Parameters
    ----------
    raw : DataFrame
        Columns ``t, i, j, k, v, q`` as text; ``i`` and ``j`` are BACI's numbers or
        ISO codes.
    hs_edition : str
        Edition of the products, as ``HS17``.
    source : str
        Name of the edition of BACI.
    coverage : str
        ``complete`` or ``leading flows``.

    Returns
    -------
    DataFrame
        Rows of the trade table in the order of `raw`: value in whole USD, tonnes
        missing where BACI has ``NA``.

    Examples
    --------
    >>> raw = pd.DataFrame(
    ...     [["2024", "156", "490", "850511", "12.345", "  NA"]], columns=list("tijkvq")
    ... )
    >>> row = flows(raw, "HS17", "BACI V202601").iloc[0]
    >>> row["exporter"], row["importer"], int(row["value_usd"]), row["tonnes_status"]
    ('CHN', 'TWN', 12345, 'missing')
    """
    quantity = raw["q"].astype("str").str.strip()
    tonnes = pd.to_numeric(quantity.mask(quantity.isin(["NA", ""])))
    table = pd.DataFrame(
        {
            "start": pd.to_datetime(raw["t"].astype("str") + "-01-01"),
            "months": 12,
            "exporter": codes.iso3_of(raw["i"]),
            "importer": codes.iso3_of(raw["j"]),
            "product": raw["k"].astype("str").str.zfill(6),
            "hs_edition": hs_edition,
            "value_usd": (raw["v"].astype("float64") * 1000).round().astype("int64"),
            "valuation": "fob",
            "tonnes": tonnes.astype("float64"),
            "tonnes_status": tonnes.notna().map(
                {True: "unknown basis", False: "missing"}
            ),
            "reported_by": "reconciled",
            "coverage": coverage,
            "source": source,
        }
    )
    return table[COLUMNS]


def leading(table: pd.DataFrame, n: int = 6) -> pd.DataFrame:
    """Select leading flows: the main suppliers of importers and customers of exporters.

    Parameters
    ----------
    table : DataFrame
        Complete rows of the trade table, one product.
    n : int
        How many a side.

    Returns
    -------
    DataFrame
        The rows that are among the `n` largest of their importer or of their exporter
        in their year, coverage ``leading flows``. Tonnes are left out: the list is one
        of values.
    """
    order = ["value_usd", "exporter", "importer"]
    ranked = table.sort_values(order, ascending=[False, True, True])
    kept = pd.Index([])
    for side in ("importer", "exporter"):
        kept = kept.union(ranked.groupby(["start", side]).head(n).index)
    return table.loc[kept].assign(
        coverage="leading flows", tonnes=float("nan"), tonnes_status="missing"
    )


def _yearly(path: Path) -> Iterator[tuple[Any, str, str]]:
    """Open each yearly file, with its HS edition and release."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as bundle:
            names = [n for n in bundle.namelist() if YEARLY.fullmatch(Path(n).name)]
            if not names:
                raise TableError(
                    f"{path.name}: no yearly file; it must hold BACI_HSxx_Yyyyy_V….csv"
                )
            for name in sorted(names):
                with bundle.open(name) as raw:
                    yield raw, *_named(name)
    else:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rb") as raw:
            yield raw, *_named(path.name)


def _named(name: str) -> tuple[str, str]:
    """Read HS edition and release from a file's name."""
    found = YEARLY.fullmatch(Path(name).name)
    if not found:
        raise TableError(
            f"{name}: not a name of CEPII; it must be like BACI_HS17_Y2024_V202601.csv"
        )
    return found[1], found[3]


def _chunks(
    raw: IO[bytes], products: Collection[str], path: Path
) -> Iterator[pd.DataFrame]:
    """Read the rows of the products, a million at a time."""
    for part in pd.read_csv(
        raw, dtype="str", keep_default_na=False, chunksize=1_000_000
    ):
        if list(part.columns) != list("tijkvq"):
            raise TableError(
                f"{path.name}: header is {','.join(part.columns)}; "
                "it must be t,i,j,k,v,q"
            )
        part["k"] = part["k"].str.strip().str.zfill(6)
        yield part[part["k"].isin(products)] if products else part
