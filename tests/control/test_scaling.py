"""scale: another number of copies, by the machinery of load."""

import os
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from make_believe_daemon import Daemon

from overseer.config import Config
from overseer.config.files import Texts
from overseer.config.lenient import Leniency
from overseer.control.protocol import HungUp
from overseer.control.scaling import number
from overseer.control.wanted import Start
from overseer.daemon import load_files
from overseer.errors import UsageError
from overseer.model.action import Signal
from overseer.model.copies import Scale
from overseer.model.state import Goal
from overseer.model.watch import Watch

pytestmark = pytest.mark.design("4.15")
ME = os.geteuid()
WEB = f"""
watches:
  web: {{command: "/bin/web --port 80{{{{ instance }}}}", instances: 3, user: '{ME}'}}
  db: {{command: /bin/db, user: '{ME}'}}
"""


class Site:
    """A daemon with a real watch file."""

    def __init__(self, daemon: Daemon, file: Path) -> None:
        self.daemon, self.file = daemon, file
        self.alice = daemon.alice
        daemon.files.reader = self.read

    def read(
        self,
        roots: Sequence[str],
        elsewhere: Mapping[str, Watch] | None,
        scales: Mapping[str, Scale],
        texts: Texts | None = None,
        lenient: Leniency | None = None,
        here: bool | Collection[str] = True,
        variables: Mapping[str, Mapping[str, str]] = {},
        named: Collection[str] = (),
        *trusted: Collection[str] | None,
    ) -> Config:
        return load_files.load(
            roots, elsewhere, scales, texts, lenient, here, variables, named, *trusted
        )

    def begins(self, text: str = WEB) -> None:
        self.file.write_text(text)
        known = {name: one.begun() for name, one in self.daemon.files.scaled.items()}
        wanted = self.read([str(self.file)], {}, known)
        for watch in wanted.watches.values():
            self.daemon.engine.add(watch, self.daemon.store.disk.get(watch.name))
        self.daemon.desk.began(wanted, Start(given=[str(self.file)]))

    def names(self) -> list[str]:
        return list(self.daemon.engine.watches)

    def scale(self, to: str, name: str = "web", **how: object) -> dict[str, Any]:
        return self.alice.ask("scale", name=name, to=to, **how)

    def finish(self) -> None:
        """What goes on without anybody who waits for it."""
        for one in threading.enumerate():
            if one.name in ("scaling", "job"):
                one.join(10)

    def load(self) -> list[str]:
        plan = self.alice.ask("plan", files=[])
        if plan.get("plan"):
            self.alice.ask("apply", plan=plan["plan"])
        return list(plan["text"])


@pytest.fixture
def site(daemon: Daemon, tmp_path: Path) -> Site:
    return Site(daemon, tmp_path / "o.yml")


def test_more_are_started_and_answered_when_they_are_up(site: Site) -> None:
    site.begins()

    answer = site.scale("5")

    assert answer["code"] == 0
    assert (answer["name"], answer["before"], answer["instances"]) == ("web", 3, 5)
    assert site.names() == ["web-1", "web-2", "web-3", "web-4", "web-5", "db"]
    assert site.alice.said[-1] == "web: 5 copies (3 before)"
    assert site.daemon.status("web-5").set_by == "scale by alice"
    assert site.daemon.files.notes == ["web: scaled from 3 to 5 by alice"]
    assert site.daemon.engine.watches["web-5"].program.env["OVERSEER_INSTANCE"] == "5"


def test_fewer_are_stopped_and_forgotten_the_highest_first(site: Site) -> None:
    site.begins()

    assert site.scale("-2")["code"] == 0
    assert site.names() == ["web-1", "db"]
    assert set(site.daemon.pids()) == {"web-1", "db"}
    assert "web-3" not in site.daemon.store.disk
    assert site.scale("+1")["instances"] == 2


@pytest.mark.parametrize(
    ("to", "names"), [("4", [1, 2, 3, 4]), ("+1", [1, 2, 3]), ("3", [1, 2, 3]), ("1", [1])]
)
@pytest.mark.field("A8")
def test_a_copy_that_was_removed_is_counted_again(site: Site, to: str, names: list[int]) -> None:
    site.begins()
    site.alice.ask("remove", names=["web-2"], how="stop")

    answer = site.scale(to)

    assert (answer["code"], answer["before"]) == (0, 2)
    assert sorted(site.names()) == ["db", *(f"web-{number}" for number in names)]
    assert "web-2 has been removed" not in str(site.alice.ask("status"))


