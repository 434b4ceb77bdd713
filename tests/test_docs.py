"""What the pages say is so."""

import re
from pathlib import Path

import pytest

from overseer.cli.main import COMMANDS, main
from overseer.core.diagram import draw

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_pages_name_exist(page: Path) -> None:
    for word in re.findall(r"`overseer ([a-z][a-z-]+)", page.read_text()):
        assert word in COMMANDS, word
