"""Fixtures for the tests of applications. Every pytest run imports this file, so it imports nothing
until a test asks for a fixture."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from overseer.mail.mailbox import Mailbox
    from overseer.outbox import Jobs, Outbox


@pytest.fixture
def outbox_jobs() -> "Jobs | None":
    """The job functions of the application: a conftest says which."""
    return None


@pytest.fixture
def outbox(outbox_jobs: "Jobs | None") -> "Iterator[Outbox]":
    """An outbox of this test alone, that remembers what is put and delivers nothing."""
    from overseer.outbox import Outbox

    made = Outbox.recording(jobs=outbox_jobs)
    yield made
    made.close()


@pytest.fixture
def mailbox() -> "Mailbox":
    """What `inline_outbox` has delivered in this test."""
    from overseer.mail.mailbox import Mailbox

    return Mailbox()


@pytest.fixture
def inline_outbox(outbox_jobs: "Jobs | None", mailbox: "Mailbox") -> "Iterator[Outbox]":
    """An outbox of this test alone, that runs jobs and delivers mails at once."""
    from overseer.outbox import Outbox

    made = Outbox.inline(jobs=outbox_jobs, deliver=mailbox.deliver)
    yield made
    made.close()
