"""The raw UN Comtrade file of 2022 in the folder that REALDATA names."""

import os
from pathlib import Path

import pandas as pd


def flows_2022() -> pd.DataFrame:
    """Rows between single countries, breakdowns beside the totals they belong to."""
    folder = Path(os.environ["REALDATA"])
    codes = pd.read_csv(
        folder / "baci_hs17_31codes" / "country_codes_V202601.csv",
        keep_default_na=False,
    ).set_index("country_code")["country_iso3"]
    raw = pd.read_csv(folder / "comtrade_raw_31codes_2022" / "comtrade_2022.csv.gz")
    teller, other = raw["reporter"].map(codes), raw["partner"].map(codes)
    buys = raw["flow"] == "M"
    rows = pd.DataFrame(
        {
            "year": raw["year"],
            "exporter": other.where(buys, teller),
            "importer": teller.where(buys, other),
            "product": raw["cmd"].astype(str),
            "reported_by": buys.map({True: "importer", False: "exporter"}),
            "value_usd": raw["value"],
        }
    )
    return rows.dropna()


def totals(rows: pd.DataFrame) -> pd.DataFrame:
    """Largest row per flow and teller, which World rows confirm as the total."""
    return rows.groupby([c for c in rows if c != "value_usd"], as_index=False).max()
