"""Excerpts in the layouts of providers, written by hand, and rates to the dollar."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file of this name with this text (or these bytes)."""

    def file(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        raw = content if isinstance(content, bytes) else content.encode(encoding)
        path.write_bytes(raw)
        return path

    return file


@pytest.fixture(scope="session")
def rates() -> pd.DataFrame:
    """Units of each money for a dollar: half a euro in January, a quarter later."""
    months = pd.date_range("2010-01-01", "2026-12-01", freq="MS")
    euro = [0.5 if month.month == 1 else 0.25 for month in months]
    parts = [
        pd.DataFrame({"start": months, "currency": currency, "units_per_usd": units})
        for currency, units in [
            ("EUR", euro),
            ("CNY", 8.0),
            ("JPY", 100.0),
            ("GBP", 0.5),
        ]
    ]
    return pd.concat(parts, ignore_index=True)
