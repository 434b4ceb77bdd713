"""The command line of sendmail, as programs have called it for forty years."""

import getopt
import os
import pwd
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.headerregistry import Address
from typing import NamedTuple

from overseer.errors import UsageError
from overseer.mail.addresses import NAME, fit, read_addresses
from overseer.mail.home import Home, one, read_home
from overseer.mail.size import read_max_size

URL = "OVERSEER_MAIL_URL"
SHORT = "itnvmUGA:B:C:F:L:N:O:R:V:X:b:d:e:f:h:o:p:r:"
LONG = ["url=", "domain=", "local-to=", "priority=", "max-size="]
HELP = """usage: overseer mail sendmail [--url URL] [-t] [-i] [-f SENDER] [-F NAME]
                              [ADDRESS ...]

queue the message on standard input, as sendmail would send it

  -t               to those that its To, Cc and Bcc name too
  -i               a line with a dot alone does not end the message (also -oi)
  -f SENDER        who hears of errors: an address, or <> for nobody
                   (default: From, else the user)
  -F NAME          the user's full name, for a message without From
  --url URL        the queue: sqlite:////abs/path, postgresql://user@host/db
                   ($OVERSEER_MAIL_URL)
  --domain DOMAIN  of addresses without one
                   (default: /etc/mailname, else the name of this host)
  --local-to ADDRESS
                   gets the mail for addresses without a domain, such as root
  --priority N     lower goes first (default: 0)
  --max-size SIZE  of the message (default: 64MB)

Other options of sendmail (-oem, -B8BITMIME, -N never, -v) are taken and change
nothing. Exit codes: 0 it is on the disk; 64 usage; 65 the message; 75 try again
later; 78 which queue.

examples:
  overseer mail sendmail --url sqlite:////var/lib/app/mail.db -t < message.eml
  echo disk full |
    overseer mail sendmail --url sqlite:////var/lib/app/mail.db ops@example.com"""
INSTEAD = {
    "i": "there is no table of aliases; write --local-to for the mail of root and others",
    "p": "`overseer mail queue` shows what is queued",
    "s": "`overseer mail listen` speaks SMTP",
}
"""What serves for a mode of -b that is not served. `-bm`, to read a message, is."""


class Order(NamedTuple):
    """What a command line asks for."""

    url: str
    rcpts: list[str]
    from_headers: bool
    ends_at_dot: bool
    sender: str | None  # None: nobody is named; "": nobody is to hear of errors
    author: Address
    home: Home
    priority: int
    max_size: int  # bytes


def read_order(
    words: Sequence[str], environ: Mapping[str, str] = os.environ, *, as_sendmail: bool = False
) -> Order:
    """UsageError for what no sendmail knows, and for an address that is none. *as_sendmail*: by a
    program that may pass on words of others, so that none of ours count."""
    try:
        given, rest = getopt.getopt(list(words), SHORT, [] if as_sendmail else LONG)
    except getopt.GetoptError as error:
        raise UsageError(f"{error}; `overseer mail sendmail --help` lists them") from error
    check_once(given)
    options = {name.lstrip("-"): value for name, value in given}
    mode = options.get("b", "m")
    if mode != "m":
        raise UsageError(f"-b{mode}: {INSTEAD.get(mode, 'is not served, only -bm')}")
    home = read_home(options.get("domain"), options.get("local-to"))
    order = Order(
        url=options.get("url") or environ.get(URL, ""),
        rcpts=[],
        from_headers="t" in options,
        ends_at_dot="i" not in options and ("-o", "i") not in given,
        sender=read_sender(options.get("f", options.get("r")), home),
        author=read_author(options.get("F"), home),
        home=home,
        priority=read_priority(options.get("priority", "0")),
        max_size=read_max_size(options.get("max-size", "64MB")),
    )
    for word in rest:
        order.rcpts.extend(map(home.rcpt, read_addresses("recipient", word, names=True)))
    if not order.rcpts and not order.from_headers:
        raise UsageError("to whom? name an address, or write -t for those in the message")
    return order


def check_once(given: Sequence[tuple[str, str]]) -> None:
    """Words of others may follow those that say where it is written: PHP's mail() adds them."""
    for option in ("--url", "--domain", "--local-to", "--max-size"):
        if sum(name == option for name, _ in given) > 1:
            raise UsageError(f"{option} is written twice; the first may be a wrapper's own")


def read_sender(text: str | None, home: Home) -> str | None:
    if text is None or text in ("", "<>"):
        return text and ""
    return home.sender(one("-f", text, names=True))


def read_author(name: str | None, home: Home) -> Address:
    login, full_name = f"uid-{os.getuid()}", ""
    with suppress(KeyError):
        user = pwd.getpwuid(os.getuid())
        full_name = user.pw_gecos.partition(",")[0]
        login = user.pw_name if NAME.fullmatch(user.pw_name) else login
    return Address(full_name if name is None else fit("-F", name), login, home.domain)


def read_priority(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--priority: {text!r} is not a number") from None
