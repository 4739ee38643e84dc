"""The offices by name, and what each knows of months that are late."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rareearth.schema import nearest
from rareearth.trade.fetch import bls, census, comtrade, estat, eurostat, fed, hmrc
from rareearth.trade.fetch.errors import WrongQuery
from rareearth.trade.fetch.office import Office
from rareearth.trade.fetch.periods import shifted
from rareearth.trade.fetch.plan import Desk

DESKS: dict[str, Desk] = {
    "fed": fed,
    "bls": bls,
    "census": census,
    "eurostat": eurostat,
    "hmrc": hmrc,
    "estat": estat,
    "comtrade": comtrade,
}


@dataclass(frozen=True)
class Standing:
    """How far a series goes, and whether the next month should be there already.

    Attributes
    ----------
    last_month : str
        The last one that is whole; ``""`` if there is none.
    next_month, usual_by : str
        The one after it; the day by which it usually is out.
    late : bool
        That day has passed. Late is a state, not a failure: the US shutdown of October
        and November 2025 made months late.
    """

    last_month: str
    next_month: str
    usual_by: str
    late: bool

    def __str__(self) -> str:
        """How far, and when the next month usually comes."""
        if not self.last_month:
            return "no month yet"
        late = ", late" if self.late else ""
        return (
            f"last month {self.last_month}; {self.next_month} usual by "
            f"{self.usual_by}{late}"
        )


def desk(name: str) -> Desk:
    """The module of an office.

    Raises
    ------
    WrongQuery
        If there is none of that name, with the nearest.
    """
    if name not in DESKS:
        raise WrongQuery(name, f"no such office; it must be {nearest(name, DESKS)}")
    return DESKS[name]


def standing(
    office: Office, states: Mapping[str, Mapping[str, str]], today: date
) -> Standing:
    """How far the months of a query go.

    Parameters
    ----------
    office : Office
    states : mapping
        Product → period → state, as `rareearth.trade.fetch.plan.outcome` gives them.
    today : date

    Returns
    -------
    Standing
        Of the product that goes least far.

    Examples
    --------
    >>> told = {"8505110070": {"2025-08": "data", "2025-09": "not published"}}
    >>> print(standing(DESKS["census"].OFFICE, told, date(2025, 11, 20)))
    last month 2025-08; 2025-09 usual by 2025-11-09, late
    """
    ends = [
        max((m for m, s in months.items() if s in ("data", "no trade")), default="")
        for months in states.values()
    ]
    last = min(ends, default="")
    if not last:
        return Standing("", "", "", False)
    if len(last) == 4:
        last = f"{last}-12"
    following = shifted(last, 1)
    after = shifted(following, 1)
    end = date(int(after[:4]), int(after[5:]), 1) - timedelta(days=1)
    usual_by = end + timedelta(days=office.usual_days)
    return Standing(last, following, usual_by.isoformat(), today > usual_by)
