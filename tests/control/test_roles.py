"""Who may act, who may look, and what the socket looks like then."""

import os

import pytest
from make_believe_daemon import Daemon, Operator

from overseer.control.peer import Peer
from overseer.control.roles import LOOKS, NOBODY_ELSE, Role, Roles
from overseer.errors import Refused, UsageError

STRANGER = Peer(4_000_000, 4_000_001, "uid 4000000")  # of no user that this machine knows


def test_root_and_the_daemons_own_user_are_operators_whatever_their_groups() -> None:
    for roles in (NOBODY_ELSE, Roles(operators=7, viewers=8)):
        assert roles.of(Peer(0, 8, "root")) is Role.OPERATOR
        assert roles.of(Peer(os.geteuid(), 8, "me")) is Role.OPERATOR


def test_the_group_says_what_anybody_else_is() -> None:
    gid = STRANGER.gid

    assert NOBODY_ELSE.of(STRANGER) is Role.STRANGER
    assert Roles(operators=gid).of(STRANGER) is Role.OPERATOR
    assert Roles(viewers=gid).of(STRANGER) is Role.VIEWER
    assert Roles(operators=1, viewers=2).of(STRANGER) is Role.STRANGER
    assert Roles(operators=gid, viewers=gid).of(STRANGER) is Role.OPERATOR


def test_every_verb_of_the_desk_is_either_a_look_or_for_operators(
    daemon: Daemon, alice: Operator
) -> None:
    verbs = set(daemon.desk._what_is_done())

    assert verbs >= LOOKS
    assert verbs - LOOKS == {
        *("start", "stop", "restart", "reload", "monitor", "unmonitor", "trigger", "scale"),
        *("signal", "remove", "adopt", "plan", "apply", "contacts_test", "quit", "terminate"),
        *("silence", "silence_end", "check"),
    }


@pytest.mark.parametrize(
    ("do", "word"), [("stop", "stop"), ("plan", "load"), ("contacts_test", "contacts test")]
)
def test_a_viewer_is_told_who_may(do: str, word: str) -> None:
    with pytest.raises(Refused, match=f"you may look, not act: `{word}` is for root"):
        Roles(operators=0, viewers=1).check(Role.VIEWER, do)
    Roles().check(Role.OPERATOR, do)


def test_a_viewer_may_look() -> None:
    for do in LOOKS:
        Roles(viewers=1).check(Role.VIEWER, do)


def test_the_socket_is_open_to_no_more_than_it_has_to_be() -> None:
    modes = {
        NOBODY_ELSE: (0o600, None),
        Roles(operators=7): (0o660, 7),
        Roles(viewers=8): (0o660, 8),
        Roles(operators=7, viewers=7): (0o660, 7),
        Roles(operators=7, viewers=8): (0o666, 7),
    }

    assert {roles: (roles.mode, roles.gid) for roles in modes} == modes


def test_groups_are_named_in_words() -> None:
    assert str(NOBODY_ELSE) == ""
    assert str(Roles.named("root", "4000001")) == "group root to act, group 4000001 to look"
    with pytest.raises(UsageError, match="viewer_group: there is no group 'nosuchgroup'"):
        Roles.named(None, "nosuchgroup")
