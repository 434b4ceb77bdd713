"""The explicit form of a watch: it loads to an equal one, and every line has its origin."""

from collections.abc import Callable
from pathlib import Path

import pytest
from machines import machine

from overseer.config import Config, load
from overseer.config.explicit import render
from overseer.errors import UnknownName

Read = Callable[..., Config]

FILE = """\
contacts:
  ops: {email: o@b.c, group: devs}
  ada: {email: {to: [a@b.c], log_lines: 5}}
mail: {from: overseer@b.c}
vars: {root: /srv}
defaults: {interval: 7s}
watches:
  foreground:
    command: "{{ root }}/x 'a b' {% raw %}{{ c }}{% endraw %}"
    env: {A: 010, B: "", C: "a: b # c", D: "null", E: '"quoted"', F: "{{ env.HOME }}"}
    rlimits: {nofile: 1024}
    memory: 100MB
    restart_if: [{cpu_usage: {above: 50%, times: 2 of 7}}]
    alert_if: {cpu_usage: {above: 90%, notify: {contacts: devs, priority: 1}}}
    on_exit: restart_on_failure
    stop_signals: [QUIT, 5s, TERM]
    restart_at: {cron: "30 4 * * *", timezone: UTC}
    restart_delay: 3s
    success_codes: [0, 3]
    umask: 022
    tags: [a, b]
    reload: HUP
    notify: ada
  daemon:
    start: [/bin/ctl, -x, start]
    stop: echo $HOME | cat
    shell: true
    pid_file: /run/d.pid
    grace: 10s
    start_tries: 5
    stop_timeout: 9s
    behaviors: [{clean_pid_file: {}}]
    flapping: {times: 5, retry_times: 5, retry_within: 2h}
    autostart: false
  bare:
    command: x
    flapping: off
    transitions:
      - {from: init, when: {process_running: true}, to: up, else: start}
      - {from: [start, restart], when: {process_running: true}, to: up}
"""


@pytest.mark.parametrize("name", ["foreground", "daemon", "bare"])
def test_it_loads_to_an_equal_watch(name: str, read: Read, write: Callable[..., Path]) -> None:
    text = FILE.replace("    flapping: off\n", "")
    config = read(text)

    again = load([write(render(name, config), "again.yml")], check_host=False, host=machine())

    assert again.watches == {name: config.watches[name]}
    assert not [one for one in again.warnings if "notifies" in one.message]


def test_every_line_says_where_it_is_from(read: Read, tmp_path: Path) -> None:
    config = read("""
        defaults: {interval: 7s}
        watches:
          web:
            command: /bin/x -v
            memory: 100MB
    """)

    lines = render("web", config).replace(f"{tmp_path}/", "").splitlines()

    assert lines[:3] == [
        "watches:",
        "  web:  # web.yml:3",
        "    command: /bin/x -v  # web.yml:4",
    ]
    assert "    interval: 7s  # web.yml:1" in lines
    assert "    start_grace: 1s  # default" in lines
    assert "      - {from: up, when: process_exits, to: start}  # default" in lines
    assert (
        "      - {from: up, when: {memory_usage: {times: [3, 5], above: 100MB, tree: true}},"
        " to: restart}  # web.yml:5"
    ) in lines
    assert all("  # " in line for line in lines if not line.endswith(":"))


def test_an_unknown_watch_is_an_error_with_the_nearest(read: Read) -> None:
    config = read("watches: {web: {command: x}}\n")

    with pytest.raises(UnknownName, match="there is no watch wbe; did you mean web"):
        render("wbe", config)


def test_nothing_is_read_from_the_disk_again(read: Read, write: Callable[..., Path]) -> None:
    config = read("watches: {web: {command: x}}\n")
    write("watches: {web: {command: y}}\n")

    assert "command: x" in render("web", config)
