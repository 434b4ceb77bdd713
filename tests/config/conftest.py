"""A folder to write watch files in, and what is read from them."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from machines import Machine, machine

from overseer.config import Config, ConfigError, load
from overseer.model.watch import Watch


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a watch file below the test's folder."""

    def write(text: str, name: str = "web.yml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).removeprefix("\n"))
        return path

    return write


Read = Callable[..., Config]


@pytest.fixture
def read(write: Callable[..., Path]) -> Read:
    """Read one watch file, offline."""

    def read(text: str, *, check_host: bool = False, host: Machine | None = None) -> Config:
        return load([write(text)], check_host=check_host, host=host or machine())

    return read


@pytest.fixture
def watch(read: Read) -> Callable[..., Watch]:
    """The watch of that name, made of the lines below it."""

    def watch(lines: str, *, usual: str = "command: /bin/worker", name: str = "web") -> Watch:
        body = "\n".join(f"    {line}" for line in dedent(lines).strip("\n").splitlines())
        return read(f"watches:\n  {name}:\n    {usual}\n{body}\n").watches[name]

    return watch


@pytest.fixture
def problems(read: Read, tmp_path: Path) -> Callable[..., list[str]]:
    """What is said of a file, each with `line:column`; warnings only with *warnings*."""

    def problems(text: str, *, warnings: bool = False, **more: object) -> list[str]:
        try:
            found = read(text, **more).warnings
        except ConfigError as error:
            found = tuple(error.problems)
        return [
            str(one).removeprefix(f"{tmp_path}/web.yml:")
            for one in found
            if warnings or not one.warning
        ]

    return problems
