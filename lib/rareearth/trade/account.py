"""What became of every row of a file.

A reader opens a `Ledger` on the rows of its files and gives each row that is no flow of
its own a fate and a reason. `rareearth.trade.flows` closes it: what is left becomes the
trade table, and the rows by fate add up to those of the files.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from rareearth.trade import schema
from rareearth.trade.cells import codes, numbers, withheld
from rareearth.trade.sheet import Unreadable

FATES = {
    "read": "in the table",
    "confidential": "in the table, under the code or country that the office withholds",
    "self-import": "in the table, exporter and importer the same: re-imports",
    "part of a total": "not in the table: its total is",
    "aggregate": "not in the table: World, a group of countries, all goods",
    "duplicate": "not in the table: the same row once more",
    "no trade": "not in the table: value and weight are zero",
    "not published": "not in the table: the office gives no figure",
    "other measure": "not in the table: neither the value taken nor a weight",
    "refused": "not in the table: wrong, see there",
}
IN_TABLE = ("read", "confidential", "self-import")
COUNTED = ["file", "fate", "reason", "rows", "value_usd", "tonnes"]
TOLD = ["file", "row", "column", "value", "expected"]
LINE = "line"  # the column of a fault that is of the whole line

# column of a row, what its cells must be, said as what would be right
Rule = tuple[str, Callable[[pd.Series], pd.Series], str]


@dataclass(frozen=True)
class Reading:
    """A file as read.

    Attributes
    ----------
    table : DataFrame
        The trade table (`rareearth.trade.schema.COLUMNS`).
    account : DataFrame
        ``file, fate, reason, rows, value_usd, tonnes``; the rows add up to those of
        the files. What a fate means: `FATES`.
    refused : DataFrame
        ``file, row, column, value, expected``, one row per fault.
    provider : str
        Whose layout it is.
    notes : list of str
        What is odd without being wrong.
    hashes : dict
        SHA-256 of each file by its name.
    """

    table: pd.DataFrame
    account: pd.DataFrame
    refused: pd.DataFrame
    provider: str
    notes: list[str] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)

    def rows(self, fate: str) -> int:
        """Rows of the files with a fate."""
        return int(self.account.loc[self.account["fate"] == fate, "rows"].sum())


@dataclass(frozen=True)
class Told:
    """What the user says because the file does not.

    Attributes
    ----------
    flow : str
        ``import`` or ``export``.
    reporter, product : str
        ISO3; customs code.
    rates : DataFrame, optional
        Exchange rates as `rareearth.trade.money.held` gives them.
    """

    flow: str = ""
    reporter: str = ""
    product: str = ""
    rates: pd.DataFrame | None = None

    def need(self, what: str, file: str, example: str) -> str:
        """Return what the user said of a file that does not say it, or ask for it."""
        said = str(getattr(self, what))
        if not said:
            raise Unreadable(
                f"{file}: nothing in the file says the {what}; say it: {what} = "
                f"{example} (--{what})"
            )
        return said


class Ledger:
    """Rows of files, with the fate of each.

    Attributes
    ----------
    rows : DataFrame of str
        Cells as text under the names that the reader gave the columns; ``file`` and
        ``row`` say where each stands.
    fate, reason : Series of str
        Of each row; ``read`` until something else is found.
    notes : list of str
        What is odd without being wrong.
    """

    def __init__(self, rows: pd.DataFrame, notes: list[str] | None = None) -> None:
        self.rows = rows
        self.fate = pd.Series("read", rows.index, dtype="str")
        self.reason = pd.Series("", rows.index, dtype="str")
        self.notes = list(notes or [])
        self._refused: list[pd.DataFrame] = []

    def open(self) -> pd.Series:
        """Where a row may still become a flow."""
        return self.fate.isin(IN_TABLE)

    def mark(self, where: pd.Series, fate: str, reason: str | pd.Series) -> None:
        """Give rows that are still open a fate."""
        where = where & self.open()
        self.fate = self.fate.mask(where, fate)
        self.reason = self.reason.mask(where, reason)

    def refuse(self, where: pd.Series, column: str, expected: str) -> None:
        """Refuse rows because of one column; a row that is refused may have more."""
        self._refuse(self.rows.index[where & self._wanted()], column, expected)

    def _wanted(self) -> pd.Series:
        """Where a row should have been a flow and has all its cells."""
        return self.open() | (self.fate == "refused") & (self.reason != LINE)

    def require(self, *rules: Rule) -> None:
        """Refuse every row that breaks a rule; each fault of a row is told."""
        import pandera.pandas as pa

        rows = self.rows[self._wanted()]
        checks: dict[str, list[pa.Check]] = {}
        for column, check, expected in rules:
            checks.setdefault(column, []).append(pa.Check(check, error=expected))
        shape = pa.DataFrameSchema({c: pa.Column(None, k) for c, k in checks.items()})
        self.faults(schema.found(shape, rows))

    def faults(self, bad: pd.DataFrame) -> None:
        """Refuse rows for faults found elsewhere: ``index, column, expected``."""
        for key, group in bad.groupby(["column", "expected"], sort=False):
            self._refuse(pd.Index(group["index"]), *map(str, key))

    def _refuse(self, index: pd.Index, column: str, expected: str) -> None:
        if not len(index):
            return
        bad = self.rows.loc[index, ["file", "row"]]
        value = self.rows.loc[index, column].str[:80] if column in self.rows else ""
        self._refused.append(bad.assign(column=column, value=value, expected=expected))
        first = index[self.fate.loc[index] != "refused"]
        self.fate.loc[first] = "refused"
        self.reason.loc[first] = column

    def number(self, column: str, decimal: str = ".", least: float = 0) -> pd.Series:
        """Numbers of a column; rows that hold something else are refused."""
        values, bad = numbers(self.rows[column], decimal)
        self.refuse(bad, column, f"a number such as 1234{decimal}5")
        self.refuse(values < least, column, f"a number of at least {least:g}")
        return values

    def code(
        self, column: str, lengths: tuple[int, ...] = (2, 4, 6, 8, 10)
    ) -> pd.Series:
        """Find the customs codes of a column; rows without one are refused."""
        found, restored, bad = codes(self.rows[column], lengths)
        wanted = " or ".join(map(str, lengths))
        self.refuse(bad, column, f"a customs code of {wanted} digits")
        back = restored & self.open()
        if back.any():
            self.notes.append(
                f"{int(back.sum())} rows whose code had lost its leading zero; it is "
                f"put back ({self.rows.loc[back, column].iloc[0]} is "
                f"{found[back].iloc[0]})"
            )
        self.mark(withheld(found), "confidential", "code withheld by the office")
        return found

    def once(
        self, key: list[str], figures: list[str], where: pd.Series | bool = True
    ) -> None:
        """Count a row that stands twice once; refuse two rows that contradict."""
        rows = self.rows.loc[self.open() & where, key]
        for name in figures:
            rows[name] = numbers(self.rows.loc[rows.index, name])[0]
        again = rows.duplicated()
        self.mark(again.reindex(self.rows.index, fill_value=False), "duplicate", "")
        rows = rows[~again]
        twice = rows.duplicated(key, keep=False).reindex(
            self.rows.index, fill_value=False
        )
        self.refuse(
            twice,
            figures[0],
            "one figure for one flow; another row has another: two editions?",
        )

    def refused(self) -> pd.DataFrame:
        """Faults told so far, in the order of the files."""
        told = pd.concat([pd.DataFrame(columns=TOLD), *self._refused])[TOLD]
        told = told.drop_duplicates(["file", "row", "column"])
        return told.sort_values(["file", "row", "column"], ignore_index=True)
