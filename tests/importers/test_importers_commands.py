"""Which of god's commands need a shell, and what is really an attribute."""

import pytest

from overseer.importers.commands import commands, needs_shell
from overseer.importers.recording import Watch

PID = "/var/run/god/web.pid"


def web(**options: object) -> Watch:
    return Watch(options={"name": "web", **options}, at="web.god:1")


@pytest.mark.parametrize(
    "line",
    [
        "/bin/web --port 80",
        "rake resque:work",
        "echo 'a $b; c' \"d e\"",
        r"echo a\;b",
        "/bin/web -c {a}",
        "mongrel_rails start -P log/a#b.pid",
    ],
)
def test_words_alone_need_no_shell(line: str) -> None:
    assert not needs_shell(line)


@pytest.mark.parametrize(
    "line",
    [
        "a && b",
        "a | b",
        "a > b",
        "rm *.log",
        "ls ~/x",
        'echo "$HOME"',
        "kill `cat x`",
        "PORT=80 web",
        "exec web",
        "cd /srv; web",
        "web 'unclosed",
        "cp {a,b} c",
        "(web)",
        "web\nweb",
    ],
)
def test_what_only_a_shell_understands_needs_one(line: str) -> None:
    assert needs_shell(line)


def test_a_folder_that_all_go_into_is_dir() -> None:
    found = commands(web(start="cd /srv && web", stop="cd /srv && web stop"), PID)

    assert found.more == {"dir": "/srv"}
    assert found.texts == {"start": "web", "stop": "web stop"}


@pytest.mark.parametrize(
    "more",
    [
        {"start": "cd /srv && web", "stop": "cd /other && web stop"},
        {"start": "cd /srv && web", "dir": "/other"},
        {"start": "cd /srv && web; cleanup"},
        {"start": "cd srv && web"},
        {"start": "/bin/web", "stop": "cd /srv && web stop"},
    ],
)
def test_a_folder_that_means_something_else_stays(more: dict[str, str]) -> None:
    assert "dir" not in commands(web(**more), PID).more


def test_variables_before_a_command_are_env() -> None:
    found = commands(
        web(start="A=1 B=/x web", stop="A=1 web stop", env={"C": 3}),
        PID,
    )

    assert found.more == {"env": {"C": 3, "A": "1", "B": "/x"}}
    assert found.texts == {"start": "web", "stop": "web stop"}
    assert not found.shell


@pytest.mark.parametrize(
    "more",
    [
        {"start": "A=1 web", "stop": "A=2 web stop"},
        {"start": "A=1 web", "env": {"A": "3"}},
        {"start": "A=1 web; A=2 web"},
        {"start": "A=$B web"},
    ],
)
def test_variables_that_do_not_agree_stay(more: dict[str, object]) -> None:
    found = commands(web(**more), PID)

    assert "env" not in found.more
    assert found.shell


def test_where_all_output_goes_is_log() -> None:
    found = commands(web(start="web --x >> /var/log/web.log 2>&1"), PID)

    assert (found.texts["start"], found.more) == ("web --x", {"log": "/var/log/web.log"})


@pytest.mark.parametrize(
    ("stop", "signal"),
    [
        (f"kill `cat {PID}`", "TERM"),
        (f"kill -QUIT $(cat {PID})", "QUIT"),
        (f"kill -s SIGINT `cat '{PID}'`", "INT"),
    ],
)
def test_a_signal_sent_by_hand_is_the_stop_signal(stop: str, signal: str) -> None:
    found = commands(web(start="web", stop=stop), PID)

    assert found.more == {"stop_signal": signal}
    assert "stop" not in found.texts


def test_a_relative_pid_file_is_seen_from_the_folder() -> None:
    more = {"start": "cd /srv && web -d", "stop": "cd /srv && kill -INT `cat web.pid`"}
    found = commands(web(**more, pid_file="/srv/web.pid"), "/srv/web.pid")

    assert found.more == {"dir": "/srv", "stop_signal": "INT"}


def test_a_signal_to_somebody_else_stays_a_command() -> None:
    found = commands(web(start="web", stop="kill `cat /run/other.pid`"), PID)

    assert found.texts["stop"] == "kill `cat /run/other.pid`"


def test_gods_own_pid_file_is_a_variable_of_overseers() -> None:
    found = commands(web(start="web", restart=f"kill -HUP `cat {PID}`"), PID)

    assert found.texts["restart"] == "kill -HUP $OVERSEER_PID"


def test_gods_own_pid_file_read_in_another_way_is_a_remark() -> None:
    found = commands(web(start="web", stop=f"pkill -F {PID}"), PID)

    assert "there no more" in found.remarks["stop"][0].text
