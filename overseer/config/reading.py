"""From watch files to a Config, or to every problem in them."""

import gc
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from overseer.config import circle, depends, together
from overseer.config.catalogue import Catalogue
from overseer.config.contacts import ContactReader, check_calls
from overseer.config.copies import NOBODYS
from overseer.config.draft import Draft, Rough
from overseer.config.expand import expand
from overseer.config.files import Texts
from overseer.config.gather import NOTHING_GIVEN, Gatherer, Variables, check_variables
from overseer.config.host import Host
from overseer.config.keys import NAME
from overseer.config.lenient import EVERYTHING, STRICT, Leniency
from overseer.config.loaded import Config, tolerant
from overseer.config.node import Broken, Entry, Node, Spot, Table, Text
from overseer.config.presence import Presence
from overseer.config.record import make, options, read_options
from overseer.config.render import Renderer
from overseer.config.runnable import Runnable, written
from overseer.config.settings import NO_MAIL, Settings
from overseer.config.together import Calendar
from overseer.config.trouble import Troubles, Unread
from overseer.config.trusted import TrustCheck, judged_files
from overseer.config.watch import WatchReader, check_keys
from overseer.contacts.email import MailDefaults
from overseer.errors import ConfigError
from overseer.model.copies import Scale
from overseer.model.watch import Watch

T = TypeVar("T")
NOWHERE: Mapping[str, Watch] = {}
LONGEST_NAME = 200  # of a watch: it becomes the name of a log file, and that of a rotated one


def load(
    paths: Sequence[Path | str],
    *,
    check_host: bool | Collection[str],
    host: Host | None = None,
    calendar: Calendar | None = None,
    elsewhere: Mapping[str, Watch] | None = NOWHERE,
    forgiving: bool = False,
    scales: Mapping[str, Scale] = NOBODYS,
    texts: Texts | None = None,
    lenient: Leniency = STRICT,
    variables: Variables = NOTHING_GIVEN,
    named: Collection[str] = (),
    judged: Collection[str] | None = None,
) -> Config:
    """Read *paths*: files, folders, names of ready-made watches. ConfigError with all problems.

    *check_host* makes a user, group or folder that is missing a problem (of these roots, where
    some are named), else it is a warning.
    *elsewhere* are watches of other files, for `depends_on`; None: those that it names and that
    are missing are a warning. *forgiving*: a circle of dependencies is one too.
    *scales* are what operators want of `instances`. *texts* have been read before. *lenient*:
    problems to put up with. *variables* take the place of those under `vars`; UsageError where
    there is none for one of the *named*. *judged*: the roots of which it is an error that others
    may write what root reads or runs; None: all.
    """
    host, troubles = host or Host(), Troubles()
    reading = Reading(host, troubles, scales, variables)
    with no_collections():
        draft = reading.gather(texts or Texts(), tuple(map(str, paths)))
        without = lenient.only_contacts
        unstarted = [name for name, one in draft.watches.items() if one.spot.file in without]
        left_out = {name: draft.watches.pop(name).spot.file for name in unstarted}
        check = TrustCheck(host, judged_files(draft, judged), draft, reading.catalogue, troubles)
        here = strict(draft, check_host)
        config = reading.config(draft, here, calendar, elsewhere, forgiving, check)
    if any(problem not in lenient.tolerated for problem in troubles.errors):
        raise ConfigError(troubles.problems)
    check_variables(named, draft)
    config = tolerant(config, draft, troubles.errors, lenient.instead)
    return replace(config, left_out={**left_out, **config.left_out}) if left_out else config


def strict(draft: Draft, check_host: bool | Collection[str]) -> Container[str]:
    """The files of which what this machine lacks is an error."""
    if isinstance(check_host, bool):
        return EVERYTHING if check_host else ()
    return {file for root in check_host for file in draft.sources.get(root, ())}


