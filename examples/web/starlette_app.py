"""uvicorn --factory starlette_app:create_app --port 8000"""

import os
from urllib.parse import parse_qs

from signup import SignUp
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def create_app(database: str = os.environ.get("APP_DATABASE", "app.db")) -> Starlette:
    sign_up = SignUp(database)

    async def users(request: Request) -> PlainTextResponse:
        form = parse_qs((await request.body()).decode())
        # A disk is waited for in a thread, not in the loop.
        text, status = await run_in_threadpool(sign_up, form["name"][0], form["email"][0])
        return PlainTextResponse(text, status)

    return Starlette(routes=[Route("/users", users, methods=["POST"])])
