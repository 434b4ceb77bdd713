"""overseer mail setup: the tables, by one who may make them, for one who may only use them."""

from argparse import Namespace

from overseer.errors import DONE
from overseer.mail.desk import say
from overseer.outbox import Outbox


def run(args: Namespace) -> int:
    outbox = Outbox(args.url)
    if args.group:
        outbox.share(args.group)
    outbox.counts()
    for role in args.roles:
        outbox.grant(role)
    users = [*args.roles, *([f"group {args.group}"] if args.group else [])]
    whom = f", and {', '.join(users)} may use it" if users else ""
    say(args, f"the queue is there: {outbox.name}{whom}", url=outbox.name, users=users)
    return DONE
