"""UN Comtrade: each flow once, whatever of the file was kept."""

import json
from typing import Any

import pandas as pd
import pytest

from rareearth import trade

SITE = (
    "typeCode,freqCode,refPeriodId,refYear,refMonth,period,reporterCode,reporterISO,"
    "reporterDesc,flowCode,flowDesc,partnerCode,partnerISO,partnerDesc,partner2Code,"
    "partner2ISO,partner2Desc,classificationCode,classificationSearchCode,"
    "isOriginalClassification,cmdCode,cmdDesc,aggrLevel,isLeaf,customsCode,customsDesc,"
    "mosCode,motCode,motDesc,qtyUnitCode,qtyUnitAbbr,qty,isQtyEstimated,altQtyUnitCode,"
    "altQtyUnitAbbr,altQty,isAltQtyEstimated,netWgt,isNetWgtEstimated,grossWgt,"
    "isGrossWgtEstimated,cifvalue,fobvalue,primaryValue,legacyEstimationFlag,"
    "isReported,isAggregate"
)
LEGACY = (
    '"Classification","Year","Period","Period Desc.","Aggregate Level","Is Leaf Code",'
    '"Trade Flow Code","Trade Flow","Reporter Code","Reporter","Reporter ISO",'
    '"Partner Code","Partner","Partner ISO","2nd Partner Code","2nd Partner",'
    '"2nd Partner ISO","Customs Proc. Code","Customs","Mode of Transport Code",'
    '"Mode of Transport","Commodity Code","Commodity","Qty Unit Code","Qty Unit","Qty",'
    '"Alt Qty Unit Code","Alt Qty Unit","Alt Qty","Netweight (kg)","Gross weight (kg)",'
    '"Trade Value (US$)","CIF Trade Value (US$)","FOB Trade Value (US$)","Flag"'
)


def row(**changed: Any) -> dict[str, Any]:
    """One row of an answer, a total of German imports from China."""
    return {
        "typeCode": "C",
        "freqCode": "A",
        "refYear": 2022,
        "refMonth": 52,
        "period": "2022",
        "reporterCode": 276,
        "flowCode": "M",
        "partnerCode": 156,
        "partnerISO": "CHN",
        "partner2Code": 0,
        "classificationCode": "H6",
        "cmdCode": "850511",
        "customsCode": "C00",
        "mosCode": "0",
        "motCode": 0,
        "netWgt": 1000.0,
        "isNetWgtEstimated": False,
        "cifvalue": 50.0,
        "fobvalue": None,
        "primaryValue": 50.0,
        "legacyEstimationFlag": 0,
    } | changed


def answer(*rows: dict[str, Any]) -> str:
    return json.dumps({"count": len(rows), "data": list(rows), "error": ""})


def site(*rows: dict[str, Any]) -> str:
    """Rows as the site gives them: all quoted, a comma at the end, no more names."""
    names = SITE.split(",")
    lines = [
        "".join(f'"{r[n]}",' if r.get(n) not in (None, "") else "," for n in names)
        for r in rows
    ]
    return "\n".join([SITE, *lines]) + "\n"


def few(*rows: tuple[Any, ...]) -> str:
    head = "year,reporter,partner,cmd,flow,value,netwgt,qty,qtyunit"
    return "\n".join([head, *(",".join(map(str, r)) for r in rows)]) + "\n"


def test_an_answer_reads_to_its_world_row(write) -> None:
    path = write(
        "a.json",
        answer(
            row(partnerCode=0, partnerISO="W00", primaryValue=60.5, netWgt=None),
            row(partnerCode=490, partnerISO="S19", primaryValue=10.5, netWgt=None),
            row(partnerCode=899, partnerISO="_X ", primaryValue=20, netWgt=-1),
            row(partnerCode=842, primaryValue=30, netWgt=2500.5),
        ),
    )
    reading = trade.read(path)
    table = reading.table.set_index("exporter")
    assert table["value_usd"].to_dict() == {"TWN": 10.5, "USA": 30, "XXX": 20}
    assert table["tonnes"].dropna().to_dict() == {"USA": 2.5005}
    assert table["tonnes_status"].to_dict() == {
        "TWN": "missing",
        "USA": "reported",
        "XXX": "missing",
    }
    assert set(table["importer"]) == {"DEU"}
    assert set(table["valuation"]) == {"cif"}
    assert reading.rows("aggregate") == 1
    assert "partners add up to World in all of 1" in reading.notes[0]


def test_numbers_of_the_un_are_countries(write) -> None:
    known = {842: "USA", 251: "FRA", 699: "IND", 757: "CHE", 579: "NOR", 490: "TWN"}
    known |= {516: "NAM", 234: "FRO", 58: "BEL", 280: "DEU", 837: "XXX", 568: "XXX"}
    rows = [
        row(reporterCode=156, partnerCode=code, period=str(2000 + n))
        for n, code in enumerate(known)
    ]
    table = trade.read(write("a.json", answer(*rows))).table
    assert table["exporter"].tolist() == list(known.values())


