"""A notebook run for one case, and its page.

``catalogue`` reads which reports there are and checks their parameters, ``kernel``
runs a notebook in a process of its own, ``page`` turns what it showed into Markdown,
pictures and tables, ``publish`` puts that in place all at once, ``made`` remembers
what was made here, ``gallery`` lists it, and ``run`` ties them together. ``sweep``
makes many of one line, ``pools`` and ``making`` do so here or on Dask, ``warm`` makes
that quick; ``changes`` tells what moved, and why.
"""

from pathlib import Path

ROOT = Path(__file__).parents[3]

Value = str | int | float | bool  # of a parameter
Values = dict[str, Value]


class WrongCall(ValueError):
    """What was asked for cannot be done as asked; nothing was run or written."""


class Unfit(ValueError):
    """The notebook shows something that no page can be made from."""
