"""The site is made of the committed pages alone, stands alone, or is not made."""

import base64
import hashlib
import html as html_lib
import io
import json
import re
import shutil
import xml.etree.ElementTree as ET

import click.testing
import pages
import pytest
from PIL import Image

from rareearth.report import WrongCall, feed, links, markdown, site, webpage
from rareearth.report.links import Broken, Links

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A project that the tests only read."""
    return pages.project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def project(sample, tmp_path):
    """A project of the test's own."""
    return shutil.copytree(sample, tmp_path / "project")


@pytest.fixture(scope="module")
def files(sample):
    """The site of the sample, by name."""
    return site.site(sample, repository="https://example.org/rare-earths")


@pytest.fixture(scope="module")
def html(files):
    """One of its reports."""
    return text(files, "canada-dependency.html")


def text(files, name):
    """A page as a browser reads its attributes."""
    return html_lib.unescape(files[name].decode()).replace("\u00a0", " ")


def readme(project, old, new):
    """Change a committed page."""
    file = project / "reports/canada-dependency/README.md"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_there_is_a_page_for_each_report_a_list_and_a_feed(files):
    assert {"index.html", "canada-dependency.html", "chile-dependency.html"} < {*files}
    assert "feed.xml" in files and "01-dependency.ipynb" in "".join(files)


def test_a_second_build_is_the_same_to_the_byte(sample, files):
    assert site.site(sample, repository="https://example.org/rare-earths") == files


def test_a_page_holds_its_pictures_and_tables(sample, html):
    folder = sample / "reports/canada-dependency"
    assert links.data_uri((folder / "ladder.png").read_bytes(), "image/png") in html
    for name in ("ladder.csv", "suppliers.csv"):
        held = re.search(f'href="data:text/csv[^,]*,([^"]*)" download="{name}"', html)
        assert base64.b64decode(held[1]) == (folder / name).read_bytes()


def test_a_page_asks_the_network_for_nothing(files):
    for name in files:
        if name.endswith(".html"):
            page = text(files, name)
            policy = re.search('Security-Policy" content="([^"]*)"', page)[1]
            assert policy.startswith("default-src 'none'")
            assert not re.search(r'(src|srcset)="(?!data:|[\w-]+\.png")', page)
            assert "@import" not in page and "url(" not in page


