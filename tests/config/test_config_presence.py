"""What a machine must have for a watch: an error when it is loaded, a warning when checked."""

from collections.abc import Callable
from pathlib import Path

import pytest
from machines import Machine, machine

Problems = Callable[..., list[str]]
FOLDERS = frozenset({"/", "/run", "/jail"})


def say(problems: Problems, lines: str, **more: object) -> list[str]:
    text = f"watches:\n  web:\n    command: x\n    {lines}\n"
    return problems(text, host=machine(folders=FOLDERS, **more), check_host=True)


@pytest.mark.case(11)
def test_the_user_must_exist(problems: Problems) -> None:
    assert say(problems, "user: ada") == []
    assert say(problems, "user: 4711") == []
    assert say(problems, "user: bob") == [
        "4:11: user: there is no user bob here; write one that exists, or a number"
    ]


@pytest.mark.case(12)
def test_the_group_must_exist_and_gods_meaning_is_hinted_at(problems: Problems) -> None:
    assert say(problems, "group: staff") == []
    assert say(problems, "group: web") == [
        "4:12: group: there is no unix group web here; to put watches together write tags: [web]"
    ]


@pytest.mark.parametrize("key", ["operator_group", "viewer_group", "socket_group"])
def test_groups_of_the_control_socket_must_exist(key: str, problems: Problems) -> None:
    def found(group: str) -> list[str]:
        text = f"settings: {{{key}: {group}}}\n"
        return problems(text, host=machine(folders=FOLDERS), check_host=True)

    assert found("staff") == []
    (said,) = found("nosuch")
    assert said.endswith(f"{key}: there is no unix group nosuch here; make it with groupadd")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dir: /srv", "dir: there is no folder /srv; make it"),
        ("log: /srv/a.log", "log: there is no folder /srv; make it"),
        ("err_log: /srv/a.log", "err_log: there is no folder /srv; make it"),
        ("log: /run/a/a.log", "log: there is no folder /run/a; make it, or write runtime_dir"),
        ("env_file: /srv/env", "env_file: there is no file /srv/env; make it"),
    ],
)
def test_folders_and_files_must_exist(line: str, said: str, problems: Problems) -> None:
    (found,) = say(problems, line)

    assert found.endswith(said)


@pytest.mark.field("J14")
def test_an_env_file_is_read_and_its_bad_line_named(problems: Problems, tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("A=b\nsecret\n")
    (message,) = say(problems, f"env_file: {path}", files=frozenset({str(path)}))

    assert message.startswith(f"4:15: env_file: {path}:2: write NAME=value")
    assert "secret" not in message


@pytest.mark.field("J14")
def test_an_env_file_of_many_watches_is_blamed_for_each_and_read_once(
    problems: Problems, tmp_path: Path
) -> None:
    text = "watches:\n" + "".join(
        f"  {name}: {{command: x, user: ada, env_file: {tmp_path}/env}}\n" for name in ("a", "b")
    )
    seen: list[str] = []

    class Counting(Machine):
        def env_file_problem(self, path: str, user: str | None, group: str | None) -> str:
            seen.append(path)
            return "no"

    host = Counting(**vars(machine()))
    assert [line[2:] for line in problems(text, host=host, check_host=True)] == [
        "40: env_file: no",
        "40: env_file: no",
    ]
    assert len(seen) == 1


def test_a_runtime_dir_is_made_before_each_launch(problems: Problems) -> None:
    assert say(problems, "runtime_dir: web\n    log: /run/web/web.log") == []


@pytest.mark.case(14)
def test_a_chroot_must_exist(problems: Problems) -> None:
    assert say(problems, "chroot: /cell") == [
        "4:13: chroot: there is no folder /cell; make it",
    ]


@pytest.mark.case(15)
def test_a_chroot_with_a_null_device_and_a_log_inside_is_in_order(problems: Problems) -> None:
    lines = "chroot: /jail\n    log: /jail/web.log"

    assert say(problems, lines, files=frozenset({"/jail/dev/null"})) == []
    assert say(problems, lines)[0].endswith("there is no dev/null in /jail; make it with mknod")


def test_in_check_all_of_this_is_a_warning(problems: Problems) -> None:
    text = "watches: {web: {command: x, user: bob, dir: /srv}}\n"

    assert problems(text) == []
    assert problems(text, warnings=True) == [
        "1:35: warning: user: there is no user bob here; write one that exists, or a number",
        "1:45: warning: dir: there is no folder /srv; make it",
    ]


def test_as_root_a_watch_says_whom_it_runs_as(problems: Problems) -> None:
    text = "watches: {web: {command: x}, db: {command: x, user: root}}\n"

    (found,) = problems(text, warnings=True, host=machine(uid=0))

    assert found == (
        "1:11: warning: web runs as root; write user: NAME, or user: root if that is meant"
    )


def test_two_watches_with_one_pid_file_are_an_error(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    text = f"""
        vars: {{folder: {tmp_path}}}
        watches:
          a: {{start: x, pid_file: "{{{{ folder }}}}/real/x.pid"}}
          b: {{start: x, pid_file: "{{{{ folder }}}}/link/x.pid"}}
    """

    (found,) = problems(text)

    assert found == (
        f"4:27: pid_file: {tmp_path}/link/x.pid is a's too, at {tmp_path}/web.yml:3; "
        "each watch needs its own"
    )
