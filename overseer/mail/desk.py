"""overseer mail queue|retry|discard|pause|resume: what people ask of a queue, in words."""

import json
import sys
import time
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from overseer.errors import DONE, UNKNOWN_NAME, UsageError
from overseer.mail.masking import masked
from overseer.mail.pause_words import say_pause
from overseer.mail.progress import Progress
from overseer.outbox import Outbox
from overseer.outbox.pauses import ALL
from overseer.outbox.sight import Row
from overseer.terminal import on_one_line
from overseer.units import show_seconds


def there(url: str) -> Outbox:
    """A queue that somebody has made: a misspelt one is not found empty."""
    outbox = Outbox(url)
    if not outbox.is_there():
        raise UsageError(
            f"--url: there is no queue at {outbox.name}; the first mail makes it, or"
            " `overseer mail setup`"
        )
    return outbox


def say(args: Namespace, text: str, **found: Any) -> None:
    """For people, or for programs."""
    if args.json:
        say_json(found)
    else:
        print(text)


def say_json(found: Mapping[str, Any]) -> int:
    print(json.dumps(found, indent=2, ensure_ascii=False))
    return DONE


def facts(row: Row) -> dict[str, Any]:
    """All but what only its receiver should read."""
    found = asdict(row)
    del found["payload"]
    return found | {"text": masked(row.text), "reason": masked(row.reason)}


def show_queue(args: Namespace) -> int:
    outbox = there(args.url)
    states = [args.state] if args.state else ["due", "waiting", "leased", "dead"]
    counts = asdict(outbox.counts())
    rows = [row for state in states for row in outbox.rows(state, args.limit)][: args.limit]
    pauses = outbox.pauses()
    if args.json:
        return say_json(
            {
                "counts": counts,
                "oldest_due_s": outbox.oldest_due(),
                "deferred": outbox.deferred().count,
                "oldest_deferred_s": outbox.oldest_deferred(),
                "pauses": [asdict(pause) for pause in pauses],
                "rows": [facts(row) for row in rows],
            }
        )
    now = time.time()
    for row in rows:
        print(line(row, now))
    left = sum(counts[state] for state in states) - len(rows)
    if left > 0:
        print(f"... and {left:,} more; --limit {args.limit + left} shows all")
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    for pause in pauses:
        print(say_pause(pause, now))
    return DONE


def line(row: Row, now: float) -> str:
    what = masked(" ".join(part for part in (row.reason, row.text) if part))
    when = (
        f"in {show_seconds(row.at - now)}" if row.at > now else f"{show_seconds(now - row.at)} ago"
    )
    whom = on_one_line(row.rcpt or row.kind)
    return f"{row.id:>6}  {row.state:<7} {when:>10}  {whom:<28} {on_one_line(what)}".rstrip()


def retry(args: Namespace) -> int:
    outbox = there(args.url)
    total = len(args.ids) or outbox.counts().dead
    with Progress("sending again", total) as progress:
        count = outbox.retry(*args.ids, tell=progress)
    say(args, f"{count} to be sent again{left_alone(count, args.ids)}", retried=count, asked=total)
    return all_of(count, args.ids)


def discard(args: Namespace) -> int:
    count = there(args.url).discard(*args.ids, force=args.force)
    text = f"{count} thrown away{left_alone(count, args.ids)}"
    say(args, text, discarded=count, asked=len(set(args.ids)))
    return all_of(count, args.ids)


def left_alone(count: int, ids: list[int]) -> str:
    left = len(set(ids)) - count
    return f"; {left} left alone: not there, being sent, or sent" if left > 0 else ""


def all_of(count: int, ids: list[int]) -> int:
    return DONE if count >= len(set(ids)) else UNKNOWN_NAME


def pause(args: Namespace) -> int:
    queue = args.queue or ALL
    outbox = there(args.url)
    if queue != ALL and all(tally.queue != queue for tally in outbox.stats().queues):
        words = f"nothing is, or was, in a queue {queue!r}; is it the right name?"
        print(f"overseer: warning: {words}", file=sys.stderr)
    outbox.pause(queue, reason=args.reason)
    which = "" if queue == ALL else f" queue {queue}"
    again = "" if queue == ALL else f" --queue {queue}"
    text = f"paused{which}: putting goes on; `overseer mail resume{again}` sends again"
    say(args, text, paused=queue, reason=args.reason)
    return DONE


def resume(args: Namespace) -> int:
    queue = args.queue or ALL
    was = there(args.url).resume(queue, force=args.force)
    say(args, "resumed" if was else "it was not paused", resumed=was, queue=queue)
    return DONE
