"""Trade files larger than memory: this library against hand-written SQL and pandas.

    python benchmarks/large.py --out benchmarks/large.md
    python benchmarks/large.py --rows 200000 --years 2 --rounds 1      (half a minute)
    python benchmarks/large.py --real baci_hs92_74codes_1995_2024.csv.gz   (equality)

A file of a simulated world is written in BACI's layout: as many rows a year as the real
one has (9.3 million), 5,000 products, all countries. Each case runs in a process of its
own, the cases of one comparison in turn, round after round; time is the shortest, since
what else a machine does only adds, and memory the highest that the operating system
saw. Ratios of one run on one machine are meant.

With ``--real`` the indicators of real rows are made by pandas, row by row, too, and
must be equal.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

FEW = ["280530", "284610", "284690", "850511"]
PRODUCTS = 5000
BOUGHT = 65  # of a hundred products, by a country in a year
ROWS, YEARS, ROUNDS = 9_300_000, 4, 5
FIRST = 2021
CSV = "columns={'t':'INTEGER','i':'INTEGER','j':'INTEGER','k':'VARCHAR',"
CSV += "'v':'DOUBLE','q':'VARCHAR'}, header=true"


class Run(NamedTuple):
    """Seconds and peak memory of one process."""

    seconds: float
    megabytes: float


# --- the cases: each is the body of a process ----------------------------------------


def library_few(files: list[str]) -> None:
    from rareearth import trade

    print(len(trade.query(files, products=FEW)))


def sql_few(files: list[str]) -> None:
    import duckdb

    codes = ", ".join(f"'{code}'" for code in FEW)
    source = f"read_csv({files!r}, {CSV})"
    print(len(duckdb.sql(f"SELECT * FROM {source} WHERE k IN ({codes})").df()))


def pandas_few(files: list[str]) -> None:
    import pandas as pd

    found = []
    for file in files:
        table = pd.read_csv(file, dtype={"k": str, "q": str})
        found.append(table[table["k"].isin(FEW)])
    print(len(pd.concat(found)))


def imports(_: list[str]) -> None:
    import duckdb
    import pandas as pd

    print(duckdb.__version__, pd.__version__)


def library_all(files: list[str]) -> None:
    from rareearth import trade

    print(sum(len(year) for year in trade.indicators(files)))


def sql_all(files: list[str]) -> None:
    """All years at once, doubles, and whichever supplier comes first among equals."""
    import duckdb

    table = duckdb.sql(f"""
        SELECT t, k, j, sum(v) AS value, count(*) AS suppliers, max_by(i, v) AS top,
               max(v) / sum(v) AS top_share, sum(v * v) / (sum(v) * sum(v)) AS hhi
        FROM read_csv({files!r}, {CSV}) GROUP BY t, k, j ORDER BY t, k, j
    """).df()
    print(len(table))


def converted(files: list[str]) -> None:
    from rareearth import trade

    *sources, out = files
    trade.convert(sources, out)
    print(out)


def measured(case: str, *words: object) -> Run:
    """Run a case in a process of its own.

    This one stays small: a process begins with the memory of the one that starts it.
    """
    command = [sys.executable, __file__, "--case", case, *map(str, words)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status or not told.strip():
        raise SystemExit(f"{case} failed with {status}")
    return Run(seconds, usage.ru_maxrss / 1024)


def in_turn(cases: dict[str, tuple[str, list[Path]]], rounds: int) -> dict[str, Run]:
    """Shortest time and highest memory of each case, taken in turn."""
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (case, files) in cases.items():
            runs[name].append(measured(case, *files))
    return {
        name: Run(
            min(run.seconds for run in found),
            max(run.megabytes for run in found),
        )
        for name, found in runs.items()
    }


# --- a full-size file of a simulated world -------------------------------------------


def written(words: list[str]) -> None:
    """A year in BACI's layout: distinct flows, log-normal values, some weights NA."""
    path, year, rows = words[0], int(words[1]), int(words[2])
    import duckdb

    from rareearth import tables

    known = tables.load("country_codes").query("scheme == 'un'")
    # Germany had another code before 1990: of each country one
    codes = known.drop_duplicates("iso3", keep="last")["code"].astype(int)
    frame = codes.to_frame()  # noqa: F841 (DuckDB reads it)
    pairs = len(codes) * (len(codes) - 1)
    share = round(rows / (pairs * PRODUCTS * BOUGHT / 100) * 1_000_000)
    listed = ", ".join(f"('{code}')" for code in FEW)
    duckdb.sql(f"""
        COPY (
            SELECT {year} AS t, e.code AS i, m.code AS j, k,
                   printf('%.3f', exp(3 + 3 * sqrt(-2 * ln(u1)) * cos(6.2832 * u2))
                          + 0.001) AS v,
                   CASE WHEN u2 < 0.05 THEN 'NA' ELSE printf('%.3f', 9 * u1) END AS q
            FROM frame AS e, frame AS m,
                 (SELECT printf('%06d', 10000 + 190 * n) AS k
                  FROM range({PRODUCTS - len(FEW)}) AS products(n)
                  UNION ALL VALUES {listed}) AS goods,
                 LATERAL (SELECT hash(e.code, m.code, k, {year}) AS h) AS drawn,
                 LATERAL (SELECT ((h >> 20) % 1000003 + 1) / 1000004.0 AS u1,
                                 ((h >> 40) % 1000003 + 1) / 1000004.0 AS u2) AS two
            WHERE e.code <> m.code AND h % 1000000 < {share}
              AND hash(m.code, k) % 100 < {BOUGHT}
        ) TO '{path}' (HEADER, DELIMITER ',')
    """)
    print(path)


