"""No fault loses a page, stops the next run, or goes untold.

A few of each, with fixed seeds; ``benchmarks/faults.py`` tries each a hundred times.
"""

import random
import tempfile
from pathlib import Path

import pytest
from faults import FAULTS

FEW = {
    "kernel killed": 3,
    "warm process killed": 1,
    "run killed": 2,
    "clock goes back": 5,
    "notebook hangs": 1,
    "parameter hostile": 6,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_no_page_and_the_next_run_completes(fault):
    # not pytest's folder, which only its user may enter
    with tempfile.TemporaryDirectory(prefix="fault-") as folder:
        Path(folder).chmod(0o755)
        counts = FAULTS[fault](Path(folder), FEW.get(fault, 1), random.Random(6))
    assert counts.total() > 0
