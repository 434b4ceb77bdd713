"""Addresses as people write them, and as servers take them."""

import pytest

from overseer.errors import UsageError
from overseer.mail.addresses import read_addresses


def specs(text: str, *, names: bool = False) -> list[str]:
    return [address.addr_spec for address in read_addresses("to", text, names=names)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann@x.org", ["ann@x.org"]),
        ("Ann <ann@x.org>, bob@x.org", ["ann@x.org", "bob@x.org"]),
        ('"Smith, Ann" <ann@x.org>', ["ann@x.org"]),
        ("ann@x.org (Ann (of x))", ["ann@x.org"]),
        ("The team: ann@x.org, bob@x.org;", ["ann@x.org", "bob@x.org"]),
        ("undisclosed-recipients:;", []),
        ("<ann@x.org>,", ["ann@x.org"]),
        ("ann@[127.0.0.1]", ["ann@[127.0.0.1]"]),
        ("Jörg <j@x.org>", ["j@x.org"]),
        ("j@müller.de", ["j@xn--mller-kva.de"]),
        ("j@日本.jp", ["j@xn--wgv71a.jp"]),
    ],
)
def test_addresses_are_read_as_mail_programs_write_them(text: str, found: list[str]) -> None:
    assert specs(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "ann",
        "ann smith",
        "ann@x.org bob@x.org",
        "ann@x.org; bob@x.org",
        "ann@x.org)bob@x.org",
        "Ann <ann@x.org> and more",
        "ann@",
        "@x.org",
        "ann@x@y.org",
        "<>",
        '"a b"@x.org',
        "=?utf-8?q?a=0D=0ABcc:_b?= <ann@x.org>",
    ],
)
def test_what_is_no_address_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"^to: .* is not an address; write ann@example.com"):
        read_addresses("to", text)


def test_a_name_alone_is_a_user_of_this_host_where_there_are_such() -> None:
    found = read_addresses("to", "root, Ann <ann@x.org>, bob (Bob)", names=True)

    assert [(one.username, one.domain) for one in found] == [
        ("root", ""),
        ("ann", "x.org"),
        ("bob", ""),
    ]


def test_words_that_are_no_name_are_refused_there_too() -> None:
    with pytest.raises(UsageError, match="is not an address"):
        read_addresses("to", "root bob", names=True)


def test_before_the_at_sign_all_is_ascii() -> None:
    with pytest.raises(UsageError, match=r"'jörg' is not ASCII; only the domain may be"):
        read_addresses("to", "jörg@x.org")


@pytest.mark.parametrize("domain", ["faß.de", "βόλος.gr"])
def test_a_domain_that_is_read_in_two_ways_is_sent_to_neither(domain: str) -> None:
    with pytest.raises(UsageError, match="read in two ways; write the domain as xn--"):
        read_addresses("to", f"ann@{domain}")


@pytest.mark.parametrize("domain", ["ü..de", "ü" * 64 + ".de"])
def test_a_domain_that_is_none_is_refused(domain: str) -> None:
    with pytest.raises(UsageError):
        read_addresses("to", f"ann@{domain}")
