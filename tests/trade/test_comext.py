"""Eurostat Comext: bulk files of two generations, SDMX-CSV with codes or labels."""

import pytest

from rareearth import trade

BULK = (
    "REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,PRODUCT_CPA21,PRODUCT_CPA22,"
    "PRODUCT_BEC,PRODUCT_BEC5,PRODUCT_SECTION,FLOW,STAT_PROCEDURE,SUPPL_UNIT,PERIOD,"
    "VALUE_EUR,VALUE_NAC,QUANTITY_KG,QUANTITY_SUPPL_UNIT"
)
OLDER = (
    "DECLARANT,DECLARANT_ISO,PARTNER,PARTNER_ISO,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,"
    "PRODUCT_cpa2002,PRODUCT_cpa2008,PRODUCT_CPA2_1,PRODUCT_BEC,PRODUCT_SECTION,FLOW,"
    "STAT_REGIME,SUPP_UNIT,PERIOD,VALUE_IN_EUROS,QUANTITY_IN_KG,SUP_QUANTITY"
)
SDMX = (
    "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,"
    "OBS_VALUE"
)


def bulk(*rows: str) -> str:
    """Rows of reporter, partner, product, flow, procedure, period, EUR, kg."""
    lines = []
    for text in rows:
        who, partner, product, flow, procedure, period, eur, kg = text.split()
        lines.append(
            f"{who},{partner},E,{product},59229,2052,2059,220,311210,06,{flow},"
            f"{procedure},NO_SU,{period},{eur},{eur},{kg},0"
        )
    return "\n".join([BULK, *lines]) + "\n"


def sdmx(*rows: str) -> str:
    """Rows of the interface: a comma more than the header has, CRLF."""
    start = "ESTAT:DS-045409(1.0),17/02/25 11:00:00,"
    return "\r\n".join([SDMX, *(f"{start}{row}," for row in rows)]) + "\r\n"


def test_a_bulk_file_keeps_what_is_withheld_and_adds_procedures(write, rates) -> None:
    path = write(
        "full_v2_202402.dat",
        bulk(
            "DE CN 85051110 1 1 202402 100 50",
            "DE CN 85051110 1 2 202402 20 10",
            "DE CN 850511XX 1 1 202402 8 4",
            "GR NA 28053010 2 1 202401 6 0",
            "DE QY 28053010 1 1 202402 7 1",
            "DE CN TOTAL 1 1 202402 999 99",
            "AT XS 39XXXXXX 2 1 202452 9 1",
        ),
    )
    reading = trade.read(path, rates=rates)
    shown = reading.table[["exporter", "importer", "product", "value_usd", "tonnes"]]
    assert shown.fillna(-1).values.tolist() == [
        ["GRC", "NAM", "28053010", 12, -1],  # 0 whole kilograms are no weight
        ["XXX", "DEU", "28053010", 28, 0.001],
        ["AUT", "SRB", "39XXXXXX", 34.5, 0.001],  # a year: the mean of its months
        ["CHN", "DEU", "85051110", 480, 0.06],
        ["CHN", "DEU", "850511XX", 32, 0.004],
    ]
    assert reading.rows("confidential") == 3
    assert reading.rows("aggregate") == 1
    assert reading.account["rows"].sum() == 7
    assert set(reading.table["hs_edition"]) == {"HS22"}
    assert reading.table.set_index("product").loc["39XXXXXX", "months"] == 12


def test_the_older_bulk_file_has_all_procedures_as_a_total(write, rates) -> None:
    row = "001,FR,0720,CN,E,28053010,.....,....,....,....,..,06,1,{},..,201001,{},{},0"
    text = "\n".join(
        [OLDER, row.format(1, 60, 6), row.format(2, 40, 4), row.format(4, 100, 10)]
    )
    reading = trade.read(write("full201001.dat", text), rates=rates)
    assert reading.table["value_usd"].tolist() == [200]
    assert reading.table["tonnes"].tolist() == [0.01]
    assert reading.rows("part of a total") == 2


