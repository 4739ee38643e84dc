"""Make ``data/mirror_pairs.csv``: one flow as its exporter and its importer tell it.

    python data/build/mirror_pairs.py comtrade_2022.csv.gz

The file holds UN Comtrade's flows of 2022 with totals and their parts side by side;
the reader takes each flow once. Kept are magnets, the only one of the four products in
it: the fifteen largest importers (by their own telling, without China) and the EU27,
each from China and from all exporters together (WORLD). Pairs that were printed
elsewhere stand in `PRINTED`. The same file gives the same bytes; the new hash is
printed for ``datapackage.json``.
"""

import argparse
import hashlib
import os
from pathlib import Path

import pandas as pd

from rareearth import mirror, tellings, trade

PRODUCT = "850511"
YEAR = 2022
LARGEST = 15
READ = "2026-11-24"  # the copies do not say when the office was asked
KEY = ["product", "year", "importer", "exporter"]

# product, year, exporter and importer, value and weight as each tells them
PRINTED = [
    ("2846", 2015, "USA", "CHN", (10_318_998, None), (11_714_971, None), ""),
    ("2846", 2018, "USA", "CHN", (72_735_867, None), (37_614_639, None), ""),
    (
        "2846", 2022, "USA", "CHN", (523_300_000, None), (23_000_000, None),
        "printed in tenths of a million; concentrate is 2846 to the United States and "
        "ore (2530) to China",
    ),
    (
        "850511", 2024, "CHN", "USA", (395_313_453, 17_748.539),
        (359_791_115, 7_078.864), "",
    ),
]  # fmt: skip
TELLERS = {
    "2846": ("USITC DataWeb; UN Comtrade", "fas"),
    "850511": ("UN Comtrade", "fob"),
}


def flows(path: Path) -> pd.DataFrame:
    """Magnets of the year between two countries, once per teller."""
    table = trade.read(path, "comtrade").table
    ours = (table["product"] == PRODUCT) & (table["start"].dt.year == YEAR)
    return table[ours & (table["exporter"] != table["importer"])]


def derived(table: pd.DataFrame) -> pd.DataFrame:
    """The largest importers and the EU27, from China and from the world."""
    importers = [*tellings.largest(table, LARGEST), tellings.UNION]
    return tellings.summed(table, importers).assign(
        product=PRODUCT, year=YEAR, kind="derived", source="UN Comtrade", note=""
    )


def printed() -> pd.DataFrame:
    """Pairs of figures that were printed elsewhere."""
    rows = []
    for product, year, exporter, importer, sold, bought, note in PRINTED:
        source, valuation = TELLERS[product]
        row = {"product": product, "year": year, "source": source, "note": note}
        row |= {"exporter": exporter, "importer": importer, "kind": "printed"}
        row |= {"exporter_valuation": valuation, "importer_valuation": "cif"}
        statuses = ("reported", "estimated")
        for side, (usd, tonnes), status in zip(
            mirror.SIDES, (sold, bought), statuses, strict=True
        ):
            row |= {f"{side}s": 1, f"{side}_usd": usd, f"{side}_tonnes": tonnes}
            row[f"{side}_tonnes_status"] = "missing" if tonnes is None else status
        rows.append(row)
    return pd.DataFrame(rows)


def text(pairs: pd.DataFrame) -> str:
    """The table as CSV: whole dollars, kilograms, sorted by its key."""
    columns = [*KEY]
    for side in mirror.SIDES:
        columns += [f"{side}_usd", f"{side}_valuation", f"{side}_tonnes"]
        columns += [f"{side}_tonnes_status", f"{side}s"]
    columns += ["kind", "published", "precision", "source", "note"]
    pairs = pairs.assign(published=READ, precision="assumed")
    for side in mirror.SIDES:
        pairs[f"{side}_usd"] = pairs[f"{side}_usd"].round().astype("int64")
        pairs[f"{side}_tonnes"] = pairs[f"{side}_tonnes"].astype(float).round(3)
    pairs = pairs.sort_values(KEY)[columns]
    return pairs.to_csv(index=False, lineterminator="\n", float_format="%.12g")


def main() -> None:
    """Read the command line and write the table in one step."""
    home = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("comtrade", type=Path, help="UN Comtrade's flows of 2022")
    parser.add_argument("--out", type=Path, default=home / "mirror_pairs.csv")
    options = parser.parse_args()
    pairs = pd.concat([derived(flows(options.comtrade)), printed()], ignore_index=True)
    data = text(pairs).encode()
    aside = options.out.with_name(options.out.name + ".part")
    aside.write_bytes(data)
    os.replace(aside, options.out)
    print(f'"bytes": {len(data)}, "hash": "sha256:{hashlib.sha256(data).hexdigest()}"')


if __name__ == "__main__":
    main()
