"""Which job of a queue comes next, and when."""

from overseer.outbox.choice import Head, earliest

GONE, THERE = Head("ops", 0), Head("ops", 1)


def test_what_another_worker_has_taken_meanwhile_is_never_due() -> None:
    dues = {GONE: None, THERE: 7.0}

    assert earliest([GONE, THERE], dues.__getitem__, None, (), 0.0) == 7.0
    assert earliest([GONE], dues.__getitem__, None, (), 0.0) is None
