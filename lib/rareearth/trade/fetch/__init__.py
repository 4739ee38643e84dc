"""The offices' clients: what the statistics offices publish, fetched and kept.

Read as a query travels: ``feeds`` and ``query`` say it in the field's words, ``plan``
cuts it into parts, one module per office (``census``, ``eurostat``, ``hmrc``,
``comtrade``, ``estat``; ``bls`` and ``fed`` for prices and currencies) knows its
requests and its faults, ``http`` is the one way out. ``normal`` makes a table of the
answers by the readers of `rareearth.trade`, ``update`` keeps it as an edition,
``series`` gives it to a report, ``adopt`` takes it into the data package. README.md
beside this file says what was checked and what happens when an office does something
wrong.
"""
