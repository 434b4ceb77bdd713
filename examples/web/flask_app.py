"""flask --app flask_app run --port 8000"""

import os

from flask import Flask, request
from signup import SignUp


def create_app(database: str = os.environ.get("APP_DATABASE", "app.db")) -> Flask:
    app = Flask(__name__)
    sign_up = SignUp(database)

    @app.post("/users")
    def users() -> tuple[str, int]:
        return sign_up(request.form["name"], request.form["email"])

    return app
