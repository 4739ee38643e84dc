"""The data package written anew: files and entries change together, or not at all.

The new files are checked in a copy of the package first. Then each takes its place;
what it replaces is kept aside until all have, and is put back if one cannot, also after
a run that was killed.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rareearth import tables
from rareearth.trade.editions import write

TALL = ("licenses", "sources")
ASIDE = ".before"


def replace(files: Mapping[str, bytes], changed: Iterable[str], package: Path) -> None:
    """Put new files in place in the data package.

    Parameters
    ----------
    files : mapping
        Name in the package → content; ``datapackage.json`` among them.
    changed : iterable of str
        Tables that must hold afterwards.
    package : Path

    Raises
    ------
    TableError
        If a table is not as it is declared; the package is as it was.
    """
    recover(package)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        shutil.copytree(package, copy)
        for name, data in files.items():
            (copy / name).write_bytes(data)
        for name in changed:
            tables.check(name, copy)
    aside = package / ASIDE
    there = [name for name in files if (package / name).exists()]
    for name in there:
        write(aside / name, (package / name).read_bytes())
    # the list is complete only now: without it, nothing has been replaced
    write(aside / "list.json", json.dumps({n: n in there for n in files}).encode())
    try:
        for name, data in files.items():
            write(package / name, data)
    except OSError:
        recover(package)
        raise
    shutil.rmtree(aside)
    tables.forget()


def recover(package: Path) -> bool:
    """Put back what an adoption that did not end has replaced; tell whether it did."""
    aside = package / ASIDE
    if not aside.is_dir():
        return False
    listed = aside / "list.json"
    before = json.loads(listed.read_text()) if listed.exists() else {}
    for name, existed in before.items():
        if existed:
            write(package / name, (aside / name).read_bytes())
        else:
            (package / name).unlink(missing_ok=True)
    shutil.rmtree(aside)
    tables.forget()
    return bool(before)


def with_entry(text: str, entry: Mapping[str, Any], data: bytes) -> str:
    """Text of ``datapackage.json`` with an entry changed or added; the rest as it was.

    Parameters
    ----------
    text : str
        Of the file now.
    entry : mapping
        A resource; its ``bytes`` and ``hash`` are those of `data`.
    data : bytes
        The file that it describes.

    Examples
    --------
    >>> text = '{"resources": [{"name": "a", "bytes": 1}]}'
    >>> new = with_entry(text, {"name": "a", "bytes": 1, "hash": ""}, b"xy")
    >>> json.loads(new)["resources"][0]["bytes"]
    2
    """
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    whole = dict(entry) | {"bytes": len(data), "hash": digest}
    spans = _spans(text)
    if entry["name"] in spans:
        begin, end = spans[entry["name"]]
        return text[:begin] + _shown(whole) + text[end:]
    end = max(end for _, end in spans.values())
    return f"{text[:end]},\n    {_shown(whole)}{text[end:]}"


def _spans(text: str) -> dict[str, tuple[int, int]]:
    """Where each resource begins and ends."""
    decoder = json.JSONDecoder()
    found: dict[str, tuple[int, int]] = {}
    place = text.index("[", text.index('"resources"')) + 1
    while True:
        while text[place] in ", \n\t":
            place += 1
        if text[place] == "]":
            return found
        entry, end = decoder.raw_decode(text, place)
        found[entry["name"]] = (place, end)
        place = end


def _shown(entry: Mapping[str, Any]) -> str:
    """An entry as it stands in the file: a line for each key, field and source."""

    def flat(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def lines(items: list[Any], pad: str) -> str:
        inside = ",\n".join(f"{pad}  {flat(item)}" for item in items)
        return f"[\n{inside}\n{pad}]"

    def tall(items: list[dict[str, Any]], pad: str) -> str:
        blocks = []
        for item in items:
            inside = ",\n".join(
                f"{pad}    {flat(k)}: {flat(v)}" for k, v in item.items()
            )
            blocks.append(f"{pad}  {{\n{inside}\n{pad}  }}")
        return "[\n" + ",\n".join(blocks) + f"\n{pad}]"

    found = []
    for key, value in entry.items():
        if key in TALL:
            shown = tall(value, "      ")
        elif key == "schema":
            inside = [
                f"{flat(k)}: {lines(v, '        ') if k == 'fields' else flat(v)}"
                for k, v in value.items()
            ]
            shown = "{\n        " + ",\n        ".join(inside) + "\n      }"
        else:
            shown = flat(value)
        found.append(f"      {flat(key)}: {shown}")
    return "{\n" + ",\n".join(found) + "\n    }"
