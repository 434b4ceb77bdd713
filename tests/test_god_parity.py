"""Everything god has lives somewhere here, and is held by the cases that belong to it.

`python tests/test_god_parity.py` writes docs/god-parity.md.
"""

import argparse
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "god-parity.md"
SECTIONS = yaml.safe_load((ROOT / "docs" / "god-parity.yml").read_text())
ROWS = [row for rows in SECTIONS.values() for row in rows]
CONCEPTS = {"watches", "hooks", "states", "behaviors", "conditions", "settings", "contacts"}
"""Words of the watch file that are no key of a watch, or are explained in its own page."""


def table() -> str:
    lines = [
        "# What god has, and where it lives here",
        "",
        "Written from `god-parity.yml`. The last column names the numbered conformance cases that",
        "hold a row: each has a test that carries its number.",
        "How to move over: [Moving from god](moving-from-god.md).",
    ]
    for name, rows in SECTIONS.items():
        lines += ["", f"## {name}", "", "| god | overseer | | cases |", "| --- | --- | --- | --- |"]
        for god, here, note, cases in rows:
            numbers = ", ".join(map(str, cases))
            lines.append(f"| {god} | {here or 'not needed'} | {note} | {numbers} |")
    return "\n".join(lines) + "\n"


def known() -> set[str]:
    """Every word that a user could write in a watch file or on the command line."""
    from overseer import plugins
    from overseer.cli.main import COMMANDS
    from overseer.config import schema

    text = schema.text()
    words = set(re.findall(r'"(\w+)": ', text)) | set(COMMANDS) | CONCEPTS
    return words.union(*(plugins.ours(group) for group in plugins.OURS))


def test_the_table_is_written_from_the_data() -> None:
    assert TABLE.read_text() == table()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_is_named_is_there(row: list[object]) -> None:
    words = known()
    for named in re.findall(r"`([^`]+)`", str(row[1])):
        command, _, option = named.partition(" --")
        assert command in words, f"{row[0]}: there is no {command}"
        if option:
            files = (ROOT / "overseer" / "cli").glob("*.py")
            assert any(f'"--{option}"' in path.read_text() for path in files)


def test_every_case_holds_a_row() -> None:
    from conformance import CASES

    named = {number for row in ROWS for number in row[3]}
    assert CASES - named - UNTOLD == set()
    assert named <= CASES


UNTOLD: set[int] = set()

if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    TABLE.write_text(table())
    sys.stdout.write(f"{TABLE}\n")
