"""docs/watch-files.md has a word on every key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from machines import machine

from overseer.config import Config, load, schema

PAGE = (Path(__file__).parents[2] / "docs" / "watch-files.md").read_text()


def keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", ())
        for inner in node.values():
            yield from keys(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from keys(inner)


@pytest.mark.parametrize("key", sorted(set(keys(schema.build()))))
def test_every_key_is_described(key: str) -> None:
    assert f"`{key}`" in PAGE or f"`{key}:" in PAGE


def blocks() -> list[str]:
    """The complete watch files on the page: those with `watches:`."""
    found = PAGE.split("```yaml\n")[1:]
    return [one.split("```")[0] for one in found if "\nwatches:" in f"\n{one}"]


@pytest.mark.parametrize("number", range(len(blocks())))
def test_every_watch_file_on_the_page_is_in_order(number: int, tmp_path: Path) -> None:
    path = tmp_path / "page.yml"
    path.write_text(blocks()[number])

    config: Config = load([path], check_host=False, host=machine())

    assert config.watches
