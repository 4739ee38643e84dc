"""The one way to an office: what passes is waited for, what is wrong is told."""

import gzip
import logging
import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from rareearth.trade.fetch import http
from rareearth.trade.fetch.errors import (
    FetchError,
    LayoutChanged,
    QuotaUsedUp,
    Redirected,
    Refused,
    TooLarge,
    Unreachable,
    WrongKey,
)
from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Office
from rareearth.trade.fetch.offices import DESKS

KEY = "0123456789abcdef+/secret"


@pytest.fixture
def office(httpserver: HTTPServer) -> Office:
    return Office(
        name="test office",
        title="",
        url=httpserver.url_for("/api"),
        seconds=1.5,
        licence="none",
        adoptable=False,
        variable="TEST_KEY",
        key_page="https://keys.example",
        key_place="query key",
    )


@pytest.fixture
def session(office: Office, clock) -> Session:
    return Session(office, clock, environ={"TEST_KEY": KEY})


def answers(httpserver: HTTPServer, *responses: Response) -> list[Request]:
    """Give the responses in turn, the last one from then on; return what was asked."""
    asked: list[Request] = []

    def give(request: Request) -> Response:
        asked.append(request)
        return responses[min(len(asked), len(responses)) - 1]

    httpserver.expect_request("/api/data").respond_with_handler(give)
    return asked


def cut(body: bytes) -> Response:
    """An answer whose connection ends before its length is reached."""
    response = Response(body)
    response.headers["Content-Length"] = str(len(body) + 50)
    response.automatically_set_content_length = False
    return response


GOOD = Response(b'[["a"],["1"]]', content_type="application/json")


def test_an_answer_comes_back_whole(httpserver, session):
    answers(httpserver, GOOD)
    answer = session.ask("data", {"time": "2018-01"})
    assert answer.body == b'[["a"],["1"]]'
    assert answer.status == 200


def test_a_compressed_answer_is_unpacked(httpserver, session):
    packed = Response(gzip.compress(b"a,b\n1,2\n"))
    packed.headers["Content-Encoding"] = "gzip"
    answers(httpserver, packed)
    assert session.ask("data").body == b"a,b\n1,2\n"


def test_the_pace_of_the_office_is_kept(httpserver, session, clock):
    answers(httpserver, GOOD)
    for _ in range(3):
        session.ask("data")
    assert clock.slept == [1.5, 1.5]


