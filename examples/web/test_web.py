"""The same of both frameworks, or of the one that is installed."""

import asyncio
import sqlite3
from collections.abc import Callable, MutableMapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from overseer.outbox import Outbox

Post = Callable[[str], int]  # an address -> the HTTP status
App = Any  # an application of ASGI


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "app.db")


@pytest.fixture(params=["flask", "starlette"])
def sign_up(request: pytest.FixtureRequest, database: str) -> Post:
    pytest.importorskip(request.param)
    if request.param == "flask":
        import flask_app

        client = flask_app.create_app(database).test_client()
        return lambda email: client.post("/users", data=person(email)).status_code
    import starlette_app

    app = starlette_app.create_app(database)
    return lambda email: asyncio.run(post(app, "/users", person(email)))


def person(email: str) -> dict[str, str]:
    return {"name": "Ann", "email": email}


async def post(app: App, path: str, form: dict[str, str]) -> int:
    """As a server calls an application of ASGI."""
    answers = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": urlencode(form).encode()}

    async def send(answer: MutableMapping[str, Any]) -> None:
        answers.append(answer)

    await app({"type": "http", "method": "POST", "path": path, "headers": []}, receive, send)
    return int(answers[0]["status"])


def test_a_user_is_welcomed_once(sign_up: Post, database: str) -> None:
    assert sign_up("ann@example.com") == 201
    assert sign_up("ann@example.com") == 409

    with closing(Outbox(f"sqlite:///{database}")) as outbox:
        assert [row.rcpt for row in outbox.rows("due")] == ["ann@example.com"]


def test_who_cannot_be_welcomed_is_no_user(sign_up: Post, database: str) -> None:
    assert sign_up("ann@example.com\nBcc: eve@example.com") == 422

    with closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT count(*) FROM user").fetchone() == (0,)
