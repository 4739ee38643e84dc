"""The one way to an office: paced, patient, bounded, and silent about keys.

Certificates are checked. An office is asked at its pace; what passes (429, 5xx, a cut
connection, a page of HTML where data should be) is tried again, at the time it names or
after 2, 4, 8, 16 seconds. Redirects stay on the host, an answer has a largest size. A
key is added last and blotted out of everything that comes back, so that no log, error,
cache or page can hold it.
"""

import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

import rareearth
from rareearth.trade.fetch.errors import (
    FetchError,
    LayoutChanged,
    NoKey,
    QuotaUsedUp,
    Redirected,
    Refused,
    TooLarge,
    Unreachable,
    WrongKey,
)
from rareearth.trade.fetch.keys import blotted, blotted_bytes, key_of
from rareearth.trade.fetch.office import Answer, Office, address, waiting, words

ATTEMPTS = 5
LONGEST_WAIT = 120.0  # seconds; an office that asks for more is left for later
LARGEST = 64_000_000  # bytes of one answer, unpacked
TIMEOUT = (10.0, 120.0)  # seconds to connect, and between two pieces of an answer
LONGEST_ANSWER = 600.0  # seconds for the whole of it
REDIRECTS = 3
PASSING = {408, 425, 429, 500, 502, 503, 504}

Check = Callable[["Session", Answer], None]

log = logging.getLogger("rareearth.fetch")


class Passing(Exception):
    """A fault that may be gone at the next attempt.

    ``seconds`` is how long the office asks to wait, ``error`` what it comes to if
    it does not go away.
    """

    def __init__(
        self,
        why: str,
        seconds: float | None = None,
        error: type[FetchError] = Unreachable,
    ) -> None:
        super().__init__(why)
        self.seconds = seconds
        self.error = error


