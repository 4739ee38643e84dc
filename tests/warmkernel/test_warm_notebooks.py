"""The collection's notebooks give in warm kernels what they gave in ordinary ones."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import warmkernel
from rareearth.report import ROOT, catalogue
from rareearth.report.kernel import stored

BOOKS = {
    name: path
    for name, path in catalogue.notebooks(ROOT).items()
    if re.match(r"\d\d-", name)
}


@pytest.fixture(scope="module", autouse=True)
def warm() -> Iterator[None]:
    with warmkernel.enabled(["pandas", "rareearth.present"]):
        yield


@pytest.mark.parametrize("path", BOOKS.values(), ids=BOOKS)
def test_a_notebook_gives_its_stored_outputs_to_the_byte(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", "warmkernel"):
        assert stored(path) == path.read_text()
    assert "forked from" in caplog.text
