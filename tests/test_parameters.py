"""What a notebook may be asked, and what is refused before anything runs."""

import nbformat
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st

from rareearth.report import ROOT, WrongCall
from rareearth.report.choices import ALLOWED
from rareearth.report.parameters import (
    check,
    complete,
    defaults,
    listing,
    located,
    typed,
)
from rareearth.trade import Unreadable

DEFAULTS = {"importer": "USA", "first_year": 1995, "share": 0.5, "real": True}


def written(folder, source, tags=("parameters",)):
    """A notebook whose only cell is ``source``."""
    book = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    book.cells = [cell]
    nbformat.write(book, folder / "x.ipynb")
    return folder / "x.ipynb"


def test_defaults_are_read_with_their_types_and_comments_left_out(tmp_path):
    source = 'importer = "USA"  # ISO3\nshift = -2\nshare = 0.5\nreal = True\nday = ""'
    assert defaults(written(tmp_path, source)) == {
        "importer": "USA",
        "shift": -2,
        "share": 0.5,
        "real": True,
        "day": "",
    }


@pytest.mark.parametrize(
    "source",
    [
        "years = [1995]",
        "year = 1995 + 1",
        "year: int = 1995",
        "a = b = 1",
        "a, b = 1, 2",
        "importer = None",
        "import os",
    ],
)
def test_a_parameter_that_is_not_a_plain_constant_is_refused(tmp_path, source):
    with pytest.raises(WrongCall, match=r"x\.ipynb: a parameter is a line like"):
        defaults(written(tmp_path, source))


def test_a_notebook_without_parameters_is_refused(tmp_path):
    with pytest.raises(WrongCall, match="no cell tagged 'parameters'"):
        defaults(written(tmp_path, "a = 1", tags=()))


def test_what_is_not_given_has_its_default():
    assert complete({"share": 1}, DEFAULTS) == DEFAULTS | {"share": 1.0}


@pytest.mark.parametrize(
    "given, told",
    [
        ({"imorter": "DEU"}, "no parameter 'imorter'; did you mean 'importer'?"),
        ({"importer": 49}, "importer must be text like 'USA', not 49"),
        ({"first_year": "1995"}, "first_year must be a whole number like 1995"),
        ({"first_year": 1995.0}, "first_year must be a whole number like 1995"),
        ({"first_year": True}, "first_year must be a whole number like 1995"),
        ({"share": float("nan")}, "share must be a number like 0.5, not nan"),
        ({"real": 1}, "real must be true or false like True, not 1"),
        ({"importer": ["DEU"]}, "importer must be text like 'USA'"),
    ],
)
def test_a_parameter_of_another_name_or_type_is_refused(given, told):
    with pytest.raises(WrongCall) as error:
        complete(given, DEFAULTS)
    assert told in str(error.value)


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("importer", "010121", "010121"),
        ("importer", "", ""),
        ("importer", "$(date) '\"\n", "$(date) '\"\n"),
        ("first_year", "2024", 2024),
        ("first_year", "-1", -1),
        ("share", "1", 1),
        ("share", "0.25", 0.25),
        ("real", "False", False),
    ],
)
def test_text_of_the_command_line_takes_the_type_of_the_default(name, text, value):
    assert complete(typed({name: text}, DEFAULTS), DEFAULTS)[name] == value


@pytest.mark.parametrize(
    "name, text",
    [
        ("first_year", "2024.5"),
        ("first_year", "2_024"),
        ("first_year", "２０２４"),
        ("share", "nan"),
        ("share", "1e3"),
        ("real", "yes"),
    ],
)
def test_text_that_is_not_of_the_type_is_refused(name, text):
    with pytest.raises(WrongCall, match=f"{name} must be"):
        complete(typed({name: text}, DEFAULTS), DEFAULTS)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_taken_for_text(text):
    assert complete(typed({"importer": text}, DEFAULTS), DEFAULTS)["importer"] == text


