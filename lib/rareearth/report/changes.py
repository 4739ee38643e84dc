"""What moved between two makings of a report, and why.

A value moves with the data (a table has another edition or other bytes), with the
parameters, or, where neither of those moved, with the method. ``headline.json`` has
all three, so nothing else is asked.

``reports/CHANGES.md`` tells of each run in which something moved, newest first. What a
page said before is kept in ``.rareearth/made`` until that is written: a run that was
killed is told of by the next one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rareearth import words
from rareearth.report.made import Made
from rareearth.report.publish import replace

Headline = dict[str, Any]
BEFORE = "before"  # ending of the file with what a page said
TOP = """# What changed

Each headline value that moved when the reports were made again, newest first: with the
data, the parameters, or else the method. Written by `make reports`."""
HEAD = "| value | before | now | why |\n| --- | ---: | ---: | --- |"


class Move(NamedTuple):
    """One headline value, before and after, in words."""

    label: str
    old: str
    new: str
    why: str


def moves(old: Headline, new: Headline) -> list[Move]:
    """The values of a report that moved, in its own order, those that left at the end.

    Parameters
    ----------
    old, new : two ``headline.json`` of one report
    """
    before = {value["id"]: value for value in old["values"]}
    after = {value["id"]: value for value in new["values"]}
    return [
        Move(
            (after.get(id) or before[id])["label"],
            shown(before.get(id)),
            shown(after.get(id)),
            why(old, new, (after.get(id) or before[id])["sources"]),
        )
        for id in after | before
        if _key(before.get(id)) != _key(after.get(id))
    ]


def _key(value: Headline | None) -> Any:
    """What has to differ for a value to have moved."""
    return value and (value["value"], value["low"], value["high"], value["year"])


def shown(value: Headline | None) -> str:
    """A value with its unit, interval and year, in all its digits.

    Examples
    --------
    >>> shown({"value": 0.5312, "unit": "share", "year": 2024, "low": 0.5, "high": 0.6})
    '53.12 % (50 to 60 %), 2024'
    """
    if value is None:
        return words.MISSING
    unit = value["unit"]
    text = _number(value["value"], unit)
    low, high = (_number(value[end], unit) for end in ("low", "high"))
    if low != high:
        text += f" ({low.removesuffix(' %')} to {high})"
    return f"{text}, {value['year']}" if value["year"] else text


def _number(value: Any, unit: str) -> str:
    """A number as it is, a share in percent."""
    if value is None:
        return words.MISSING
    if isinstance(value, (str, bool)):
        return str(value)
    if unit == "share":
        return f"{round(100 * value, 2):g} %"
    return f"{value:,}{' ' + unit if unit == 'USD' else ''}"


def why(old: Headline, new: Headline, sources: Iterable[str]) -> str:
    """Why a value with such sources moved.

    Tables that it names come first; only where none of these moved are the others of
    its page, such as codes, a reason.
    """
    told = []
    given, asked = old["parameters"], new["parameters"]
    told += [
        f"parameters: {name} from {_code(given[name])} to {_code(asked[name])}"
        for name in asked
        if name in given and given[name] != asked[name]
    ]
    tables = _tables(old["tables"], new["tables"])
    own = [text for name, text in tables.items() if name in sources]
    told += own or list(tables.values())
    if told:
        return "; ".join(told)
    versions = [headline["version"] for headline in (old, new)]
    return f"method, version {' to '.join(dict.fromkeys(versions))}"


def _tables(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """What happened to each table that is not as it was."""
    found = {}
    for name in new | old:
        if name not in old or name not in new:
            found[name] = f"data: {name} is {'new' if name in new else 'not used now'}"
        elif old[name] != new[name]:
            editions = [
                dict.fromkeys(t[name]["edition"].split("; ")) for t in (old, new)
            ]
            gone, come = (
                ", ".join(e for e in one if e not in other)
                for one, other in (editions, editions[::-1])
            )
            if come or gone:
                found[name] = f"data: {name} from {gone or 'less'} to {come or 'less'}"
            else:
                found[name] = f"data: {name} corrected, in the same edition"
    return found


def _code(value: Any) -> str:
    """A parameter in a cell of a table, whatever is in it."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("`", "\\`")


def told(old: Mapping[str, Headline], new: Mapping[str, Headline]) -> str:
    """The changes between two sets of reports in Markdown; empty where nothing moved.

    Parameters
    ----------
    old, new : ``headline.json`` by the name of the report
    """
    parts = []
    for name in dict.fromkeys([*new, *old]):
        if name not in old or name not in new:
            headline = new.get(name) or old[name]
            state = "New" if name in new else "No longer there"
            parts += [f"### {headline['title']} ({name})", f"{state}."]
            continue
        rows = [f"| {' | '.join(move)} |" for move in moves(old[name], new[name])]
        alerts = _alerts(old[name], new[name])
        if rows or alerts:
            parts.append(f"### {new[name]['title']} ({name})")
        parts += alerts
        if rows:
            parts.append("\n".join([HEAD, *rows]))
    return "\n\n".join(parts)


def _alerts(old: Headline, new: Headline) -> list[str]:
    """Alerts that began, and whether all have ended."""
    was, now = old.get("alerts", []), new.get("alerts", [])
    lines = [f"**Alert** {text}." for text in now if text not in was]
    return lines + (["The alert has ended."] if was and not now else [])


def keep(page: Path, made: Made) -> None:
    """Keep what a page says, until :func:`tell` has told how it changed."""
    file = made.file(page, BEFORE)
    headline = page / "headline.json"
    if headline.exists() and not file.exists():
        replace(file, headline.read_bytes())


def tell(pages: Iterable[Path], root: Path) -> None:
    """Write what moved on these pages on top of ``reports/CHANGES.md``, if anything."""
    made = Made(root)
    kept = {p: file for p in pages if (file := made.file(p, BEFORE)).exists()}
    old = {p.name: _read(file) for p, file in kept.items()}
    text = told(old, {page.name: _read(page / "headline.json") for page in kept})
    if text:
        _write(root / "reports/CHANGES.md", text)
    for before in kept.values():
        before.unlink()


def _read(file: Path) -> Headline:
    """A ``headline.json``."""
    return dict(json.loads(file.read_text("utf-8")))


def _write(file: Path, text: str) -> None:
    """Put a change on top, unless a run that was killed has done so already."""
    older = file.read_text("utf-8").partition("\n## ")[2] if file.exists() else ""
    if older.partition("\n\n")[2].startswith(text + "\n"):
        return
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    parts = [TOP, f"## {at}\n\n{text}"] + ([f"## {older.rstrip()}"] if older else [])
    replace(file, ("\n\n".join(parts) + "\n").encode())
