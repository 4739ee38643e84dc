"""A page says what its notebook shows, in the right order, and refuses the rest."""

import copy
import json
import shlex

import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from nbformat.v4 import new_output

from rareearth import __version__, present
from rareearth.report import Unfit, kernel
from rareearth.report.catalogue import Report, asked
from rareearth.report.page import command, page

LINK = "../../notebooks/toy.ipynb"
TITLE = "How large is the red toy?"
README = f"""# {TITLE}

**In 2024 the red toy is 2 large.**

It has to fit into a box.

![a bar \\[of\\] 2](bar.png)

[Table behind the figure (CSV)](bar.csv)

| color |
| --- |
| red |

[This table (CSV)](colors.csv)

The code is `010121`.

## What this does not show

The box.

## Sources

- a box

## How to make this page again

```
rareearth report red-toy --force
```

It runs [toy]({LINK}) with

- color = `"red"`
- size = `2`
- code = `"010121"`

on rareearth {__version__} and these tables:

- `countries`: codes (sha256 `1111111111111111…`)
- `products`: HS 2022 (sha256 `0000000000000000…`)
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The toy notebook after a run."""
    root = toy.project(tmp_path_factory.mktemp("project"))
    return kernel.executed(root / "notebooks/toy.ipynb", {})


@pytest.fixture
def red():
    values = {"color": "red", "size": 2, "code": "010121"}
    return Report("red-toy", "toy", values, TITLE)


def outputs(notebook, name):
    """The outputs of one cell."""
    return next(cell for cell in notebook.cells if cell.id == name).outputs


def test_a_page_starts_with_question_and_answer_and_ends_with_how_to_make_it(
    shown, red
):
    assert page(shown, red, LINK)["README.md"].decode() == README


def test_a_page_has_its_pictures_and_the_table_behind_each(shown, red):
    files = page(shown, red, LINK)
    names = ["README.md", "bar.csv", "bar.png", "colors.csv", "headline.json"]
    assert list(files) == names
    assert files["bar.png"].startswith(b"\x89PNG")
    assert files["bar.csv"] == b"color,size\nred,2\n"
    assert files["colors.csv"] == b"color\nred\n"


def test_headline_json_is_what_other_programs_read(shown, red):
    text = page(shown, red, LINK)["headline.json"].decode()
    data = json.loads(text)
    assert list(data) == [
        "report",
        "title",
        "notebook",
        "parameters",
        "as_of",
        "answer",
        "sentence",
        "values",
        "tables",
        "version",
    ]
    assert data["report"] == "red-toy" and data["title"] == TITLE
    assert data["notebook"] == "toy" and data["as_of"] == ""
    assert data["parameters"] == {"color": "red", "size": 2, "code": "010121"}
    assert data["sentence"] == "In 2024 the red toy is 2 large."
    assert data["values"] == [present.value("size", "Size", 2 / 3, "share", 2024)]
    assert data["values"][0]["value"] == 0.6667
    assert data["tables"] == toy.TABLES
    assert text.startswith('{\n  "report"') and text.endswith("}\n")


def test_the_same_notebook_gives_the_same_bytes_and_is_left_as_it_was(shown, red):
    before = copy.deepcopy(shown)
    assert page(shown, red, LINK) == page(shown, red, LINK)
    assert shown == before


def test_without_a_title_the_question_of_the_notebook_stands_there(shown):
    files = page(shown, Report("toy", "toy", {}), LINK)
    assert files["README.md"].startswith(b"# How large is a toy?\n")
    assert json.loads(files["headline.json"])["title"] == "How large is a toy?"


def test_what_is_bold_in_an_answer_is_bold_in_the_page_alone(shown, red):
    book = copy.deepcopy(shown)
    (output,) = outputs(book, "headline")
    output.data[present.HEADLINE]["sentence"] = "**The answer.** More of it."
    files = page(book, red, LINK)
    assert b"\n\n**The answer.**\n\nMore of it.\n\n" in files["README.md"]
    headline = json.loads(files["headline.json"])
    assert headline["answer"] == "The answer."
    assert headline["sentence"] == "The answer. More of it."


