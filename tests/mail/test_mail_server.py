"""Servers as the command line names them."""

import argparse
import smtplib
from dataclasses import replace
from pathlib import Path

import pytest

from overseer.errors import UsageError
from overseer.mail.answers import classify
from overseer.mail.relay_cli import add_relays, read_relays
from overseer.mail.server import Server, check_server, password, read_server
from overseer.outbox.parcel import Fate

SHARED = Server(user="app", password_file="/etc/secret", ca_file="/etc/ca")


@pytest.mark.parametrize(
    ("url", "tls", "server"),
    [
        ("smtp://mx", "none", ("mx", 25, "none", None)),
        ("smtp://me@mx", "starttls", ("mx", 587, "starttls", "me")),
        ("smtp://me%40home@mx", "implicit", ("mx", 465, "implicit", "me@home")),
        ("smtp://mx:2525", "implicit", ("mx", 2525, "implicit", None)),
        ("smtps://mx", "none", ("mx", 465, "implicit", None)),
        ("smtp://mx?tls=starttls", "none", ("mx", 587, "starttls", None)),
    ],
)
def test_an_address_names_a_server(
    url: str, tls: str, server: tuple[str, int, str, str | None]
) -> None:
    found = read_server(url, Server(tls=tls))

    assert (found.host, found.port, found.tls, found.user) == server


def test_what_an_address_does_not_say_is_shared_by_all() -> None:
    assert read_server("smtp://mx", SHARED) == replace(SHARED, host="mx")


def test_a_relay_may_have_a_user_and_a_password_of_its_own() -> None:
    found = read_server("smtp://me@mx?password_env=WORD&ca_file=/ca", SHARED)

    assert found == Server(host="mx", user="me", password_env="WORD", ca_file="/ca")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mx", "write smtp://host:25"),
        ("http://mx", "write smtp://host:25"),
        ("smtp://", "write smtp://host:25"),
        ("smtp://mx:port", "write smtp://host:25"),
        ("smtp://u:p@mx", "write --password-file FILE"),
        ("smtp://mx?tls=maybe", "tls is one of none, starttls, implicit"),
        ("smtp://mx?password=p", "password is not understood; write"),
    ],
)
def test_what_names_no_server_is_refused_with_what_to_write(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_server(url, SHARED)


def test_a_password_is_what_the_file_holds_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")

    assert password(Server(user="me", password_file=str(tmp_path / "secret"))) == "s3cret"


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (Server(user="me"), "write --password-file FILE"),
        (Server(user="me", password_file="/nowhere/secret"), "/nowhere/secret"),
        (Server(user="me", password_env="OVERSEER_NOT_SET"), "OVERSEER_NOT_SET"),
    ],
)
def test_a_missing_password_is_named(server: Server, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        password(server)


@pytest.mark.field("L13")
@pytest.mark.parametrize(
    ("server", "refused"),
    [
        (Server(host="mx.example.com", user="app", password_env="PW"), True),
        (Server(host="mx.example.com", user="app", password_env="PW", cleartext_login=True), False),
        (Server(host="mx.example.com", user="app", password_env="PW", tls="starttls"), False),
        (Server(host="localhost", user="app", password_env="PW"), False),
        (Server(host="::1", user="app", password_env="PW"), False),
        (Server(host="10.0.0.1", user="app", password_env="PW"), True),
        (Server(host="mx.example.com"), False),
    ],
)
def test_a_password_does_not_go_over_the_network_as_it_is(
    server: Server, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "secret")
    if not refused:
        check_server(server)
        return
    with pytest.raises(UsageError, match=r"--tls starttls \(or --cleartext-login"):
        check_server(server)


@pytest.mark.field("L9")
@pytest.mark.parametrize("name", ["two words", "", "a\r\nQUIT", "-x"])
def test_what_is_no_host_is_not_said_in_ehlo(name: str) -> None:
    with pytest.raises(UsageError, match="--helo"):
        check_server(Server(helo=name))


@pytest.mark.field("S22")
@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("smtp://localhost", ("localhost:25", "none")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1:2525", "none")),
        ("smtp://mail.example.com", ("mail.example.com:25", "starttls")),
        ("smtp://mail.example.com:587", ("mail.example.com:587", "starttls")),
        ("smtp://mail.example.com:465", ("mail.example.com:465", "implicit")),
        ("smtps://mail.example.com", ("mail.example.com:465", "implicit")),
        ("smtp://mail.example.com?tls=none", ("mail.example.com:25", "none")),
    ],
)
def test_what_leaves_this_host_is_encrypted_unless_that_is_written(
    url: str, place: tuple[str, str]
) -> None:
    parser = argparse.ArgumentParser()
    add_relays(parser)
    (server,) = read_relays(parser.parse_args(["--smtp", url]))
    assert (server.name, server.tls) == place
    (written,) = read_relays(parser.parse_args(["--smtp", "smtp://mx", "--tls", "none"]))
    assert written.tls == "none"


@pytest.mark.field("S22")
def test_a_server_without_starttls_gets_nothing_and_it_is_said_what_to_write() -> None:
    verdict = classify(smtplib.SMTPNotSupportedError("STARTTLS extension not supported"), "mx:25")
    assert verdict.fate is Fate.DOWN
    assert verdict.text == "mx:25: does not offer STARTTLS; write --tls none to send in the clear"
