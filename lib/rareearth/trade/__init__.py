"""Trade data of any provider in the one trade table, checked and accounted for.

`read` gives a file as a `Reading`: its table, what became of every row, and what was
refused. `table` gives what a report rests on. `convert` writes files as one Parquet
file of the trade table. `query` and `indicators` work on files larger than memory. Who
reads what: `PROVIDERS`; what may become of a row: `FATES`.
"""

from rareearth.trade.account import FATES, Reading
from rareearth.trade.convert import convert
from rareearth.trade.indicators import indicators
from rareearth.trade.provenance import provenance, source
from rareearth.trade.query import query
from rareearth.trade.reader import PROVIDERS, read, table
from rareearth.trade.sheet import Unreadable
from rareearth.trade.written import origin

__all__ = [
    "FATES",
    "PROVIDERS",
    "Reading",
    "Unreadable",
    "convert",
    "indicators",
    "origin",
    "provenance",
    "query",
    "read",
    "source",
    "table",
]
