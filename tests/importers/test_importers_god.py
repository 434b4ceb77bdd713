"""Whatever a god configuration asks for is there, or is said to be missing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from gods import CONFIGS, Imported

from overseer import plugins
from overseer.conditions.base import Times
from overseer.conditions.flapping import Flapping
from overseer.errors import BAD_FILE, OverseerError, PluginError
from overseer.model.transition import Notify
from overseer.units import size

Import = Callable[..., Imported]


def known(group: str, name: str) -> bool:
    try:
        plugins.named(group, name)
    except PluginError:
        return False
    return True


LATER = {
    "behaviors": (known("behaviors", "clean_unix_socket"), "clean_unix_socket"),
    "process_attributes": (known("behaviors", "clean_unix_socket"), "clean_unix_socket"),
}
CASES = [
    pytest.param(
        name,
        marks=[
            pytest.mark.xfail(not here, reason=f"there is no {what} yet")
            for here, what in (LATER.get(name, (True, "")),)
        ],
    )
    for name in sorted(path.stem for path in CONFIGS.glob("*.god"))
]


@pytest.mark.parametrize("name", CASES)
def test_every_configuration_becomes_a_watch_file_without_an_error(
    imported: Import, name: str
) -> None:
    found = imported(name)

    assert found.text.endswith("\n")
    assert all(line == line.rstrip() for line in found.text.splitlines())


def test_the_usual_configuration_becomes_the_concise_form(imported: Import) -> None:
    assert (
        imported("delayed_job").block("delayed_job_worker")
        == """\
start: /var/www/moochbot/current/script/delayed_job_worker_control start -- production
stop: /var/www/moochbot/current/script/delayed_job_worker_control stop
restart: /var/www/moochbot/current/script/delayed_job_worker_control restart -- production
pid_file: /var/www/moochbot/current/tmp/pids/delayed_job_worker.pid
user: deploy
group: root
interval: 10s
start_grace: 10s
restart_grace: 10s
notify: developers
start_tries: {times: 5, interval: 5s}
restart_if:
  memory_usage: {above: 100MB, times: [3, 5], interval: 20s, notify: ops}
  cpu_usage: {above: 50%, times: 5}
