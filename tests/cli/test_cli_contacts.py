"""Who can be told, and what a mail looks like."""

import io
from pathlib import Path
from typing import Any

from overseer.cli.context import Context
from overseer.cli.main import main
from overseer.control.protocol import Answer, Hear

OPS = {"name": "ops", "way": "email", "groups": ["night"], "terms": "repeat 1h", "templates": None}


class FakeClient:
    def __init__(self, *contacts: dict[str, Any]) -> None:
        self.contacts = list(contacts)

    def ask(self, do: str, fields: dict[str, object], hear: Hear) -> Answer:
        return {"code": 0, "contacts": self.contacts}


def run(*words: str, contacts: tuple[dict[str, Any], ...] = (OPS,)) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = main(["contacts", *words], Context(FakeClient(*contacts), out, err))  # type: ignore[arg-type]
    return code, out.getvalue(), err.getvalue()


def test_contacts_are_listed_with_their_terms() -> None:
    assert run("list")[1] == ("CONTACT  BY     GROUPS  TERMS\nops      email  night   repeat 1h\n")


def test_where_there_are_none_it_says_what_to_write() -> None:
    assert "write contacts:" in run("list", contacts=())[1]


def test_a_mail_is_shown_without_sending_one() -> None:
    code, out, _ = run("preview", "--event", "gave_up")

    assert code == 0
    assert out.startswith("Subject: [")
    assert "X-Overseer-Event: gave_up" in out
    assert "To type on" in out


def test_a_sysadmin_sees_what_becomes_of_a_template(tmp_path: Path) -> None:
    (tmp_path / "alert.html.j2").write_text("<p>{{ items[0].watch }}</p>")

    assert run("preview", "--html", "--templates", str(tmp_path))[1] == "<p>mailworker</p>\n"
    templates = {**OPS, "templates": str(tmp_path)}
    assert run("preview", "ops", "--html", contacts=(templates,))[1] == "<p>mailworker</p>\n"


def test_what_there_is_not_is_named() -> None:
    assert run("preview", "--event", "bored")[2].startswith(
        "overseer: --event: there is no 'bored'"
    )
    assert run("preview", "nobody")[0] == 4
    assert "is no folder" in run("preview", "--templates", "/no/such")[2]
    assert "name a contact" in run("test")[2]