@contextmanager
def no_collections() -> Iterator[None]:
    """Nothing becomes garbage meanwhile; looking for some took a third of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


class Reading:
    """One load, with what its steps share."""

    def __init__(
        self,
        host: Host,
        troubles: Troubles,
        scales: Mapping[str, Scale] = NOBODYS,
        variables: Variables = NOTHING_GIVEN,
    ) -> None:
        self._scales = scales
        self._variables = variables
        self._host = host
        self._troubles = troubles
        self._renderer = Renderer(host, troubles)
        self.catalogue = Catalogue(troubles)
        self._texts = Texts()

    def gather(self, texts: Texts, paths: Sequence[str]) -> Draft:
        self._texts = texts
        gatherer = Gatherer(
            texts,
            self._renderer,
            self._troubles,
            self._scales,
            self._variables,
            self._host.trust,
        )
        for path in paths:
            gatherer.root(path)
        return gatherer.finish()

    def explicit(self, name: str, rough: Rough) -> tuple[Table, bool]:
        """The watch with everything filled in and spelled out; False where a key that stands for
        others has been blamed."""
        scope = self._renderer.scope(rough.scope, name)
        filled = self._renderer.node(rough.table, scope)
        assert isinstance(filled, Table), "a table stays one"
        known = check_keys(filled.without(["use"]), name, self._troubles)
        if "use" in filled.entries:
            known = known.with_entries({"use": filled.entries["use"]})
        before = self._troubles.count
        table = expand(name, known, self.catalogue, self._troubles)
        blamed = any(isinstance(entry.node, Broken) for entry in known.entries.values())
        return table, self._troubles.count == before and not blamed

    def config(
        self,
        draft: Draft,
        strict: Container[str],
        calendar: Calendar | None,
        elsewhere: Mapping[str, Watch] | None,
        forgiving: bool,
        trust: TrustCheck,
    ) -> Config:
        reader = WatchReader(self.catalogue, self._troubles)
        settings = trust.settings(self._settings(draft), draft.settings)
        presence = Presence(self._host, strict, self._troubles)
        runnable = Runnable(self._host, settings.path, self._troubles)
        watches: dict[str, Watch] = {}
        leaning: dict[str, Node] = {}
        partial: dict[str, Watch] = {}  # of those with a problem, what could be read
        copy_of = {one: many.name for many in draft.copies.values() for one in many.names}
        for name, rough in (*draft.watches.items(), *draft.only_read.items()):
            self._check_name(name, rough.spot)
            table, is_whole = self.explicit(name, rough)
            watch = reader.read(name, rough.spot, table, is_whole)
            if not isinstance(watch, Unread) and name in draft.watches:
                watches[name] = watch = replace(watch, copy_of=copy_of.get(name, ""))
                commands = tuple(written(table))
                runnable.check(watch, rough.spot, table, commands)
                trust.check(watch, rough, table, commands)
            legible = reader.partial if isinstance(watch, Unread) else watch
            if legible is not None and rough.is_run:
                partial |= {name: legible} if name not in watches else {}
                presence.check(legible, rough.spot, table)
                self._check_calendar(legible, table, calendar)
                if legible.depends_on:
                    leaning[name] = table.entries["depends_on"].node
        unread = {*draft.watches, *draft.without_names, *draft.blamed} - watches.keys()
        for name in draft.watches.keys() & unread if not self._troubles.errors else ():
            said = f"{name}: cannot be understood"  # no watch vanishes
            self._troubles.error(draft.watches[name].spot, said)
        together.check_tags(draft, watches, self._troubles)
        checker = depends.Checker(watches, leaning, elsewhere, unread, self._troubles, forgiving)
        knows_all = not (draft.is_partial or draft.without_names or unread - partial.keys())
        checker.check(partial, knows_all=knows_all)
        together.check_heirs(draft, watches, self._troubles)
        together.check_maintenance(settings, draft, watches, calendar, self._troubles)
        presence.check_groups(settings, draft.settings)
        people = ContactReader(
            settings.mail, draft.contact_defaults, self.catalogue, self._troubles
        )
        found = {name: people.read(name, entry) for name, entry in draft.contacts.items()}
        runnable.check_contacts(draft.contacts)
        people.read_groups(draft.contact_groups, draft.contacts)
        people.agree(draft.contact_groups, draft.contacts)
        people.check_names(draft.contact_groups, draft.contacts)
        if not draft.is_partial:
            calls = (*reader.calls, *people.calls)
            check_calls(calls, draft.contacts, people.groups, self._troubles)
        known = trust.contacts(found, draft.contacts)
        circle.check(known, watches, draft.contacts, self._troubles)
        return Config(
            watches=watches,
            contacts=known,
            contact_groups={name: tuple(dict.fromkeys(g)) for name, g in people.groups.items()},
            terms=people.terms,
            settings=settings,
            warnings=tuple(one for one in self._troubles.problems if one.warning),
            sources=draft.sources,
            roots={name: rough.root for name, rough in draft.watches.items()},
            copies=draft.copies,
            texts=self._texts,
            host=self._host,
            variables=self._variables,
        )

    def _check_name(self, name: str, spot: Spot) -> None:
        """It becomes part of file names, and of what is typed."""
        if isinstance(NAME.read(Text(name, spot, True), "a watch", Troubles()), Unread):
            said = f"{name[:40]!r} is no name for a watch; use letters, digits and . _ - + @ only"
            self._troubles.error(spot, said)
        elif len(name) > LONGEST_NAME:
            said = f"{name[:20]}… has {len(name)} letters; a name has {LONGEST_NAME} at most"
            self._troubles.error(spot, said)

    def _check_calendar(self, watch: Watch, table: Table, calendar: Calendar | None) -> None:
        key = "schedule" if watch.schedule else "restart_at"
        for moment in watch.moments if calendar else ():
            if calendar and (why := calendar(moment)):
                self._troubles.error(table.entries[key].node.spot, f"{key}: {why}")

    def _settings(self, draft: Draft) -> Settings:
        mail = self._made(MailDefaults, draft.mail, "mail", NO_MAIL)
        settings = self._made(Settings, draft.settings, "settings", Settings())
        return replace(settings, mail=mail)

    def _made(self, kind: type[T], entries: Mapping[str, Entry], key: str, otherwise: T) -> T:
        if not entries:
            return otherwise
        first = next(iter(entries.values())).spot
        node = Table(entries, first)
        known = {name: option for name, option in options(kind).items() if name != "mail"}
        given = read_options(known, node, key, self._troubles)
        given = {name: value for name, value in given.items() if not isinstance(value, Unread)}
        made = make(kind, given, node, key, self._troubles)
        return otherwise if isinstance(made, Unread) else made
