"""What the pages say is so."""

import re
from pathlib import Path

import pytest

from overseer.cli import commands_page
from overseer.cli.main import COMMANDS, main
from overseer.core.diagram import draw

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
HELP = ["", *COMMANDS, "mail worker", "mail worker run", "mail send", "mail queue", "mail listen"]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def test_the_state_diagram_is_the_one_the_machine_draws() -> None:
    assert draw() in (ROOT / "docs" / "architecture.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("word", [word for word in COMMANDS if word != "mail"])
def test_every_command_has_help_with_examples_and_a_place_in_the_docs(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([word, "--help"])

    assert code == 0
    assert "examples:" in capsys.readouterr().out
    assert f"overseer {word}" in (ROOT / "docs" / "commands.md").read_text()


@pytest.mark.field("D5")
@pytest.mark.parametrize("words", HELP)
def test_no_page_of_help_is_wider_than_a_terminal(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    assert main([*words.split(), "--help"]) == 0

    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []


def test_the_page_of_commands_has_the_help_that_they_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = commands_page.PAGE.read_text()

    assert commands_page.lacking(text) == []
    assert text == commands_page.written(text), "python -m overseer.cli.commands_page"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_pages_name_exist(page: Path) -> None:
    for word in re.findall(r"`overseer ([a-z][a-z-]+)", page.read_text()):
        assert word in COMMANDS, word
