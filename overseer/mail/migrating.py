"""overseer mail migrate: everything from one queue into another."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from overseer.errors import DONE, UsageError
from overseer.mail.desk import say, there
from overseer.mail.progress import Progress
from overseer.outbox import Outbox, Unavailable

if TYPE_CHECKING:
    from overseer.outbox.moving import Moved

AGAIN = "type the same again, and it goes on where it was"
LOOK_EVERY = 0.2
"""Seconds between two looks at what is under way."""


def migrate(args: Namespace) -> int:
    if not 0 <= args.wait < float("inf"):
        raise UsageError(f"--wait: {args.wait} is not a number of seconds")
    source, target = there_from(args.source), Outbox(args.target)
    if args.dry_run:
        return only_say(args, source, target)
    target.counts()  # makes it, or says why it cannot be used, before anything is touched
    counts = source.counts()
    total = counts.due + counts.waiting + counts.leased + counts.dead + counts.sent
    try:
        with Progress("moving", total) as progress:
            done = source.move_to(target, tell=progress, wait=waiting(), patience=args.wait)
    except Unavailable as error:
        raise Unavailable(f"{error}; {AGAIN}") from error
    except KeyboardInterrupt:
        print(f"overseer: interrupted; {AGAIN}", file=sys.stderr)
        raise
    say(
        args,
        report(done, source, target),
        source=source.name,
        target=target.name,
        moved=done.counts,
        pauses=done.pauses,
        known=done.known,
    )
    return DONE


def there_from(url: str) -> Outbox:
    try:
        return there(url)
    except UsageError as error:
        raise UsageError(str(error).replace("--url:", "--from:")) from error


def only_say(args: Namespace, source: Outbox, target: Outbox) -> int:
    """Nothing is changed, and no queue is made."""
    counts, pauses = source.counts(), len(source.pauses())
    queued = counts.due + counts.waiting
    exists = target.is_there()
    lines = [
        f"would move {queued:,} queued, {counts.dead:,} dead, {counts.sent:,} sent and"
        f" {plural(pauses)} from {source.name} to {target.name},"
        f" {'which is there' if exists else 'which would be made'}"
    ]
    if counts.leased:
        lines.append(f"{counts.leased:,} more are under way in a worker; stop it first")
    moved = {"queued": queued, "dead": counts.dead, "sent": counts.sent}
    say(
        args,
        "\n".join(lines),
        dry_run=True,
        source=source.name,
        target=target.name,
        target_is_there=exists,
        moved=moved,
        pauses=pauses,
        leased=counts.leased,
    )
    return DONE


def waiting() -> Callable[[int], None]:
    """Said once, wherever it is read: it may take two minutes."""
    told = False

    def wait(leased: int) -> None:
        nonlocal told
        if not told:
            print(f"waiting for {leased} deliveries that are under way ...", file=sys.stderr)
            told = True
        time.sleep(LOOK_EVERY)

    return wait


def report(done: "Moved", source: Outbox, target: Outbox) -> str:
    counts = done.counts
    lines = [
        f"moved {counts['queued']:,} queued, {counts['dead']:,} dead, {counts['sent']:,} sent"
        f" and {plural(done.pauses)} to {target.name}"
    ]
    if done.known:
        lines.append(f"{done.known:,} more had their like there already, by their dedupe keys")
    if done.pauses:
        lines.append("what was paused is paused there too")
    lines.append(
        f"{source.name} is empty and sends nothing any more. Point applications and workers at the"
        " new queue; what they still put into the old one is taken along by the same command"
    )
    return "\n".join(lines)


def plural(pauses: int) -> str:
    return f"{pauses:,} {'pause' if pauses == 1 else 'pauses'}"
