"""An alert compares a headline value with a number or a word, and runs nothing."""

import pytest

from rareearth.report import WrongCall
from rareearth.report.alerts import fired, lines

VALUES = [
    {"id": "magnets.china_share", "label": "China’s share of magnets", "value": 0.74},
    {"id": "verdict", "label": "verdict", "value": "not"},
    {"id": "mine.hhi", "label": "HHI of mines", "value": None},
]


@pytest.mark.parametrize(
    "alert, said",
    [
        ("", []),
        ("magnets.china_share > 0.7", ["China’s share of magnets: 0.74, above 0.7"]),
        ("magnets.china_share > 0.74", []),
        (
            "magnets.china_share>=0.74",
            ["China’s share of magnets: 0.74, at or above 0.74"],
        ),
        ("magnets.china_share < 1", ["China’s share of magnets: 0.74, below 1"]),
        ("magnets.china_share <= -1.5", []),
        ('verdict == "not"', ["verdict: not, equal to not"]),
        ('verdict != "not"', []),
        ('verdict == "worked or not"', []),
        ("mine.hhi > 0", []),
        (
            'magnets.china_share > 0.8 or verdict != "worked"',
            ["verdict: not, other than worked"],
        ),
    ],
)
def test_an_alert_says_which_line_is_crossed(alert, said):
    assert fired(alert, VALUES) == said


@pytest.mark.parametrize(
    "alert",
    [
        "",
        "verdict",
        "verdict = 'not'",
        "verdict > ",
        'verdict > "a"',
        'verdict == "a\\"b"',
        "0.8 < magnets.china_share",
        "magnets.china_share > 1e9",
        "magnets.china_share > 0.8 and verdict == 1",
        "magnets.china_share > 0.8 or",
        "__import__('os').system('id') > 0",
        'verdict == "a" + "b"',
        "not verdict == 1",
    ],
)
def test_anything_else_is_refused(alert):
    with pytest.raises(WrongCall, match="an alert is like magnets"):
        lines(alert)


@pytest.mark.parametrize(
    "alert, told",
    [
        ("magnet.china_share > 1", "no value 'magnet.china_share'; did you mean 'magn"),
        ("verdict > 1", "verdict is 'not', not like 1"),
        ('magnets.china_share == "a"', "magnets.china_share is 0.74, not like 'a'"),
    ],
)
def test_one_that_could_never_fire_is_refused(alert, told):
    with pytest.raises(WrongCall, match=told):
        fired(alert, VALUES)
