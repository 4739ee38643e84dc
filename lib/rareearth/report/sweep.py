"""Many reports from one line: a notebook for every combination of some values.

Pages of the catalogue's sweeps go to ``reports/sweeps/NAME/``, which git ignores, with
``summary.csv`` and ``summary.parquet``: a row per report with its parameters and every
headline value, so that a thousand reports can be ranked. ``reports/NAME.csv`` is the
same table, and the one thing that is committed.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth.report import Value, Values, WrongCall, catalogue, parameters, publish
from rareearth.report.catalogue import ALL, Report, Sweep
from rareearth.report.choices import ALLOWED
from rareearth.report.making import Result

if TYPE_CHECKING:
    import pandas as pd

SUMMARY = "summary"
ABOUT = ("year", "low", "high")  # of a headline value, in columns of their own


def home(sweep: Sweep, root: Path) -> Path:
    """Where the pages of a sweep go if nobody says where."""
    return root / "reports/sweeps" / sweep.name


def reports(sweep: Sweep, folder: Path, root: Path) -> dict[Path, Report]:
    """The report of each page of a sweep, in the order of its values.

    Raises
    ------
    WrongCall
        A value that nobody can list where all are asked for, a value that the data do
        not have, or two combinations that would have one name.
    """
    names = list(sweep.over)
    values = [_values(name, sweep, root) for name in names]
    title = sweep.title or catalogue.question(
        catalogue.notebook_file(root, sweep.notebook)
    )
    found: dict[Path, Report] = {}
    for combination in itertools.product(*values):
        page = folder / "-".join(slug(value) for value in combination)
        if page in found:
            raise WrongCall(f"{sweep.name}: two combinations are called {page.name}")
        found[page] = Report(
            f"{sweep.name}/{page.name}",
            sweep.notebook,
            sweep.parameters | dict(zip(names, combination, strict=True)),
            f"{title} ({', '.join(map(str, combination))})",
            sweep.alert,
            swept=True,
        )
    return found


def _values(name: str, sweep: Sweep, root: Path) -> list[Value]:
    """The values of one parameter, each of which the data have."""
    chosen = sweep.over[name]
    if chosen == ALL:
        if name not in ALLOWED:
            raise WrongCall(
                f"{sweep.name}: nobody can list all that {name} may be; name some"
            )
        return list(ALLOWED[name](parameters.located(sweep.parameters, root)))
    try:
        for value in chosen:
            parameters.check({name: value, **_file(sweep.parameters)}, root)
    except WrongCall as error:
        raise WrongCall(f"{sweep.name}: {error}") from None
    return list(chosen)


def _file(values: Values) -> Values:
    """The parameter that says which table others are looked up in."""
    return {n: v for n, v in values.items() if n == "trade_file"}


def slug(value: Value) -> str:
    """A value as a part of a folder's name, whatever is in it.

    Values that only differ in what cannot stand in a name still get two.

    Examples
    --------
    >>> slug("DEU"), slug(2024), slug("a b"), slug("../x")
    ('deu', '2024', 'a-b-c8687a', 'x-d6b96a')
    """
    text = str(value)
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if plain and plain == text.lower():
        return plain
    return f"{plain or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def impossible(wanted: Mapping[Path, Report], root: Path) -> dict[Path, Result]:
    """The combinations that cannot be, though each of their values can.

    They are told as having no data: a first year after the last one, for example.
    """
    found = {}
    for page, report in wanted.items():
        try:
            parameters.check(report.parameters, root)
        except WrongCall as error:
            found[page] = Result(
                report.name, report.parameters, "no data", error=str(error)
            )
    return found


def summary(sweep: Sweep, results: Iterable[Result], folder: Path) -> pd.DataFrame:
    """A row per report, in the order of the sweep.

    Returns
    -------
    DataFrame
        ``report``, ``state`` (``made``, ``failed``, ``no data``), the parameters that
        the sweep runs over, ``sentence``, ``alert`` if any fired, and for each headline
        value its ``id`` and, where any report has them, ``id.year``, ``id.low`` and
        ``id.high``. Of a report that failed these are missing, though the page before
        may still be there.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for result in results:
        name = result.name.rpartition("/")[2]
        made = result.state in ("made", "current")
        row: dict[str, Any] = {
            "report": name,
            "state": "made" if made else result.state,
        }
        row |= {parameter: result.parameters[parameter] for parameter in sweep.over}
        if made:
            text = (folder / name / "headline.json").read_text("utf-8")
            row |= _headline(json.loads(text))
        rows.append(row)
    frame = pd.DataFrame(rows).convert_dtypes()
    about = [c for c in frame if str(c).rpartition(".")[2] in ABOUT]
    return frame.drop(columns=[c for c in about if frame[c].isna().all()])


def _headline(headline: dict[str, Any]) -> dict[str, Any]:
    """The values of one headline, flat."""
    row = {"sentence": headline["sentence"]}
    if "alerts" in headline:
        row["alert"] = "; ".join(headline["alerts"])
    for value in headline["values"]:
        row[value["id"]] = value["value"]
        row |= {f"{value['id']}.{key}": value[key] for key in ABOUT}
    return row


def write(frame: pd.DataFrame, folder: Path, root: Path, sweep: Sweep) -> Path:
    """Put the summary in place, and give the file that a reader opens.

    For the folder that a sweep of the catalogue has by default, that is the committed
    ``reports/NAME.csv``.
    """
    import duckdb

    text = frame.to_csv(index=False, lineterminator="\n").encode()
    csv, parquet = (folder / f"{SUMMARY}.{ending}" for ending in ("csv", "parquet"))
    publish.replace(csv, text)
    aside = parquet.with_name(f".{parquet.name}.new")
    with duckdb.connect() as connection:
        connection.register("summary", frame)
        connection.table("summary").write_parquet(str(aside))
    aside.replace(parquet)
    if sweep.name not in catalogue.sweeps(root) or folder != home(sweep, root):
        return csv
    committed = root / f"reports/{sweep.name}.csv"
    publish.replace(committed, text)
    return committed
