"""What a report on export controls looks at: its event, and the monthly series.

What China's customs tell of exports and what an importer's customs tell of imports are
two tellings: a series is one or the other, and no ratio is taken between them.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pandas as pd

from rareearth import words
from rareearth.frames import each
from rareearth.periods import figures, inside, number

CHINA, WORLD = "CHN", "WORLD"
CONTROLS = ("export control", "embargo")
APPROVALS = ("permit", "licence")
# The six-digit codes that each good of the table of exports lies in.
CODES = {
    "rare-earth magnets": {"850511"},
    "rare earths": {"280530", "284690"},
    "dysprosium": {"280530", "284690"},
    "terbium": {"280530", "284690"},
}
# Below this many of the twelve months before a control, those known are no fair sample.
FEWEST_OF_YEAR = 6
DATED = re.compile(
    r"-(january|february|march|april|may|june|july|august|september|october|november"
    r"|december)(?=-)|-\d{4}(-\d)?"
)


class Series(NamedTuple):
    """Tonnes by month or printed range, and who tells them."""

    importer: str
    rows: pd.DataFrame  # start, months, tonnes, kind
    teller: str  # ISO3 of the customs that tell them
    line: str = ""  # tariff line, where it is not the common eight digits

    @property
    def name(self) -> str:
        """The importer, with the teller where it is not China."""
        place = words.country(self.importer)
        return place if self.teller == CHINA else f"{place} (its own customs)"


class Case(NamedTuple):
    """One event, one good, and all series of it; one importer is asked about."""

    event: Any  # its row in the table of events
    control: pd.Timestamp  # day before which shipments were undisturbed
    approvals: pd.DataFrame  # events that eased it, in order of their days
    importer: str
    product: str
    series: dict[str, Series]

    @property
    def asked(self) -> Series:
        """The series that the report is about."""
        return self.series[self.importer]


def is_control(event: Any) -> bool:
    """Whether an event is a control; otherwise it is an approval."""
    return event.kind in CONTROLS


def offered(events: pd.DataFrame) -> pd.DataFrame:
    """China's controls and approvals, the events that a report can ask about."""
    ours = (events["actor"] == "China") & events["kind"].isin(CONTROLS + APPROVALS)
    return events[ours]


def importers(exports: pd.DataFrame, imports: pd.DataFrame, product: str) -> list[str]:
    """ISO3 of the importers for which single months of a good are known.

    Parameters
    ----------
    exports, imports : the tables ``exports_monthly`` and ``imports_monthly``
    product : as the table of exports names it
    """
    by_china = exports[
        (exports["product"] == product)
        & (exports["partner_kind"] != "continent")
        & exports["tonnes"].notna()
        & (exports["months"] == 1)
    ]["partner"]
    own = _own(imports, product)["importer"]
    return sorted({*by_china, *own}, key=lambda iso3: (iso3 != WORLD, iso3))


def _own(imports: pd.DataFrame, product: str) -> pd.DataFrame:
    """Single months of imports from China."""
    return imports[
        (imports["product"] == product)
        & (imports["partner"] == CHINA)
        & (imports["statistic"] == "total")
        & imports["tonnes"].notna()
        & (imports["months"] == 1)
    ]


def series(
    exports: pd.DataFrame, imports: pd.DataFrame, importer: str, product: str
) -> Series:
    """The series of one importer: China's telling, or its own where there is none.

    Whatever else may tell months one day is chosen here and nowhere else.

    Parameters
    ----------
    exports, imports : the tables ``exports_monthly`` and ``imports_monthly``
    importer : ISO3, ``EU27`` or ``WORLD``
    product : as the table of exports names it

    Raises
    ------
    ValueError
        For an importer or a good without months, with those that have some.
    """
    goods = sorted(set(exports["product"]))
    if product not in goods:
        raise ValueError(f"no product '{product}'; there are {', '.join(goods)}")
    there = importers(exports, imports, product)
    if importer not in there:
        raise ValueError(
            f"no months of {product} for importer '{importer}'; there are "
            f"{', '.join(there)}"
        )
    rows = exports[
        (exports["product"] == product)
        & (exports["partner"] == importer)
        & exports["tonnes"].notna()
    ]
    teller = CHINA
    if rows.empty:
        own = _own(imports, product)
        rows, teller = own[own["importer"] == importer], importer
    return Series(importer, rows[["start", "months", "tonnes", "kind"]], teller)


