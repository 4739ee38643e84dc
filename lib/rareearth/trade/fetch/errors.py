"""What can go wrong between here and an office, each with what to do about it.

Every message begins with the office and ends with the next step; none holds a key.
"""

from collections.abc import Iterable
from datetime import datetime


class FetchError(Exception):
    """Something that an office or the way to it did; nothing was kept from it."""

    def __init__(self, office: str, what: str) -> None:
        super().__init__(f"{office}: {what}")
        self.office = office


class WrongQuery(FetchError):
    """A query that the office cannot be asked; nothing was sent."""


class NoKey(FetchError):
    """The office wants a key and the environment has none."""

    def __init__(self, office: str, variable: str, page: str) -> None:
        super().__init__(
            office,
            f"it wants a key and {variable} is not set; get one for free at {page} "
            f"and set it: export {variable}=…",
        )


class WrongKey(FetchError):
    """The office does not take the key."""

    def __init__(self, office: str, variable: str, page: str) -> None:
        super().__init__(
            office,
            f"it does not take the key in {variable}; compare it with the mail it came "
            f"in (it may have to be activated first), or get a new one at {page}",
        )


class QuotaUsedUp(FetchError):
    """The office gives no more for now."""

    def __init__(self, office: str, until: datetime | None, why: str = "") -> None:
        when = f"{until:%Y-%m-%d %H:%M} UTC" if until else "tomorrow"
        super().__init__(
            office,
            f"the quota is used up{f' ({why})' if why else ''}; run the same command "
            f"again from {when}, it goes on where it stopped",
        )
        self.until = until


class UnknownCode(FetchError):
    """The office has no such product."""

    def __init__(self, office: str, code: str, nearest: Iterable[str]) -> None:
        known = ", ".join(nearest)
        hint = f"the nearest it has: {known}" if known else "compare it with its tariff"
        super().__init__(office, f"it has no product {code}; {hint}")


class Unreachable(FetchError):
    """No whole answer after several attempts."""


class Redirected(FetchError):
    """The office points to another host; that host was not contacted."""


class TooLarge(FetchError):
    """An answer larger than anything expected; it was cut off and dropped."""


class Refused(FetchError):
    """The office says that it will not answer this."""


class LayoutChanged(FetchError):
    """An answer that is not what the office documents."""


class Incomplete(FetchError):
    """An answer that may lack rows, or whose parts do not fit together."""