# --- what is said --------------------------------------------------------------------


def compared(folder: Path, rows: int, years: int, rounds: int) -> list[str]:
    """The lines of the page."""
    files = []
    for year in range(FIRST, FIRST + years):
        files.append(folder / f"BACI_HS17_Y{year}_V202601.csv")
        measured("written", files[-1], year, rows)
        print(f"wrote {files[-1].name}", file=sys.stderr)
    one = files[:1]
    kept, whole = folder / "one.parquet", folder / "all.parquet"
    converting = measured("converted", *one, kept)
    measured("converted", *files, whole)
    few = in_turn(
        {
            "library": ("library_few", one),
            "SQL": ("sql_few", one),
            "pandas": ("pandas_few", one),
            "converted": ("library_few", [kept]),
            "pandas, all": ("pandas_few", files),
            "converted, all": ("library_few", [whole]),
        },
        rounds,
    )
    imports = in_turn({"": ("imports", [])}, rounds)[""]
    every = in_turn(
        {"library": ("library_all", files), "SQL": ("sql_all", files)}, rounds
    )
    spans = [n for n in (1, 2, years) if n <= years]
    flat = {n: measured("library_all", *files[:n]) for n in dict.fromkeys(spans[:-1])}
    flat[years] = every["library"]
    size = sum(file.stat().st_size for file in files) / 1e6
    ratio = few["library"].seconds / few["SQL"].seconds
    memory = few["library"].megabytes / few["pandas"].megabytes
    faster = few["pandas"].seconds / few["converted"].seconds
    far = few["pandas, all"].seconds / few["converted, all"].seconds
    indicators = every["library"].seconds / every["SQL"].seconds
    return [
        f"{rows:,} rows a year, {years} years ({size:,.0f} MB of CSV), {PRODUCTS:,} "
        f"products; the shortest of {rounds} rounds; {os.cpu_count()} processors, "
        f"Python {platform.python_version()}.",
        "",
        "| what | target | measured | seconds | peak memory |",
        "| --- | --- | --- | --- | --- |",
        "| four products out of a raw yearly CSV, against hand-written DuckDB "
        f"| ≤ 1.1× its time | {ratio:.2f}× | {few['library'].seconds:.2f} against "
        f"{few['SQL'].seconds:.2f} | {few['library'].megabytes:,.0f} MB against "
        f"{few['SQL'].megabytes:,.0f} MB |",
        "| the same, against pandas | ≤ 1/3 of its memory "
        f"| {memory:.2f} | {few['library'].seconds:.2f} against "
        f"{few['pandas'].seconds:.2f} | {few['library'].megabytes:,.0f} MB against "
        f"{few['pandas'].megabytes:,.0f} MB |",
        f"| out of {years} years converted, against pandas on their CSV | ≥ 5× faster "
        f"| {far:.1f}× | {few['converted, all'].seconds:.2f} against "
        f"{few['pandas, all'].seconds:.2f} "
        f"| {few['converted, all'].megabytes:,.0f} MB against "
        f"{few['pandas, all'].megabytes:,.0f} MB |",
        "| out of one year converted, against pandas on its CSV | ≥ 5× faster "
        f"| {faster:.1f}× | {few['converted'].seconds:.2f} (of them "
        f"{imports.seconds:.2f} to import pandas and DuckDB) against "
        f"{few['pandas'].seconds:.2f} | {few['converted'].megabytes:,.0f} MB against "
        f"{few['pandas'].megabytes:,.0f} MB |",
        "| all indicators of all years, against hand-written SQL | ≤ 1.2× its time "
        f"| {indicators:.2f}× | {every['library'].seconds:.2f} against "
        f"{every['SQL'].seconds:.2f} | {every['library'].megabytes:,.0f} MB against "
        f"{every['SQL'].megabytes:,.0f} MB |",
        "| their peak memory, by number of years | ≤ 500 MB, flat | "
        + ", ".join(f"{n}: {run.megabytes:,.0f} MB" for n, run in flat.items())
        + " | "
        + ", ".join(f"{run.seconds:.1f}" for run in flat.values())
        + " | |",
        "",
        f"Converting one year takes {converting.seconds:.0f} s and "
        f"{converting.megabytes:,.0f} MB, once. The SQL adds doubles, so "
        "its last digits depend on the order of rows, and takes any of equal "
        "suppliers; the library adds whole thousandths of a dollar, refuses a flow "
        "that stands twice, and goes year by year.",
    ]


