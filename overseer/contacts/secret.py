"""Secrets stand in a file or in overseer's environment; no message ever shows one."""

import os
from collections.abc import Iterable

from overseer.contacts.base import NotDelivered
from overseer.safe_files import read_file

HIDDEN = "(secret)"


def read(key: str, file: str | None, env: str | None) -> str | None:
    """What `KEY_file` or `KEY_env` names, read anew each time; None where neither is written.

    NotDelivered where it cannot be read, or is empty.
    """
    if file is not None:
        where = f"{key}_file {file}"
        try:
            found = read_file(file).decode("utf-8").strip("\r\n")
        except OSError as error:
            raise NotDelivered(f"{where}: {error.strerror or type(error).__name__}") from None
        except ValueError:
            raise NotDelivered(f"{where}: is not UTF-8 text") from None
    elif env is not None:
        where = f"{key}_env: {env}"
        if env not in os.environ:
            raise NotDelivered(f"{where} is not in overseer's environment")
        found = os.environ[env]
    else:
        return None
    if not found.strip():
        raise NotDelivered(f"{where} is empty")
    return found


def at_most_one(key: str, file: str | None, env: str | None, plain: str | None = None) -> None:
    """ValueError where a secret is written twice."""
    written = {f"{key}_file": file, f"{key}_env": env, key: plain}
    found = [name for name, value in written.items() if value is not None]
    if len(found) > 1:
        raise ValueError(f"{' and '.join(found)} exclude each other; write one of them")


def hide(text: str, secrets: Iterable[str | None]) -> str:
    """*text* without them, whoever has repeated them."""
    for secret in sorted((one for one in secrets if one and len(one) > 1), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
