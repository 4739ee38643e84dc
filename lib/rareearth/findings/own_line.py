"""What an importer's own customs tell of an event, at its own tariff line.

China's customs tell of its exports only what the press prints. An importer's customs
tell every month, by origin, at a line that may hold rare-earth magnets alone. Where its
months were fetched, or adopted into the data package, they give the question a second
answer: another teller, another line, never one series with the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from rareearth import words
from rareearth.findings import controls, levels, recovery
from rareearth.findings.levels import Window
from rareearth.findings.recent import TOLD, china_share
from rareearth.findings.shipments import CHINA, WORLD, Case, Series, is_control
from rareearth.periods import number, period
from rareearth.present import value
from rareearth.trade import editions, monthly

if TYPE_CHECKING:
    from pathlib import Path

    from rareearth.trade.fetch.series import Source

# Lines that hold rare-earth magnets and no others, by good and importer.
LINES = {
    "rare-earth magnets": {
        "USA": "8505110070",
        "EU27": "85051110",
        "GBR": "85051110",
    }
}
FIRST_WINDOW = 4  # months of a control's first window
KEPT = ("effect", "mde", "verdict", "low_power", "months_before", "months_after")


class OwnLine(NamedTuple):
    """The case as the importer's customs tell it, and what came of it."""

    case: Case
    told: Any  # as the answer of its kind gives it
    line: str
    months: tuple[str, str]  # the first and the last that are told
    import_share: tuple[float, float]  # China's, before and after, by value
    sources: list[Source]


def own_line(
    case: Case,
    imports: pd.DataFrame,
    as_of: str = "",
    fetched: bool = False,
    root: Path = editions.STORE,
) -> OwnLine | None:
    """The case at the importer's own tariff line; None where its months are not known.

    Parameters
    ----------
    case : of a good and an importer of :data:`LINES`; None comes of any other
    imports : the table ``imports_monthly``
    as_of : day, of the package's editions; empty: the newest
    fetched : also what was fetched on this machine
    root : the store of fetched editions
    """
    product = LINES.get(case.product, {}).get(case.importer, "")
    known = monthly.lines(case.importer, as_of=as_of, fetched=fetched, root=root)
    line = next((found for found in known if found.product == product), None)
    if line is None:
        return None
    found = monthly.series(
        product, case.importer, as_of=as_of, fetched=fetched, root=root
    )
    told = sorted(month for month, state in found.states.items() if state in TOLD)
    part = Series(case.importer, _rows(found.table, told), case.importer, str(line))
    own = case._replace(series=case.series | {case.importer: part})
    return OwnLine(
        own,
        _answers(own).told(own, imports),
        str(line),
        (told[0], told[-1]),
        _import_shares(own, found.table, set(told)),
        found.sources,
    )


def _answers(case: Case) -> Any:
    """Who answers: what is said of a control, or of an approval."""
    return controls if is_control(case.event) else recovery


def _rows(table: pd.DataFrame, told: list[str]) -> pd.DataFrame:
    """Tonnes from China in every month that is told; a month without weight is out."""
    china = table[table["exporter"] == CHINA]
    months = china["start"].dt.strftime("%Y-%m")
    tonnes = china.groupby(months)["tonnes"].agg(lambda t: t.sum(skipna=False))
    tonnes = tonnes.reindex(told).where(pd.Index(told).isin(months), 0.0).dropna()
    return pd.DataFrame(
        {
            "start": pd.to_datetime(list(tonnes.index)),
            "months": 1,
            "tonnes": tonnes.to_numpy(),
            "kind": "read",
        }
    )


def _window(case: Case) -> Window | None:
    """The months after: an approval's, or the first window of a control."""
    if not is_control(case.event):
        return levels.window(case)
    first = number(case.control)
    return Window(period(first), period(first + FIRST_WINDOW - 1))


def _import_shares(
    case: Case, table: pd.DataFrame, told: set[str]
) -> tuple[float, float]:
    """China's share of the imports by value, in the months after and those before."""
    window = _window(case)
    if window is None:
        return float("nan"), float("nan")
    after = pd.period_range(*window, freq="M")
    back = 12 * -(-(number(window.last) - number(case.control) + 1) // 12)
    return (
        china_share(table, after - back, told),
        china_share(table, after, told),
    )


def sentence(own: OwnLine) -> str:
    """The answer at the own line: what the case's sentence has in bold, and shares."""
    first, last = own.months
    answer = _answers(own.case).sentence(own.case, own.told).split("**")[1]
    text = (
        f"**At its own tariff line, {own.line}: {answer}** Its customs tell every "
        f"month there from {first} to {last}."
    )
    before, after = own.import_share
    if not (words.missing(before) or words.missing(after)):
        text += (
            f" China’s share of these imports, by value, went from "
            f"{words.percent(before)} to {words.percent(after)} of the same months."
        )
    return text


def headline(own: OwnLine | None, sentence_of_china: str) -> str:
    """The sentence of the page: the own line first, where it is known."""
    if own is None:
        return sentence_of_china
    return f"{sentence(own)} As China’s customs tell it: {sentence_of_china}"


def values(own: OwnLine | None) -> list[dict[str, Any]]:
    """The values of ``headline.json``: those of the case, with ``own.`` before."""
    if own is None:
        return []
    kept = {f"event.{name}" for name in KEPT}
    kept |= {f"recovery.{own.case.importer.lower()}", "recovery.verdict"}
    rests = sorted({source.feed or source.title for source in own.sources})
    found = [
        dict(given) | {"id": f"own.{given['id']}", "sources": [*rests, "events"]}
        for given in _answers(own.case).values(own.case, own.told)
        if given["id"] in kept
    ]
    span = f"{own.months[0]} to {own.months[1]}"
    for side, share in zip(("before", "after"), own.import_share, strict=True):
        found.append(
            value(
                f"own.import_share.{side}", f"China’s share of imports, {side}",
                None if words.missing(share) else share, "share", span,
                method=f"{own.line}, by value", sources=rests,
            )
        )  # fmt: skip
    return found


def text(case: Case, own: OwnLine | None) -> str:
    """What to say above the figure of the own line, or in its place."""
    if own is not None:
        return (
            f"{words.capital(words.country(case.importer))} tells its imports by month "
            f"and origin at {own.line}. It is another teller and another line than "
            "above, so the two answers stand side by side and share no ratio."
        )
    line = LINES.get(case.product, {}).get(case.importer, "")
    if not line:
        who = words.capital(words.country(case.importer))
        lacks = "has no customs of its own"
        if case.importer != WORLD:
            lacks = f"has no tariff line here that holds {case.product} alone"
        return f"{who} {lacks}."
    whose = words.capital(words.possessive(case.importer))
    return (
        f"{whose} months at its own line, {line}, are not in the data package. "
        "`rareearth update` fetches them, and this page made with `--fetched` answers "
        "at that line, with every month on both sides of the event."
    )
