"""How values are written, and what is said of those that are not understood."""

from collections.abc import Callable

import pytest

from overseer.config import ConfigError
from overseer.model.program import StopStep
from overseer.model.schedule import Schedule
from overseer.model.watch import RestartDelay, Watch

Make = Callable[..., Watch]


def complaint(watch: Make, line: str, **more: str) -> str:
    """What is said of *line*, the third of the file."""
    with pytest.raises(ConfigError) as caught:
        watch(line, **more)
    (problem,) = (one for one in caught.value.problems if not one.warning)
    return f"{problem.line}:{problem.column}: {problem.message}"


def test_durations_have_units_and_a_bare_number_is_seconds(watch: Make) -> None:
    web = watch("interval: 2h30m\nstart_grace: 90\nstart_timeout: 1.5\nstop_grace: 250ms")

    assert (web.interval, web.start_grace, web.start_timeout) == (9000.0, 90.0, 1.5)
    assert web.stop_grace == 0.25


@pytest.mark.parametrize("value", ["1:30", "10 secs", "soon", "-5", "-5s", "[5]", "''", "{a: 1}"])
def test_what_is_no_duration_is_said_with_an_example(value: str, watch: Make) -> None:
    said = complaint(watch, f"interval: {value}")

    assert said.startswith("4:15: interval: ")
    assert said.endswith(" is not understood; write 30s or 5m")


@pytest.mark.field("K12")
@pytest.mark.parametrize(
    "line",
    [
        f"interval: {'9' * 400}d",
        f"interval: {'9' * 5000}",
        f"memory: {'9' * 400}GB",
        f"cpu: {'9' * 400}%",
        f"instances: {'9' * 5000}",
        f"restart_if: {{memory_usage: {{above: 1MB, times: {'9' * 5000}}}}}",
        "restart_if: {memory_usage: {above: 1MB, times: 3 of 99999999}}",
        f"restart_at: '{'9' * 5000} * * * *'",
        "restart_at: '² * * * *'",
        "stop_signal: ²",
    ],
)
def test_a_number_that_nothing_can_count_is_a_plain_problem(line: str, watch: Make) -> None:
    assert len(complaint(watch, line)) < 1100


@pytest.mark.case(23)
def test_a_stop_timeout_may_be_a_fraction(watch: Make) -> None:
    assert watch("stop_timeout: 1.5").program.stop_signals == (StopStep(15, 1.5),)


@pytest.mark.parametrize("size", ["100MB", "100MiB", "102400KB", "0.09765625GB"])
def test_sizes_are_in_units_of_1024(size: str, watch: Make) -> None:
    row = watch(f"memory: {size}").transitions[-1]

    assert row.when.above == 100 * 2**20  # type: ignore[attr-defined]


def test_a_size_without_a_unit_is_not_guessed_at(watch: Make) -> None:
    said = complaint(watch, "memory: 100")

    assert said == "4:13: memory: '100' is not understood; write 100MB"


def test_more_than_a_hundred_percent_of_one_core_is_allowed(watch: Make) -> None:
    assert watch("cpu: 250%").transitions[-1].when.above == 250.0  # type: ignore[attr-defined]


@pytest.mark.parametrize(("text", "mask"), [("022", 0o22), ("0o027", 0o27), ("'077'", 0o77)])
def test_umask_is_octal(text: str, mask: int, watch: Make) -> None:
    assert watch(f"umask: {text}").program.umask == mask


@pytest.mark.parametrize("text", ["22", "18", "099", "0x12"])
def test_a_umask_that_could_be_decimal_is_an_error(text: str, watch: Make) -> None:
    assert complaint(watch, f"umask: {text}").endswith("is not understood; write 022")


def test_a_command_is_split_as_a_shell_would_and_run_without_one(watch: Make) -> None:
    web = watch(r"""reload: "/bin/x 'a b' \"c d\" e\\ f --x='$HOME'" """)

    assert web.program.reload == ("/bin/x", "a b", "c d", "e f", "--x=$HOME")


def test_a_command_given_as_a_list_is_taken_as_it_is(watch: Make) -> None:
    assert watch("stop: [/bin/x, 'a | b', $HOME]").program.stop == ("/bin/x", "a | b", "$HOME")


@pytest.mark.parametrize("character", list("$|&;<>`"))
def test_what_only_a_shell_would_understand_is_an_error_that_names_shell(
    character: str, watch: Make
) -> None:
    said = complaint(watch, f'stop: "/bin/x a {character} b"')

    assert said.startswith(f"4:11: stop: an unquoted {character} means something to a shell only; ")
    assert "write shell: true" in said


