"""Statistics offices as their documentation describes them, in simulated worlds.

Each answers in its own layout and does, on demand, what offices do wrong.
"""

import json
import re
from collections.abc import Callable, Sequence

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from rareearth.trade.fetch.http import Session
from rareearth.trade.fetch.office import Answer
from rareearth.trade.fetch.plan import Desk, Outcome, gather, outcome
from rareearth.trade.fetch.query import Part, Query

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


def fetched(
    desk: Desk, session: Session, query: Query, held: Sequence[Part] = ()
) -> tuple[dict[Part, list[Answer]], Outcome]:
    """Parts as they came, and what they say."""
    got: dict[Part, list[Answer]] = {}
    gather(desk, query, session, held, lambda part, pages: got.update({part: pages}))
    bodies = [page.body for pages in got.values() for page in pages]
    return got, outcome(desk, query, session, bodies)


def spoiled(old: str, new: str) -> Callable[[Response], Response]:
    """A fault that changes a piece of the right answer."""

    def spoil(response: Response) -> Response:
        text = response.get_data(as_text=True)
        assert old in text
        return Response(text.replace(old, new, 1))

    return spoil


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
        wanted = [m for m in found if first <= m <= last]
        return {m: found[m] for m in wanted if m in self.published}


class Census(Fake):
    """api.census.gov: rows of text, the first one names the columns; 204 for none."""

    name = "census"
    key = "a-key-of-census"
    counted = ""  # "second": kg is the second unit; "mode": only by air and vessel
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
                "AIR_VAL_MO": "0",
                "AIR_WGT_MO": "0",
                "VES_VAL_MO": "0",
                "VES_WGT_MO": "0",
            } | self.counted_otherwise(usd, kg)
            echo = [ask["COMM_LVL"], ask["SUMMARY_LVL"], code, month]
            rows.append([row[f] for f in fields] + echo)
        if not rows:
            return Response("", 204)
        head = [*fields, "COMM_LVL", "SUMMARY_LVL", "I_COMMODITY", "time"]
        return Response(json.dumps([head, *rows]), content_type="application/json")

    def counted_otherwise(self, usd: int, kg: int) -> dict[str, str]:
        """The line counted in pieces, its weight told elsewhere."""
        pieces = {"GEN_QY1_MO": "77", "UNIT_QY1": "NO"}
        if self.counted == "second":
            return pieces | {"GEN_QY2_MO": str(kg), "UNIT_QY2": "KG"}
        if self.counted == "mode":
            air = {"AIR_VAL_MO": "100", "AIR_WGT_MO": "1"}
            vessel = {"VES_VAL_MO": str(usd - 100), "VES_WGT_MO": str(kg - 1)}
            return pieces | air | vessel
        return {}


COLUMNS = {"CTY_CODE", "CTY_NAME", "GEN_VAL_MO", "GEN_QY1_MO", "UNIT_QY1"}
COLUMNS |= {"GEN_QY2_MO", "UNIT_QY2", "CON_VAL_MO"}
COLUMNS |= {"AIR_VAL_MO", "AIR_WGT_MO", "VES_VAL_MO", "VES_WGT_MO"}


