"""Who is told of what: silences, and the alerts that have not arrived."""

from typing import Protocol

from overseer.alerts.silence import until
from overseer.control.fields import Fields
from overseer.control.moments import told
from overseer.control.office import Office, Silence, Waiting
from overseer.control.protocol import Answer, done
from overseer.control.verbs import Verbs
from overseer.errors import UnknownName, UsageError

ALL = "--all"
LONGEST = 90 * 86400.0
"""Seconds: whoever wants less mail for ever changes the watch file."""


class Caller(Protocol):
    @property
    def by(self) -> str: ...

    def say(self, answer: Answer) -> None: ...


class People:
    def __init__(self, office: Office, verbs: Verbs) -> None:
        self._people = office.people
        self._trouble = office.trouble
        self._test = office.test_contact
        self._verbs = verbs

    def alerts(self, _: Fields, __: Caller) -> Answer:
        waiting = [about(one) for one in self._people.waiting()]
        silences = [of(one) for one in self._people.in_silence()]
        return done(alerts=waiting, silences=silences, trouble=self._trouble())

    def contacts(self, _: Fields, __: Caller) -> Answer:
        return done(contacts=[one._asdict() for one in self._people.who()])

    def test(self, fields: Fields, caller: Caller) -> Answer:
        self._test(fields.text("name"), lambda line: caller.say({"say": line}))
        return done()

    def silences(self, _: Fields, __: Caller) -> Answer:
        return done(silences=[of(one) for one in self._people.in_silence()])

    def silence(self, fields: Fields, caller: Caller) -> Answer:
        words = [ALL] if fields.flag("all") else fields.words()
        seconds = fields.seconds("for")
        if not seconds:
            raise UsageError("for how long? write --for 2h")
        if seconds > LONGEST:
            raise UsageError("for so long? 90d is the most; take notify: out of the watch instead")
        meant = self._verbs.choose("silence", [] if words == [ALL] else words, words == [ALL])
        reason = fields.maybe_text("reason") or ""
        begun = self._people.silence(words, seconds, caller.by, reason)
        who = ", ".join(meant.names)
        caller.say({"say": f"nobody is told of {who} {until(begun.until, begun.since)}"})
        return done(silence=of(begun), watches=meant.names)

    def end_silence(self, fields: Fields, caller: Caller) -> Answer:
        words = [ALL] if fields.flag("all") else fields.words()
        gone = self._people.end_silences(words)
        if not gone:
            there = ", ".join(" ".join(one.words) for one in self._people.in_silence())
            known = f"there are: {there}" if there else "there is none"
            raise UnknownName(f"no silence of {' '.join(words)}; {known}")
        for one in gone:
            caller.say({"say": f"the silence of {' '.join(one.words)} is over"})
        return done(ended=[of(one) for one in gone])


def of(one: Silence) -> Answer:
    return {
        "words": list(one.words),
        "since": told(one.since),
        "until": told(one.until),
        "by": one.by,
        "reason": one.reason,
    }


def about(one: Waiting) -> Answer:
    return {
        "contact": one.contact,
        "stage": one.stage,
        "watch": one.watch,
        "event": one.event,
        "headline": one.headline,
        "incident": one.incident,
        "at": told(one.at),
        "why": one.why,
        "next": None if one.next is None else told(one.next),
    }