def test_shell_true_hands_the_whole_text_to_a_shell(watch: Make) -> None:
    web = watch("shell: true\nstop: echo $HOME | cat\nreload: HUP", usual="command: a > b")

    assert web.program.command == ("/bin/sh", "-c", "a > b")
    assert web.program.stop == ("/bin/sh", "-c", "echo $HOME | cat")
    assert web.program.reload == 1


@pytest.mark.case(73)
@pytest.mark.parametrize("empty", ["''", "'  '", "[]", "['']"])
def test_an_empty_stop_command_is_an_error(empty: str, watch: Make) -> None:
    assert " is empty; write a command" in complaint(watch, f"stop: {empty}")


def test_a_quote_that_is_not_closed_is_an_error(watch: Make) -> None:
    said = complaint(watch, """stop: "/bin/x 'a" """)

    assert said == """4:11: stop: a quote in "/bin/x 'a" is not closed; close it"""


@pytest.mark.parametrize("name", ["QUIT", "SIGQUIT", "quit", "3"])
def test_signals_are_named_or_numbered(name: str, watch: Make) -> None:
    assert watch(f"stop_signal: {name}").program.stop_signals == (StopStep(3, 30.0),)


def test_an_unknown_signal_is_an_error_with_the_nearest(watch: Make) -> None:
    said = complaint(watch, "stop_signal: TREM")

    assert said == "4:18: stop_signal: 'TREM' is no signal; did you mean TERM?"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("[QUIT, 30s, TERM, 10s, KILL]", (StopStep(3, 30.0), StopStep(15, 10.0))),
        ("[QUIT, 5s]", (StopStep(3, 5.0),)),
        ("[INT, 5s, TERM]", (StopStep(2, 5.0), StopStep(15, 10.0))),
    ],
)
def test_a_sequence_of_stop_signals_ends_in_kill(
    text: str, steps: tuple[StopStep, ...], watch: Make
) -> None:
    assert watch(f"stop_signals: {text}").program.stop_signals == steps


@pytest.mark.parametrize("text", ["[]", "TERM", "[30s, TERM]", "[KILL, 5s, TERM]"])
def test_a_sequence_that_makes_no_sense_is_an_error(text: str, watch: Make) -> None:
    with pytest.raises(ConfigError, match=r"web\.yml:4:\d+: stop_signals: "):
        watch(f"stop_signals: {text}")


@pytest.mark.parametrize("text", ["HUP", "SIGHUP"])
def test_reload_is_a_signal_or_a_command(text: str, watch: Make) -> None:
    assert watch(f"reload: {text}").program.reload == 1
    assert watch("reload: /bin/x -HUP").program.reload == ("/bin/x", "-HUP")


def test_limits_are_written_as_prlimit_takes_them(watch: Make) -> None:
    web = watch("rlimits: {nofile: 1024:4096, core: unlimited, as: 1GB}\nionice: best-effort:7")

    assert web.program.rlimits == {"nofile": "1024:4096", "core": "unlimited", "as": str(2**30)}
    assert web.program.ionice == "best-effort:7"


