"""Mails from files: NAME.txt.j2, which begins with the subject, and NAME.html.j2 beside it."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)

from overseer.errors import OverseerError, UsageError
from overseer.mail.attachments import Attachment
from overseer.mail.message import Mail

SUBJECT = "Subject:"
EXTENDS = re.compile(r"""\A(\s*(?:\{#.*?#\}\s*)*\{%-?\s*extends\s+["'][^"']+)(["'])""", re.DOTALL)
HTML = (".html.j2", ".html", ".htm")
Source = tuple[str, str, Callable[[], bool]]


class Halves(FileSystemLoader):
    """`NAME#subject` is the first line of NAME, `NAME#text` the rest.

    Each is rendered by itself: a line break in a variable of the subject stays in the subject,
    where it is refused, and does not become the beginning of the text.
    """

    def get_source(self, environment: Environment, template: str) -> Source:
        name, _, half = template.partition("#")
        source, path, is_fresh = super().get_source(environment, name)
        if not half:
            return source, path, is_fresh
        first, _, rest = source.partition("\n")
        if first.startswith(SUBJECT):
            if half == "subject":
                return first.removeprefix(SUBJECT).strip(), path, is_fresh
            source = "\n" + rest  # so that the lines keep their numbers
        elif half == "subject" and not EXTENDS.match(source):
            raise UsageError(f"{path}:1: {first!r} is not the subject; write `Subject: ...`")
        # Half of what extends another extends that half of the other.
        return EXTENDS.sub(rf"\g<1>#{half}\g<2>", source, count=1), path, is_fresh


@cache
def templates(folder: str) -> Environment:
    """Compiled once, and again when a file changes."""
    return Environment(
        loader=Halves(folder),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(HTML)),
        keep_trailing_newline=True,
    )


def from_template(
    template: str,
    context: Mapping[str, object],
    *,
    to: str | Sequence[str],
    sender: str = "",
    cc: str | Sequence[str] = (),
    bcc: str | Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
) -> Mail:
    """The mail that TEMPLATE.txt.j2 and, if it is there, TEMPLATE.html.j2 make of *context*.

    UsageError names a variable that is missing, and whatever else a template trips over.
    """
    folder, name = os.path.split(os.path.abspath(template))
    return Mail(
        to=to,
        sender=sender,
        cc=cc,
        bcc=bcc,
        headers=headers or {},
        attachments=attachments,
        subject=render(folder, f"{name}.txt.j2#subject", context),
        text=render(folder, f"{name}.txt.j2#text", context).lstrip("\n"),
        html=(
            render(folder, f"{name}.html.j2", context)
            if os.path.exists(os.path.join(folder, f"{name}.html.j2"))
            else None
        ),
    )


def render(folder: str, name: str, context: Mapping[str, object]) -> str:
    path = os.path.join(folder, name.partition("#")[0])
    try:
        return templates(folder).get_template(name).render(context)
    except OverseerError:
        raise
    except TemplateNotFound as error:
        missing = str(error.name).partition("#")[0]
        raise UsageError(f"{os.path.join(folder, missing)}: no such template") from error
    except TemplateSyntaxError as error:
        where = f"{error.filename or path}:{error.lineno}"
        raise UsageError(f"{where}: {error.message}") from error
    except UndefinedError as error:
        raise UsageError(f"{path}: {error.message}; give it, as name=value") from error
    except Exception as error:
        # The template's own expressions may raise anything.
        raise UsageError(f"{path}: {type(error).__name__}: {error}") from error
