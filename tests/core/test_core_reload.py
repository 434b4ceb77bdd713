"""What has to change when watch files have changed."""

from dataclasses import replace

import pytest

from overseer.conditions.base import Times
from overseer.conditions.disk_usage import DiskUsage
from overseer.conditions.load_average import LoadAverage
from overseer.conditions.memory_usage import MemoryUsage
from overseer.core import spell
from overseer.core.reload import Effect, Wish, plan
from overseer.model.program import Program, StopStep
from overseer.model.task import TaskState
from overseer.model.transition import Transition
from overseer.model.watch import Origin, Watch

pytestmark = pytest.mark.design("4.15")

WEB = Watch(name="web", program=Program(command=("/bin/serve", "80")))
DB = Watch(name="db", program=Program(command=("/bin/db",)))
UP = Wish(living=frozenset({"web", "db"}), kept_up=frozenset({"web", "db"}))


def books(*watches: Watch) -> dict[str, Watch]:
    return {watch.name: watch for watch in watches}


def wearing(**changes: object) -> Watch:
    return replace(WEB, program=replace(WEB.program, **changes))  # type: ignore[arg-type]


@pytest.mark.case(178)
def test_files_that_say_the_same_change_nothing() -> None:
    moved = replace(WEB, origin=Origin("/etc/o.yml", 7))

    assert plan(books(WEB, DB), books(moved, DB), UP).changes == ()


@pytest.mark.case(175)
def test_a_changed_command_shows_a_restart() -> None:
    found = plan(books(WEB, DB), books(wearing(command=("/bin/serve", "81")), DB), UP)

    assert found.lines() == [
        "web: changed (will be restarted)",
        "  command: /bin/serve 80 -> /bin/serve 81 (restart)",
    ]
    assert found.disturbs


def test_an_interval_is_live_and_disturbs_nothing() -> None:
    found = plan(books(WEB), books(replace(WEB, interval=10.0)), UP)

    assert found.lines() == ["web: changed (live)", "  interval: 5s -> 10s (live)"]
    assert not found.disturbs


def test_a_stop_signal_holds_from_the_next_start() -> None:
    found = plan(books(WEB), books(wearing(stop_signals=(StopStep(3, 10.0),))), UP)

    assert found.changes[0].effect is Effect.NEXT_START
    assert not found.changes[0].hard
    assert not found.disturbs


def test_of_a_graph_only_the_rows_that_differ_are_shown() -> None:
    row = Transition(("up",), MemoryUsage(above=2**20, times=Times(3, 5)), "restart")
    stays = Transition(("up",), MemoryUsage(above=2**30), "restart")
    old, new = replace(WEB, transitions=(stays,)), replace(WEB, transitions=(stays, row))

    found = plan(books(old), books(new), UP)

    assert found.lines()[1] == (
        "  transitions: + up -> restart when memory_usage above 1MB (3 of 5) (graph)"
    )


def test_of_the_environment_names_are_shown_and_no_values() -> None:
    old, new = (
        wearing(env={"A": "1", "B": "2", "D": "5"}),
        wearing(env={"A": "1", "B": "3", "C": "4"}),
    )

    found = plan(books(old), books(new), UP)

    assert found.lines()[1] == "  env: B changed, C added, D removed (restart)"


def test_of_limits_only_those_that_differ_are_shown() -> None:
    old, new = wearing(rlimits={"nofile": "1024"}), wearing(rlimits={"nofile": "4096"})

    found = plan(books(old), books(new), UP)

    assert found.lines()[1] == "  rlimits: nofile=1024 -> nofile=4096 (restart)"


def test_a_new_watch_is_started_if_it_starts_by_itself() -> None:
    lazy = replace(DB, autostart=False)

    found = plan({}, books(WEB, lazy), Wish())

    assert found.lines() == [
        "web: added, will be started",
        "db: added, nothing is started or stopped",
    ]


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (UP, "web: removed, will be stopped"),
        (replace(UP, stop_gone=False), "web: removed, its process is left running"),
        (Wish(), "web: removed, nothing is started or stopped"),
    ],
)
def test_a_watch_that_is_gone_goes_with_its_process_or_without(wish: Wish, says: str) -> None:
    assert plan(books(WEB, DB), books(DB), wish).lines() == [says]