def test_capabilities_are_named_as_in_their_manual(watch: Make) -> None:
    named = watch("capabilities: [CAP_NET_BIND_SERVICE, kill, KILL]\nno_new_privs: true").program
    assert named.capabilities == ("net_bind_service", "kill")
    assert named.no_new_privs

    assert watch("nice: 1").program.capabilities is None
    assert watch("capabilities: []").program.capabilities == ()
    assert watch("ambient_capabilities: chown").program.ambient_capabilities == ("chown",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("capabilities: net_bind", "capabilities: there is no capability net_bind; did you mean"),
        ("capabilities: [1]", "capabilities: there is no capability 1; capabilities(7) names"),
        (
            "capabilities: [kill]\n    chroot: /",
            "web: capabilities: cannot be combined with chroot",
        ),
        (
            "capabilities: []\n    ambient_capabilities: kill",
            "web: ambient_capabilities: kill is not among capabilities; write it there too",
        ),
    ],
)
def test_capabilities_that_make_no_sense_are_blamed(
    line: str, said: str, problems: Callable[..., list[str]]
) -> None:
    [problem] = problems(f"watches:\n  web:\n    command: x\n    {line}\n")
    assert said in problem


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nice: 20", "4:11: nice: 20 is not between -20 and 19; write a number from -20 to 19"),
        ("nice: low", "4:11: nice: 'low' is not understood; write a number from -20 to 19"),
        ("kill: all", "4:11: kill: 'all' is not understood; write tree or process"),
        ("kill: tre", "4:11: kill: 'tre' is not understood; did you mean tree?"),
        ("success_codes: [0, 300]", "4:24: success_codes: 300 is not between 0 and 255; write an"),
        ("rlimits: {nofiles: 5}", "4:14: rlimits: there is no limit nofiles; did you mean nofile?"),
        ("log: web.log", "4:10: log: 'web.log' is no full path; begin with /, or with {{ here }}/"),
        ("dir: ~/web", "4:10: dir: '~/web' begins with a ~; write {{ env.HOME }}/web"),
        ("env: [A=1]", "4:10: env: a list is not understood; write a mapping: {NAME: a text}"),
        ("tags: 'a b'", "4:11: tags: 'a b' is not understood; write a name like web"),
        (
            "runtime_dir: a/b",
            "4:18: runtime_dir: 'a/b' is not understood; write one name, like web",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(line: str, said: str, watch: Make) -> None:
    assert complaint(watch, line).startswith(said)


def test_a_single_restart_delay_is_always_the_same(watch: Make) -> None:
    web = watch("restart_delay: 3s")

    assert web.restart_delay == RestartDelay(first=3.0, next=3.0, factor=1.0, max=3.0, jitter=0.0)


def test_a_restart_delay_is_given_by_its_parts(watch: Make) -> None:
    web = watch("restart_delay: {max: 5m, jitter: 20%, factor: 1.5}")

    assert web.restart_delay == RestartDelay(max=300.0, jitter=20.0, factor=1.5)


def test_a_calendar_takes_cron_texts_and_time_zones(watch: Make) -> None:
    web = watch("restart_at: ['30 4 * * mon-fri', {cron: '*/5 1,2 1 jan *', timezone: UTC}]")

    assert web.restart_at == (Schedule("30 4 * * mon-fri"), Schedule("*/5 1,2 1 jan *", "UTC"))


def test_a_calendar_takes_times_of_day_and_spans(watch: Make) -> None:
    web = watch("restart_at: {at: ['3:30', '15:00'], timezone: UTC, jitter: 5m}")
    every = watch("restart_at: {every: 1d}")

    assert web.restart_at == (
        Schedule("30 3 * * *", "UTC", None, 300.0),
        Schedule("0 15 * * *", "UTC", None, 300.0),
    )
    assert every.restart_at == (Schedule(every=86400.0),)
    assert watch("restart_at: '@daily'").restart_at == (Schedule("0 0 * * *"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("'30 4 * *'", "restart_at: '30 4 * *' has 4 fields, not five"),
        ("'60 4 * * *'", "restart_at: '60' is no minute"),
        ("'0 4 * * fun'", "restart_at: 'fun' is no day of the week"),
        ("'0 5-4 * * *'", "restart_at: '5-4' is no hour"),
        ("'*/0 4 * * *'", "restart_at: '*/0' is no minute"),
        ("{cron: '0 4 * * *', timezone: Mars}", "restart_at: timezone: 'Mars' is no time zone"),
        ("{at: '3:30', every: 1h}", "restart_at: every and at exclude each other"),
        ("{at: 24:00}", "restart_at: at: '24:00' is no time of day"),
        ("[{every: 1h}, {at: '3:30'}]", "restart_at: every stands alone"),
        ("{every: 0}", "restart_at: every: 0 would never end"),
        ("{every: 1h, jitter: 2h}", "restart_at: jitter is to be less than every"),
        ("{every: 1h, timezone: UTC}", "restart_at: every goes by no clock"),
        ("{at: '3:30', missed: run}", "restart_at: missed is for `schedule`"),
        ("{cron: '0 4 * * *', zone: UTC}", "restart_at has no zone; did you mean"),
        ("5m", "restart_at: '5m' is a time between two runs; write {every: 5m}"),
        ("'@every 5m'", "write {every: 5m}"),
        ("'04:30'", 'is a time of day; write {at: "04:30"}'),
        ("monday", "'monday' is the fifth field; write 30 4 * * mon"),
        ("daily", "write '@daily'"),
        ("foo", "'foo' has 1 field, not five"),
        ("'0 0 4 * * *'", "has 6 fields, not five; there are no seconds"),
        ("'*/90 * * * *'", "the step is too long: 0 to 59; write {every: 90m}"),
        ("'0 */36 * * *'", "the step is too long: 0 to 23; write {every: 36h}"),
        ("'0-10/20 * * * *'", "the step is too long"),
        ("'0 4 * * Monday'", "'Monday' is no day of the week; write mon"),
        ("'0 4 * * mon-friday'", "write mon-fri"),
        ("'0 4 * * fri-mon'", "it runs backwards; write fri-sun,mon"),
        ("'0 22-2 * * *'", "it runs backwards; write 22-23,0-2"),
        ("'0 0 L * *'", "'L' is no day of the month: there is no L, W or #"),
        ("'0 0 ? * *'", "'?' is no day of the month; write *"),
        ("'0 0 * * mon#1'", "there is no L, W or #; write mon"),
        ("'*-*-* 04:00:00'", "is written for systemd; write '0 4 * * *'"),
        ("'Mon..Fri 09:30'", "is written for systemd; write '30 9 * * mon-fri'"),
        ("'Mon *-1-1 09:30'", "is written for systemd; here it is cron; write"),
        ("'@reboot'", "restart_at: '@reboot' is no moment of the calendar"),
        ("{timezone: UTC}", "restart_at: a mapping is not understood; write {cron: "),
    ],
)
def test_a_calendar_that_makes_no_sense_is_an_error(text: str, said: str, watch: Make) -> None:
    assert said in complaint(watch, f"restart_at: {text}")


def test_whoever_rings_the_calendar_may_object_too(write: Callable[..., object]) -> None:
    from overseer.config import load

    path = write("watches: {web: {command: x, restart_at: '0 0 31 2 *'}}\n")

    with pytest.raises(ConfigError, match="1:41: restart_at: never comes"):
        load([path], check_host=False, calendar=lambda schedule: "never comes")  # type: ignore[list-item]


@pytest.mark.parametrize("name", ["a/b", "'a b'", "''", "'-x'", "'@x'", "'*'", "..", "'a,b'"])
def test_a_name_that_would_break_a_path_or_a_command_line_is_an_error(
    name: str, problems: Callable[..., list[str]]
) -> None:
    (found,) = problems(f"watches:\n  {name}: {{command: x}}\n")

    assert found.startswith("2:3: ")
    assert "is no name for a watch" in found


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("intervall", "there is no key intervall; did you mean interval?"),
        ("pidfile", "there is no key pidfile; did you mean pid_file?"),
        ("cwd", "there is no key cwd; write dir"),
        ("autorestart", "there is no key autorestart; write on_exit"),
        ("zzz", "there is no key zzz"),
    ],
)
def test_an_unknown_key_is_an_error_with_what_was_meant(key: str, said: str, watch: Make) -> None:
    assert complaint(watch, f"{key}: 5") == f"4:5: web: {said}"


