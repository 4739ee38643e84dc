"""The trade table, read when this is imported: by the process that kernels come from.

A kernel has its own copy of it, which costs nothing until it is changed.
"""

from rareearth import trade

trade.table()
