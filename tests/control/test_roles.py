"""Who may do what."""

import os

import pytest
from make_believe_daemon import Daemon, Operator

from overseer.control.peer import Peer
from overseer.control.roles import NOBODY_ELSE, VERBS, Role, Roles
from overseer.errors import Refused

STRANGER = Peer(4_000_000, 4_000_001, "uid 4000000")  # of no user that this machine knows


def test_root_and_the_daemons_own_user_are_admins_whatever_their_groups() -> None:
    for roles in (NOBODY_ELSE, Roles(operators=7, viewers=8)):
        assert roles.of(Peer(0, 8, "root")) is Role.ADMIN
        assert roles.of(Peer(os.geteuid(), 8, "me")) is Role.ADMIN


def test_the_group_says_what_anybody_else_is() -> None:
    gid = STRANGER.gid

    assert NOBODY_ELSE.of(STRANGER) is Role.STRANGER
    assert Roles(admins=gid).of(STRANGER) is Role.ADMIN
    assert Roles(operators=gid).of(STRANGER) is Role.OPERATOR
    assert Roles(viewers=gid).of(STRANGER) is Role.VIEWER
    assert Roles(admins=0, operators=1, viewers=2).of(STRANGER) is Role.STRANGER
    assert Roles(operators=gid, viewers=gid).of(STRANGER) is Role.OPERATOR


@pytest.mark.field("S27")
def test_every_verb_has_a_role(daemon: Daemon, alice: Operator) -> None:
    assert set(daemon.desk._what_is_done()) == set(VERBS)


@pytest.mark.field("S27")
def test_nothing_that_runs_or_reads_what_was_not_loaded_is_for_operators() -> None:
    admins = {verb for verb, least in VERBS.items() if least is Role.ADMIN}
    assert admins >= {"plan", "apply", "check", "scale", "remove", "adopt", "quit", "terminate"}
    with pytest.raises(Refused, match="not change it: `something new` is for root"):
        Roles(operators=1).check(Role.OPERATOR, "something new")


@pytest.mark.parametrize(
    ("do", "word"), [("stop", "stop"), ("plan", "load"), ("contacts_test", "contacts test")]
)
def test_a_viewer_is_told_who_may(do: str, word: str) -> None:
    with pytest.raises(Refused, match=f"you may look, not act: `{word}` is for root"):
        Roles(operators=0, viewers=1).check(Role.VIEWER, do)
    Roles().check(Role.ADMIN, do)


def test_the_groups_that_may_are_named() -> None:
    roles = Roles(admins=4_000_001, operators=4_000_002, viewers=4_000_003)

    with pytest.raises(Refused, match=r"own user and the groups 4000001, 4000002$"):
        roles.check(Role.VIEWER, "stop")
    with pytest.raises(Refused, match=r"own user and the group 4000001$"):
        roles.check(Role.OPERATOR, "apply")
    with pytest.raises(Refused, match=r"root and overseer's own user$"):
        Roles(operators=1).check(Role.OPERATOR, "apply")


def test_groups_are_named_in_words() -> None:
    assert str(NOBODY_ELSE) == ""
    assert str(Roles.named("root", None, "4000001")) == (
        "group root to administer, group 4000001 to look"
    )


def test_a_group_that_is_not_there_keeps_no_daemon_from_beginning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert Roles.named(operators="nosuchgroup", viewers="root") == Roles(viewers=0)
    assert "operator_group: there is no group 'nosuchgroup'" in caplog.text
