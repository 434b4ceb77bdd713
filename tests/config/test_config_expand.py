"""What the concise form stands for."""

from collections.abc import Callable

import pytest

from overseer.behaviors.clean_pid_file import CleanPidFile
from overseer.conditions.base import Times
from overseer.conditions.cpu_usage import CpuUsage
from overseer.conditions.flapping import Flapping
from overseer.conditions.memory_usage import MemoryUsage
from overseer.conditions.process_exits import ProcessExits
from overseer.conditions.process_running import ProcessRunning
from overseer.conditions.tries import Tries
from overseer.config import Config, ConfigError
from overseer.model.program import StopStep
from overseer.model.transition import Notify, Transition
from overseer.model.watch import Watch

Problems = Callable[..., list[str]]
Make = Callable[..., Watch]

DAEMON = "start: /bin/ctl start\n    pid_file: /run/web.pid"
TO_START = Transition(("init",), ProcessRunning(running=True), "up", "start")
TO_UP = Transition(("start", "restart"), ProcessRunning(running=True), "up")
MB = 2**20
ON_EXIT = Transition(("up",), ProcessExits(), "start")
USUAL = (TO_START, TO_UP, ON_EXIT)
FLAPPING = Flapping(times=Times(8, 8), within=300.0, retry_in=300.0, to_state=("start", "restart"))
SPELLED_OUT = (
    "transitions: [{from: init, when: {process_running: true}, to: up, else: start},"
    " {from: [start, restart], when: {process_running: true}, to: up}]"
)


def added(watch: Watch) -> list[Transition]:
    return [row for row in watch.transitions if row not in USUAL]


