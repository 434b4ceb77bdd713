"""overseer mail queue|show|retry|discard|pause|resume: what people ask of a queue, in words."""

import sys
import time
from argparse import Namespace
from dataclasses import asdict

from overseer.errors import DONE, UNKNOWN_NAME, UnknownName, UsageError
from overseer.outbox import Outbox
from overseer.outbox.pauses import ALL, By, Pause
from overseer.outbox.sight import Row
from overseer.units import show_seconds

MOST = 100


def there(url: str) -> Outbox:
    """A queue that somebody has made: a misspelt one is not found empty."""
    outbox = Outbox(url)
    if not outbox.is_there():
        raise UsageError(f"--url: there is no queue at {outbox.name}")
    return outbox


def show_queue(args: Namespace) -> int:
    outbox = there(args.url)
    states = [args.state] if args.state else ["due", "waiting", "leased", "dead"]
    rows = [row for state in states for row in outbox.rows(state, MOST)]
    counts = asdict(outbox.counts())
    if args.json:
        import json

        found = {
            "counts": counts,
            "oldest_due_s": outbox.oldest_due(),
            "pauses": [asdict(pause) for pause in outbox.pauses()],
            "rows": [asdict(row) for row in rows],
        }
        print(json.dumps(found, indent=2))
        return DONE
    now = time.time()
    for row in rows:
        print(line(row, now))
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    for pause in outbox.pauses():
        print(say_pause(pause, now))
    return DONE


def line(row: Row, now: float) -> str:
    what = " ".join(part for part in (row.reason, row.text) if part)
    when = (
        f"in {show_seconds(row.at - now)}" if row.at > now else f"{show_seconds(now - row.at)} ago"
    )
    whom = row.rcpt or row.kind
    return f"{row.id:>6}  {row.state:<7} {when:>10}  {whom:<28} {what}".rstrip()


def say_pause(pause: Pause, now: float) -> str:
    which = "every queue" if pause.queue == ALL else f"queue {pause.queue}"
    why = f": {pause.reason}" if pause.reason else ""
    if pause.by is By.OPERATOR:
        return f"{which} is paused by an operator{why}; `overseer mail resume` goes on"
    left = max(0.0, (pause.until or now) - now)
    return f"{which} waits for its server{why}; next try in {show_seconds(left)}"


def show(args: Namespace) -> int:
    """One row, and the mail as it is or will be sent."""
    outbox = there(args.url)
    row = outbox.find(args.id)
    if row is None:
        raise UnknownName(f"no row {args.id} is queued, dead or sent")
    for key, value in asdict(row).items():
        if value not in (None, ""):
            print(f"{key}: {value}")
    if body := outbox.body(args.id):
        print(flush=True)
        sys.stdout.buffer.write(body)
    return DONE


def retry(args: Namespace) -> int:
    count = there(args.url).retry(*args.ids)
    print(f"{count} to be sent again")
    return all_of(count, args.ids)


def discard(args: Namespace) -> int:
    count = there(args.url).discard(*args.ids)
    print(f"{count} thrown away")
    return all_of(count, args.ids)


def all_of(count: int, ids: list[int]) -> int:
    return DONE if count >= len(set(ids)) else UNKNOWN_NAME


def pause(args: Namespace) -> int:
    there(args.url).pause(reason=args.reason)
    print("paused: putting goes on; `overseer mail resume` sends again")
    return DONE


def resume(args: Namespace) -> int:
    was = there(args.url).resume()
    print("resumed" if was else "it was not paused")
    return DONE
