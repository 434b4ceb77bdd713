"""A daemon that is killed again and again while its alerts go to a relay with faults."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = [pytest.mark.live, pytest.mark.design("6"), pytest.mark.design("4.16")]

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "alert_storm.py"


@pytest.fixture(scope="module")
def storms() -> ModuleType:
    spec = importlib.util.spec_from_file_location("alert_storm", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["alert_storm"] = module  # its dataclasses look for it there
    spec.loader.exec_module(module)
    return module


def test_none_is_lost_and_none_comes_under_two_message_ids(
    storms: ModuleType, tmp_path: Path
) -> None:
    """Each alert to a contact of its own, so that none waits for others."""
    storm = storms.Storm(tmp_path, runs=4, starts=4, contacts=16, seed=7)

    found = storm.run()

    assert found.told == 16
    assert found.lost == set()
    assert found.torn == set()
    assert found.refused == 1
