"""Everything that reads what others have written, each as a function of a text."""

import contextlib
import io
import json
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from overseer.cli.context import Context
from overseer.cli.main import main
from overseer.control.client import Client
from overseer.control.protocol import Answer
from overseer.errors import BUG, ConfigError, NoDaemon, OverseerError, UsageError

FINE = frozenset({0, 6})


class NoDaemonHere(Client):
    def __init__(self) -> None:
        super().__init__("/nonexistent/overseer.sock")

    def ask(self, *_: object, **__: object) -> Answer:
        raise NoDaemon("none")


def command(*words: str) -> tuple[int, str, str]:
    """A command as it is typed, where no daemon answers."""
    out, err = io.StringIO(), io.StringIO()
    code = main(words, Context(NoDaemonHere(), out, err))
    return code, out.getvalue(), err.getvalue()


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_bytes(text.encode(errors="surrogateescape"))
    return str(path)


def watch_file(text: str) -> None:
    """`check` says what is wrong with it, at its line; what is fine can be spelled out."""
    from overseer.config import load
    from overseer.config.explicit import render

    with tempfile.TemporaryDirectory() as name:
        path = write(Path(name), "w.yml", text)
        code, out, err = command("check", "--alone", path)
        assert code in FINE, err
        assert "Traceback" not in err, err
        shown = {unicodedata.category(letter) for letter in (err + out).replace("\n", "")}
        assert not shown & {"Cc", "Cs"}, ascii(err + out)
        if code == 0:
            config = load([path], check_host=False, elsewhere=None)
            for watch in config.watches:
                render(watch, config)
            strict, _, words = command("check", "--alone", "--here", "--json", path)
            assert strict in FINE, words


def rendered_file(text: str) -> None:
    """A watch file that is a template as a whole."""
    with tempfile.TemporaryDirectory() as name:
        path = write(Path(name), "w.yml.j2", text)
        code, _, err = command("check", "--alone", path)
        assert code in FINE, err
        assert "Traceback" not in err, err


def god_recording(text: str) -> None:
    """What the recorder of god's configurations has written, in the hands of the importer."""
    from overseer.importers import god, loadable
    from overseer.importers.recording import read

    try:
        translated, _ = loadable.loadable(god.translate(read(text), ["w.god"]))
    except (OverseerError, ConfigError):
        return
    with tempfile.TemporaryDirectory() as name:
        code, _, err = command("check", "--alone", write(Path(name), "w.yml", translated))
        assert code == 0, (err, translated)


def request(text: str) -> None:
    """A line of the control socket."""
    from overseer.control.protocol import check_version, decode

    try:
        check_version(decode(text.encode(errors="surrogatepass")))
    except UsageError:
        return


def cron(text: str) -> None:
    """A moment of the calendar: refused in words, or it has moments."""
    line = text.replace("\n", " ").replace("\r", " ")
    quoted = json.dumps(line)
    with tempfile.TemporaryDirectory() as name:
        watch = f"watches: {{w: {{command: /bin/true, user: root, schedule: {quoted}}}}}\n"
        code, out, err = command("check", "--alone", write(Path(name), "w.yml", watch))
    assert code in FINE, err
    assert code != BUG, (out, err)


def env_file(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), "e.env", text)
        watch = "watches: {w: {command: /bin/true, user: root, env_file: e.env}}\n"
        code, _, err = command("check", "--alone", write(Path(name), "w.yml", watch))
    assert code in FINE, err


def mail_template(text: str) -> None:
    from overseer.mail.template import from_template

    with tempfile.TemporaryDirectory() as name:
        write(Path(name), "t.txt.j2", text)
        with contextlib.suppress(OverseerError):
            from_template(f"{name}/t", {"x": "1", "name": "Ann"}, to=["a@example.org"])


def alert_template(text: str) -> None:
    """A template of the administrator's: whatever is in it, the alert goes out."""
    from overseer.alerts.letter import Facts
    from overseer.alerts.render import notice
    from overseer.contacts.base import Contact

    facts = Facts(
        watch="web", change="crashed", headline="h", message="m", at=1.7e9, incident="web.b.1"
    )
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), "alert.txt.j2", text)
        made = notice([facts], "<1@a>", "web1", Contact(templates=name))
    assert "web" in made.subject
    assert made.text is not None


def message(text: str) -> None:
    """A mail that a program hands over to sendmail."""
    from overseer.mail.sendmail_in import main as sendmail

    given = text.encode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/mail.db"
        code = sendmail(["--url", url, "--domain", "web1", "-t", "-i"], io.BytesIO(given))
    assert code in (0, 64, 65, 67, 75), code


def arguments(text: str) -> None:
    """What stands behind sendmail, as a shell would split it."""
    from overseer.mail.sendmail_in import main as sendmail

    words = [word.replace("\0", "") for word in text.split(" ")]
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        url = f"sqlite:///{name}/mail.db"
        given = io.BytesIO(b"To: ann@x.org\nSubject: s\n\ntext\n")
        code = sendmail(["--url", url, "--domain", "web1", *words], given)
        made = {path.name for path in Path(name).iterdir()}
    assert code in (0, 2, 64, 65, 67, 73, 75, 78), code
    assert made <= {"mail.db", "mail.db-wal", "mail.db-shm", "mail.db.lock"}, made


def header(text: str) -> None:
    """A header is written as one, or refused."""
    from overseer.mail.headers import write_structured, write_text

    for name, writes in (("Subject", write_text), ("To", write_structured)):
        try:
            written = writes(name, text)
        except UsageError:
            continue
        assert written.isascii(), written
        assert not [
            line for line in written.rstrip(b"\r\n").split(b"\r\n")[1:] if line[:1] not in b" \t"
        ], written


def addresses(text: str) -> None:
    from overseer.mail.addresses import read_addresses

    try:
        read_addresses("to", text, names=True)
    except UsageError:
        return


Reader = Callable[[str], None]
