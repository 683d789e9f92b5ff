"""The page terraform/COSTS.md: tables of what scripts/costs.py has counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.costs import Part, Table

#: The largest parts that a table names.
_LARGEST = 8


def page(
    month: Mapping[str, Sequence[Part]],
    warmed: Sequence[Part],
    turns: Sequence[Part],
    warm_instance: float,
    table: Table,
) -> str:
    """Returns the page: `month` has the idle parts of each environment, `warmed` those of prod with a warm
    instance of each hop, `turns` those of a thousand turns."""
    largest = sorted(_own(month["prod"]), key=lambda part: -part.beside)[:_LARGEST]
    return "\n".join(
        [
            _INTRODUCTION.format(region=table.region),
            "## A month without any message\n",
            "| deployment | alone | beside others |\n| --- | ---: | ---: |",
            *(_total(name, _own(parts)) for name, parts in month.items()),
            _total("prod, one warm instance of each hop", _own(warmed)),
            _total("prod with a hostname", month["prod"]),
            f"\nA warm instance is {_usd(warm_instance)} a month. `sizes` in `environments/prod.tfvars`",
            "keeps them; `wake_ahead` (the default) shortens the first answer without them:",
            "[infra/decisions/0018-wake-ahead.md](../infra/decisions/0018-wake-ahead.md).",
            "\nLargest parts of `prod`:\n",
            *_monthly(largest),
            "\nOf the hostname:\n",
            *_monthly([part for part in month["prod"] if part.hostname]),
            "\n## A thousand turns\n",
            "Beyond all free amounts, and if no two turns overlap.\n",
            "| turns | US dollars |\n| --- | ---: |",
            f"| with the default model | {_usd(sum(part.usd for part in _own(turns)))} |",
            f"| answers from the knowledge alone | {_usd(_without_model(turns, table))} |",
            f"| a hostname adds | {_usd(sum(part.usd for part in turns if part.hostname))} |\n",
            *_parts(_own(turns)[:_LARGEST]),
            "\n## Prices\n",
            "| one | US dollars | free a month | seen |\n| --- | ---: | ---: | --- |",
            *_prices(table),
            "\n## Figures\n",
            "| figure | value | from |\n| --- | ---: | --- |",
            *(
                f"| {name.replace('_', ' ')} | {figure['value']:,} | {figure['from']} |"
                for name, figure in table.figures.items()
            ),
            "",
        ]
    )


_INTRODUCTION = """# What it costs

Made by `make prices` from plans of this configuration and [infra/prices.yaml](../infra/prices.yaml), in US
dollars before taxes, for {region}; a test fails if this page is stale. It is an estimate: gateways, traffic
to the internet and support are not in it. *Alone*: the free amounts of the billing account are this
deployment's. *Beside others*: other projects use them up, and only those of the project are left. Prices
with ≈ were not found in the vendor's own text for this region.
"""


def _own(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if not part.hostname]


def _total(name: str, parts: Sequence[Part]) -> str:
    alone, beside = sum(part.alone for part in parts), sum(part.beside for part in parts)
    return f"| {name} | {_usd(alone)} | {_usd(beside)} |"


def _monthly(parts: Sequence[Part]) -> list[str]:
    return [
        "| part | amount | alone | beside others |\n| --- | ---: | ---: | ---: |",
        *(
            f"| {part.price.name} | {_amount(part.amount)} | {_usd(part.alone)} | {_usd(part.beside)} |"
            for part in parts
        ),
    ]


def _parts(parts: Sequence[Part]) -> list[str]:
    return [
        "| part | amount | US dollars |\n| --- | ---: | ---: |",
        *(f"| {part.price.name} | {_amount(part.amount)} | {_usd(part.usd)} |" for part in parts),
    ]


def _prices(table: Table) -> list[str]:
    lines = []
    for price in sorted(table.prices.values(), key=lambda price: price.name):
        sure = "" if price.confirmed else "≈ "
        why = f" ({price.note})" if price.note else ""
        free = f"{_amount(price.free)} per {price.free_of}" if price.free else ""
        usd = f"{price.usd:.10f}".rstrip("0").rstrip(".")
        lines.append(f"| [{price.name}]({price.source}){why} | {sure}{usd} | {free} | {price.seen} |")
    return lines


def _without_model(turns: Sequence[Part], table: Table) -> float:
    """Returns the cost of turns without tokens, and with a reply that takes the least that is billed."""
    saved = table.of("seconds_of_reply") - table.of("seconds_of_webhook")
    all_seconds = sum(part.amount for part in turns if part.price == table.prices["cpu_second"])
    share = saved * 1_000 / all_seconds if all_seconds else 0.0
    timed = {table.prices["cpu_second"], table.prices["memory_second"]}
    tokens = {table.prices["token_in"], table.prices["token_out"]}
    return sum(
        part.usd * (1 - share if part.price in timed else 1)
        for part in _own(turns)
        if part.price not in tokens
    )


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:,.2f}".rstrip("0").rstrip(".")


def _usd(usd: float) -> str:
    return f"{usd:,.2f}" if usd >= 0.005 or not usd else "< 0.01"