def test_all_problems_are_said_at_once_in_their_order(problems: Callable[..., list[str]]) -> None:
    found = problems("""
        vars: {a: "{{ b }}"}
        watchs: {}
        watches:
          web:
            command: x | y
            interval: 0
            restart_if: {memory_usage: {above: 300 megs, evry: 5}}
            notify: nobody
    """)

    assert [line.split(":")[0] for line in found] == ["1", "2", "5", "6", "7", "7", "8"]


@pytest.mark.case(81)
def test_a_command_is_text_or_a_list_and_nothing_that_is_called(
    problems: Callable[..., list[str]],
) -> None:
    found = problems("watches: {web: {command: {call: app.main}}}")

    assert len(found) == 1
    assert "command: a mapping is not understood; write" in found[0]


@pytest.mark.case(112)
def test_tries_must_say_how_many(problems: Callable[..., list[str]]) -> None:
    rows = "transitions: [{from: init, when: {tries: {within: 5m}}, to: up}]"
    found = problems(f"watches: {{web: {{command: /bin/w, {rows}}}}}")

    assert any("tries: times is missing; write times: " in line for line in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "memory: 9999999999999999999999999GB",
            "memory: '9999999999999999999999999GB' is too much",
        ),
        ("memory: 99999999999999999999", "is not understood; write 100MB"),
        ("interval: 99999999d", "interval: '99999999d' is too much; write 30s or 5m"),
        ("cpu: 99999999999999999999999999999%", "is too much; write 50%"),
        ("user: -5", "user: -5 is no number of a user or group; write a name, or 0 to 4294967294"),
        ("group: '4294967295'", "group: 4294967295 is no number of a user or group"),
    ],
)
def test_what_nobody_can_mean_is_said_so_and_not_proposed(
    text: str, message: str, watch: Make
) -> None:
    assert message in complaint(watch, text)


@pytest.mark.parametrize(("name", "key"), [("instance", "instances: 2"), ("item", "each: [a, b]")])
def test_a_variable_of_copies_names_the_key_it_comes_from(name: str, key: str, watch: Make) -> None:
    assert f"write `{key}` in the watch" in complaint(watch, f"dir: '/srv/{{{{ {name} }}}}'")


@pytest.mark.parametrize("key", ["instances: 3", "each: [a]"])
def test_how_many_a_watch_is_stands_in_the_watch(key: str, write: Callable[..., object]) -> None:
    from overseer.config import load

    path = write(f"defaults: {{{key}}}\nwatches: {{a: {{user: root, command: x}}}}\n")

    with pytest.raises(ConfigError, match="stands in a watch, or in a template"):
        load([path], check_host=False)  # type: ignore[list-item]
