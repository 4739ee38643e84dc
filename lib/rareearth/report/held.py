"""All tables of the data package, read when this is imported, as `traded` is.

It takes half a second, and saves each kernel half of that: for a run of many reports.
"""

from rareearth import tables

for name in tables.names():
    tables.load(name)
