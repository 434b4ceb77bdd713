"""overseer contacts test NAME, list, preview"""

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from overseer.cli.context import Context
from overseer.cli.tables import columns
from overseer.errors import DONE, UnknownName, UsageError

if TYPE_CHECKING:
    from overseer.contacts.base import Notice

EXAMPLES = {
    "contacts": """examples:
  overseer contacts test ops              send one alert now, and show the dialogue without secrets
  overseer contacts list                  who can be told, how, and on which terms
  overseer contacts preview               what a mail about flapping looks like
  overseer contacts preview ops --event gave_up --html > mail.html
  overseer contacts preview --templates ./mine   with templates of your own

test and list ask the daemon; so does preview with a NAME, for the templates of that contact."""
}
WHAT = ("test", "list", "preview")


def add_arguments(parser: ArgumentParser, word: str) -> None:
    parser.add_argument("what", choices=WHAT, help="send one past the queue; who; show one")
    parser.add_argument("name", nargs="?", metavar="CONTACT", help="as `contacts list` has it")
    parser.add_argument(
        "--event", default="flapping", metavar="EVENT", help="preview: of which event"
    )
    parser.add_argument("--html", action="store_true", help="preview: the other half of the mail")
    parser.add_argument("--templates", metavar="DIR", help="preview: with these templates")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: Namespace, context: Context) -> int:
    return {"test": test, "list": show, "preview": preview}[args.what](args, context)


def test(args: Namespace, context: Context) -> int:
    if not args.name:
        raise UsageError("test whom? name a contact; `overseer contacts list` has them all")
    if not args.json:
        return int(context.ask("contacts_test", {"name": args.name})["code"])
    dialogue: list[str] = []
    answer = context.client.ask(
        "contacts_test", {"name": args.name}, lambda one: dialogue.append(str(one.get("say", "")))
    )
    whole = {"code": answer["code"], "error": answer.get("error"), "dialogue": dialogue}
    context.print_object(whole)
    return int(answer["code"])


def show(args: Namespace, context: Context) -> int:
    answer = context.ask("contacts", {})
    contacts = answer.get("contacts", [])
    if answer["code"]:
        return int(answer["code"])
    if args.json:
        context.print(json.dumps(contacts, indent=2))
    elif contacts:
        rows = [
            (one["name"], one["way"], ", ".join(one["groups"]) or "-", one["terms"] or "-")
            for one in contacts
        ]
        for line in columns(("CONTACT", "BY", "GROUPS", "TERMS"), rows, context.width):
            context.print(line)
    else:
        context.print("nobody can be told; write contacts: {ops: {email: ops@example.org}}")
    return int(answer["code"])


def preview(args: Namespace, context: Context) -> int:
    folder = args.templates
    if args.name:
        answer = context.ask("contacts", {})
        found = [one for one in answer.get("contacts", []) if one["name"] == args.name]
        if answer["code"]:
            return int(answer["code"])
        if not found:
            raise UnknownName(f"no contact is called {args.name!r}")
        folder = folder or found[0]["templates"]
    notice = rendered(args.event, folder)
    headers = {"Subject": notice.subject, **notice.headers}
    if args.json:
        whole = {"headers": headers, "text": notice.text, "html": notice.html}
        context.print(json.dumps(whole, indent=2))
    elif args.html:
        context.print(notice.html.rstrip("\n"))
    else:
        lines = [*(f"{name}: {text}" for name, text in headers.items()), "", notice.text]
        context.print("\n".join(lines).rstrip("\n"))
    return DONE


def rendered(event: str, folder: str | None) -> "Notice":
    """Of an event that has not happened."""
    import os
    import socket
    import time

    from overseer.alerts.preview import preview as made
    from overseer.contacts.base import Contact
    from overseer.model.change import Change

    if event not in [str(one) for one in Change]:
        raise UsageError(f"--event: there is no {event!r}; there are {', '.join(Change)}")
    if folder is not None and not os.path.isdir(folder):
        raise UsageError(f"--templates: {folder} is no folder")
    contact = Contact(templates=folder and os.path.abspath(folder))
    return made(Change(event), time.time(), socket.gethostname(), contact)
