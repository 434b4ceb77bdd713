"""How many documents, and from which seed."""

import os
import random
from pathlib import Path

import pytest

LONG = os.environ.get("OVERSEER_FUZZ") == "long"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.fuzz)


@pytest.fixture
def seed() -> int:
    """Printed; OVERSEER_SEED gives it again."""
    number = int(os.environ.get("OVERSEER_SEED", random.SystemRandom().randrange(10**6)))
    print(f"OVERSEER_SEED={number}")
    return number


@pytest.fixture
def share() -> float:
    """Of the documents of the long form; OVERSEER_FUZZ_DOCUMENTS says how many are all of them."""
    if not LONG:
        return 0.0
    return int(os.environ.get("OVERSEER_FUZZ_DOCUMENTS", 50_000)) / 50_000
