"""Configurations of other tools are called by their names, and no broken YAML."""

from collections.abc import Callable
from pathlib import Path

import pytest

from overseer.config.reading import load
from overseer.errors import ConfigError

SUPERVISOR = "; a comment\n[unix_http_server]\nfile=/run/s.sock\n[program:x]\ncommand=/bin/x\n"
SYSTEMD = "[Unit]\nDescription=x\n\n[Service]\nExecStart=/bin/x\n"
MONIT = 'check process x with pidfile /run/x.pid\n  start program = "/bin/x"\n'
PM2 = "module.exports = {\n  apps: [{name: 'x', script: 'x.js'}]\n}\n"
PROCFILE = "# all\nweb: bundle exec puma -C config/puma.rb\nworker: bundle exec sidekiq\n"


def complaint(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load([path], check_host=False)
    return "\n".join(str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "place", "kind"),
    [
        (SUPERVISOR, "2:1", "a file of supervisor"),
        ("[program:x]\ncommand=/bin/x\n", "1:1", "a file of supervisor"),
        (SYSTEMD, "1:1", "a file of systemd"),
        ("[Service]\nExecStart=/bin/x\n", "1:1", "a file of systemd"),
        (MONIT, "1:1", "a file of monit"),
        (PM2, "1:1", "a file of pm2"),
        ("apps:\n  - script: x.js\n", "1:1", "a file of pm2"),
        ('{"apps": [{"name": "x"}]}', "1:1", "a file of pm2"),
        (PROCFILE, "1:1", "a Procfile"),
    ],
)
def test_a_file_of_another_tool_is_called_so(
    text: str, place: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "other"
    path.write_text(text)

    expected = f"{path}:{place}: this is {kind}; write watches: {{NAME: {{command: …}}}}"
    assert complaint(path) == expected


def test_nothing_of_another_tools_file_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_text("[program:x]\nenvironment=PASSWORD=hunter2\n")

    assert "hunter2" not in complaint(path)


def test_a_watch_file_may_hold_what_looks_like_one(write: Callable[..., Path]) -> None:
    path = write(
        "watches:\n  a:\n    user: root\n    command: |\n      sh -c '\n"
        "      check process x with pidfile y\n      '\n"
    )

    assert list(load([path], check_host=False).watches) == ["a"]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "watches:\n  a: {user: root, command: x, env: {A: b}\n  c: {command: y}\n",
            "2:6",
            "a { opens here and is not closed before line 3; a }, or a comma, is missing",
        ),
        ("watches: {a: {command: x}\n", "1:10", "a { opens here and is not closed; a } is missing"),
        ("watches:\n  a: {command: [x, y}\n", "2:16", "a [ opens here and is not closed before"),
        ("watches:\n  a:\n    tags: [x\n    user: y\n", "3:11", "a [ opens here"),
    ],
)
def test_a_bracket_is_blamed_where_it_opens(
    text: str, place: str, message: str, write: Callable[..., Path]
) -> None:
    path = write(text)

    assert f"{path}:{place}: {message}" in complaint(path)
