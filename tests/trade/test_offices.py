"""China, Japan, the United States and the United Kingdom, each in its own layout."""

import json
from pathlib import Path

import pandas as pd
import pytest

from rareearth import trade

GACC = (
    '"数据年月","贸易伙伴编码","贸易伙伴名称","商品编码","商品名称","第一数量",'
    '"第一计量单位","第二数量","第二计量单位","人民币",\n'
    '"202401","502","美国","85051110","钕铁硼","1500","千克","0","?","8,000,800",\n'
    '"202401","410","巴西","85051110","钕铁硼","2","个","3","千克","80",\n'
    '"202402","701","国(地)别不详的","85051110","x","1","千克","0","?","8",\n'
    '"202402","200","非洲","85051110","x","1","千克","0","?","8",\n'
    '"202402","142","中国","85051110","x","1","千克","0","?","16",\n'
    '"202402","410","美国","85051110","x","1","千克","0","?","8",\n'
    '"202402","997","x","85051110","x","1","千克","0","?","8",\n'
)


def test_china_s_export_says_neither_flow_nor_our_codes(write, rates) -> None:
    path = write("2024out.csv", GACC, encoding="gb18030")
    with pytest.raises(trade.Unreadable, match=r"2024out.*flow.*--flow"):
        trade.read(path, rates=rates)
    reading = trade.read(path, flow="export", rates=rates)
    shown = reading.table[["importer", "value_usd", "tonnes"]]
    assert shown.values.tolist() == [
        ["BRA", 10, 0.003],
        ["USA", 1000100, 1.5],
        ["CHN", 2, 0.001],
        ["XXX", 1, 0.001],
    ]
    assert set(reading.table["exporter"]) == {"CHN"}
    assert set(reading.table["valuation"]) == {"fob"}
    fates = reading.account.groupby("fate")["rows"].sum().to_dict()
    assert fates == {"read": 3, "self-import": 1, "aggregate": 1, "refused": 2}
    assert reading.refused["row"].tolist() == [7, 8]
    assert trade.read(path, flow="import", rates=rates).table["valuation"][0] == "cif"


def test_china_s_columns_may_stand_in_any_order_and_be_divided(write, rates) -> None:
    text = (
        "数据年月,商品编码,商品名称,贸易伙伴编码,贸易伙伴名称,贸易方式编码,贸易方式名称,"
        "第一数量,第一计量单位,美元\n"
        '202401,28469011,x,116,日本,10,一般贸易,5,千克,"1,000"\n'
        '202401,28469011,x,116,日本,15,加工贸易,5,千克,"2,000"\n'
        '202401,28469011,x,116,日本,15,加工贸易,5,千克,"2,000"\n'
    )
    reading = trade.read(write("a.csv", text), flow="export", rates=rates)
    assert reading.table["value_usd"].tolist() == [3000]
    assert reading.table["tonnes"].tolist() == [0.01]
    assert reading.rows("duplicate") == 1


