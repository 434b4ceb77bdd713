"""Names of users and groups as numbers."""

import pytest

from overseer.system.users import NoSuchUser, account, group_id


def test_a_number_is_taken_as_it_is() -> None:
    assert account("54321").pw_uid == 54321
    assert group_id("54321") == 54321


@pytest.mark.parametrize("number", ["4294967295", "4294967296", "9" * 5000, "²", "٣", "-1", ""])
def test_a_number_that_stands_for_nobody_is_nobody(number: str) -> None:
    """setresuid(2) takes the last of 32 bits as a wish to stay who one is: root."""
    with pytest.raises(NoSuchUser):
        account(number)
    with pytest.raises(NoSuchUser):
        group_id(number)
