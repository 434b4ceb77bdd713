"""Watch files that would end a daemon, hold it up, or take the memory: each its own problem."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from overseer.cli.main import main
from overseer.errors import BAD_FILE, DONE

MEMORY = 2**30
"""Bytes of addresses, of which Python and its libraries take a third."""
SECONDS = 10
"""Of the processor; on an ordinary machine two."""


def watch(rest: str) -> str:
    return f"watches:\n  a: {{command: /bin/sleep 1, {rest}}}\n"


def command(text: str) -> str:
    return f"watches:\n  a:\n    command: '{text}'\n"


def check(*pattern: str) -> str:
    return watch(f"restart_if: [{{log_match: {{path: /x, pattern: '{pattern[0]}'}}}}]")


ALIASES = "".join(f"  a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10))
CHAIN = "".join(f"  a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 3000))
FILES = {
    "digits": f"vars: {{x: {'1' * 5000}}}\n{watch('cpu: 50%')}",
    "digits in a number": watch(f"cpu: {'9' * 5000}%"),
    "a chain of aliases": f"vars:\n  a0: &a0 [1]\n{CHAIN}{watch('cpu: 50%')}",
    "aliases of aliases": f"vars:\n  a0: &a0 [1, 2, 3]\n{ALIASES}{watch('cpu: 50%')}",
    "brackets": command("{{ " + "(" * 3000),
    "lists in lists": command("{{ " + "[" * 2000 + "]" * 2000 + " }}"),
    "levels": "watches: " + "{a: " * 3000 + "}" * 3000,
    "loops": command(
        "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}"
    ),
    "a long text": command('{{ "x" * 5000000000 }}'),
    "a large number": command("{{ 9 ** 9 ** 9 }}"),
    "a wide format": command('{{ "%999999999d" % 1 }}'),
    "a pattern of brackets": check("(" * 5000),
    "a pattern of repeats": check("a*" * 4000),
    "a long word": command("/bin/sleep " + "a" * 200_000),
    "many blanks": command("/bin/sleep" + " " * 200_000 + "1"),
    "a long duration": watch(f"grace: {'1s' * 50_000}"),
    "a long calendar": watch(f"restart_at: '{'1,' * 50_000}'"),
    "half a character": watch('dir: "\\ud800"'),
    "lines": "\n" * 200_000 + watch("cpu: 50%"),
}


CHECK = """
import io, json, resource, sys, time
from overseer.cli.context import Context
from overseer.cli.main import main
resource.setrlimit(resource.RLIMIT_AS, (%d, %d))
for path in sys.argv[1:]:
    out, began = io.StringIO(), time.process_time()
    code = main(["check", "--alone", path], Context(out=out, err=out))
    print(json.dumps([path, code, time.process_time() - began, out.getvalue()]))
"""


@pytest.mark.field("S20")
def test_no_file_takes_more_than_its_share(tmp_path: Path) -> None:
    paths = {str(tmp_path / f"{what}.yml"): text for what, text in FILES.items()}
    for path, text in paths.items():
        Path(path).write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", CHECK % (MEMORY, MEMORY), *paths],
        env={"OVERSEER_STATE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {path for path, *_ in found} == paths.keys()
    assert [one for one in found if one[1] not in (DONE, BAD_FILE) or one[2] > SECONDS] == []
    assert [one for one in found if any(len(line) > 1000 for line in one[3].splitlines())] == []


@pytest.mark.field("S20")
def test_all_instances_together_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("overseer.config.copies.MOST_WATCHES", 10)
    path = tmp_path / "many.yml"
    lines = (f"  w{i}: {{command: /bin/sleep 1, instances: 4}}" for i in range(3))
    path.write_text("\n".join(("watches:", *lines, "")))

    assert main(["check", "--alone", str(path)]) == BAD_FILE
    assert "w2: instances: with those before it there are more than 10" in capsys.readouterr().err
