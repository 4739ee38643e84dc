"""Rules that turn numbers into words."""

import re

import pandas as pd
import pytest

from rareearth.verdicts import (
    CONTROL_RULE,
    FALL,
    FEWEST_AFTER,
    FEWEST_BEFORE,
    RECOVERY_RULE,
    control_verdict,
    recovery_verdict,
)

FELL = {
    "months_before": 8,
    "months_after": 3,
    "p_holm": 0.01,
    "effect_share": -0.5,
    "low_share": -0.7,
    "high_share": -0.2,
    "mde_share": -0.9,
}
ROSE = FELL | {"effect_share": 0.4, "low_share": 0.1, "high_share": 0.8}
STILL = FELL | {
    "p_holm": 0.6,
    "effect_share": -0.05,
    "low_share": -0.29,
    "high_share": 0.3,
}
WIDE = STILL | {"low_share": -0.31}


@pytest.mark.parametrize(
    ("row", "others", "unusable", "expected"),
    [
        (FELL, None, "", "bit"),
        (FELL, FELL, "", "bit"),
        (FELL, STILL, "", "bit"),
        (FELL, ROSE | {"p_holm": 0.2}, "", "bit"),
        (FELL, ROSE, "", "diverted"),
        (FELL, None, "the code mixes in other magnets", "cannot tell"),
        (FELL | {"months_before": 7}, None, "", "cannot tell"),
        (FELL | {"months_after": 2}, None, "", "cannot tell"),
        (FELL | {"p_holm": None}, None, "", "cannot tell"),
        (FELL | {"p_holm": 0.05}, None, "", "cannot tell"),
        (ROSE, None, "", "cannot tell"),
        (STILL, None, "", "no visible effect"),
        (STILL, ROSE, "", "no visible effect"),
        (WIDE, None, "", "cannot tell"),
    ],
)
def test_the_first_rule_that_applies_decides(row, others, unusable, expected):
    beside = None if others is None else pd.Series(others, dtype=float)
    found = control_verdict(
        pd.Series(row, dtype=float), others=beside, unusable=unusable
    )
    assert found.verdict == expected
    assert found.reason


def test_a_low_power_never_overrules_a_rejection():
    powerless = pd.Series(FELL | {"mde_share": -0.99})
    assert control_verdict(powerless).verdict == "bit"


def test_what_is_missing_is_said():
    short = pd.Series(FELL | {"months_before": 7})
    assert control_verdict(short).reason == (
        "7 months are known before the control; 8 are needed"
    )


def test_months_left_aside_are_named_where_months_lack():
    short = pd.Series(FELL | {"months_before": 7})
    assert control_verdict(short, anticipation=2).reason == (
        "7 months are known before the control, the last 2 left aside; 8 are needed"
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.9, 1.4, "restored"),
        (0.9, 0.95, "restored"),
        (0.89, 1.4, "cannot tell"),
        (0.5, 0.99, "partly restored"),
        (0.5, 1.0, "cannot tell"),
        (0.49, 0.9, "cannot tell"),
        (0.1, 0.49, "not restored"),
        (0.1, 0.5, "cannot tell"),
        (float("nan"), float("nan"), "cannot tell"),
    ],
)
def test_the_words_for_a_recovery_follow_its_interval(low, high, expected):
    assert recovery_verdict(low, high) == expected


def test_the_rules_name_every_verdict_and_the_numbers_in_use():
    for word in ("bit", "diverted", "no visible effect", "cannot tell"):
        assert f"`{word}`" in CONTROL_RULE
    for word in ("restored", "partly restored", "not restored", "cannot tell"):
        assert f"`{word}`" in RECOVERY_RULE
    assert f"a fall of {100 * FALL:.0f} % or more" in CONTROL_RULE
    numbers = re.findall(
        r"than\s+(\d+) months before the control or (\d+)", CONTROL_RULE
    )
    assert numbers == [(str(FEWEST_BEFORE), str(FEWEST_AFTER))]