class Eurostat(Fake):
    """Comext by SDMX: CSV with one field too many, faults as XML, a queue.

    ``late`` members have not reported the last month; ``too_big`` and ``queued`` are
    the numbers of months from which a query is refused or put in the queue.
    """

    name = "eurostat"
    members = ("DE", "FR")
    partners = {"CHN": "CN", "JPN": "JP", "FRA": "FR"}  # noqa: RUF012
    late: tuple[str, ...] = ()
    too_big = queued = 100
    polls = 2

    def answer(self, request: Request) -> Response:
        path = request.path.removeprefix("/eurostat/")
        if path.startswith("1.0/async/status/"):
            self.polls -= 1
            state = "PROCESSING" if self.polls else "AVAILABLE"
            return xml(f"<ns1:status>{state}</ns1:status>")
        if path == "1.0/async/data/job-1":
            return self.waiting
        parts = path.removeprefix("sdmx/2.1/data/DS-045409/").split(".")
        if len(parts) != 6:
            return fault(
                400, 140, "INVALID_QUERY_NB_FILTERS: Incorrect number of filters"
            )
        _, reporters, partner, product, flow, indicators = parts
        if not any(p.startswith(product) for p in self.world):
            return fault(
                400,
                150,
                "INVALID_QUERY_DIMENSION_VALUE: Query is invalid as per its structure"
                "&apos;s definition. The following values for dimension are not "
                f"allowed: PRODUCT={product}.",
            )
        first, last = request.args["startPeriod"], request.args["endPeriod"]
        span = (
            12 * (int(last[:4]) - int(first[:4])) + int(last[5:]) - int(first[5:]) + 1
        )
        if span >= self.too_big:
            return fault(
                413, 413, "EXTRACTION_TOO_BIG: The requested extraction is too big"
            )
        rows = self.rows(
            reporters.split("+"),
            partner,
            product,
            flow,
            indicators.split("+"),
            first,
            last,
        )
        if not rows:
            return fault(404, 100, "NO_RESULTS: The query did not return any results.")
        head = "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,"
        text = "\r\n".join([head + "TIME_PERIOD,OBS_VALUE", *rows, ""])
        done = Response(text, content_type="application/vnd.sdmx.data+csv")
        if span >= self.queued:
            self.waiting = done
            return xml("<queued><id>job-1</id><status>SUBMITTED</status></queued>")
        return done

    def rows(self, reporters, partner, product, flow, indicators, first, last):
        """One indicator a row, value in EUR and weight in 100 kg."""
        found: dict[tuple[str, ...], float] = {}
        for line in self.world:
            if not line.startswith(product) or flow != "1":
                continue
            for month, flows in self.lines(line, first, last).items():
                for reporter in reporters:
                    if reporter in self.late and month == max(self.published):
                        continue
                    if reporter not in self.members:
                        continue
                    for country, (eur, kg) in flows.items():
                        told = {"VALUE_IN_EUROS": eur, "QUANTITY_IN_100KG": kg / 100}
                        for place in (self.partners[country], "WORLD"):
                            for indicator in indicators:
                                if partner in ("", place):
                                    key = (reporter, place, product, indicator, month)
                                    old = found.get(key, 0)
                                    found[key] = old + told[indicator]
        return [
            f"ESTAT:DS-045409(1.0),15/11/26 08:00:00,M,{r},{p},{c},1,{i},{m},{v:.2f},"
            for (r, p, c, i, m), v in found.items()
        ]


def fault(status: int, code: int, words: str) -> Response:
    """A fault of Eurostat."""
    return xml(
        f"<faultcode>{code}</faultcode><faultstring>{words}</faultstring>", status
    )


def xml(inside: str, status: int = 200) -> Response:
    """An XML answer of Eurostat."""
    return Response(
        f'<?xml version="1.0"?><S:Fault xmlns:S="urn:x">{inside}</S:Fault>',
        status,
        content_type="application/xml",
    )


class Hmrc(Fake):
    """api.uktradeinfo.com: OData in JSON, pages of so many rows, empty for none.

    ``shift`` moves the second page back by so many rows, as when rows came in between.
    """

    name = "hmrc"
    numbers = {"CHN": ("CN", 720), "JPN": ("JP", 732), "DEU": ("DE", 4)}  # noqa: RUF012
    rows_a_page = 30_000
    shift = 0

    def answer(self, request: Request) -> Response:
        entity = request.path.removeprefix("/hmrc/")
        asked = request.args.get("$filter") or request.args.get("$apply", "")
        if entity == "Commodity":
            six = re.search(r"Hs6Code eq '(\d+)'", asked)[1]
            rows = [{"Cn8Code": p} for p in self.world if p.startswith(six)]
            return Response(json.dumps({"value": rows}))
        first = re.search(r"MonthId ge (\d+)", asked)[1]
        last = re.search(r"MonthId le (\d+)", asked)[1]
        span = [f"{m[:4]}-{m[4:]}" for m in (first, last)]
        if "$apply" in request.args:
            out = [m for m in sorted(self.published) if span[0] <= m <= span[1]]
            rows = [{"MonthId": int(m.replace("-", ""))} for m in out]
            return Response(json.dumps({"value": rows}))
        low = int(re.search(r"CommodityId ge (\d+)", asked)[1])
        high = int(re.search(r"CommodityId le (\d+)", asked)[1])
        rows = [
            {
                "MonthId": int(month.replace("-", "")),
                "FlowTypeId": 1 if country == "DEU" else 3,
                "SuppressionIndex": 0,
                "CommodityId": int(product),
                "CommoditySitcId": 77884,
                "CountryId": self.numbers[country][1],
                "PortId": port,
                "Value": gbp / 2,
                "NetMass": kg / 2,
                "SuppUnit": None,
                "Country": {"CountryCodeAlpha": self.numbers[country][0]},
            }
            for product in self.world
            if low <= int(product) <= high
            for month, flows in self.lines(product, *span).items()
            for country, (gbp, kg) in flows.items()
            for port in (116, 250)
        ]
        skip = int(request.args.get("$skip", 0))
        begin = max(0, skip - self.shift) if skip else 0
        answer = {"value": rows[begin : begin + self.rows_a_page]}
        if skip + self.rows_a_page < len(rows):
            query = request.query_string.decode().split("&$skip")[0]
            answer["@odata.nextLink"] = (
                f"{self.url}/{entity}?{query}&$skip={skip + self.rows_a_page}"
            )
        return Response(json.dumps(answer), content_type="application/json")


