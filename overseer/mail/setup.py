"""overseer mail setup: the tables, by one who may make them, for one who may only use them."""

from argparse import Namespace

from overseer.errors import DONE
from overseer.outbox import Outbox


def run(args: Namespace) -> int:
    outbox = Outbox(args.url)
    outbox.counts()
    for role in args.roles:
        outbox.grant(role)
    whom = f", and {', '.join(args.roles)} may use it" if args.roles else ""
    print(f"the queue is there: {outbox.name}{whom}")
    return DONE
