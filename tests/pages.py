"""A small project with pages as reports write them; its numbers are samples."""

import json
from pathlib import Path

import pandas as pd

from rareearth import charts

QUESTION = "How dependent is an importer, stage by stage?"
SHARES = {
    "canada-dependency": ("Canada", 0.52, 0.53, 0.29),
    "chile-dependency": ("Chile", 0.91, 0.0, 0.44),
}


def project(root: Path) -> Path:
    """Two reports, their list and their notebook, in the folder ``root``."""
    rows = []
    for name, (importer, *shares) in SHARES.items():
        report(root / "reports" / name, importer, shares)
        cells = " | ".join(f"{100 * share:.0f} % (2024)" for share in shares)
        rows.append(f"| [{importer}]({name}/README.md) | {cells} |")
    cards = [
        f"### [How dependent is {importer}?]({name}/README.md)\n\nIn 2024 China …"
        for name, (importer, *_) in SHARES.items()
    ]
    listing = [
        "# Reports\n\nEach report is a [notebook](../notebooks/README.md).",
        "## Importers by stage\n\nChina's share of what each importer buys.",
        "| importer | magnets | metals | compounds |\n| --- | ---: | ---: | ---: |\n"
        + "\n".join(rows),
        f"## {QUESTION}",
        *cards,
    ]
    (root / "reports/README.md").write_text("\n\n".join(listing) + "\n")
    (root / "notebooks").mkdir()
    (root / "notebooks/README.md").write_text("# Notebooks\n")
    (root / "notebooks/01-dependency.ipynb").write_text('{"cells": []}\n')
    return root


def report(folder: Path, importer: str, shares: list[float]) -> None:
    """One page: a figure with its table, a table, a formula, the usual sections."""
    folder.mkdir(parents=True)
    figure(folder, importer, shares)
    sentence = f"In 2024 China supplied {100 * shares[0]:.0f} % of {importer}’s magnets"
    (folder / "README.md").write_text(PAGE.format(importer=importer, answer=sentence))
    (folder / "suppliers.csv").write_text("stage,hhi\nmagnets,0.42\n")
    headline = {
        "report": folder.name,
        "title": f"How dependent is {importer}?",
        "notebook": "01-dependency",
        "parameters": {"importer": importer},
        "as_of": "",
        "answer": f"{sentence}.",
        "sentence": f"{sentence}. Supply is concentrated.",
        "values": [{"id": "magnets.china_share", "value": shares[0], "year": 2024}],
        "tables": {"trade": {"edition": "BACI V202601", "sha256": "0" * 64}},
        "version": "0.1.0",
    }
    (folder / "headline.json").write_text(json.dumps(headline))


def figure(folder: Path, importer: str, shares: list[float]) -> None:
    """A ladder with its table."""
    stages = ("Magnets", "Metals", "Compounds")
    bars = pd.DataFrame(
        [
            row
            for stage, share in zip(stages, shares, strict=True)
            for row in ((stage, "China", share, "china"),
                        (stage, "others", 1 - share, "others"))
        ],
        columns=["label", "supplier", "share", "kind"],
    )  # fmt: skip
    title = f"Sample: China’s share of what {importer} buys"
    source = "Sample values, not of any source."
    ax = charts.ladder(bars, title=title, source=source, xlabel="share (%)")
    ax.figure.savefig(folder / "ladder.png", dpi=110)
    charts.close(ax)
    bars.to_csv(folder / "ladder.csv", index=False)


PAGE = r"""# How dependent is {importer}?

**{answer}.**

Supply is concentrated: HHI 0.42, the same as 2.4 equal suppliers.

Each stage needs the one before; what is cheap at one may be scarce at the next.

## Who supplies each stage

![One bar for each of 3 stages; China \[sample\] 52 % of the magnets.](ladder.png)

[Table behind the figure (CSV)](ladder.csv)

Read it from top to bottom. See [Chile](../chile-dependency/README.md#sources) too.

| stage | equal suppliers | largest |
| --- | ---: | --- |
| magnets | 2.4 | China 52 %, United States 38 %, Japan 4 %, Germany 2 % |

[This table (CSV)](suppliers.csv)

The index is $H = \sum_i s_i^2$, so that

$$N = \frac{{1}}{{H}}$$

## What this does not show

- Prices of 5 $ or 10 $ are no formula.

## Sources

- CEPII, BACI, <https://www.cepii.fr>

## How to make this page again

```
rareearth report --notebook 01-dependency -p importer=XXX --out a-long-folder/of-pages
```

It runs [01-dependency](../../notebooks/01-dependency.ipynb).
"""