def test_a_page_needs_no_script_and_the_lists_script_is_the_one_allowed(files, html):
    assert "<script" not in html and "script-src 'none'" in html
    index = text(files, "index.html")
    script = re.search("<script>(.*)</script>", index, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in index


def test_a_page_begins_with_its_answer(html):
    assert html.count("<h1") == 1
    opening = html[html.index("<h1") : html.index("<h2")]
    assert (
        "<strong>In 2024 China supplied 52 % of Canada’s magnets.</strong>" in opening
    )
    assert "Figures to 2024 · BACI V202601" in opening


def test_a_figure_has_its_words_and_its_table_on_request(html):
    details = re.search("<figcaption>(.*)</figcaption>", html, re.DOTALL)[1]
    assert "China [sample] 52 % of the magnets" in details
    assert '<th scope="col" class="number">share</th>' in details
    assert details.count("<tr>") == 1 + 6
    assert 'alt="One bar for each of 3 stages; China [sample]' in html


def test_a_long_table_ends_and_says_so(project):
    rows = "\n".join(f"x,{i}" for i in range(1000))
    file = project / "reports/canada-dependency/ladder.csv"
    file.write_text(f"label,share\n{rows}\n")
    html = site.site(project)["canada-dependency.html"].decode()
    assert f"{1000 - webpage.ROWS} more rows are in the CSV" in html
    assert "<td>x</td>" in html and html.count("<td>x</td>") == webpage.ROWS


@pytest.mark.parametrize("more", [0, 1])
def test_a_list_too_long_for_a_telephone_opens_on_request(project, more):
    file, count = project / "reports/canada-dependency/README.md", markdown.LONG + more
    lines = "\n".join(f"- https://example.org/{i}" for i in range(count))
    file.write_text(f"{file.read_text('utf-8')}\n## More sources\n\n{lines}\n")
    html = site.site(project)["canada-dependency.html"].decode()
    assert html.count("https://example.org/") == 2 * count
    assert (f"<summary>All {count}</summary>\n<ul>" in html) == bool(more)


def test_formulas_are_mathml_and_sums_of_money_are_not(html):
    assert html.count("<math") == 2 and 'display="block"' in html
    assert "Prices of 5 $ or 10 $ are no formula." in html


def test_reports_on_one_question_lead_to_each_other(files):
    first, last = (files[f"{n}-dependency.html"].decode() for n in ("canada", "chile"))
    assert 'rel="next" href="chile-dependency.html"' in first
    assert 'rel="prev" href="canada-dependency.html"' in last
    assert 'rel="prev" href' not in first and 'rel="next" href' not in last


def test_a_page_leads_to_its_notebook_here_and_on_binder(files, html, sample):
    name = "notebooks-01-dependency.ipynb"
    assert f'href="{name}" download="01-dependency.ipynb"' in html
    assert files[name] == (sample / "notebooks/01-dependency.ipynb").read_bytes()
    assert "https://mybinder.org/v2/git/https%3A%2F%2Fexample.org%2Frare-earths" in html


def test_without_a_repository_no_page_speaks_of_binder(sample):
    assert not [n for n, c in site.site(sample).items() if b"inder.org" in c]


def test_the_list_has_small_pictures(files):
    with Image.open(io.BytesIO(files["canada-dependency.png"])) as picture:
        assert picture.width == webpage.THUMBNAIL
    assert len(files["canada-dependency.png"]) < 20_000
    assert '<img src="canada-dependency.png" alt=""' in files["index.html"].decode()


def test_the_list_shows_each_question_once_with_its_reports(files):
    index = files["index.html"].decode()
    assert index.count(pages.QUESTION) == 1
    assert index.index(pages.QUESTION) < index.index("How dependent is Canada?")
    assert '<a href="chile-dependency.html">Chile</a>' in index  # in the table too


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("(ladder.png)", "(lader.png)", "line 11, there is no file lader.png"),
        ("(ladder.csv)", "(../x.csv)", "line 13, there is no file ../x.csv"),
        ("suppliers.csv", "none.csv", "line 21, there is no file none.csv"),
        ("../chile-dependency/", "../peru/", "line 15, there is no file ../peru"),
        ("README.md#sources", "README.md#nowhere", "no heading is at .*#nowhere"),
        ("01-dependency.ipynb", "1.ipynb", "line 41, there is no file .*1.ipynb"),
        ("../../notebooks/01", "../../../etc/01", "line 41, .* outside the project"),
        ("[Table behind the figure (CSV)](ladder.csv)", "",
         "line 11, after ladder.png must come the link to its table"),
        ("One bar for each of 3 stages; China \\[sample\\] 52 % of the magnets.", "",
         "line 11, ladder.png has no alt text"),
        ("# How dependent is Canada?", "How?", "line 1, .* '# title'"),
        ("## Sources", "# Sources", "line 1, .* only '# title'"),
        (r"\sum_i", r"\summm_i", r"line 23, the formula .* is not understood"),
    ],
)  # fmt: skip
def test_a_page_that_leads_nowhere_stops_the_build(project, old, new, why):
    readme(project, old, new)
    with pytest.raises(Broken, match=rf"canada-dependency.*{why}"):
        site.site(project)


def test_a_picture_that_is_none_stops_the_build(project):
    (project / "reports/canada-dependency/ladder.png").write_text("no picture")
    with pytest.raises(
        Broken, match=r"canada-dependency/README.md, line 11, figure 1 is not a picture"
    ):
        site.site(project)


@pytest.mark.parametrize("name", ["README.md", "headline.json"])
def test_half_a_page_stops_the_build(project, name):
    (project / "reports/chile-dependency" / name).unlink()
    with pytest.raises(Broken, match=r"chile-dependency"):
        site.site(project)


def test_raw_html_is_shown_and_not_obeyed(project):
    readme(project, "Read it from", "<script>alert(1)</script> [x](javascript:y) from")
    html = site.site(project)["canada-dependency.html"].decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html and 'href="javascript' not in html


def test_without_reports_there_is_no_site(project):
    (project / "reports/README.md").write_text("# Reports\n\n## None yet\n")
    with pytest.raises(Broken, match="lists no report"):
        site.site(project)
    (project / "reports/README.md").unlink()
    with pytest.raises(Broken, match="make the reports first"):
        site.site(project)


CHANGES = """# Changes

## MCS 2026 v1.3, 2026-05-27

- [Canada](canada-dependency/README.md): China’s share of magnets 0.50 → 0.52, because
  `trade` went from V202501 to V202601.

## The edition before

- Nothing moved.

## 2025-01-31

- The first reports.
"""


