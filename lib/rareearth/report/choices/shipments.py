"""What may be asked of shipments by month: which event, of what, to whom."""

from __future__ import annotations

import textwrap

from rareearth.report import Value, Values


def event_ids(values: Values) -> dict[Value, str]:
    """China's export controls and approvals."""
    from rareearth import tables
    from rareearth.findings import shipments

    events = tables.load("events", str(values.get("as_of", "")))
    offered = shipments.offered(events).sort_values("date", kind="stable")
    days = offered["date"].dt.strftime("%Y-%m-%d")
    told = [
        textwrap.shorten(text, 60, placeholder="…") for text in offered["description"]
    ]
    return dict(zip(offered["id"], days + " " + told, strict=True))


def products(values: Values) -> dict[Value, str]:
    """Goods that China's customs tell by month, with their customs line."""
    from rareearth import tables

    exports = tables.load("exports_monthly", str(values.get("as_of", "")))
    lines = exports.groupby("product")["national_code"].first()
    known = {
        good: "" if line != line else f"{good}, {line}" for good, line in lines.items()
    }
    return {str(good): name or str(good) for good, name in known.items()}


def importers(values: Values) -> dict[Value, str]:
    """Importers of a product whose months are known."""
    from rareearth import codes, tables
    from rareearth.findings import shipments

    as_of = str(values.get("as_of", ""))
    exports = tables.load("exports_monthly", as_of)
    imports = tables.load("imports_monthly", as_of)
    known = shipments.importers(exports, imports, str(values.get("product", "")))
    return {iso3: codes.name(iso3) for iso3 in known}
