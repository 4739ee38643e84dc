"""From the open rows of a ledger to the trade table and the account of all rows."""

import pandas as pd

from rareearth.tables import TableError
from rareearth.trade import money, schema
from rareearth.trade.account import COUNTED, FATES, Ledger, Reading
from rareearth.trade.cells import edition_of

# column of the trade table → columns of a ledger that its figure can stand in
CELLS = {
    "value_usd": ["value", "figure", "value_usd"],
    "tonnes": ["weight", "kg", "tonnes"],
    "hs_edition": ["hs_edition", "product"],
    "start": ["period", "year"],
}


def close(
    ledger: Ledger, flows: pd.DataFrame, provider: str, rates: pd.DataFrame | None
) -> Reading:
    """Close a ledger: the trade table of its open rows and the account of all.

    Parameters
    ----------
    ledger : Ledger
        With every row that is no flow marked.
    flows : DataFrame
        Index: rows of the ledger, a row with figures of several periods as often.
        ``start, months, exporter, importer, product, valuation, reported_by, coverage,
        source``; ``hs_edition`` (else by the year); ``value`` in ``currency`` (NaN
        where the row tells no value); ``kg`` with ``kg_status``: one of the statuses of
        the table, or empty where the row does not speak of weight. Flows of one key are
        added up, and a weight that is missing in one of them is missing in the sum.
    provider : str
    rates : DataFrame, optional

    Returns
    -------
    Reading

    Raises
    ------
    TableError
        If the flows are not fit for the trade table when every row is left out that
        makes one which is not.
    """

    def rows(flag: pd.Series) -> pd.Series:
        """Rows of the ledger with a flag in any of their flows."""
        found = ledger.rows.index.isin(flag.index[flag])
        return pd.Series(found, ledger.rows.index)

    flows = flows.assign(
        kg=flows["kg"].where(flows["kg"] >= 0), hs_edition=_edition(flows)
    )
    light = ~(flows["kg"] > 0)
    nothing = (flows["value"] == 0) & light & (flows["kg_status"] != "")
    ledger.mark(rows(nothing) & ~rows(~nothing), "no trade", "")
    nothing = flows["value"].isna() & light
    ledger.mark(rows(nothing) & ~rows(~nothing), "not published", "no weight")
    rate = money.usd_per_unit(flows["currency"], flows["start"], flows["months"], rates)
    flows["value_usd"] = (flows["value"] * rate).round(3)
    unknown = flows["value"].notna() & flows["start"].notna() & rate.isna()
    for currency in flows.loc[unknown, "currency"].unique():
        ledger.refuse(
            rows(unknown & (flows["currency"] == currency)),
            "value",
            f"{currency} of a month that has an exchange rate; give rates (start, "
            "currency, units_per_usd) that hold it",
        )
    ledger.mark(rows(flows["exporter"] == flows["importer"]), "self-import", "")
    unnamed = rows(
        (flows["exporter"] == schema.UNNAMED) | (flows["importer"] == schema.UNNAMED)
    )
    ledger.mark(unnamed & (ledger.fate == "read"), "read", "country not named")
    table = _added(_left(ledger, flows))
    bad = schema.faults(table)
    if len(bad):
        _refuse(ledger, flows, table, bad)
        table = _added(_left(ledger, flows))
        bad = schema.faults(table)
    if len(bad):
        first = bad.iloc[0]
        raise TableError(
            f"{provider}: the table made of the file has {first['column']} "
            f"'{first['value']}'; it must be {first['expected']}"
        )
    endless = flows["value_usd"].abs() == float("inf")
    amounts = flows[["value_usd"]].mask(endless).assign(tonnes=flows["kg"] / 1000)
    account = counted(ledger, amounts)
    return Reading(table, account, ledger.refused(), provider, ledger.notes)


def _left(ledger: Ledger, flows: pd.DataFrame) -> pd.DataFrame:
    """Flows of the rows that are still open."""
    return flows[flows.index.isin(ledger.rows.index[ledger.open()])]


def _refuse(
    ledger: Ledger, flows: pd.DataFrame, table: pd.DataFrame, bad: pd.DataFrame
) -> None:
    """Refuse the rows that made rows of the table which are not fit for it."""
    types = {name: schema.COLUMNS[name] for name in schema.KEY}
    left = (
        _left(ledger, flows)[schema.KEY].astype(types).rename_axis("of").reset_index()
    )
    keys = table.loc[bad["index"], schema.KEY].reset_index(drop=True)
    keys = keys.assign(column=bad["column"].array, expected=bad["expected"].array)
    for (column, expected), group in keys.groupby(["column", "expected"], sort=False):
        rows = left.merge(group[schema.KEY], on=schema.KEY)["of"]
        known = (c for c in CELLS.get(str(column), []) if c in ledger.rows)
        where = pd.Series(ledger.rows.index.isin(rows), ledger.rows.index)
        ledger.refuse(where, next(known, str(column)), str(expected))


def _edition(flows: pd.DataFrame) -> pd.Series:
    if "hs_edition" in flows:
        return flows["hs_edition"]
    return edition_of(flows["start"]).where(flows["start"].notna())


def _added(flows: pd.DataFrame) -> pd.DataFrame:
    """Trade table of flows, the rows of one key added up."""
    flows = flows.assign(
        missing=(flows["kg_status"] != "") & flows["kg"].isna(),
        tonnes=flows["kg"] / 1000,
    )
    # the worst status among rows of one key is that of their sum
    rank = {s: n for n, s in enumerate(["", *schema.STATUSES])}
    flows["rank"] = flows["kg_status"].map(rank)
    key = schema.KEY
    if flows.duplicated(key).any():
        how = {"value_usd": "sum", "tonnes": "sum", "missing": "max", "rank": "max"}
        told = flows.assign(told=flows["value_usd"].notna())
        grouped = told.sort_values("value_usd").groupby(key, dropna=False, sort=False)
        flows = grouped.agg(how | {"told": "max"}).reset_index()
        flows["value_usd"] = flows["value_usd"].where(flows["told"]).round(3)
    weight = flows["tonnes"].where((flows["tonnes"] > 0) & ~flows["missing"])
    status = flows["rank"].map({n: s for s, n in rank.items()})
    flows["tonnes"] = weight.round(9)
    flows["tonnes_status"] = status.where(weight.notna(), "missing")
    return schema.typed(flows)


def counted(ledger: Ledger, amounts: pd.DataFrame) -> pd.DataFrame:
    """Rows of a ledger, with value and weight, by file, fate and reason.

    Parameters
    ----------
    ledger : Ledger
    amounts : DataFrame
        ``value_usd`` and ``tonnes`` by row of the ledger, a row perhaps several times.

    Returns
    -------
    DataFrame
        ``file, fate, reason, rows, value_usd, tonnes``.
    """
    if not amounts.index.is_unique:
        amounts = amounts.groupby(level=0).sum(min_count=1)
    rows = amounts.reindex(ledger.rows.index).assign(
        file=ledger.rows["file"], fate=ledger.fate, reason=ledger.reason, rows=1
    )
    order = {fate: n for n, fate in enumerate(FATES)}
    groups = rows.groupby(COUNTED[:3], sort=False)[COUNTED[3:]].sum(min_count=1)
    return groups.reset_index().sort_values(
        ["file", "fate", "reason"],
        key=lambda c: c.map(order) if c.name == "fate" else c,
        ignore_index=True,
    )
