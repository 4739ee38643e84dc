"""What a notebook shows carries its words and its data, or is refused."""

import json

import pandas as pd
import pytest

from rareearth import charts, present, tables


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(
        present, "_show", lambda data, metadata=None: outputs.append((data, metadata))
    )
    return outputs


def bar(title="A title", source="Source: here", xlabel="share (%)"):
    data = pd.DataFrame(
        {"label": ["a"], "amount": [1.0], "words": ["1"], "kind": ["solid"]}
    )
    return charts.bars(data, title=title, source=source, xlabel=xlabel), data


def test_a_figure_carries_its_words_and_its_table(shown):
    ax, data = bar()
    present.figure(ax, name="one", alt="One bar of 1.", data=data)
    [(output, metadata)] = shown
    assert output["text/plain"] == "One bar of 1."
    assert output["text/csv"].splitlines() == ["label,amount,words,kind", "a,1,1,solid"]
    assert metadata["image/png"] == {"alt": "One bar of 1.", "name": "one"}


@pytest.mark.parametrize(
    ("drawn", "alt", "said"),
    [
        ({"title": ""}, "One bar of 1.", "no title"),
        ({"source": ""}, "One bar of 1.", "no source line"),
        ({"xlabel": "share"}, "One bar of 1.", "unit"),
        ({}, "A bar.", "no number"),
    ],
)
def test_a_figure_that_a_reader_cannot_use_is_refused(shown, drawn, alt, said):
    ax, data = bar(**drawn)
    with pytest.raises(ValueError, match=said):
        present.figure(ax, name="one", alt=alt, data=data)
    charts.close(ax)
    assert shown == []


def test_two_drawings_of_one_figure_are_the_same_bytes(shown):
    for _ in range(2):
        ax, data = bar()
        present.figure(ax, name="one", alt="One bar of 1.", data=data)
    assert shown[0] == shown[1]


def test_a_headline_value_is_rounded_and_never_nan():
    made = present.value("a", "A", 0.123456, "share", 2024, low=float("nan"))
    assert (made["value"], made["low"]) == (0.1235, None)
    assert present.value("a", "A", 12.6, "USD", 2024)["value"] == 13


def test_a_value_that_stands_twice_is_refused(shown):
    one = present.value("a", "A", 1.0, "share", 2024)
    with pytest.raises(ValueError, match="twice: a"):
        present.headline("One.", [one, one])


def test_a_headline_is_strict_json(shown):
    present.headline("One.", [present.value("a", "A", None, "share", None)])
    [(output, _)] = shown
    assert json.loads(json.dumps(output[present.HEADLINE]))["sentence"] == "One."


def test_a_file_of_ones_own_takes_the_place_of_the_trade_table(shown, tmp_path):
    file = tmp_path / "mine.csv"
    tables.load("trade").head(3).to_csv(file, index=False)
    present.sources("trade", "production", trade_file=str(file))
    [(output, _)] = shown
    assert output[present.SOURCES]["tables"]["trade"]["edition"] == "mine.csv"
    assert "mine.csv" in output["text/markdown"]
    assert "3 rows read" in output["text/markdown"]
    assert "CEPII" not in output["text/markdown"]


def test_quotes_of_ones_own_are_named_with_their_mapping_and_hashes(shown, tmp_path):
    (tmp_path / "mine.csv").write_text("day,price\n2025-01-31,1\n2025-02-28,2\n")
    (tmp_path / "mine.toml").write_text(
        'source = "Magnet Works"\n[date]\ncolumn = "day"\n[material]\nvalue = "Nd"\n'
        '[price]\ncolumn = "price"\nunit = "USD/kg"\n[vat]\nvalue = "excluded"\n'
    )
    file = str(tmp_path / "mine.csv")
    present.sources("prices_monthly", "price_quotes", "cpi", price_file=file)
    [(output, _)] = shown
    used = output[present.SOURCES]["tables"]
    assert set(used) == {"cpi", "price_file", "price_mapping"}
    told = output["text/markdown"]
    for name in ("file", "mapping"):
        digest = used[f"price_{name}"]["sha256"]
        assert f"{used[f'price_{name}']['edition']} (sha256 {digest[:16]}…)" in told
    assert "Magnet Works; 2 rows read" in told
    assert "KOMIS" not in told
