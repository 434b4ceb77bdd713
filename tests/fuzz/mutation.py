"""Documents that are nearly right: real ones, with something changed in them."""

import json
import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r"\s+|\w+|.", re.DOTALL)
NASTY = (
    *("", "null", "~", "[]", "{}", "[[]]", "{a: b}", "''", '"', "'", "-", ":", "? ", "|", ">", "%"),
    *("5", "-1", "0", "1e999", ".inf", ".nan", "0x10", "010", "1:30", "9" * 400, "9" * 5000, "1_0"),
    *(
        "true",
        "off",
        "yes",
        "2026-01-01",
        "!!python/object:os.system {}",
        "!t",
        "&a",
        "*a",
        "<<: *a",
    ),
    *(
        "{{ x }}",
        "{{ '{{' }}",
        "{% for i in range(9) %}",
        "{{ ().__class__ }}",
        "{{ 'x' * 99999 }}",
    ),
    *("{{ " + "(" * 200, "{{ x | map }}", "[" * 100, "{" * 100, "- " * 100, "a: " * 50),
    *(
        "\t",
        "\r",
        "\n",
        "\r\n",
        " ",
        "\ufeff",
        "\u2028",
        "\x00",
        "\x1b[2J",
        "\u202e",
        "\udc80",
        "é",
    ),
    *(
        "💥",
        "ß",
        "\xa0",
        "\u201c",
        "\uff11",
        "\xb2",
        "x" * 5000,
        "%s",
        "$(id)",
        "`id`",
        "a|b",
        "a;b",
        "../../..",
        "/",
    ),
    *(
        "100MB",
        "1m30s",
        "50%",
        "always",
        "start",
        "up",
        "self",
        "@all",
        "*",
        "web-*",
        "root",
        "http://[",
    ),
    *(
        "=?utf-8?q?=0D=0A?=",
        "a@b",
        "<a@b",
        "a@",
        '"a\\',
        "((((",
        "65536",
        "::1",
        "tcp:1",
        "unix:",
        "=",
        ",",
    ),
)
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        3,
        1.5,
        float("inf"),
        float("nan"),
        10**400,
        "",
        "a",
        "é",
        "{{ x }}",
    ),
    *([], {}, [[]], [None], {"a": None}, {1: 2}, {"": ""}, ["x"] * 3, {"flapping": {"times": 2}}),
    *("100MB", "5s", "50%", "/bin/true", "up", "start", "* * * * *", "\x00", "\ud800", "x" * 2000),
)


@cache
def watch_files() -> tuple[str, ...]:
    """All examples, ready-made watches, and what the pages show."""
    paths = [*ROOT.glob("examples/**/*.yml"), *ROOT.glob("watches/*.yml")]
    texts = [path.read_text() for path in sorted(paths)]
    for page in sorted(ROOT.glob("docs/*.md")):
        texts += re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    return tuple(texts)


def by_token(text: str, chance: random.Random) -> str:
    tokens = TOKEN.findall(text) or [""]
    at = chance.randrange(len(tokens))
    match chance.randrange(4):
        case 0:
            tokens[at] = chance.choice(NASTY)
        case 1:
            del tokens[at]
        case 2:
            tokens.insert(at, chance.choice(tokens))
        case _:
            tokens.insert(at, chance.choice(NASTY))
    return "".join(tokens)


def by_line(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            lines.insert(at, chance.choice(lines))
        case 1:
            del lines[at]
        case 2:
            lines[at] = " " * chance.randrange(8) + lines[at].lstrip()
        case 3:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines[at] += " " + chance.choice(NASTY)
    return "\n".join(lines)


def by_letter(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    letter = chance.choice((*"{}[]:,-#&*!|>'\"%@` \n\t\\", chr(chance.randrange(0x250))))
    return text[:at] + letter * chance.choice((0, 1, 1, 1, 50)) + text[at + chance.randrange(3) :]


def by_tree(tree: Any, chance: random.Random, pool: Sequence[Any] = VALUES) -> Any:
    """One node of it is another value, gone, doubled or deeper."""
    if not isinstance(tree, dict | list) or not tree or chance.random() < 0.15:
        return chance.choice((chance.choice(pool), [tree], {"a": tree}, [tree, tree]))
    if isinstance(tree, list):
        at = chance.randrange(len(tree))
        return [*tree[:at], by_tree(tree[at], chance, pool), *tree[at + chance.choice((0, 1)) :]]
    key = chance.choice(list(tree))
    changed = dict(tree)
    match chance.randrange(6):
        case 0:
            del changed[key]
        case 1:
            changed[str(chance.choice(NASTY))[:50]] = changed.pop(key)
        case _:
            changed[key] = by_tree(tree[key], chance, pool)
    return changed


def subtrees(tree: Any) -> list[Any]:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return [tree, *(one for part in inner for one in subtrees(part))]


@cache
def trees() -> tuple[list[Any], list[Any]]:
    """The watch files that YAML's own reader takes, and all their nodes."""
    found = []
    for text in watch_files():
        try:
            found.append(yaml.safe_load(text))
        except yaml.YAMLError:
            continue
    return found, [*VALUES, *(node for tree in found for node in subtrees(tree))]


def watch_file(chance: random.Random) -> str:
    """One of ours, changed at one to four places, of whatever size these are."""
    if chance.random() < 0.4:
        whole, pool = trees()
        tree = chance.choice(whole)
        for _ in range(chance.randint(1, 3)):
            tree = by_tree(tree, chance, pool)
        return str(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
    return mutated(chance.choice(watch_files()), chance)


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        text = chance.choice((by_token, by_line, by_letter))(text, chance)
    return text


def json_text(text: str, chance: random.Random) -> str:
    if chance.random() < 0.2:
        return mutated(text, chance)
    tree = json.loads(text)
    pool = [*VALUES, *subtrees(tree)]
    for _ in range(chance.randint(1, 3)):
        tree = by_tree(tree, chance, pool)
    return json.dumps(tree)


Make = Callable[[random.Random], str]
