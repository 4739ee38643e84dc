"""``rareearth diff``: what moved between two folders of reports, or two commits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import click

from rareearth.report import ROOT, WrongCall, changes
from rareearth.report.changes import Headline

PATTERN = "reports/*/headline.json"


def headlines(where: str, root: Path) -> dict[str, Headline]:
    """``headline.json`` of each report, by name.

    Parameters
    ----------
    where : a folder of reports, the folder of one, or a commit of the project
    root : the project

    Raises
    ------
    WrongCall
        Where it is none of these, or holds no report.
    """
    folder = Path(where)
    if folder.is_dir():
        one = folder / "headline.json"
        files = [one] if one.exists() else sorted(folder.glob("*/headline.json"))
        texts = [file.read_text("utf-8") for file in files]
        found = {json.loads(text)["report"]: text for text in texts}
    else:
        found = _committed(where, root)
    if not found:
        raise WrongCall(f"there is no report in {where}")
    return {name: json.loads(text) for name, text in found.items()}


def _committed(revision: str, root: Path) -> dict[str, str]:
    """The texts of the reports in a commit."""
    name = f"{revision}^{{commit}}"
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
    if not found:
        raise WrongCall(f"{revision!r} is neither a folder nor a commit of {root}")
    commit = found.strip()
    paths = _git(root, "ls-tree", "-r", "--name-only", "-z", commit, "reports/")
    return {
        Path(path).parent.name: _git(root, "show", f"{commit}:./{path}")
        for path in paths.split("\0")
        if Path(path).match(PATTERN)
    }


def _git(root: Path, *words: str) -> str:
    """What git says, nothing where it fails."""
    told = subprocess.run(
        ["git", "-C", str(root), *words], capture_output=True, check=False
    )
    return told.stdout.decode("utf-8") if told.returncode == 0 else ""


@click.command("diff")
@click.argument("old")
@click.argument("new")
def command(old: str, new: str) -> None:
    """Tell what moved between OLD and NEW, and why.

    Each is a folder of reports, the folder of one, or a commit:

    \b
      rareearth diff HEAD~1 HEAD
      rareearth diff HEAD reports
    """
    try:
        text = changes.told(headlines(old, ROOT), headlines(new, ROOT))
    except WrongCall as error:
        raise click.UsageError(str(error)) from None
    click.echo(text or "Nothing moved.")
