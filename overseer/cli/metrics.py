"""overseer metrics"""

from argparse import ArgumentParser, Namespace

from overseer.cli.context import Context
from overseer.errors import DONE

EXAMPLES = {
    "metrics": """examples:
  overseer metrics
  overseer metrics > /var/lib/node_exporter/overseer.prom.new &&
    mv /var/lib/node_exporter/overseer.prom.new /var/lib/node_exporter/overseer.prom

The second, run every minute, is for the textfile collector of a node exporter; `mv` lets it see
whole files only."""
}


def add_arguments(parser: ArgumentParser, word: str) -> None:
    pass


def run(args: Namespace, context: Context) -> int:
    from overseer.control.metrics import text

    answer = context.client.ask("status", {"tree": True})
    context.conclude(answer)
    if "status" not in answer:
        return int(answer["code"])
    context.out.write(text(answer["status"]))
    context.out.flush()
    return DONE
