"""What is fetched: ``notebooks/feeds.toml``, a few lines for each feed.

.. code-block:: toml

    [us-magnets-ndfeb]
    office = "census"
    product = "US HTS 8505110070"
    importer = "USA"
    since = "2018-01"

``product`` is a code with its system (or a list of codes of one system), a name of a
series for ``bls``, currencies for ``fed``. ``importer`` or ``exporter`` is the country
whose own figures are asked. ``until`` ends a series that has ended; ``period = "year"``
asks for years.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rareearth.schema import nearest
from rareearth.trade.editions import NAME
from rareearth.trade.fetch.errors import WrongQuery
from rareearth.trade.fetch.offices import desk
from rareearth.trade.fetch.periods import shifted
from rareearth.trade.fetch.query import Query, product_of

FEEDS = Path(__file__).resolve().parents[4] / "notebooks" / "feeds.toml"
KEYS = ("office", "product", "importer", "exporter", "since", "until", "period")
SERIES = ("bls", "fed")


class WrongFeed(ValueError):
    """A list of feeds that cannot be read, with what would be right."""


@dataclass(frozen=True)
class Feed:
    """A name and what it asks for."""

    name: str
    query: Query


def feeds(today: date, path: Path = FEEDS) -> dict[str, Feed]:
    """The feeds of a list, each asking up to the month before today.

    Parameters
    ----------
    today : date
    path : Path
        TOML.

    Returns
    -------
    dict
        By name, in the order of the file; exchange rates first, for values in other
        money rest on them.

    Raises
    ------
    WrongFeed
        With feed, key, value and what would be right.
    """
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise WrongFeed(f"{path}: there is no list of feeds") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongFeed(f"{path}: {error}; it must be TOML") from None
    found = {name: _feed(path, name, entry, today) for name, entry in entries.items()}
    names = sorted(found, key=lambda name: found[name].query.office != "fed")
    return {name: found[name] for name in names}


def _feed(path: Path, name: str, entry: Any, today: date) -> Feed:
    """One feed, checked."""

    def wrong(what: str) -> WrongFeed:
        return WrongFeed(f"{path.name}: [{name}]: {what}")

    if not NAME.fullmatch(name):
        raise wrong("a name is small letters, digits and dashes")
    if not isinstance(entry, Mapping):
        raise wrong("it must be a table of keys and values")
    for key in entry:
        if key not in KEYS:
            raise wrong(f"unknown key '{key}'; it must be {nearest(key, KEYS)}")
    for key in ("office", "product", "since"):
        if key not in entry:
            raise wrong(f"no {key}")
    period = entry.get("period", "month")
    if period not in ("month", "year"):
        raise wrong(f"period is '{period}'; it must be month or year")
    given = entry["product"]
    given = given if isinstance(given, list) else [given]
    texts = {k: entry.get(k, "") for k in KEYS if k not in ("product", "period")}
    if not all(isinstance(text, str) for text in [*texts.values(), *given]):
        raise wrong("every value must be a text in quotes")
    system, products = _products(texts["office"], given)
    if len(system) > 1:
        raise wrong(f"codes of {' and '.join(sorted(system))}; one feed, one system")
    last = shifted(f"{today.year}-{today.month:02d}", -1)
    query = Query(
        office=texts["office"],
        system=next(iter(system), ""),
        products=products,
        importer=texts["importer"],
        exporter=texts["exporter"],
        first_month=texts["since"],
        last_month=min(texts["until"] or last, last),
        step=12 if period == "year" else 1,
    )
    try:
        return Feed(name, desk(query.office).checked(query))
    except WrongQuery as error:
        raise wrong(str(error)) from None


def _products(office: str, given: list[str]) -> tuple[set[str], tuple[str, ...]]:
    """Systems and codes of a feed's products."""
    if office in SERIES:
        return {"series"}, tuple(given)
    pairs = [product_of(text) for text in given]
    return {system for system, _ in pairs}, tuple(code for _, code in pairs)