def case(
    events: pd.DataFrame,
    exports: pd.DataFrame,
    imports: pd.DataFrame,
    event: str,
    importer: str,
    product: str,
) -> Case:
    """The event and the series that a report is about.

    The undisturbed year of an approval is the one before the last control ahead of it
    that names a code of the good.

    Parameters
    ----------
    events, exports, imports : the tables of these names, as known on a day
    event : id of a control or an approval of China
    importer, product : as :func:`series` takes them

    Raises
    ------
    ValueError
        For an unknown event, importer or good, with those that there are.
    """
    known = offered(events).sort_values("date", kind="stable")
    if event not in set(known["id"]):
        raise ValueError(f"no event '{event}'; there are {', '.join(known['id'])}")
    chosen = next(row for row in each(known) if row.id == event)
    if product not in CODES:
        raise ValueError(f"no product '{product}'; there are {', '.join(CODES)}")
    ours = known[[names(row.hs6, product) for row in each(known)]]
    control = chosen.date
    if not is_control(chosen):
        before = ours[ours["kind"].isin(CONTROLS) & (ours["date"] < chosen.date)]
        if before.empty:
            raise ValueError(
                f"no control on {product} is known before '{event}'; choose an event "
                f"of {', '.join(known.loc[known['kind'].isin(CONTROLS), 'id'])}"
            )
        control = before["date"].iloc[-1]
    later = ours[ours["kind"].isin(APPROVALS) & (ours["date"] > control)]
    asked = series(exports, imports, importer, product)
    others = {
        iso3: series(exports, imports, iso3, product)
        for iso3 in importers(exports, imports, product)
    }
    return Case(chosen, control, later, importer, product, others | {importer: asked})


def names(hs6: Any, product: str) -> bool:
    """Whether an event's codes are among those of a good.

    Examples
    --------
    >>> names("280530 284690", "rare-earth magnets"), names("850511", "terbium")
    (False, False)
    """
    return isinstance(hs6, str) and bool(CODES[product] & set(hs6.split()))


def others(world: Series, part: Series) -> pd.DataFrame:
    """What the world took without one importer, for periods known of both."""
    both = world.rows.merge(part.rows, on=["start", "months"], suffixes=("", "_part"))
    derived = (both["kind"] == "derived") | (both["kind_part"] == "derived")
    return both[["start", "months"]].assign(
        tonnes=both["tonnes"] - both["tonnes_part"],
        kind=derived.map({True: "derived", False: "read"}),
    )


def world_beside(case: Case, part: Series) -> Series | None:
    """The world in the same telling; None for the world itself or another teller."""
    if part.importer == WORLD or part.teller != CHINA:
        return None
    return case.series.get(WORLD)


def known_of_year(part: Series, control: pd.Timestamp) -> int:
    """How many of the twelve months before a control are known."""
    zero = number(control)
    there = inside(figures(part.rows), range(zero - 12, zero))
    return sum(len(figure.months) for figure in there)


def selected(part: Series, control: pd.Timestamp) -> bool:
    """Whether months are known only here and there, as the press printed growth."""
    return known_of_year(part, control) < FEWEST_OF_YEAR


def marks(case: Case, events: pd.DataFrame) -> pd.DataFrame:
    """Events that belong on an axis of months, with a few words each.

    Parameters
    ----------
    case : the event of the report is among them
    events : the table of events
    """
    chinese = events["actor"].str.contains("China")
    coded = events["kind"].isin(CONTROLS) & events["hs6"].notna()
    eased = events["kind"].isin(["permit", "suspension"])
    agreed = (events["kind"] == "agreement") & (events["actor"] != "China")
    own = events["id"] == case.event.id
    shown = events[own | (chinese & (coded | eased | agreed))]
    return shown[["date"]].assign(label=[_label(id) for id in shown["id"]])


def _label(id: str) -> str:
    """An event's id without its date, as words.

    Examples
    --------
    >>> _label("controls-october-2025-elements"), _label("export-control-june-2026-2")
    ('controls elements', 'export control')
    """
    return DATED.sub("", id).replace("-", " ")
