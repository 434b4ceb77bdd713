"""What is read from a file of NAME=value lines, and what is said of a line that is none."""

from pathlib import Path

import pytest

from overseer.env_file import BadEnvFile, parse_env_file, read_env_file
from overseer.model.program import Program
from overseer.system.secrets import secrets_of

READ = [
    ("A=b", {"A": "b"}),
    ("A=", {"A": ""}),
    ("A=b\nB=c\nA=d\n", {"A": "d", "B": "c"}),
    ("\n  # a comment\n; another\n\tA=b\n", {"A": "b"}),
    ("export A=b\nexport\tB=c", {"A": "b", "B": "c"}),
    ("exported=b", {"exported": "b"}),
    ("A = b\nB= c", {"A": "b", "B": "c"}),
    ("spring.datasource-url=x", {"spring.datasource-url": "x"}),
    ("A=b c  ", {"A": "b c"}),
    ("A=b # c\nB=#fff\nC=x#y\nD=  # none", {"A": "b", "B": "#fff", "C": "x#y", "D": ""}),
    ('A=it\'s\nB=a"b"', {"A": "it's", "B": 'a"b"'}),
    ("A=$HOME/x ${B} `c`", {"A": "$HOME/x ${B} `c`"}),
    ('A="$HOME \\$x"', {"A": "$HOME $x"}),
    ("A=C:\\new", {"A": "C:\\new"}),
    ("A=b=c==", {"A": "b=c=="}),
    ("A={\"a\": [1, 'b']}", {"A": "{\"a\": [1, 'b']}"}),
    ('A=" b "  # c', {"A": " b "}),
    ("A=' b \\n $x '#c", {"A": " b \\n $x "}),
    ("A=\"\"\nB=''", {"A": "", "B": ""}),
    ('A="b\\nc\\t\\"d\\" \\\\n \\d"', {"A": 'b\nc\t"d" \\n \\d'}),
    ('A="b\nc\n"\nB=d', {"A": "b\nc\n", "B": "d"}),
    ("A='b\n# c\nD=e'\nB=d", {"A": "b\n# c\nD=e", "B": "d"}),
    ('A="b\\\nc"', {"A": "bc"}),
    ('A=b\r\nB="c\r\nd"\r\n', {"A": "b", "B": "c\nd"}),
    ("A=b\u2028c\x0cd", {"A": "b\u2028c\x0cd"}),
    ("", {}),
]
PLAIN = "write NAME=value, or # before a comment"
REFUSED = [
    ("A=b\nsecret", f"2: {PLAIN}"),
    ("1A=secret", f"1: {PLAIN}"),
    ("A B=secret", f"1: {PLAIN}"),
    ("A: secret", f"1: {PLAIN}"),
    ("=secret", f"1: {PLAIN}"),
    ("unset secret", f"1: {PLAIN}"),
    ("ä=secret", f"1: {PLAIN}"),
    ('\n\nA="secret\n\nx', '3: A: the quote before its value is never closed; write " behind it'),
    ("A='secret", "1: A: the quote before its value is never closed; write ' behind it"),
    ('A="b\n\nc"\nB=d\nsecret', f"5: {PLAIN}"),
    ('A="secret', "1: A: the quote before its value is never closed"),
    ('A="b" secret', "1: A: something follows the closing quote"),
    ("A='b'secret'", "1: A: something follows the closing quote"),
    ("A=b\nB=sec\0ret", "2: there is a NUL"),
    ('B="sec\n\0ret"', "2: there is a NUL"),
]


@pytest.mark.field("J14")
@pytest.mark.parametrize(("text", "values"), READ)
def test_what_is_read(text: str, values: dict[str, str]) -> None:
    assert parse_env_file(text) == values


@pytest.mark.field("J14")
@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_bad_line_is_named_and_not_shown(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text(text)

    with pytest.raises(BadEnvFile) as caught:
        read_env_file(str(path))

    assert str(caught.value).startswith(f"{path}:{message}")
    assert "sec" not in str(caught.value).removeprefix(str(path))


@pytest.mark.field("J14")
def test_a_byte_order_mark_belongs_to_no_name(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_bytes(b"\xef\xbb\xbfA=b\n")

    assert read_env_file(str(path)) == {"A": "b"}


@pytest.mark.field("J14")
@pytest.mark.parametrize("content", [b"A=b\nB=\xff", "A=b\n".encode("utf-16")])
def test_what_is_not_utf_8_is_said_with_its_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_bytes(content)
    line = 2 if content.startswith(b"A") else 1

    with pytest.raises(BadEnvFile, match=rf":{line}: write it in UTF-8$"):
        read_env_file(str(path))


def test_a_large_file_is_read_in_time() -> None:
    assert len(parse_env_file("".join(f"A{i}=b\n" for i in range(50_000)))) == 50_000
    assert len(parse_env_file("A=b" + " c" * 100_000)["A"]) == 200_001


@pytest.mark.parametrize("unclosed", ["x\n" * 100_000, "\\" * 100_001])
def test_a_large_file_is_refused_in_time(unclosed: str) -> None:
    with pytest.raises(BadEnvFile, match="never closed"):
        parse_env_file(f'A="{unclosed}')


def test_a_file_that_is_too_large_is_not_read_in_part(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=b\n" * 300_000)

    with pytest.raises(BadEnvFile, match="larger than 1 MB"):
        read_env_file(str(tmp_path / "env"))


def test_each_line_of_a_secret_is_a_secret(tmp_path: Path) -> None:
    (tmp_path / "env").write_text('SIGNING_KEY="-----BEGIN-----\nMIIEpAIB\nQCAggEA\n"\n')

    found = secrets_of(Program(env_file=str(tmp_path / "env")))

    assert {"MIIEpAIB", "QCAggEA"} <= set(found)
