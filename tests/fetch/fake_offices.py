"""Statistics offices as their documentation describes them, in simulated worlds.

Each answers in its own layout and does, on demand, what offices do wrong.
"""

import json
import re
from collections.abc import Callable, Sequence

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

# product -> month -> country (ISO3) -> (value in the office's money, kg)
World = dict[str, dict[str, dict[str, tuple[int, int]]]]


def simulated_world(
    products: Sequence[str], months: Sequence[str], countries: Sequence[str]
) -> World:
    """Every country in every month, each figure different."""
    return {
        p: {
            m: {
                c: (10_000 * (i + 1) + 100 * j + k + 1, 500 * (i + 1) + 10 * j + k + 1)
                for k, c in enumerate(countries)
            }
            for j, m in enumerate(months)
        }
        for i, p in enumerate(products)
    }


class Fake:
    """One office on this machine: a world, the months it has published, its faults.

    ``faults`` are used up one per request: a response to give instead, a function that
    spoils the right one, or None.
    """

    name = ""

    def __init__(
        self, server: HTTPServer, world: World, published: Sequence[str]
    ) -> None:
        self.world = world
        self.published = set(published)
        self.asked: list[Request] = []
        self.faults: list[Response | Callable[[Response], Response] | None] = []
        self.always: Response | None = None
        self.url = server.url_for(f"/{self.name}")
        everything = re.compile(rf"/{self.name}(/.*)?")
        server.expect_request(everything).respond_with_handler(self._respond)

    def _respond(self, request: Request) -> Response:
        self.asked.append(request)
        fault = self.faults.pop(0) if self.faults else self.always
        if isinstance(fault, Response):
            return fault
        response = self.answer(request)
        return fault(response) if fault else response

    def answer(self, request: Request) -> Response:
        """What the office answers if nothing is wrong."""
        raise NotImplementedError

    def lines(
        self, product: str, first: str, last: str
    ) -> dict[str, dict[str, tuple[int, int]]]:
        """Published months of a product."""
        found = self.world.get(product, {})
        return {
            m: found[m] for m in found if first <= m <= last and m in self.published
        }


class Census(Fake):
    """api.census.gov: rows of text, the first one names the columns; 204 for none."""

    name = "census"
    key = "a-key-of-census"
    codes = {"CHN": "5700", "JPN": "5880", "DEU": "4280", "CAN": "1220"}  # noqa: RUF012

    def answer(self, request: Request) -> Response:
        ask = request.args
        if "key" not in ask:
            return Response("", 302, {"Location": "/census/missing_key.html"})
        if ask["key"] != self.key:
            return Response("", 302, {"Location": "/census/invalid_key.html"})
        fields = ask["get"].split(",")
        for field in fields:
            if field not in COLUMNS:
                return Response(f"error: unknown variable '{field}'", 400)
        words = ask["time"].split()
        first, last = words[1], words[3]
        digits = int(ask["COMM_LVL"][2:])
        prefix = ask["I_COMMODITY"].rstrip("*")
        exact = not ask["I_COMMODITY"].endswith("*")
        sums: dict[tuple[str, str, str], list[int]] = {}
        for product in self.world:
            code = product[:digits]
            if code != prefix if exact else not code.startswith(prefix):
                continue
            for month, flows in self.lines(product, first, last).items():
                for country, (usd, kg) in flows.items():
                    for place in (self.codes[country], "-"):
                        cell = sums.setdefault((code, month, place), [0, 0])
                        cell[0] += usd
                        cell[1] += kg
        rows = []
        for (code, month, place), (usd, kg) in sums.items():
            if ask.get("CTY_CODE", place) != place:
                continue
            row = {
                "CTY_CODE": place,
                "CTY_NAME": "TOTAL FOR ALL COUNTRIES" if place == "-" else place,
                "GEN_VAL_MO": str(usd),
                "GEN_QY1_MO": str(kg),
                "UNIT_QY1": "KG",
                "GEN_QY2_MO": "0",
                "UNIT_QY2": "-",
            }
            echo = [ask["COMM_LVL"], ask["SUMMARY_LVL"], code, month]
            rows.append([row[f] for f in fields] + echo)
        if not rows:
            return Response("", 204)
        head = [*fields, "COMM_LVL", "SUMMARY_LVL", "I_COMMODITY", "time"]
        return Response(json.dumps([head, *rows]), content_type="application/json")


COLUMNS = {"CTY_CODE", "CTY_NAME", "GEN_VAL_MO", "GEN_QY1_MO", "UNIT_QY1"}
COLUMNS |= {"GEN_QY2_MO", "UNIT_QY2", "AIR_WGT_MO", "VES_WGT_MO", "CON_VAL_MO"}
