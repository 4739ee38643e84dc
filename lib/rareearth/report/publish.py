"""A folder that appears all at once, or not at all.

While a page ``x`` is written it is called ``.x.new``; while it takes its place the
page before it is called ``.x.old``. A run that was killed leaves one or both, and
:func:`recover` puts the last whole page back.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Mapping
from pathlib import Path

from rareearth.report import WrongCall

ENDINGS = (".md", ".png", ".csv", ".json")
LITTER = (".DS_Store", ".ipynb_checkpoints")


def replaceable(folder: Path) -> None:
    """Refuse a folder that holds what no report has made.

    Raises
    ------
    WrongCall
        A page replaces its folder whole: nothing else may be lost with it.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise WrongCall(f"{folder} is not a folder of its own; name a new one")
    inside = sorted(folder.iterdir()) if folder.exists() else []
    page = (folder / "headline.json").exists()
    others = [
        path.name
        for path in inside
        if path.name not in LITTER
        and not (page and path.suffix in ENDINGS and path.is_file())
    ]
    if others:
        raise WrongCall(
            f"{folder} holds what no report has made ({', '.join(others[:5])}) and "
            "would be replaced; name a new folder"
        )


def publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put ``files`` in place as ``folder``, instead of what was there.

    A reader sees the old page or the new one; for an instant between two renames,
    none. Two processes must not publish the same folder at once.
    """
    recover(folder)
    new, old = _aside(folder)
    new.mkdir(parents=True)
    try:
        for name, content in files.items():
            (new / name).write_bytes(content)
    except OSError:
        shutil.rmtree(new)
        raise
    if folder.exists():
        _move(folder, old)
    new.rename(folder)
    if old.exists():
        shutil.rmtree(old)


def recover(folder: Path) -> None:
    """Undo what a killed run has begun with ``folder``, or finish what it had done."""
    new, old = _aside(folder)
    # While both are there the new page is not in place, and of the old one, where it
    # had to be copied, only a part may be.
    if old.exists() and (new.exists() or not folder.exists()):
        if folder.exists():
            shutil.rmtree(folder)
        old.rename(folder)
    for left in (new, old, _copy(old)):
        if left.exists():
            shutil.rmtree(left)


def replace(file: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old or the new content, never a part."""
    new = file.with_name(f".{file.name}.new")
    file.parent.mkdir(parents=True, exist_ok=True)
    new.write_bytes(content)
    new.replace(file)


def _aside(folder: Path) -> tuple[Path, Path]:
    """The names of a page on its way in and of one on its way out."""
    name = f".{folder.name}"
    return folder.with_name(f"{name}.new"), folder.with_name(f"{name}.old")


def _move(folder: Path, old: Path) -> None:
    """Rename, also where the folder lies in a read-only layer of a container."""
    try:
        folder.rename(old)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copytree(folder, _copy(old))
        _copy(old).rename(old)  # whole before anything of the folder goes
        shutil.rmtree(folder)


def _copy(old: Path) -> Path:
    """The name of a page that is copied on its way out."""
    return old.with_suffix(".copy")