def test_without_changes_the_feed_is_of_the_reports(files):
    root = ET.fromstring(files["feed.xml"])
    entries = root.findall("a:entry", ATOM)
    titles = [entry.findtext("a:title", namespaces=ATOM) for entry in entries]
    assert titles == ["How dependent is Canada?", "How dependent is Chile?"]
    assert root.findtext("a:updated", namespaces=ATOM) == "2024-12-31T00:00:00Z"


def test_changes_are_the_feed_and_the_newest_stands_on_top_of_the_list(project):
    (project / "reports/CHANGES.md").write_text(CHANGES)
    files = site.site(project, url="https://example.org/site/")
    root = ET.fromstring(files["feed.xml"])
    entries = root.findall("a:entry", ATOM)
    updated = [e.findtext("a:updated", namespaces=ATOM)[:10] for e in entries]
    assert updated == ["2026-05-27", "2025-01-31", "2025-01-31"]
    assert len({e.findtext("a:id", namespaces=ATOM) for e in entries}) == 3
    content = entries[0].findtext("a:content", namespaces=ATOM)
    assert 'href="canada-dependency.html"' in content
    base = root.find("a:link[@rel='self']", ATOM).get("href")
    assert base == "https://example.org/site/feed.xml"
    index = files["index.html"].decode()
    assert index.index("What changed: MCS 2026 v1.3") < index.index(pages.QUESTION)
    assert "The first reports." not in index
    assert "The first reports." in files["changes.html"].decode()


def test_a_dead_link_in_the_changes_stops_the_build(project):
    (project / "reports/CHANGES.md").write_text("## 2026\n\n- [x](peru/README.md)\n")
    with pytest.raises(Broken, match=r"CHANGES.md, line 3, there is no file peru"):
        site.site(project)


def test_a_change_without_any_date_has_that_of_the_data():
    page = webpage.Webpage(*["x"] * 7, until="2024", sections=[], thumbnail=None)
    change = feed.Change("V202601", "", webpage.Markup("<p>moved</p>"))
    text = feed.feed([change], [page], "")
    assert text.count("<updated>2024-12-31T00:00:00Z</updated>") == 2


@pytest.mark.parametrize(
    ("remote", "web"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b"),
        ("https://x-access-token:s3cret@github.com/a/b", "https://github.com/a/b"),
        ("ssh://git@example.org:2222/a/b.git", "https://example.org/a/b"),
        ("../main", ""),
        ("C:/code/b", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_repository_has_no_secret_and_no_folder(remote, web):
    assert site.address(remote) == web


def test_a_site_replaces_a_site_whole_and_nothing_else(tmp_path, files):
    out = tmp_path / "out"
    site.write(out, files | {"gone.html": b""})
    site.write(out, files)
    assert {path.name for path in out.iterdir()} == {*files}
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("x")
    with pytest.raises(WrongCall, match=r"thesis\.tex"):
        site.write(mine, files)
    assert (mine / "thesis.tex").exists()


def test_the_command_leaves_the_last_site_where_a_page_is_broken(
    project, tmp_path, monkeypatch
):
    monkeypatch.setattr(site, "ROOT", project)
    run = click.testing.CliRunner().invoke
    out = tmp_path / "out"
    made = run(site.command, ["--out", str(out), "--url", "https://example.org"])
    assert made.exit_code == 0 and "index.html" in made.output
    assert 'href="https://example.org/feed.xml"' in (out / "feed.xml").read_text()
    before = (out / "index.html").read_bytes()
    readme(project, "(ladder.png)", "(none.png)")
    failed = run(site.command, ["--out", str(out)])
    assert failed.exit_code == 1
    assert "canada-dependency/README.md, line 11, there is no file none.png" in (
        failed.output
    )
    assert (out / "index.html").read_bytes() == before


def test_a_page_that_stands_alone_knows_of_no_other(sample, tmp_path):
    folder = shutil.copytree(sample / "reports/canada-dependency", tmp_path / "mailed")
    page = webpage.webpage(folder, Links(sample, alone=True))
    html = webpage.alone(page)
    assert set(re.findall(r'href="(?!data:)([^"]*)"', html)) == {
        "#main", "https://www.cepii.fr", *(f"#{id}" for id, _ in page.sections)
    }  # fmt: skip
    assert "See Chile too." in html


def test_a_headline_tells_how_new_its_data_are(sample):
    file = sample / "reports/canada-dependency/headline.json"
    headline = json.loads(file.read_text()) | {"as_of": "2025-06-30"}
    assert webpage.about(headline) == (
        "Figures to 2024 · as known on 2025-06-30 · BACI V202601"
    )
