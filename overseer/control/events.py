"""Events as objects for programs: one a line, with a version, the same keys in each."""

from overseer.control.chronicle import Entry
from overseer.control.feed import Heard, LeftOut
from overseer.control.moments import told
from overseer.control.protocol import Answer
from overseer.control.record import shown
from overseer.control.view import exit_of
from overseer.core.phase import phase
from overseer.model.news import News

VERSION = 1
LISTENING = "listening"
LEFT_OUT = "left_out"


def listening(at: float, version: str, pid: int) -> Answer:
    """The first of a stream: nothing that happens after it is missed."""
    return _event(at, "", LISTENING, f"overseer {version}, pid {pid}")


def past(entry: Entry) -> Answer:
    """Out of the history, which does not keep where the watch was then."""
    return _event(entry.at, entry.watch, entry.kind, entry.message, by=entry.by) | shown(
        entry.facts
    )


def heard(one: Heard) -> Answer:
    status, news = one.status, one.news
    return _event(one.at, one.name, news.kind, news.message, by=news.by) | {
        "goal": status.goal,
        "state": status.state,
        "phase": phase(one.watch, status),
        "pid": status.process.pid if status.process else None,
        **facts_of(news),
    }


def facts_of(news: News) -> Answer:
    """What shows it, as the history has it."""
    return {
        "exit": None if news.exit is None else exit_of(news.exit),
        "ran_for_s": news.ran_for,
        "samples": list(news.samples),
        "next": news.next,
    }


def left_out(at: float, gap: LeftOut) -> Answer:
    said = f"{gap.events} events are missing here: they were not read in time"
    return _event(at, "", LEFT_OUT, said)


def _event(at: float, watch: str, kind: str, message: str, by: str = "") -> Answer:
    return {
        "v": VERSION,
        "at": told(at, fine=True),
        "watch": watch,
        "kind": kind,
        "message": message,
        "by": by,
        "goal": None,
        "state": None,
        "phase": None,
        "pid": None,
        "exit": None,
        "ran_for_s": None,
        "samples": [],
        "next": "",
    }
