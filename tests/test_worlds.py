"""The numbers that the simulated worlds are calibrated on."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import CHINA

from rareearth.prediction import covariance

FOLDER = "comtrade_china_exports_monthly"
SOURCES = {
    "magnets by value": ("hs6_by_bloc", "hs6", 850511, "val"),
    "compounds by value": ("hs6_by_bloc", "hs6", 284690, "val"),
    "metals by value": ("hs6_by_bloc", "hs6", 280530, "val"),
    "magnets by weight": ("hs6_by_bloc", "hs6", 850511, "qty"),
    "to the USA by weight": ("8partners", "partner_name", "USA", "qty"),
}


def fit(logs, shape):
    """Restricted log-likelihood, scale and monthly means under a covariance."""
    season = np.eye(12)[np.arange(len(logs)) % 12]
    root = np.linalg.cholesky(shape)
    white = np.linalg.solve(root, np.column_stack([season, logs]))
    means, _, _, _ = np.linalg.lstsq(white[:, :12], white[:, 12])
    left = white[:, 12] - white[:, :12] @ means
    freedom = len(logs) - 12
    scale = np.sqrt(left @ left / freedom)
    curvature = np.linalg.slogdet(white[:, :12].T @ white[:, :12])[1] / 2
    likelihood = -np.log(np.diag(root)).sum() - curvature - freedom * np.log(scale)
    return likelihood, scale, means - means.mean()


@pytest.mark.realdata
@pytest.mark.parametrize("series", CHINA)
def test_the_worlds_are_those_of_chinas_exports(series):
    file, column, key, value = SOURCES[series]
    path = Path(os.environ["REALDATA"]) / FOLDER
    table = pd.read_csv(path / f"china_ree_exports_monthly_{file}.csv")
    chosen = table[table[column] == key].groupby("period_dt")[value].sum()
    logs = np.log(chosen["2018-01":"2024-12-31"].to_numpy())
    assert len(logs) == 84
    months = tuple((month,) for month in range(84))
    lag = np.abs(np.subtract.outer(np.arange(84), np.arange(84)))
    wander = 10 ** np.arange(-1.5, 0, 0.04)
    fits = [fit(logs, covariance(months, value)) for value in wander]
    best = int(np.argmax([found[0] for found in fits]))
    known = CHINA[series]
    assert known.wander == pytest.approx(wander[best], rel=0.15)
    assert known.noise == pytest.approx(fits[best][1], abs=0.003)
    np.testing.assert_allclose(known.season, fits[best][2], atol=0.01)
    memory = np.arange(0.2, 1, 0.02)
    fits = [fit(logs, value**lag) for value in memory]
    best = int(np.argmax([found[0] for found in fits]))
    assert known.memory == pytest.approx(memory[best], abs=0.021)
    assert known.spread == pytest.approx(fits[best][1], abs=0.04)
    assert known.step == pytest.approx(
        fit(logs, covariance(months, np.inf))[1], abs=0.002
    )