PASSING = {
    "429 with seconds": (Response("", 429, {"Retry-After": "7"}), 7),
    "429 with a date": (
        Response("", 429, {"Retry-After": "Tue, 24 Nov 2026 12:00:30 GMT"}),
        30,
    ),
    "429 with words": (Response("Rate limit. Try again in 2 seconds.", 429), 3),
    "429 with nothing": (Response("", 429), 2),
    "500": (Response("oops", 500), 2),
    "502": (Response("oops", 502), 2),
    "503 with seconds": (Response("", 503, {"Retry-After": "11"}), 11),
    "a web page": (Response("<!DOCTYPE html><html>Maintenance</html>", 200), 2),
    "a cut connection": (cut(b'[["a"]'), 2),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_waited_for(httpserver, session, clock, name):
    fault, seconds = PASSING[name]
    asked = answers(httpserver, fault, GOOD)
    assert session.ask("data").body == GOOD.data
    assert len(asked) == 2
    assert clock.slept[0] == seconds


ERRORS = {
    "429 without end": (Response("", 429), QuotaUsedUp, "from 2026-11-24 13:00 UTC"),
    "500 without end": (Response("", 500), Unreachable, "5 attempts .* HTTP 500"),
    "cut every time": (cut(b"[["), Unreachable, "cut in the middle"),
    "a page every time": (
        Response("<html><b>Moved</b></html>"),
        LayoutChanged,
        "a web page instead of data: Moved",
    ),
    "a long wait": (
        Response("", 429, {"Retry-After": "7200"}),
        QuotaUsedUp,
        "run the same command again from 2026-11-24 14:00 UTC",
    ),
    "400": (Response("error: unknown variable 'X'", 400), Refused, "unknown variable"),
    "404": (Response("<html>Not here</html>", 404), Refused, "HTTP 404 .*: Not here"),
    "another host": (
        Response("", 302, {"Location": "https://elsewhere.example/api/data"}),
        Redirected,
        "points to https://elsewhere.example, another host, which was not contacted",
    ),
    "another port": (
        Response("", 302, {"Location": "http://localhost:1/api/data"}),
        Redirected,
        "another host",
    ),
    "a circle": (Response("", 307, {"Location": "data"}), Unreachable, "circle"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_does_not_pass_is_told(httpserver, session, name):
    fault, error, message = ERRORS[name]
    answers(httpserver, fault)
    with pytest.raises(error, match=f"^test office: .*{message}"):
        session.ask("data")


def test_a_long_wait_is_not_waited_for(httpserver, session, clock):
    answers(httpserver, Response("", 429, {"Retry-After": "7200"}))
    with pytest.raises(QuotaUsedUp) as told:
        session.ask("data")
    assert clock.slept == []
    assert (told.value.until - clock.now()).total_seconds() == 7200


def test_a_redirect_on_the_host_is_followed_with_the_key(httpserver, session):
    answers(httpserver, Response("", 301, {"Location": f"/api/new?a=1&key={KEY}"}))
    asked = []

    def give(request: Request) -> Response:
        asked.append(request.args.to_dict(flat=False))
        return Response("[1]")

    httpserver.expect_request("/api/new").respond_with_handler(give)
    assert session.ask("data", {"a": "1"}).body == b"[1]"
    assert asked == [{"a": ["1"], "key": [KEY]}]


def test_an_answer_has_a_largest_size(httpserver, session, monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 100_000)
    bomb = Response(gzip.compress(b"0" * 10_000_000))
    bomb.headers["Content-Encoding"] = "gzip"
    answers(httpserver, bomb)
    with pytest.raises(TooLarge, match="more than 100,000 bytes"):
        session.ask("data")


def test_an_office_that_does_not_answer_in_time_is_told(office, clock, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT", (1, 0.05))
    monkeypatch.setattr(http, "ATTEMPTS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        there = Session(replace(office, url=f"http://127.0.0.1:{port}"), clock)
        with pytest.raises(Unreachable, match="no answer in time"):
            there.ask("data")


def test_an_office_that_is_not_there_is_told(office, clock):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreachable, match="no connection"):
        Session(replace(office, url=f"http://127.0.0.1:{port}"), clock).ask("data")


def test_a_certificate_that_nobody_vouches_for_is_refused(office, clock):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parent / "self_signed_localhost.pem")
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/data").respond_with_data("[]")
        there = Session(replace(office, url=server.url_for("")), clock)
        with pytest.raises(Unreachable, match=r"certificate .* is not valid"):
            there.ask("data")


def test_a_redirect_to_what_is_no_address_is_one_to_another_host():
    assert http._joined("https://a.example/b", "c") == "https://a.example/c"
    assert http._origin(http._joined("https://a.example/b", "http://[::1")) not in (
        "https://a.example",
        "",
    )


def test_a_further_page_on_another_host_is_not_asked(session):
    with pytest.raises(Redirected, match="another host, https://elsewhere"):
        session.ask("https://elsewhere.example/api/data?page=2")


@pytest.mark.parametrize("place", ["query key", "header X-Key", "body key"])
def test_the_key_is_sent_and_is_nowhere_else(httpserver, office, clock, caplog, place):
    caplog.set_level(logging.DEBUG)
    session = Session(
        replace(office, key_place=place), clock, environ={"TEST_KEY": f" {KEY}\n"}
    )
    echo = Response(f"<html>bad key {KEY}</html>", 400)
    asked = answers(httpserver, echo, Response(f'["{KEY}"]'))
    body = {"q": 1} if place.startswith("body") else None
    with pytest.raises(Refused) as told:
        session.ask("data", body=body)
    answer = session.ask("data", body=body)
    sent = asked[0].args.get("key") or asked[0].headers.get("X-Key")
    assert (sent or asked[0].json["key"]) == KEY
    seen = [str(told.value), answer.url, answer.text, caplog.text, repr(answer)]
    assert not any(
        part in text for text in seen for part in (KEY, "+/secret", "%2B%2F")
    )
    assert answer.text == '["***"]'


@pytest.mark.parametrize("wrong", ["short", "with a blank in it", "line\nbreak-break"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(office, clock, wrong):
    with pytest.raises(WrongKey, match=r"TEST_KEY.*https://keys.example") as told:
        Session(office, clock, environ={"TEST_KEY": wrong})
    assert wrong not in str(told.value)


def test_nothing_but_this_machine_can_be_contacted(office, clock, outside):
    there = Session(replace(office, url="https://api.census.gov"), clock)
    with pytest.raises(AssertionError, match="is not this machine"):
        there.ask("data")
    assert outside == ["api.census.gov"]
    outside.clear()


def test_every_office_is_asked_over_an_encrypted_connection():
    for desk in DESKS.values():
        assert desk.OFFICE.url.startswith("https://")
        assert desk.OFFICE.seconds >= 1
        assert bool(desk.OFFICE.variable) == bool(desk.OFFICE.key_place)


def test_every_error_is_a_fetch_error():
    for error in (QuotaUsedUp, Redirected, TooLarge, Unreachable, WrongKey, Refused):
        assert issubclass(error, FetchError)