def equal(files: list[str]) -> None:
    """Compare the indicators of real rows with those that pandas makes row by row."""
    import pandas as pd

    from rareearth import trade

    ours = pd.concat(list(trade.indicators(files)), ignore_index=True)
    flows = trade.query(files)
    flows = flows[flows["exporter"] != flows["importer"]]
    flows = flows.assign(
        year=flows["start"].dt.year,
        amount=(flows["value_usd"] * 1000).round().astype("int64"),
    ).sort_values("exporter")
    key = ["year", "product", "importer"]
    groups = flows.groupby(key)
    total = groups["amount"].sum()
    top = flows.loc[groups["amount"].idxmax()].set_index(key)
    by_hand = pd.DataFrame(
        {
            "value_usd": total / 1000,
            "suppliers": groups.size(),
            "top_supplier": top["exporter"],
            "top_share": top["amount"] / total,
        }
    ).reset_index()
    columns = list(by_hand.columns)
    text = {name: "str" for name in ("product", "importer", "top_supplier")}
    pd.testing.assert_frame_equal(
        ours[columns].astype(text),
        by_hand.astype(text),
        check_dtype=False,
        check_exact=True,
    )
    print(
        f"{len(flows):,} real rows: {len(by_hand):,} products × importers × years, all "
        "equal to the digit (value, suppliers, largest supplier, its share)."
    )


CASES = {
    case.__name__: case
    for case in (
        *(library_few, sql_few, pandas_few, library_all, sql_all),
        *(converted, imports, written, equal),
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS, help="a year")
    parser.add_argument("--years", type=int, default=YEARS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--real", type=Path, help="a BACI file, for equality")
    parser.add_argument("--out", type=Path, help="Markdown; default: the screen")
    parser.add_argument("--case", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.case:
        CASES[asked.case[0]](asked.case[1:])
        return
    lines = ["# Trade files larger than memory", ""]
    if asked.real:
        command = [sys.executable, __file__, "--case", "equal", str(asked.real)]
        lines += [subprocess.check_output(command, text=True), ""]
    with tempfile.TemporaryDirectory() as folder:
        lines += compared(Path(folder), asked.rows, asked.years, asked.rounds)
    lines += ["", f"Made by `python benchmarks/large.py`. {' '.join(NOTE.split())}"]
    text = "\n".join(lines) + "\n"
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    else:
        print(text)


NOTE = """Ratios of one run on one machine; seconds are that machine's, and the machine
may have been at other work."""

if __name__ == "__main__":
    main()
