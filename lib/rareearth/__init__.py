"""Who depends on whom for rare earths, is that changing, and what does it cost.

Read as a row of data travels: ``tables`` and ``trade`` give checked tables,
``concentration``, ``reliance``, ``diversification`` and their neighbours are pure
functions on those, ``charts`` and ``present`` show what they return, ``report`` runs
a notebook for one case and writes its page.
"""

__version__ = "0.1.0"


class NoData(ValueError):
    """The data hold nothing of what was asked for: a report of it is not made."""
