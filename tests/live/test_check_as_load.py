"""`check` and `load` say the same of the same file, whatever else is loaded."""

from pathlib import Path

import pytest
from test_supervision import Begin, begin

pytestmark = pytest.mark.live
__all__ = ["begin"]

LOADED = """
contacts: {ops: {command: /bin/true}}
contact_groups: {night: [ops]}
settings: {history_keep: 9d}
watches:
  web: {command: /bin/sleep 1000, user: root, tags: [front], notify: ops}
"""
CORPUS = {
    "a contact of another file": "a: {command: /bin/sleep 9, user: root, notify: ops}",
    "a group of another file": "a: {command: /bin/sleep 9, user: root, notify: night}",
    "no such contact": "a: {command: /bin/sleep 9, user: root, notify: nobody}",
    "depends on a watch of another file": "a: {command: /bin/sleep 9, user: root, depends_on: web}",
    "depends on a tag of another file": "a: {command: /bin/sleep 9, user: root, depends_on: front}",
    "depends on nothing that there is": "a: {command: /bin/sleep 9, user: root, depends_on: no}",
    "a name that is taken": "web: {command: /bin/sleep 9, user: root}",
    "a tag that is a watch elsewhere": "a: {command: /bin/sleep 9, user: root, tags: [web]}",
    "a watch that is a tag elsewhere": "front: {command: /bin/sleep 9, user: root}",
    "a moment that never comes": 'a: {command: /bin/true, user: root, schedule: "0 0 31 2 *"}',
    "an unknown key": "a: {command: /bin/sleep 9, user: root, memroy: 3MB}",
    "instances": "a: {command: /bin/sleep 9, user: root, instances: 2}",
    "no user at all": "a: {command: /bin/sleep 9}",
}
WHOLE = {
    "a contact that is there": "contacts: {ops: {command: /bin/false}}\nwatches: {}\n",
    "an include of nothing": "include: [no-such-*.yml]\nwatches: {}\n",
    "settings of its own": "settings: {history_keep: 5d}\nwatches: {}\n",
    "settings that are there": "settings: {history_keep: 9d}\nwatches: {}\n",
    "a group that is there": "contact_groups: {night: [ops]}\nwatches: {}\n",
    "nothing": "# nothing\n",
    "no YAML": "watches: {a: [\n",
}
LACKING = {
    "a user": "a: {command: /bin/sleep 9, user: nosuchuser}",
    "a folder": "a: {command: /bin/sleep 9, user: root, dir: /no/such/folder}",
}


@pytest.mark.field("C3")
def test_check_and_load_give_the_same_verdict(begin: Begin, tmp_path: Path) -> None:
    daemon = begin(LOADED)
    daemon.phases("web", "up")
    files = {name: f"watches:\n  {text}\n" for name, text in {**CORPUS, **LACKING}.items()} | WHOLE
    verdicts: dict[str, tuple[int, ...]] = {}
    for number, (name, text) in enumerate(files.items()):
        file = tmp_path / f"case-{number}.yml"
        file.write_text(text)
        load = daemon.overseer("load", "--dry-run", str(file))
        here = daemon.overseer("check", "--here", str(file))
        plain = daemon.overseer("check", str(file))
        verdicts[name] = (load.returncode, here.returncode, plain.returncode)
        if load.returncode == 6:
            told = {line.strip() for line in load.stderr.splitlines()}
            assert {line.strip() for line in here.stderr.splitlines()} <= told, name

    differ = {name: codes for name, codes in verdicts.items() if codes[0] != codes[1]}
    assert differ == {}
    for name in verdicts.keys() - LACKING.keys():
        assert verdicts[name][2] == verdicts[name][0], name
    for name in LACKING:
        assert verdicts[name] == (6, 6, 0)
    assert {verdicts[name][0] for name in files} == {0, 6}


@pytest.mark.field("C3")
def test_without_a_daemon_what_was_loaded_is_remembered(begin: Begin, tmp_path: Path) -> None:
    daemon = begin("watches: {web: {command: /bin/sleep 1000, user: root}}")
    daemon.phases("web", "up")
    people, file = tmp_path / "people.yml", tmp_path / "a.yml"
    people.write_text("contacts: {ops: {command: /bin/true}}\n")
    file.write_text("watches: {a: {command: /bin/sleep 9, user: root, notify: ops}}\n")
    assert daemon.overseer("load", str(people)).returncode == 0
    assert daemon.overseer("check", str(file)).returncode == 0

    assert daemon.overseer("quit").returncode == 0

    assert daemon.overseer("check", str(file)).returncode == 0
    assert daemon.overseer("check", "--alone", str(file)).returncode == 6