class Comtrade(Fake):
    """comtradeapi.un.org: so many rows at most, without notice; count 0 if odd."""

    name = "comtrade"
    key = "a-key-of-comtrade"
    numbers = {"USA": 842, "JPN": 392, "DEU": 276}  # noqa: RUF012
    rows_an_answer = 500

    def answer(self, request: Request) -> Response:
        path = request.path.removeprefix("/comtrade/")
        ask = request.args
        annual = "/A/" in path
        key = request.headers.get("Ocp-Apim-Subscription-Key")
        if path.startswith("data/") and key != self.key:
            said = (
                f"Access denied due to {'invalid' if key else 'missing'} subscription"
            )
            return Response(json.dumps({"statusCode": 401, "message": said}), 401)
        if path.startswith("public/v1/getDA"):
            out = {p[:4] if annual else p.replace("-", "") for p in self.published}
            return self.found([{"reporterCode": 156, "period": p} for p in sorted(out)])
        sums: dict[tuple[str, str, int], list[float]] = {}
        for product in self.world:
            if not product.startswith(ask["cmdCode"]):
                continue
            for month, flows in self.lines(product, "0000", "9999").items():
                period = month[:4] if annual else month.replace("-", "")
                if period not in ask["period"].split(","):
                    continue
                for country, (usd, kg) in flows.items():
                    for place in (self.numbers[country], 0):
                        if str(place) == ask.get("partnerCode", str(place)):
                            cell = sums.setdefault(
                                (ask["cmdCode"], period, place), [0, 0]
                            )
                            cell[0] += usd
                            cell[1] += kg
        rows = [
            {
                "typeCode": "C",
                "freqCode": "A" if annual else "M",
                "refYear": int(period[:4]),
                "refMonth": 52 if annual else int(period[4:]),
                "period": period,
                "reporterCode": int(ask["reporterCode"]),
                "flowCode": ask["flowCode"],
                "partnerCode": place,
                "partner2Code": 0,
                "classificationCode": "H6",
                "cmdCode": code,
                "customsCode": "C00",
                "mosCode": "0",
                "motCode": 0,
                "netWgt": kg,
                "isNetWgtEstimated": False,
                "cifvalue": None,
                "fobvalue": usd,
                "primaryValue": usd,
            }
            for (code, period, place), (usd, kg) in sums.items()
            if ask["flowCode"] == "X" and ask["reporterCode"] == "156"
        ]
        return self.found(rows[: self.rows_an_answer])

    def found(self, rows: list) -> Response:
        """Rows in the office's envelope."""
        answer = {"elapsedTime": "0.1 secs", "count": len(rows), "data": rows}
        return Response(json.dumps(answer | {"error": ""}))


