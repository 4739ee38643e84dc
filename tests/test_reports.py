"""Every report of the catalogue, made again, is the committed page.

It is made as on another machine: from a project in which nothing was made yet, in
another time zone, with another locale and another hash seed.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread, imsave

from rareearth.report import ROOT, catalogue

REPORTS = catalogue.reports(ROOT)
ELSEWHERE = {"LC_ALL": "C", "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7"}
OTHERS = {"README.md", "CHANGES.md", "site", "sweeps"}
OTHERS |= {f"{name}.csv" for name in catalogue.sweeps(ROOT)}


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """A clone in which all reports were made, and how each ended."""
    root = tmp_path_factory.mktemp("clone")
    for name in ("lib", "data", "notebooks", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    code = "from rareearth.cli import main; main()"
    told = subprocess.run(
        [sys.executable, "-c", code, "report", "--all", "--json"],
        env=os.environ | {"PYTHONPATH": str(root / "lib")} | ELSEWHERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout, told.stderr
    return root, {row["name"]: row for row in json.loads(told.stdout)}


def alike(one, other):
    """Whether two pictures are the same but for how a processor rounds."""
    one, other = imread(one), imread(other)
    if one.shape != other.shape:
        return False
    differs = np.abs(one - other).max(axis=2) > 0.1
    return bool(differs.mean() < 1e-4)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_made_again_is_the_committed_page(again, name):
    root, results = again
    assert results[name]["state"] == "made", results[name]["error"]
    committed, made = ROOT / "reports" / name, root / "reports" / name
    assert sorted(os.listdir(committed)) == sorted(os.listdir(made))
    for file in sorted(committed.iterdir()):
        if file.suffix == ".png":
            assert alike(file, made / file.name), f"{file.name} looks different"
        else:
            assert file.read_text("utf-8") == (made / file.name).read_text("utf-8")


def test_the_list_of_reports_is_the_committed_one(again):
    root, _ = again
    committed = (ROOT / "reports/README.md").read_text("utf-8")
    assert committed == (root / "reports/README.md").read_text("utf-8")


def test_a_table_of_many_reports_says_what_their_pages_say():
    columns = pd.read_csv(ROOT / "reports/dependency-of-all.csv", index_col="importer")
    assert len(columns) > 200 and set(columns["state"]) == {"made"}
    for name, report in REPORTS.items():
        if report.notebook != "01-dependency":
            continue
        row = columns.loc[report.parameters["importer"]]
        told = json.loads((ROOT / "reports" / name / "headline.json").read_text())
        assert row["sentence"] == told["sentence"]
        for value in told["values"]:
            number = value["value"]
            assert row[value["id"]] == number or (
                number is None and pd.isna(row[value["id"]])
            )


def test_there_is_no_page_that_no_report_makes():
    shown = {path.name for path in (ROOT / "reports").iterdir()}
    assert shown - OTHERS == set(REPORTS)


def test_pictures_are_compared_by_what_a_reader_sees(tmp_path):
    """Another last digit of a colour is the same picture, another bar is not."""
    picture = np.random.default_rng(0).random((200, 300, 3))
    noise = picture + np.random.default_rng(1).normal(0, 0.004, picture.shape)
    bar = picture.copy()
    bar[90:93, 100:104] = 1 - np.round(bar[90:93, 100:104])
    for name, pixels in {"a": picture, "b": noise.clip(0, 1), "c": bar}.items():
        imsave(tmp_path / f"{name}.png", pixels)
    imsave(tmp_path / "d.png", picture[:-1])
    assert alike(tmp_path / "a.png", tmp_path / "b.png")
    assert not alike(tmp_path / "a.png", tmp_path / "c.png")
    assert not alike(tmp_path / "a.png", tmp_path / "d.png")


def test_every_picture_is_small_enough_for_a_clone():
    sizes = [path.stat().st_size for path in (ROOT / "reports").glob("*/*.png")]
    assert max(sizes) < 300_000
