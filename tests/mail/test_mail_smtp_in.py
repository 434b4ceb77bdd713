"""How long a client of the listener may take."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from overseer.mail import smtp_in
from overseer.mail.smtp_in import Conversation, Hall


async def talk(path: Path, *words: bytes) -> list[bytes]:
    """What a client that goes on saying the last of *words* is answered until it is hung up on."""
    intake = SimpleNamespace(allows=lambda peer: True)
    made = lambda: Conversation(intake, Hall(), 1000)  # type: ignore[arg-type]  # noqa: E731
    server = await asyncio.get_running_loop().create_unix_server(made, str(path))
    reader, writer = await asyncio.open_unix_connection(str(path))
    heard = []
    try:
        while line := await reader.readline():
            heard.append(line)
            writer.write(words[min(len(heard), len(words)) - 1])
    except ConnectionError:
        pass
    writer.close()
    server.close()
    return heard


@pytest.mark.field("S23")
def test_who_begins_no_mail_is_hung_up_on_whatever_he_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_in, "BEFORE_MAIL", 0.2)

    heard = asyncio.run(asyncio.wait_for(talk(tmp_path / "s", b"NOOP\r\n"), 30))

    assert heard[0].startswith(b"220 ")
    assert len(heard) > 1
