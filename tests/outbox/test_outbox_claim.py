"""A name that only one process has."""

import pytest

from overseer.errors import Refused, UsageError
from overseer.outbox.claim import claim_name


def test_a_name_is_taken_once_and_free_when_released(path: str) -> None:
    claim = claim_name(path, "mailer-0")
    with pytest.raises(Refused, match=r"a worker called 'mailer-0' is at .* already \(pid \d+\)"):
        claim_name(path, "mailer-0")
    other = claim_name(path, "mailer-1")

    claim.release()

    again = claim_name(path, "mailer-0")
    again.release()
    again.release()
    other.release()


@pytest.mark.parametrize("name", ["", "../x", "a b", "a/b", "ä"])
def test_a_name_is_part_of_a_file_name(path: str, name: str) -> None:
    with pytest.raises(UsageError, match="not a worker's name"):
        claim_name(path, name)
