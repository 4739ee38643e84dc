"""A page printed by a browser."""

import pages

from rareearth.report import pdf


def test_a_page_on_paper_is_tagged_and_leads_into_no_folder(tmp_path):
    printed = pdf.pdf(pages.project(tmp_path) / "reports/canada-dependency")
    assert printed.startswith(b"%PDF-")
    for part in (b"/StructTreeRoot", b"/Outlines", b"/Lang (en)", b"www.cepii.fr"):
        assert part in printed
    for part in (b"file:", b".html", b"data:text"):
        assert part not in printed
