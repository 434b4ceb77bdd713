"""A mail server on loopback that keeps what it gets: each mail a file NNN.eml in a folder.

    python examples/smtp_sink.py --port 2525 /tmp/inbox

For trying things out. Needs aiosmtpd, which the development extras bring.
"""

import argparse
import asyncio
import contextlib
import sys
from collections import Counter
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Takes every mail but those that --fail names."""

    def __init__(self, folder: Path, fail: dict[str, int], drop: set[str], most: int) -> None:
        self._folder = folder
        self._fail = fail
        self._drop = drop
        self._most = most
        self._taken = len(list(folder.glob("*.eml")))
        self._of: Counter[int] = Counter()  # mails of each connection

    async def handle_MAIL(  # noqa: N802 - aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._of[id(session)] += 1
        if self._of[id(session)] > self._most > 0:
            del self._of[id(session)]
            await server.push("421 enough for one connection")
            hang_up(server)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if code := self._fail.get(address):
            return f"{code} as --fail says"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self._taken += 1
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        (self._folder / f"{self._taken:03}.eml").write_bytes(raw)
        subject = message_from_bytes(raw)["Subject"]
        print(f"{self._taken:03} for {', '.join(envelope.rcpt_tos)}: {subject}", flush=True)
        if self._drop.intersection(envelope.rcpt_tos):
            self._drop.difference_update(envelope.rcpt_tos)
            hang_up(server)  # taken, and not said: the client cannot know
        return "250 taken"


def hang_up(server: SMTP) -> None:
    if server.transport:
        server.transport.close()


async def serve(args: argparse.Namespace) -> None:
    args.folder.mkdir(parents=True, exist_ok=True)
    fail = {address: int(code) for code, _, address in (one.partition(":") for one in args.fail)}
    sink = Sink(args.folder, fail, set(args.drop), args.most)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, hostname="sink"), args.host, args.port)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"listening on {host}:{port}", flush=True)
    await server.serve_forever()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=2525, help="0: a free one")
    parser.add_argument(
        "--fail", action="append", default=[], metavar="CODE:ADDRESS", help="e.g. 550:eve@a.b"
    )
    parser.add_argument(
        "--drop", action="append", default=[], metavar="ADDRESS", help="hang up before 250, once"
    )
    parser.add_argument("--most", type=int, default=0, help="421 after so many of a connection")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
