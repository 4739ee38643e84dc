"""A page printed by a browser."""

import re

import pages
from click.testing import CliRunner

from rareearth import cli
from rareearth.report import pdf


def test_a_page_on_paper_is_tagged_and_leads_into_no_folder(tmp_path):
    printed = pdf.pdf(pages.project(tmp_path) / "reports/canada-dependency")
    assert printed.startswith(b"%PDF-")
    for part in (b"/StructTreeRoot", b"/Outlines", b"/Lang (en)", b"www.cepii.fr"):
        assert part in printed
    for part in (b"file:", b".html", b"data:text"):
        assert part not in printed


def test_a_list_that_opens_on_request_is_open_on_paper(tmp_path):
    page = pages.project(tmp_path) / "reports/canada-dependency"
    file, before = page / "README.md", len(pdf.pdf(page))
    lines = "\n".join(f"- https://example.org/{i}" for i in range(40))
    file.write_text(f"{file.read_text('utf-8')}\n## More sources\n\n{lines}\n")
    printed = pdf.pdf(page)
    assert all(b"https://example.org/%d)" % i in printed for i in range(40))
    assert len(printed) > before


def test_a_report_is_printed_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr("rareearth.report.run.make", lambda *_, **__: [])
    file = tmp_path / "new/us.pdf"
    ran = CliRunner().invoke(cli.main, ["report", "us-dependency", "--pdf", str(file)])
    assert ran.exit_code == 0, ran.output
    assert len(re.findall(rb"/Type /Page\b", file.read_bytes())) >= 3
