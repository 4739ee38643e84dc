"""What a notebook shows: a headline, a figure, a table, its sources.

Each function displays one output that carries its own data, so that a page can be
made from the executed notebook alone and nbval compares the values and not only the
picture. Nothing is computed here; words come from :mod:`rareearth.words`.
"""

from __future__ import annotations

import base64
import io
import json
import math
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rareearth.trade.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rareearth.trade.fetch.series import Source

HEADLINE = "application/vnd.rareearth.headline+json"
QUOTES = {"prices_monthly", "price_quotes"}  # tables that price_file replaces
SOURCES = "application/vnd.rareearth.sources+json"
DOTS_PER_INCH = 110


class Output(NamedTuple):
    """What one call shows: the same thing in several forms, by MIME type."""

    data: dict[str, Any]
    metadata: dict[str, Any]


def value(
    id: str,
    label: str,
    value: float | str | bool | None,
    unit: str,
    year: int | str | None,
    *,
    low: float | None = None,
    high: float | None = None,
    method: str = "",
    sources: Sequence[str] = (),
) -> dict[str, Any]:
    """One headline value, rounded as it is shown.

    Parameters
    ----------
    id : name that other programs read, such as ``magnets.china_share``
    label : the same in words
    value : number, verdict or None where it cannot be told
    unit : ``share``, ``USD``, ``index``, ``verdict`` and so on
    year : year or period that the value speaks of
    low, high : ends of the range, where there is one
    method : how it was computed, in a few words
    sources : names of the tables it rests on

    Returns
    -------
    dict with the keys of ``headline.json``; shares and indices carry four decimals.

    Examples
    --------
    >>> value("mine.hhi", "HHI of mines", 0.519234, "index", 2024)["value"]
    0.5192
    """
    return {
        "id": id,
        "label": label,
        "value": _rounded(value, unit),
        "unit": unit,
        "year": year,
        "low": _rounded(low, unit),
        "high": _rounded(high, unit),
        "method": method,
        "sources": list(sources),
    }


def _rounded(number: Any, unit: str) -> Any:
    """Whole dollars, three figures of tonnes and ratios to four decimals."""
    if number is None or isinstance(number, (str, bool)):
        return number
    number = float(number)
    if math.isnan(number):
        return None
    if unit == "USD":
        return round(number)
    digits = 4 if unit in ("share", "index", "share change") else 3
    return int(number) if unit == "count" else round(number, digits)


