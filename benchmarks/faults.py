"""Each fault of ``tests/faults.py`` a hundred times, with fixed seeds.

    python benchmarks/faults.py [--times 100] [--seed 6] ["kernel killed" …]

writes ``benchmarks/faults.md``. A fault that costs a page, or leaves the next run
undone, stops it with what happened. About two hours on two cores: the run that is
killed, and the workers, are started anew each time.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from faults import FAULTS  # noqa: E402

TOP = """# Faults

Made by `python benchmarks/faults.py`{options}: each fault tried on purpose, at random
moments with seed {seed}. After each, every published page was whole, the next run
completed, nothing was executed that came from a parameter, and the log said what
happened; one exception would have stopped the benchmark.

| fault | what came of it | minutes |
| --- | --- | ---: |
"""


def tried(fault: str, times: int, seed: int) -> str:
    """One row of the table."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fault-") as folder:
        Path(folder).chmod(0o755)
        counts = FAULTS[fault](Path(folder), times, random.Random(seed))
    told = ", ".join(f"{what}: {count}" for what, count in counts.items())
    return f"| {fault} | {told} | {(time.monotonic() - begun) / 60:.1f} |\n"


def main() -> None:
    """Try the faults that were asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faults", nargs="*", metavar="fault", help=", ".join(FAULTS))
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=6)
    asked = parser.parse_args()
    options = "" if asked.times == 100 else f" --times {asked.times}"
    text = TOP.format(options=options, seed=asked.seed)
    for fault in asked.faults or FAULTS:
        row = tried(fault, asked.times, asked.seed)
        print(row, end="", flush=True)
        text += row
        if not asked.faults:
            (HERE / "faults.md").write_text(text)


if __name__ == "__main__":
    main()