MONTHS = ["Jan", "Feb", "Mar", "Apl", "May", "Jun"]
MONTHS += ["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def japan(*rows: str, country: bool = True) -> str:
    """Rows of flow, year, code, country, units, the year, then months as value:kg."""
    months = ",".join(f"Quantity1-{m},Quantity2-{m},Value-{m}" for m in MONTHS)
    place = "Country," if country else ""
    head = f"Exp or Imp,Year,HS,{place}Unit1,Unit2,"
    head += "Quantity1-Year,Quantity2-Year,Value-Year"
    lines = [f"{head},{months}"]
    for text in rows:
        *start, figures = text.rsplit(" ", 1)
        pairs = dict(p.split("=") for p in figures.split(";") if p)
        cells = [pairs.get(m, "0:0").split(":") for m in MONTHS]
        year = sum(int(value) for value, _ in cells)
        weight = sum(int(kg) for _, kg in cells)
        told = ",".join(f"0,{kg},{value}" for value, kg in cells)
        flow, when, code, *rest = start[0].split(" ")
        partner, unit = (rest[0] + ",", rest[1]) if country else ("", rest[0])
        lines.append(
            f"{flow},{when},'{code}',{partner}  ,{unit},0,{weight},{year},{told}"
        )
    return "\n".join(lines) + "\n"


def test_japan_s_year_is_twelve_months_in_thousand_yen(write, rates) -> None:
    path = write(
        "estat.csv",
        japan(
            "2 2026 280530000 105 KG Jan=300:20;Apl=500:40",
            "1 2026 850511000 304 NO Feb=7:9",
            "2 2026 280530000 103 MT Mar=100:2",
            "2 2026 280530000 205 KG ",
            "2 2026 280530000 999 KG Jan=1:1",
        ),
    )
    reading = trade.read(path, rates=rates)
    table = reading.table
    shown = table[["start", "exporter", "importer", "value_usd", "tonnes"]].copy()
    shown["start"] = shown["start"].dt.month
    assert shown.fillna(-1).values.tolist() == [
        [1, "CHN", "JPN", 3000, 0.02],
        [3, "KOR", "JPN", 1000, 2],
        [4, "CHN", "JPN", 5000, 0.04],
        [2, "JPN", "USA", 70, -1],
    ]
    assert set(table["months"]) == {1}
    assert reading.rows("no trade") == 1
    assert reading.refused["value"].tolist() == ["999"]
    assert any("nothing at all after Apr" in note for note in reading.notes)
    assert reading.account["rows"].sum() == 5


def test_japan_s_table_without_countries_is_the_world(write, rates) -> None:
    path = write("estat.csv", japan("2 2026 280530000 KG Jan=3:2", country=False))
    reading = trade.read(path, rates=rates)
    assert reading.table.empty
    assert reading.rows("aggregate") == 1


def test_japan_s_year_that_is_not_its_months_is_told(write, rates) -> None:
    text = japan("2 2026 280530000 105 KG Jan=300:20").replace(",300,0", ",900,0", 1)
    notes = trade.read(write("estat.csv", text), rates=rates).notes
    assert any("do not add up to Value-Year" in note for note in notes)


CENSUS = [
    [
        *("CTY_CODE", "CTY_NAME", "GEN_VAL_MO", "AIR_VAL_MO", "AIR_WGT_MO"),
        *("VES_VAL_MO", "VES_WGT_MO", "MONTH", "SUMMARY_LVL", "COMM_LVL"),
        *("I_COMMODITY", "YEAR"),
    ],
    ["-", "TOTAL", "100", "60", "6", "0", "0", "01", "DET", "HS6", "280530", "2018"],
    ["0003", "EU", "40", "40", "4", "0", "0", "01", "CGP", "HS6", "280530", "2018"],
    ["5XXX", "ASIA", "60", "20", "2", "0", "0", "01", "CGP", "HS6", "280530", "2018"],
    ["5700", "CHINA", "60", "20", "2", "0", "0", "01", "DET", "HS6", "280530", "2018"],
    [
        "4280",
        "GERMANY",
        "40",
        "30",
        "3",
        "10",
        "1",
        "01",
        "DET",
        "HS6",
        "280530",
        "2018",
    ],
    ["1220", "CANADA", "0", "0", "0", "0", "0", "01", "DET", "HS6", "280530", "2018"],
    ["4711", "?", "5", "0", "0", "0", "0", "02", "DET", "HS6", "280530", "2018"],
]


@pytest.mark.parametrize("saved", ["json", "csv"])
def test_the_us_are_their_countries_not_their_groups(write, saved: str) -> None:
    text = json.dumps(CENSUS)
    if saved == "csv":
        text = "\n".join(map(",".join, CENSUS))
    reading = trade.read(write(f"hs6.{saved}", text))
    shown = reading.table[["exporter", "value_usd", "tonnes", "valuation"]]
    assert shown.fillna(-1).values.tolist() == [
        ["CHN", 60, -1, "customs"],  # two thirds came over land and were not weighed
        ["DEU", 40, 0.004, "customs"],
    ]
    fates = reading.account.groupby("fate")["rows"].sum().to_dict()
    assert fates == {"read": 2, "aggregate": 3, "no trade": 1, "refused": 1}
    assert "countries add up to World in all of 1" in reading.notes[0]


def test_a_column_that_census_gives_twice_must_agree_with_itself(write) -> None:
    rows = [
        ["CTY_CODE", "ALL_VAL_MO", "E_COMMODITY", "time", "E_COMMODITY"],
        ["5700", "60", "280530", "2024-03", "280530"],
        ["5880", "70", "280530", "2024-03", "284690"],
    ]
    reading = trade.read(write("x.json", json.dumps(rows)))
    assert reading.table[["exporter", "importer", "valuation"]].values.tolist() == [
        ["USA", "CHN", "fas"]
    ]
    assert reading.refused["row"].tolist() == [3]


def test_census_without_a_value_of_the_month_is_told(write) -> None:
    text = "CTY_CODE,GEN_VAL_YR,I_COMMODITY,time\n5700,5,280530,2024-03\n"
    with pytest.raises(trade.Unreadable, match="GEN_VAL_MO"):
        trade.read(write("x.csv", text))


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    """A workbook with these sheets, underscores standing for blanks."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name.replace("_", " "))
        for row in rows:
            page.append(row)
    book.save(path)
    return path


ASKED = [
    ["Step 1: Trade Flow and Classification System"],
    ["Trade Flow", "Imports For Consumption"],
    ["Country List", None],
]
LONG = ["Data Type", "Country", "Year", "HTS Number", "Description"]
LONG += ["Quantity Description"]


def test_dataweb_s_workbook_is_read_across_its_sheets(tmp_path: Path) -> None:
    def rows(measure: str, unit: str, *told: list[object]) -> list[list[object]]:
        return [[*LONG, measure], *([measure, *t[:3], "x", unit, t[3]] for t in told)]

    china, korea = ["China", 2024, "8505110070"], ["South Korea", 2024, "8505110070"]
    path = workbook(
        tmp_path / "DataWeb.xlsx",
        Query_Parameters=ASKED,
        Customs_Value=[
            *rows("Customs Value", "Value for: kilograms", [*china, 700], [*korea, 0]),
            ["Total: ", None, None, None, None, None, "700"],
        ],
        First_Unit_of_Quantity=rows(
            "First Unit of Quantity", "kilograms", [*china, 20]
        ),
        Second_Unit_of_Quantity=rows(
            "Second Unit of Quantity", "number", [*china, 9000]
        ),
        CIF_Import_Value=rows("CIF Import Value", "Value for: number", [*china, 800]),
    )
    reading = trade.read(path)
    table = reading.table.set_index("exporter")
    assert table["value_usd"].to_dict() == {"CHN": 700, "KOR": 0}
    assert table["tonnes"].dropna().to_dict() == {"CHN": 0.02}
    assert set(table["valuation"]) == {"customs"}
    fates = reading.account.groupby("fate")["rows"].sum().to_dict()
    assert fates == {"read": 3, "other measure": 2, "aggregate": 1}


def test_dataweb_s_wide_sheet_has_years_or_months_as_columns(write, tmp_path) -> None:
    years = workbook(
        tmp_path / "wide.xlsx",
        Query_Parameters=[
            ["Trade Flow", "Domestic Exports"],
            ["Country List", "China"],
        ],
        FAS_Value=[
            ["Domestic Exports|Annual Data"],
            ["Data Row Count", 3],
            ["Data Type", "HTS Number", "Description", "2022", "2023"],
            ["FAS Value", "28", "x", 5, 7],
            ["FAS Value", "01", "x", 1, 2],
            ["Total: ", None, None, "6", "1,000"],
        ],
    )
    reading = trade.read(years)
    shown = reading.table[["product", "importer", "value_usd"]].values.tolist()
    assert shown == [
        ["01", "CHN", 1],
        ["01", "CHN", 2],
        ["28", "CHN", 5],
        ["28", "CHN", 7],
    ]
    assert any("its total is 1,006, its rows add up to 15" in n for n in reading.notes)
    assert any("2 rows, where its head says 3" in n for n in reading.notes)
    months = write(
        "monthly.csv",
        '"General Imports|Monthly data for 2023,2024",,,,\r\nData Row Count,1,,,\r\n'
        "Data Type,Country,Year,January,February\r\n"
        "General Customs Value,Côte d`Ivoire,2024,5.00,\r\n"
        'Total: ,,,"5",""\r\n',
    )
    with pytest.raises(trade.Unreadable, match="--product"):
        trade.read(months)
    table = trade.read(months, product="2846").table
    assert table[["exporter", "value_usd"]].values.tolist() == [["CIV", 5]]


def test_dataweb_s_suppressed_figures_are_missing_and_flow_is_asked_for(write) -> None:
    head = ",".join([*LONG, "First Unit of Quantity", "Suppressed"])
    text = (
        f"{head}\nFirst Unit of Quantity,China,2024,8505110070,x,kilograms,0,1\n"
        "First Unit of Quantity,Japan,2024,8505110070,x,kilograms,5,0\n"
    )
    path = write("long.csv", text)
    with pytest.raises(trade.Unreadable, match="--flow"):
        trade.read(path)
    table = trade.read(path, flow="import").table
    assert table["exporter"].tolist() == ["JPN"]
    assert table["value_usd"].isna().all()


def test_the_uk_s_codes_get_their_zero_back(write, rates) -> None:
    def row(commodity: int, flow: int, country: str, **more: object) -> dict:
        start = {"MonthId": 202406, "FlowTypeId": flow, "SuppressionIndex": 0}
        place = {"CountryId": 7, "Country": {"CountryCodeAlpha": country}}
        return start | place | {"CommodityId": commodity} | {"PortId": 1} | more

    rows = [
        row(85051110, 3, "CN", Value=100, NetMass=2000.0),
        row(9109900, 2, "QA", Value=1, NetMass=None),
        row(-990, 3, "CN", Value=9, NetMass=1),
        row(28053010, 1, "QX", Value=3, NetMass=1) | {"PortId": 2},
    ]
    reading = trade.read(write("ots.json", json.dumps({"value": rows})), rates=rates)
    shown = reading.table[["exporter", "importer", "product", "value_usd", "tonnes"]]
    assert shown.fillna(-1).values.tolist() == [
        ["GBR", "QAT", "09109900", 2, -1],
        ["XXX", "GBR", "28053010", 6, 0.001],
        ["CHN", "GBR", "85051110", 200, 2],
    ]
    assert reading.rows("aggregate") == 1


def test_the_uk_s_numbers_of_countries_are_asked_for_by_name(write, rates) -> None:
    rows = [{"MonthId": 202406, "FlowTypeId": 3, "CommodityId": 85051110}]
    rows[0] |= {"CountryId": 720, "Value": 1, "NetMass": 1}
    reading = trade.read(write("ots.json", json.dumps({"value": rows})), rates=rates)
    assert "$expand=Country" in reading.refused["expected"][0]


def test_sheets_of_one_value_equal_whether_xlsx_or_csv(write, tmp_path: Path) -> None:
    rows = [
        ["Data Type", "Country", "Year", "HTS Number", "Customs Value"],
        ["Customs Value", "Namibia", 2024, "0910990000", 1234567],
    ]
    book = workbook(tmp_path / "a.xlsx", Query_Parameters=ASKED, Customs_Value=rows)
    text = "\n".join(",".join(map(str, r)) for r in rows)
    pd.testing.assert_frame_equal(
        trade.read(book).table, trade.read(write("a.csv", text), flow="import").table
    )