def test_nothing_is_read_of_the_disk(site: Site) -> None:
    """What somebody is writing there is not loaded by the way."""
    site.begins()
    site.file.write_text("watches: {web: {")

    assert site.scale("4")["code"] == 0
    assert site.daemon.engine.watches["web-4"].program.command == ("/bin/web", "--port", "804")


def test_none_is_a_number_and_names_are_told_why_nobody_has_them(site: Site) -> None:
    site.begins()

    assert site.scale("0")["code"] == 0
    assert site.names() == ["db"]
    refused = site.alice.ask("status", names=["web"])
    assert refused["code"] == 1
    assert refused["error"] == (
        "web: 0 copies, scaled by alice (its file says 3); `overseer scale web N` has N of them"
    )
    assert site.alice.ask("history", names=["web"])["code"] == 0
    assert site.scale("+2")["instances"] == 2


def test_a_load_of_an_unchanged_file_leaves_it_and_says_so(site: Site) -> None:
    site.begins()
    site.scale("5")
    site.file.write_text(WEB + "# a comment\n")

    said = site.load()

    assert said == ["nothing to do", "web: 5 copies, scaled by alice (its file says 3)"]
    assert len(site.names()) == 6


def test_a_file_that_says_another_number_wins(site: Site) -> None:
    site.begins()
    site.scale("5")
    site.file.write_text(WEB.replace("instances: 3", "instances: 2"))

    said = site.load()

    assert said[-1] == (
        "web: 2 copies, as its file says now (it said 3); the 5 that alice asked for are forgotten"
    )
    assert site.names() == ["web-1", "web-2", "db"]
    assert site.daemon.files.scaled == {}
    assert site.load() == ["nothing to do"]


def test_as_many_as_the_file_says_is_nothing_to_remember(site: Site) -> None:
    site.begins()
    site.scale("5")

    site.scale("3")

    assert site.daemon.files.scaled == {}
    assert site.alice.ask("status")["status"]["notices"] == []


def test_the_status_says_who_has_scaled_what(site: Site) -> None:
    site.begins()
    site.scale("2")

    status = site.alice.ask("status")["status"]

    assert status["notices"] == ["web: 2 copies, scaled by alice (its file says 3)"]
    (copies,) = status["copies"]
    assert copies["scaled_by"] == "alice"
    assert (copies["name"], copies["instances"], copies["in_file"]) == ("web", 2, 3)


def test_who_was_stopped_by_name_stays_so_and_is_named(site: Site) -> None:
    site.begins()
    site.alice.ask("stop", names=["web-1"])

    site.scale("4")

    assert site.daemon.status("web-1").goal is Goal.DOWN
    assert site.alice.said[-1] == (
        "left as it is: web-1 (stopped by alice); `overseer start web-1`"
    )


def test_new_ones_run_whatever_autostart_says(site: Site) -> None:
    site.begins(WEB.replace("instances: 3", "instances: 1, autostart: false"))

    assert site.scale("2")["code"] == 0
    assert "web-2" in site.daemon.pids()
    assert "web-1" not in site.daemon.pids()


def test_what_does_not_come_up_is_an_answer(site: Site) -> None:
    site.begins()
    site.daemon.processes.broken = "no such file: /bin/web"

    answer = site.scale("4")

    assert answer["code"] == 3
    assert answer["results"][0]["say"].startswith("web-4: ")
    assert site.daemon.files.scaled["web"].instances == 4


def deaf(watch: Watch, action: Signal) -> None:
    """As what hangs in the kernel."""


