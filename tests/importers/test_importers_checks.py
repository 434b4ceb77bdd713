"""god's checks of servers and sockets ask the same here."""

from collections.abc import Callable

import pytest
from gods import Imported

from overseer.conditions.http_response_code import HttpResponseCode
from overseer.conditions.socket_responding import SocketResponding

Import = Callable[..., Imported]


def checks(found: Imported, watch: str) -> list[object]:
    return [row.when for row in found.config.watches[watch].transitions]


@pytest.fixture
def http(imported: Import) -> list[HttpResponseCode]:
    found = checks(imported("http"), "web")
    return [one for one in found if isinstance(one, HttpResponseCode)]


def test_a_server_is_asked_by_its_url(http: list[HttpResponseCode]) -> None:
    assert [(one.where.host, one.where.port, one.where.target) for one in http] == [
        ("shop.example", 443, "/ping?deep=1"),
        ("shop.example", 8443, "/"),
        ("shop.example", 80, "/a%20path/with%20[brackets]"),
    ]


def test_port_443_is_tls_and_not_verified_without_an_authority(
    http: list[HttpResponseCode], imported: Import
) -> None:
    assert [(one.where.ssl, one.insecure, one.ca_file) for one in http] == [
        (True, True, None),
        (True, False, "/etc/ssl/shop.pem"),
        (False, False, None),
    ]
    assert "god verified a certificate only with ca_file" in imported("http").remarks


def test_headers_codes_and_times_are_kept(http: list[HttpResponseCode]) -> None:
    assert http[0].headers == {"Host": "www.shop.example", "X-Try": "1"}
    assert (http[0].timeout, str(http[0].times), str(http[0].code_is_not)) == (
        30.0,
        "4 of 6",
        "200",
    )
    assert [str(one.times) for one in http[1:]] == ["1 of 1", "1 of 1"]


def test_codes_may_be_a_list(imported: Import) -> None:
    found = checks(imported("simple_mode"), "poller")

    assert "500, 502, 503" in [
        str(one.code_is) for one in found if isinstance(one, HttpResponseCode)
    ]


def test_sockets_by_family_and_by_shorthand(imported: Import) -> None:
    found = checks(imported("sockets"), "sockets")

    assert [
        (str(one.where), one.responding) for one in found if isinstance(one, SocketResponding)
    ] == [
        ("tcp:127.0.0.1:6379", False),
        ("tcp:10.0.0.1:80", False),
        ("unix:/run/app.sock", False),
        ("tcp:127.0.0.1:80", True),
        ("tcp:example.org:80", False),
    ]


def test_a_socket_that_cannot_be_is_a_remark(imported: Import) -> None:
    remarks = imported("sockets").remarks

    assert "sockets.god:12, up to restart): path is missing" in remarks
    assert "sockets.god:13, up to restart): socket: 'bogus:1' is not understood" in remarks
