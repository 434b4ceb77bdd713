"""Whatever is broken in a watch file is said; nothing is ever a traceback."""

import random
import re
from pathlib import Path

import pytest
from machines import machine
from test_config_explicit import FILE

from overseer.config import Config, ConfigError, Problem, load
from overseer.config.explicit import render

EXAMPLES = Path(__file__).parents[2] / "examples"
WHOLE = [FILE, *(path.read_text() for path in sorted(EXAMPLES.glob("*.yml")))]
VALUE = re.compile(r"(?<=: )[^\n,}\]]+")
WORDS = re.split(
    r"  +",
    "null  []  {}  {a: b}  [a, [b]]  ''  5  -1  true  {{ x }}  '{{ x }}'  '{% x'  off  &a  *a"
    '  !t  [{}]  {flapping: 5}  start  [null]  ?  1.5  é  💥  -  :  #  |  >  "  {  }  [  ]',
)


def broken(chance: random.Random) -> str:
    """One of our files with a value, a line or a few letters gone wrong."""
    text = chance.choice(WHOLE)
    for _ in range(chance.randint(1, 3)):
        lines = text.split("\n")
        match chance.randrange(3):
            case 0:
                spot = chance.choice(list(VALUE.finditer(text)))
                text = text[: spot.start()] + chance.choice(WORDS) + text[spot.end() :]
            case 1:
                lines[chance.randrange(len(lines))] = chance.choice(lines)
                text = "\n".join(lines)
            case _:
                at = chance.randrange(len(text))
                text = text[:at] + chance.choice(WORDS) + text[at + chance.randrange(3) :]
    return text


def read(path: Path, text: str) -> Config:
    """What one of them depends on may stand in another file."""
    path.write_text(text)
    return load([path], check_host=False, host=machine(), elsewhere=None)


@pytest.mark.parametrize("seed", range(150))
def test_a_broken_file_is_said_and_one_that_loads_can_be_spelled_out(
    seed: int, tmp_path: Path
) -> None:
    problems: list[Problem] = []
    try:
        config = read(tmp_path / "broken.yml", broken(random.Random(seed)))
        watches = config.watches
    except ConfigError as error:
        problems, watches = error.problems, {}

    assert all(one.line and one.column and one.message for one in problems)
    for name, watch in watches.items():
        assert read(tmp_path / "again.yml", render(name, config)).watches == {name: watch}
