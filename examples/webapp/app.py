"""A guest book: names in PostgreSQL, visits counted in Redis, and who signs is welcomed by mail."""

import os
from pathlib import Path

import psycopg
import redis
from flask import Flask, request

from overseer.errors import UsageError
from overseer.mail.queueing import put
from overseer.mail.template import from_template
from overseer.outbox import Outbox

WELCOME = Path(__file__).resolve().parents[1] / "mail_templates" / "welcome"

app = Flask(__name__)
database = os.environ["WEBAPP_DATABASE"]
outbox = Outbox(database)
cache = redis.Redis(unix_socket_path=os.environ["WEBAPP_CACHE"])


@app.get("/")
def book() -> str:
    visits = cache.incr("visits")
    with psycopg.connect(database) as db:
        names = [name for (name,) in db.execute("SELECT name FROM guest ORDER BY at")]
    return f"visit {visits}; {len(names)} guests: {', '.join(names)}\n"


@app.post("/guests")
def sign() -> tuple[str, int]:
    """Guest and welcome are one transaction: neither is there without the other."""
    name, email = request.form["name"], request.form["email"]
    try:
        with psycopg.connect(database) as db:
            db.execute("INSERT INTO guest (email, name) VALUES (%s, %s)", (email, name))
            put(outbox, from_template(str(WELCOME), {"name": name}, to=[email]), within=db)
    except psycopg.errors.UniqueViolation:
        return f"{email} is known already\n", 409
    except UsageError as error:
        return f"{error}\n", 422
    return f"welcome, {name}\n", 201
