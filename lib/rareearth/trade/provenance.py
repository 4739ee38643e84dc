"""Where a trade table of the reader's own comes from, in words for a page."""

from pathlib import Path

import pandas as pd

from rareearth.trade import bulk
from rareearth.trade.reader import read
from rareearth.trade.written import origin


def source(trade_file: str = "") -> str:
    """Name what a figure's trade is from: BACI, or the reader's own file."""
    return f"{Path(trade_file).name}, own file" if trade_file else "CEPII BACI"


def provenance(path: Path) -> str:
    """What became of the rows of a file, fate by fate.

    Parameters
    ----------
    path : Path
        A file that `rareearth.trade.table` takes.

    Returns
    -------
    str
        Such as "1,200 rows read, 40 aggregate"; for a file that `convert` wrote, of the
        files that it was made of.
    """
    if path.suffix == ".parquet" and bulk.kind(bulk.blobs(path)[0]) == bulk.TABLE:
        made = origin(path)
        if not made:
            return "a trade table as it is, nobody knows of what"
        account = pd.DataFrame(made["account"])
        names = f" (from {', '.join(sorted(made['files']))})"
    else:
        account, names = read(path).account, ""
    rows = account.groupby("fate", sort=False)["rows"].sum()
    told = ", ".join(f"{count:,} rows {fate}" for fate, count in rows.items() if count)
    return told + names