class Clock:
    """The time, and waiting for it to pass; a test moves its own."""

    def now(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Session:
    """Requests to one office: its key, its pace, how many were sent.

    Parameters
    ----------
    office : Office
    clock : Clock
    environ : mapping
        Where the key is looked up.
    attempts : int
        How often a question is asked that gets no whole answer.

    Raises
    ------
    WrongKey
        The variable holds something that cannot be a key.
    """

    def __init__(
        self,
        office: Office,
        clock: Clock | None = None,
        environ: Mapping[str, str] = os.environ,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.office = office
        self.clock = clock or Clock()
        self.key = key_of(office, environ)
        self.attempts = attempts
        self.sent = 0
        self._free = self.clock.now()
        self._requests = requests.Session()
        self._requests.auth = lambda request: request  # no password from a .netrc
        self._requests.headers["User-Agent"] = f"rareearth/{rareearth.__version__}"

    def ask(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        check: Check = lambda session, answer: None,
    ) -> Answer:
        """The office's answer, whole and not an error.

        Parameters
        ----------
        path : str
            Below the office's address, or a whole address on its host.
        params : mapping
            Of the query, without the key.
        body : mapping
            Sent as JSON in a POST; without it the request is a GET.
        check : callable
            Looks at each answer first, also at errors and redirects, and raises what
            the office means by it: a FetchError, or `Passing` to try again.

        Returns
        -------
        Answer
            Status 200 or 204.

        Raises
        ------
        FetchError
            See `rareearth.trade.fetch.errors`.
        """
        url = address(self.office, path, params)
        if _origin(url) != _origin(self.office.url):
            raise Redirected(
                self.office.name, f"a further page on another host, {_origin(url)}"
            )
        wait = 2.0
        for attempt in range(1, self.attempts + 1):
            try:
                return self._follow(url, body, check)
            except Passing as passing:
                fault = passing
            if fault.seconds is not None and fault.seconds > LONGEST_WAIT:
                until = self.clock.now() + timedelta(seconds=fault.seconds)
                raise QuotaUsedUp(self.office.name, until, str(fault))
            if attempt < self.attempts:
                seconds = wait if fault.seconds is None else fault.seconds
                log.info("%s: %s; again in %g s", self.office.name, fault, seconds)
                self.clock.sleep(seconds)
                wait *= 2
        if fault.error is QuotaUsedUp:
            until = self.clock.now() + timedelta(hours=1)
            raise QuotaUsedUp(self.office.name, until, str(fault))
        raise fault.error(
            self.office.name,
            f"{self.attempts} attempts at {blotted(url)}, the last: {fault}",
        )

    def without_key(self) -> NoKey | WrongKey:
        """The error to raise where the office says that it wants a key."""
        about = (self.office.name, self.office.variable, self.office.key_page)
        return WrongKey(*about) if self.key else NoKey(*about)

    def _follow(
        self,
        url: str,
        body: Mapping[str, Any] | None,
        check: Check,
    ) -> Answer:
        """One attempt, along redirects that stay on the host."""
        for _ in range(REDIRECTS + 1):
            answer = self._once(url, body)
            check(self, answer)
            if not answer.location:
                self._judge(answer)
                return answer
            target = self._without_key(_joined(url, answer.location))
            if _origin(target) != _origin(url):
                raise Redirected(
                    self.office.name,
                    f"{blotted(url)} points to {_origin(target)}, another host, which "
                    "was not contacted; if the office has moved, the library must be "
                    "told its new address",
                )
            url = target
        raise Unreachable(self.office.name, f"{blotted(url)} points in a circle")

    def _judge(self, answer: Answer) -> None:
        """Raise what the answer means if it is not one of data."""
        if answer.status in PASSING:
            seconds = waiting(answer, self.clock.now())
            error = QuotaUsedUp if answer.status == 429 else Unreachable
            raise Passing(f"HTTP {answer.status}", seconds, error)
        if answer.status not in (200, 204):
            raise Refused(
                self.office.name,
                f"HTTP {answer.status} for {answer.url}: {words(answer)}",
            )
        if answer.html:
            raise Passing(
                f"a web page instead of data: {words(answer)}", None, LayoutChanged
            )

    def _once(self, url: str, body: Mapping[str, Any] | None) -> Answer:
        """One request, at the office's pace, read within the limits."""
        pause = (self._free - self.clock.now()).total_seconds()
        if pause > 0:
            self.clock.sleep(pause)
        self._free = self.clock.now() + timedelta(seconds=self.office.seconds)
        self.sent += 1
        try:
            answer = self._read(url, body)
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE" not in str(error):
                raise Passing("the encrypted connection broke") from None
            raise Unreachable(
                self.office.name,
                f"the certificate of {_origin(url)} is not valid, nothing was sent; a "
                "network that opens connections needs its own in REQUESTS_CA_BUNDLE",
            ) from None
        except requests.exceptions.Timeout:
            raise Passing("no answer in time") from None
        except requests.exceptions.ChunkedEncodingError:
            raise Passing("the connection was cut in the middle") from None
        except requests.exceptions.ContentDecodingError:
            raise Passing("a damaged compressed answer") from None
        except requests.exceptions.ConnectionError:
            raise Passing("no connection, or one that broke") from None
        except requests.exceptions.RequestException as error:
            raise Passing(f"{_origin(url)}: {type(error).__name__}") from None
        log.info("%s: %s -> %d", self.office.name, answer.url, answer.status)
        return answer

    def _read(self, url: str, body: Mapping[str, Any] | None) -> Answer:
        """One request with the key in its place, its answer without it."""
        place, _, name = self.office.key_place.partition(" ")
        key = {name: self.key} if self.key else {}
        with self._requests.request(
            "GET" if body is None else "POST",
            url,
            params=key if place == "query" else {},
            json=None if body is None else {**body, **(key if place == "body" else {})},
            headers=key if place == "header" else {},
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as response:
            data = self._bounded(response)
        location = response.headers.get("Location", "") if response.is_redirect else ""
        return Answer(
            url=blotted(url),
            status=response.status_code,
            body=blotted_bytes(data),
            location=blotted(location),
            retry_after=response.headers.get("Retry-After", ""),
        )

    def _bounded(self, response: requests.Response) -> bytes:
        """The body, if it is not too large and does not drip for ever."""
        end = self.clock.now() + timedelta(seconds=LONGEST_ANSWER)
        data = bytearray()
        for piece in response.iter_content(1 << 16):
            data += piece
            if len(data) > LARGEST:
                raise TooLarge(
                    self.office.name,
                    f"more than {LARGEST:,} bytes from {blotted(response.url)}; ask "
                    "for fewer months or products",
                )
            if self.clock.now() > end:
                raise Passing(f"not whole after {LONGEST_ANSWER:.0f} s")
        return bytes(data)

    def _without_key(self, url: str) -> str:
        """The address without the key's parameter, which is added anew."""
        place, _, name = self.office.key_place.partition(" ")
        if place != "query":
            return url
        kept = re.sub(rf"(?<=[?&]){re.escape(name)}=[^&#]*&?", "", url)
        return kept.rstrip("?&")


def _joined(url: str, location: str) -> str:
    """Where a redirect points to."""
    try:
        return urljoin(url, location)
    except ValueError:
        return f"nowhere://{location[:40]}"


def _origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
