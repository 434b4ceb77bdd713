"""Where overseer keeps its things."""

import pytest

from overseer.errors import UsageError
from overseer.paths import Paths, find

HOME = {"HOME": "/home/ann"}


def test_root_uses_the_folders_of_the_system() -> None:
    assert find(env={}, root=True) == Paths(
        state_dir="/var/lib/overseer",
        socket="/run/overseer/overseer.sock",
        log_dir="/var/log/overseer",
        config="/etc/overseer/overseer.yml",
    )


def test_a_user_keeps_everything_at_home() -> None:
    assert find(env=HOME, root=False) == Paths(
        state_dir="/home/ann/.local/state/overseer",
        socket="/home/ann/.local/state/overseer/overseer.sock",
        log_dir="/home/ann/.local/state/overseer/log",
        config="/home/ann/.config/overseer/overseer.yml",
    )


def test_the_socket_goes_to_the_runtime_folder_where_there_is_one() -> None:
    env = HOME | {"XDG_RUNTIME_DIR": "/run/user/1000", "XDG_STATE_HOME": "/data"}

    paths = find(env=env, root=False)

    assert paths.socket == "/run/user/1000/overseer/overseer.sock"
    assert paths.state_dir == "/data/overseer"


def test_a_relative_base_folder_is_ignored() -> None:
    assert find(env=HOME | {"XDG_RUNTIME_DIR": "run"}, root=False) == find(env=HOME, root=False)


def test_a_state_folder_somebody_chose_holds_socket_and_logs_too() -> None:
    paths = find(state_dir="/srv/a", env={"OVERSEER_SOCKET": "/tmp/other"}, root=True)

    assert (paths.state_dir, paths.socket, paths.log_dir) == (
        "/srv/a",
        "/srv/a/overseer.sock",
        "/srv/a/log",
    )


def test_the_environment_may_choose_too() -> None:
    env = {"OVERSEER_STATE_DIR": "/srv/a", "OVERSEER_SOCKET": "/srv/b.sock"}

    assert find(env=env, root=True)[:2] == ("/srv/a", "/srv/b.sock")


@pytest.mark.case(165)
def test_an_instance_is_part_of_every_name_nobody_chose() -> None:
    paths = find(instance="9999", env={"OVERSEER_SOCKET": "/srv/b.sock"}, root=True)

    assert paths.socket == "/run/overseer-9999/overseer.sock"
    assert paths.state_dir == "/var/lib/overseer-9999"
    assert find(instance="9999", env={"OVERSEER_STATE_DIR": "/srv/a"}).state_dir == "/srv/a-9999"


def test_a_socket_on_the_command_line_wins() -> None:
    assert find(state_dir="/srv/a", socket="/srv/b.sock", root=True).socket == "/srv/b.sock"


@pytest.mark.parametrize("instance", ["", "..", "a/b", "a b"])
def test_an_instance_that_is_no_part_of_a_file_name_is_said(instance: str) -> None:
    with pytest.raises(UsageError, match="--instance"):
        find(instance=instance, env={}, root=True)
