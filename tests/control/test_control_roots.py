"""Which files are loaded: those of `run`, those of `load`, and what becomes of broken ones."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from make_believe_daemon import Daemon

from overseer.control.wanted import Start
from overseer.daemon import load_files

pytestmark = pytest.mark.design("4.15")
ME = os.geteuid()
OPS = "contacts: {ops: {email: {to: ops@example.com, sendmail: /bin/true}}}\n"


read = load_files.load


def serve(name: str, more: str = "") -> str:
    return f"watches: {{{name}: {{command: /bin/{name}, user: '{ME}'{more}}}}}\n"


class Site:
    """A daemon that runs with real files."""

    def __init__(self, daemon: Daemon, folder: Path) -> None:
        self.daemon = daemon
        self.folder = folder
        daemon.files.reader = read

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def begins(self, *files: str, left_out: Sequence[str] = (), notices: str = "") -> None:
        wanted = read(files, None, {})
        for watch in wanted.watches.values():
            self.daemon.engine.add(watch)
        start = Start(
            given=[*files, *left_out],
            left_out=left_out,
            notices=dict.fromkeys((*files, *left_out), notices) if notices else {},
        )
        self.daemon.desk.began(wanted, start)

    def load(self, *files: str) -> dict[str, Any]:
        """Plan, and apply without a question; the plan, or what came of it."""
        plan = self.daemon.alice.ask("plan", files=list(files), cwd=str(self.folder))
        if plan.get("plan"):
            assert self.daemon.alice.ask("apply", plan=plan["plan"])["code"] == 0
        return plan

    @property
    def notices(self) -> list[str]:
        found: list[str] = self.daemon.alice.ask("status")["status"]["notices"]
        return found

    @property
    def watches(self) -> set[str]:
        return set(self.daemon.engine.watches)


@pytest.fixture
def site(daemon: Daemon, tmp_path: Path) -> Site:
    return Site(daemon, tmp_path)


def test_all_of_a_file_that_is_broken_by_now_stays_in_force(site: Site) -> None:
    ops = site.write("ops.yml", OPS + serve("db", ", notify: ops"))
    site.begins(site.write("web.yml", serve("web")), ops)
    site.write("ops.yml", "oops")
    site.write("web.yml", serve("web", ", interval: 9s"))

    assert site.load("web.yml")["text"][0] == "web: changed (live)"

    now = site.daemon.files.configured[-1]
    assert (set(now.watches), set(now.contacts)) == ({"web", "db"}, {"ops"})
    assert site.load("web.yml")["text"] == ["nothing to do"]
    assert site.load()["code"] == 6


def test_what_somebody_is_writing_elsewhere_is_not_loaded_by_the_way(site: Site) -> None:
    site.begins(site.write("web.yml", serve("web")), site.write("ops.yml", OPS + serve("db")))
    site.write("ops.yml", serve("db"))
    site.write("web.yml", serve("web", ", interval: 9s"))

    site.load("web.yml")

    assert set(site.daemon.files.configured[-1].contacts) == {"ops"}
    assert site.load()["text"] == ["contact ops: removed"]


def test_a_file_that_was_left_out_is_taken_in_when_it_is_mended(site: Site) -> None:
    broken = site.write("db.yml", "oops")
    site.begins(site.write("web.yml", serve("web", ", depends_on: db")), left_out=[broken])

    assert f"{broken}:1:1" in site.load()["error"]
    site.write("web.yml", serve("web", ", depends_on: db, interval: 9s"))
    assert site.load("web.yml")["code"] == 0, "a problem elsewhere is not in the way"

    site.write("db.yml", serve("db"))
    assert site.load()["text"][0] == "db: added, will be started"
    assert site.watches == {"web", "db"}


def test_a_daemon_with_nothing_but_broken_files_takes_them_in_when_they_are_mended(
    site: Site,
) -> None:
    broken = site.write("web.yml", "oops")
    site.begins(left_out=[broken])
    site.write("web.yml", serve("web"))

    site.load()

    assert site.watches == {"web"}


def test_files_that_load_was_given_are_remembered_for_the_next_daemon(site: Site) -> None:
    web = site.write("web.yml", serve("web"))
    site.begins(web)
    db = site.write("db.yml", serve("db"))

    site.load("db.yml")
    assert site.daemon.files.remembered == (db,)

    site.write("web.yml", f"include: db.yml\n{serve('web')}")
    site.load("web.yml")
    assert site.daemon.files.remembered == ()
    assert site.watches == {"web", "db"}


def test_a_file_that_is_gone_is_forgotten_by_whoever_names_it(site: Site) -> None:
    site.begins(site.write("web.yml", serve("web")))
    db = site.write("db.yml", OPS + serve("db", ", notify: ops"))
    site.load("db.yml")
    os.unlink(db)

    refused = site.load()
    assert refused["code"] == 6
    assert f"`overseer unload {db}` stops and forgets what it had" in refused["error"]
    assert site.watches == {"web", "db"}

    plan = site.load("db.yml")
    assert plan["text"] == ["db: removed, will be stopped", "contact ops: removed"]
    assert site.watches == {"web"}
    assert site.daemon.files.remembered == ()
    assert site.load()["text"] == ["nothing to do"]


def test_what_comes_back_before_the_plan_is_applied_is_not_forgotten(site: Site) -> None:
    site.begins(site.write("web.yml", serve("web")))
    db = site.write("db.yml", serve("db"))
    site.load("db.yml")
    os.unlink(db)
    alice = site.daemon.alice
    plan = alice.ask("plan", files=[db])
    site.write("db.yml", serve("db"))

    assert alice.ask("apply", plan=plan["plan"])["code"] == 1
    assert site.watches == {"web", "db"}


def test_what_was_wrong_with_a_file_is_said_until_it_has_been_loaded(site: Site) -> None:
    web, db = site.write("web.yml", serve("web")), site.write("db.yml", "oops")
    site.begins(web, left_out=[db], notices="has problems")
    assert site.notices == ["has problems"] * 2

    assert site.load("web.yml")["text"] == ["nothing to do"]
    assert site.notices == ["has problems"]

    site.write("db.yml", serve("db"))
    site.load()
    assert site.notices == []


@pytest.mark.field("A8")
def test_what_was_removed_stays_away_until_a_load_names_its_file(site: Site) -> None:
    web, db = site.write("web.yml", serve("web")), site.write("db.yml", serve("db"))
    site.begins(web, db)
    assert site.daemon.alice.ask("remove", names=["db"], how="stop")["code"] == 0
    site.write("web.yml", serve("web", ", interval: 9s"))

    site.load()
    assert site.watches == {"web"}
    assert site.daemon.files.gone == {"db": db}, "also of the next daemon"
    assert f"overseer load {db}" in site.notices[-1]
    site.load("web.yml")
    assert site.watches == {"web"}
    site.load("db.yml")
    assert site.watches == {"web", "db"}
    assert site.daemon.files.gone == {}


def test_what_could_not_be_removed_is_not_remembered_as_removed(site: Site) -> None:
    site.begins(site.write("web.yml", serve("web")))

    assert site.daemon.alice.ask("remove", names=["web"])["code"] == 1, "it runs"
    assert site.daemon.files.gone == {}


def test_a_file_can_be_unloaded_and_stays_as_it_is(site: Site) -> None:
    web, db = site.write("web.yml", serve("web")), site.write("db.yml", serve("db"))
    site.begins(web)
    site.load("db.yml")
    ask, cwd = site.daemon.alice.ask, str(site.folder)

    plan = ask("plan", files=["db.yml"], cwd=cwd, unload=True)
    assert plan["text"] == ["db: removed, will be stopped"]
    assert plan["asks"]
    assert ask("apply", plan=plan["plan"])["code"] == 0
    assert site.watches == {"web"}
    assert site.daemon.files.remembered == ()
    assert Path(db).exists()
    again = ask("plan", files=["db.yml"], cwd=cwd, unload=True)
    assert (again["code"], web in again["error"]) == (4, True)


def test_what_another_file_includes_is_not_unloaded_by_itself(site: Site) -> None:
    site.write("a.yml", serve("a"))
    site.begins(site.write("all.yml", "include: a.yml\n"))

    refused = site.daemon.alice.ask("plan", files=["a.yml"], cwd=str(site.folder), unload=True)

    assert refused["code"] == 1
    assert "take it out there" in refused["error"]


@pytest.mark.field("D9")
@pytest.mark.parametrize("text", ["oops: [", "", "watches: {}"])
def test_a_signal_that_loads_nothing_is_said_until_a_good_load(site: Site, text: str) -> None:
    web = site.write("web.yml", serve("web"))
    site.begins(web, site.write("db.yml", serve("db")))
    good = Path(web).read_text()
    site.write("web.yml", text)

    assert site.daemon.desk.load("HUP", site.daemon.alice)["code"] != 0
    assert site.watches == {"web", "db"}
    assert "HUP at " in site.notices[0]
    assert web in site.notices[0]
    site.load("db.yml")
    assert "HUP at " in site.notices[0], "another file is no answer"
    site.write("web.yml", good)
    site.load()
    assert site.notices == []


def test_status_has_a_code_of_its_own_for_files_with_problems(site: Site) -> None:
    site.begins(site.write("web.yml", serve("web", ", autostart: false")), notices="oops\n  more")

    answer = site.daemon.alice.ask("status")

    assert answer["code"] == 6
    assert answer["status"]["problems"] == ["oops", "  more"]
    assert site.daemon.alice.ask("status", names=["web"])["code"] == 3


def test_a_variable_given_to_a_load_is_remembered_with_its_file(site: Site) -> None:
    text = "vars: {port: 80}\n" + serve("web", ", env: {PORT: '{{ port }}'}")
    web, db = site.write("web.yml", text), site.write("db.yml", serve("db"))
    site.begins(web, db)
    ask, cwd = site.daemon.alice.ask, str(site.folder)

    def port() -> str:
        return site.daemon.engine.watches["web"].program.env["PORT"]

    plan = ask("plan", files=["web.yml"], cwd=cwd, vars=["port=81"])
    assert f"{web}: --var port: changed" in plan["text"]
    assert ask("apply", plan=plan["plan"])["code"] == 0
    assert port() == "81"
    assert site.daemon.files.given == {web: {"port": "81"}}, "for the next daemon"
    site.load("db.yml")
    site.load()
    assert port() == "81"
    unknown = ask("plan", files=["web.yml"], cwd=cwd, vars=["prot=81"])
    assert (unknown["code"], "did you mean port" in unknown["error"]) == (2, True)
    plan = ask("plan", files=["web.yml"], cwd=cwd, unload=True)
    ask("apply", plan=plan["plan"])
    assert site.daemon.files.given == {}


@pytest.mark.field("M4")
def test_a_file_without_watches_is_said_to_be_forgotten_and_is(site: Site) -> None:
    web, db = site.write("web.yml", serve("web")), site.write("db.yml", serve("db"))
    site.begins(web)
    site.load("db.yml")
    alice = site.daemon.alice
    assert alice.ask("remove", names=["db"], how="stop")["code"] == 0

    plan = alice.ask("plan", files=[db], unload=True)
    assert plan["text"] == [f"{db}: forgotten; no watch of it is loaded"]
    assert alice.ask("apply", plan=plan["plan"])["code"] == 0

    assert site.daemon.files.remembered == ()
    assert site.daemon.files.gone == {}
    assert alice.ask("plan", files=[db], unload=True)["code"] == 4


@pytest.mark.field("M4")
def test_how_an_emptied_file_is_forgotten_depends_on_who_named_it(site: Site) -> None:
    db = site.write("db.yml", serve("db"))
    web = site.write("web.yml", f"include: db.yml\n{serve('web')}")
    site.begins(web)
    site.write("db.yml", "")

    error = site.load()["error"]

    assert "unload" not in error
    assert f"take {db} out of what {web} includes, or delete it where a pattern finds it" in error
    assert "unload" not in site.load(site.write("new.yml", ""))["error"], "it was never loaded"


@pytest.mark.field("M4")
@pytest.mark.parametrize("emptied", [True, False])
def test_a_signal_says_it_too(site: Site, emptied: bool) -> None:
    web, db = site.write("web.yml", serve("web")), site.write("db.yml", serve("db"))
    site.begins(web, db)
    if emptied:
        site.write("db.yml", "")
    else:
        os.unlink(db)

    site.daemon.desk.load("HUP", site.daemon.alice)

    assert f"`overseer unload {db}` stops and forgets what it had" in "\n".join(site.notices)
