"""An office, a request to it and its answer, as plain values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Office:
    """Where an office is, how it wants to be asked, and on which terms it gives."""

    name: str
    title: str
    url: str
    seconds: float  # between two requests
    licence: str
    adoptable: bool  # its terms let a normalised table be published again
    variable: str = ""  # of the environment, with the key
    key_page: str = ""
    key_place: str = ""  # "query NAME", "header NAME" or "body NAME"
    revised_months: int = 24  # up to the last one, that a new edition may change
    usual_days: int = 60  # from the end of a month to its publication


@dataclass(frozen=True)
class Answer:
    """What came back. Neither the address nor the body holds a key."""

    url: str
    status: int
    body: bytes
    location: str = ""  # of a redirect
    retry_after: str = ""

    @property
    def text(self) -> str:
        """The body as UTF-8 text; what is not UTF-8 shows as a replacement mark."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def html(self) -> bool:
        """Whether it is a web page, whatever it is called."""
        start = self.body[:300].lstrip().lower()
        return start.startswith(b"<!doctype html") or b"<html" in start


def address(office: Office, path: str, params: Mapping[str, str] | None = None) -> str:
    """The address of a request, without the key.

    Examples
    --------
    >>> office = Office("x", "X", "https://x.example/api", 1, "none", False)
    >>> address(office, "data", {"time": "from 2018-01 to 2018-12"})
    'https://x.example/api/data?time=from%202018-01%20to%202018-12'
    """
    url = path if "://" in path else f"{office.url}/{path}"
    query = urlencode(params or {}, quote_via=quote, safe=",$*:'()")
    return f"{url}?{query}" if query else url


def words(answer: Answer) -> str:
    """What an answer says, as one short line: tags out, cut at 300 signs.

    Examples
    --------
    >>> words(Answer("", 400, b"<html><title>400</title> <b>Bad</b> query</html>"))
    '400 Bad query'
    """
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", answer.text, flags=re.S)
    line = " ".join(text.split())
    return line[:300] + "…" if len(line) > 300 else line or "no words"


def waiting(answer: Answer, now: datetime) -> float | None:
    """Seconds that an answer asks to wait; None where it does not say.

    Examples
    --------
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> waiting(Answer("", 429, b"", retry_after="7"), now)
    7.0
    >>> late = Answer("", 503, b"", retry_after="Thu, 01 Jan 2026 00:01:00 GMT")
    >>> waiting(late, now)
    60.0
    >>> waiting(Answer("", 429, b"Rate limit. Try again in 2 seconds."), now)
    3.0
    """
    if re.fullmatch(r"\d{1,9}", answer.retry_after):
        return float(answer.retry_after)
    if answer.retry_after:
        try:
            until = parsedate_to_datetime(answer.retry_after)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (until - now).total_seconds())
    said = re.search(r"[Tt]ry again in (\d{1,9}) seconds", answer.text[:1000])
    return float(said[1]) + 1 if said else None
