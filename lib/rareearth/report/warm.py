"""The process that a run's kernels are forked from, begun before they are asked for."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

from rareearth.report.environment import environment

# Imported where notebooks use the trade table: it reads the table once for all of them.
TABLE = "rareearth.report.traded"
TABLES = "rareearth.report.held"  # the other tables too
MANY = 5  # reports, for which it pays to read what only some of them need


def preload(notebooks: Iterable[Path], count: int = 1) -> list[str]:
    """The modules of this library that all of these notebooks import.

    What only some import, the others would have imported for them.

    Parameters
    ----------
    notebooks : what the kernels will run
    count : of how many reports; for `MANY`, all tables are read beforehand
    """
    common = set.intersection(*(_imported(path) for path in notebooks))
    table = [TABLE] if "rareearth.trade" in common else []
    tables = [TABLES] if count >= MANY and common else []
    return sorted(common) + table + tables


def _imported(path: Path) -> set[str]:
    """The modules of this library that a notebook imports."""
    library = Path(__file__).parents[2]
    found = set()
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    files = {name: library / name.replace(".", "/") for name in found}
    return {
        name
        for name, file in files.items()
        if file.with_suffix(".py").is_file() or (file / "__init__.py").is_file()
    }


@contextmanager
def kernels(notebooks: Iterable[Path], count: int = 1) -> Iterator[None]:
    """Fork the kernels of so many reports, on Linux; elsewhere they start as usual.

    The process is begun at once: it imports while the caller does.
    """
    import warmkernel

    modules = preload(notebooks, count)
    warmkernel.begin(modules, environment(gettempdir()))
    with warmkernel.enabled(modules):
        yield
