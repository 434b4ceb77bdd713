"""overseer mail stats: how much, how fast, what died of what, and who is at work."""

import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict

from overseer.errors import DONE
from overseer.mail.desk import say_json, there
from overseer.mail.masking import masked
from overseer.mail.pause_words import say_pause
from overseer.outbox import Outbox
from overseer.outbox.sight import STATES
from overseer.outbox.sums import Stats
from overseer.units import show_seconds


def stats(args: Namespace) -> int:
    outbox = there(args.url)
    found = outbox.stats()
    if args.json:
        return say_json(
            {
                "url": outbox.name,
                "counts": asdict(outbox.counts()),
                "oldest_due_s": outbox.oldest_due(),
                "deferred": outbox.deferred().count,
                "oldest_deferred_s": outbox.oldest_deferred(),
                "pauses": [asdict(pause) for pause in outbox.pauses()],
                "workers": [asdict(sign) for sign in outbox.workers()],
            }
            | asdict(found)
        )
    print("\n".join(lines(outbox, found)))
    return DONE


def lines(outbox: Outbox, found: Stats) -> Iterator[str]:
    yield outbox.name
    yield from table(found)
    yield ""
    yield f"sent      {found.sent_hour:,} in the last hour, {found.sent_day:,} in the last day"
    oldest = outbox.oldest_due()
    yield f"oldest    {'nothing is due' if oldest is None else f'due for {show_seconds(oldest)}'}"
    deferred, age = outbox.deferred(), outbox.oldest_deferred()
    if age is not None:
        since = f"the oldest since {show_seconds(age)}"
        yield f"deferred  {deferred.count:,}, {since}: {masked(deferred.text)}"
    for cause in found.causes:
        code = f" {cause.code}" if cause.code is not None else ""
        yield f"dead      {cause.count:,} {masked(cause.reason)}{code}"
    for pause in outbox.pauses():
        yield f"paused    {say_pause(pause, time.time())}"
    for sign in outbox.workers():
        yield f"worker    {sign.name} on {sign.host}, last sign {show_seconds(sign.ago)} ago"


def table(found: Stats) -> Iterator[str]:
    """A line for each queue."""
    names = sorted({tally.queue for tally in found.queues})
    if not names:
        return
    number = {(tally.queue, tally.state): tally.count for tally in found.queues}
    width = max(len("queue"), *map(len, names))
    yield f"{'queue':<{width}}" + "".join(f"{state:>10}" for state in STATES)
    for name in names:
        counts = "".join(f"{number.get((name, state), 0):>10,}" for state in STATES)
        yield f"{name:<{width}}{counts}"