def test_parts_of_a_flow_are_not_added_to_its_total(write) -> None:
    parts = [
        {"partner2Code": 344},
        {"customsCode": "C04"},
        {"motCode": 1000},
        {"partner2Code": 344, "customsCode": "C04", "motCode": 2100},
    ]
    rows = [row(period="2021", primaryValue=20), row(primaryValue=50)]
    rows += [row(period=year, **part) for part in parts for year in ("2021", "2022")]
    reading = trade.read(write("a.json", answer(*rows)))
    assert reading.table["value_usd"].tolist() == [20, 50]
    assert reading.rows("part of a total") == 8


def test_parts_without_their_total_are_refused(write) -> None:
    path = write("a.json", answer(row(motCode=1000), row(motCode=2100)))
    reading = trade.read(path)
    assert reading.table.empty
    assert reading.refused["row"].tolist() == [2, 3]
    assert (
        "partner2Code=0, customsCode=C00, motCode=0" in reading.refused["expected"][0]
    )


def test_where_the_telling_columns_are_gone_the_largest_row_is_the_total(write) -> None:
    flow = (2022, 276, 156, "850511", "M")
    world = (2022, 276, 0, "850511", "M")
    rows = [
        (*flow, 40, 4, 4, 8),
        (*flow, 40, 4, 4, 8),
        (*flow, 25.5, 2.5, 2, 8),
        (*world, 40, 4, 4, 8),
        (*world, 40, 4, 4, 8),
        (2022, 276, 156, "850511", "X", 7, "", 1, -1),
    ]
    reading = trade.read(write("few.csv", few(*rows)))
    assert reading.table["value_usd"].sum() == 47
    assert reading.table["tonnes"].sum() == 0.004
    assert reading.rows("part of a total") == 2
    assert reading.account["rows"].sum() == len(rows)
    assert set(reading.table["tonnes_status"]) == {"unknown basis", "missing"}
    assert any("the largest row of each flow is its total" in n for n in reading.notes)


def test_a_full_file_with_one_flow_in_two_sizes_is_refused(write) -> None:
    path = write("a.json", answer(row(primaryValue=50), row(primaryValue=51), row()))
    reading = trade.read(path)
    assert reading.table.empty
    assert reading.rows("duplicate") == 1
    assert "two editions" in reading.refused["expected"][0]


def test_the_site_s_csv_keeps_its_columns_in_place(write) -> None:
    path = write(
        "TradeData.csv",
        site(
            row(partnerDesc="Curaçao", partnerCode=531, netWgt=74, mosCode="0 "),
            row(partnerDesc="Türkiye", partnerCode=792, isNetWgtEstimated="true"),
            row(partnerCode=899, partnerISO="_X ", netWgt=None),
        ),
        encoding="cp1252",
    )
    reading = trade.read(path)
    assert reading.table["exporter"].tolist() == ["CUW", "TUR", "XXX"]
    assert reading.table["tonnes_status"].tolist() == [
        "reported",
        "estimated",
        "missing",
    ]
    assert reading.notes == ["TradeData.csv: read as cp1252"]


def test_one_field_more_than_names_is_refused_not_shifted(write) -> None:
    reading = trade.read(write("TradeData.csv", site(row())[:-1] + "9\n"))
    assert reading.table.empty
    assert reading.refused["column"].tolist() == ["line"]
    assert "not 48" in reading.refused["expected"][0]


def test_the_35_columns_before_2023(write) -> None:
    def legacy(edition: str, year: int, flow: int, partner: int, kg: str, flag: int):
        return (
            f'"{edition}",{year},{year},{year},6,0,{flow},"x",450,"Madagascar","MDG",'
            f'{partner},"x","x",,,,,,,,091099,"Spices",8,"kg",,,{kg},,{kg},,100,,,{flag}'
        )

    rows = [
        legacy("H1", 2000, 2, 0, "7", 0),  # World is there only in early years
        legacy("H1", 2000, 2, 251, "7", 0),
        legacy("H5", 2017, 2, 175, "8", 4),
        legacy("H5", 2017, 1, 175, "", 0),
        legacy("H5", 2017, 3, 175, "8", 0),  # re-exports are exports as well
    ]
    reading = trade.read(write("comtrade.csv", "\n".join([LEGACY, *rows])))
    told = reading.table[["exporter", "importer", "hs_edition", "tonnes_status"]]
    assert sorted(told.itertuples(index=False, name=None)) == [
        ("MDG", "FRA", "HS96", "reported"),
        ("MDG", "MYT", "HS17", "estimated"),
        ("MYT", "MDG", "HS17", "missing"),
    ]
    assert set(reading.table["product"]) == {"091099"}
    assert reading.rows("part of a total") == 1
    assert reading.account["rows"].sum() == 5