flapping: {times: 5, within: 5m, retry_in: 10m, retry_times: 5, retry_within: 2h}"""
    )


def test_a_loop_becomes_one_watch_each(imported: Import) -> None:
    watches = imported("mongrels").config.watches

    assert list(watches) == ["avatars-8200", "avatars-8201", "avatars-8202"]
    assert {watch.tags for watch in watches.values()} == {("avatars",)}
    assert watches["avatars-8201"].program.pid_file == "/srv/avatars/current/log/mongrel.8201.pid"


def test_flapping_keeps_its_numbers(imported: Import) -> None:
    (row,) = imported("mongrels").config.watches["avatars-8200"].lifecycle

    assert row.to == "unmonitored"
    assert row.when == Flapping(
        to_state=("start", "restart"),
        times=Times(5, 5),
        within=300.0,
        retry_in=600.0,
        retry_times=5,
        retry_within=7200.0,
    )


def test_once_is_said_where_three_of_five_would_be_assumed(of: Import) -> None:
    found = of(
        "w.restart_if { |on| on.condition(:memory_usage) { |c| c.above = 5.megabytes } }\n"
        "w.keepalive"
    )

    assert "memory_usage: {above: 5MB, times: 1}" in found.text


@pytest.mark.parametrize(
    ("written", "read"),
    [("900", "900KB"), ("1.megabyte", "1MB"), ("1.5.gigabytes", "1536MB"), ("'200'", "200KB")],
)
def test_memory_is_counted_in_kilobytes(of: Import, written: str, read: str) -> None:
    found = of(f"w.keepalive(:memory_max => {written})")

    row = found.config.watches["web"].transitions[-1]
    assert row.when.above == size(read)  # type: ignore[attr-defined]
    assert f"memory_max: {read}" in found.text


def test_a_bare_keepalive_needs_no_key(of: Import) -> None:
    assert of("w.keepalive").block("web") == "command: /bin/web"


def test_a_watch_without_a_condition_to_start_it_says_so(of: Import) -> None:
    assert "no condition started it again" in of("").remarks


def test_another_graph_becomes_the_explicit_form(imported: Import) -> None:
    watch = imported("odd_graph").config.watches["odd"]

    assert [(row.states, row.to, row.otherwise) for row in watch.transitions] == [
        (("init",), "up", "start"),
        (("start",), "up", None),
        (("start",), "stop", None),
        (("restart",), "restart", None),
        (("up",), "restart", None),
        (("up",), "unmonitored", None),
        (("stop",), "start", None),
        (("up",), "stop", None),
        (("restart",), "up", None),
    ]
    assert watch.lifecycle == ()
    assert [type(one).__name__ for one in watch.behaviors] == ["CleanPidFile"]


def test_a_state_that_there_is_not_is_a_remark_in_its_place(imported: Import) -> None:
    said = "not carried over (odd_graph.god:23, up to nirvana): there is no state nirvana"

    assert said in imported("odd_graph").remarks


def test_keepalive_beside_an_unusual_graph_is_spelled_out(of: Import) -> None:
    found = of(
        "w.keepalive(:cpu_max => 50.percent)\n"
        "w.transition(:up, :unmonitored) { |on| on.condition(:tries) { |c| c.times = 9 } }"
    )

    ends = [(row.states, row.to) for row in found.config.watches["web"].transitions]
    assert ends == [
        (("init",), "up"),
        (("start", "restart"), "up"),
        (("up",), "start"),
        (("up",), "restart"),
        (("up",), "unmonitored"),
    ]


def test_a_lifecycle_stands_beside_the_concise_keys(imported: Import) -> None:
    watch = imported("lifecycle").config.watches["talkative"]

    assert [row.to for row in watch.lifecycle] == [None, None, "stop", None]
    assert watch.lifecycle[0].notify == Notify(("ops",))


def test_an_interval_that_was_set_after_a_condition_is_not_its(of: Import) -> None:
    found = of(
        "w.interval = 7\n"
        "w.restart_if { |on| on.condition(:disk_usage) "
        "{ |c| c.mount_point = '/'; c.above = 90 } }\n"
        "w.interval = 20\nw.keepalive"
    )

    assert "disk_usage: {mount_point: /, above: 90%, interval: 7s, times: 1}" in found.text
    assert "    interval: 20s" in found.text


@pytest.mark.parametrize(
    "said",
    [
        "interval is left out: 0 seconds would never end; overseer takes 0.1s or more",
        'stop_signal is left out: there is no signal "BOGUS"',
        'log is left out: "~/strange.log" is no full path',
        "env is left out",
        "start_grace is left out: -1 seconds",
        "more than a terabyte; were they meant as bytes?",
        "times = [5, 3] was never met in god",
        "times = 0 was always met in god",
        "above is missing",
        "nothing is fuller than 100 percent",
        'file_touched: path was "tmp/restart.txt", seen from /',
        "host is missing",
        "wobble = 4 is not carried over",
    ],
)
def test_a_value_that_makes_no_sense_is_a_remark(imported: Import, said: str) -> None:
    assert said in imported("odd_values").remarks


def test_blocks_are_remarks_with_their_ruby(imported: Import) -> None:
    found = imported("blocks")

    assert "# start was Ruby code (blocks.god:7); write it as a command" in found.text
    assert "{ Process.spawn('/srv/blocks/bin/server') }" in found.text
    assert "    #       stop_it\n    #       sleep 1\n" in found.text
    assert not found.config.watches["blocks"].autostart


def test_conditions_in_ruby_are_remarks_with_what_to_write(imported: Import) -> None:
    found = imported("every_condition")

    assert "lambda: Ruby code; write it as a program (command:)" in found.remarks
    assert "system('/srv/app/check')" in found.text
    assert "cpu_usage: its process is not this watch's" in found.remarks
    kinds = [type(row.when).__name__ for row in found.config.watches["checked"].transitions]
    assert kinds == [
        *("ProcessRunning", "ProcessRunning", "ProcessExits", "MemoryUsage", "Tries"),
        *("HttpResponseCode", "SocketResponding", "DiskUsage", "FileMtime", "FileTouched"),
        *("Always", "Complex", "FileTouched"),
    ]


def test_classes_of_the_users_own_are_remarks(imported: Import) -> None:
    found = imported("custom")

    assert "queue_length is a condition of your own (above = 10, queue = " in found.remarks
    assert "warm_up (custom.god:59, seconds = 5) is a behavior of your own" in found.remarks
    assert "night is left out (custom.god:51): pager: a contact of your own" in found.remarks
    assert "God::Conditions::MemoryUsage is opened again" in found.remarks


def test_complex_keeps_gods_order_of_operators(imported: Import) -> None:
    rows = imported("complex").config.watches["complex"].transitions
    limits = [row.when.limit() for row in rows if hasattr(row.when, "parts")]  # type: ignore[attr-defined]

    assert limits == [
        "((always and cpu_usage) or memory_usage or not socket_responding) and file_touched",
        "not disk_usage",
        "memory_usage and (cpu_usage or always)",
    ]


def test_a_complex_that_lacks_a_part_is_left_out_whole(imported: Import) -> None:
    assert "complex: its part lambda" in imported("complex").remarks
    assert "complex: its part process_running needs a row of its own" in imported("complex").remarks


def test_notify_in_all_its_forms(imported: Import) -> None:
    watch = imported("notify").config.watches["told"]

    assert watch.notify == Notify(("tom", "developers"), "1", "product")
    assert [row.notify for row in watch.transitions[3:]] == [
        Notify(("van-pelt", "kevin")),
        Notify(("platform-team",)),
        None,
        None,
        Notify(("tom",)),
    ]
    assert [row.notify for row in watch.lifecycle] == [Notify(("tom",)), Notify(("kevin",))]


def test_whoever_cannot_be_told_is_named_where_he_was(imported: Import) -> None:
    found = imported("notify")

    assert "notify: room is left out; see contacts" in found.remarks
    assert "notify: unknown is left out; no contact of that name is in these files" in found.remarks
    assert 'notify: urgency = "high" is not carried over' in found.remarks


def test_loaded_files_are_part_of_it_and_each_once(imported: Import) -> None:
    found = imported("loads")

    assert list(found.config.watches) == ["part-a", "part-b"]
    assert 'God.load "/nowhere/at/all/*.god": no such file' in found.remarks


def test_ruby_is_ruby(imported: Import) -> None:
    found = imported("ruby_tricks")

    program = found.config.watches["worker-slow"].program
    assert program.command == (
        *("/srv/tricks/bin/worker", "--queue", "slow"),
        *("--env", "production"),
    )
    assert program.user == "root"
    assert "God.setup_something was called; nothing was done" in found.remarks


def test_gods_first_interface_gives_a_default(imported: Import) -> None:
    assert imported("meddle").config.watches["early"].interval == 20.0


def test_global_options_are_settings_words_or_remarks(imported: Import) -> None:
    found = imported("global_options")

    assert found.config.settings.socket_group == "staff"
    assert 'God.log_file = "/var/log/god.log": `overseer run --log-file`' in found.remarks
    assert "God.socket_perms = 0o775" in found.remarks
    assert 'God.colour = "red": nothing here is like it' in found.remarks


def test_a_name_that_cannot_be_typed_becomes_one_that_can(imported: Import) -> None:
    found = imported("other_attributes")

    assert "my-app-web-1" in found.config.watches
    assert "god's name for it: my app: web/1" in found.remarks


def test_a_watch_that_is_there_twice_is_refused_as_god_does(
    imported: Import, tmp_path: Path
) -> None:
    path = tmp_path / "twice.god"
    watch = "God.watch { |w| w.name = 'web'; w.start = '/bin/web' }\n"
    path.write_text(watch * 2)

    with pytest.raises(OverseerError, match=r"twice\.god:2: 'web' is there twice, .*twice\.god:1"):
        imported(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("God.watch do |w|\n  w.name = nope\nend\n", r":2: undefined local variable .*NameError"),
        ("God.watch do |w|\n", r":\d: syntax error"),
        ("require 'no_such_library'\n", r":1: cannot load such file .*install that library"),
        ("require 'yaml'\n\nYAML.load('{')\n", r":3: .*SyntaxError"),
        ("\nabort 'set STAGE'\n", r":2: it ended itself, exit code 1: set STAGE"),
        ("exit\n", r":1: it ended itself, exit code 0"),
    ],
)
def test_a_file_that_does_not_run_is_blamed_with_its_line(
    imported: Import, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "broken.god"
    path.write_text(text)

    with pytest.raises(OverseerError, match=said) as caught:
        imported(path)

    assert caught.value.exit_code == BAD_FILE
    assert str(path) in str(caught.value)
