"""A toy project: the library and data of this one, notebooks that run in no time."""

import base64
import json
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from rareearth.report import ROOT

# One grey pixel.
PNG = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
        "0000000a49444154789c6368000000820081dd436af40000000049454e44ae426082"
    )
).decode()

QUESTION = "# How large is a toy?\n\nIt has to fit into a box."
PARAMETERS = 'color = "red"  # of the toy\nsize = 2\ncode = "010121"'
TABLES = {
    "products": {"edition": "HS 2022", "sha256": "0" * 64},
    "countries": {"edition": "", "sha256": "1" * 64},
}
SOURCES = {"as_of": "", "tables": TABLES}

CELLS = {
    "imports": "import os\n\nfrom IPython.display import display\n\n"
    "from rareearth import present",
    "headline": 'value = present.value("size", "Size", size / 3, "share", 2024)\n'
    'present.headline(f"In 2024 the {color} toy is {size} large.", [value])',
    "figure": f"""display(
    {{
        "image/png": "{PNG}",
        "text/plain": "a bar of 2",
        "text/csv": "color,size\\nred,2\\n",
    }},
    raw=True,
    metadata={{"image/png": {{"alt": "a bar [of] 2", "name": "bar"}}}},
)""",
    "table": """display(
    {
        "text/markdown": "| color |\\n| --- |\\n| red |",
        "text/plain": "red",
        "text/csv": "color\\nred\\n",
    },
    raw=True,
    metadata={"text/csv": {"name": "colors"}},
)""",
    "code": "present.text(f'The code is `{code}`.')",
    "sources": f"""display(
    {{
        "text/markdown": "## Sources\\n\\n- a box",
        "text/plain": "a box",
        present.SOURCES: {SOURCES!r},
    }},
    raw=True,
)""",
}


def notebook(**changes: str):
    """A toy notebook as its author writes it, with some cells changed or added."""
    cells = [
        new_markdown_cell(QUESTION, id="question"),
        new_code_cell(PARAMETERS, id="parameters", metadata={"tags": ["parameters"]}),
    ]
    for name, source in (CELLS | changes).items():
        tags = {"tags": ["headline"]} if name == "headline" else {}
        if name == "sources":
            text = "## What this does not show\n\nThe box."
            cells.append(new_markdown_cell(text, id="limits"))
        cells.append(new_code_cell(source, id=name, metadata=tags))
    order = [c for c in cells if c.id not in ("limits", "sources")]
    order += [c for c in cells if c.id in ("limits", "sources")]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=order, metadata={"kernelspec": kernel})


def project(folder: Path, catalogue: str = "", **notebooks) -> Path:
    """A project with this library and data and the given notebooks and catalogue."""
    (folder / "notebooks").mkdir()
    for name in ("lib", "data", "requirements.lock"):
        (folder / name).symlink_to(ROOT / name)
    for name, content in ({"toy": notebook()} | notebooks).items():
        nbformat.write(content, folder / "notebooks" / f"{name}.ipynb")
    (folder / "notebooks/reports.toml").write_text(catalogue)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    """The files of a page, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def log(root: Path) -> list[dict]:
    """The run log of a project."""
    lines = (root / ".rareearth/log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]
