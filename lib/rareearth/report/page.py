"""The page of an executed notebook: Markdown, pictures, tables and headline values.

It is made from what the notebook shows, without its code, and twice the same to the
byte. What a page cannot show well (a picture without words, a printed line, an HTML
table) is refused, with its cell.
"""

from __future__ import annotations

import base64
import copy
import json
import re
import shlex
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from nbconvert import MarkdownExporter
from nbformat.v4 import new_markdown_cell

import rareearth
from rareearth import present
from rareearth.report import Unfit, WrongCall, alerts
from rareearth.report.catalogue import NAME, Report

if TYPE_CHECKING:
    from nbformat import NotebookNode

ONLY = "a page takes what present.headline, text, figure, table and sources show"
TEMPLATES = Path(__file__).parent / "templates"
RENDERING = Lock()  # reports are made in threads, and share one exporter


def page(notebook: NotebookNode, report: Report, link: str) -> dict[str, bytes]:
    """The files of a report's page, by name.

    Parameters
    ----------
    notebook : executed, all its cells run
    report : the case it was run for
    link : where the notebook stands, seen from the page

    Returns
    -------
    ``README.md``, ``headline.json`` and a PNG or CSV for each figure and table.

    Raises
    ------
    Unfit
        Where there is not exactly one headline and one list of sources, a figure has
        no name, alt text or table, two files would have one name, or a cell shows
        something else than :mod:`rareearth.present` does, or the report's alert names
        a value that the headline does not have.
    """
    notebook = copy.deepcopy(notebook)
    headline = _only(notebook, present.HEADLINE, "present.headline")
    sources = _only(notebook, present.SOURCES, "present.sources")
    files = _files(notebook)
    question, _, rest = notebook.cells[0].source.partition("\n")
    sentence = headline["sentence"]
    answer, more = _answer(sentence)
    title = report.title or question.removeprefix("#").strip()
    data = {
        "report": report.name,
        "title": title,
        "notebook": report.notebook,
        "parameters": report.parameters,
        "as_of": sources["as_of"],
        "answer": answer.replace("**", ""),
        "sentence": sentence.replace("**", ""),
        "values": headline["values"],
        "tables": sources["tables"],
        "version": rareearth.__version__,
    }
    try:
        said = alerts.fired(report.alert, headline["values"])
    except WrongCall as error:
        raise Unfit(str(error)) from None
    if said:
        data["alerts"] = said
    lines = [f"> **Alert:** {text}" for text in said]
    top = new_markdown_cell(
        "\n\n".join([f"# {title}", answer, *lines, more, rest.strip()])
    )
    foot = new_markdown_cell(_foot(report, data, link))
    cells = [cell for cell in notebook.cells[1:] if not _shows(cell, present.HEADLINE)]
    notebook.cells = [top, *cells, foot]
    files["README.md"] = _markdown(notebook).encode()
    files["headline.json"] = _json(data).encode()
    return dict(sorted(files.items()))


def _answer(sentence: str) -> tuple[str, str]:
    """What a headline says in bold at its start, and the rest; all where none is.

    Examples
    --------
    >>> _answer("**It fell.** By how much is not known.")
    ('**It fell.**', 'By how much is not known.')
    >>> _answer("It fell.")
    ('**It fell.**', '')
    """
    if found := re.fullmatch(r"(\*\*.+?\*\*)\s*(.*)", sentence, re.DOTALL):
        return found[1], found[2]
    return (sentence if "**" in sentence else f"**{sentence}**"), ""


def _only(notebook: NotebookNode, kind: str, made_by: str) -> dict[str, Any]:
    """The data of the one output of a kind."""
    outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
    found = [o.data[kind] for o in outputs if kind in o.get("data", {})]
    if len(found) != 1:
        raise Unfit(f"{made_by} must be shown once, not {len(found)} times")
    return found[0]


