"""The list of reports, and who depends on whom at a glance."""

import pytest

from rareearth.report.gallery import by_stage


def headline(importer, **shares):
    """A headline of 01-dependency: shares by stage, or share and dollars."""
    values = []
    for stage, (share, usd) in shares.items():
        values.append({"id": f"{stage}.china_share", "value": share, "year": 2024})
        values.append({"id": f"{stage}.total_usd", "value": usd, "year": 2024})
    name = f"{importer.lower()}-dependency"
    return {"report": name, "parameters": {"importer": importer}, "values": values}


def row(text, name):
    """The cells of one importer."""
    (line,) = [line for line in text.splitlines() if f"[{name}]" in line]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_importers_stand_in_the_order_of_their_dependency():
    text = by_stage(
        [
            headline("KOR", magnets=(0.85, 6e8)),
            headline("USA", magnets=(0.71, 8e8)),
            headline("JPN", magnets=(0.90, 4e8)),
            headline("DEU", metals=(0.9, 6e6)),
        ]
    )
    lines = text.splitlines()
    assert lines[0] == "| importer | magnets | metals | compounds | mine |"
    names = ["Japan", "South Korea", "United States", "Germany"]
    assert [name in line for name, line in zip(names, lines[2:], strict=True)] == (
        [True] * 4
    )


@pytest.mark.parametrize(
    "share, usd, shown",
    [
        (0.5249, 39.4e6, "52 % (2024)"),
        (0.5249, 1.0e6, "52 % (2024), thin"),
        (0.001, 1e9, "under 1 % (2024)"),
        (0.0, 1e9, "0 % (2024)"),
        (None, 1e9, "–"),
        (0.5, None, "50 % (2024)"),
    ],
)
def test_a_share_says_its_year_and_whether_it_is_thin(share, usd, shown):
    text = by_stage([headline("CAN", magnets=(share, usd))])
    assert row(text, "Canada") == [
        "[Canada](can-dependency/README.md)",
        shown,
        "–",
        "–",
        "–",
    ]
