"""Statistics offices on this machine, a clock that can be moved, and no way out."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from rareearth.trade.fetch.http import Clock

HERE = {"localhost", "127.0.0.1", "::1"}


class MovableClock(Clock):
    """Starts at a given time; sleeping moves it and is written down."""

    def __init__(self, start: str = "2026-11-24T12:00:00") -> None:
        self.time = datetime.fromisoformat(start).replace(tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Hosts that were looked up or connected to and are not this machine: none."""
    tried: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def here(host: object) -> None:
        if host not in HERE:
            tried.append(str(host))
            raise AssertionError(f"{host} is not this machine")

    def guarded_connect(self: socket.socket, target: object) -> None:
        if isinstance(target, tuple):
            here(target[0])
        connect(self, target)

    def guarded_look_up(host: object, *rest: object, **more: object) -> object:
        here(host)
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("CENSUS_API_KEY", "COMTRADE_API_KEY", "ESTAT_APP_ID", "BLS_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    yield tried
    assert not tried


@pytest.fixture
def httpserver(httpserver: HTTPServer) -> Iterator[HTTPServer]:
    """A fake office that breaks by itself is no fault of an office."""
    yield httpserver
    httpserver.check_handler_errors()
