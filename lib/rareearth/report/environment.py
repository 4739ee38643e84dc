"""What surrounds a kernel: nothing of the person or machine that runs it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

# Settings of a person, a terminal or a shell that would reach into a kernel.
DROPPED = ("MPLBACKEND", "PYTHONSTARTUP", "PYTHONWARNINGS", "COLUMNS", "LINES")
FIXED = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    # Threads that spin on small matrices cost more than they bring.
    "OPENBLAS_NUM_THREADS": "1",
}


def environment(folder: str) -> dict[str, str]:
    """The environment variables of a kernel that keeps its files in ``folder``."""
    kept = {k: v for k, v in os.environ.items() if k not in DROPPED}
    return kept | FIXED | {"IPYTHONDIR": folder, "MATPLOTLIBRC": _matplotlibrc()}


def _matplotlibrc() -> str:
    """Matplotlib's own settings, which stand before the user's."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.origin is not None
    return str(Path(spec.origin).parent / "mpl-data" / "matplotlibrc")
