"""Files as people write them: what is meant is guessed, what is accepted is so."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from overseer.config import ConfigError, load
from overseer.errors import UsageError

Problems = Callable[..., list[str]]


def of(problems: Problems, keys: str) -> list[str]:
    return problems(f"watches: {{web: {{command: /bin/true, {keys}}}}}\n")


@pytest.mark.field("C1")
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "autostart:false",
            "no key autostart:false; write a space after the colon: autostart: false",
        ),
        ("memroy: ", "there is no key memroy; did you mean memory?"),
        ("memroy: null", "did you mean memory?"),
        ("restart_if: [{memory_usage: {above: 1MB, tiems: }}]", "did you mean times?"),
        ("restart_if: [{memory_usage: {above:1MB}}]", "write a space after the colon: above: 1MB"),
        ("hooks: {befor_start: }", "did you mean before_start?"),
    ],
)
def test_an_unknown_key_is_an_error_with_or_without_a_value(
    keys: str, said: str, problems: Problems
) -> None:
    (found,) = of(problems, keys)

    assert said in found


@pytest.mark.parametrize(
    "text",
    [
        "settings: {log_sise: }\nwatches: {}\n",
        "mail: {smpt: }\nwatches: {}\n",
        "templates: {t: {memroy: }}\nwatches: {}\n",
        "defaults: {memroy: }\nwatches: {}\n",
        "watches: {web: {command: x, user: root}}\nwatchs: \n",
    ],
)
def test_so_it_is_everywhere_in_the_file(text: str, problems: Problems) -> None:
    (found,) = problems(text)

    assert "did you mean" in found


@pytest.mark.field("C2")
@pytest.mark.parametrize("each", ["[]", "{}"])
def test_a_definition_for_nothing_is_no_watch_that_vanishes(each: str, problems: Problems) -> None:
    (problem,) = problems(f"watches: {{web: {{command: /bin/true, each: {each}}}}}")

    assert "web: each: is empty, which makes no watch" in problem


@pytest.mark.field("C2")
@pytest.mark.parametrize(
    "line",
    [
        "schedule: []",
        "schedule: {at: []}",
        "schedule: {cron: []}",
        "restart_at: []",
        "restart_at: {at: [], cron: []}",
        "ready: [{}]",
        "healthy: [{}]",
        "restart_if: [{}]",
    ],
)
def test_what_names_nothing_is_a_problem(line: str, problems: Problems) -> None:
    (problem,) = of(problems, line)

    assert "names no moment" in problem or "an empty mapping is not understood" in problem


@pytest.mark.field("C2")
def test_an_include_of_nothing_is_a_problem(problems: Problems) -> None:
    assert problems("include: []") == ["1:10: include: is empty; write conf.d/*.yml"]


@pytest.mark.field("C2")
@pytest.mark.parametrize("row", ["{from: [], to: stop}", "{from: [], when: always, to: start}"])
def test_a_row_from_nowhere_makes_no_watch_vanish(row: str, problems: Problems) -> None:
    (found,) = of(problems, f"transitions: {{extend: default, add: [{row}]}}")

    assert "from: names no state; write from: up" in found


@pytest.mark.field("C6")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("watches: {web: {comand: /bin/true}}", "no key comand; did you mean command?"),
        (
            "watches: {web: {command: x, memory: 300megs}}",
            "'300megs' is not understood; write 300MB",
        ),
        ("watches: {web: {command: x, cpu: 50}}", "'50' is not understood; write 50%"),
        (
            "watches: {web: {command: x, restart_if: [{disk_usage: {mont: /}}]}}",
            "disk_usage has no option mont",
        ),
    ],
)
def test_one_problem_is_enough_and_the_hint_has_what_was_written(
    text: str, said: str, problems: Problems
) -> None:
    (found,) = problems(text)

    assert said in found


@pytest.mark.parametrize("size", ["100M", "100MB", "100MiB", "102400K", "0.1G"])
def test_a_size_may_be_written_in_short(size: str, problems: Problems) -> None:
    assert of(problems, f"memory: {size}") == []


@pytest.mark.field("C8")
def test_a_tag_with_the_name_of_a_watch_is_refused(problems: Problems) -> None:
    text = "watches: {bar: {command: x}, foo: {command: x, tags: bar}}"

    (found,) = problems(text)

    assert "bar is a watch" in found


@pytest.mark.field("C9")
def test_what_would_never_end_is_not_read(tmp_path: Path) -> None:
    fifo, large, loop = (str(tmp_path / name) for name in ("f.yml", "l.yml", "loop.yml"))
    os.mkfifo(fifo)
    with open(large, "wb") as file:
        file.truncate(10**9)
    os.symlink(loop, loop)
    for path, said in (
        (fifo, "no regular file"),
        ("/dev/zero", "no regular file"),
        (large, "larger than 16 mb"),
        (loop, "leads back to itself"),
    ):
        with pytest.raises(ConfigError) as refused:
            load([path], check_host=False)
        assert said in str(refused.value).lower()
    with pytest.raises(ConfigError, match="no regular file"):
        load([tmp_path], check_host=False)


def test_a_folder_that_leads_back_to_itself_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    for name in ("one", "two"):
        (tmp_path / "conf.d" / name).symlink_to(".")
    (tmp_path / "conf.d" / "a.yml").write_text("watches: {a: {command: x, user: root}}")
    main = tmp_path / "main.yml"
    main.write_text("include: conf.d/*.yml")
    assert list(load([main], check_host=False).watches) == ["a"]
    main.write_text("include: conf.d/**/*.yml")
    with pytest.raises(ConfigError, match="does a link lead up"):
        load([main], check_host=False)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("{g: []}", "the contact group g is empty; write g: [ops], or leave it out"),
        ("{g: [ops], h: [g]}", "h: g is a contact group; name its contacts"),
        ("{g: {contacts: []}}", "the contact group g is empty"),
    ],
)
def test_a_group_has_contacts(groups: str, said: str, problems: Problems) -> None:
    (found,) = problems(
        f"contacts: {{ops: {{command: /x}}}}\ncontact_groups: {groups}\nwatches: {{}}"
    )

    assert said in found


VARS = """
vars: {port: 80, name: web}
watches: {web: {command: "x {{ port }} {{ name }}", user: root}}
"""


def test_a_variable_is_given_from_outside_and_makes_no_structure(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text(VARS)

    given = {"port": "{{ env.HOME }}, oops: [1", "name": "a b"}
    found = load([path], check_host=False, variables={str(path): given}, named=given)

    command = found.watches["web"].program.command
    assert command == ("x", "{{", "env.HOME", "}},", "oops:", "[1", "a", "b")


def test_a_variable_that_no_file_has_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text(VARS)

    with pytest.raises(UsageError, match=r"--var prot: .*did you mean port"):
        load([path], check_host=False, variables={str(path): {"prot": "1"}}, named=["prot"])
    load([path], check_host=False, variables={str(path): {"prot": "1"}})  # of an earlier load


@pytest.mark.field("C4")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("~/bin/x", "write {{ env.HOME }}"),
        ("A=1 prog", "write env: {A: 1}"),
        ("x “a”", "typographic quote"),
        ('"a\\0b"', "a NUL cannot be passed"),
    ],
)
def test_a_command_that_would_be_wrong_at_launch_is_said(
    command: str, said: str, problems: Problems
) -> None:
    (found,) = problems(f"watches:\n  web:\n    user: root\n    command: {command}\n")

    assert said in found


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("reload: SIGHUP1", "'SIGHUP1' is no signal; did you mean HUP?"),
        ('env: {"D=E": x}', "D=E is no name of a variable"),
        ('env: {D: "a\\0b"}', "NUL"),
    ],
)
def test_so_are_other_values(keys: str, said: str, problems: Problems) -> None:
    (found,) = of(problems, keys)

    assert said in found


def test_a_name_becomes_the_name_of_a_file(problems: Problems) -> None:
    (found,) = problems(f"watches: {{{'x' * 300}: {{command: y, user: root}}}}\n")

    assert "has 300 letters; a name has 200 at most" in found


def test_what_this_machine_cannot_run_is_a_warning(tmp_path: Path) -> None:
    script, plain = tmp_path / "script", tmp_path / "plain"
    script.write_bytes(b"#!/bin/sh\r\nexit\r\n")
    script.chmod(0o755)
    plain.write_text("")
    path = tmp_path / "web.yml"

    def warned(command: str) -> str:
        path.write_text(f"watches: {{web: {{user: root, command: {command}}}}}")
        return "".join(str(one) for one in load([path], check_host=True).warnings)

    assert "there is no program /no/such" in warned("/no/such")
    assert "chmod +x" in warned(str(plain))
    assert "carriage return" in warned(str(script))
    assert "shell: true" in warned("/bin/ls *.log")
    assert warned("'/bin/ls http://x/?a=b'") == ""


@pytest.mark.field("C5")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('watches:\n  a: {command: "x}\n  b: {command: y}\n', "2:16: a quote opens here"),
        ("watches:\n  a:\n    command:/bin/x\n", "write a space after the colon: command: /bin/x"),
        ("watches:\n  a:\n    command: x\n   user: root\n", "indented"),
        ("watches:\n  a:\n    command\u00a0: x\n", "non-breaking space"),
        ("services: {a: {command: x}}\n", "write `watches`"),
        ("watches: {a: {ExecStart: x}}\n", "no key ExecStart; write command"),
        ("watches: {a: {script: x}}\n", "no key script; write command"),
        ("watches: {a: {command: x, numprocs: 4}}\n", "no key numprocs; write instances"),
        ("watches: {a: {command: x, max_memory_restart: 1G}}\n", "write memory"),
        ("God.watch do |w|\n  w.name = 'x'\nend\n", "overseer import god"),
        ("watches: {a: {command: x, instances: four}}\n", "'four' is not understood; write 4"),
    ],
)
def test_clumsy_files_are_told_what_was_meant(text: str, said: str, problems: Problems) -> None:
    (found,) = problems(text)

    assert said in found


@pytest.mark.field("C5")
@pytest.mark.parametrize("key", ["healthy", "ready"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("8000", "8000 is no check; write {http: {port: 8000}} or {socket: tcp:8000}"),
        ("{http: 8000}", "http: 8000 is no URL; write {port: 8000}"),
        ("{http: 'localhost:80/x'}", "http: localhost:80/x is no URL; write {port: 80, path: /x}"),
        ("{http: /ping}", "http: /ping is no URL; write {port: 8000, path: /ping}"),
        ("{http: foo}", "http: 'foo' is no URL; write {port: 8000, path: /ping}"),
        ("{http: }", "http: is empty; write {port: 8000"),
        ("{http: [1]}", "http: a list is not understood"),
        ("{http: {prot: 80}}", "http has no option prot; did you mean port?"),
        ("{http: {port: x}}", "http: port: 'x' is not understood"),
        ("{http: {port: 80, code_is: x}}", "http: code_is: 'x' is not understood"),
        ("{port: 80}", "port is no check; write socket: tcp:80, or http: {port: 80}"),
        ("{tcp: 80}", "tcp is no check; write socket: tcp:80"),
        ("{url: 'http://x'}", "url is no check; write http: http://x"),
        ("{cmd: x}", "cmd is no check; write run: x"),
        ("{htpp: 80}", "there is no htpp; did you mean http?"),
        ("true", "true says nothing to ask; write [http:"),
        ("{socket: 80}", "socket: '80' is not understood; write tcp:80"),
        ("{run: }", "run: is empty; write /usr/bin/pg_isready"),
        ("{run: {cmd: x}}", "run: there is no command; write {command:"),
        ("{run: 'a && b'}", "run: an unquoted & means something to a shell only"),
        ("{run: {command: x, timeout: y}}", "run: timeout: 'y' is not understood"),
    ],
)
def test_a_short_form_is_blamed_as_it_is_written(
    key: str, value: str, said: str, problems: Problems
) -> None:
    (found,) = of(problems, f"{key}: {value}")

    assert f": {key}: {said}" in found


@pytest.mark.field("C5")
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("memory: {above: x}", "memory: above: 'x' is not understood; write 100MB"),
        ("cpu: {above: x}", "cpu: above: 'x' is not understood; write 50%"),
        ("start_tries: {times: x}", "start_tries: times: 'x' is not understood"),
        ("uptime: 5d", "no key uptime; write restart_if: [uptime: …], or alert_if"),
        ("heartbeat: /x", "no key heartbeat; write healthy: [heartbeat: …]"),
        ("port: 80", "no key port; write healthy: [socket: tcp:8000]"),
        ("restart: always", "restart: is the command that restarts it; write on_exit: restart"),
        ("restart: on-failure", "write on_exit: restart_on_failure"),
        ("restart: 'no'", "write on_exit: stop"),
    ],
)
def test_so_are_other_short_forms_and_the_words_of_others(
    keys: str, said: str, problems: Problems
) -> None:
    (found,) = of(problems, keys)

    assert said in found
