"""Keys: from the environment only, and in nothing that is written or shown."""

import logging
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

from rareearth.trade.fetch.errors import WrongKey
from rareearth.trade.fetch.office import Office

BLOT = "***"
_secrets: set[str] = set()


def key_of(office: Office, environ: Mapping[str, str]) -> str:
    """The key for an office, or ``""``; from now on `blotted` hides it.

    Raises
    ------
    WrongKey
        The variable holds something that cannot be a key.

    Examples
    --------
    >>> from rareearth.trade.fetch.office import Office
    >>> office = Office("x", "X", "https://x.example", 1, "none", False, "X_KEY")
    >>> key_of(office, {"X_KEY": "an-example-key "}), blotted("?key=an-example-key")
    ('an-example-key', '?key=***')
    """
    key = environ.get(office.variable, "").strip() if office.variable else ""
    if key and not re.fullmatch(r"[!-~]{8,200}", key):
        raise WrongKey(office.name, office.variable, office.key_page)
    if key:
        _secrets.update({key, quote(key, safe=""), quote_plus(key)})
    return key


def blotted(text: str) -> str:
    """Text with every key that this run has read blotted out."""
    for secret in _secrets:
        text = text.replace(secret, BLOT)
    return text


def blotted_bytes(data: bytes) -> bytes:
    """Bytes with every key that this run has read blotted out."""
    for secret in _secrets:
        data = data.replace(secret.encode(), BLOT.encode())
    return data


class _NoKeys(logging.Filter):
    """urllib3 writes whole addresses to its log; take the keys out."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = blotted(record.getMessage()), ()
        return True


for _name in ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.response"):
    logging.getLogger(_name).addFilter(_NoKeys())