@pytest.mark.parametrize(
    "values, told",
    [
        ({"basis": "volume"}, "no basis 'volume'; did you mean 'value'"),
        ({"stage": "magnet"}, "no stage 'magnet'; did you mean 'magnets'"),
        ({"importer": "Germany"}, "did you mean 'DEU' (Germany)? There are 'DEU'"),
        ({"importer": "GER"}, "no importer 'GER'"),
        ({"importer": "WLD"}, "no importer 'WLD'"),
        ({"first_year": 1890}, "no first_year 1890; there are 1995, 1996"),
        ({"last_year": 2095}, "no last_year 2095; there are 2025, 2024"),
        ({"first_year": 2020, "last_year": 2020}, "first_year must be before"),
        ({"as_of": "30 June"}, "as_of must be '' (newest) or a day like 2025-06-30"),
        ({"as_of": "2025-02-30"}, "as_of must be"),
        ({"as_of": "20250630"}, "as_of must be"),
        ({"trade_file": "none.csv"}, "trade_file must be '' (the package's table) or"),
        ({"trade_file": "notebooks"}, "trade_file must be"),
        ({"price_file": "none.csv"}, "price_file must be '' (the package's quotes) or"),
        ({"material": "tungsten"}, "no material 'tungsten'; there are"),
        (
            {"material": "cerium", "market": "Europe"},
            "no market 'Europe'; there are 'FOB China'",
        ),
        ({"since": "2018"}, "no since '2018'; did you mean '20"),
        ({"material": "terbium", "since": "2030-01"}, "no since '2030-01'"),
        ({"base_year": 1913}, "no base_year 1913; there are 1990"),
    ],
)
def test_a_value_that_the_data_do_not_have_is_refused(values, told):
    with pytest.raises(WrongCall) as error:
        check(values, ROOT)
    assert told in str(error.value)


@pytest.mark.parametrize(
    "values",
    [
        {"basis": "weight", "stage": "metals", "importer": "EU27"},
        {"first_year": 1995, "last_year": 2024, "importer": "TWN"},
        {"as_of": "", "trade_file": ""},
        {"material": "terbium", "market": "Europe", "since": "2018-01"},
        {"as_of": "2025-06-30", "last_year": 2025},
        {"color": "what nobody has a rule for"},
    ],
)
def test_a_value_that_the_data_have_is_taken(values):
    check(values, ROOT)


def test_values_are_of_the_type_that_notebooks_use():
    kinds = {type(v) for allowed in ALLOWED.values() for v in allowed({})}
    assert kinds == {str, int, bool}


def test_a_trade_file_is_found_from_wherever_a_kernel_runs(tmp_path):
    assert located({"trade_file": "a.csv"}, tmp_path)["trade_file"] == str(
        tmp_path / "a.csv"
    )
    assert located({"trade_file": "/b/c.csv"}, tmp_path)["trade_file"] == "/b/c.csv"
    assert located({"trade_file": ""}, tmp_path) == {"trade_file": ""}
    assert located({"price_file": "a.csv"}, tmp_path)["price_file"] == str(
        tmp_path / "a.csv"
    )


def test_a_long_list_is_counted_after_its_nearest():
    told = listing("x99", [f"x{n}" for n in range(100)])
    assert told.startswith("did you mean 'x99'?") and told.endswith("and 85 more")


def test_toy_values_are_free(tmp_path):
    root = toy.project(tmp_path)
    check(defaults(root / "notebooks/toy.ipynb"), root)


def test_what_begins_as_was_written_is_nearest():
    told = listing("EU", ["DEU", "EU27", "FRA"], {"EU27": "European Union"})
    assert told.startswith("did you mean 'EU27' (European Union)?")


def test_a_trade_file_without_goods_of_the_chain_is_refused(tmp_path):
    file = tmp_path / "BACI_HS17_Y2022_V202601.csv"
    file.write_text("t,i,j,k,v,q\n2022,156,842,091099,1,1\n")
    values = {"trade_file": str(file), "importer": "USA"}
    with pytest.raises(Unreadable, match=r"which are .*850511; it holds 091099"):
        ALLOWED["importer"](values)
