"""overseer mail purge: what was sent, or has died, long ago."""

from argparse import Namespace

from overseer.errors import DONE, UsageError
from overseer.mail.desk import say, there
from overseer.mail.progress import Progress
from overseer.units import seconds, show_seconds


def purge(args: Namespace) -> int:
    ages = {"sent": read_age("--sent", args.sent), "dead": read_age("--dead", args.dead)}
    wanted = {state: age for state, age in ages.items() if age is not None}
    if not wanted:
        raise UsageError("forget what? write --sent 30d, --dead 90d, or both")
    outbox = there(args.url)
    found = {state: outbox.count_ended(state, age) for state, age in wanted.items()}
    if not args.dry_run:
        for state, age in wanted.items():
            with Progress(f"forgetting {state}", found[state]) as progress:
                found[state] = outbox.purge(age, state, tell=progress)
    what = ", ".join(
        f"{found[state]:,} {state} more than {show_seconds(age)} ago"
        for state, age in wanted.items()
    )
    verb = "would forget" if args.dry_run else "forgot"
    say(args, f"{verb} {what}", dry_run=args.dry_run, **found)
    return DONE


def read_age(option: str, text: str | None) -> float | None:
    try:
        return None if text is None else seconds(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}; write 30d, 12h or 90m") from error
