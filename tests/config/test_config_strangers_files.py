"""Files that are no watch files, and values that hold what a terminal would obey."""

from pathlib import Path

import pytest

from overseer import config
from overseer.errors import ConfigError

STRANGERS = {
    "passwd": "root:x:0:0:topsecret:/root:/bin/sh\nann:x:1:1:topsecret:/:/bin/sh\n",
    "shadow": "root:$y$topsecret:19000:0:99999:7:::\nann:$y$topsecret:19000:0:99999:7:::\n",
    "sudoers": "%topsecret ALL=(ALL) ALL\n",
    "key": "-----BEGIN PRIVATE KEY-----\ntopsecret\n",
    "crontab": "line: */5 topsecret * * * run\n",
    "alias": "a: *topsecret\n",
    "tag": "a: !topsecret b\n",
    "twice": "topsecret 1: b\ntopsecret 1: c\n",
    "values": "password: topsecret\nuser: ann\n",
    "list": "- topsecret\n",
    "quote": "a: 'b\n  topsecret\n",
    "braces": "{{ topsecret }}: a\nb: {{ topsecret }}\n",
}


def messages(folder: Path, text: str) -> str:
    (folder / "w.yml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        config.load([str(folder / "w.yml")], check_host=True)
    return str(raised.value)


@pytest.mark.parametrize("kind", STRANGERS)
def test_nothing_is_quoted_of_a_file_that_is_no_watch_file(kind: str, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    stranger.write_text(STRANGERS[kind])

    told = messages(tmp_path, f"include: {stranger}\n")

    assert str(stranger) in told
    assert "topsecret" not in told


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    told = messages(tmp_path, f"watches: {{web: {{command: a, grace: {'x' * 500}}}}}\n")

    assert "x" * 40 in told
    assert "x" * 90 not in told


@pytest.mark.parametrize(
    "text",
    [
        'watches: {web: {command: a, "k\\e[31m": 3}}\n',
        'watches: {web: {command: a, env: {"A\\0": b}}}\n',
        'watches: {"x\\ny": {command: a}}\n',
        'watches: {"x\\u202ey": {command: a}}\n',
        'watches: {web: {command: a, env_file: "/tmp/a\\nb"}}\n',
        'include: "/tmp/a\\nb\\e[31m"\n',
        'watches: {web: {command: a, notify: "a\\x9bb\\n"}}\n',
    ],
)
def test_a_message_is_one_line_without_control_characters(text: str, tmp_path: Path) -> None:
    lines = messages(tmp_path, text).split("\n")

    assert all(line.isprintable() and line.startswith(str(tmp_path)) for line in lines)