def complaint(watch: Make, line: str, **more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        watch(line, **more)
    return "\n".join(one.message for one in caught.value.problems if not one.warning)


def test_a_bare_command_is_looked_for_started_kept_up_and_held_back_when_it_flaps(
    watch: Make,
) -> None:
    web = watch("")

    assert web.transitions == USUAL
    assert web.lifecycle == (Transition((), FLAPPING, "unmonitored"),)


def test_a_foreground_program_has_other_defaults_than_a_daemon(watch: Make) -> None:
    web, daemon = watch(""), watch("", usual=DAEMON)

    assert (web.start_grace, web.program.kill, web.program.leftovers) == (1.0, "tree", "end")
    assert (daemon.start_grace, daemon.program.kill) == (0.0, "process")
    assert daemon.program.leftovers == "ignore"
    assert (web.behaviors, daemon.behaviors) == ((), (CleanPidFile(),))


def test_leftovers_follow_kill(watch: Make) -> None:
    assert watch("kill: process").program.leftovers == "ignore"
    assert watch("kill: tree\nleftovers: wait", usual=DAEMON).program.leftovers == "wait"


def test_memory_and_cpu_measure_the_whole_tree_three_of_five_times(watch: Make) -> None:
    rows = added(watch("memory: 100MB\ncpu: {above: 50%, times: 5, tree: false}"))

    assert rows == [
        Transition(
            ("up",), MemoryUsage(above=100 * 2**20, times=Times(3, 5), tree=True), "restart"
        ),
        Transition(("up",), CpuUsage(above=50.0, times=Times(5, 5)), "restart"),
    ]


def test_restart_if_keeps_gods_meaning_the_main_process(watch: Make) -> None:
    (row,) = added(watch("restart_if: {memory_usage: {above: 1MB}}"))

    assert row.when == MemoryUsage(above=2**20, times=Times(3, 5))


@pytest.mark.parametrize(
    ("key", "states", "to", "times"),
    [
        ("restart_if", ("up",), "restart", Times(3, 5)),
        ("stop_if", ("up",), "stop", Times(3, 5)),
        ("start_if", ("stop",), "start", Times(1, 1)),
        ("alert_if", ("up",), None, Times(1, 1)),
    ],
)
def test_each_if_has_its_states_and_its_usual_times(
    key: str, states: tuple[str, ...], to: str | None, times: Times, watch: Make
) -> None:
    (row,) = added(watch(f"{key}: {{cpu_usage: 5%}}"))

    assert row == Transition(states, CpuUsage(above=5.0, times=times), to)


def test_start_if_about_the_process_itself_is_asked_while_up_as_in_god(watch: Make) -> None:
    (row,) = added(watch("start_if: {process_running: false}"))

    assert row == Transition(("up",), ProcessRunning(running=False), "start")


def test_several_checks_mean_any_and_a_list_allows_two_of_one_kind(watch: Make) -> None:
    rows = added(watch("restart_if: [{cpu_usage: 90%}, {cpu_usage: {above: 50%, times: 20}}]"))

    assert [row.when.times for row in rows] == [Times(3, 5), Times(20, 20)]


@pytest.mark.parametrize(
    ("text", "times"), [("5", Times(5, 5)), ("[3, 5]", Times(3, 5)), ("2 of 7", Times(2, 7))]
)
def test_times_are_written_in_three_ways(text: str, times: Times, watch: Make) -> None:
    (row,) = added(watch(f"restart_if: {{cpu_usage: {{above: 1%, times: {text}}}}}"))

    assert row.when.times == times


@pytest.mark.case(25)
@pytest.mark.parametrize("text", ["[5, 3]", "0", "[0, 5]", "-1", "often", "[1, 2, 3]", "1.5"])
def test_times_that_make_no_sense_are_an_error(text: str, watch: Make) -> None:
    said = complaint(watch, f"restart_if: {{cpu_usage: {{above: 1%, times: {text}}}}}")

    assert said.endswith("; write 5, or [3, 5] for 3 of the last 5")


@pytest.mark.case(25)
@pytest.mark.parametrize(
    "line", ["interval: 0", "restart_if: {cpu_usage: {above: 1%, interval: 0s}}"]
)
def test_an_interval_of_nothing_is_an_error(line: str, watch: Make) -> None:
    assert "interval: 0 would never end; write 5s or more" in complaint(watch, line)


@pytest.mark.case(16)
def test_a_condition_without_an_interval_has_the_watchs(watch: Make) -> None:
    web = watch(
        "interval: 10s\n"
        "restart_if: {cpu_usage: 5%}\n"
        "stop_if: {cpu_usage: {above: 9%, interval: 1m}}"
    )

    assert web.interval == 10.0
    assert [row.when.interval for row in added(web)] == [None, 60.0]


@pytest.mark.case(17)
def test_without_any_interval_it_is_five_seconds(watch: Make) -> None:
    assert watch("").interval == 5.0


@pytest.mark.case(61)
def test_gods_keepalive_watches_the_main_process(watch: Make) -> None:
    rows = added(watch("keepalive: {interval: 30s, memory_max: 150MB, cpu_max: 50%, cpu_times: 5}"))

    assert [row.when for row in rows] == [
        MemoryUsage(above=150 * 2**20, times=Times(3, 5), interval=30.0),
        CpuUsage(above=50.0, times=Times(5, 5), interval=30.0),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "keepalive: {memory_mx: 5MB}",
            "keepalive has no option memory_mx; did you mean memory_max?",
        ),
        ("keepalive: {memory_max: 150}", "memory_max: '150' is not understood; write 150MB"),
        ("keepalive: false", "keepalive: false is written on_exit: stop"),
    ],
)
def test_a_keepalive_that_is_not_understood_is_said(line: str, said: str, watch: Make) -> None:
    assert said in complaint(watch, line)


def test_on_exit_decides_what_follows_an_end(watch: Make) -> None:
    ending = ("start", "restart", "up")

    assert watch("on_exit: restart").transitions == USUAL
    assert watch("on_exit: stop").transitions[2:] == (Transition(ending, ProcessExits(), "stop"),)
    assert watch("on_exit: restart_on_failure\nsuccess_codes: [0, 3]").transitions[2:] == (
        Transition(ending, ProcessExits(expected=True), "stop"),
        Transition(("up",), ProcessExits(expected=False), "start"),
    )


def test_start_tries_is_gods_failsafe(watch: Make) -> None:
    (row,) = added(watch("start_tries: 5"))

    assert row == Transition(("start", "restart"), Tries(times=Times(5, 5)), "start")