REFUSED = {
    "db": "db has no `instances:`; write `instances: 1` under db at ",
    "web-2": "web-2 is a copy of web; `overseer scale web N`",
    "worker": "worker is made for several; scale one of worker-mail, worker-sms",
    "front": "front is a tag of db; scale takes one name",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_scaled_is_refused_with_what_to_write(site: Site, name: str) -> None:
    worker = f"  worker: {{command: w, each: [mail, sms], instances: 1, user: '{ME}'}}\n"
    site.begins(WEB.replace("/bin/db,", "/bin/db, tags: front,") + worker)

    answer = site.scale("2", name)

    assert answer["code"] == 1
    assert str(answer["error"]).startswith(REFUSED[name])
    assert site.scale("2", "wb")["code"] == 4
    assert site.scale("+1", "worker-sms")["instances"] == 2
    assert site.names()[-3:] == ["worker-mail-1", "worker-sms-1", "worker-sms-2"]


def test_what_would_be_wrong_in_a_file_changes_nothing(site: Site) -> None:
    site.begins(WEB.replace("instances: 3", "instances: 1").replace("db:", "web-2:"))

    answer = site.scale("2")

    assert answer["code"] == 6
    assert "the watch web-2 is here and at " in str(answer["error"])
    assert site.daemon.files.scaled == {}
    assert site.scale("1")["code"] == 0


def test_others_may_need_a_copy(site: Site) -> None:
    site.begins(WEB.replace("/bin/db,", "/bin/db, depends_on: {web: {propagate: stop}},"))
    before = site.daemon.pids()["db"]

    answer = site.scale("0")

    assert answer["code"] == 1
    assert "others need a copy of it" in str(answer["error"])
    assert site.scale("1")["code"] == 0
    assert site.scale("4")["code"] == 0
    assert site.daemon.pids()["db"] == before, "what comes and goes as asked is nobody's loss"


def test_a_copy_that_does_not_end_stays_known_and_is_tried_again(site: Site) -> None:
    site.begins()
    site.daemon.processes.immortal = True

    assert site.scale("2")["code"] == 1
    assert site.alice.said[-1] == (
        "web: 2 copies wanted, web-3 not stopped; `overseer scale web 2` tries again"
    )
    assert site.names() == ["web-1", "web-2", "db", "web-3"]
    assert site.daemon.files.scaled["web"].unfinished

    site.daemon.processes.immortal = False
    site.scale("2")  # has it looked at again
    assert site.scale("2")["code"] == 0
    assert site.names() == ["web-1", "web-2", "db"]
    assert not site.daemon.files.scaled["web"].unfinished


def test_the_next_daemon_goes_on_with_what_was_not_done(site: Site) -> None:
    wish = Scale(name="web", instances=1, written=3, by="bob", before=3)
    site.daemon.files.scaled = {"web": wish}

    site.begins()

    site.finish()
    assert site.names() == ["web-1", "db"]
    assert site.daemon.files.scaled["web"] == replace(
        wish, before=None, at=site.daemon.clock.wall()
    )


def test_who_does_not_wait_is_answered_at_once(site: Site) -> None:
    site.begins()

    answer = site.scale("4", wait=False)

    assert (answer["code"], answer["say"]) == (0, "web: scale to 4 asked for")
    site.finish()
    assert "web-4" in site.daemon.pids()


def test_who_hangs_up_does_not_end_it(site: Site) -> None:
    site.begins()
    site.alice.leaves_after = 0

    with pytest.raises(HungUp):
        site.alice._desk.answer({"v": 1, "do": "scale", "name": "web", "to": "1"}, site.alice)

    site.finish()
    assert site.names() == ["web-1", "db"]


@pytest.mark.parametrize(("text", "found"), [("4", 4), ("+2", 5), ("-3", 0), ("0", 0)])
def test_a_number_is_how_many_or_how_many_more(text: str, found: int) -> None:
    assert number(text, 3) == found


@pytest.mark.parametrize("text", ["", "many", "-4", "1001", "+-1", "1.5"])
def test_what_is_no_number_is_said(text: str) -> None:
    with pytest.raises(UsageError):
        number(text, 3)


def test_a_broken_file_counts_as_it_was_when_another_is_loaded(site: Site, tmp_path: Path) -> None:
    """Its contacts, schedules and copies are not lost for it."""
    site.begins("contacts: {ops: {command: /bin/true}}\n" + WEB.lstrip())
    site.scale("4")
    other = tmp_path / "other.yml"
    other.write_text(f"watches: {{late: {{command: x, user: '{ME}'}}}}")
    site.file.write_text("watches: {web: {")

    plan = site.alice.ask("plan", files=[str(other)])
    assert site.alice.ask("apply", plan=plan["plan"])["code"] == 0

    configured = site.daemon.files.configured[-1]
    assert list(configured.contacts) == ["ops"]
    assert list(configured.watches)[3:] == ["web-4", "db", "late"]
    assert site.names()[3:] == ["web-4", "db", "late"]
