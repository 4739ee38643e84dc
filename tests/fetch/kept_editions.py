"""Editions as an update would keep them, in a simulated world."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from rareearth.trade import editions, schema
from rareearth.trade.fetch.periods import months

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NDFEB = "8505110070"


def flows(product: str, span: list[str], **about) -> pd.DataFrame:
    rows = [
        {
            "start": pd.Timestamp(month),
            "months": 1,
            "exporter": exporter,
            "importer": "USA",
            "product": product,
            "hs_edition": "HS22",
            "value_usd": 1000.0 + number,
            "valuation": "customs",
            "tonnes": 0.125,
            "tonnes_status": "reported",
            "reported_by": "importer",
            "coverage": "complete",
            "source": "US Census Bureau",
        }
        | about
        for month in span
        for number, exporter in enumerate(["CHN", "JPN"])
    ]
    return schema.typed(pd.DataFrame(rows)) if rows else schema.empty()


def kept(
    root: Path,
    span: tuple[str, str] = ("2024-01", "2024-06"),
    at: datetime = NOON,
    states: dict[str, str] | None = None,
    table: pd.DataFrame | None = None,
    feed: str = "us-ndfeb",
    product: str = NDFEB,
    adoptable: bool = True,
    title: str = "US Census Bureau, international trade",
    **query,
) -> editions.Edition:
    """An edition as an update would keep it."""
    asked = {
        "office": "census",
        "system": "US HTS",
        "products": [product],
        "importer": "USA",
        "exporter": "",
        "step": 1,
    } | query
    part = {"product": product, "first_month": span[0], "last_month": span[1]}
    part |= {"fetched": at.isoformat(), "answers": []}
    about = {
        "office": asked["office"],
        "title": title,
        "licence": "its terms",
        "adoptable": adoptable,
        "query": asked,
        "fetched": at.isoformat(),
        "parts": [part],
        "states": {product: states or dict.fromkeys(months(*span), "data")},
        "notes": [],
        "account": {},
    }
    told = [m for m, s in about["states"][product].items() if s == "data"]
    table = flows(product, told) if table is None else table
    return editions.publish(feed, about, table, at, root)