def _shows(cell: NotebookNode, kind: str) -> bool:
    """Whether a cell has an output of a kind."""
    return any(kind in output.get("data", {}) for output in cell.get("outputs", []))


def _files(notebook: NotebookNode) -> dict[str, bytes]:
    """Pictures and tables by file name; their outputs learn these names."""
    files: dict[str, bytes] = {}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        for output in cell.outputs:
            where = f"cell ({cell.source.strip().partition(chr(10))[0]})"
            shown = _named(output, where)
            for key, kind in (("png", "image/png"), ("csv", "text/csv")):
                if key not in shown:
                    continue
                if shown[key] in files:
                    raise Unfit(f"{where}: there is a {shown[key]} already")
                text = output.data[kind]
                binary = key == "png"
                files[shown[key]] = base64.b64decode(text) if binary else text.encode()
            output.metadata.page = shown
    return files


def _named(output: NotebookNode, where: str) -> dict[str, str]:
    """The file names and the alt text of one output, or why no page can show it."""
    data = output.get("data", {})
    figure, words = "image/png" in data, "text/markdown" in data
    if output.output_type != "display_data" or "text/html" in data or figure == words:
        shows = output.get("text", "").strip() or ", ".join(data) or output.output_type
        raise Unfit(f"{where} shows {shows!r}; {ONLY}")
    if words and "text/csv" not in data:
        return {}
    about = output.metadata.get("image/png" if figure else "text/csv", {})
    name = about.get("name", "")
    if not NAME.fullmatch(name):
        raise Unfit(f"{where}: the name {name!r} must be a-z, 0-9 and single hyphens")
    if words:
        return {"csv": f"{name}.csv"}
    alt = " ".join(about.get("alt", "").split())
    if not alt:
        raise Unfit(f"{where}: figure {name!r} has no alt text")
    if "text/csv" not in data:
        raise Unfit(f"{where}: figure {name!r} has no table behind it")
    alt = re.sub(r"([\\\[\]])", r"\\\1", alt)
    return {"alt": alt, "png": f"{name}.png", "csv": f"{name}.csv"}


def _markdown(notebook: NotebookNode) -> str:
    """The notebook without its code, through our template."""
    with RENDERING:
        text, _ = _exporter().from_notebook_node(notebook)
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def _exporter() -> MarkdownExporter:
    """The exporter with its templates, which cost more to compile than to use."""
    return MarkdownExporter(
        template_name="page",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=True,
        default_preprocessors=[],  # each copies and checks the notebook, for nothing
    )


def _foot(report: Report, data: dict[str, Any], link: str) -> str:
    """How to make the page again: command, parameters, version, editions."""
    given = [f"- {name} = {_code(value)}" for name, value in data["parameters"].items()]
    tables = [
        f"- `{name}`: {table['edition'] or 'codes'} (sha256 `{table['sha256'][:16]}…`)"
        for name, table in sorted(data["tables"].items())
    ]
    return "\n".join(
        [
            "## How to make this page again",
            "",
            f"```\n{command(report)}\n```",
            "",
            f"It runs [{report.notebook}]({link}) with",
            "",
            *given,
            "",
            f"on rareearth {data['version']} and these tables:",
            "",
            *tables,
        ]
    )


def command(report: Report) -> str:
    """What to type for this report; one of no name in the catalogue goes to DIR."""
    if report.name != report.notebook and not report.swept:
        fetched = report.parameters.get("fetched")
        rest = "--fetched --out DIR" if fetched else "--force"
        return f"rareearth report {report.name} {rest}"
    given = [f"-p {shlex.quote(f'{n}={v}')}" for n, v in report.parameters.items()]
    return " ".join(
        ["rareearth report --notebook", report.notebook, *given, "--out DIR"]
    )


def _code(value: Any) -> str:
    """A value as Markdown code, whatever is in it."""
    text = json.dumps(value, ensure_ascii=False)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{text}{fence}"


def _json(data: dict[str, Any]) -> str:
    """The text of ``headline.json``: stable order, no NaN."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