def test_alt_text_says_the_same_in_the_page(shown, red):
    book = copy.deepcopy(shown)
    alt = "a [bar](x) of \\[2]\nand \\ more"
    outputs(book, "figure")[0].metadata["image/png"]["alt"] = alt
    text = page(book, red, LINK)["README.md"].decode()
    inline = [t for t in MarkdownIt().parse(text) if t.type == "inline"]
    (image,) = [c for t in inline for c in t.children if c.type == "image"]
    assert "".join(c.content for c in image.children) == " ".join(alt.split())


def without(*path):
    """A change that drops a key of an output."""

    def change(cell):
        *parents, last = path
        data = cell[0]
        for key in parents:
            data = data[key]
        del data[last]

    return change


def with_name(kind, name):
    """A change that gives a file another name."""
    return lambda cell: cell[0].metadata[kind].update(name=name)


UNFIT = [
    ("headline", list.clear, "present.headline must be shown once, not 0 times"),
    ("headline", lambda o: o.append(o[0]), "must be shown once, not 2 times"),
    ("sources", list.clear, "present.sources must be shown once, not 0 times"),
    ("figure", without("metadata", "image/png", "alt"), "figure 'bar' has no alt text"),
    ("figure", without("metadata", "image/png"), "the name '' must be a-z"),
    ("figure", without("data", "text/csv"), "figure 'bar' has no table behind it"),
    ("figure", with_name("image/png", "../bar"), "the name '../bar' must be a-z"),
    ("figure", with_name("image/png", ""), "the name '' must be a-z"),
    ("figure", with_name("image/png", "colors"), "there is a colors.csv already"),
    ("table", with_name("text/csv", "bar"), "there is a bar.csv already"),
    ("table", with_name("text/csv", "a/b"), "the name 'a/b' must be a-z"),
    (
        "code",
        lambda o: o.append(new_output("stream", text="done\n")),
        "cell (present.text(f'The code is `{code}`.')) shows 'done'; a",
    ),
    (
        "code",
        lambda o: o.append(new_output("stream", name="stderr", text="warning")),
        "shows 'warning'; a page takes what present.",
    ),
    (
        "code",
        lambda o: o.append(new_output("display_data", {"text/html": "<b>"})),
        "shows 'text/html'; a page takes what present.",
    ),
    (
        "code",
        lambda o: o.append(new_output("display_data", {"image/svg+xml": "<svg>"})),
        "shows 'image/svg+xml'; a page takes what present.",
    ),
    (
        "code",
        lambda o: o.append(new_output("execute_result", {"text/plain": "42"})),
        "shows 'text/plain'; a page takes what present.",
    ),
]


@pytest.mark.parametrize("cell, change, told", UNFIT)
def test_what_no_page_can_show_is_refused(shown, red, cell, change, told):
    book = copy.deepcopy(shown)
    change(outputs(book, cell))
    with pytest.raises(Unfit) as error:
        page(book, red, LINK)
    assert told in str(error.value)


def test_a_number_that_is_none_is_refused(shown, red):
    book = copy.deepcopy(shown)
    values = outputs(book, "headline")[0].data[present.HEADLINE]["values"]
    values[0]["value"] = float("nan")
    with pytest.raises(ValueError, match="not JSON compliant"):
        page(book, red, LINK)


@settings(deadline=None, max_examples=50)
@given(color=st.text(), size=st.integers())
def test_the_command_in_a_page_asks_for_that_page_again(tmp_path_factory, color, size):
    root = toy.project(tmp_path_factory.mktemp("x"))
    report = Report("toy", "toy", {"color": color, "size": size, "code": "007"})
    words = shlex.split(command(report))
    given = dict(w.split("=", 1) for w in words if "=" in w)
    assert words[:4] == ["rareearth", "report", "--notebook", "toy"]
    assert asked(root, "toy", given) == report


@settings(deadline=None, max_examples=50)
@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_parameter_is_shown_as_it_is_and_nothing_else(shown, text):
    report = Report("toy", "toy", {"color": text})
    readme = page(shown, report, LINK)["README.md"].decode()
    foot = readme[readme.index("## How to make") :]
    inline = [t for t in MarkdownIt().parse(foot) if t.type == "inline"]
    (line,) = [t for t in inline if t.content.startswith("color = ")]
    assert [c.type for c in line.children] == ["text", "code_inline"]
    assert json.loads(line.children[1].content) == text
