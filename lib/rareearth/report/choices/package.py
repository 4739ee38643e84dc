"""What may be asked of the data package: which table, against which edition."""

from __future__ import annotations

from rareearth.report import Value, Values


def table_names(values: Values) -> dict[Value, str]:
    """The tables of the data package."""
    from rareearth import tables

    return {name: tables.describe(name)["title"] for name in tables.names()}


def editions_before(values: Values) -> dict[Value, str]:
    """Editions of the table that were known by then; empty: every earlier one."""
    from rareearth import tables, vintage

    name, as_of = str(values.get("table", "production")), str(values.get("as_of", ""))
    declared = tables.describe(name)["vintage"]
    if declared["kind"] != "editions":
        return {"": "no editions"}
    held = tables.load(name, as_of, edition="all")[vintage.column(declared)]
    return {"": "every earlier edition"} | dict.fromkeys(sorted(held.unique()), "")