def test_flapping_is_completed_by_what_is_usual_and_null_takes_away(watch: Make) -> None:
    (row,) = watch("flapping: {times: 3, retry_in: null}").lifecycle

    assert row.when == Flapping(times=Times(3, 3), within=300.0, to_state=("start", "restart"))


@pytest.mark.parametrize("word", ["off", "false", '"off"'])
def test_flapping_can_be_switched_off(word: str, watch: Make) -> None:
    assert watch(f"flapping: {word}").lifecycle == ()


@pytest.mark.case(26)
def test_retrying_for_ever_needs_no_numbers(watch: Make) -> None:
    (row,) = watch("flapping: {retry_in: 10m}").lifecycle

    assert isinstance(row.when, Flapping)
    assert (row.when.retry_in, row.when.retry_times) == (600.0, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{retry_times: 5}", "retry_times and retry_within go together"),
        ("{retry_times: 5, retry_within: 2h, retry_in: null}", "retry_times counts retries"),
        ("{times: [3, 5]}", "times is one number"),
        ("{within: 0}", "within: 0 would never be met"),
        ("{to_state: [strat]}", "there is no state strat; did you mean start?"),
        ("maybe", "'maybe' is not understood; write off"),
    ],
)
def test_a_flapping_limit_that_makes_no_sense_is_an_error(
    text: str, said: str, watch: Make
) -> None:
    assert said in complaint(watch, f"flapping: {text}")


def test_grace_is_added_to_each_of_the_three(watch: Make) -> None:
    web = watch("grace: 1s\nstart_grace: 1s\nstop_grace: 2s\nrestart_grace: 3s")

    assert (web.start_grace, web.stop_grace, web.restart_grace) == (2.0, 3.0, 4.0)
    assert watch("grace: 10s").start_grace == 10.0


def test_stop_signal_and_stop_timeout_are_one_step(watch: Make) -> None:
    assert watch("stop_signal: QUIT\nstop_timeout: 5s").program.stop_signals == (StopStep(3, 5.0),)
    assert "exclude each other" in complaint(watch, "stop_timeout: 5s\nstop_signals: [QUIT, 3s]")


def test_gods_uid_and_gid_are_user_and_group(watch: Make) -> None:
    web = watch("uid: ada\ngid: staff")

    assert (web.program.user, web.program.group) == ("ada", "staff")
    assert "uid and user are the same" in complaint(watch, "uid: ada\nuser: ada")


def test_a_user_may_be_a_number(watch: Make) -> None:
    assert watch("user: 1000").program.user == "1000"


@pytest.mark.case(10)
@pytest.mark.parametrize(
    ("usual", "said"),
    [
        ("user: ada", "web: command is missing; write command: /usr/bin/worker"),
        ("start: x", "web: start needs pid_file, the file in which the daemon writes its pid"),
        (
            "pid_file: /run/x",
            "web: pid_file needs start, the command that leaves the daemon behind",
        ),
    ],
)
def test_a_watch_needs_a_command_or_start_and_pid_file(usual: str, said: str, watch: Make) -> None:
    assert complaint(watch, "", usual=usual).startswith(said)


@pytest.mark.parametrize("line", ["start: y", "pid_file: /run/x"])
def test_command_excludes_start_and_pid_file(line: str, watch: Make) -> None:
    assert complaint(watch, line).startswith("web: command and ")


@pytest.mark.parametrize(
    "line",
    [
        "memory: 5MB",
        "cpu: 5%",
        "keepalive: {memory_max: 5MB}",
        "flapping: off",
        "on_exit: stop",
        "start_tries: 3",
        "restart_if: {cpu_usage: 5%}",
        "stop_if: {cpu_usage: 5%}",
        "start_if: {cpu_usage: 5%}",
        "alert_if: {cpu_usage: 5%}",
    ],
)
def test_concise_keys_beside_transitions_are_an_error(line: str, watch: Make) -> None:
    key = line.partition(":")[0]

    assert complaint(watch, f"{SPELLED_OUT}\n{line}") == (
        f"{key} stands beside transitions; write it as a row, "
        "or write transitions: {extend: default, add: [...]}"
    )


