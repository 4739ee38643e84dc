"""Simulated worlds of known truth.

The worlds are calibrated on China's monthly exports of 2018–2024 (UN Comtrade, reporter
156, HS 2017: 280530 metals, 284690 compounds, 850511 magnets; 84 months, logs): by
restricted maximum likelihood with twelve monthly means, as a wandering level with
noise, as a first-order autoregression and as a random walk. A test on the providers'
file estimates these numbers again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rareearth.periods import number


class Calibration(NamedTuple):
    """One series of exports, as three worlds and a season."""

    wander: float
    noise: float
    memory: float
    spread: float
    step: float
    season: tuple[float, ...]


# fmt: off
CHINA = {
    "magnets by value": Calibration(
        0.60, 0.086, 0.94, 0.404, 0.140,
        (0.10, -0.35, -0.02, 0.07, 0.08, 0.05, 0.08, 0.04, 0.03, -0.06, -0.04, 0.03),
    ),
    "compounds by value": Calibration(
        0.35, 0.158, 0.80, 0.386, 0.243,
        (-0.09, -0.11, 0.33, 0.04, 0.03, 0.08, 0.05, 0.09, -0.20, -0.12, -0.03, -0.06),
    ),
    "metals by value": Calibration(
        0.58, 0.255, 0.80, 0.669, 0.420,
        (-0.08, -0.26, 0.15, 0.25, 0.15, -0.01, 0.11, -0.13, -0.05, -0.06, -0.01,
         -0.06),
    ),
    "magnets by weight": Calibration(
        0.05, 0.140, 0.25, 0.179, 0.218,
        (0.16, -0.41, -0.06, -0.01, 0.05, 0.05, 0.07, 0.06, 0.02, -0.03, 0.02, 0.06),
    ),
    "to the USA by weight": Calibration(
        0.07, 0.198, 0.24, 0.241, 0.295,
        (-0.07, -0.34, -0.02, 0.06, 0.12, 0.13, 0.00, 0.10, 0.07, -0.08, -0.05, 0.06),
    ),
}
# fmt: on


def _months(first: str, *more: str) -> tuple[tuple[int, ...], ...]:
    """Months of figures: "2024-04" one, "2024-04:9" nine, "2025-01+" one of two."""
    found: list[tuple[int, ...]] = []
    for text in (first, *more):
        month = number(text[:7])
        if text.endswith("+"):
            found.append((month, month + 1))
        else:
            length = int(text[8:] or 1)
            found.extend((month + step,) for step in range(length))
    return tuple(found)


# The months known of the real series: before the control of April 2025 (China's
# magnets; January and February together), and in the three windows.
BEFORE = {
    "world": _months("2023-07:2", "2023-10", "2024-04:9"),
    "to the USA": _months("2024-05:8"),
    "rare earths": _months(
        "2023-05:2", "2023-08", "2023-10:3", "2024-01+", "2024-03:10"
    ),
    "two full years": _months("2023-04:9", "2024-01+", "2024-03:10"),
}
WINDOWS = {
    "months 0–3": _months("2025-04:4"),
    "months 4–6": _months("2025-08:3"),
    "months 7–12": _months("2025-11:2", "2026-01+", "2026-03"),
}

Draws = np.ndarray


def wandering_level(
    rng: np.random.Generator, draws: int, months: int, wander: float, noise: float
) -> Draws:
    """(draws, months) of noise around a level that takes a random step a month."""
    steps = rng.standard_normal((draws, months)) * noise * np.sqrt(wander)
    return steps.cumsum(axis=1) + noise * rng.standard_normal((draws, months))


def autoregression(
    rng: np.random.Generator, draws: int, months: int, memory: float, spread: float
) -> Draws:
    """(draws, months) of a stationary first-order autoregression."""
    series = rng.standard_normal((draws, months))
    for month in range(1, months):
        series[:, month] *= np.sqrt(1 - memory**2)
        series[:, month] += memory * series[:, month - 1]
    return spread * series


def random_walk(
    rng: np.random.Generator, draws: int, months: int, step: float
) -> Draws:
    """(draws, months) of a random walk."""
    return step * rng.standard_normal((draws, months)).cumsum(axis=1)


def exports(
    rng: np.random.Generator, draws: int, series: str, kind: str, months: range
) -> Draws:
    """(draws, months) of amounts like one of China's series, season included."""
    found = CHINA[series]
    size = draws, len(months)
    if kind == "wandering level":
        logs = wandering_level(rng, *size, found.wander, found.noise)
    elif kind == "autoregression":
        logs = autoregression(rng, *size, found.memory, found.spread)
    else:
        logs = random_walk(rng, *size, found.step)
    return np.exp(logs + np.array([found.season[month % 12] for month in months]))


KINDS = ("wandering level", "autoregression", "random walk")


def observed(
    amounts: Draws, months: range, figures: tuple[tuple[int, ...], ...]
) -> Draws:
    """(draws, figures) of the amount of an average month of each figure."""
    places = [np.array(figure) - months.start for figure in figures]
    return np.stack([amounts[:, place].mean(axis=1) for place in places], axis=1)


def price_path(
    rng: np.random.Generator,
    draws: int,
    months: int,
    memory: float,
    tails: float = np.inf,
    drift: float = 0.0,
) -> Draws:
    """(draws, months) of prices that wander, like KOMIS' month-end quotes.

    Their log changes spread by 0.08 to 0.10 a month, remember 0.2 to 0.4 of the one
    before and have tails like Student's t with five to eight degrees of freedom.
    """
    normal = rng.standard_normal((draws, months + 50))
    heavy = normal
    if np.isfinite(tails):
        heavy = normal / np.sqrt(rng.chisquare(tails, normal.shape) / (tails - 2))
    changes = np.zeros_like(heavy)
    for month in range(1, months + 50):
        changes[:, month] = memory * changes[:, month - 1] + heavy[:, month]
    changes = 0.1 * np.sqrt(1 - memory**2) * changes[:, 50:]
    return 100 * np.exp((drift + changes).cumsum(axis=1))