def test_value_and_weight_of_sdmx_meet_in_one_flow(write, rates) -> None:
    path = write(
        "estat.csv",
        sdmx(
            "A,DE,CN,850511,1,VALUE_IN_EUROS,2024,100",
            "A,DE,CN,850511,1,QUANTITY_IN_100KG,2024,5.25",
            "A,DE,CN,850511,1,SUPPLEMENTARY_QUANTITY,2024,3",
            "M,DE,CN,850511,1,VALUE_IN_EUROS,2024-01,50",
            "A,DE,WORLD,850511,1,VALUE_IN_EUROS,2024,700",
            "A,EU27_2020,CN,850511,1,VALUE_IN_EUROS,2024,600",
            "A,DE,EXT_EU27_2020,850511,1,VALUE_IN_EUROS,2024,600",
            "A,DE,JP,850511,1,VALUE_IN_EUROS,2024,",
        ),
    )
    reading = trade.read(path, rates=rates)
    month, year = reading.table.itertuples()
    assert (year.months, round(year.value_usd, 6), year.tonnes) == (
        12,
        round(100 * (2 + 11 * 4) / 12, 3),
        0.525,
    )
    assert (month.months, month.value_usd, month.tonnes_status) == (1, 100, "missing")
    fates = reading.account.groupby("fate")["rows"].sum().to_dict()
    assert fates == {
        "read": 3,
        "other measure": 1,
        "aggregate": 3,
        "not published": 1,
    }


def test_labels_become_countries_and_flows(write, rates) -> None:
    text = sdmx(
        "Annual,Germany (incl. German Democratic Republic 'DD' from 1991),China,"
        '"Permanent magnets, of metal",IMPORT,VALUE_IN_EUROS,2023,10',
        "Annual,\"Extra-EU (= 'WORLD' - 'EU_INTRA')\",China,\"Permanent magnets, of "
        'metal",IMPORT,VALUE_IN_EUROS,2023,11',
        'Annual,Greece,TÃ¼rkiye,"Permanent magnets, of metal",EXPORT,VALUE_IN_EUROS,'
        "2023,12",
    )
    path = write("labels.csv", text)
    told = trade.read(path, rates=rates)
    assert told.table.empty
    assert "--product" in told.refused["expected"][0]
    table = trade.read(path, product="850511", rates=rates).table
    assert table[["exporter", "importer", "reported_by"]].values.tolist() == [
        ["CHN", "DEU", "importer"],
        ["GRC", "TUR", "exporter"],
    ]


def test_codes_of_several_levels_are_told(write, rates) -> None:
    rows = [f"A,DE,CN,{k},1,VALUE_IN_EUROS,2024,1" for k in ("2846", "284690")]
    notes = trade.read(write("e.csv", sdmx(*rows)), rates=rates).notes
    assert any("do not add them up" in note for note in notes)


def test_a_table_of_eurostat_that_is_not_trade_is_told(write) -> None:
    text = (
        "DATAFLOW,LAST UPDATE,freq,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
        "ESTAT:NAMA_10_GDP(1.0),17/02/25 11:00:00,A,CP_MEUR,DE,2023,4121160,\n"
    )
    with pytest.raises(trade.Unreadable, match=r"not on trade.*reporter.*DS-045409"):
        trade.read(write("gdp.csv", text))


def test_money_without_a_rate_is_refused(write, rates) -> None:
    path = write("full_v2.dat", bulk("DE CN 85051110 1 1 200902 100 50"))
    reading = trade.read(path, rates=rates)
    assert reading.table.empty
    assert "EUR of a month that has an exchange rate" in reading.refused["expected"][0]


def test_a_reporter_outside_the_union_is_refused(write, rates) -> None:
    path = write("full_v2.dat", bulk("CN DE 85051110 1 1 202402 100 50"))
    assert trade.read(path, rates=rates).refused["column"].tolist() == ["reporter"]