def test_with_transitions_nothing_is_added_silently(watch: Make) -> None:
    web = watch(SPELLED_OUT, usual=DAEMON)

    assert web.transitions == USUAL[:2]
    assert (web.lifecycle, web.behaviors) == ((), ())


def test_extend_default_adds_rows_to_those_of_the_concise_keys(watch: Make) -> None:
    web = watch("""
        memory: 5MB
        transitions:
          extend: default
          add:
            - {from: up, when: {cpu_usage: 5%}, to: stop}
    """)

    assert web.transitions[:3] == USUAL
    assert [row.to for row in web.transitions[3:]] == ["restart", "stop"]
    assert len(web.lifecycle) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{add: []}", "a mapping needs extend: default"),
        ("{extend: usual}", "write extend: default"),
        ("{extend: default, ad: []}", "transitions has no option ad; did you mean add?"),
    ],
)
def test_an_extension_that_is_not_understood_is_said(text: str, said: str, watch: Make) -> None:
    assert said in complaint(watch, f"transitions: {text}")


def test_lifecycle_rows_are_added_to_the_usual_flapping(watch: Make) -> None:
    rows = watch("lifecycle: [{when: {cpu_usage: 5%}}]").lifecycle

    assert [type(row.when) for row in rows] == [Flapping, CpuUsage]


def test_a_flapping_row_in_the_lifecycle_takes_the_place_of_the_usual_one(watch: Make) -> None:
    line = (
        "lifecycle: [{when: {flapping: {to_state: start, times: 3, within: 1m}}, to: unmonitored}]"
    )
    (row,) = watch(line).lifecycle

    assert row.when == Flapping(times=Times(3, 3), within=60.0, to_state=("start",))
    assert "write it once" in complaint(watch, f"{line}\nflapping: off")


@pytest.mark.case(140)
@pytest.mark.parametrize(
    ("text", "notify"),
    [
        ("ops", Notify(("ops",))),
        ("[ops, ada]", Notify(("ops", "ada"))),
        ("{contacts: ops, priority: 1}", Notify(("ops",), "1")),
        ("{contacts: [ops, ada], category: product}", Notify(("ops", "ada"), None, "product")),
    ],
)
def test_whom_to_tell_is_written_in_gods_ways(
    text: str, notify: Notify, read: Callable[..., object]
) -> None:
    config = read(f"""
        contacts: {{ops: {{email: o@b.c}}, ada: {{email: a@b.c}}}}
        watches:
          web:
            command: x
            notify: {text}
            alert_if: {{cpu_usage: {{above: 1%, notify: {text}}}}}
    """)

    web = config.watches["web"]  # type: ignore[attr-defined]
    assert web.notify == notify
    assert web.transitions[-1].notify == notify


def test_reload_if_reloads_and_needs_to_know_how(
    watch: Make, problems: Callable[..., list[str]]
) -> None:
    (row,) = added(watch("reload: HUP\nreload_if: {file_touched: {path: /srv/app/config}}"))

    assert (row.states, row.to, row.reload) == (("up",), None, True)
    text = "watches:\n  web:\n    command: /bin/w\n    reload_if: {file_touched: {path: /x}}\n"
    assert problems(text) == [
        "3:5: web: to: reload needs `reload`; write reload: HUP, or a command"
    ]


def test_a_row_sends_a_signal_or_leads_somewhere_and_not_both(
    watch: Make, problems: Callable[..., list[str]]
) -> None:
    row = "{from: up, when: {memory_usage: 9MB}, signal: USR1}"
    assert added(watch(f"transitions: {{extend: default, add: [{row}]}}"))[0].signal == 10

    both = row.replace("signal", "to: stop, signal")
    said = problems(
        f"watches: {{web: {{command: /bin/w, transitions: {{extend: default, add: [{both}]}}}}}}"
    )
    assert "signal stands beside to: stop; a row does one of them, write two rows" in said[0]


