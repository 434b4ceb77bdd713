"""What root reads and runs, and somebody else may write: real files of real users."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from overseer.config import Config, ConfigError, Host, load
from overseer.config.lenient import ALL_TOLERATED
from overseer.errors import Problem

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others"),
    pytest.mark.field("S8"),
]
ADA = 54321
"""A uid that no user has."""


class Place:
    """A folder of root's with the watch file, and one of ada's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.adas = folder / "ada"
        self.adas.mkdir(mode=0o755)
        os.chown(self.adas, ADA, ADA)
        self.file = folder / "web.yml"

    def put(self, name: str, text: str = "#!/bin/sh\n") -> Path:
        """A file of root's own in ada's folder."""
        path = self.adas / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def load(
        self, text: str, *allowed: str, uid: int = 0, judged: Sequence[str] | None = None
    ) -> Config:
        self.file.write_text(text.replace("ADA", str(self.adas)))
        host = Host(uid=uid, allowed=allowed)
        return load([str(self.file)], check_host=False, host=host, judged=judged)

    def problems(self, text: str, **more: int) -> list[Problem]:
        with pytest.raises(ConfigError) as error:
            self.load(text, **more)
        return [one for one in error.value.problems if not one.warning]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


COMMANDS = {
    "command": "command: ADA/run --now",
    "by dir": "{command: ./run, dir: ADA}",
    "wrapped": "command: env A=b nice -n 5 ADA/run",
    "script": "command: /bin/sh ADA/run",
    "python": "command: /usr/bin/python3 -u ADA/run",
    "python by dir": "{command: /usr/bin/python3 run, dir: ADA}",
    "shell": "{shell: true, command: cd / && exec ADA/run}",
    "path": "{command: run, env: {PATH: 'ADA:/usr/bin'}}",
    "path before": "{command: sleep 10, env: {PATH: 'ADA:/usr/bin:/bin'}}",
    "hook": "{command: /bin/true, hooks: {before_start: ADA/run}}",
    "stop": "{command: /bin/true, stop: ADA/run}",
    "restart": "{command: /bin/true, restart: ADA/run}",
    "reload": "{command: /bin/true, reload: ADA/run}",
    "start": "{start: ADA/run, pid_file: /run/x.pid}",
    "check": "{command: /bin/true, restart_if: [command: {fails: ADA/run}]}",
    "ready": "{command: /bin/true, ready: [run: ADA/run]}",
    "behavior": "{command: /bin/true, behaviors: [run: ADA/run]}",
    "env_file": "{command: /bin/true, env_file: ADA/env}",
    "task": "{states: {ok: null, bad: ADA/run}, initial_state: ok, transitions: "
    "[{from: ok, to: bad, when: {load_average: {above: 9}}}, {from: bad, to: ok, when: always}]}",
}


@pytest.mark.parametrize("watch", COMMANDS.values(), ids=COMMANDS)
def test_what_runs_as_root_is_roots_alone(place: Place, watch: str) -> None:
    place.put("run")
    place.put("env", "A=b\n")
    watch = watch if watch.startswith("{") else f"{{{watch}}}"
    text = f"watches: {{web: {watch}}}"

    found = place.problems(text)
    assert all(f"{ADA} may write {place.adas}" in one.message for one in found), found
    assert all(f"chown root {place.adas}" in one.message for one in found)
    assert all("--allow-untrusted" in one.message for one in found)
    place.load(text, str(place.adas))
    others = text.replace("{web: {", "{web: {user: nobody, ")
    place.load(others)


def test_a_script_of_root_with_an_interpreter_of_adas(place: Place) -> None:
    place.put("python")
    script = place.folder / "run"
    script.write_text(f"#!{place.adas}/python\n")
    script.chmod(0o755)

    (found,) = place.problems(f"watches: {{web: {{command: {script}}}}}")
    assert f"so change {place.adas}/python, which root runs" in found.message


def test_a_link_of_root_that_leads_to_adas(place: Place) -> None:
    place.put("run")
    (place.folder / "link").symlink_to("ada/run")

    (found,) = place.problems(f"watches: {{web: {{command: {place.folder}/link}}}}")
    assert f"{ADA} may write {place.adas}" in found.message