def test_a_country_s_trade_with_itself_is_told_apart(write) -> None:
    reading = trade.read(write("a.json", answer(row(reporterCode=156))))
    assert reading.rows("self-import") == 1
    assert reading.table["value_usd"].tolist() == [50]


def test_months_and_years_are_told_apart(write) -> None:
    month = row(freqCode="M", period="202203", refMonth=3)
    table = trade.read(write("a.json", answer(row(), month))).table
    assert table["months"].tolist() == [12, 1]
    assert table["start"].dt.strftime("%Y-%m").tolist() == ["2022-01", "2022-03"]


def test_a_cell_that_means_nothing_is_refused_by_its_row(write) -> None:
    wrong = [
        ("value", {"primaryValue": "1,2,3"}),
        ("value", {"primaryValue": -5}),
        ("value", {"primaryValue": None}),
        ("reporter", {"reporterCode": 4711}),
        ("partner", {"partnerCode": "China"}),
        ("flow", {"flowCode": "Q"}),
        ("period", {"period": "22"}),
        ("product", {"cmdCode": "85051"}),
        ("edition", {"classificationCode": "S4"}),
        ("type", {"typeCode": "S"}),
        ("kg", {"netWgt": "heavy"}),
    ]
    rows = [row(partnerCode=392), *(row(**changed) for _, changed in wrong)]
    reading = trade.read(write("a.json", answer(*rows)))
    assert reading.table["exporter"].tolist() == ["JPN"]
    told = reading.refused[["row", "column"]].values.tolist()
    assert told == [[n, column] for n, (column, _) in enumerate(wrong, start=3)]
    assert (reading.refused["expected"] != "").all()
    assert reading.account["rows"].sum() == len(rows)


def test_a_lost_leading_zero_is_put_back_and_told(write) -> None:
    reading = trade.read(write("a.json", answer(row(cmdCode="91099"))))
    assert reading.table["product"].tolist() == ["091099"]
    assert "91099 is 091099" in reading.notes[0]


def test_imports_and_exports_are_asked_for_where_no_column_says_it(write) -> None:
    text = few((2022, 842, 156, "280530", "", 9, 1, 1, 8)).replace(",flow", "")
    path = write("us.csv", text.replace(",,", ","))
    with pytest.raises(trade.Unreadable, match=r"us.csv.*flow.*import or export"):
        trade.read(path)
    table = trade.read(path, flow="import").table
    assert table[["exporter", "importer"]].values.tolist() == [["CHN", "USA"]]


def test_partners_that_do_not_add_up_to_world_are_told(write) -> None:
    path = write("a.json", answer(row(partnerCode=0, primaryValue=100), row()))
    note = trade.read(path).notes[0]
    assert "do not add up to World in 1 of 1" in note
    assert "50.0% off" in note


def test_an_answer_cut_off_at_500_rows_is_told(write) -> None:
    rows = [row(period=f"{1962 + n // 12}{n % 12 + 1:02d}") for n in range(500)]
    notes = trade.read(write("a.json", answer(*rows))).notes
    assert any("exactly 500 rows" in note for note in notes)


def test_total_of_all_goods_and_the_union_are_aggregates(write) -> None:
    path = write(
        "a.json",
        answer(row(cmdCode="TOTAL"), row(partnerCode=97), row(reporterCode=97), row()),
    )
    reading = trade.read(path)
    assert reading.rows("aggregate") == 3
    assert len(reading.table) == 1


def test_imports_told_fob_say_so(write) -> None:
    told = row(cifvalue=None, fobvalue=50)
    assert trade.read(write("a.json", answer(told))).table["valuation"].item() == "fob"


def test_an_empty_answer_and_an_error_are_not_a_table(write) -> None:
    with pytest.raises(trade.Unreadable, match="no rows"):
        trade.read(write("a.json", answer()))
    told = json.dumps({"data": None, "error": "quota exceeded"})
    with pytest.raises(trade.Unreadable, match="quota exceeded"):
        trade.read(write("b.json", told))


def test_two_halves_of_a_file_are_one_file(write) -> None:
    flow = (2022, 276, 156, "850511", "M")
    rows = [(*flow, v, 1, 1, 8) for v in (40, 39, 38)]
    halves = [write("a.csv", few(*rows[:1])), write("b.csv", few(*rows[1:]))]
    pd.testing.assert_frame_equal(
        trade.read(halves).table, trade.read(write("c.csv", few(*rows))).table
    )
