"""What each parameter may be, by its name: the one map that all notebooks share.

Values that can be listed stand in :data:`ALLOWED`, as a function of the tables and of
the other parameters, with their names for readers; days and files, which nobody can
list, have their rule in :data:`FORMS`.
"""

from __future__ import annotations

from collections.abc import Callable

from rareearth.report import Value, Values
from rareearth.report.choices import forms, package, quotes, shipments, trade


def _importers(values: Values) -> dict[Value, str]:
    """Who imports: by month where an event is asked about, else by year."""
    return (shipments if "event" in values else trade).importers(values)


def _products(values: Values) -> dict[Value, str]:
    """Goods: those told by month where an event is asked about, else by year."""
    return (shipments if "event" in values else trade).products(values)


ALLOWED: dict[str, Callable[[Values], dict[Value, str]]] = {
    "event": shipments.event_ids,
    "importer": _importers,
    "product": _products,
    "first_year": trade.years,
    "last_year": trade.years,
    "year": trade.years_traded,
    "stage": trade.stages_traded,
    "basis": trade.bases,
    "fetched": trade.fetched,
    "material": quotes.materials,
    "market": quotes.markets,
    "since": quotes.months,
    "base_year": quotes.base_years,
    "table": package.table_names,
    "compare_to": package.editions_before,
}
FORMS: dict[str, Callable[[str], None]] = {
    "as_of": forms.day,
    "trade_file": forms.trade_file,
    "price_file": forms.price_file,
}
# Parameters that name a file, from wherever a kernel runs.
FILES = ("trade_file", "price_file")
