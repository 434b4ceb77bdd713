"""A log that logrotate renames under its program is told when the file is read."""

from collections.abc import Callable

import pytest
from machines import machine

from overseer.config import load

NGINX = "/etc/logrotate.d/nginx"


def warned(write: Callable[..., str], log: str, *texts: str) -> str:
    """What is said, with /etc/logrotate.conf and the file for nginx."""
    files = dict(zip(("/etc/logrotate.conf", NGINX), texts, strict=False))
    path = write(f"watches: {{web: {{command: x, user: root, log: {log}}}}}")
    host = machine(texts=files, folders=frozenset({"/", "/var/log/app", "/var/log/app/in"}))
    return "".join(one.message for one in load([path], check_host=False, host=host).warnings)


@pytest.mark.field("A16")
@pytest.mark.parametrize(
    ("general", "block", "renames"),
    [
        ("weekly\n", "/var/log/app/*.log {\n  daily\n}\n", True),
        ("weekly\n", "# a log\n/var/log/x\n'/var/log/app/web.log'\n{\n  daily\n}\n", True),
        ("weekly\n", "/var/log/app/*.log {\n  copytruncate\n}\n", False),
        ("copytruncate\n", "/var/log/app/*.log {\n  daily\n}\n", False),
        ("copytruncate\n", "/var/log/app/*.log {\n  nocopytruncate\n}\n", True),
        ("weekly\n", "/var/log/app/*.log {\n  # copytruncate\n}\n", True),
        (
            "weekly\n",
            "/var/log/app/*.log {\n  postrotate\n    overseer restart web\n  endscript\n}\n",
            False,
        ),
        ("weekly\n", "/var/log/other/*.log {\n}\n", False),
        ("weekly\n", "/var/log/*.log {\n}\n", False),
        ("weekly\n", "/var/log/app/*.log {", False),
    ],
)
def test_a_block_that_renames_the_log_is_named(
    general: str, block: str, renames: bool, write: Callable[..., str]
) -> None:
    said = warned(write, "/var/log/app/web.log", general, block)

    assert ("write copytruncate there" in said) is renames
    assert said.startswith(f"log: {NGINX}:") is renames
