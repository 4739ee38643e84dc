"""The command line: ``rareearth report`` and its neighbours.

What is slow to import is imported where it is needed: ``--help``, and a run with
nothing to do, answer at once.
"""

from __future__ import annotations

import importlib

import click

import rareearth

# Commands, which are imported when they are called: where each stands, and what the
# list of commands says of it.
COMMANDS = {
    "check": ("rareearth.trade.commands:check", "Say what trade files are and hold."),
    "convert": ("rareearth.trade.commands:convert", "Write them as one trade table."),
    "diff": ("rareearth.report.compared:command", "Tell what moved, and why."),
    "doctor": ("rareearth.trade.fetch.commands:doctor", "Try each office."),
    "editions": (
        "rareearth.trade.fetch.commands:editions",
        "List editions, show revisions by cell.",
    ),
    "notebooks": (
        "rareearth.report.commands:notebooks",
        "Run notebooks in place, so that stored outputs are current.",
    ),
    "report": (
        "rareearth.report.commands:report",
        "Make reports that are not up to date, by name or all.",
    ),
    "site": ("rareearth.report.site:command", "Make the readers' site of all pages."),
    "update": (
        "rareearth.trade.fetch.commands:update",
        "Fetch what is new from the statistics offices.",
    ),
}


class Commands(click.Group):
    """The commands of :data:`COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in one order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; its module is imported only now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List all commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted((n, w) for n, (_, w) in COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(rareearth.__version__)
def main() -> None:
    """Who depends on whom for rare earths: reports and the notebooks behind them."""
