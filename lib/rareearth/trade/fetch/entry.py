"""The tables of the data package that take what was fetched, and their entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rareearth.trade import schema

KEY = ["edition", "product", "start", "importer", "exporter", "tonnes_status"]
US = {
    "name": "US-public-domain",
    "title": "public domain (US Government)",
    "path": "https://www.usgs.gov/information-policies-and-instructions/"
    "copyrights-and-credits",
}


@dataclass(frozen=True)
class Target:
    """The table of the package that takes what an office tells."""

    table: str
    short: str
    about: str
    page: str
    licence: Mapping[str, str]
    system: str = ""  # of national codes; empty for what is no trade

    @property
    def statistic(self) -> str:
        """Its name among the editions."""
        return self.table.replace("_", " ")

    @property
    def trade(self) -> bool:
        """Whether it holds flows, edition by edition."""
        return bool(self.system)


TARGETS = {
    "census": Target(
        "us_imports_monthly",
        "US Census",
        "US general imports by month and origin, customs value",
        "https://www.census.gov/foreign-trade/",
        US,
        "US HTS",
    ),
    "eurostat": Target(
        "eu_imports_monthly",
        "Eurostat Comext",
        "imports of the EU27 (and members asked for alone) by month and origin",
        "https://ec.europa.eu/eurostat/comext/newxtweb/",
        {
            "name": "CC-BY-4.0",
            "title": "Creative Commons Attribution 4.0 (Eurostat reuse policy)",
            "path": "https://ec.europa.eu/eurostat/web/main/help/copyright-notice",
        },
        "EU CN",
    ),
    "hmrc": Target(
        "uk_imports_monthly",
        "HMRC",
        "UK imports by month and origin",
        "https://www.uktradeinfo.com/",
        {
            "name": "OGL-UK-3.0",
            "title": "Open Government Licence 3.0",
            "path": "https://www.nationalarchives.gov.uk/doc/"
            "open-government-licence/version/3/",
        },
        "UK tariff",
    ),
    "estat": Target(
        "japan_imports_monthly",
        "Japan Customs",
        "Japan's imports by month and origin",
        "https://www.e-stat.go.jp/",
        {
            "name": "Japan-GSTU-2.0",
            "title": "Government of Japan Standard Terms of Use 2.0",
            "path": "https://www.e-stat.go.jp/en/terms-of-use",
        },
        "Japan HS",
    ),
    "bls": Target(
        "cpi",
        "BLS",
        "US consumer prices",
        "https://www.bls.gov/cpi/",
        US,
    ),
    "fed": Target(
        "exchange_rates",
        "Federal Reserve H.10",
        "exchange rates",
        "https://www.federalreserve.gov/releases/h10/",
        US,
    ),
}
FIELDS: tuple[dict[str, Any], ...] = (
    {
        "name": "edition",
        "type": "string",
        "description": "office and day of the fetch; a month stands again only where "
        "it is new or was revised",
        "constraints": {"required": True},
    },
    {
        "name": "system",
        "type": "string",
        "description": "whose code the product is",
        "constraints": {"required": True},
    },
    {
        "name": "start",
        "type": "date",
        "description": "first day of the month",
        "constraints": {"required": True},
    },
    {
        "name": "months",
        "type": "integer",
        "description": "length of the period",
        "unit": "months",
        "constraints": {"required": True, "minimum": 1, "maximum": 1},
    },
    {
        "name": "exporter",
        "type": "string",
        "description": "origin, ISO3; XXX where the office does not name it",
        "constraints": {"required": True, "pattern": "[A-Z][A-Z0-9]{2}"},
    },
    {
        "name": "importer",
        "type": "string",
        "description": "who tells: ISO3, or EU27 without the trade among members",
        "constraints": {"required": True, "pattern": "[A-Z][A-Z0-9]{2}|EU27"},
    },
    {
        "name": "product",
        "type": "string",
        "description": "customs code, digits",
        "constraints": {"required": True, "pattern": "\\d{6,10}"},
    },
    {
        "name": "hs_edition",
        "type": "string",
        "description": "HS edition of the six digits",
    },
    {
        "name": "value_usd",
        "type": "number",
        "description": "value; other money by the month's exchange rate; 0: told "
        "before and withdrawn",
        "unit": "USD",
        "constraints": {"required": True, "minimum": 0},
    },
    {
        "name": "valuation",
        "type": "string",
        "description": "what the value holds",
        "constraints": {"required": True, "enum": list(schema.VALUATIONS)},
    },
    {
        "name": "tonnes",
        "type": "number",
        "description": "gross weight as declared",
        "unit": "t",
        "constraints": {"minimum": 0},
    },
    {
        "name": "tonnes_status",
        "type": "string",
        "description": "missing where there are no tonnes",
        "constraints": {"required": True, "enum": list(schema.STATUSES)},
    },
    {
        "name": "reported_by",
        "type": "string",
        "description": "who told the flow",
        "constraints": {"required": True, "enum": ["importer"]},
    },
    {
        "name": "coverage",
        "type": "string",
        "description": "all origins of the month",
        "constraints": {"required": True, "enum": ["complete"]},
    },
    {
        "name": "source",
        "type": "string",
        "description": "office",
        "constraints": {"required": True},
    },
)


def entry_of(target: Target) -> dict[str, Any]:
    """Entry of a table of flows that the package does not have yet."""
    return {
        "name": target.table,
        "path": f"{target.table}.csv.gz",
        "title": f"{target.about[0].upper()}{target.about[1:]}, as fetched",
        "description": "Adopted from fetched editions (rareearth update --adopt).",
        "type": "table",
        "scheme": "file",
        "format": "csv",
        "mediatype": "application/gzip",
        "encoding": "utf-8",
        "compression": "gz",
        "bytes": 0,
        "hash": "",
        "vintage": {
            "kind": "editions",
            "column": "edition",
            "within": ["product", "importer", "start"],
        },
        "licenses": [dict(target.licence)],
        "sources": [],
        "schema": {
            "fields": [dict(field) for field in FIELDS],
            "primaryKey": KEY,
            "missingValues": [""],
        },
    }