@pytest.mark.parametrize("user", ["", "user: nobody, "])
def test_python_runs_in_overseer_whoever_the_watch_is(place: Place, user: str) -> None:
    place.put("check.py")
    for when in (
        "{python: {call: 'ADA/check.py:bad'}}",
        "{complex: {any: {cpu_usage: 90%, python: 'ADA/check.py:bad'}}}",
    ):
        text = f"watches: {{web: {{{user}command: /bin/true, alert_if: [{when}]}}}}"
        assert f"{place.adas}/check.py, which root runs" in place.problems(text)[0].message
        place.load(text, str(place.adas))


CONTACTS = {
    "command": "{command: ADA/page}",
    "templates": "{email: {to: a@example.org, templates: ADA}}",
    "password_file": "{email: {to: a@b.org, server_host: h, user: u, password_file: ADA/page}}",
    "ca_file": "{webhook: {url: 'https://example.org/', ca_file: ADA/page}}",
    "sendmail": "{email: {to: a@example.org, sendmail: ADA/page}}",
}


@pytest.mark.parametrize("key", CONTACTS)
def test_contacts_are_roots(place: Place, key: str) -> None:
    place.put("page")
    text = f"""
contacts:
  ops: {CONTACTS[key]}
watches:
  web: {{command: /bin/true, user: nobody, notify: ops}}
"""
    (found,) = place.problems(text)
    assert found.message.startswith(f"ops: {key}: {ADA} may write {place.adas}")
    assert found.line == 3
    config = load([str(place.file)], check_host=False, host=Host(uid=0), lenient=ALL_TOLERATED)
    assert not config.contacts
    assert list(config.watches) == ["web"]


def test_the_folder_of_logs(place: Place) -> None:
    text = "settings: {log_dir: ADA}\nwatches: {web: {command: /bin/true, user: nobody}}"

    (found,) = place.problems(text)
    assert found.message.startswith(f"log_dir: {ADA} may write {place.adas}, where root writes")


def test_watch_files_and_what_they_include(place: Place) -> None:
    place.put("more.yml", "watches: {more: {command: /bin/true, user: nobody}}")
    (found,) = place.problems(
        "include: ADA/*.yml\nwatches: {web: {command: /bin/true, user: nobody}}"
    )
    assert (found.file, found.line) == (str(place.file), 1)
    assert f"so change {place.adas}/more.yml, which root reads" in found.message

    with pytest.raises(ConfigError, match="which root reads"):
        load([str(place.adas / "more.yml")], check_host=False, host=Host(uid=0))
    load([str(place.adas)], check_host=False, host=Host(uid=0, allowed=(str(place.adas),)))


def test_one_watch_costs_itself(place: Place) -> None:
    place.put("run")
    place.file.write_text(
        f"templates: {{bad: {{command: {place.adas}/run}}}}\n"
        f"watches:\n  web: {{command: {place.adas}/run}}\n  use: {{use: bad}}\n"
        "  fine: {command: /bin/true, user: nobody}\n"
    )
    config = load([str(place.file)], check_host=False, host=Host(uid=0), lenient=ALL_TOLERATED)

    assert list(config.watches) == ["fine"]
    assert set(config.left_out) == {"web", "use"}


def test_a_file_of_adas_is_not_read_at_all(place: Place) -> None:
    place.put("w.yml", "contacts: {ops: {command: /bin/evil}}")
    path = str(place.adas / "w.yml")
    config = load([path], check_host=False, host=Host(uid=0), lenient=ALL_TOLERATED)

    assert not config.contacts
    assert not config.files


def test_what_is_in_force_elsewhere_is_in_nobodys_way(place: Place) -> None:
    place.put("run")
    config = place.load("watches: {web: {command: ADA/run}}", judged=["/other.yml"])

    assert any("which root runs" in str(one) for one in config.warnings)
    assert list(config.watches) == ["web"]


def test_an_ordinary_user_is_warned_of_his_files_and_left_alone_with_his_programs(
    place: Place,
) -> None:
    place.put("run")
    os.chown(place.folder, 12345, 12345)

    config = place.load("watches: {web: {command: ADA/run}}", uid=12345)
    assert not [one for one in config.warnings if "may write" in str(one)]
    place.file.chmod(0o666)
    config = place.load("watches: {web: {command: ADA/run}}", uid=12345)
    assert any("everybody may write" in str(one) for one in config.warnings)


def test_a_program_of_many_watches_is_looked_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    lstat = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: asked.append(str(path)) or lstat(path))
    watches = "\n".join(f"  w{number}: {{command: /bin/sleep {number}}}" for number in range(200))
    place.load(f"watches:\n{watches}\n")

    assert asked.count("/usr/bin/sleep") + asked.count("/bin/sleep") == 1
