"""A mail server that misbehaves as the command line says: each mail it takes is a file in a folder.

python tests/live/faulty_relay.py --port 2525 --data 421:bad@example.com /tmp/inbox
"""

import argparse
import asyncio
import itertools
import sys
import time
from collections import Counter
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

CLOSING = 421
LONG = 3600.0


class Relay:
    """The hooks of aiosmtpd, by its names."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._rcpt, self._data = answers(args.rcpt), answers(args.data)
        self._numbers = itertools.count(1)
        self._of: Counter[int] = Counter()  # mails of each session

    async def handle_EHLO(  # noqa: N802 - aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope, host: str, words: list[str]
    ) -> list[str]:
        session.host_name = host
        if self._args.helo and host != self._args.helo:
            return [f"550 5.7.1 who is {host}"]
        return words

    async def handle_HELO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, host: str
    ) -> str:
        return "502 5.5.1 EHLO is wanted" if self._args.helo else "250 relay"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._args.busy:
            hang_up_later(server)
            return "421 4.3.2 too busy"
        self._of[id(session)] += 1
        if self._of[id(session)] > self._args.session > 0:
            return "452 4.5.3 too many messages in this session"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._args.defer:
            return "451 4.7.1 try again later"
        if code := self._rcpt.get(address):
            if code == CLOSING:
                hang_up_later(server)
            return f"{code} as --rcpt says"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        whom = envelope.rcpt_tos[0]
        if whom in self._args.cut:
            hang_up(server)
            return "250 nobody hears this"
        if whom in self._args.silent:
            await asyncio.sleep(LONG)
        if code := self._data.get(whom):
            if code == CLOSING:
                hang_up_later(server)
            return f"{code} as --data says"
        await asyncio.sleep(self._args.think)
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        (self._args.folder / f"{next(self._numbers):04}.eml").write_bytes(raw)
        return "250 taken"


class Slow(SMTP):
    """Reads so many bytes a second, of all connections together."""

    rate = 0.0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.rate:
            time.sleep(len(data) / self.rate)


def answers(given: list[str]) -> dict[str, int]:
    return {address: int(code) for code, _, address in (one.partition(":") for one in given)}


def hang_up(server: SMTP) -> None:
    if server.transport:
        server.transport.close()


def hang_up_later(server: SMTP) -> None:
    """Once the answer is on its way."""
    server.loop.call_later(0.01, hang_up, server)


async def serve(args: argparse.Namespace) -> None:
    args.folder.mkdir(parents=True, exist_ok=True)
    relay = Relay(args)
    Slow.rate = args.slow

    def made() -> SMTP:
        return Slow(relay, hostname="relay", data_size_limit=2**30, timeout=LONG)

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", args.port)
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    fault = "CODE:ADDRESS"
    parser.add_argument("--rcpt", action="append", default=[], metavar=fault)
    parser.add_argument("--data", action="append", default=[], metavar=fault, help="at its end")
    parser.add_argument("--cut", action="append", default=[], help="hang up at the end of DATA")
    parser.add_argument("--silent", action="append", default=[], help="say nothing after DATA")
    parser.add_argument("--busy", action="store_true", help="421 to all after EHLO")
    parser.add_argument("--defer", action="store_true", help="451 for everything")
    parser.add_argument("--session", type=int, default=0, help="452 after so many of a session")
    parser.add_argument("--slow", type=float, default=0.0, help="bytes read a second")
    parser.add_argument("--think", type=float, default=0.0, help="seconds before the last 250")
    parser.add_argument("--helo", default="", help="the only name in EHLO that is taken")
    asyncio.run(serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