def test_what_goes_goes_first() -> None:
    found = plan(books(WEB), books(DB), UP)

    assert [change.name for change in found.changes] == ["web", "db"]


@pytest.mark.case(176)
def test_what_nobody_wants_up_is_not_restarted() -> None:
    unmonitored = replace(UP, kept_up=frozenset())

    found = plan(books(WEB), books(wearing(user="deploy")), unmonitored)

    assert found.changes[0].effect is Effect.NEXT_START
    assert found.changes[0].hard
    assert not found.disturbs


def test_a_restart_may_be_put_off() -> None:
    found = plan(books(WEB), books(wearing(user="deploy")), replace(UP, restart=False))

    assert found.lines()[0] == "web: changed (from the next start)"


def test_what_waits_or_is_held_is_launched_by_a_change_that_may_have_mended_it() -> None:
    held = Wish(eager=frozenset({"web"}))

    found = plan(books(WEB), books(wearing(dir="/srv")), held)

    assert found.lines()[0] == "web: changed (will be started)"
    assert not found.disturbs


def test_a_umask_reads_as_it_is_written() -> None:
    found = plan(books(wearing(umask=0o022)), books(wearing(umask=0o077)), UP)

    assert found.lines()[1] == "  umask: 022 -> 077 (restart)"


def test_a_renamed_watch_takes_over_and_is_not_stopped() -> None:
    found = plan(books(WEB, DB), books(replace(WEB, name="site", was="web"), DB), UP)

    assert found.lines() == ["site: takes over from web (live)"]
    assert not found.disturbs


def test_a_renamed_watch_that_wears_something_else_is_restarted() -> None:
    site = replace(wearing(command=("/bin/serve", "81")), name="site", was="web")

    found = plan(books(WEB), books(site), UP)

    assert found.lines()[0] == "site: takes over from web (will be restarted)"
    assert found.changes[0].hard


def test_a_name_that_was_taken_over_long_ago_says_nothing_any_more() -> None:
    site = replace(WEB, name="site", was="web")

    assert plan(books(site), books(site), UP).changes == ()
    assert plan(books(), books(site), UP).lines() == ["site: added, will be started"]


GUARD = Watch(name="guard", program=Program(), states=(TaskState("ok"),), initial_state="ok")


def test_a_task_does_not_take_over_what_a_program_has() -> None:
    heir = replace(GUARD, was="web")

    assert plan(books(WEB), books(heir), UP).lines() == [
        "web: removed, will be stopped",
        "guard: added, will be started",
    ]


def test_nothing_of_a_task_needs_a_restart() -> None:
    changed = replace(GUARD, program=Program(user="deploy", dir="/srv"), initial_state="up")
    wish = Wish(living=frozenset({"guard"}), kept_up=frozenset({"guard"}))

    [change] = plan(books(GUARD), books(changed), wish).changes

    assert (change.effect, change.hard) == (Effect.NEXT_START, False)


@pytest.mark.field("C7")
def test_a_number_of_a_check_is_one_line_for_all_instances() -> None:
    def copies(above: int) -> dict[str, Watch]:
        row = Transition(("up",), MemoryUsage(above=above * 2**20), "restart")
        names = [f"web-{number}" for number in range(1, 5)]
        return {name: replace(WEB, name=name, copy_of="web", transitions=(row,)) for name in names}

    changes = plan(copies(150), copies(200), Wish())

    assert changes.lines() == ["web (4 instances): memory 150MB → 200MB (live)"]
    assert [change.name for change in changes.changes] == ["web-1", "web-2", "web-3", "web-4"]


def test_shares_and_numbers_are_no_durations() -> None:
    assert spell.when(DiskUsage(above=90.0, mount_point="/")).endswith("above 90%")
    assert spell.when(LoadAverage(above=8.0)).endswith("above 8")
