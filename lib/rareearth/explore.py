"""The controls of ``explore``: any notebook for any case, in JupyterLab and at once.

Each control is a parameter of the chosen notebook and offers what the data have, by
the same map that reports are checked with; what is shown is what the notebook's own
code shows. Below stand the lines that make a report of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
from IPython.display import display
from markupsafe import escape

from rareearth import codes, words
from rareearth.report import ROOT, Value, Values, WrongCall, catalogue, entry, outputs
from rareearth.report.catalogue import Report
from rareearth.report.choices import ALLOWED
from rareearth.report.live import Live

FIRST, LAST = "first_year", "last_year"
ANYONE = "an importer"  # of whom a notebook's question speaks
FEW = 3  # choices that stand side by side
VIEW = "application/vnd.jupyter.widget-view+json"


def explore(notebook: str = "01-dependency") -> None:
    """Show the controls and what a numbered notebook shows for a case.

    Parameters
    ----------
    notebook : the one to begin with, at its own parameters
    """
    explorer = Explorer(notebook)
    bundle = explorer.box._repr_mimebundle_()
    told = f"{explorer.sentence}\n\nRun this notebook to choose another case."
    data = {"text/plain": told, "text/markdown": told, VIEW: bundle[VIEW]}
    display(data, raw=True)


class Explorer:
    """Controls, what they show, and the lines that make a report of it.

    Attributes
    ----------
    box : all of it, as one widget
    controls : the widget of each parameter that can be chosen
    values : the parameters of what is shown
    sentence : the answer for them
    """

    def __init__(self, notebook: str) -> None:
        paths = catalogue.notebooks(ROOT).items()
        self.notebooks = {name: Live(path) for name, path in paths if name[0].isdigit()}
        asked = [(live.question, name) for name, live in self.notebooks.items()]
        self.question = _dropdown("Question", asked, notebook)
        self.section = _dropdown("Show", (), None)
        self.parameters = widgets.VBox()
        self.answer, self.shown, self.recipe = (widgets.HTML() for _ in range(3))
        self.name, self.title = (
            widgets.Text(description=what, continuous_update=False)
            for what in ("Name", "Title")
        )
        self.save = widgets.Button(description="Add to the catalogue")
        self.saved = widgets.HTML()
        self.known = list(catalogue.reports(ROOT).values())
        self.controls: dict[str, Any] = {}
        self.values: Values = {}
        self.sentence = ""
        self._quiet = False
        self.question.observe(self._on_question, "value")
        self.section.observe(self._on_section, "value")
        self.name.observe(self._on_name, "value")
        self.title.observe(self._on_name, "value")
        self.save.on_click(self._on_save)
        self.box = self._laid_out()
        self._on_question()

    @property
    def live(self) -> Live:
        """The notebook that is looked at."""
        return self.notebooks[self.question.value]

    @property
    def report(self) -> Report:
        """The report that shows the same."""
        name, title = self.name.value.strip(), self.title.value.strip()
        return Report(name, self.live.name, dict(self.values), title)

    def _laid_out(self) -> widgets.Widget:
        """The controls beside what they change, below each other where it is narrow."""
        choose = widgets.VBox([self.section, self.parameters])
        choose.layout = widgets.Layout(flex="1 1 20em", padding="0 1.5em 1em 0")
        see = widgets.VBox([self.answer, self.shown])
        see.layout = widgets.Layout(flex="3 1 30em")
        middle = widgets.HBox([choose, see])
        middle.layout.flex_flow = "row wrap"
        keep = widgets.HBox([self.name, self.title, self.save, self.saved])
        keep.layout.flex_flow = "row wrap"
        self.title.layout.flex = "1 1 30em"
        self.save.layout.width = "auto"
        return widgets.VBox([self.question, middle, self.recipe, keep])

    def _on_question(self, _: Any = None) -> None:
        """Look at another notebook, for the same case but with its own years."""
        before, self.values = self.values, dict(self.live.defaults)
        for name in self.live.defaults:
            if name not in before or name not in ALLOWED or name in (FIRST, LAST):
                continue
            same = self.values | {name: before[name]}
            if before[name] in ALLOWED[name](same):
                self.values = same
        self.controls = {}
        for name in self.live.defaults:
            second = name == LAST and FIRST in self.controls
            if name in ALLOWED and not second:
                self.controls[name] = self._control(name)
        self.parameters.children = list(self.controls.values())
        self._quiet = True
        self.section.options = self.live.sections
        self.section.value = self.live.sections[0]
        self._quiet = False
        self._on_control()

    def _control(self, name: str) -> Any:
        """The widget of a parameter; one for the first and the last year."""
        offered = _offered(name, self.values)
        control: Any
        if name == FIRST and LAST in self.values:
            ends = (self.values[FIRST], self.values[LAST])
            control = widgets.SelectionRangeSlider(options=offered, value=ends)
            control.description, control.continuous_update = "Years", False
        else:
            kind = widgets.ToggleButtons if len(offered) <= FEW else widgets.Dropdown
            known = [value for _, value in offered]
            value = self.values[name] if self.values[name] in known else known[0]
            control = kind(options=offered, value=value)
            if kind is widgets.ToggleButtons:
                control.style.button_width = "auto"
            control.description = name.replace("_", " ").capitalize()
        control.layout.width = "auto"
        control.observe(self._on_control, "value")
        return control

    def _on_control(self, _: Any = None) -> None:
        """Take what was chosen, offer what goes with it, show it."""
        if self._quiet:
            return
        self._quiet = True
        for name, control in self.controls.items():
            offered = _offered(name, self.values)
            if list(control.options) != offered:
                self._offer(control, offered)
            self._take(name, control)
        self._quiet = False
        self._suggest()
        self._on_section()
        self._on_name()

    def _offer(self, control: Any, offered: list[tuple[str, Value]]) -> None:
        """Change the choices; what was chosen stays if it can."""
        before, still = control.value, [value for _, value in offered]
        control.options = offered
        if isinstance(before, tuple):
            inside = [year for year in still if before[0] <= year <= before[1]]
            control.value = (inside[0], inside[-1]) if inside else (still[0], still[-1])
        else:
            control.value = before if before in still else still[0]

    def _take(self, name: str, control: Any) -> None:
        """The value of a control into the case; years are never one and the same."""
        if not isinstance(control.value, tuple):
            self.values[name] = control.value
            return
        first, last = control.value
        if first == last:
            years = [year for _, year in control.options]
            at = max(1, years.index(last))
            first, last = years[at - 1], years[at]
            control.value = (first, last)
        self.values |= {FIRST: first, LAST: last}

    def _on_section(self, _: Any = None) -> None:
        """Show a section and the answer."""
        if self._quiet:
            return
        try:
            shown = self.live.shown(self.section.value, self.values)
            self.shown.value = outputs.styled(map(outputs.html, shown))
            self.sentence = self.live.sentence(self.values)
            told = outputs.text(self.sentence)
            self.answer.value = outputs.styled([f'<div class="answer">{told}</div>'])
        except Exception as error:  # of whatever kind, as a cell would show it
            what = escape(f"{type(error).__name__}: {error}")
            self.shown.value = outputs.styled([f"<p>This cannot be shown. {what}</p>"])

    def _suggest(self) -> None:
        """A name and a title for a report of this case."""
        title, stem = self.live.question, self.live.name.partition("-")[2]
        stem = str(self.values.get("event", stem))
        if iso3 := str(self.values.get("importer", "")):
            stem = f"{codes.name(iso3)} {stem}"
            whose = words.country(iso3)
            asks = ANYONE in title
            title = title.replace(ANYONE, whose) if asks else f"{whose}: {title}"
        if material := str(self.values.get("material", "")):
            stem, title = f"{stem} {material}", f"{material.capitalize()}: {title}"
        if table := str(self.values.get("table", "")):
            stem, title = f"{stem} {table}", f"{table}: {title}"
        self._quiet = True
        self.name.value, self.title.value = slug(stem), title
        self._quiet = False

    def _on_name(self, _: Any = None) -> None:
        """Tell how this view is made a report."""
        if not self._quiet:
            self.saved.value = ""
            same = (self.live.name, self.values)
            known = [r.name for r in self.known if (r.notebook, r.parameters) == same]
            self.recipe.value = recipe(self.report, self.live.defaults, known)

    def _on_save(self, _: Any = None) -> None:
        """Add this view to the catalogue."""
        try:
            entry.add(self.report, ROOT)
        except WrongCall as error:
            self.saved.value = outputs.styled([escape(str(error))])
        else:
            self.known = list(catalogue.reports(ROOT).values())
            self._on_name()
            self.saved.value = outputs.styled(["It is in notebooks/reports.toml."])


def _dropdown(what: str, options: Any, value: Any) -> Any:
    """A drop-down as wide as its column."""
    return widgets.Dropdown(
        description=what, options=options, value=value, layout={"width": "auto"}
    )


def _offered(name: str, values: Values) -> list[tuple[str, Value]]:
    """What a parameter may be for this case, by the names that readers know."""
    allowed = ALLOWED[name](values)
    named = [(label or str(value), value) for value, label in allowed.items()]
    return sorted(named) if any(allowed.values()) and len(named) > FEW else named


def slug(text: str) -> str:
    """A name as reports have it.

    Examples
    --------
    >>> slug("Côte d'Ivoire dependency")
    'cote-d-ivoire-dependency'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))


def recipe(report: Report, defaults: Values, known: Sequence[str]) -> str:
    """How a view is made a report, in HTML.

    Parameters
    ----------
    report : the view
    defaults : the parameters of its notebook
    known : names of reports in the catalogue that show the same
    """
    if known:
        told = f"rareearth report {known[0]}"
        name = f"<p>This is the report <b>{escape(known[0])}</b>:</p>"
        return outputs.styled([name, _pre(told)])
    return outputs.styled(
        [
            "<p>This view as a report, once:</p>",
            _pre(entry.command(report, defaults)),
            "<p>or always, by these lines of <code>notebooks/reports.toml</code>:</p>",
            _pre(entry.lines(report, defaults)),
        ]
    )


def _pre(text: str) -> str:
    """Lines to copy."""
    return f"<pre>{escape(text)}</pre>"