class Estat(Fake):
    """api.e-stat.go.jp: cells of a table, status in the answer, months ahead as 0."""

    name = "estat"
    key = "an-app-id-of-estat"
    areas = {"CHN": "50105", "KOR": "50103", "DEU": "50213"}  # noqa: RUF012
    cells_a_page = 100_000
    shift = 0

    def answer(self, request: Request) -> Response:
        ask = request.args
        if ask.get("appId") != self.key:
            return self.said(
                100, "認証に失敗しました。アプリケーションIDを確認して下さい。", 403
            )
        first = ask.get("cdCat01From", ask.get("cdCat01", ""))
        last = ask.get("cdCat01To", ask.get("cdCat01", ""))
        year = ask["cdTimeFrom"][:4]
        measures = ask["cdCat02"].split(",") if "cdCat02" in ask else None
        found = []
        for product in self.world:
            if not first <= product <= last:
                continue
            for country, area in self.areas.items():
                values = {"100": "  ", "110": "KG"}
                for n in range(1, 13):
                    told = self.lines(product, f"{year}-{n:02d}", f"{year}-{n:02d}")
                    flow = told.get(f"{year}-{n:02d}", {}).get(country, (0, 0))
                    values[str(120 + 30 * n)] = "0"
                    values[str(130 + 30 * n)] = str(flow[1])
                    values[str(140 + 30 * n)] = str(flow[0])
                every = [int(values[str(140 + 30 * n)]) for n in range(1, 13)]
                values["140"] = str(sum(every))
                if not sum(every):
                    continue
                found += [
                    {
                        "@cat01": product,
                        "@cat02": measure,
                        "@area": area,
                        "@time": f"{year}000000",
                        "$": value,
                    }
                    for measure, value in values.items()
                    if measures is None or measure in measures
                ]
        if not found:
            return self.said(1, "正常に終了しましたが、該当データはありませんでした。")
        begin = int(ask.get("startPosition", 1)) - 1
        page = found[max(0, begin - (self.shift if begin else 0)) :][
            : self.cells_a_page
        ]
        about = {"TOTAL_NUMBER": len(found), "FROM_NUMBER": begin + 1}
        if begin + self.cells_a_page < len(found):
            about["NEXT_KEY"] = begin + self.cells_a_page + 1
        value = page if len(page) > 1 else page[0]
        data = {"RESULT_INF": about, "DATA_INF": {"VALUE": value}}
        return self.said(0, "正常に終了しました。", data=data)

    def said(self, status: int, words: str, http: int = 200, data=None) -> Response:
        """The office's envelope."""
        inside = {"RESULT": {"STATUS": status, "ERROR_MSG": words}}
        inside |= {"STATISTICAL_DATA": data} if data else {}
        return Response(
            json.dumps({"GET_STATS_DATA": inside}, ensure_ascii=False), http
        )


class Bls(Fake):
    """api.bls.gov: a status in the answer, the years cut to the limit with a word."""

    name = "bls"
    key = "a-key-of-bls"
    years = 10

    def answer(self, request: Request) -> Response:
        body = request.json
        begin, end = int(body["startyear"]), int(body["endyear"])
        message = []
        if end - begin >= self.years:
            end = begin + self.years - 1
            message = ["Year range has been reduced to the system-allowed limit."]
        data = [
            {
                "year": m[:4],
                "period": f"M{m[5:]}",
                "value": "-" if m == "2025-10" else f"{250 + i / 10:.3f}",
                "footnotes": [{}],
            }
            for i, m in enumerate(sorted(self.published))
            if begin <= int(m[:4]) <= end
        ]
        data.append({"year": str(begin), "period": "M13", "value": "1.0"})
        return Response(
            json.dumps(
                {
                    "status": "REQUEST_SUCCEEDED",
                    "message": message,
                    "Results": {"series": [{"seriesID": "CUUR0000SA0", "data": data}]},
                }
            )
        )


class Fed(Fake):
    """fred.stlouisfed.org: CSV of one series, a web page for an unknown one."""

    name = "fed"
    rates = {"EXUSEU": 1.25, "EXJPUS": 150.0}  # noqa: RUF012

    def answer(self, request: Request) -> Response:
        ask = request.args
        if ask["id"] not in self.rates:
            return Response("<html>Page not found</html>", 404)
        rows = [
            f"{m}-01,{'.' if m == '2024-02' else self.rates[ask['id']]}"
            for m in sorted(self.published)
            if ask["cosd"] <= f"{m}-01" <= ask["coed"]
        ]
        return Response("\n".join([f"observation_date,{ask['id']}", *rows, ""]))
