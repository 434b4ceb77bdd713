"""An office with a database in a folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from make_believe_office import Office

from overseer.contacts.terms import Terms


@pytest.fixture
def open_office(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    made: list[Office] = []

    def build(**terms: Terms) -> Office:
        made.append(Office(tmp_path, terms))
        return made[-1]

    yield build
    for office in made:
        office.db.close()


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    return open_office()
