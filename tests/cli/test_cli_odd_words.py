"""Words that are no text, at each place of each command line."""

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from overseer.cli import main as cli
from overseer.cli.context import Context
from overseer.errors import BUG

ODD = "caf\udce9\udcff"
"""As Python has bytes that are no UTF-8."""
LEFT_OUT = {"run", "mail", "top", "service"}
"""The first begins a daemon; mail has a parser of its own, below."""


def actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [one for one in parser._actions if one.nargs != 0 and one.dest != "help"]


def lines(parser: argparse.ArgumentParser) -> Iterator[list[str]]:
    """One for each place that takes a word: *ODD* there, and something usual where one must be."""
    for odd in actions(parser):
        words: list[str] = []
        for action in actions(parser):
            usual = str(next(iter(action.choices))) if action.choices else "1"
            word = ODD if action is odd else usual
            if action.option_strings and (action.required or action is odd):
                words += [action.option_strings[-1], word]
            elif not action.option_strings and (action.nargs not in ("*", "?") or action is odd):
                words.append(word)
        yield words


@pytest.mark.field("S4")
@pytest.mark.parametrize("word", sorted(set(cli.COMMANDS) - LEFT_OUT))
def test_bytes_that_are_no_text_are_no_bug(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERSEER_STATE_DIR", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    for words in lines(cli.parser_of(word, cli.module_of(word))):
        out = io.StringIO()
        code = cli.main([word, *words], Context(out=out, err=out))
        assert (words, code != BUG) == (words, True), out.getvalue()


@pytest.mark.field("S4")
def test_the_report_of_a_bug_has_whatever_words_there_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["overseer", ODD])
    assert cli.report(ValueError(ODD)).startswith("a bug: ValueError")
