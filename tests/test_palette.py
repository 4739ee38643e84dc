"""The colours of the figures, seen in grey and by the two common colour-blindnesses."""

import itertools

import numpy as np
import pytest

from rareearth import charts

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
BARS = (charts.CHINA, *charts.RAMP, charts.OTHERS)
PAIRS = [*itertools.combinations(charts.LINES, 2)]


def linear(color: str) -> np.ndarray:
    """Linear RGB of a colour written as #rrggbb."""
    srgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(color: str, vision: str = "normal") -> np.ndarray:
    """CIE L*a*b* (D65) of a colour as it is seen."""
    white = XYZ.sum(axis=1)
    t = XYZ @ np.clip(VISIONS[vision] @ linear(color), 0, 1) / white
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: str, other: str, vision: str) -> float:
    """Distance of two colours in L*a*b*; 2.3 is just noticeable side by side."""
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2, from 1 to 21."""
    dark, light = sorted(float(XYZ[1] @ linear(c)) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_the_measures_give_known_values():
    assert contrast("#000000", "#ffffff") == pytest.approx(21, abs=1e-3)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert lab("#ff0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


@pytest.mark.parametrize("vision", VISIONS)
def test_no_vision_changes_grey(vision):
    assert lab("#808080", vision) == pytest.approx(lab("#808080"), abs=0.05)


@pytest.mark.parametrize(
    ("vision", "green"), [("deuteranopia", "#3a7d00"), ("protanopia", "#4d4400")]
)
def test_a_red_is_taken_for_a_green_by_the_colour_blind(vision, green):
    assert difference("#c00000", green, "normal") > 60
    assert difference("#c00000", green, vision) < 10


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("pair", PAIRS)
def test_two_lines_differ_in_every_vision(pair, vision):
    assert difference(*pair, vision) >= 20


@pytest.mark.parametrize("pair", PAIRS)
def test_two_lines_differ_in_grey(pair):
    assert abs(lab(pair[0])[0] - lab(pair[1])[0]) >= 3


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("pair", [*itertools.combinations(BARS, 2)])
def test_two_parts_of_a_bar_differ_in_every_vision_and_in_grey(pair, vision):
    assert difference(*pair, vision) >= 7
    assert abs(lab(pair[0], vision)[0] - lab(pair[1], vision)[0]) >= 7


@pytest.mark.parametrize("color", [*charts.LINES, charts.CHINA, charts.RAMP[0]])
def test_a_mark_stands_out_from_white(color):
    assert contrast(color, "#ffffff") >= 3


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("#ffffff", charts.CHINA),
        *((charts.INK, color) for color in (*charts.RAMP, charts.OTHERS, "#ffffff")),
        (charts.QUIET, "#ffffff"),
    ],
)
def test_words_can_be_read_on_their_ground(ink, paper):
    assert contrast(ink, paper) >= 4.5


def test_each_line_has_a_marker_of_its_own():
    assert len(set(charts.MARKERS)) == len(charts.LINES)
