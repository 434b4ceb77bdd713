"""What the tests of the machine share."""

import pytest
from hypothesis.internal.conjecture import providers


@pytest.fixture(autouse=True)
def same_walk_whatever_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis draws on the constants of all modules of the project that happen to be imported,
    so that a walk went other ways beside other tests and with every change anywhere. Where it does
    not any more, nothing is lost but that."""
    monkeypatch.setattr(providers, "_get_local_constants", providers.Constants, raising=False)