def headline(sentence: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Show the answer in a sentence, and hand its values to ``headline.json``."""
    ids = [v["id"] for v in values]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise ValueError(f"headline values stand twice: {', '.join(twice)}")
    data = {"sentence": sentence, "values": [dict(v) for v in values]}
    json.dumps(data, allow_nan=False)
    _show({"text/markdown": sentence, "text/plain": sentence, HEADLINE: data})


def text(markdown: str) -> None:
    """Show a paragraph with computed numbers."""
    _show({"text/markdown": markdown, "text/plain": markdown})


def figure(ax: Axes, *, name: str, alt: str, data: pd.DataFrame) -> None:
    """Show a figure with the words and the table that stand for it.

    Parameters
    ----------
    ax : Axes as :mod:`rareearth.charts` returns it
    name : file name without ending, unique in its page
    alt : what the figure shows, with its numbers
    data : the table behind it, one row per mark

    Raises
    ------
    ValueError
        Where the figure has no title, an axis no unit, the figure no source line,
        or the alt text no number: a reader could not use it.
    """
    import matplotlib.pyplot as plt

    if wrong := _unreadable(ax, alt):
        raise ValueError(f"figure {name!r}: {'; '.join(wrong)}")
    png = io.BytesIO()
    # The version stamp would make every upgrade of matplotlib a changed picture.
    drawn: Figure = ax.figure  # type: ignore[assignment]
    drawn.savefig(png, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    plt.close(drawn)
    _show(
        {
            "image/png": base64.b64encode(png.getvalue()).decode(),
            "text/plain": alt,
            "text/csv": csv(data),
        },
        {"image/png": {"alt": alt, "name": name}},
    )


def _unreadable(ax: Axes, alt: str) -> list[str]:
    """What a reader would miss in the figure, in words."""
    wrong = []
    axes = ax.figure.axes
    if not ax.figure.get_suptitle():
        wrong.append("no title")
    if not any(t.get_gid() == "source" and t.get_text() for t in ax.figure.texts):
        wrong.append("no source line")
    labels = [a.get_xlabel() for a in axes] + [a.get_ylabel() for a in axes]
    if not any("(" in label and ")" in label for label in labels):
        wrong.append("no axis says its unit, in brackets")
    if not any(c.isdigit() for c in alt):
        wrong.append("the alt text has no number")
    return wrong


def table(frame: pd.DataFrame, *, name: str, data: pd.DataFrame | None = None) -> None:
    """Show a table of words and rounded numbers as Markdown, with its CSV.

    ``frame`` is what is read (strings, as formatted by :mod:`rareearth.words`);
    ``data`` what the CSV holds, ``frame`` itself if it is not given.
    """
    numeric = {
        c: frame[c].astype(str).str.match(r"[−+<>≥≤–]?\s?\d|–$").mean() > 0.5
        for c in frame.columns
    }
    right = ["right" if numeric[c] else "left" for c in frame.columns]
    markdown = frame.to_markdown(
        index=False, disable_numparse=True, colalign=right, missingval="–"
    )
    _show(
        {
            "text/markdown": markdown,
            "text/plain": markdown,
            "text/csv": csv(frame if data is None else data),
        },
        {"text/csv": {"name": name}},
    )


def csv(frame: pd.DataFrame) -> str:
    """The frame as CSV, empty where a value is missing.

    Six significant figures, so that no processor's last digit shows.
    """
    return frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def sources(
    *names: str,
    as_of: str = "",
    trade_file: str = "",
    price_file: str = "",
    parts: Sequence[Source] = (),
) -> None:
    """List the tables that the notebook rests on, with edition and licence.

    Parameters
    ----------
    names : tables of the data package
    as_of : the day whose editions were used, or empty
    trade_file : the file that stands in for the table ``trade``, or empty
    price_file : the file that stands in for the tables of quotes, or empty
    parts : of monthly series, each from a table of the package or from a fetch
    """
    from rareearth import tables

    replaced = {"trade"} if trade_file else set()
    replaced |= QUOTES if price_file else set()
    months = dict.fromkeys(p.title for p in parts if p.part == "package")
    own = [n for n in (*names, *months) if n not in replaced]
    lines = [*tables.sources(*own, as_of=as_of), *map(str, parts)]
    used = {name: tables.used(name, as_of) for name in own}
    used |= {
        p.feed: {"edition": f"fetched {p.edition}", "sha256": p.sha256}
        for p in parts
        if p.feed
    }
    if trade_file:
        from rareearth import trade

        path = Path(trade_file)
        used["trade"] = _used(path)
        lines.insert(
            0,
            f"Trade: a file of the reader’s own, {_hashed(path)}, "
            f"in the place of this collection’s table: {trade.provenance(path)}.",
        )
    if price_file:
        from rareearth import price_file as own_prices

        path, read = Path(price_file), own_prices.reading(price_file)
        used |= {"price_file": _used(path), "price_mapping": _used(read.mapping)}
        lines.insert(
            0,
            f"Quotes: a file of the reader’s own, {_hashed(path)}, read as "
            f"{_hashed(read.mapping)} says, in the place of this collection’s quotes: "
            f"{read.source}; {read.rows:,} rows read.",
        )
    markdown = "## Sources\n\n" + "\n".join(f"- {line}" for line in lines)
    _show(
        {
            "text/markdown": markdown,
            "text/plain": markdown,
            SOURCES: {"as_of": as_of, "tables": dict(sorted(used.items()))},
        }
    )


def _used(path: Path) -> dict[str, str]:
    """What a result that rests on a file carries of it."""
    return {"edition": path.name, "sha256": sha256(path)}


def _hashed(path: Path) -> str:
    """A file's name with the first digits of its hash."""
    return f"{path.name} (sha256 {sha256(path)[:16]}…)"


_taken: ContextVar[list[Output] | None] = ContextVar("taken", default=None)


@contextmanager
def taken() -> Iterator[list[Output]]:
    """The outputs of the block, taken instead of shown."""
    outputs: list[Output] = []
    before = _taken.set(outputs)
    try:
        yield outputs
    finally:
        _taken.reset(before)


def _show(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
    """Display one output; outside a notebook its plain text is printed."""
    output = Output(data, metadata or {})
    outputs = _taken.get()
    if outputs is not None:
        outputs.append(output)
        return
    from IPython.display import display

    display(output.data, raw=True, metadata=output.metadata)
