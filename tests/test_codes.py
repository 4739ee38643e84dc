"""Countries and goods: codes of providers, the EU as one country, stages."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth import codes, tables
from rareearth.tables import TableError


@pytest.mark.parametrize(
    ("key", "iso3"),
    [
        (490, "TWN"),
        ("Other Asia, nes", "TWN"),
        (842, "USA"),
        (840, "USA"),
        (251, "FRA"),
        (699, "IND"),
        (757, "CHE"),
        (579, "NOR"),
        ("004", "AFG"),
        (58, "BEL"),
        (711, "ZAF"),
        (736, "SDN"),
        (891, "SCG"),
        (810, "SUN"),
        ("Burma", "MMR"),
        ("Viet Nam", "VNM"),
        ("Türkiye", "TUR"),
        ("na", "NAM"),
        ("South Korea", "KOR"),
        ("European Union", "EU27"),
        ("World", "WORLD"),
    ],
)
def test_a_provider_s_code_or_name_is_one_country(key: str | int, iso3: str) -> None:
    assert codes.iso3(key) == iso3


def test_every_country_is_found_by_its_name_and_codes() -> None:
    table = tables.load("countries")
    for column in ("iso3", "iso2", "name", "m49"):
        full = table[table[column].notna()]
        assert codes.iso3_of(full[column]).tolist() == full["iso3"].tolist(), column


def test_no_alias_of_a_country_hides_another_one() -> None:
    plain = tables.load("country_codes")
    assert codes.iso3_of(plain["code"]).tolist() == plain["iso3"].tolist()


def test_an_unknown_country_is_told_with_the_nearest() -> None:
    with pytest.raises(TableError, match=r"'germny' is not known.*germany"):
        codes.iso3("Germny")
    with pytest.raises(TableError, match=r"column who, row 7: .*'atlantis'"):
        codes.iso3_of(pd.Series(["China", "Atlantis"], index=[6, 7], name="who"))


def test_the_eu_is_the_27_members_of_2020() -> None:
    assert len(codes.eu27()) == 27
    assert "GBR" not in codes.eu27()
    assert "HRV" in codes.eu27()


def test_stages_have_their_six_digit_codes() -> None:
    found = {stage: codes.stage_products(stage) for stage in codes.STAGES}
    assert found == {
        "mine": (),
        "compounds": ("284610", "284690"),
        "metals": ("280530",),
        "alloys": ("360690",),
        "magnets": ("850511",),
    }
    for stage, products in found.items():
        assert {codes.stage(p) for p in products} <= {stage}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: codes.stage_products("magnet"), "stage is 'magnet'.*magnets"),
        (lambda: codes.products("HTS"), "system is 'HTS'.*US HTS"),
        (lambda: codes.stage("850512"), "HS code '850512'.*850511"),
        (lambda: codes.name("GER"), "country 'GER'"),
        (lambda: codes.countries("state"), "kind is 'state'"),
    ],
)
def test_a_wrong_word_is_told_with_what_is_allowed(call, message: str) -> None:
    with pytest.raises(TableError, match=message):
        call()


FLOWS = st.lists(
    st.tuples(
        st.sampled_from(["CHN", "DEU", "FRA", "USA", "GBR"]),
        st.sampled_from(["CHN", "DEU", "FRA", "USA", "GBR"]),
        st.integers(1, 10**9),
        st.one_of(st.none(), st.floats(0.001, 1e5)),
    ).filter(lambda f: f[0] != f[1]),
    unique_by=lambda f: f[:2],
    min_size=1,
)


@given(FLOWS)
@settings(deadline=None, max_examples=25)
def test_only_trade_between_members_is_lost_in_the_eu(rows: list[tuple]) -> None:
    flows = pd.DataFrame(rows, columns=["exporter", "importer", "value_usd", "tonnes"])
    flows["tonnes"] = flows["tonnes"].astype(float)
    flows["tonnes_status"] = (
        flows["tonnes"].notna().map({True: "unknown basis", False: "missing"})
    )
    union = codes.extra_eu(flows)
    eu = {"DEU", "FRA"}
    inside = flows["exporter"].isin(eu) & flows["importer"].isin(eu)
    assert union["value_usd"].sum() == flows.loc[~inside, "value_usd"].sum()
    assert union["tonnes"].sum() == pytest.approx(flows.loc[~inside, "tonnes"].sum())
    assert not (union["exporter"] == union["importer"]).any()
    assert not set(union["exporter"]) & eu
    assert not set(union["importer"]) & eu
    assert (union["tonnes"].isna() == (union["tonnes_status"] == "missing")).all()
