"""A paragraph a watch, folded for whoever reads it."""

from test_cli_main import run
from test_cli_page import web

from overseer.cli.why import folded

UP = {"done": True, "code": 0, "status": {"watches": [web(), web(name="db")]}}


def test_why_is_a_paragraph_a_watch() -> None:
    code, out, _, asked = run("why web db", UP)

    assert code == 0
    assert [text.split(" ")[0] for text in out.split("\n\n")] == ["web", "db"]
    assert asked[0][0] == "status"
    assert asked[0][1]["full"] is True


def test_why_for_programs_is_an_object_a_line() -> None:
    _, out, _, _ = run("why web db --json", UP)

    assert len(out.splitlines()) == 2
    assert out.startswith('{"watch": "web", "phase": "up", "why": "web has been up')


def test_an_unknown_name_is_code_4() -> None:
    code, out, err, _ = run("why nosuch", {"done": True, "code": 4, "error": "no watch 'nosuch'"})

    assert (code, out, err) == (4, "", "overseer: no watch 'nosuch'\n")


def test_on_a_terminal_it_is_folded() -> None:
    assert max(map(len, folded("word " * 100, 60).splitlines())) <= 60
    assert folded("word " * 100, None) == "word " * 100
