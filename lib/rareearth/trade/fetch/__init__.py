"""The offices' clients: what the statistics offices publish, fetched and kept.

One module per office (``census``, ``eurostat``, ``hmrc``, ``comtrade``, ``estat``;
``bls`` and ``fed`` for prices and currencies) knows its requests and its faults;
``http`` is the one way out, with its pace, patience and limits. A query is told in the
field's words, an answer is read by the readers of ``rareearth.trade``.
"""
