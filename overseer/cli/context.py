"""What a command works with: the terminal, and the daemon at the other end of the socket."""

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TextIO

from overseer import paths
from overseer.cli.tally import Tally
from overseer.command_line import failure, sentence
from overseer.control.client import Client
from overseer.control.protocol import Answer
from overseer.errors import DONE, OverseerError
from overseer.terminal import is_dumb, write_coloured, write_raw


def add_variables(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--var",
        action="append",
        metavar="NAME=VALUE",
        help="in place of a variable under vars: in the files; as often as needed",
    )


def add_untrusted(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--allow-untrusted",
        action="append",
        metavar="PATH",
        help="as root, read and run what others may write there or below; as often as needed",
    )


def allowed(args: Namespace) -> list[str]:
    return [os.path.abspath(path) for path in args.allow_untrusted or ()]


class Context:
    """Handed to every command; a test hands in its own streams and client."""

    def __init__(
        self, client: Client | None = None, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self._client = client
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.where = paths.find()
        self._results: list[Answer] | None = None
        self._as_json = False
        self._named = False
        self.wants_raw_answers = False

    def point(self, socket: str | None, state_dir: str | None, instance: str | None) -> None:
        self.where = paths.find(state_dir, socket, instance)
        self._named = socket is not None or state_dir is not None

    @property
    def client(self) -> Client:
        if self._client is None:
            escapes = not (self._as_json or self.wants_raw_answers)
            self._client = Client(self.where.socket, escapes=escapes, named=self._named)
        return self._client

    def speak_json(self) -> None:
        """What goes wrong is an object for programs too, beside the sentence for people."""
        self._as_json = True

    def fail(self, code: int, text: str, **more: object) -> None:
        """Say why nothing came of it."""
        self.complain(text)
        if self._as_json:
            self.print(failure(code, text, **more))

    def fail_with(self, error: OverseerError) -> None:
        print(sentence(error), file=self.err, flush=True)
        if self._as_json:
            self.print(failure(error.exit_code, str(error)))

    def print_object(self, whole: Answer) -> None:
        """For programs; why nothing came of it is said to people too."""
        import json

        if whole.get("error"):
            self.complain(str(whole["error"]))
        self.print(json.dumps(whole, indent=2))

    def collect(self) -> None:
        """Print one object for programs instead of lines for people."""
        self._results = []

    def ask(self, do: str, fields: dict[str, object]) -> Answer:
        """Ask the daemon; print its progress lines and its error. Who is interrupted, or loses
        the daemon, is told how far it was."""
        tally = Tally()

        def hear(answer: Answer) -> None:
            tally.hear(answer)
            self._hear(answer)

        try:
            answer = self.client.ask(do, fields, hear)
        except (KeyboardInterrupt, OverseerError):
            if text := tally.text():
                self.complain(text)
            raise
        self.conclude(answer)
        return answer

    def _hear(self, answer: Answer) -> None:
        if self._results is not None:
            if "watch" in answer and "code" in answer:
                self._results.append(result_of(answer))
            return
        underway = "code" not in answer and "left_out" not in answer and "watch" in answer
        if underway and not self.err.isatty():
            return  # progress is for people who wait
        if text := answer.get("say"):
            stream = self.out if answer.get("code", DONE) == DONE and not underway else self.err
            print(text, file=stream, flush=True)

    def conclude(self, answer: Answer) -> None:
        if self._results is not None:
            whole = {"code": answer["code"], "error": answer.get("error"), "watches": self._results}
            if "not_on_disk" in answer:
                whole["not_on_disk"] = answer["not_on_disk"]
            self.print_object(whole)
            self._results = []
            return
        if error := answer.get("error"):
            self.fail(int(answer["code"]), str(error))

    def complain(self, text: str) -> None:
        print(f"overseer: {text}", file=self.err, flush=True)

    def print(self, text: str = "") -> None:
        write_coloured(self.out, f"{text}\n")
        self.out.flush()

    def print_raw(self, text: str) -> None:
        """What a program has written, as it is."""
        write_raw(self.out, f"{text}\n")
        self.out.flush()

    @property
    def coloured(self) -> bool:
        return self.out.isatty() and not (os.environ.get("NO_COLOR") or is_dumb())

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where nothing has to fit."""
        return columns(self.out) if self.out.isatty() else None


def result_of(answer: Answer) -> Answer:
    """What has become of one watch, for programs."""
    message = str(answer.get("say", "")).removeprefix(f"{answer['watch']}: ")
    return {"watch": answer["watch"], "code": answer["code"], "message": message}


def columns(stream: TextIO) -> int | None:
    """As somebody has set them, else those of the terminal; None for no terminal."""
    said = os.environ.get("COLUMNS", "")
    if said.isdigit() and int(said):
        return int(said)
    return size(stream)[0] if stream.isatty() else None


def size(terminal: TextIO) -> tuple[int, int]:
    """Columns and lines; some terminals do not know theirs."""
    columns, lines = os.get_terminal_size(terminal.fileno())
    return columns or 80, lines or 24
