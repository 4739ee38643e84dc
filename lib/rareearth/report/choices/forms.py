"""What a day or a file must be, which nobody can list."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from rareearth.report import WrongCall


def day(text: str) -> None:
    """Refuse what is neither empty nor a day."""
    try:
        if text and datetime.date.fromisoformat(text).isoformat() != text:
            raise ValueError(text)
    except ValueError:
        raise WrongCall(
            f"as_of must be '' (newest) or a day like 2025-06-30, not {text!r}"
        ) from None


def trade_file(text: str) -> None:
    """Refuse what is neither empty nor the path of a file that can be read."""
    if text and not (Path(text).is_file() and os.access(text, os.R_OK)):
        raise WrongCall(
            f"trade_file must be '' (the package's table) or a file, not {text!r}"
        )


def price_file(text: str) -> None:
    """Refuse what is neither empty nor a file of prices that reads without a fault."""
    from rareearth import price_file, trade

    if not text:
        return
    if not (Path(text).is_file() and os.access(text, os.R_OK)):
        raise WrongCall(
            f"price_file must be '' (the package's quotes) or a file, not {text!r}"
        )
    try:
        price_file.reading(text)
    except trade.Unreadable as error:
        raise WrongCall(f"price_file: {error}") from None
