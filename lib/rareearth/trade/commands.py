"""``rareearth check`` and ``rareearth convert``: what a file is, what it becomes."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click
import pandas as pd

from rareearth.tables import TableError
from rareearth.trade import reader
from rareearth.trade.account import Reading
from rareearth.trade.convert import convert as converted
from rareearth.trade.sheet import Unreadable

CLEAN, REFUSED, UNREADABLE = 0, 1, 2
SHOWN = 20  # refused rows, products

_SAID = [
    click.option(
        "--provider",
        type=click.Choice([*reader.PROVIDERS, "own"]),
        help="Whose layout it is; else recognised by the header.",
    ),
    click.option(
        "--flow",
        type=click.Choice(["import", "export"]),
        help="Where the file does not say it.",
    ),
    click.option("--reporter", help="ISO3, where the file does not say it."),
    click.option("--product", help="Code, where the file does not say it."),
    click.option(
        "--mapping",
        type=click.Path(path_type=Path, dir_okay=False),
        help="TOML that says which column of your own table is what.",
    ),
]


def _said(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for what a file does not say itself."""
    for option in reversed(_SAID):
        command = option(command)
    return command


def _given(said: dict[str, Any]) -> dict[str, Any]:
    """Options that were given."""
    return {name: value for name, value in said.items() if value is not None}


@click.group()
def trade() -> None:
    """Trade data of any provider in one table."""


@trade.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_said
@click.option("--json", "as_json", is_flag=True, help="The same for programs.")
def check(files: tuple[Path, ...], as_json: bool, **said: Any) -> None:
    """Say what FILES are, what became of every row, and what is wrong.

    Exit code 0: clean; 1: rows are refused; 2: not readable as anything known.
    """
    try:
        reading = reader.read(files, **_given(said))
    except (Unreadable, TableError, MemoryError) as error:
        _stop(error, as_json)
    told = report(reading)
    click.echo(
        json.dumps(told, ensure_ascii=False, indent=1) if as_json else page(told)
    )
    sys.exit(CLEAN if reading.refused.empty else REFUSED)


@trade.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_said
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Parquet file to write, whole or not at all.",
)
@click.option("--allow-refused", is_flag=True, help="Write although rows are refused.")
def convert(
    files: tuple[Path, ...], out: Path, allow_refused: bool, **said: Any
) -> None:
    """Write FILES as one Parquet file of the trade table.

    Exit code 0: written; 1: rows are refused, and nothing is written unless that is
    allowed; 2: not readable as anything known.
    """
    try:
        reading = converted(files, out, allow_refused=allow_refused, **_given(said))
    except (Unreadable, TableError, MemoryError) as error:
        _stop(error, as_json=False)
    click.echo(page(report(reading)))
    if reading.refused.empty or allow_refused:
        click.echo(f"written: {out}")
        return
    click.echo("nothing is written; --allow-refused writes the rest", err=True)
    sys.exit(REFUSED)


def _stop(error: ValueError | MemoryError, as_json: bool) -> NoReturn:
    """End with what is wrong with a file."""
    if as_json:
        click.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
    else:
        click.echo(_plain(str(error)), err=True)
    sys.exit(UNREADABLE)


def report(reading: Reading) -> dict[str, Any]:
    """Return what there is to say of a reading, as JSON can carry it.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    dict
        ``provider, files`` (name → SHA-256), ``rows, account, totals`` (by who tells
        and product), ``notes, refused``.
    """
    groups = reading.table.groupby(["reported_by", "product"])
    totals = groups[["value_usd", "tonnes"]].sum(min_count=1)
    totals.insert(0, "flows", groups.size())
    for name, day in (
        ("first", groups["start"].min()),
        ("last", groups["start"].max()),
    ):
        totals[name] = day.dt.strftime("%Y-%m")
    totals = totals.reset_index().sort_values("value_usd", ascending=False)
    return {
        "provider": reading.provider,
        "files": reading.hashes,
        "rows": int(reading.account["rows"].sum()),
        "account": _records(reading.account),
        "totals": _records(totals),
        "notes": reading.notes,
        "refused": _records(reading.refused),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: what is missing is null."""
    whole = table.astype(object).where(table.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in whole.to_dict("records")]


def page(told: dict[str, Any]) -> str:
    """Return a report as text for a screen.

    Parameters
    ----------
    told : dict
        As `report` gives it.

    Returns
    -------
    str
    """
    title = getattr(reader.PROVIDERS.get(told["provider"]), "TITLE", told["provider"])
    lines = [title, *(f"  {name}  sha256 {sha}" for name, sha in told["files"].items())]
    lines.append(f"{told['rows']:,} rows")
    for row in told["account"]:
        what = row["fate"] + (f" ({row['reason']})" if row["reason"] else "")
        lines.append(f"  {row['rows']:>10,}  {what}{_amounts(row)}  {row['file']}")
    if told["totals"]:
        lines.append("totals by who tells and product")
    for row in told["totals"][:SHOWN]:
        lines.append(
            f"  {row['reported_by']:<10} {row['product']:<10} {row['flows']:>9,} flows"
            f"{_amounts(row)}  {row['first']} to {row['last']}"
        )
    lines += _more(told["totals"], "products")
    lines += [f"note: {note}" for note in told["notes"]]
    for row in told["refused"][:SHOWN]:
        lines.append(
            f"refused: {row['file']}, row {row['row']}, column {row['column']}: "
            f"'{row['value']}'; it must be {row['expected']}"
        )
    lines += _more(told["refused"], "refused")
    return "\n".join(_plain(line) for line in lines)


def _more(rows: list[Any], what: str) -> list[str]:
    return [f"  … and {len(rows) - SHOWN:,} more {what}"] if len(rows) > SHOWN else []


def _amounts(row: dict[str, Any]) -> str:
    """Value and weight of a row of a report."""
    value, tonnes = row["value_usd"], row["tonnes"]
    told = f"  {value:,.0f} USD" if value else ""
    return told + (f"  {tonnes:,.3f} t" if tonnes else "")


def _plain(text: str) -> str:
    """Text of a file without what would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