def test_a_row_runs_a_program_or_does_something_else_and_not_both(
    watch: Make, problems: Callable[..., list[str]]
) -> None:
    row = "{from: up, when: {memory_usage: 9MB}, run: /usr/bin/dump 1}"
    text = "transitions: {extend: default, add: [ROW]}"
    assert added(watch(text.replace("ROW", row)))[0].run == ("/usr/bin/dump", "1")

    for other, said in (("to: stop", "to: stop"), ("signal: USR1", "signal")):
        both = text.replace("ROW", row.replace("run", f"{other}, run"))
        (found,) = problems(f"watches: {{web: {{command: x, user: root, {both}}}}}\n")
        assert f"run stands beside {said}; a row does one of them, write two rows" in found


def test_commands_of_behaviors_stand_beside_the_watchs_own_hooks(watch: Make) -> None:
    program = watch(
        "hooks: {after_stop: /bin/bye}\n"
        "behaviors: [{run: /bin/migrate}, {run: {command: [/bin/warm, up], at: after_start}}]"
    ).program

    assert program.hooks == {
        "after_stop": ("/bin/bye",),
        "before_start": ("/bin/migrate",),
        "after_start": ("/bin/warm", "up"),
    }


def test_a_hook_has_one_command(problems: Callable[..., list[str]]) -> None:
    both = "hooks: {before_start: /bin/a}, behaviors: [{run: /bin/b}]"
    (found,) = problems(f"watches: {{web: {{command: x, user: root, {both}}}}}\n")
    assert "before_start has a command already; write a script that runs both" in found


GODS = "{notify_when_flapping: {failures: 3, seconds: 40, notifier: ops}}"


def test_notify_when_flapping_is_flapping_in_gods_words(read: Callable[..., Config]) -> None:
    web = f"{{command: x, user: root, behaviors: [{GODS}]}}"
    text = f"contacts: {{ops: {{email: a@b.de}}}}\nwatches: {{web: {web}}}\n"
    (row,) = read(text).watches["web"].lifecycle

    assert isinstance(row.when, Flapping)
    assert (row.when.times.of, row.when.within) == (3, 40.0)
    assert row.to == "unmonitored"
    assert (row.notify or row.when.notify) == Notify(("ops",))


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        ("flapping: {times: 2, within: 1m}", "stands beside flapping"),
        ("transitions: [{from: init, to: start}]", "write a flapping row in lifecycle"),
    ],
)
def test_flapping_is_written_once(
    beside: str, said: str, problems: Callable[..., list[str]]
) -> None:
    contacts = "contacts: {ops: {email: a@b.de}}"
    found = problems(
        f"{contacts}\nwatches: {{web: {{command: x, user: root, {beside}, behaviors: [{GODS}]}}}}\n"
    )
    assert any(said in one for one in found), found


@pytest.mark.field("J15")
@pytest.mark.parametrize(
    "key", ["hooks: {NAME: /bin/x}", "behaviors: [{run: {command: /bin/x, at: NAME}}]"]
)
@pytest.mark.parametrize(
    ("name", "instead"),
    [("before_restart", "check_before_restart: CMD"), ("after_restart", "write after_start")],
)
def test_a_hook_that_would_never_be_run_is_an_error(
    key: str, name: str, instead: str, problems: Problems
) -> None:
    keys = key.replace("NAME", name)

    (found,) = problems(f"watches: {{web: {{command: /bin/w, {keys}}}}}")

    assert f"{name} stands beside a `restart:` command, and there is none" in found
    assert instead in found
    assert problems(f"watches: {{web: {{command: /bin/w, restart: /bin/r, {keys}}}}}") == []


@pytest.mark.field("J15")
@pytest.mark.parametrize(
    "kind", ["states: {ok: }, initial_state: ok", "command: x, schedule: '0 4 * * *'"]
)
@pytest.mark.parametrize(
    "key",
    [
        "hooks: {before_start: x}",
        "behaviors: [{run: x}]",
        "check_before_restart: x",
        "skip_codes: 9",
    ],
)
def test_what_has_no_process_to_keep_up_has_no_hooks(
    kind: str, key: str, problems: Problems
) -> None:
    found = problems(f"watches: {{w: {{{kind}, {key}}}}}")

    assert any(key.partition(":")[0] in line for line in found)
