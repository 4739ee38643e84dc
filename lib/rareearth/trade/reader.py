"""Whose file it is, and what it says: the way from any file to a `Reading`."""

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pandas as pd

from rareearth import codes, tables
from rareearth.schema import nearest
from rareearth.tables import TableError
from rareearth.trade import (
    baci,
    bulk,
    census,
    comext,
    comtrade,
    dataweb,
    estat,
    gacc,
    hmrc,
    layout,
    own,
    schema,
    written,
)
from rareearth.trade.account import Reading, Told
from rareearth.trade.files import sha256, sheets
from rareearth.trade.query import query
from rareearth.trade.sheet import Sheet, Unreadable

PROVIDERS: dict[str, ModuleType] = {
    "table": written,
    "comtrade": comtrade,
    "baci": baci,
    "comext": comext,
    "gacc": gacc,
    "estat": estat,
    "census": census,
    "dataweb": dataweb,
    "hmrc": hmrc,
}


def read(
    path: str | Path | Iterable[str | Path],
    provider: str | None = None,
    *,
    flow: str = "",
    reporter: str = "",
    product: str = "",
    mapping: str | Path | None = None,
    rates: pd.DataFrame | None = None,
) -> Reading:
    """Read a provider's file, or your own, into the trade table.

    Parameters
    ----------
    path : path or iterable of path
        CSV, JSON, XLSX or Parquet, as it is, gzipped or zipped; several files of one
        provider are read as one.
    provider : str, optional
        A name of `PROVIDERS`, or ``own``; else recognised by the header.
    flow : str
        ``import`` or ``export``, where the file does not say it.
    reporter : str
        ISO3, where the file does not say it.
    product : str
        Customs code, where the file does not say it.
    mapping : path, optional
        Mapping file of your own table (`rareearth.trade.own`); one of the same name
        beside the file is found by itself.
    rates : DataFrame, optional
        ``start, currency, units_per_usd``; default: the table ``exchange_rates``.

    Returns
    -------
    Reading

    Raises
    ------
    Unreadable
        If the file is not of any layout known, or does not say what it must and nobody
        else does.
    """
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(p) for p in path]
    told = Told(flow, reporter, product, rates)
    _check(paths, provider, told)
    check_names(paths)
    mapping = mapping or (own.beside(paths[0]) if provider in (None, "own") else None)
    if mapping:
        reading = own.reading(paths, mapping, told)
    elif provider == "own":
        raise Unreadable(
            f"{paths[0].name}: a table of your own needs a mapping file: mapping = "
            f"'{paths[0].name.split('.')[0]}.toml' (--mapping)"
        )
    else:
        name, found, left = _recognised(paths, provider)
        reading = PROVIDERS[name].reading(found, told)
        reading.notes.extend(left)
    reading.hashes.update({p.name: sha256(p) for p in paths})
    return reading


def table(trade_file: str = "", as_of: str = "") -> pd.DataFrame:
    """Trade table that a report rests on: of this collection, or of one file instead.

    Parameters
    ----------
    trade_file : str
        Path of a file that `read` or `convert` understands without being told more;
        empty: the collection's own.
    as_of : str
        Day; only editions published by then, of the collection's own table.

    Returns
    -------
    DataFrame

    Raises
    ------
    Unreadable
        If the file is not readable, or rows of it are refused: a report does not rest
        on a part of a file without being told so.
    """
    if not trade_file:
        return tables.load("trade", as_of)
    path = Path(trade_file)
    if any(bulk.kind(blob) == bulk.TABLE for blob in bulk.blobs(path)):
        found = query(path)
        checked = path.suffix == ".parquet" and written.origin(path)
        return found if checked else _checked(found, path)
    reading = read(path)
    if len(reading.refused):
        first = reading.refused.iloc[0]
        raise Unreadable(
            f"{first['file']}, row {first['row']}, column {first['column']}: "
            f"'{first['value']}'; it must be {first['expected']} (faults in all: "
            f"{len(reading.refused)}; rareearth check tells them, rareearth convert "
            "--allow-refused writes a file without these rows)"
        )
    return reading.table


def _checked(found: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return a trade table that has no fault."""
    faults = schema.faults(found)
    if len(faults):
        first = faults.iloc[0]
        flow = found.loc[first["index"]]
        raise Unreadable(
            f"{path.name}: {first['column']} of the flow of {flow['product']} from "
            f"{flow['exporter']} to {flow['importer']} is '{first['value']}'; it must "
            f"be {first['expected']} (faults in all: {len(faults)}; rareearth check "
            "tells them)"
        )
    return found


def check_names(paths: list[Path]) -> None:
    """Refuse two files of one name: by it rows are accounted for."""
    places: dict[str, Path] = {}
    for path in paths:
        if path.name in places:
            raise Unreadable(
                f"{places[path.name]} and {path}: two files of one name; give one of "
                "them another name, or name it once"
            )
        places[path.name] = path


def provider_of(path: Path) -> str:
    """Name of the provider of a file; ``own`` if a mapping file lies beside it.

    Raises
    ------
    Unreadable
        If it is of no layout known.
    """
    if own.beside(path):
        return "own"
    return _recognised([path], None)[0]


def _check(paths: list[Path], provider: str | None, told: Told) -> None:
    """Refuse arguments that can mean nothing."""
    if not paths:
        raise Unreadable("no file was named")
    if provider not in (None, "own", *PROVIDERS):
        raise Unreadable(
            f"provider is '{provider}'; it must be {nearest(provider, PROVIDERS)}"
        )
    if told.flow not in ("", "import", "export"):
        raise Unreadable(f"flow is '{told.flow}'; it must be import or export")
    if told.reporter:
        try:
            codes.iso3(told.reporter)
        except TableError as error:
            raise Unreadable(f"reporter: {error}") from None


def _recognised(
    paths: list[Path], provider: str | None
) -> tuple[str, list[tuple[Sheet, layout.Places]], list[str]]:
    """Whose layout the sheets have, and notes on those that have none."""
    every = [sheet for path in paths for sheet in sheets(path)]
    found: dict[str, list[tuple[Sheet, layout.Places]]] = {}
    left = []
    for sheet in every:
        for name in [provider] if provider else PROVIDERS:
            places = PROVIDERS[name].match(sheet)
            if places is not None:
                found.setdefault(name, []).append((sheet, places))
                break
        else:
            left.append(f"{sheet.file}: not trade, not read")
    if len(found) > 1:
        raise Unreadable(
            f"files of {' and '.join(sorted(found))} together; read them one by one"
        )
    whole = {sheet.blob.path for group in found.values() for sheet, _ in group}
    for path in paths:
        if path not in whole:
            raise Unreadable(_unknown(path, every, provider))
    return *next(iter(found.items())), left


def _unknown(path: Path, every: list[Sheet], provider: str | None) -> str:
    """Say what a file holds and what was looked for."""
    head = next((s.head() for s in every if s.blob.path == path), [])
    there = next((cells for cells in head if any(cells)), [])
    shown = ", ".join(c[:40] for c in there[:12])
    wanted = [provider] if provider else list(PROVIDERS)
    looked = "\n".join(
        f"  {PROVIDERS[n].TITLE}: {PROVIDERS[n].LOOKED_FOR}" for n in wanted
    )
    return (
        f"{path.name}: no layout known; its first line holds: {shown or 'nothing'}\n"
        f"looked for the columns of\n{looked}\n"
        f"  or a mapping file {path.name.split('.')[0]}.toml (--mapping)"
    )
